"""One clock for the platforms and every life of the bot: it runs faster than ours, and can jump while nobody lives."""

import mmap
import struct
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.discord.shapes import Clock as DiscordClock
from tests.slack.waiting import Clock as SlackClock

STATE = struct.Struct("ddd")  # the moment shown at a beginning, that beginning, and how much faster it goes
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday morning, far from anybody's night


class SharedClock:
    """A few bytes of memory that several processes look at; ``skew`` is how wrong one of them reads it."""

    def __init__(self, path: Path, factor: float = 0, start: datetime = START, skew: float = 0) -> None:
        """Read the clock that is kept in a file; with a factor, make it."""
        self.path = path
        self.skew = skew
        if factor:
            path.write_bytes(STATE.pack(start.timestamp(), time.monotonic(), factor))
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), STATE.size)

    def timestamp(self) -> float:
        shown, began, factor = STATE.unpack_from(self._memory)
        return float(shown + (time.monotonic() - began) * factor + self.skew)

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.timestamp(), UTC)

    @property
    def factor(self) -> float:
        return float(STATE.unpack_from(self._memory)[2])

    def jump(self, by: timedelta) -> None:
        shown, began, factor = STATE.unpack_from(self._memory)
        STATE.pack_into(self._memory, 0, shown + by.total_seconds(), began, factor)

    def close(self) -> None:
        self._memory.close()


class DiscordTime(DiscordClock):
    """The simulated Discord's clock."""

    def __init__(self, clock: SharedClock) -> None:
        super().__init__()
        self._clock = clock

    def now(self) -> datetime:
        return self._clock.now()


class SlackTime(SlackClock):
    """The simulated Slack's clock."""

    def __init__(self, clock: SharedClock) -> None:
        super().__init__()
        self._clock = clock

    def now(self) -> float:
        return self._clock.timestamp()
