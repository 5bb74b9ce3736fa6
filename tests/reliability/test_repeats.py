"""Every event once to four times, in any order, before and after a restart: one effect."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from adapters.discord.app import Discord
from adapters.slack.app import Slack, Workspace
from adapters.slack.manifest import SCOPES
from bot.engine import Engine
from bot.features import find_features
from bot.runtime import Defaults
from storage.store import open_store
from tests.databases import Database
from tests.discord.server import DiscordServer
from tests.reliability.drill import drill
from tests.rows import Row, tables
from tests.slack.server import APP_TOKEN, BOT_TOKEN, SlackServer
from tests.two_chats import CHANNELS, TwoChats, joins_on_discord, joins_on_slack, press

pytestmark = pytest.mark.timeout(300)

NEWCOMERS, VOTERS = 25, 10  # in each chat
MINUTES = 2 * NEWCOMERS // 10 + 2
ROUNDS, TIMES = 3, 3  # an event is delivered up to so many times more in a round; another process begins each round
EVENTS = ("INTERACTION_CREATE", "GUILD_MEMBER_ADD")
PASSING = {"draft", "pulse"}  # a form that is opened again is another form; what is not sent is swept away
SEEN = {"account": {"seen"}}  # columns that say when somebody was there last


class Process:
    """The whole bot on both chats; the next one has the same database and none of the memory."""

    def __init__(self, chats: TwoChats, database: Database) -> None:
        self.chats, self.database = chats, database
        self.engine: Engine
        self.adapters: tuple[Discord, Slack]

    async def starts(self) -> None:
        features = [*find_features(), drill]
        self.engine = Engine(
            open_store(self.database.url), features, self.chats.discord.clock.now, Defaults("Europe/Berlin")
        )
        runtime = self.engine.runtime
        self.adapters = (
            Discord(runtime, self.chats.discord.token, api=self.chats.discord.api, guild_wait=0.05),
            Slack(runtime, [Workspace(BOT_TOKEN)], APP_TOKEN, api=self.chats.slack.api),
        )
        for adapter in self.adapters:
            self.engine.add(adapter)
        await self.engine.start()
        await self.chats.slack.ready()

    async def settles(self) -> None:
        """Everything that was heard is done, and everything that follows from it."""
        discord, slack = self.adapters
        await self.chats.discord.gateway.flushed()
        await self.engine.runtime.gaps.join()
        while tasks := {*discord._tasks, *slack._desk.tasks}:
            await asyncio.wait(tasks)
            await asyncio.sleep(0)
        for _ in range(MINUTES):  # only so many people are written to for the first time in a minute
            await self.engine.dispatcher.drain()
            clock = self.chats.discord.clock
            clock.set_to(clock.now() + timedelta(minutes=1))
        await self.engine.dispatcher.drain()

    def rows(self) -> dict[str, list[Row]]:
        """Everything that is stored, but for when somebody was seen last."""

        def look(db: Any) -> dict[str, list[Row]]:
            return {
                table.name: [
                    {column: value for column, value in row.items() if column not in SEEN.get(table.name, ())}
                    for row in db.execute(select(table)).mappings()
                ]
                for table in tables()
                if table.name not in PASSING
            }

        return self.engine.store.submit(look).result(30)

    def seen(self) -> list[str]:
        """Every message that people got, in public or directly."""
        both = (*self.chats.discord.evidence, *self.chats.slack.evidence)
        return sorted(entry.text for entry in both if entry.visible)


@pytest.fixture
async def process(database: Database) -> AsyncIterator[Process]:
    async with DiscordServer() as discord, SlackServer(channels=CHANNELS) as slack:
        slack.scopes.update(SCOPES)
        made = Process(TwoChats(discord, slack, discord.guild("Practice", channels=CHANNELS)), database)
        await made.starts()
        yield made
        await made.engine.stop()


async def test_what_is_delivered_again_changes_nothing(process: Process) -> None:
    chats, draw = process.chats, random.Random("repeats")
    ada, _ = await chats.link()
    chats.discord.repeat_events, chats.slack.repeat_events = 2, 2
    there, here = await chats.asks(ada, "Lunch?", "Pizza, Sushi, Soup")
    for n in range(NEWCOMERS):
        dana = await chats.guild.joins(f"Dana {n}")
        sven = await chats.team.joins(f"Sven {n}", channels=CHANNELS)
        if n < VOTERS:
            await joins_on_discord(dana)
            await joins_on_slack(sven)
            await press(
                dana, (await (await dana.click(there, draw.choice(["Pizza", "Sushi"]))).final()).message, "Withdraw"
            )
            await dana.click(there, draw.choice(["Pizza", "Sushi"]))
            await (await sven.click(here, "Soup")).message("Your vote")
    chats.discord.repeat_events, chats.slack.repeat_events = 1, 1
    await process.settles()
    rows, seen = process.rows(), process.seen()
    assert sum(len(r) for t, r in rows.items() if t == "vote") == 2 * VOTERS

    again = 0
    for _ in range(ROUNDS):
        again += chats.discord.gateway.again(EVENTS, draw, TIMES)
        again += await chats.slack.delivery.again(draw, TIMES)
        await process.settles()
        assert process.seen() == seen
        assert changes(process.rows(), rows) == {}
        await process.engine.stop()
        await process.starts()
        await process.settles()
        assert process.seen() == seen
        rows = process.rows()  # a process that starts compares everything, and notes when it did

    assert again >= 500, again


def changes(now: dict[str, list[Row]], before: dict[str, list[Row]]) -> dict[str, list[Row]]:
    """Rows that were not there before."""
    found = {table: [row for row in rows if row not in before[table]] for table, rows in now.items()}
    return {table: rows for table, rows in found.items() if rows}
