"""What is told to the person who typed, as an English template with values; and their words made tidy."""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeAlias
from zoneinfo import ZoneInfo

from bot.times.clocks import describe, describe_date

TEXT_MAX = 120  # longer than any time a person types, and short enough that no pattern can become slow

_LOOKALIKES = str.maketrans(dict.fromkeys("‐‒–−", "-") | dict.fromkeys("‘’", "'"))  # NFKC leaves these as they are


Value: TypeAlias = str | int | date  # a datetime is a date: an instant, in the zone where it was meant


class Unreadable(ValueError):
    """Something typed that has no single reading; as a string, a sentence fit to show to a member."""

    def __init__(self, template: str, /, **values: Value) -> None:
        super().__init__(template, values)
        self.template = template
        self.values: dict[str, Value] = values

    def __str__(self) -> str:
        return filled(self.template, self.values)


@dataclass(frozen=True, slots=True)
class Note:
    """Something to tell along with a reading."""

    template: str
    values: dict[str, Value] = field(default_factory=dict)

    def __str__(self) -> str:
        return filled(self.template, self.values)


def filled(template: str, values: dict[str, Value]) -> str:
    """A template in English, with its values."""
    return template.format(**{name: _spelled(value) for name, value in values.items()})


def _spelled(value: Value) -> str:
    match value:
        case datetime(tzinfo=ZoneInfo() as zone):
            return describe(value, zone)
        case date():
            return describe_date(value)
        case _:
            return str(value)


def tidy(text: str) -> str:
    """The words as the patterns expect them: one script for digits, one case, one blank, no final stop."""
    if len(text) > TEXT_MAX:
        raise _too_long()
    folded = unicodedata.normalize("NFKC", text).translate(_LOOKALIKES).casefold()
    tidied = re.sub(r"\s+", " ", folded).strip().removesuffix(".").rstrip()
    if len(tidied) > TEXT_MAX:  # one character may become eighteen in NFKC
        raise _too_long()
    return tidied


def _too_long() -> Unreadable:
    return Unreadable(
        "That is too long to read. Use at most {most} characters, such as {examples}.",
        most=TEXT_MAX,
        examples="“next tuesday 3pm”",
    )
