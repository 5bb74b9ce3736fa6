"""The bot as its own process, started as a host starts it, with everything that it says."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.canaries import leaked
from tests.shell import OURS

ROOT = Path(__file__).parent.parent
STARTS_WITHIN = 60  # seconds, on a machine that does other things too


class Process:
    """``python -m bot run`` in a folder of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._news = asyncio.Event()
        self._reading = asyncio.create_task(self._read())
        self.lines: list[str] = []

    @property
    def said(self) -> str:
        return "\n".join(self.lines)

    async def _read(self) -> None:
        assert self._process.stderr is not None
        async for line in self._process.stderr:
            self.lines.append(line.decode(errors="replace").rstrip())
            self._news.set()
        self._news.set()

    async def says(self, words: str) -> str:
        """The line with these words, said already or yet to come."""
        try:
            async with asyncio.timeout(STARTS_WITHIN):
                while True:
                    found = next((line for line in self.lines if words in line), None)
                    if found is not None:
                        return found
                    assert not self._reading.done(), f"it ended without {words!r}: {self.said}"
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            pytest.fail(f"it did not say {words!r}: {self.said}")

    async def ready(self) -> str:
        return await self.says("ready: ")

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    async def ends(self) -> int:
        """Its exit status, once all that it said was heard."""
        async with asyncio.timeout(STARTS_WITHIN):
            await self._reading
            status = await self._process.wait()
        assert leaked(self.said) == []
        return status

    async def killed(self) -> None:
        """End without a chance to do anything."""
        self.signal(signal.SIGKILL)
        await self.ends()


@asynccontextmanager
async def started(
    folder: Path, environ: Mapping[str, str], *arguments: str, python: tuple[str, ...] = ()
) -> AsyncIterator[Process]:
    """The bot, for as long as the block at most."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    running = await asyncio.create_subprocess_exec(
        sys.executable, *python, "-m", "bot", "run", *arguments,
        cwd=folder, env={**inherited, "PYTHONPATH": str(ROOT), "COMMONPLACE_HEALTH__PORT": "0", **environ},
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    process = Process(running)
    try:
        yield process
    finally:
        if running.returncode is None:
            await process.killed()
