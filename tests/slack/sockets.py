"""Socket Mode: tickets, envelopes, acknowledgements, and connections that end."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

from tests.slack.waiting import NotAcknowledged

if TYPE_CHECKING:
    from tests.slack.server import SlackServer

Json = dict[str, Any]

SOCKETS_MAX = 10  # connections of one app at a time
ANSWERED_KINDS = ("slash_commands", "view_submission", "block_suggestion")  # whose ack may carry a payload
TOO_LATE = "acknowledged too late, or never sent"


class NoSocket(Exception):
    """Nobody is connected, or the connection was lost before an answer came."""


@dataclass(eq=False)
class Socket:
    ws: web.WebSocketResponse
    request: web.Request
    leaving: bool = False
    silent: bool = False  # nothing of what the bot says arrives any more, although nobody hung up
    unanswered: dict[str, asyncio.Future[Json | None]] = field(default_factory=dict)


class Sockets:
    """The app's connections.  They share the envelopes in turn."""

    def __init__(self, server: "SlackServer") -> None:
        self.server = server
        self.open: list[Socket] = []
        self.tickets: set[str] = set()
        self._turn = 0

    @property
    def ready(self) -> list[Socket]:
        return [socket for socket in self.open if not socket.leaving]

    def new_url(self) -> str:
        ticket = self.server.new_id("TICKET")
        self.tickets.add(ticket)
        return f"{self.server.url.replace('http', 'ws', 1)}/link/?ticket={ticket}&app_id={self.server.app_id}"

    async def connect(self, request: web.Request) -> web.StreamResponse:
        """One connection, from its ticket to its end."""
        ticket = request.query.get("ticket", "")
        if ticket not in self.tickets:
            return web.Response(status=403, text="not a fresh ticket")
        self.tickets.remove(ticket)
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        socket = Socket(ws, request)
        if len(self.ready) >= SOCKETS_MAX:
            await ws.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await ws.close()
            return ws
        self.open.append(socket)
        try:
            await self._serve(socket)
        finally:
            self.open.remove(socket)
            for waiting in socket.unanswered.values():
                if not waiting.done():
                    waiting.set_exception(NoSocket("the socket was lost before the answer"))
            self.server.changes.happened()
        return ws

    async def _serve(self, socket: Socket) -> None:
        connection = {"app_id": self.server.app_id}
        debug = {"host": "loopback", "approximate_connection_time": 18060}
        hello = {"type": "hello", "num_connections": len(self.ready), "connection_info": connection}
        await socket.ws.send_json(hello | {"debug_info": debug})
        await socket.ws.ping(b"Ping from loopback")
        self.server.changes.happened()
        self.server.delivery.retry_soon()
        async for message in socket.ws:
            if message.type is WSMsgType.TEXT:
                self._answered(socket, json.loads(message.data))

    def _answered(self, socket: Socket, answer: Json) -> None:
        waiting = socket.unanswered.pop(answer.get("envelope_id", ""), None)
        if waiting is not None and waiting.cancelled():
            return  # who asked no longer listens
        if waiting is None or waiting.done():
            self.server.problems.append(f"{TOO_LATE}: {answer}")
            return
        waiting.set_result(answer.get("payload"))

    async def send(self, kind: str, payload: Json, *, attempt: int = 0, reason: str = "") -> Json | None:
        """Sends one envelope to the socket whose turn it is, and waits for its acknowledgement."""
        ready = self.ready
        if not ready:
            raise NoSocket("no socket is connected")
        self._turn += 1
        socket = ready[self._turn % len(ready)]
        accepts = kind in ANSWERED_KINDS or payload.get("type") in ANSWERED_KINDS
        envelope = {
            "envelope_id": self.server.new_id("ENVELOPE"),
            "type": kind,
            "payload": payload,
            "accepts_response_payload": accepts,
        }
        if kind == "events_api":
            envelope |= {"retry_attempt": attempt, "retry_reason": reason}
        waiting: asyncio.Future[Json | None] = asyncio.get_running_loop().create_future()
        socket.unanswered[str(envelope["envelope_id"])] = waiting
        try:
            async with asyncio.timeout(self.server.ack_within):
                await socket.ws.send_json(envelope)
                answer = await waiting
        except TimeoutError:
            socket.unanswered.pop(str(envelope["envelope_id"]), None)
            if socket.silent:
                raise NoSocket("the socket has gone silent") from None
            what = payload.get("event", payload).get("type") or payload.get("command")
            raise NotAcknowledged(f"{what} was not acknowledged within {self.server.ack_within:g} s") from None
        except ConnectionError as lost:
            raise NoSocket("the socket was lost while sending") from lost
        if answer and not accepts:
            self.server.problems.append(f"acknowledged with a payload that Slack ignores: {answer}")
        return answer

    async def disconnect(self, reason: str) -> None:
        """Asks every connection to come back, as Slack does every few hours."""
        for socket in self.ready:
            socket.leaving = True
            await socket.ws.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": "loopback"}})

    def go_silent(self) -> None:
        """Hear nothing any more on the connections that are open, and hang up on nobody."""
        for socket in self.open:
            socket.silent = True
            if socket.request.transport:
                socket.request.transport.pause_reading()

    def drop(self) -> None:
        """Cuts every connection without a word."""
        for socket in self.open:
            socket.leaving = True
            if socket.request.transport:
                socket.request.transport.abort()

    async def close(self) -> None:
        for socket in list(self.open):
            await socket.ws.close()
