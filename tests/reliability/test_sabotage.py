"""Bots that are wrong on purpose: a judge that lets them pass is worth nothing."""

from pathlib import Path

import pytest

from tests.databases import Files
from tests.reliability import orders
from tests.reliability.campaign import World, campaign
from tests.reliability.chats import CHATS
from tests.reliability.nursery import Nursery
from tests.reliability.orders import Sabotage

KILLS, MESSAGES = 12, 30
ARRIVED = (*orders.SERVED, "after_answer_before_mark", "before_mark")  # points after which somebody has to look
AWAY = 0.5  # share of deaths after which the bot is away for longer than Discord knows a nonce


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "sabotage,found",
    [
        ("no key", "doubled"),  # neither the platform nor the bot knows a message again
        ("no looking back", "doubled"),  # the platform may know it again, for some minutes, if it is Discord
        ("marked before sending", "lost"),
    ],
)
async def test_a_sabotaged_bot_turns_the_verdict_red(
    nursery: Nursery, files: Files, tmp_path: Path, sabotage: Sabotage, found: str
) -> None:
    worlds = [World(chat, files, KILLS, MESSAGES, sabotage, ARRIVED, AWAY) for chat in CHATS]

    judged = await campaign(nursery, tmp_path, worlds, "sabotage")

    for one in judged:
        assert found in one.verdict.faults, f"{one.trial.name} with {sabotage}: {one.verdict}"
