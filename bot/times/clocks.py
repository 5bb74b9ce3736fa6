"""Wall clocks and instants: when a local time really is, and how it is said."""

from datetime import UTC, date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time

from bot.text import babel_locale

_ENGLISH_DATE = "EEEE d MMMM y"  # a month in letters reads the same in every English-speaking country


def resolve(naive: datetime, zone: ZoneInfo) -> datetime:
    """The instant of a wall clock time: moved forward where the clocks leave it out, the first where they repeat it."""
    return naive.replace(tzinfo=zone, fold=0).astimezone(UTC)


def gap_or_overlap(naive: datetime, zone: ZoneInfo) -> Literal["", "gap", "overlap"]:
    """Whether the clocks skip this wall clock time, or show it twice."""
    first = naive.replace(tzinfo=zone, fold=0).utcoffset()
    second = naive.replace(tzinfo=zone, fold=1).utcoffset()
    if first is None or second is None or first == second:
        return ""
    return "gap" if first < second else "overlap"


def on_the_wall(instant: datetime, zone: ZoneInfo) -> datetime:
    """What the clocks of a zone show at an instant; `fold` tells the second of two equal times."""
    return instant.astimezone(zone).replace(tzinfo=None)


def describe(when: datetime, zone: ZoneInfo, locale: str = "en") -> str:
    """A time in words: “Thursday 12 March 2026, 10:00 (Europe/Berlin)”.  A naive one is on the wall of `zone`."""
    instant = resolve(when, zone) if when.tzinfo is None else when
    wall = on_the_wall(instant, zone)
    spoken = babel_locale(locale)
    clock = format_time(wall, "HH:mm" if spoken.language == "en" else "short", locale=spoken)
    return f"{describe_date(wall.date(), locale)}, {clock} ({zone.key})"


def describe_date(day: date, locale: str = "en") -> str:
    """A date in words, such as “Thursday 12 March 2026”."""
    spoken = babel_locale(locale)
    return format_date(day, _ENGLISH_DATE if spoken.language == "en" else "full", locale=spoken)
