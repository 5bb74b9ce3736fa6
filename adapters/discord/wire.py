"""The connection: discord.py's client, which keeps the gateway and the rate limits, and nothing else of it.

Semi-private names of discord.py that are used here, and that a contract test holds: the parsers of its connection
state, so that interactions arrive as plain payloads; ``Route.BASE`` and ``DiscordWebSocket.DEFAULT_GATEWAY``, which say
where Discord is; and the webhook adapter, since answers to interactions do not stand under the bot's global rate limit.
"""

import asyncio
import io
import json
import logging
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any

import aiohttp
import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route
from discord.webhook.async_ import AsyncWebhookAdapter

from adapters.discord.limits import Json
from bot import metrics
from bot.cards import File
from bot.ports import CannotStart
from bot.traffic import counted

log = logging.getLogger(__name__)

OFFICIAL_API, OFFICIAL_GATEWAY = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
WAIT_FOR_READY = 60.0  # seconds until start() goes on with the connection in the background
WAIT_FOR_LIMIT = 30.0  # seconds that discord.py may wait for a rate limit by itself; longer waits are the outbox's
AGAIN_AFTER = (1.0, 2.0, 5.0, 10.0, 30.0)  # seconds between attempts to log in, the last one for ever

NO_MEMBERS_INTENT = (
    "missing: members intent. Switch on “Server Members Intent” for the bot in Discord's developer portal "
    "(Bot, Privileged Gateway Intents) and start again; until then newcomers will not be greeted."
)

REFUSED = "Discord refuses the token. Copy it again from the developer portal (Bot, Reset Token) into DISCORD_TOKEN."


class BadToken(CannotStart):
    """Discord does not know the token."""


class CannotConnect(CannotStart):
    """Discord closed the connection for good."""


class Wire:
    """One connection to Discord, kept up until ``close``.

    ``listen`` gets every new client before it connects; ``began`` is called when a session begins, which is what was
    missed since the last one ended.
    """

    def __init__(
        self,
        token: str,
        api: str,
        listen: Callable[[discord.Client], None],
        guild_wait: float,
        began: Callable[[], None],
    ) -> None:
        self._token = token
        self._api = api.rstrip("/")
        self._listen = listen
        self._began = began
        self._guild_wait = guild_wait
        self._client: discord.Client | None = None
        self._answers = AsyncWebhookAdapter()  # type: ignore[no-untyped-call]
        self._running: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()
        self.missing: list[str] = []

    @property
    def client(self) -> discord.Client:
        """The client, once it is logged in.  Until then Discord is out of reach, as in an outage."""
        if self._client is None or self._client.is_closed() or self._client.application_id is None:
            raise ConnectionError("not logged in to Discord")
        return self._client

    async def open(self) -> None:
        """Connect, and return when all servers are known; an outage is waited out in the background."""
        self._running = asyncio.create_task(self._run(), name="discord gateway")
        ready = asyncio.create_task(self._ready.wait(), name="discord ready")
        await asyncio.wait({self._running, ready}, timeout=WAIT_FOR_READY, return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        if self._running.done():
            await self.close()
            self._running.result()

    async def close(self) -> None:
        """Say goodbye, and leave the process as it was."""
        if self._client is not None:
            await self._client.close()
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait({self._running})
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = OFFICIAL_API, OFFICIAL_GATEWAY

    async def _run(self) -> None:
        try:
            await self._connect(members=True)
        except discord.PrivilegedIntentsRequired:
            log.warning(NO_MEMBERS_INTENT)
            self.missing.append(NO_MEMBERS_INTENT)
            if self._client is not None:
                await self._client.close()
            await self._connect(members=False)

    async def _connect(self, *, members: bool) -> None:
        """Log in and stay connected, however long Discord is away at first; later discord.py waits by itself."""
        attempt = 0
        while True:
            self._client = client = make_client(members=members, guild_wait=self._guild_wait)
            for told in (self.on_ready, self.on_connect, self.on_resumed):
                client.event(told)
            self._listen(client)
            try:
                await self._redirect()
                await client.login(self._token)
                return await client.connect()
            except discord.LoginFailure as failure:
                raise BadToken(REFUSED) from failure
            except discord.ConnectionClosed as closed:
                log.error("Discord closed the connection for good, with code %s", closed.code)  # noqa: TRY400  # is raised
                raise CannotConnect(f"Discord closed the connection with code {closed.code}") from closed
            except (aiohttp.ClientError, OSError, discord.HTTPException) as away:
                log.warning("Discord cannot be reached: %s", away)
            except AttributeError:
                if client.ws is not None:
                    raise
                log.warning("the gateway cannot be reached")  # discord.py wants to resume what never began
            await client.close()
            await asyncio.sleep(AGAIN_AFTER[min(attempt, len(AGAIN_AFTER) - 1)])
            attempt += 1

    async def on_ready(self) -> None:
        """Called by discord.py when all servers are known, and again for every session that is not a resumed one."""
        self._ready.set()
        self._began()

    async def on_connect(self) -> None:
        """Called when a session was begun, which took an IDENTIFY."""
        metrics.identified()

    async def on_resumed(self) -> None:
        metrics.gateway_resumes.inc()

    @property
    def connected(self) -> bool:
        """Whether the gateway is open, so that events come in."""
        client = self._client
        return client is not None and client.is_ready() and client.ws.open

    async def _redirect(self) -> None:
        """Point discord.py to another server that speaks the protocol.  These are the only names that are replaced.

        They belong to the process, so one process speaks to one such server.
        """
        if not self._api:
            return
        Route.BASE = self._api
        headers = {"Authorization": f"Bot {self._token}"}
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{self._api}/gateway/bot", headers=headers) as answer,
        ):
            if answer.status == HTTPStatus.UNAUTHORIZED:
                return  # the login says it
            answer.raise_for_status()
            DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL((await answer.json(content_type=None))["url"])

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


def make_client(*, members: bool, guild_wait: float) -> discord.Client:
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
    )


def hear(client: discord.Client, event: str, told: Callable[[Json], None]) -> None:
    """Be told of an event of the gateway by its payload, in place of discord.py's own objects."""
    client._connection.parsers[event] = told  # noqa: SLF001  # see the top of this module


def uploads(body: Any, files: Sequence[File]) -> tuple[list[discord.File], list[Json]]:
    """A body with files as a form; discord.py rewinds the files when it has to send them again."""
    sent = [discord.File(io.BytesIO(f.data), f.name) for f in files]
    form: list[Json] = [{"name": "payload_json", "value": json.dumps(body), "content_type": "application/json"}]
    for number, (file, part) in enumerate(zip(files, sent, strict=True)):
        name = f"files[{number}]"
        form.append({"name": name, "value": part.fp, "filename": file.name, "content_type": file.mime})
    return sent, form
