"""The command line as a person has it: a folder, an environment, and what a command prints and ends with."""

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.__main__ import main

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
