"""The door for monitors: /livez, /readyz and /metrics over HTTP, on this machine alone unless told otherwise."""

import ipaddress
import json
import logging
from collections.abc import Sequence
from contextlib import suppress
from http import HTTPStatus

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from bot import metrics
from bot.health.judging import Health, Sign
from bot.redaction import hider

log = logging.getLogger(__name__)

BODY_MOST = 1024  # bytes: nobody has anything to say here
HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class HealthPage:
    """Answers GET on three paths."""

    def __init__(self, health: Health, host: str, port: int) -> None:
        self._health, self._host, self._port = health, host, port
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """Where it listens, or nothing; the port may have been chosen by the system."""
        if self._runner is None or not self._runner.addresses:
            return ""
        host, port = self._runner.addresses[0][:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    async def start(self) -> None:
        """Open the door.  That somebody else has the port is said, and no reason not to run."""
        app = web.Application(middlewares=[guarded(local=is_local(self._host))], client_max_size=BODY_MOST)
        app.router.add_get("/livez", self._live)
        app.router.add_get("/readyz", self._ready)
        app.router.add_get("/metrics", self._metrics)
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
        except OSError as error:
            log.warning(
                "no health page at %s port %s (%s): name another one in [health] port, or switch it off with "
                "enabled = false",
                self._host,
                self._port,
                error.strerror or error,
            )
            await self.stop()
            return
        log.info("health page at %s", self.url)

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _live(self, _request: web.Request) -> web.Response:
        return told(self._health.live())

    async def _ready(self, _request: web.Request) -> web.Response:
        return told(await self._health.ready())

    async def _metrics(self, _request: web.Request) -> web.Response:
        await self._health.measure()
        return web.Response(body=metrics.exposition(), headers=HEADERS | {"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})


def told(signs: Sequence[Sign]) -> web.Response:
    """200 when everything is well, else 503; in both cases every check with its words."""
    well = all(sign.well for sign in signs)
    hide = hider()  # a driver's error may name where it wanted to connect, and how
    checks = {sign.name: {"ok": sign.well, "text": hide(sign.text)} for sign in signs}
    text = json.dumps({"ok": well, "checks": checks}, indent=2) + "\n"
    status = HTTPStatus.OK if well else HTTPStatus.SERVICE_UNAVAILABLE
    return web.Response(text=text, status=status, headers=HEADERS, content_type="application/json")


def guarded(*, local: bool) -> Middleware:
    """A page in a browser on this machine may not read this through a name that it lets point here (DNS rebinding)."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        if local and not names_this_machine(request.host):
            return web.Response(status=HTTPStatus.MISDIRECTED_REQUEST, text="Not here.\n", headers=HEADERS)
        return await handler(request)

    return guard


def names_this_machine(host: str) -> bool:
    """Whether a Host header names the loopback, with or without a port."""
    name = host.rpartition("]")[0].removeprefix("[") if host.startswith("[") else host.partition(":")[0]
    return name.lower() == "localhost" or is_local(name)


def is_local(host: str) -> bool:
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host.lower() == "localhost"
