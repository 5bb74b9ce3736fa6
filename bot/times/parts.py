"""The parts that a typed time is made of."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from fractions import Fraction
from typing import TypeVar
from zoneinfo import ZoneInfo

from bot.times.clocks import resolve
from bot.times.sentences import Note, Unreadable


@dataclass(frozen=True, slots=True)
class Frame:
    """What a date is reckoned from: now, where, and the time of day that was asked for."""

    now: datetime
    zone: ZoneInfo
    clock: time

    @property
    def today(self) -> date:
        """The date on the wall."""
        return self.now.astimezone(self.zone).date()

    def ahead(self, day: date) -> bool:
        """Whether the asked time of that day is yet to come."""
        return resolve(datetime.combine(day, self.clock), self.zone) > self.now


@dataclass(frozen=True, slots=True)
class Found:
    """A date, and what to tell about it."""

    day: date
    notes: tuple[Note, ...] = ()


Finder = Callable[[Frame], Found]


@dataclass(frozen=True, slots=True)
class Part:
    """Some words with a meaning."""

    words: str


@dataclass(frozen=True, slots=True)
class Day(Part):
    """A single date."""

    find: Finder


@dataclass(frozen=True, slots=True)
class Clock(Part):
    """A time of day; `hour_only` was “at 9”, and `open` could be in the evening too."""

    at: time
    hour_only: bool = False
    open: bool = False


@dataclass(frozen=True, slots=True)
class Daytime(Part):
    """A stretch of the day, with its first and last hour and the time it stands for."""

    first: int
    last: int
    at: time


@dataclass(frozen=True, slots=True)
class After(Part):
    """A distance from now."""

    amounts: dict[str, Fraction]

    @property
    def elapsed(self) -> bool:
        """Minutes and hours pass by the stopwatch; days and longer go by the calendar."""
        return not {"days", "weeks", "months", "years"} & set(self.amounts)


@dataclass(frozen=True, slots=True)
class Repeat(Part):
    """A rhythm: what RFC 5545 calls FREQ, INTERVAL and the BY parts; `once` reads the same words as one date."""

    frequency: str
    every: int = 1
    by: str = ""
    once: Finder | None = None


@dataclass(frozen=True, slots=True)
class Since(Part):
    """The earliest date of a repeat."""

    find: Finder


@dataclass(frozen=True, slots=True)
class Until(Part):
    """The latest date of a repeat."""

    find: Finder


@dataclass(frozen=True, slots=True)
class Times(Part):
    """How often a repeat happens."""

    n: int


@dataclass(frozen=True, slots=True)
class Zone(Part):
    """Where the time is meant."""

    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Moment(Part):
    """A date and time with its offset from UTC."""

    at: datetime


AnyPart = TypeVar("AnyPart", bound=Part)


class Phrase:
    """What was typed, as parts of different kinds."""

    def __init__(self) -> None:
        self.parts: dict[type[Part], Part] = {}

    def add(self, part: Part) -> None:
        """Take one more part; each kind may come once."""
        if earlier := self.parts.get(type(part)):
            raise clash(earlier, part)
        self.parts[type(part)] = part

    def find(self, kind: type[AnyPart]) -> AnyPart | None:
        """The part of this kind."""
        part = self.parts.get(kind)
        return part if isinstance(part, kind) else None

    def only_beside(self, part: Part, *kinds: type[Part]) -> None:
        """Refuse what does not go together with a part."""
        for other in self.parts.values():
            if other is not part and type(other) not in kinds:
                raise clash(part, other)


def clash(one: Part, other: Part) -> Unreadable:
    """Two parts that cannot both be meant."""
    return Unreadable(
        "“{one}” and “{other}” do not go together. Write one of them, such as {examples}.",
        one=one.words,
        other=other.words,
        examples="“friday 17:00”, “in 2 weeks at 10:00” or “every monday 9:30”",
    )
