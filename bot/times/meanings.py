"""What the words of a time mean: one function for each kind of row in the grammar, from a match to a part."""

import re
from datetime import UTC, datetime, time, timedelta, timezone
from typing import NoReturn

from bot.times import dates
from bot.times.dates import MONTH_NAMES, WEEKDAY_NAMES
from bot.times.parts import After, Clock, Day, Daytime, Finder, Moment, Repeat, Times
from bot.times.rules import WEEKDAYS as CODES
from bot.times.sentences import Unreadable
from bot.times.spans import NUMBERS, read_amounts

Match = re.Match[str]

DAYS = {name: i for i, full in enumerate(WEEKDAY_NAMES) for name in (full.lower(), full[:3].lower())}
DAYS |= {"tues": 1, "weds": 2, "thur": 3, "thurs": 3}
MONTHS = {name: i for i, full in enumerate(MONTH_NAMES) if i for name in (full.lower(), full[:3].lower())} | {"sept": 9}
NTH = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "last": -1}
DAYTIMES = {
    "morning": (0, 11, time(9)),
    "afternoon": (12, 17, time(15)),
    "evening": (17, 23, time(20)),
    "night": (18, 23, time(20)),
}
NOON = 12


# Dates


def today(match: Match) -> Day:
    """Today, tomorrow, yesterday or the day after tomorrow."""
    ahead = {"today": 0, "tomorrow": 1, "yesterday": -1}
    return Day(match[0], dates.in_days(ahead.get(match[0], 2)))


def weekday(match: Match) -> Day:
    """Friday, this friday, next friday."""
    return Day(match[0], dates.on_weekday(match["which"] or "", DAYS[match["day"]]))


def next_week(match: Match) -> Day:
    """Next week, perhaps with its day."""
    return Day(match[0], dates.in_next_week(DAYS.get(match.groupdict().get("day") or "monday", 0)))


def next_month(match: Match) -> Day:
    """Next month begins on its first day."""
    return Day(match[0], dates.in_month("next", 1))


def named_date(match: Match) -> Day:
    """3 April, Friday 3 April 2026."""
    day = match["day"]
    return Day(match[0], dates.on_date(*_day_and_month(match), _year(match), DAYS[day] if day else None))


def iso_date(match: Match) -> Day:
    """2026-04-03."""
    return Day(match[0], dates.on_date(int(match["dom"]), int(match["mm"]), int(match["year"])))


def day_of_month(match: Match) -> Day:
    """The 15th, the last day of next month, the end of the month."""
    return Day(match[0], _day_in(match, match.groupdict().get("which") or "the"))


def nth_of_named_month(match: Match) -> Day:
    """The first Monday of May."""
    nth, day = NTH[match["nth"]], DAYS[match["day"]]
    return Day(match[0], dates.nth_of_named_month(nth, day, MONTHS[match["month"]], _year(match)))


def nth_of_month(match: Match) -> Day:
    """The first Monday of this or next month."""
    return Day(match[0], dates.nth_in_month(match["which"], NTH[match["nth"]], DAYS[match["day"]]))


def moment(match: Match) -> Moment:
    """2026-04-03T15:00+02:00."""
    day = dates.exact(int(match["year"]), int(match["mm"]), int(match["dom"]))
    clock, offset = _time_of_day(match), match["offset"]
    if offset == "z":
        return Moment(match[0], datetime.combine(day, clock, tzinfo=UTC))
    hours, minutes = int(offset[1:3]), int(offset[3:].removeprefix(":") or 0)
    if hours not in range(15) or minutes not in range(60):  # no clock is further from UTC than 14 hours
        raise Unreadable(
            "“{offset}” is no offset from UTC. Write for example {examples}.",
            offset=offset,
            examples=f"“{match[0].removesuffix(offset)}+02:00”".upper(),
        )
    size = timedelta(hours=hours, minutes=minutes)
    return Moment(match[0], datetime.combine(day, clock, tzinfo=timezone(-size if offset[0] == "-" else size)))


def after(match: Match) -> After:
    """In 2 weeks, in 90 minutes."""
    amounts = read_amounts(match["amounts"])
    if not amounts:
        raise Unreadable(
            "I could not read “{text}” as a distance. Write for example {examples}.",
            text=match[0],
            examples="“in 90 minutes”, “in 2 hours 30 minutes” or “in 2 weeks”",
        )
    return After(match[0], amounts)


# Times of day


def clock(match: Match) -> Clock:
    """17:00, 5:30 pm, 5pm."""
    return Clock(match[0], _time_of_day(match), open=not match.groupdict().get("half"))


def hour(match: Match) -> Clock:
    """At 9, 9 o'clock."""
    return Clock(match[0], _time_of_day(match), hour_only=True, open=True)


def named_hour(match: Match) -> Clock:
    """Noon and midnight."""
    return Clock(match[0], time(0) if match["hour"] == "midnight" else time(NOON))


def daytime(match: Match) -> Daytime:
    """In the morning, evening."""
    return Daytime(match[0], *DAYTIMES[match["daytime"]])


def _time_of_day(match: Match) -> time:
    given = match.groupdict()
    hours, minutes, half = int(given["h"]), int(given.get("min") or 0), given.get("half")
    if half and not 1 <= hours <= NOON:
        raise _not_a_time(match)
    if half:
        hours = hours % NOON + (NOON if half.startswith("p") else 0)
    try:
        return time(hours, minutes)
    except ValueError as problem:
        raise _not_a_time(match) from problem


def _not_a_time(match: Match) -> Unreadable:
    return Unreadable(
        "“{text}” is not a time of day. Write for example {examples}.", text=match[0], examples="“17:00” or “5 pm”"
    )


# Repeats


def weekdays(match: Match) -> Repeat:
    """Every weekday."""
    return Repeat(match[0], "WEEKLY", 1, "BYDAY=MO,TU,WE,TH,FR")


def weekly(match: Match) -> Repeat:
    """Every other Thursday, every 2 weeks on monday and thursday, mondays."""
    days = sorted({DAYS[word] if word in DAYS else DAYS[word[:-1]] for word in _words(match["days"])})
    return Repeat(match[0], "WEEKLY", _every(match), "BYDAY=" + ",".join(CODES[day] for day in days))


def monthly_weekday(match: Match) -> Repeat:
    """The first and third Monday of every month; of “the month”, it may be meant once."""
    nths, day = [NTH[word] for word in _words(match["nths"])], DAYS[match["day"]]
    codes = [f"{nth}{CODES[day]}" for nth in sorted(set(nths), key=lambda nth: nth % 10)]  # the last comes last
    once = dates.nth_in_month("the", nths[0], day) if len(codes) == 1 and _of_the_month(match) else None
    return Repeat(match[0], "MONTHLY", _every(match), "BYDAY=" + ",".join(codes), once)


def monthly_day(match: Match) -> Repeat:
    """The 15th of every month, the last day of the month."""
    once = _day_in(match, "the")
    return Repeat(
        match[0],
        "MONTHLY",
        _every(match),
        f"BYMONTHDAY={int(match.groupdict().get('dom') or -1)}",
        once if _of_the_month(match) else None,
    )


def yearly(match: Match) -> Repeat:
    """Every year on 3 April."""
    day, month = _day_and_month(match)
    dates.check_exists(day, month)
    return Repeat(match[0], "YEARLY", 1, f"BYMONTH={month};BYMONTHDAY={day}")


def rhythm(match: Match) -> Repeat:
    """Every day, every 3 weeks: which day of the week or month is the first one's."""
    frequency = {"day": "DAILY", "week": "WEEKLY", "month": "MONTHLY", "year": "YEARLY"}[match["unit"]]
    return Repeat(match[0], frequency, _every(match))


def times(match: Match) -> Times:
    """10 times."""
    n = _count(match["n"])
    if not n:
        raise Unreadable(
            "Something that repeats happens at least once. Write for example {examples}.",
            examples="“every monday 9:30 6 times”",
        )
    return Times(match[0], n)


# What has more than one meaning


def range_of_times(match: Match) -> NoReturn:
    """From 3 to 4 pm."""
    raise Unreadable(
        "“{text}” is a range. Write only when it begins, for example {examples}.",
        text=match[0],
        examples="“tuesday 3pm”",
    )


def date_or_time(match: Match) -> NoReturn:
    """17.05."""
    raise Unreadable(
        "“{text}” could be a time or a date. Write for example {examples}.",
        text=match[0],
        examples="“17:05” or “17 May”",
    )


def day_or_month_first(match: Match) -> NoReturn:
    """4/5."""
    first, second = (int(number) for number in re.findall(r"\d+", match[0])[:2])
    dates_meant = [f"“{d} {MONTH_NAMES[m]}”" for d, m in ((first, second), (second, first)) if dates.exists(d, m)]
    raise Unreadable(
        "“{text}” means different dates in different countries. Write the month in letters, for example {examples}.",
        text=match[0],
        examples=" or ".join(dict.fromkeys(dates_meant)) or "“4 May” or “5 April”",
    )


def bare_number(match: Match) -> NoReturn:
    """9."""
    raise Unreadable(
        "“{text}” alone could mean several things. Write for example {examples}.",
        text=match[0],
        examples="“at 9”, “9:00”, “9 pm” or “9 April”",
    )


def every_nth(match: Match) -> NoReturn:
    """Every second Thursday."""
    nth, day = match["nth"], WEEKDAY_NAMES[DAYS[match["day"]]].lower()
    every = {2: "every other", 3: "every 3 weeks on"}.get(NTH[nth], "every 4 weeks on")
    raise Unreadable(
        "“{text}” has two readings. Write one of {examples}.",
        text=match[0],
        examples=f"“{every} {day}” or “{nth} {day} of the month”",
    )


def twice_or_every_second(match: Match) -> NoReturn:
    """Biweekly."""
    raise Unreadable(
        "“{text}” has two readings. Write for example {examples}.",
        text=match[0],
        examples="“every 2 weeks on monday” or “every monday and thursday”",
    )


def fifth(match: Match) -> NoReturn:
    """Fifth Monday."""
    raise Unreadable(
        "Not every month has a {text}. Write for example {examples}.",
        text=match[0],
        examples=f"“last {match['day']} of the month”",
    )


def nth_of_what(match: Match) -> NoReturn:
    """First Monday."""
    raise Unreadable(
        "“{text}” of which month? Write for example {examples}.",
        text=match[0],
        examples=f"“{match[0]} of the month” or “{match[0]} of may”",
    )


# Groups of a match


def _words(listed: str) -> list[str]:
    return [word for word in re.findall(r"[a-z0-9]+", listed) if word != "and"]


def _count(word: str) -> int:
    return int(word) if word.isdecimal() else NUMBERS.get(word) or NTH[word]


def _every(match: Match) -> int:
    word = match.groupdict().get("n")
    every = _count(word) if word else 1
    if not every:
        raise Unreadable(
            "“{text}” would never come. Write for example {examples}.", text=match[0], examples="“every 2 weeks”"
        )
    return every


def _of_the_month(match: Match) -> bool:
    return match.groupdict().get("the") is not None


def _day_in(match: Match, which: str) -> Finder:
    dom = match.groupdict().get("dom")
    if dom:
        dates.check_exists(int(dom), 1)
    return dates.in_month(which, int(dom) if dom else -1)


def _day_and_month(match: Match) -> tuple[int, int]:
    return int(match["dom"]), MONTHS[match["month"]]


def _year(match: Match) -> int | None:
    return int(match["year"]) if match["year"] else None
