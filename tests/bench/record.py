"""A platform's own record of what it was sent: a file, which keeps what a bot sent however that bot ends."""

import os
from collections import Counter
from datetime import datetime
from pathlib import Path

from bot.cards import Card
from bot.text import Reader
from tests.world import MemoryChat


class RecordChat(MemoryChat):
    """Writes down the key of each message that arrives, and finds them there again."""

    def __init__(self, path: Path, told: int | None = None) -> None:
        super().__init__("discord")
        self._before = recorded(path)  # by those whose attempts are looked for
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._told = told  # who hears of each message

    async def send(self, space: str, channel: str, card: Card, reader: Reader, key: str) -> str:
        os.write(self._file, f"{key}\n".encode())
        if self._told is not None:
            os.write(self._told, b"\n")
        return key

    async def find(self, space: str, channel: str, key: str, since: datetime) -> str | None:
        return key if key in self._before else None


def recorded(path: Path) -> Counter[str]:
    """How often each message arrived.  What was cut off has not."""
    lines = path.read_text("utf-8").splitlines(keepends=True) if path.exists() else []
    return Counter(line.strip() for line in lines if line.endswith("\n"))


def wrong(path: Path, keys: set[str]) -> int:
    """How many messages are lost, doubled or nobody's."""
    found = recorded(path)
    return len(keys ^ set(found)) + sum(times - 1 for times in found.values())
