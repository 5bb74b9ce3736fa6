"""How Slack reaches us: Bolt with one listener for each kind of payload, behind a socket or a web hook."""

import asyncio
import logging
import re
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Protocol
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.gaps import Gaps
from adapters.slack.gate import BODY_BYTES, IDLE_SECONDS, Gate
from adapters.slack.meaning import UNINSTALLED, BadToken, read
from adapters.slack.team import Team

Json = dict[str, Any]
ANYTHING = re.compile(r".*", re.DOTALL)

PING_SECONDS = 3.0  # a lost connection is noticed after as much; Bolt's own 10 s are people's waiting
CONNECT_SECONDS = 10.0  # then the start goes on and the connection is made in the background
API = "https://slack.com/api/"
PATH = "/slack/events"

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


class Socket:
    """Socket Mode: no public address needed.  ``missed`` is called when nobody listened for a while."""

    def __init__(self, app: AsyncApp, app_token: str, missed: Callable[[], None]) -> None:
        self._handler = AsyncSocketModeHandler(
            app, app_token, logger=sdk_log, web_client=app.client, ping_interval=PING_SECONDS
        )
        self._client = self._handler.client
        self._client.proxy = app.client.proxy
        self._connecting: asyncio.Task[None] | None = None
        self._gaps = Gaps(missed)
        self._watching: asyncio.Task[None] | None = None

    @property
    def connected(self) -> bool:
        session = self._client.current_session
        return session is not None and not session.closed and not self._client.closed

    async def start(self) -> None:
        """Connect; when that takes long, in the background.  Raises BadToken when the app token is not valid."""
        try:
            self._client.wss_uri = await self._client.issue_new_wss_url()
        except SlackApiError as refused:
            word = read(refused)[1].get("error")
            if word in UNINSTALLED or word == "not_allowed_token_type":
                advice = "It begins with xapp- and needs the scope connections:write."
                raise BadToken(f"Slack does not accept the app token ({word}). {advice}") from refused
            sdk_log.warning("no socket yet: %s", word)
        except (aiohttp.ClientError, TimeoutError, OSError) as fault:
            sdk_log.warning("no socket yet: %s", type(fault).__name__)
        connect: Callable[[], Coroutine[Any, Any, None]] = self._handler.connect_async
        self._connecting = asyncio.create_task(connect(), name="slack socket")
        await asyncio.wait({self._connecting}, timeout=CONNECT_SECONDS)
        self._watching = asyncio.create_task(self._gaps.watch(self._client.is_connected), name="slack gaps")

    async def stop(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.wait({self._watching})
        if self._connecting is not None and not self._connecting.done():
            self._connecting.cancel()
            with suppress(asyncio.CancelledError):
                await self._connecting
        close: Callable[[], Coroutine[Any, Any, None]] = self._handler.close_async
        await close()
        running = (self._client.message_processor, self._client.current_session_monitor, self._client.message_receiver)
        await asyncio.gather(*filter(None, running), return_exceptions=True)  # cancelled, and now over


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
