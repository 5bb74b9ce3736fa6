"""What is counted of the connection to Slack: refusals, and whether there is a connection at all."""

import pytest

from adapters.slack.app import Slack, Workspace
from bot import metrics
from bot.cards import card
from bot.ports import Wait
from bot.text import Reader, say
from tests.slack.practice import Practice

HELLO = card(say("Hello."))


async def test_a_bot_without_a_socket_says_so(practice: Practice) -> None:
    assert practice.slack.connected

    await practice.slack.stop()

    assert not practice.slack.connected
    unborn = Slack(practice.engine.runtime, [Workspace(practice.team.bot_token)], practice.server.app_token)
    assert not unborn.connected


async def test_rate_limits_are_counted(practice: Practice) -> None:
    before = metrics.value("invalid_requests_10m", platform="slack")
    limited = metrics.value("rate_limited_total", platform="slack")
    practice.server.faults.next("chat.postMessage", status=429, retry_after=3)

    with pytest.raises(Wait):
        await practice.slack.send(practice.team.id, practice.team.channel("general").id, HELLO, Reader(), "k1")

    assert metrics.value("invalid_requests_10m", platform="slack") == before + 1
    assert metrics.value("rate_limited_total", platform="slack") == limited + 1


async def test_lost_connections_are_counted(practice: Practice) -> None:
    before = metrics.value("requests_total", platform="slack", status="none")
    practice.server.faults.next("chat.postMessage", drop="before")

    with pytest.raises(Exception):  # noqa: B017, PT011  # which one is the port's business
        await practice.slack.send(practice.team.id, practice.team.channel("general").id, HELLO, Reader(), "k1")

    assert metrics.value("requests_total", platform="slack", status="none") == before + 1
