"""What a simulated platform was asked to show, and what became of it: a record that only grows, kept by nobody else."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Way = Literal["post", "edit", "look", "open"]  # the last one is for a chat with one person

SHOWN = "shown"  # people see it now
KNOWN = "known"  # the platform had it already and answered with the first one
EDITED = "edited"
DONE = "done"  # a look, or a chat that is open now


@dataclass(frozen=True, slots=True)
class Entry:
    """One attempt of the bot at one message, or at what has to be done before it."""

    at: datetime  # by the platform's clock
    platform: str
    channel: str  # or whom a chat is opened with
    way: Way
    key: str  # by which the bot or the platform would know it again
    text: str
    outcome: str  # shown, known, edited, done; or why not, such as 429
    answer: str  # how the answer was spoilt, empty when the bot was told
    life: int  # of the bot, counted by whoever starts it

    @property
    def visible(self) -> bool:
        """Whether people saw one more message because of it."""
        return self.outcome == SHOWN

    @property
    def ambiguous(self) -> bool:
        """Whether the bot could not know from the answer what became of it."""
        return bool(self.answer)


class Record:
    """Every attempt, the oldest first."""

    def __init__(self, platform: str, now: Callable[[], datetime]) -> None:
        self.platform = platform
        self.life = 0
        self._now = now
        self._entries: list[Entry] = []

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def since(self, number: int) -> list[Entry]:
        """What came after so many entries."""
        return self._entries[number:]

    def add(self, way: Way, channel: str, key: str, text: str, outcome: str, answer: str = "") -> None:
        entry = Entry(self._now(), self.platform, channel, way, key, text, outcome, answer, self.life)
        self._entries.append(entry)
