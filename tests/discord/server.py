"""The simulated Discord as tests hold it: start it, give it guilds and people, and see what the bot did."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime, timedelta
from typing import Self

from aiohttp import web

from tests import canaries
from tests.discord import routes_channels, routes_guilds, routes_interactions, routes_messages, routes_self
from tests.discord.faults import Faults, matcher
from tests.discord.gateway import Gateway
from tests.discord.guilds import Guild
from tests.discord.interactions import Interaction
from tests.discord.messages import Message
from tests.discord.people import User
from tests.discord.places import Channel
from tests.discord.problems import Findings, Refused
from tests.discord.rest import PREFIX, Request, Router
from tests.discord.shapes import BOT_MAY, DM, Allow, Clock, Intent, Json
from tests.discord.traffic import Traffic
from tests.discord.waiting import PATIENCE, Bell
from tests.record import Record

BOT_TOKEN = canaries.DISCORD_TOKEN
NONCE_KEPT = timedelta(minutes=5)  # "the past few minutes"
ROUTES = (
    routes_self.ROUTES
    | routes_messages.ROUTES
    | routes_interactions.ROUTES
    | routes_guilds.ROUTES
    | routes_channels.ROUTES
)


class DiscordServer:
    """Discord's gateway and REST on loopback, for one bot."""

    def __init__(self, *, bot: str = "Commonplace", clock: Clock | None = None) -> None:
        self.token = BOT_TOKEN
        self.clock = clock or Clock()
        self.bell = Bell()
        self.faults = Faults()
        self.log: list[Request] = []
        self.evidence = Record("discord", self.clock.now)
        self.witness: Callable[[str, str], None] = lambda _stage, _what: None  # of requests: arrived, done
        self.traffic = Traffic(time.monotonic)
        self.problems: list[str] = []
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.messages: dict[str, Message] = {}
        self.nonces: dict[tuple[str, str], tuple[Message, datetime]] = {}  # and until when they are known
        self.nonce_kept: Callable[[], timedelta] = lambda: NONCE_KEPT
        self.history_lag = 0.0  # seconds until a message is found in the history
        self.interactions: dict[str, Interaction] = {}
        self.commands: dict[str | None, list[Json]] = {}  # by guild; None is everywhere
        self.commands_created: Counter[str | None] = Counter()
        self.guilds: list[Guild] = []
        self.shards = 1  # that it recommends
        self.session_starts = {"total": 1000, "remaining": 999, "reset_after": 86_400_000, "max_concurrency": 16}
        self.members_intent = True
        self.message_content_intent = False
        self.presences_intent = False
        self.bot = User(self, bot, bot=True)
        self.application_id = self.bot.id
        self.gateway = Gateway(self)
        self.too_late = 0  # so many answers to interactions arrive after the three seconds
        self.origin = ""
        self._files: dict[str, bytes] = {}
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.stop()

    async def start(self, port: int = 0) -> None:
        app = web.Application(client_max_size=2**26)
        for path in ("/gateway", "/resume"):
            app.router.add_get(path, self.gateway.serve)
        app.router.add_get("/attachments/{file}/{name}", self._download)
        app.router.add_route("*", PREFIX + "/{rest:.*}", Router(self, ROUTES).serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.origin = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        self.faults.clear()
        if self._runner:
            for site in self._runner.sites:  # nobody comes in any more who would then be left hanging
                await site.stop()
        await self.gateway.stop()
        if self._runner:
            await self._runner.cleanup()

    @property
    def api(self) -> str:
        return self.origin + PREFIX

    @property
    def gateway_url(self) -> str:
        return self.origin.replace("http", "ws", 1) + "/gateway"

    @property
    def resume_url(self) -> str:
        return self.origin.replace("http", "ws", 1) + "/resume"

    @property
    def repeat_events(self) -> int:
        """How many times each event is delivered."""
        return self.gateway.repeat

    @repeat_events.setter
    def repeat_events(self, times: int) -> None:
        self.gateway.repeat = times

    @property
    def pings(self) -> set[str]:
        """Everybody whom any message of the bot notified."""
        return {ping for message in self.messages.values() if message.author is self.bot for ping in message.pings}

    def guild(
        self, name: str = "Practice", channels: Iterable[str] = ("general",), *, bot_permissions: int = BOT_MAY
    ) -> Guild:
        """A guild with the bot in it; if the bot is connected, it has just been invited."""
        guild = Guild(self, name, channels, bot_permissions)
        self.guilds.append(guild)
        guild.send("GUILD_CREATE", guild.create_json())
        return guild

    def guild_by_id(self, guild_id: str) -> Guild | None:
        return next((guild for guild in self.guilds if guild.id == guild_id and guild.has_bot), None)

    async def ready(self) -> None:
        """Wait until the bot is connected, for the first time or again."""

        def look() -> bool | None:
            return self.gateway.connected or None

        await self.bell.until(look, lambda: f"the bot did not connect; it asked for {[str(one) for one in self.log]}")

    async def until(self, condition: Callable[[], object], within: float = PATIENCE) -> None:
        """Wait until something is true of this Discord."""

        def look() -> bool | None:
            return True if condition() else None

        await self.bell.until(
            look, lambda: f"it never became true; the log: {[str(request) for request in self.log]}", within
        )

    @asynccontextmanager
    async def outage(self) -> AsyncIterator[None]:
        """Nobody answers in here, not even to say no; everything is as before afterwards."""
        port = int(self.origin.rpartition(":")[2])
        await self.stop()
        yield
        await self.start(port)

    async def requested(self, pattern: str, times: int = 1) -> Request:
        """Wait until such a request was answered that many times, by "POST /channels/*/messages"; the last of them."""
        wanted = matcher(pattern)

        def look() -> Request | None:
            found = [one for one in self.log if wanted.fullmatch(str(one)) and one.status]
            return found[times - 1] if len(found) >= times else None

        return await self.bell.until(look, lambda: f"no {pattern} but {[str(request) for request in self.log]}")

    def requests(self, pattern: str) -> list[Request]:
        """Every request of this kind until now."""
        return [request for request in self.log if matcher(pattern).fullmatch(str(request))]

    async def drop_gateway(self) -> None:
        """Cut the connection; the bot may come back at once."""
        await self.gateway.drop()

    def gateway_down(self) -> AbstractAsyncContextManager[None]:
        """Cut the connection and let nobody in again before the end of the block."""
        return self.gateway.down()

    async def reconnect_op7(self) -> None:
        await self.gateway.reconnect()

    async def invalid_session(self, *, resumable: bool = False) -> None:
        await self.gateway.invalidate(resumable=resumable)

    def allowed_intents(self) -> int:
        privileged = {
            Intent.MEMBERS: self.members_intent,
            Intent.PRESENCES: self.presences_intent,
            Intent.CONTENT: self.message_content_intent,
        }
        allowed = 2**26 - 1
        for intent, switched_on in privileged.items():
            allowed &= allowed if switched_on else ~intent
        return allowed

    def bot_json(self) -> Json:
        return self.bot.json() | {"mfa_enabled": True, "verified": True, "email": None, "flags": 0, "locale": "en-US"}

    def reach_guild(self, request: Request) -> Guild:
        """The guild that a request is about."""
        guild = self.guild_by_id(request.args["guild"])
        if guild is None:
            raise Refused(10004)
        return guild

    def reach_channel(self, request: Request) -> Channel:
        """The channel that a request is about, if the bot sees it."""
        channel = self.channels.get(request.args["channel"])
        if channel is None or channel.deleted or (channel.guild and not channel.guild.has_bot):
            raise Refused(10003)
        if channel.guild and not channel.guild.me.sees(channel):
            raise Refused(50001)
        return channel

    def need(self, channel: Channel, permissions: Allow) -> None:
        """Raise when the bot may not do this here."""
        if channel.type != DM and channel.guild and not channel.guild.me.may(permissions, channel):
            raise Refused(50013)

    def need_in(self, guild: Guild, permissions: Allow) -> None:
        if not guild.me.may(permissions):
            raise Refused(50013)

    def refuse_unknown(self, request: Request, known: Collection[str]) -> None:
        findings = Findings()
        findings.fields("", request.body, known)
        request.refuse_if_wrong(findings)

    def keep_file(self, name: str, data: bytes) -> Json:
        """Store a file; the attachment that stands for it."""
        file_id = self.clock.snowflake()
        self._files[file_id] = data
        url = f"{self.origin}/attachments/{file_id}/{name}"
        return {"id": file_id, "filename": name, "size": len(data), "url": url, "proxy_url": url}

    async def _download(self, request: web.Request) -> web.Response:
        data = self._files.get(request.match_info["file"])
        return web.Response(status=404) if data is None else web.Response(body=data)
