"""The gateway: identify, heartbeats, events with replay after a lost connection, and all ways to lose one."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from random import Random
from typing import TYPE_CHECKING

from aiohttp import WSMsgType, web

from tests.discord.shapes import Intent, Json

if TYPE_CHECKING:
    from tests.discord.server import DiscordServer

DISPATCH, HEARTBEAT, IDENTIFY, PRESENCE, VOICE, RESUME, RECONNECT, MEMBERS, INVALID, HELLO, ACK = (
    *range(5),
    *range(6, 12),
)
CHUNK = 1000  # members in one GUILD_MEMBERS_CHUNK
HEARTBEAT_MS = 41_250
SESSIONS_KEPT = 5  # that nobody listens to any more and that could be resumed
ENDS_SESSION = {1000, 1001}  # close codes of a client that says goodbye; with any other it may resume


class Line:
    """One connection; what is said is written in order by one task."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request) -> None:
        self.socket = socket
        self.request = request
        self.gone = asyncio.Event()
        self.hung_up = False  # by us: no goodbye of the bot, which may resume
        self._out: asyncio.Queue[Json | int] = asyncio.Queue()

    def say(self, op: int, data: object = None) -> None:
        self.send({"op": op, "d": data, "s": None, "t": None})

    def send(self, message: Json) -> None:
        self._out.put_nowait(message)

    def hang_up(self, code: int) -> None:
        self.hung_up = True
        self._out.put_nowait(code)

    def cut(self) -> None:
        """Break the connection as a dying network does, without a word."""
        if self.request.transport is not None:
            self.request.transport.abort()

    async def write(self) -> None:
        while True:
            said = await self._out.get()
            try:
                if isinstance(said, int):
                    await self.socket.close(code=said)
                elif not self.socket.closed:
                    await self.socket.send_str(json.dumps(said))
            except ConnectionResetError:
                self.gone.set()
            finally:
                self._out.task_done()

    async def flushed(self) -> None:
        """Wait until all is written, or nobody is there any more."""
        ends = {asyncio.create_task(self._out.join()), asyncio.create_task(self.gone.wait())}
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        for end in ends:
            end.cancel()


class Session:
    """What one identified bot was told, kept so that it can resume."""

    def __init__(self, intents: int, shard: list[int]) -> None:
        self.id = secrets.token_hex(8)
        self.intents = intents
        self.shard = shard
        self.sent: list[Json] = []
        self.line: Line | None = None

    def tell(self, event: str, data: Json) -> None:
        message: Json = {"op": DISPATCH, "t": event, "s": len(self.sent) + 1, "d": data}
        self.sent.append(message)
        if self.line:
            self.line.send(message)

    def hears(self, intent: int, guild_id: str | None) -> bool:
        shard, shards = self.shard
        mine = (int(guild_id) >> 22) % shards if guild_id else 0
        return mine == shard and (not intent or bool(self.intents & intent))

    def replay(self, after: int) -> None:
        if self.line:
            for message in self.sent[after:]:
                self.line.send(message)


class Gateway:
    """All sessions, open or waiting to be resumed."""

    def __init__(self, server: DiscordServer) -> None:
        self.server = server
        self.sessions: dict[str, Session] = {}
        self.lines: set[Line] = set()
        self.identified = 0
        self.resumed = 0
        self.heartbeats = 0
        self.repeat = 1
        self._open = asyncio.Event()
        self._open.set()

    @property
    def connected(self) -> bool:
        return any(session.line for session in self.sessions.values())

    def dispatch(self, event: str, data: Json, intent: int = Intent.NONE, guild_id: str | None = None) -> None:
        for session in self.sessions.values():
            if session.hears(intent, guild_id):
                for _ in range(self.repeat):
                    session.tell(event, data)

    def again(self, events: Collection[str], draw: Random, times: int) -> int:
        """Deliver events of these names that were told before once more, each up to so many times, in any order."""
        told = 0
        for session in self.sessions.values():
            known = [message for message in session.sent if message["t"] in events]
            repeats = [message for message in known for _ in range(draw.randint(0, times))]
            draw.shuffle(repeats)
            for message in repeats:
                session.tell(message["t"], message["d"])
            told += len(repeats)
        return told

    async def flushed(self) -> None:
        """Wait until everything is written."""
        for line in list(self.lines):
            await line.flushed()

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(max_msg_size=2**20, timeout=1.0)
        await socket.prepare(request)
        line = Line(socket, request)
        writing = asyncio.create_task(line.write())
        self.lines.add(line)
        try:
            await self._open.wait()
            line.say(HELLO, {"heartbeat_interval": HEARTBEAT_MS})
            async for frame in socket:
                if frame.type is WSMsgType.TEXT:
                    self.receive(line, json.loads(frame.data))
        finally:
            self.lines.discard(line)
            self.detach(line, socket.close_code)
            writing.cancel()
            line.gone.set()
        return socket

    def detach(self, line: Line, code: int | None) -> None:
        for session in list(self.sessions.values()):
            if session.line is line:
                session.line = None
                if code in ENDS_SESSION and not line.hung_up:
                    del self.sessions[session.id]
        abandoned = [session.id for session in self.sessions.values() if session.line is None]
        for session_id in abandoned[:-SESSIONS_KEPT]:
            del self.sessions[session_id]
        self.server.bell.ring()

    def receive(self, line: Line, message: Json) -> None:
        op, data = message.get("op"), message.get("d")
        known = any(session.line is line for session in self.sessions.values())
        if op == HEARTBEAT:
            self.heartbeats += 1
            line.say(ACK)
        elif op == IDENTIFY and not known:
            self.identify(line, data or {})
        elif op == RESUME and not known:
            self.resume(line, data or {})
        elif op in {IDENTIFY, RESUME}:
            line.hang_up(4005)
        elif not known:
            line.hang_up(4003)
        elif op == MEMBERS:
            self.chunk(line, data or {})
        elif op not in {PRESENCE, VOICE}:
            line.hang_up(4001)

    def identify(self, line: Line, data: Json) -> None:
        intents = data.get("intents")
        if data.get("token") != self.server.token:
            line.hang_up(4004)
        elif not isinstance(intents, int):
            line.hang_up(4013)
        elif intents & ~self.server.allowed_intents():
            line.hang_up(4014)
        else:
            session = Session(intents, data.get("shard") or [0, 1])
            session.line = line
            self.sessions[session.id] = session
            self.identified += 1
            self.greet(session)
            self.server.bell.ring()

    def greet(self, session: Session) -> None:
        mine = [guild for guild in self.server.guilds if guild.has_bot and session.hears(0, guild.id)]
        ready: Json = {
            "v": 10,
            "user": self.server.bot_json(),
            "guilds": [{"id": guild.id, "unavailable": True} for guild in mine],
            "session_id": session.id,
            "session_type": "normal",
            "resume_gateway_url": self.server.resume_url,
            "shard": session.shard,
            "application": {"id": self.server.application_id, "flags": 0},
        }
        session.tell("READY", ready)
        for guild in mine:
            if session.hears(Intent.GUILDS, guild.id):
                back = guild.create_json() | {"unavailable": False}  # without it, it is an invitation
                session.tell("GUILD_CREATE", back)

    def resume(self, line: Line, data: Json) -> None:
        session = self.sessions.get(str(data.get("session_id")))
        if data.get("token") != self.server.token:
            line.hang_up(4004)
        elif session is None or not isinstance(data.get("seq"), int) or data["seq"] > len(session.sent):
            line.say(INVALID, False)
        else:
            session.line = line
            self.resumed += 1
            session.replay(data["seq"])
            session.tell("RESUMED", {})
            self.server.bell.ring()

    def chunk(self, line: Line, data: Json) -> None:
        session = next(session for session in self.sessions.values() if session.line is line)
        guild = self.server.guild_by_id(str(data.get("guild_id")))
        if guild is None or (data.get("query") == "" and not session.intents & Intent.MEMBERS):
            return
        wanted = data.get("user_ids")
        ids = [str(one) for one in (wanted if isinstance(wanted, list) else [wanted])] if wanted else None
        query = str(data.get("query") or "").lower()
        found = [
            member.json()
            for member in guild.members.values()
            if (member.id in ids if ids is not None else member.name.lower().startswith(query))
        ][: data.get("limit") or None]
        missing = [one for one in ids or () if one not in guild.members]
        parts = [found[start : start + CHUNK] for start in range(0, len(found), CHUNK)] or [[]]
        for index, members in enumerate(parts):
            part: Json = {"guild_id": guild.id, "members": members, "not_found": missing}
            part |= {"chunk_index": index, "chunk_count": len(parts), "nonce": data.get("nonce")}
            session.tell("GUILD_MEMBERS_CHUNK", part)

    async def drop(self) -> None:
        """Cut every connection."""
        lines = list(self.lines)
        for line in lines:
            line.cut()
        for line in lines:
            await line.gone.wait()

    async def reconnect(self) -> None:
        """Ask every bot to come back by another connection."""
        await self._tell_all(RECONNECT, None)

    async def invalidate(self, *, resumable: bool) -> None:
        """Declare every session void, or let it be resumed."""
        sessions = list(self.sessions.values())
        if not resumable:
            self.sessions.clear()
        await self._tell_all(INVALID, resumable, sessions)

    async def _tell_all(self, op: int, data: object, sessions: list[Session] | None = None) -> None:
        """Say something after which everybody hangs up."""
        told = list(self.sessions.values()) if sessions is None else sessions
        lines = [session.line for session in told if session.line]
        for line in lines:
            line.say(op, data)
        for line in lines:
            await line.gone.wait()

    @asynccontextmanager
    async def down(self) -> AsyncIterator[None]:
        """No bot is connected in here; those that come back get no greeting before the end."""
        self._open.clear()
        await self.drop()
        try:
            yield
        finally:
            self._open.set()

    async def stop(self) -> None:
        self._open.set()
        for line in list(self.lines):
            line.hang_up(1012)  # a restart
            await line.flushed()
