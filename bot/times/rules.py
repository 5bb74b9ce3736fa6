"""Repeats: RFC 5545 rules on local dates, each resolved in its zone, and how they are said."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_skeleton, get_day_names
from babel.lists import format_list
from dateutil.rrule import rrulestr

from bot.text import babel_locale
from bot.times.clocks import on_the_wall, resolve
from bot.times.sentences import Note, Value

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_FURTHEST_MOVE = timedelta(days=2)  # a local time moves by at most a day: Samoa left out 30 December 2011
_ENGLISH_NTH = {1: "1st", 2: "2nd", 3: "3rd", 4: "4th", 5: "5th", -1: "last"}


def occurrences(start: datetime, zone: ZoneInfo, rule: str, after: datetime, most: int) -> list[datetime]:
    """The next instants strictly after one, in UTC; `start` is naive and keeps its wall clock time all year."""
    return list(islice(_instants(start, zone, rule, after), max(most, 0)))


def _instants(start: datetime, zone: ZoneInfo, rule: str, after: datetime) -> Iterator[datetime]:
    latest = after
    for naive in local_times(start, rule, on_the_wall(after, zone) - _FURTHEST_MOVE):
        instant = resolve(naive, zone)
        if instant > latest:  # a day that the calendar left out falls on the next one, which is then there already
            latest = instant
            yield instant


def local_times(start: datetime, rule: str, since: datetime) -> Iterator[datetime]:
    """The naive local times of a rule from `since` on, or `start` alone when there is no rule."""
    if not rule:
        return iter([start])
    return iter(rrulestr(rule, dtstart=start).xafter(since, inc=True))


def last_day(rule: str) -> date | None:
    """The last date that a rule allows, if it ends."""
    until = _fields(rule).get("UNTIL")
    return datetime.strptime(until[:8], "%Y%m%d").date() if until else None  # noqa: DTZ007  a date has no zone


def describe_rule(rule: str, locale: str = "en") -> tuple[str, dict[str, Value]]:
    """A rhythm as an English template and its values; when it ends is told by `last_day`."""
    fields = _fields(rule)
    note = _rhythm(fields, int(fields.get("INTERVAL", "1")), babel_locale(locale))
    if note is None:
        note = Note("by the rule {rule}", {"rule": rule})
    return note.template, note.values


def _fields(rule: str) -> dict[str, str]:
    return dict(part.split("=", 1) for part in rule.split(";") if part)


def _rhythm(fields: dict[str, str], every: int, locale: Locale) -> Note | None:
    match fields:
        case {"FREQ": "DAILY"}:
            return _daily(every)
        case {"FREQ": "WEEKLY", "BYDAY": "MO,TU,WE,TH,FR"} if every == 1:
            return Note("every weekday")
        case {"FREQ": "WEEKLY", "BYDAY": days}:
            return _weekly(every, _day_names(days.split(","), locale))
        case {"FREQ": "MONTHLY", "BYDAY": days}:
            return _monthly_weekday(every, days.split(","), locale)
        case {"FREQ": "MONTHLY", "BYMONTHDAY": day}:
            return _monthly_day(every, int(day))
        case {"FREQ": "YEARLY", "BYMONTH": month, "BYMONTHDAY": day} if every == 1:
            leap = date(2000, int(month), int(day))
            return Note("every year on {date}", {"date": format_skeleton("MMMMd", leap, locale=locale)})
        case _:
            return None


def _daily(every: int) -> Note:
    match every:
        case 1:
            return Note("every day")
        case 2:
            return Note("every other day")
        case _:
            return Note("every {n} days", {"n": every})


def _weekly(every: int, day: str) -> Note:
    match every:
        case 1:
            return Note("every {day}", {"day": day})
        case 2:
            return Note("every other {day}", {"day": day})
        case _:
            return Note("every {n} weeks on {day}", {"n": every, "day": day})


def _monthly_day(every: int, day: int) -> Note:
    match every, day:
        case 1, -1:
            return Note("the last day of every month")
        case 1, _:
            return Note("day {day} of every month", {"day": day})
        case _, -1:
            return Note("the last day of every {n} months", {"n": every})
        case _:
            return Note("day {day} of every {n} months", {"day": day, "n": every})


def _monthly_weekday(every: int, days: list[str], locale: Locale) -> Note | None:
    codes = {day[-2:] for day in days}
    if len(codes) != 1 or not all(day[:-2] in map(str, _ENGLISH_NTH) for day in days):
        return None
    nths = [int(day[:-2]) for day in days]
    name = _day_names(list(codes), locale)
    if every == 1 and len(nths) == 1:
        return _monthly_nth(nths[0], name)
    nth = format_list([_ENGLISH_NTH[n] if locale.language == "en" or n < 0 else f"{n}." for n in nths], locale=locale)
    if every == 1:
        return Note("the {nth} {day} of every month", {"nth": nth, "day": name})
    return Note("the {nth} {day} of every {n} months", {"nth": nth, "day": name, "n": every})


def _monthly_nth(nth: int, day: str) -> Note:
    match nth:
        case 1:
            return Note("the first {day} of every month", {"day": day})
        case 2:
            return Note("the second {day} of every month", {"day": day})
        case 3:
            return Note("the third {day} of every month", {"day": day})
        case 4:
            return Note("the fourth {day} of every month", {"day": day})
        case 5:
            return Note("the fifth {day} of a month that has one", {"day": day})
        case _:
            return Note("the last {day} of every month", {"day": day})


def _day_names(codes: list[str], locale: Locale) -> str:
    names = get_day_names("wide", locale=locale)
    return format_list([names[WEEKDAYS.index(code)] for code in codes], locale=locale)
