"""The command line as a person has it: a folder, an environment, and what a command prints and ends with."""

import asyncio
import os
import pty
import sys
import termios
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.__main__ import main

ROOT = Path(__file__).parent.parent
OURS = ("COMMONPLACE_", "DISCORD_", "SLACK_", "DATABASE_URL", "LOG_LEVEL", "CI")


@dataclass(frozen=True)
class Ran:
    """How a command ended, and what it said."""

    status: int
    out: str
    err: str


class Shell:
    """An empty folder and an environment that says nothing about the bot."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._patch = patch
        self._capture = capture
        patch.chdir(folder)
        patch.setenv("COLUMNS", "200")
        self.forget(*OURS)

    def forget(self, *starts: str) -> None:
        for name in [name for name in os.environ if name.startswith(starts)]:
            self._patch.delenv(name)

    def set(self, **environ: str) -> None:
        for name, value in environ.items():
            self._patch.setenv(name, value)

    def writes(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, "utf-8")
        return path

    def reads(self, name: str) -> str:
        return (self.folder / name).read_text("utf-8")

    def runs(self, *arguments: str) -> Ran:
        """Run ``commonplace`` with these arguments."""
        self._capture.readouterr()
        status = 0
        try:
            main(list(arguments))
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else int(end.code is not None)
        said = self._capture.readouterr()
        return Ran(status, said.out, said.err)

    async def runs_beside(self, *arguments: str) -> Ran:
        """The same while a server of the test answers in this very process."""
        return await asyncio.to_thread(self.runs, *arguments)


class Unseen(str):
    """An answer that the terminal does not show while it is typed."""

    __slots__ = ()


class Terminal:
    """A terminal with a person in front of it, who waits for each question."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said = ""
        self._more = asyncio.Event()

    async def runs(self, *arguments: str, answers: Mapping[str, str]) -> int:
        """Run ``commonplace``, answer what it asks in this order, and wait for its end."""
        ours, theirs = pty.openpty()
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", *arguments, stdin=theirs, stdout=theirs, stderr=theirs, cwd=self.folder,
            env=os.environ | {"PYTHONPATH": str(ROOT), "TERM": "dumb"},
            start_new_session=True,  # or secrets would be asked for in the terminal of who runs the tests
        )  # fmt: skip
        loop = asyncio.get_running_loop()
        loop.add_reader(ours, self._hears, ours)
        os.close(theirs)
        for question, answer in answers.items():
            await self._asked(question)
            while isinstance(answer, Unseen) and termios.tcgetattr(ours)[3] & termios.ECHO:  # noqa: ASYNC110
                await asyncio.sleep(0.01)  # a terminal tells nobody that it stopped showing what is typed
            os.write(ours, f"{answer}\n".encode())
        status = await process.wait()
        loop.remove_reader(ours)
        os.close(ours)
        return status

    def _hears(self, ours: int) -> None:
        try:
            self.said += os.read(ours, 4096).decode(errors="replace")
        except OSError:  # what Linux answers once the other side is closed
            asyncio.get_running_loop().remove_reader(ours)
        self._more.set()

    async def _asked(self, question: str) -> None:
        """Wait until the last line is this question."""
        try:
            async with asyncio.timeout(30):
                while question not in self.said.rpartition("\n")[2]:
                    self._more.clear()
                    await self._more.wait()
        except TimeoutError:
            pytest.fail(f"{question!r} was not asked; there was: {self.said}")
