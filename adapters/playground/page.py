"""The page's server: files, one WebSocket a page, and the doors that keep other sites out."""

import logging
from collections.abc import Awaitable, Callable
from importlib.resources import files
from ipaddress import ip_address
from typing import TYPE_CHECKING

from aiohttp import WSMsgType, web

from adapters.playground.decode import Malformed, gesture
from adapters.playground.room import Message
from adapters.playground.visitor import Visitor

if TYPE_CHECKING:
    from adapters.playground.app import Playground

log = logging.getLogger(__name__)

SENT_MAX = 65_536  # bytes of one message of the page
VISITORS_MAX = 50
KINDS = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
GUARDED = {
    "Content-Security-Policy": "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
SHOWN = {"image/png", "image/jpeg", "image/gif", "image/webp"}  # everything else is only handed over


class Page:
    """Serves the page to this machine alone and keeps every open one up to date."""

    def __init__(self, playground: "Playground", host: str, port: int) -> None:
        self._playground = playground
        self._host, self._port = host, port
        self._visitors: set[Visitor] = set()
        self._runner: web.AppRunner | None = None
        playground.room.watch = self._changed
        playground.room.dropped = self._dropped
        playground.room.rearranged = self._rearranged

    @property
    def url(self) -> str:
        """Where the page is; the port is known once it is open."""
        port = self._runner.addresses[0][1] if self._runner and self._runner.addresses else self._port
        return f"http://{self._host}:{port}/"

    async def start(self) -> None:
        """Open the page.  Raises OSError when the port is taken."""
        self._runner = web.AppRunner(self.application(), access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
        except OSError:
            await self.stop()
            raise

    async def stop(self) -> None:
        for visitor in tuple(self._visitors):
            await visitor.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def application(self) -> web.Application:
        app = web.Application(middlewares=[guard], client_max_size=SENT_MAX)
        for file in files("adapters.playground").joinpath("page").iterdir():
            suffix = "." + file.name.rpartition(".")[2]
            path = "/" if file.name == "index.html" else f"/static/{file.name}"
            app.router.add_get(path, fixed(file.read_text("utf-8"), KINDS[suffix]))
        app.router.add_get("/ws", self._socket)
        app.router.add_get("/files/{channel}/{ref}/{number:\\d+}", self._file)
        return app

    async def _file(self, request: web.Request) -> web.Response:
        """A picture of a card, or a file that was handed to somebody."""
        message = self._playground.room.find(request.match_info["channel"], request.match_info["ref"])
        number = int(request.match_info["number"])
        if message is None or number >= len(message.files):
            raise web.HTTPNotFound
        file = message.files[number]
        kind = file.mime if file.mime in SHOWN else "application/octet-stream"
        name = "".join(c if c.isalnum() or c in "-_." else "_" for c in file.name)
        how = "inline" if file.mime in SHOWN else "attachment"
        return web.Response(
            body=file.data, content_type=kind, headers={"Content-Disposition": f'{how}; filename="{name}"'}
        )

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        """One open page.  Only our own page may connect: every site can reach a port of this machine."""
        if request.headers.get("Origin") != f"http://{request.host}":
            raise web.HTTPForbidden(text="This page is not the playground's.")
        if len(self._visitors) >= VISITORS_MAX:
            raise web.HTTPServiceUnavailable(text="Too many pages are open.")
        socket = web.WebSocketResponse(heartbeat=20, max_msg_size=SENT_MAX)
        await socket.prepare(request)
        visitor = Visitor(self._playground, socket)
        self._visitors.add(visitor)
        writing = visitor.start()
        try:
            async for sent in socket:
                if sent.type is WSMsgType.TEXT:
                    await self._listen(visitor, sent.data)
        finally:
            self._visitors.discard(visitor)
            writing.cancel()
        return socket

    async def _listen(self, visitor: Visitor, sent: str) -> None:
        try:
            await visitor.does(gesture(sent))
        except Malformed as problem:
            visitor.tell({"is": "refused", "text": f"The page sent something odd: {problem}."})
        except Exception:
            log.exception("a gesture on the playground failed")
            visitor.tell({"is": "refused", "text": "Something went wrong on my side. The log has the details."})

    # What pages are told.

    def _changed(self, message: Message) -> None:
        for visitor in self._visitors:
            visitor.show(message)

    def _dropped(self, message: Message) -> None:
        for visitor in self._visitors:
            visitor.tell({"is": "gone", "channel": message.channel, "ref": message.ref})

    def _rearranged(self) -> None:
        for visitor in self._visitors:
            visitor.later("channels")

    def refresh(self, person: str = "") -> None:
        """Home pages may have changed: one person's, or anybody's."""
        for visitor in self._visitors:
            if person in ("", visitor.person.id):
                visitor.later("home")

    def tell_time(self) -> None:
        for visitor in self._visitors:
            visitor.later("clock")
        self.refresh()


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def fixed(text: str, kind: str) -> Handler:
    async def serve(_request: web.Request) -> web.Response:
        return web.Response(text=text, content_type=kind, charset="utf-8")

    return serve


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Only names of this machine lead here, so that no other site can; every answer says how to treat it."""
    if not local(request.host):
        return web.Response(status=403, text="The playground answers only on this machine.", headers=GUARDED)
    try:
        response = await handler(request)
    except web.HTTPException as refusal:
        refusal.headers.update(GUARDED)
        raise
    if not response.prepared:
        response.headers.update(GUARDED)
    return response


def local(host: str) -> bool:
    """Whether a Host header names this machine: localhost or a loopback address, with any port."""
    name = host[: host.rindex(":")] if ":" in host.rpartition("]")[2] else host
    if name == "localhost":
        return True
    try:
        return ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False
