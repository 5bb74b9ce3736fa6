"""Requests to Discord through discord.py's client, which keeps the rate limits and the gateway, and nothing else of it.

Semi-private names of discord.py that are used here, and that a contract test holds: the parsers of its connection
state, so that interactions arrive as plain payloads, and the threads of its heartbeats; ``Route.BASE`` and
``DiscordWebSocket.DEFAULT_GATEWAY``, which say where Discord is; and the webhook adapter, since answers to interactions
do not stand under the bot's global rate limit.
"""

import asyncio
import io
import json
import logging
import threading
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import aiohttp
import discord
import yarl
from discord.gateway import DiscordWebSocket, KeepAliveHandler
from discord.http import Route
from discord.webhook.async_ import AsyncWebhookAdapter

from adapters.discord.limits import Json
from bot.cards import File
from bot.ports import CannotStart
from bot.traffic import counted

log = logging.getLogger(__name__)

OFFICIAL_API, OFFICIAL_GATEWAY = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
WAIT_FOR_LIMIT = 30.0  # seconds that discord.py may wait for a rate limit by itself; longer waits are the outbox's
AGAIN_AFTER = (1.0, 2.0, 5.0, 10.0, 30.0)  # seconds between attempts to log in, the last one for ever

REFUSED = "Discord refuses the token. Copy it again from the developer portal (Bot, Reset Token) into DISCORD_TOKEN."


class BadToken(CannotStart):
    """Discord does not know the token."""


class CannotConnect(CannotStart):
    """Discord closed the connection for good."""


class Wire:
    """A bot that is logged in to Discord and may ask for anything.  Who listens at the gateway is another matter."""

    redirected: ClassVar[set["Wire"]] = set()  # what discord.py calls Discord belongs to the process, and so does this

    def __init__(self, token: str, api: str) -> None:
        self._token = token
        self._api = api.rstrip("/")
        self._client: discord.Client | None = None
        self._answers = AsyncWebhookAdapter()  # type: ignore[no-untyped-call]
        self._full: dict[str, float] = {}  # until when a channel takes no message, as Discord's answers say
        self.members = True  # whether we are told who comes and goes
        self.recommended = 1  # shards

    @property
    def client(self) -> discord.Client:
        """The client, once it is logged in.  Until then Discord is out of reach, as in an outage."""
        if self._client is None or self._client.is_closed() or self._client.application_id is None:
            raise ConnectionError("not logged in to Discord")
        return self._client

    async def log_in(self) -> None:
        """However long Discord is away.  Raises BadToken."""
        attempt = 0
        while True:
            self._client = client = make_client(members=self.members, guild_wait=0)
            try:
                await self.enter(client)
                self.recommended = await self.locate(client)
            except discord.LoginFailure as failure:
                raise BadToken(REFUSED) from failure
            except (aiohttp.ClientError, OSError, discord.DiscordException) as away:
                log.warning("Discord cannot be reached: %s", away)
            else:
                may = client.application_flags
                self.members = may.gateway_guild_members or may.gateway_guild_members_limited
                return
            await client.close()
            await asyncio.sleep(AGAIN_AFTER[min(attempt, len(AGAIN_AFTER) - 1)])
            attempt += 1

    async def enter(self, client: discord.Client) -> None:
        """Log a client in, at Discord or at another server that speaks the protocol.

        The names of discord.py that are replaced here belong to the process, so it speaks to one such server.
        """
        if self._api:
            self.redirected.add(self)
            Route.BASE = self._api
        await client.login(self._token)

    async def locate(self, client: discord.Client) -> int:
        """Ask where the gateway is; in how many shards Discord would have us."""
        recommended, gateway, _ = await client.http.get_bot_gateway()
        if self._api:
            DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)
        return recommended

    async def close(self) -> None:
        """Leave the process as it was."""
        if self._client is not None:
            await self._client.close()
        self.redirected.discard(self)
        if not self.redirected:
            Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = OFFICIAL_API, OFFICIAL_GATEWAY

    # Requests.

    async def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        files: Sequence[File] = (),
        query: Json | None = None,
        **ids: Any,
    ) -> Any:
        """One request under the bot's rate limits.  ``ids`` fill the path; some of them name the limit's bucket."""
        more: Json = {"params": query} if query else {}
        if files:
            sent, form = uploads(body, files)
            more |= {"files": sent, "form": form}
        elif body is not None:
            more["json"] = body
        return await self.client.http.request(Route(method, path, **ids), **more)

    async def answer(self, method: str, path: str, body: Json | None, files: Sequence[File] = (), **ids: Any) -> Any:
        """One request about an interaction, whose token is all the right that it needs."""
        sent, form = uploads(body, files) if files else ([], None)
        session = discord.Webhook.partial(int(ids["webhook_id"]), ids["webhook_token"], client=self.client).session
        route = Route(method, path, **ids)
        payload = None if files else body
        return await self._answers.request(route, session, payload=payload, multipart=form, files=sent)


def make_client(*, members: bool, guild_wait: float, shard: int = 0, shards: int = 1) -> discord.Client:
    """A client with the guilds intent and, where it is granted, the members intent; it pings nobody."""
    intents = discord.Intents(guilds=True, members=members)
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # the bot does not speak
    return discord.Client(
        intents=intents,
        allowed_mentions=discord.AllowedMentions.none(),
        max_messages=None,
        member_cache_flags=discord.MemberCacheFlags.from_intents(intents),
        chunk_guilds_at_startup=members,
        max_ratelimit_timeout=WAIT_FOR_LIMIT,
        guild_ready_timeout=guild_wait,
        http_trace=counted("discord"),
        shard_id=shard,
        shard_count=shards,
    )


def hear(client: discord.Client, event: str, told: Callable[[Json], None]) -> None:
    """Be told of an event of the gateway by its payload, in place of discord.py's own objects."""
    client._connection.parsers[event] = told  # noqa: SLF001  # see the top of this module


async def hush(client: discord.Client) -> None:
    """Stop the heartbeats of a client that is closed.

    discord.py forgets a connection that was given up before its IDENTIFY: it stays open, and its heart, a thread, goes
    on for ever.
    """
    for thread in threading.enumerate():
        if isinstance(thread, KeepAliveHandler) and thread.ws._connection is client._connection:  # noqa: SLF001
            thread.stop()
            await thread.ws.socket.close()


def uploads(body: Any, files: Sequence[File]) -> tuple[list[discord.File], list[Json]]:
    """A body with files as a form; discord.py rewinds the files when it has to send them again."""
    sent = [discord.File(io.BytesIO(f.data), f.name) for f in files]
    form: list[Json] = [{"name": "payload_json", "value": json.dumps(body), "content_type": "application/json"}]
    for number, (file, part) in enumerate(zip(files, sent, strict=True)):
        name = f"files[{number}]"
        form.append({"name": name, "value": part.fp, "filename": file.name, "content_type": file.mime})
    return sent, form
