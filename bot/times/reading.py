"""From what a person typed to one time or date: every word counts, or it is refused with what would be read."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from itertools import islice
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from bot.times import rules
from bot.times.clocks import gap_or_overlap, on_the_wall, resolve
from bot.times.grammar import scan
from bot.times.parts import (
    After,
    Clock,
    Day,
    Daytime,
    Found,
    Frame,
    Moment,
    Part,
    Phrase,
    Repeat,
    Since,
    Times,
    Until,
    Zone,
    clash,
)
from bot.times.sentences import Note, Unreadable, Value

ONCE = "“next tuesday 3pm”, “3 April 15:00” or “in 2 weeks at 10:00”"
OFTEN = "“next tuesday 3pm”, “3 April 15:00”, “in 2 weeks at 10:00” or “every other thursday 10:00”"
DATES = "“3 April”, “next tuesday” or “in 2 weeks”"

USUAL_TIME = time(10)  # read where no time is given, and told
DAYS_MAX = 3660  # a date more than ten years ahead is a slip of the finger
NOON = 12


@dataclass(frozen=True, slots=True)
class When:
    """A reading: a naive time on the wall of a zone, how it repeats, and what to tell about it."""

    start: datetime
    zone: ZoneInfo
    rule: str = ""
    notes: tuple[Note, ...] = ()

    @property
    def at(self) -> datetime:
        """The first instant."""
        return self.start.replace(tzinfo=self.zone).astimezone(UTC)  # fold counts: “in 90 minutes” may be the second

    def instants(self, after: datetime, most: int) -> list[datetime]:
        """The next instants strictly after one."""
        if self.rule:
            return rules.occurrences(self.start, self.zone, self.rule, after, most)
        return [self.at][: max(most, 0)] if self.at > after else []


def read_when(text: str, now: datetime, zone: ZoneInfo, *, repeats: bool = True) -> When:
    """The time that was typed, in the zone of the member unless the text names another."""
    phrase = scan(text, OFTEN if repeats else ONCE)
    if typed := phrase.find(Zone):
        zone = typed.zone
    after = phrase.find(After)
    if moment := phrase.find(Moment):
        phrase.only_beside(moment)
        return _moment(moment, now, zone)
    if after and after.elapsed:
        phrase.only_beside(after, Zone)
        return _elapsed(after, now, zone)
    repeat = phrase.find(Repeat)
    if repeat and not repeats:
        phrase, repeat = _once(repeat, phrase), None
    clock, notes = _clock(phrase)
    if repeat:
        phrase.only_beside(repeat, Clock, Daytime, Since, Until, Times, Zone)
        return _repeated(repeat, phrase, Frame(now, zone, clock or USUAL_TIME), notes)
    for bound in (Since, Until, Times):
        if part := phrase.find(bound):
            raise _needs_repeat(part)
    return _single(phrase, Frame(now, zone, clock or USUAL_TIME), clock, notes)


def read_date(text: str, now: datetime, zone: ZoneInfo) -> date:
    """The date that was typed, which may have passed."""
    phrase = scan(text, DATES)
    frame = Frame(now, zone, time(23, 59, 59))  # so that today counts as ahead all day
    repeat = phrase.find(Repeat)
    if repeat and repeat.once:
        phrase = _once(repeat, phrase)
    for part in phrase.parts.values():
        if not isinstance(part, (Day, After)) or (isinstance(part, After) and part.elapsed):
            raise Unreadable(
                "Here I need a date alone, without “{text}”. Write for example {examples}.",
                text=part.words,
                examples=DATES,
            )
    return _day(phrase, frame).day


def _moment(moment: Moment, now: datetime, zone: ZoneInfo) -> When:
    where = ZoneInfo("UTC") if moment.words.endswith("z") else zone
    return _checked(When(on_the_wall(moment.at, where), where), now)


def _elapsed(after: After, now: datetime, zone: ZoneInfo) -> When:
    _check_near(after.amounts)
    instant = now.astimezone(UTC) + timedelta(**{unit: float(n) for unit, n in after.amounts.items()})
    return _checked(When(on_the_wall(instant.replace(second=0, microsecond=0), zone), zone), now)


def _once(repeat: Repeat, phrase: Phrase) -> Phrase:
    """The same phrase with the one date that its repeat may be read as."""
    if repeat.once is None:
        raise Unreadable(
            "“{text}” repeats, but this happens once. Write for example {examples}.", text=repeat.words, examples=ONCE
        )
    single = Phrase()
    for part in phrase.parts.values():
        single.add(Day(repeat.words, repeat.once) if part is repeat else part)
    return single


def _needs_repeat(part: Part) -> Unreadable:
    return Unreadable(
        "“{text}” goes with something that repeats. Write for example {examples}.",
        text=part.words,
        examples=f"“every monday 9:30 {part.words}”",
    )


# The time of day


def _clock(phrase: Phrase) -> tuple[time | None, list[Note]]:
    """The time of day that was typed, if any, and what was assumed about it."""
    clock, daytime = phrase.find(Clock), phrase.find(Daytime)
    if clock is None:
        return (daytime.at, [_no_time(daytime.at)]) if daytime else (None, [])
    at = _within(clock, daytime) if daytime else clock.at
    if clock.hour_only or at != clock.at:
        return at, [Note("I read “{text}” as {time}.", {"text": clock.words, "time": f"{at:%H:%M}"})]
    if clock.words.endswith("midnight"):
        return at, [Note("Midnight is 00:00, when that day begins.")]
    return at, []


def _within(clock: Clock, daytime: Daytime) -> time:
    """“at 8” in the evening is 20:00; a time outside that stretch of the day is refused."""
    at = clock.at
    if clock.open and 1 <= at.hour < NOON <= daytime.first:
        at = at.replace(hour=at.hour + NOON)
    if not daytime.first <= at.hour <= daytime.last:
        raise Unreadable(
            "{time} is not in the {part}. Write for example {examples}.",
            time=f"{at:%H:%M}",
            part=daytime.words.rpartition(" ")[2],
            examples=f"“tomorrow {at:%H:%M}”",
        )
    return at


def _no_time(at: time) -> Note:
    return Note("No time was given, so I took {time}.", {"time": f"{at:%H:%M}"})


# A single time


def _single(phrase: Phrase, frame: Frame, clock: time | None, notes: list[Note]) -> When:
    after, day = phrase.find(After), phrase.find(Day)
    if after and not clock:
        clock = on_the_wall(frame.now, frame.zone).time().replace(second=0, microsecond=0, fold=0)
    if clock is None and day is None:
        raise Unreadable("Write when as well, for example {examples}.", examples=ONCE)
    found = _day(phrase, frame)
    if clock is None:
        notes = [*notes, _no_time(USUAL_TIME)]
    start = datetime.combine(found.day, clock or USUAL_TIME)
    return _checked(When(start, frame.zone, "", (*found.notes, *notes, *_clock_change(start, frame.zone))), frame.now)


def _day(phrase: Phrase, frame: Frame) -> Found:
    after, day = phrase.find(After), phrase.find(Day)
    if after:
        phrase.only_beside(after, Clock, Daytime, Zone)
        return Found(_by_calendar(after, frame))
    if day:
        return day.find(frame)
    tomorrow = frame.today + timedelta(1)
    return Found(frame.today if frame.ahead(frame.today) else tomorrow)


def _by_calendar(after: After, frame: Frame) -> date:
    _check_near(after.amounts)
    if {"hours", "minutes"} & set(after.amounts) or any(n.denominator != 1 for n in after.amounts.values()):
        raise Unreadable(
            "Days and longer go by the calendar, so “{text}” cannot be read. Write for example {examples}.",
            text=after.words,
            examples="“in 36 hours” or “in 2 weeks at 10:00”",
        )
    return frame.today + relativedelta(**{unit: int(n) for unit, n in after.amounts.items()})  # type: ignore[arg-type]


def _check_near(amounts: dict[str, Fraction]) -> None:
    days = {"minutes": 1 / 1440, "hours": 1 / 24, "days": 1, "weeks": 7, "months": 30, "years": 365}
    if sum(days[unit] * float(n) for unit, n in amounts.items()) > DAYS_MAX:
        raise _too_far()


def _too_far() -> Unreadable:
    return Unreadable("That is more than ten years ahead. Write for example {examples}.", examples=ONCE)


def _checked(when: When, now: datetime) -> When:
    if (when.at - now).days > DAYS_MAX:
        raise _too_far()
    if when.at <= now:
        raise Unreadable(
            "{when} has already passed. Write a later time, for example {examples}.",
            when=when.at.astimezone(when.zone),
            examples=ONCE,
        )
    return when


def _clock_change(start: datetime, zone: ZoneInfo) -> list[Note]:
    """What the change of the clocks does to one local time."""
    day: dict[str, Value] = {"date": start.date(), "time": f"{start:%H:%M}"}
    match gap_or_overlap(start, zone):
        case "gap":
            moved: dict[str, Value] = {"moved": resolve(start, zone).astimezone(zone)}
            return [Note("On {date} the clocks leave out {time}, so it is {moved}.", day | moved)]
        case "overlap":
            return [Note("On {date} the clocks show {time} twice, and it is the first of the two.", day)]
        case _:
            return []


# Repeats


def _repeated(repeat: Repeat, phrase: Phrase, frame: Frame, notes: list[Note]) -> When:
    if not phrase.find(Clock) and not phrase.find(Daytime):
        notes = [*notes, _no_time(frame.clock)]
    since, until, times = phrase.find(Since), phrase.find(Until), phrase.find(Times)
    earliest = since.find(frame).day if since else _day(Phrase(), frame).day
    if not repeat.by and repeat.frequency != "DAILY":
        repeat = replace(repeat, by=_by(repeat.frequency, earliest))
        if not since:
            notes = [*notes, Note("No day was given, so it begins on {date}.", {"date": earliest})]
    start = _first(repeat, max(earliest, frame.today), frame)
    if repeat.by in {"BYMONTHDAY=29", "BYMONTHDAY=30", "BYMONTHDAY=31"}:
        notes = [*notes, Note("Months without day {day} are left out.", {"day": start.day})]
    rule = f"FREQ={repeat.frequency}" + (f";INTERVAL={repeat.every}" if repeat.every > 1 else "")
    rule += f";{repeat.by}" if repeat.by else ""
    if until and times:
        raise clash(until, times)
    last = until.find(replace(frame, clock=time(23, 59, 59))).day if until else None
    if times:
        last = list(islice(rules.local_times(start, rule, start), times.n))[-1].date()
    if last and last < start.date():
        raise Unreadable(
            "It would end on {last}, before it begins on {first}. Write for example {examples}.",
            last=last,
            first=start.date(),
            examples="“every monday 9:30 until 1 June”",
        )
    rule += f";UNTIL={last:%Y%m%d}T235959" if last else ""
    return When(start, frame.zone, rule, (*notes, *_first_clock_change(start, frame.zone, rule)))


def _first(repeat: Repeat, earliest: date, frame: Frame) -> datetime:
    """The first time to come; every second week counts from there."""
    rule = f"FREQ={repeat.frequency}" + (f";{repeat.by}" if repeat.by else "")
    begin = datetime.combine(earliest, frame.clock)
    return next(start for start in rules.local_times(begin, rule, begin) if resolve(start, frame.zone) > frame.now)


def _by(frequency: str, start: date) -> str:
    match frequency:
        case "WEEKLY":
            return f"BYDAY={rules.WEEKDAYS[start.weekday()]}"
        case "MONTHLY":
            return f"BYMONTHDAY={start.day}"
        case _:
            return f"BYMONTH={start.month};BYMONTHDAY={start.day}"


def _first_clock_change(start: datetime, zone: ZoneInfo, rule: str) -> list[Note]:
    """The first time in a year that a change of the clocks touches."""
    for naive in rules.local_times(start, rule, start):
        if naive - start > timedelta(days=366):
            break
        if notes := _clock_change(naive, zone):
            return notes
    return []
