"""A wire between a store and its server that can be cut: at once, at the next commit, or for a while."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from sqlalchemy import make_url

from tests.databases import Database

PORT = 5432
SOCKET = f".s.PGSQL.{PORT}"  # what libpq looks for in a folder
CHUNK = 65_536


class Wire:
    """Everything between the store and the server goes through here, on the loop of the test."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._address = make_url(database.url)
        self._open: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.get_running_loop()
        self.url = self._address.set(host="", port=PORT, query={"host": str(folder)}).render_as_string(
            hide_password=False
        )
        self.dead = False  # nobody answers
        self.at_commit: Literal["", "before", "after"] = (
            ""  # cut once, when a commit comes by: before or after it arrives
        )

    def cut(self) -> None:
        """Every connection ends."""
        for writer in self._open:
            writer.transport.abort()
        self._open.clear()

    def cut_now(self) -> None:
        """The same for the threads of a store; it has happened when this returns."""

        async def cut() -> None:
            self.cut()

        asyncio.run_coroutine_threadsafe(cut(), self._loop).result()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        with suppress(OSError):  # cut, or the server is just starting
            if not self.dead:
                answers, there = await self._reach()
                self._open.add(there)
                await asyncio.gather(self._listen(reader, there), self._answer(answers, writer))
        writer.transport.abort()

    async def _reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        folder = self._address.query.get("host")
        if isinstance(folder, str):
            return await asyncio.open_unix_connection(str(Path(folder) / SOCKET))
        return await asyncio.open_connection(self._address.host, self._address.port or PORT)

    async def _listen(self, source: asyncio.StreamReader, server: asyncio.StreamWriter) -> None:
        while data := await source.read(CHUNK):
            ending = self.at_commit if b"COMMIT" in data else ""
            if ending == "before":
                self.at_commit = ""
                self.cut()
                return
            server.write(data)
            await server.drain()
        server.transport.abort()

    async def _answer(self, source: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        while data := await source.read(CHUNK):
            if self.at_commit == "after" and b"COMMIT" in data:
                self.at_commit = ""
                self.cut()
                return
            client.write(data)
            await client.drain()
        client.transport.abort()


@asynccontextmanager
async def wired(database: Database) -> AsyncIterator[Wire]:
    """A wire to the server, for as long as the block; its ``url`` leads through it."""
    with TemporaryDirectory() as folder:  # pytest's own may be too long a name for a socket
        wire = Wire(database, Path(folder))
        async with await asyncio.start_unix_server(wire.serve, Path(folder) / SOCKET):
            yield wire
            wire.cut()
