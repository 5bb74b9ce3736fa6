"""How Slack reaches us: Bolt with one listener for each kind of payload, behind a socket or a web hook."""

import asyncio
import json
import logging
import re
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Protocol
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app, send_async_response
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.gaps import Gaps
from adapters.slack.gate import BODY_BYTES, IDLE_SECONDS, Gate
from adapters.slack.meaning import UNINSTALLED, BadToken, read
from adapters.slack.team import Team
from bot.leases import Hold, Leases, Wanted

Json = dict[str, Any]
ANYTHING = re.compile(r".*", re.DOTALL)

PING_SECONDS = 3.0  # a lost connection is noticed after as much; Bolt's own 10 s are people's waiting
CONNECT_SECONDS = 10.0  # then the start goes on and the connection is made in the background
API = "https://slack.com/api/"
PATH = "/slack/events"
SOCKETS_MAX = 10  # https://docs.slack.dev/apis/events-api/using-socket-mode#connections
PAUSES = {  # seconds before coming back, where coming back at once would only be sent away again
    "too_many_websockets": 30.0,
    "link_disabled": 60.0,  # somebody switched Socket Mode off
}

sdk_log = logging.getLogger("adapters.slack.sdk")
http_log = logging.getLogger("adapters.slack.http")
http_log.setLevel(logging.CRITICAL)  # it quotes what anybody sends, and anybody can send a lot of it


class Listeners(Protocol):
    """One method for each kind of payload."""

    async def on_command(self, ack: Any, body: Json) -> None: ...
    async def on_action(self, ack: Any, body: Json) -> None: ...
    async def on_submission(self, ack: Any, body: Json) -> None: ...
    async def on_shortcut(self, ack: Any, body: Json) -> None: ...
    async def on_options(self, ack: Any, body: Json) -> None: ...
    async def on_event(self, ack: Any, body: Json) -> None: ...


def web_client(api: str, session: aiohttp.ClientSession, token: str | None = None) -> AsyncWebClient:
    """A client that repeats nothing: a repeated chat.postMessage is a second message."""
    address = f"{api.rstrip('/')}/" if api else API
    client = AsyncWebClient(token=token, base_url=address, session=session, retry_handlers=[], logger=sdk_log)
    if on_loopback(address):
        client.proxy = None
    return client


def on_loopback(address: str) -> bool:
    """A proxy from the environment is for the world outside."""
    host = urlsplit(address).hostname or ""
    return host == "localhost" or host.startswith("127.") or host == "::1"


def bolt_app(client: AsyncWebClient, teams: dict[str, Team], listeners: Listeners, signing_secret: str) -> AsyncApp:
    """Bolt, told everything that it would otherwise look up in the environment."""
    sdk_log.setLevel(logging.ERROR)  # it warns of a SLACK_BOT_TOKEN in the environment, which is ours to read

    async def authorize(enterprise_id: str | None, team_id: str | None) -> Any:
        team = teams.get(team_id or "")
        if team is None:
            return None  # which Bolt's types forget, and Bolt answers politely
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=team.id,
            bot_user_id=team.user,
            bot_id=team.bot,
            bot_token=team.client.token,
        )

    app = AsyncApp(
        logger=sdk_log,
        name="commonplace",
        process_before_response=True,  # otherwise Bolt sleeps 10 ms before each acknowledgement
        signing_secret=signing_secret,
        client=client,
        authorize=authorize,
        user_facing_authorize_error_message="This workspace is not connected to me yet. Whoever runs me can add it.",
        request_verification_enabled=bool(signing_secret),
        ssl_check_enabled=False,  # it would answer without a signature
        attaching_function_token_enabled=False,
        verification_token="",
    )
    sdk_log.setLevel(logging.INFO)  # never DEBUG: it would print what people write
    app.command(ANYTHING)(listeners.on_command)
    app.action(ANYTHING)(listeners.on_action)
    app.view_submission(ANYTHING)(listeners.on_submission)
    app.view_closed(ANYTHING)(acknowledge)
    app.shortcut(ANYTHING)(listeners.on_shortcut)
    app.options(ANYTHING)(listeners.on_options)
    app.event(ANYTHING)(listeners.on_event)
    return app


async def acknowledge(ack: Any) -> None:
    await ack()


class Client(SocketModeClient):
    """A socket that comes back when Slack asks it to, and not before there is room for it."""

    not_before = 0.0  # by the steady clock

    async def enqueue_message(self, message: str) -> None:
        """Called for each message in turn, before the end of the connection is noticed that follows on some of them."""
        if '"disconnect"' in message and (told := json.loads(message)).get("type") == "disconnect":
            reason = str(told.get("reason"))
            sdk_log.log(logging.WARNING if reason in PAUSES else logging.INFO, "Slack ends a socket: %s", reason)
            self.not_before = time.monotonic() + PAUSES.get(reason, 0.0)
        await super().enqueue_message(message)

    async def connect_to_new_endpoint(self, force: bool = False) -> None:
        await asyncio.sleep(max(0.0, self.not_before - time.monotonic()))
        if not self.closed:
            await super().connect_to_new_endpoint(force)


class Socket:
    """One connection of Socket Mode."""

    def __init__(self, app: AsyncApp, app_token: str) -> None:
        self._app = app
        self._client = Client(app_token, sdk_log, app.client, ping_interval=PING_SECONDS)
        self._client.proxy = app.client.proxy
        self._client.socket_mode_request_listeners.append(self._hear)
        self.connecting: asyncio.Task[None] | None = None

    @property
    def connected(self) -> bool:
        session = self._client.current_session
        return session is not None and not session.closed and not self._client.closed

    async def _hear(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        began = time.time()
        answer = await run_async_bolt_app(self._app, request)
        await send_async_response(client, request, answer, began)

    def start(self, address: str | None) -> None:
        """Connect in the background."""
        self._client.wss_uri = address
        connect: Callable[[], Coroutine[Any, Any, None]] = self._client.connect
        self.connecting = asyncio.create_task(connect(), name="slack socket")

    async def stop(self) -> None:
        if self.connecting is not None and not self.connecting.done():
            self.connecting.cancel()
            with suppress(asyncio.CancelledError):
                await self.connecting
        close: Callable[[], Coroutine[Any, Any, None]] = self._client.close
        await close()
        running = (self._client.message_processor, self._client.current_session_monitor, self._client.message_receiver)
        await asyncio.gather(*filter(None, running), return_exceptions=True)  # cancelled, and now over


class Sockets:
    """Socket Mode: no public address needed.  Slack gives each payload to any one of an app's sockets.

    Each has a lease, of which there are as many as Slack allows sockets: so no replica takes the place of another.
    ``missed`` is called when nobody listened for a while.
    """

    def __init__(self, app: AsyncApp, app_token: str, leases: Leases, most: int, missed: Callable[[], None]) -> None:
        self._app, self._app_token, self._leases, self._missed = app, app_token, leases, missed
        names = tuple(f"slack:{app_of(app_token)}:{number}" for number in range(1, SOCKETS_MAX + 1))
        self._wanted = Wanted(names, self._gained, self._lost, most)
        self._open: dict[str, Socket] = {}
        self._address: str | None = None
        self._gaps = Gaps(missed)
        self._watching: asyncio.Task[None] | None = None

    @property
    def connected(self) -> bool:
        """Whether one socket is open; a replica for which none is left relies on the others."""
        return self._watching is not None and (not self._open or self._hears)

    @property
    def status(self) -> str:
        """For whoever looks after the bot."""
        return f"I have {len(self._open)} of at most {SOCKETS_MAX} sockets"

    async def start(self) -> None:
        """Connect as often as we may; what takes long, in the background.  Raises BadToken for a bad app token."""
        try:
            answer = await self._app.client.apps_connections_open(app_token=self._app_token)
            self._address = answer["url"]
        except SlackApiError as refused:
            word = read(refused)[1].get("error")
            if word in UNINSTALLED or word == "not_allowed_token_type":
                advice = "It begins with xapp- and needs the scope connections:write."
                raise BadToken(f"Slack does not accept the app token ({word}). {advice}") from refused
            sdk_log.warning("no socket yet: %s", word)
        except (aiohttp.ClientError, TimeoutError, OSError) as fault:
            sdk_log.warning("no socket yet: %s", type(fault).__name__)
        await self._leases.want(self._wanted)
        if connecting := [socket.connecting for socket in self._open.values() if socket.connecting]:
            await asyncio.wait(connecting, timeout=CONNECT_SECONDS)
        else:
            sdk_log.info("no socket is left for this replica; it sends what is due")
        self._watching = asyncio.create_task(self._gaps.watch(self._listens), name="slack gaps")

    async def stop(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.wait({self._watching})
            self._watching = None
        await asyncio.gather(*(socket.stop() for socket in self._open.values()))
        self._open.clear()
        await self._leases.drop(self._wanted)

    @property
    def _hears(self) -> bool:
        return any(socket.connected for socket in self._open.values())

    async def _listens(self) -> bool:
        return self._hears

    async def _gained(self, hold: Hold) -> None:
        if self._watching is not None and not self._open:
            self._missed()  # until now others listened, who are gone
        self._open[hold.name] = socket = Socket(self._app, self._app_token)
        address, self._address = self._address, None  # one connection each
        socket.start(address)

    async def _lost(self, hold: Hold) -> None:
        if socket := self._open.pop(hold.name, None):
            await socket.stop()


def app_of(token: str) -> str:
    """Which app a token belongs to: xapp-1-A0123456789-…"""
    return next((part for part in token.split("-")[2:] if part.startswith("A")), "app")


class Hook:
    """HTTP: Slack calls us, and signs what it sends."""

    def __init__(self, app: AsyncApp, signing_secret: str, host: str, port: int) -> None:
        self._app, self._host, self._port = app, host, port
        self._gate = Gate(signing_secret)
        self._runner: web.AppRunner | None = None

    @property
    def connected(self) -> bool:
        return self._runner is not None

    @property
    def url(self) -> str:
        """Where it listens; the port may have been chosen by the system."""
        if self._runner is None:
            return ""
        host, port = self._runner.addresses[0][:2]
        return f"http://{host}:{port}{PATH}"

    async def start(self) -> None:
        server = web.Application(client_max_size=BODY_BYTES)
        server.router.add_post(PATH, self._receive)
        self._runner = web.AppRunner(server, access_log=None, logger=http_log, keepalive_timeout=IDLE_SECONDS)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._port).start()

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _receive(self, request: web.Request) -> web.Response:
        with self._gate:
            admitted = await self._gate.admit(request)
            try:
                return await to_aiohttp_response(await self._app.async_dispatch(admitted))
            except Exception:
                sdk_log.exception("a request of Slack's could not be handled")
                raise
