"""An hour's outage of one platform: the other goes on, and afterwards nobody is buried."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.discord.app import Discord
from adapters.slack.app import Slack, Workspace
from adapters.slack.manifest import SCOPES
from bot.engine import Engine
from bot.features import find_features
from bot.runtime import Defaults
from storage.store import open_store
from tests.databases import Database
from tests.discord.people import Person as DiscordPerson
from tests.discord.server import DiscordServer
from tests.record import Entry
from tests.reliability.shared_clock import DiscordTime, SharedClock, SlackTime
from tests.slack.people import Person as SlackPerson
from tests.slack.server import APP_TOKEN, BOT_TOKEN, SlackServer
from tests.two_chats import CHANNELS, TwoChats, joins_on_discord, joins_on_slack, press

pytestmark = pytest.mark.timeout(300)

FRIENDS = 4  # in each chat, besides those who run it
TITLE = "Reading circle"
BURST, WITHIN = 5, timedelta(seconds=4.5)  # messages in one channel that nobody calls a burst
BELL = 0.05
PATIENCE = 60.0  # seconds, on a machine that does other things too


class Town:
    """One community on two chats, with a clock that jumps."""

    def __init__(self, chats: TwoChats, clock: SharedClock, engine: Engine) -> None:
        self.chats, self.clock, self.engine = chats, clock, engine
        self.there: list[DiscordPerson] = []
        self.here: list[SlackPerson] = []

    async def gathers(self) -> None:
        """Everybody comes to a meeting in two hours, and wants to be reminded an hour before."""
        ada, sam = await self.chats.link()
        self.there = [ada, *(self.chats.guild.person(f"Dana {n}") for n in range(FRIENDS))]
        self.here = [sam, *(self.chats.team.person(f"Sven {n}") for n in range(FRIENDS))]
        for person in self.there[1:]:
            await joins_on_discord(person)
        for friend in self.here[1:]:
            await joins_on_slack(friend)
        planned = await ada.command("meeting create", in_="announcements", title=TITLE, when="today at 12:00")
        await press(ada, planned.message, "Post it", "Planned:")
        there = await self.chats.guild.channel("announcements").arrives(lambda m: TITLE in m.text)
        here = await self.chats.team.channel("announcements").arrives(lambda m: TITLE in m.text)
        for person in self.there:
            await press(person, (await (await person.click(there, "Yes")).final()).message, "An hour before", "remind")
        for friend in self.here:
            offer = await (await friend.click(here, "Yes")).message("Noted: you are coming")
            await (await friend.click(offer, "An hour before")).message("I will remind you")

    def outage(self, platform: str) -> AbstractAsyncContextManager[None]:
        return self.chats.discord.outage() if platform == "discord" else slack_outage(self.chats.slack)

    async def passes(self, minutes: int) -> None:
        """Time goes by in steps, and in each of them everything that is due is tried."""
        for _ in range(minutes):
            self.clock.jump(timedelta(minutes=1))
            await self.engine.dispatcher.drain()

    async def everybody_knows(self, platform: str) -> None:
        """Until everybody in a chat was told of the meeting; platforms that want a pause mean real seconds."""
        async with asyncio.timeout(PATIENCE):
            while not all(self.told(platform).values()):
                await self.engine.dispatcher.drain()
                await asyncio.sleep(BELL)

    def told(self, platform: str) -> dict[str, list[str]]:
        """What each person of a chat was told about the meeting, by name."""
        if platform == "discord":
            return {p.name: [m.text for m in p.dms if TITLE in m.text] for p in self.there}
        return {p.name: [m.text for m in p.dms if TITLE in m.text] for p in self.here}

    def shown(self, platform: str) -> list[Entry]:
        evidence = (self.chats.discord if platform == "discord" else self.chats.slack).evidence
        return [entry for entry in evidence if entry.visible]


@asynccontextmanager
async def slack_outage(server: SlackServer) -> AsyncIterator[None]:
    port = server.port
    await server.stop()
    yield
    await server.start(port)


@pytest.fixture
async def town(tmp_path: Path, database: Database) -> AsyncIterator[Town]:
    clock = SharedClock(tmp_path / "clock", 1)
    discord_server, slack_server = (
        DiscordServer(clock=DiscordTime(clock)),
        SlackServer(channels=CHANNELS, clock=SlackTime(clock)),
    )
    slack_server.scopes.update(SCOPES)
    slack_server.pace.kept = True
    async with discord_server, slack_server:
        chats = TwoChats(discord_server, slack_server, discord_server.guild("Practice", channels=CHANNELS))
        engine = Engine(open_store(database.url), find_features(), clock.now, Defaults("Europe/Berlin"))
        engine.add(Discord(engine.runtime, discord_server.token, api=discord_server.api, guild_wait=0.05))
        engine.add(Slack(engine.runtime, [Workspace(BOT_TOKEN)], APP_TOKEN, api=slack_server.api))
        await engine.start()
        await slack_server.ready()
        made = Town(chats, clock, engine)
        await made.gathers()
        yield made
        await engine.stop()
    assert discord_server.problems == []
    assert slack_server.problems == []


async def moves(town: Town, down: str) -> None:
    """Whoever can still reach the bot puts the meeting off a little."""
    if down == "slack":
        ada: Any = town.there[0]
        asked = await ada.command("meeting move", meeting=TITLE, when="today at 12:20")
        await press(ada, asked.message, "Move it", "Moved")
    else:
        sam = town.here[0]
        asked_here = await (await sam.command(f"/cop meeting move meeting: {TITLE} when: today at 12:20")).message()
        await (await sam.click(asked_here, "Move it")).message("Moved")


@pytest.mark.parametrize("down,up", [("discord", "slack"), ("slack", "discord")])
async def test_after_an_outage_of_an_hour_everybody_gets_one_message_about_the_meeting(
    town: Town, down: str, up: str
) -> None:
    await town.passes(minutes=50)  # the reminders are due in ten minutes
    before = len(town.shown(down))
    began = town.clock.now()
    async with town.outage(down):
        await town.passes(minutes=15)
        await town.everybody_knows(up)
        assert [len(messages) for messages in town.told(up).values()] == [1] * (FRIENDS + 1), town.told(up)
        await moves(town, down)
        await town.passes(minutes=45)
        assert town.clock.now() - began >= timedelta(hours=1)
        assert len(town.shown(down)) == before

    await town.passes(minutes=15)
    await town.everybody_knows(down)
    await town.passes(minutes=20)
    assert [len(messages) for messages in town.told(down).values()] == [1] * (FRIENDS + 1), town.told(down)
    no_burst(town.shown(down)[before:])


def no_burst(shown: list[Entry]) -> None:
    """Nowhere was more said within seconds than one would say by hand."""
    moments: dict[str, list[datetime]] = defaultdict(list)
    for entry in shown:
        moments[entry.channel].append(entry.at)
    for channel, times in moments.items():
        for first, last in zip(times, times[BURST:], strict=False):
            assert last - first > WITHIN, f"{channel}: {times}"
