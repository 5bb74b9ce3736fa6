"""Lengths of time: “90 min”, “1h30”, “2 weeks”."""

import re
from datetime import timedelta
from fractions import Fraction

from bot.times.sentences import Unreadable, tidy

EXAMPLES = "“90 min”, “1h30”, “1 hour 30 minutes” or “2 days”"

NUMBERS = {
    word: n
    for n, words in enumerate(
        ("", "one a an", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
    )
    for word in words.split()
}
UNITS = {
    name: unit
    for unit, names in {
        "minutes": "minutes minute mins min m",
        "hours": "hours hour hrs hr h",
        "days": "days day d",
        "weeks": "weeks week wks wk w",
        "months": "months month",
        "years": "years year",
    }.items()
    for name in names.split()
}
ORDER = tuple(dict.fromkeys(UNITS.values()))  # from the shortest to the longest

_NUMBER = r"[0-9]{1,4}(?:[.,][0-9]{1,2})?|" + "|".join(NUMBERS)
_UNIT = "|".join(sorted(UNITS, key=len, reverse=True))
_AMOUNT = re.compile(rf"(?:, ?| ?and )? ?({_NUMBER})(?: ?|-)({_UNIT})(?![a-z])( and a half)?")
_SAID_OTHERWISE = (
    (re.compile(r"\bhalf an hour\b"), "30 minutes"),
    (re.compile(r"\b(?:a )?quarter of an hour\b"), "15 minutes"),
    (re.compile(r"\b([0-9]{1,2})h([0-5][0-9])(?:m|min)?\b"), r"\1 hours \2 minutes"),
    (re.compile(r"\b(?:a )?fortnight\b"), "2 weeks"),
    (re.compile(r"\b([a-z0-9]+) and a half (hours|days|weeks)\b"), r"\1 \2 and a half"),
)
_ONE = rf"(?:{_NUMBER})(?: ?|-)(?:{_UNIT})(?![a-z])(?: and a half)?"
AMOUNTS = (  # what `read_amounts` may be asked about inside a longer text
    r"half an hour|(?:a )?quarter of an hour|(?:a )?fortnight|[0-9]{1,2}h[0-5][0-9]|"
    rf"[a-z0-9]+ and a half (?:hours|days|weeks)|{_ONE}(?:(?:, ?| and | ?){_ONE})*"
)
_CLOCKLIKE = re.compile(r"([0-9]{1,2}):([0-5][0-9])")


def read_span(text: str) -> timedelta:
    """How long something takes; a number needs its unit."""
    tidied = tidy(text)
    if re.fullmatch(r"[0-9.,]+", tidied):
        raise Unreadable("“{text}” needs a unit. Write for example {examples}.", text=tidied, examples=EXAMPLES)
    if match := _CLOCKLIKE.fullmatch(tidied):
        amounts = {"hours": Fraction(match[1]), "minutes": Fraction(match[2])}
    else:
        amounts = read_amounts(tidied)
    if not amounts:
        raise Unreadable(
            "I could not read “{text}” as a length of time. Write for example {examples}.",
            text=text.strip(),
            examples=EXAMPLES,
        )
    if {"months", "years"} & set(amounts):
        raise Unreadable(
            "Months and years differ in length. Write days or weeks, for example {examples}.", examples=EXAMPLES
        )
    span = timedelta(**{unit: float(n) for unit, n in amounts.items()})
    if not span:
        raise Unreadable("A length must be longer than nothing. Write for example {examples}.", examples=EXAMPLES)
    return span


def read_amounts(text: str) -> dict[str, Fraction]:
    """The amount of each unit in tidied words, or nothing if the words are not a length from beginning to end."""
    for pattern, words in _SAID_OTHERWISE:
        text = pattern.sub(words, text)
    amounts: dict[str, Fraction] = {}
    place = 0
    while place < len(text):
        match = _AMOUNT.match(text, place)
        if match is None or (place == 0 and match.start(1)):
            return {}
        number, unit = match[1].replace(",", "."), UNITS[match[2]]
        if any(ORDER.index(unit) >= ORDER.index(earlier) for earlier in amounts):
            return {}  # each unit once, the longer ones first
        amounts[unit] = Fraction(NUMBERS.get(number) or number) + (Fraction(1, 2) if match[3] else 0)
        place = match.end()
    return amounts
