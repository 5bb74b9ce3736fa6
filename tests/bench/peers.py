"""Other processes that work on request: one line of JSON asks, one line answers."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
LINE_MAX = 2**20
PATIENCE = 120  # seconds for one answer

Json = dict[str, Any]


class Peer:
    """A process on the other side of two pipes."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.hello: Json = {}

    async def ask(self, **request: object) -> Json:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(request).encode() + b"\n")
        return await self.hears()

    async def hears(self) -> Json:
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            line = await self._process.stdout.readline()
        if not line:
            raise ConnectionError(f"a process ended with {await self._process.wait()}")
        answer: Json = json.loads(line)
        return answer


@asynccontextmanager
async def peer(module: str, *arguments: str, folder: Path | None = None, **environment: str) -> AsyncIterator[Peer]:
    """A module as a process, once it has said hello, until the end of the block."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", f"tests.bench.{module}", *arguments,
        cwd=folder or ROOT, env={**os.environ, "PYTHONPATH": str(ROOT), **environment}, limit=LINE_MAX,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    made = Peer(process)
    try:
        made.hello = await made.hears()
        yield made
    finally:
        if process.stdin is not None:
            process.stdin.close()
        try:
            async with asyncio.timeout(10):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


async def serve(hello: Json, answer: Callable[[Json], Awaitable[Json]]) -> None:
    """In the process itself: say hello, then answer until nobody asks any more."""
    loop = asyncio.get_running_loop()
    lines = asyncio.StreamReader(limit=LINE_MAX)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    say(hello)
    while line := await lines.readline():
        say(await answer(json.loads(line)))


def say(words: Json) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()
