"""The calendar: how a typed day becomes a date."""

import calendar
from collections.abc import Callable
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from bot.times.parts import Finder, Found, Frame
from bot.times.sentences import Note, Unreadable

MONTHS = range(1, 13)
LEAP_YEAR = 2000  # it has every date that there is
WEEKDAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTH_NAMES = (
    *("", "January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def in_days(n: int) -> Finder:
    """Today, tomorrow and so on."""
    return lambda frame: Found(frame.today + timedelta(n))


def on_weekday(which: str, weekday: int) -> Finder:
    """The coming Friday; “next friday” is never today, and has two readings when this week still has one."""

    def find(frame: Frame) -> Found:
        day = frame.today + timedelta((weekday - frame.today.weekday()) % 7)
        if day == frame.today and (which == "next" or not frame.ahead(day)):
            day += timedelta(7)
        if which == "next" and day - timedelta(day.weekday()) <= frame.today:
            later = day + timedelta(7)
            two = Note("I read this as {day}. If you mean {later}, write that date.", {"day": day, "later": later})
            return Found(day, (two,))
        return Found(day)

    return find


def in_next_week(weekday: int) -> Finder:
    """A day of the week that begins next Monday."""
    return lambda frame: Found(frame.today + timedelta(7 - frame.today.weekday() + weekday))


def in_month(which: str, day: int) -> Finder:
    """A day of this or the next month, -1 for its last; “the” month is the first that still has it ahead."""

    def find(frame: Frame) -> Found:
        return _in_some_month(frame, which, lambda year, month: _day_of(year, month, day))

    return find


def nth_in_month(which: str, nth: int, weekday: int) -> Finder:
    """The first Monday, or -1 for the last, of this or the next month."""

    def find(frame: Frame) -> Found:
        return _in_some_month(frame, which, lambda year, month: nth_weekday(year, month, nth, weekday))

    return find


def _in_some_month(frame: Frame, which: str, choose: Callable[[int, int], date | None]) -> Found:
    first = frame.today.replace(day=1)
    start = 1 if which == "next" else 0
    for ahead in range(start, start + (3 if which in {"", "the"} else 1)):
        month = first + relativedelta(months=ahead)
        day = choose(month.year, month.month)
        if day and (which not in {"", "the"} or frame.ahead(day)):
            return Found(day)
    raise Unreadable(
        "That month does not have this day. Write for example {examples}.", examples="“last day of next month”"
    )


def _day_of(year: int, month: int, day: int) -> date | None:
    last = calendar.monthrange(year, month)[1]
    return date(year, month, last if day < 0 else day) if day <= last else None


def nth_weekday(year: int, month: int, nth: int, weekday: int) -> date:
    """The nth weekday of a month, -1 for the last; nth is at most 4, which every month has."""
    if nth < 0:
        last = date(year, month, calendar.monthrange(year, month)[1])
        return last - timedelta((last.weekday() - weekday) % 7)
    first = date(year, month, 1)
    return first + timedelta((weekday - first.weekday()) % 7 + 7 * (nth - 1))


def nth_of_named_month(nth: int, weekday: int, month: int, year: int | None) -> Finder:
    """The first Monday of May."""

    def find(frame: Frame) -> Found:
        found = _in_some_year(frame, year, lambda candidate: nth_weekday(candidate, month, nth, weekday))
        return found or Found(nth_weekday(frame.today.year + 1, month, nth, weekday))

    return find


def on_date(day: int, month: int, year: int | None, weekday: int | None = None) -> Finder:
    """3 April, this year or the next; with a weekday it has to be that one."""
    check_exists(day, month)

    def find(frame: Frame) -> Found:
        found = _in_some_year(frame, year, lambda candidate: _day_of(candidate, month, day))
        if found is None:
            raise _no_such_date(day, month, year or frame.today.year + 1)
        if weekday is not None and found.day.weekday() != weekday:
            raise Unreadable(
                "{date} is not a {weekday}. Write the date alone, such as {examples}.",
                date=found.day,
                weekday=WEEKDAY_NAMES[weekday],
                examples=f"“{found.day.day} {MONTH_NAMES[month]} {found.day.year}”",
            )
        return found

    return find


def _in_some_year(frame: Frame, year: int | None, choose: Callable[[int], date | None]) -> Found | None:
    if year is not None:
        day = choose(year)
        return Found(day) if day else None
    this, following = choose(frame.today.year), choose(frame.today.year + 1)
    if this and this >= frame.today:
        return Found(this)
    if this and following:
        passed = Note("{passed} has passed, so I read this as {day}.", {"passed": this, "day": following})
        return Found(following, (passed,))
    return Found(following) if following else None


def exact(year: int, month: int, day: int) -> date:
    """One date of one year, which has to exist."""
    check_exists(day, month)
    found = _day_of(year, month, day)
    if found is None:
        raise _no_such_date(day, month, year)
    return found


def exists(day: int, month: int) -> bool:
    """Whether some year has this day."""
    return month in MONTHS and 1 <= day <= calendar.monthrange(LEAP_YEAR, month)[1]


def check_exists(day: int, month: int) -> None:
    """Refuse what no year has, such as 31 February."""
    if month not in MONTHS:
        raise Unreadable(
            "There is no month {month}. Write a date such as {examples}.",
            month=month,
            examples="“3 April” or “next friday”",
        )
    if not exists(day, month):
        raise _no_such_date(day, month, None)


def _no_such_date(day: int, month: int, year: int | None) -> Unreadable:
    last = calendar.monthrange(year or LEAP_YEAR + 1, month)[1]
    of_year = f" {year}" if year else ""
    return Unreadable(
        "{date} does not exist. Write for example {examples}.",
        date=f"{day} {MONTH_NAMES[month]}{of_year}",
        examples=f"“{last} {MONTH_NAMES[month]}{of_year}” or “next friday”",
    )
