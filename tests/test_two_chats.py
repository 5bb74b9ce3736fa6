"""One community on Discord and Slack, with the real libraries of both in one process."""

from collections.abc import AsyncIterator

import pytest

from adapters.discord.app import Discord
from adapters.slack.app import Slack, Workspace
from bot.clock import SystemClock
from bot.engine import Engine
from bot.features import find_features
from bot.runtime import Defaults
from tests.databases import Database
from tests.slack.server import APP_TOKEN, BOT_TOKEN
from tests.two_chats import TwoChats, joins_on_discord, joins_on_slack, press, two_chats


@pytest.fixture
async def both(database: Database) -> AsyncIterator[TwoChats]:
    """Two chats and the whole bot, connected to both."""
    async with two_chats() as chats:
        engine = Engine(database.opens(), find_features(), SystemClock().now, Defaults("Europe/Berlin"))
        engine.add(Discord(engine.runtime, chats.discord.token, api=chats.discord.api, guild_wait=0.05))
        engine.add(Slack(engine.runtime, [Workspace(BOT_TOKEN)], APP_TOKEN, api=chats.slack.api))
        await engine.start()
        await chats.slack.ready()
        yield chats
        await engine.stop()


async def test_a_poll_in_the_announcements_is_one_poll_in_both_chats(both: TwoChats) -> None:
    ada, sam = await both.link()

    there, here = await both.asks(ada, "Lunch?", "Pizza, Sushi")
    await press(ada, (await ada.click(there, "Pizza")).message, "Withdraw", "")
    await ada.click(there, "Pizza")
    await sam.click(here, "Sushi")

    await there.becomes(lambda m: "2 people have voted" in m.text)
    await both.team.channel("announcements").arrives(lambda m: "2 people have voted" in m.text)
    assert len(both.guild.channel("announcements").messages) == 1
    assert len(both.team.channel("announcements").messages) == 1


async def test_a_vote_from_either_chat_is_one_ballot_of_that_person(both: TwoChats) -> None:
    ada, sam = await both.link()
    eve, eve_too = both.guild.person("Eve"), both.team.person("Eve")
    await joins_on_discord(eve)
    await joins_on_slack(eve_too)
    there, here = await both.asks(ada, "Lunch?", "Pizza, Sushi")

    await both.becomes_one(eve, eve_too)
    await eve.click(there, "Pizza")
    await there.becomes(lambda m: "1 person has voted" in m.text)
    await eve_too.click(here, "Sushi")

    await there.becomes(lambda m: "1 vote (100 %)" in m.text.partition("Sushi")[2])
    await both.team.channel("announcements").arrives(lambda m: "1 vote (100 %)" in m.text.partition("Sushi")[2])
    assert "1 person has voted" in there.text
    await sam.click(here, "Sushi")
    await there.becomes(lambda m: "2 people have voted" in m.text)


async def test_a_hostile_question_pings_nobody_and_links_nothing_in_either_chat(both: TwoChats) -> None:
    ada, _ = await both.link()
    hostile = "@everyone <!channel> [x](http://evil)"

    shown = await ada.command("poll create", in_="announcements", question=hostile, choices="A, B")
    await press(ada, shown.message, "Ask it", "Your question is out.")
    there = await both.guild.channel("announcements").arrives()
    here = await both.team.channel("announcements").arrives()

    assert both.discord.pings == set()
    assert here.pings == []
    assert r"\[x\](http\://evil)" in there.text
    assert "<http" not in here.text
