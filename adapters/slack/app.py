"""Slack as one of the core's platforms: it connects and listens, and is the port for what goes out."""

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Literal

import aiohttp
from slack_bolt.async_app import AsyncApp

from adapters.slack import events, rooms, roster, sending
from adapters.slack.connections import Hook, Sockets, bolt_app, web_client
from adapters.slack.limits import ACK_SECONDS
from adapters.slack.listening import Desk
from adapters.slack.meaning import BadToken
from adapters.slack.mrkdwn import ROOT, Pen
from adapters.slack.team import Team
from bot.cards import Card
from bot.leases import Alone, Leases
from bot.ports import Home, Present, Rejected, Roster, Unsure, Wait
from bot.runtime import Runtime
from bot.text import Reader
from bot.traffic import counted

log = logging.getLogger(__name__)

REQUEST_SECONDS = 15.0  # less than the dispatcher gives an attempt
UNKNOWN_WAIT = 300.0  # seconds: what is meant for a workspace that is not connected now waits for it
RETRY_SECONDS = (2.0, 60.0)  # first and longest pause between attempts to reach a workspace
DRAIN_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Workspace:
    """What is configured for one workspace."""

    bot_token: str
    front_desk: str = "welcome"  # name or id of the channel whose newcomers are greeted


class Slack:
    """Several workspaces through one app: a socket by default, or signed requests."""

    platform = "slack"
    rate = 20.0  # a workspace takes several hundred messages a minute

    def __init__(
        self,
        runtime: Runtime,
        workspaces: Sequence[Workspace],
        app_token: str = "",
        *,
        signing_secret: str = "",
        mode: Literal["socket", "http"] = "socket",
        api: str = "",
        command: str = ROOT,
        host: str = "127.0.0.1",
        port: int = 3000,
        leases: Leases | None = None,  # without them, this process is the only one
        sockets: int = 1,
        ack_after: float = ACK_SECONDS,
    ) -> None:
        if mode == "socket" and not app_token:
            raise ValueError("Socket Mode needs the app token, which begins with xapp-")
        if mode == "http" and not signing_secret:
            raise ValueError("HTTP mode needs the signing secret: without it anybody could pretend to be Slack")
        self.runtime, self.mode, self.command = runtime, mode, f"/{command.lstrip('/')}"
        self.teams: dict[str, Team] = {}
        self._workspaces, self._api = tuple(workspaces), api
        self._app_token, self._signing_secret = app_token, signing_secret
        self._host, self._port = host, port
        self._leases, self._sockets = leases or Alone(time.monotonic), sockets
        self._desk = Desk(runtime, self.teams, self.command, ack_after)
        self._session: aiohttp.ClientSession | None = None
        self._way: Sockets | Hook | None = None

    @property
    def url(self) -> str:
        """In HTTP mode, the address on this machine that Slack's requests have to reach."""
        return self._way.url if isinstance(self._way, Hook) else ""

    @property
    def status(self) -> str:
        """How Slack reaches this replica, in a sentence."""
        return self._way.status if isinstance(self._way, Sockets) else "Slack calls us"

    # Listening.

    @property
    def connected(self) -> bool:
        return bool(self.teams) and self._way is not None and self._way.connected

    async def start(self) -> None:
        """Connect to every workspace.  Raises BadToken when no token is good for anything."""
        limit = aiohttp.ClientTimeout(total=REQUEST_SECONDS)
        self._session = aiohttp.ClientSession(timeout=limit, trust_env=False, trace_configs=[counted("slack")])
        try:
            await self._greet_all(self._session)
            client = web_client(self._api, self._session)
            secret = self._signing_secret if self.mode == "http" else ""
            app = bolt_app(client, self.teams, self._desk, secret)
            self._way = self._make_way(app)
            await self._way.start()
        except BaseException:
            await self.stop()
            raise

    def _make_way(self, app: AsyncApp) -> Sockets | Hook:
        if self.mode == "http":
            return Hook(app, self._signing_secret, self._host, self._port)
        missed = partial(self.runtime.missed, self.platform, shared=True)
        return Sockets(app, self._app_token, self._leases, self._sockets, missed)

    async def stop(self) -> None:
        """Finish what is under way, then let go."""
        await self._drain()
        if self._way is not None:
            await self._way.stop()
        await self._drain()
        for task in set(self._desk.tasks):
            task.cancel()
        await asyncio.gather(*self._desk.tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    async def _drain(self) -> None:
        working = {t for t in self._desk.tasks if t.get_name() != "connecting"}
        if working:
            await asyncio.wait(working, timeout=DRAIN_SECONDS)

    async def _greet_all(self, session: aiohttp.ClientSession) -> None:
        """Every workspace once; one that cannot be reached now is tried again in the background."""
        refused: list[BadToken] = []
        for workspace in self._workspaces:
            try:
                await self._greet(workspace, session)
            except BadToken as no:
                log.warning("%s", no)
                refused.append(no)
            except (Unsure, Wait, Rejected) as fault:
                log.warning("a workspace cannot be reached yet: %s", fault)
                self._desk.keep(self._keep_greeting(workspace, session)).set_name("connecting")
        if refused and len(refused) == len(self._workspaces):
            raise refused[0]

    async def _greet(self, workspace: Workspace, session: aiohttp.ClientSession) -> None:
        team = Team(web_client(self._api, session, workspace.bot_token), session, workspace.front_desk)
        await team.greet()
        await events.settle(self.runtime, team)
        self.teams[team.id] = team
        self.runtime.missed(self.platform, team.id, shared=True)

    async def _keep_greeting(self, workspace: Workspace, session: aiohttp.ClientSession) -> None:
        pause, longest = RETRY_SECONDS
        while True:
            await asyncio.sleep(pause)
            try:
                await self._greet(workspace, session)
            except (Unsure, Wait, Rejected, BadToken):
                pause = min(pause * 2, longest)
            else:
                return

    # The port.

    def pause(self, space: str, channel: str) -> float:
        team = self.teams.get(space)
        return sending.pause(team, channel) if team and channel else 0.0

    async def send(self, space: str, channel: str, card: Card, reader: Reader, key: str) -> str:
        return await sending.send(self._team(space), channel, card, self._pen(reader), key=key)

    async def edit(self, space: str, channel: str, ref: str, card: Card, reader: Reader) -> None:
        await sending.edit(self._team(space), channel, ref, card, self._pen(reader))

    async def direct(self, space: str, user: str) -> str:
        return await self._team(space).direct(user)

    async def find(self, space: str, channel: str, key: str, since: datetime) -> str | None:
        return await sending.find(self._team(space), channel, key, since)

    async def open(self, space: str, name: str) -> Home:
        return await rooms.open_room(self._team(space), name)

    async def seat(self, space: str, home: Home, user: str) -> None:
        await rooms.seat(self._team(space), home, user)

    async def unseat(self, space: str, home: Home, user: str) -> None:
        await rooms.unseat(self._team(space), home, user)

    async def roster(self, space: str, homes: Sequence[Home]) -> Roster:
        return await roster.roster(self._team(space), homes)

    async def present(self, space: str, user: str) -> Present | None:
        return await roster.one(self._team(space), user)

    async def reaches(self, space: str, channel: str) -> bool:
        return await roster.reaches(self._team(space), channel)

    async def stands(self, space: str, channel: str, ref: str) -> bool:
        return await roster.stands(self._team(space), channel, ref)

    def _team(self, space: str) -> Team:
        team = self.teams.get(space)
        if team is None:
            raise Wait(UNKNOWN_WAIT, "space")
        return team

    def _pen(self, reader: Reader) -> Pen:
        return Pen(reader, self.command)
