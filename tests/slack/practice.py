"""A community on Slack: the real engine and the real Bolt, against the server of these tests."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from adapters.slack.app import Slack, Workspace
from bot.actions import Feature
from bot.clock import MovableClock
from bot.engine import Engine
from bot.leases import Leases
from bot.runtime import Defaults
from storage.store import Store
from tests.databases import Database
from tests.slack.messages import Message
from tests.slack.people import Person
from tests.slack.server import SlackServer
from tests.slack.teams import Channel, Team
from tests.slack.toy import Toys
from tests.world import START


class Practice:
    """Starts and stops the bot; the database stays."""

    def __init__(
        self,
        server: SlackServer,
        database: Database,
        features: list[Feature] | None = None,
        leases: Callable[[Store], Leases] | None = None,
        **settings: Any,
    ) -> None:
        self.leases = leases
        self.server, self.toys, self.clock = server, Toys(), MovableClock(START)
        self.features = features or [self.toys.feature]
        self.settings = settings
        self.database = database
        self.engine: Engine
        self.slack: Slack

    async def start(self) -> None:
        store = self.database.opens()
        defaults = Defaults("Europe/Berlin", name="Practice Circle")
        self.engine = Engine(store, self.features, self.clock.now, defaults, leases=self.leases and self.leases(store))
        workspaces = [Workspace(team.bot_token) for team in self.server.teams]
        settings: dict[str, Any] = {"app_token": self.server.app_token, "api": self.server.api, **self.settings}
        settings["leases"] = self.engine.leases
        self.slack = Slack(self.engine.runtime, workspaces, **settings)
        self.engine.add(self.slack)
        await self.engine.start()
        if self.slack.mode == "socket":
            await self.server.ready()
        else:
            self.server.http_target = self.slack.url

    async def stop(self) -> None:
        self.toys.gate.set()
        await self.engine.stop()

    async def restarts(self) -> None:
        await self.stop()
        await self.start()

    @property
    def team(self) -> Team:
        return self.server.default

    async def asks(self, person: Person, question: str) -> Message:
        """A poll of theirs, as it stands in #general."""
        await (await person.command(f'/cop poll create "{question}" Pizza, Sushi')).message()
        return await self.team.channel("general").arrives(lambda m: question in m.text)

    async def room(self, name: str, member: Person) -> Channel:
        """The channel that the bot made for a group, once somebody was let in."""
        return await self.server.changes.until(
            lambda: next((c for c in self.team.channels.values() if c.name == name and member.id in c.members), None),
            lambda: f"no room {name} for {member.name}; {self.team.channels}, {self.server.problems}",
        )

    async def settled(self) -> None:
        """Everything that is due and everything that people are to see is done."""
        while self.slack._desk.tasks or self.engine.dispatcher._busy:
            await asyncio.wait({*self.slack._desk.tasks, *self.engine.dispatcher._busy.values()}, timeout=5)
            await asyncio.sleep(0)
        await self.engine.dispatcher.drain()

    async def tries_again(self, method: str, times: int = 1) -> None:
        """Time passes until an attempt of uncertain outcome is due again, and a method was called because of it."""
        while len(self.server.calls(method)) < times:
            await self.settled()
            self.passes(minutes=5)
        await self.settled()

    async def blocks_the_database(self, person: Person) -> None:
        """Somebody's slow action keeps the one writer busy until the gate opens."""
        await person.command("/cop slow because")
        await asyncio.to_thread(self.toys.entered.wait, 5)

    def impatient(self) -> None:
        """Acknowledge at once what is not done at once."""
        self.slack._desk.ack_after = 0.01

    def passes(self, **span: float) -> None:
        """Time goes by, and the clock's bell rings."""
        self.clock.move(timedelta(**span))
        self.engine.runtime.wake.set()
