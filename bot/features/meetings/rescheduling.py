"""Rescheduling: a whole series gets another time, rhythm or length, and keeps the answers for days that stay."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from bot.actions import Refuse
from bot.calls import Turn
from bot.cards import Block, Card, Fields, Note, Prose
from bot.effects import Confirm, Effect
from bot.features.meetings.feature import rhythm
from bot.features.meetings.notices import audience, changed, done, note_change
from bot.features.meetings.planning import (
    PREVIEWED,
    all_year,
    by_rule,
    day_of,
    remarks,
    rule_of,
    same_time,
    upkeep,
    zoned,
)
from bot.text import Moment, Text, lines, say
from bot.times import When, resolve
from storage import meetings as diary
from storage.meetings import DROPPED, PLANNED, RESCHEDULED, Meeting, Occurrence

INSTANT = timedelta(microseconds=1)  # dates come strictly after a moment, and one at midnight is meant too


def reschedule(turn: Turn, series: Meeting, when: When, minutes: int, reason: str) -> list[Effect]:
    """Dates that have not begun follow the new rhythm; what has begun, or was cancelled, stays as it is."""
    dates = [d for d in diary.ahead(turn.db, series.id, turn.now) if d.starts > turn.now]
    taken = days_taken(turn, series, when, dates)
    coming = by_rule(when, turn.now, taken, PREVIEWED)
    check(turn, series, when, minutes, coming)
    before = next(iter(rule_of(series).instants(turn.now, 1)), dates[0].starts)
    if not turn.confirmed:
        times = preview(turn, series, when, minutes, before, coming)
        why = [Prose(say("Reason: {reason}", reason=reason))] if reason else []
        notes = consequences(turn, series, when, dates, coming[0])
        title = say("Change all dates of “{title}”?", title=series.title)
        return [Confirm(Card(title, (times, *why, *notes)), say("Change all dates"))]
    change = note_change(turn, dates[0], RESCHEDULED, before, coming[0], reason)
    change.occurrence_id = ""
    change.rule_before, change.rule_after = series.rule, when.rule
    change.minutes_before, change.minutes_after = series.minutes, minutes
    series.start, series.rule, series.zone, series.minutes = when.start, when.rule, when.zone.key, minutes
    turn.db.add_all((change, series))
    shift(turn, series, when, dates, taken)
    text = say("Changed. Next is {when}. Everybody who comes or might is told.", when=Moment(coming[0]))
    return [*changed(turn, series, dates, change), *upkeep(turn, series), done(text)]


def check(turn: Turn, series: Meeting, when: When, minutes: int, coming: list[datetime]) -> None:
    if not when.rule:
        raise Refuse("Write how often all dates repeat, such as every friday 17:00.", field="when")
    if not coming:
        raise Refuse("That time has passed meanwhile. Choose a later one.", field="when")
    known = rule_of(series)
    same = (known.rule, known.zone.key, series.minutes) == (when.rule, when.zone.key, minutes)
    if same and known.instants(turn.now, PREVIEWED) == when.instants(turn.now, PREVIEWED):
        raise Refuse("It is planned for exactly those times.", field="when")


def days_taken(turn: Turn, series: Meeting, when: When, dates: list[Occurrence]) -> set[date]:
    """Days on which the series has something that stays: a date that has begun, or one that was cancelled."""
    known = diary.days(turn.db, series.id, day_of(turn.now, when.zone))
    changing = {d.id for d in dates}
    return {day for day, row in known.items() if row.id not in changing}


def kept(turn: Turn, when: When, dates: list[Occurrence], taken: set[date]) -> Iterator[tuple[Occurrence, datetime]]:
    """Dates whose day the new rhythm has as well, with their new time: who answered answered for that day."""
    found: set[date] = set()
    for one in dates:
        day = day_of(one.starts, when.zone)
        midnight = resolve(datetime.combine(day, time()), when.zone)
        at = next(iter(when.instants(max(midnight - INSTANT, turn.now), 1)), None)
        if at is not None and day_of(at, when.zone) == day and day not in taken | found:
            found.add(day)
            yield one, at


def shift(turn: Turn, series: Meeting, when: When, dates: list[Occurrence], taken: set[date]) -> None:
    """Dates on days that stay get their new time; the others are dropped, and their days are free again."""
    stay = list(kept(turn, when, dates, taken))
    for one in dates:
        one.local_date, one.state = None, DROPPED
        turn.db.add(one)
    turn.db.flush()  # two dates may change places, and no day has two
    for one, at in stay:
        one.local_date, one.state = day_of(at, when.zone), PLANNED
        one.planned = one.starts = at
        one.ends = at + timedelta(minutes=series.minutes)
        turn.db.add(one)
    turn.db.flush()


def preview(turn: Turn, series: Meeting, when: When, minutes: int, before: datetime, coming: list[datetime]) -> Block:
    old = rule_of(series)
    until_now = lines(
        rhythm(turn, series.rule),
        say("{when}", when=zoned(before, old.zone)),
        say("{length}", length=timedelta(minutes=series.minutes)),
    )
    from_now = lines(rhythm(turn, when.rule), say("{length}", length=timedelta(minutes=minutes)))
    then = lines(*(say("{when}", when=zoned(at, when.zone)) for at in coming))
    return Fields(((say("Until now"), until_now), (say("From now on"), from_now), (say("Next"), then)))


def consequences(turn: Turn, series: Meeting, when: When, dates: list[Occurrence], first: datetime) -> list[Note]:
    """What to think of before everybody is told."""
    moved = any(d.starts != d.planned for d in dates)
    answered = diary.attending(turn.db, [d.id for d in dates])
    texts = (
        *remarks(when.notes),
        same_time(turn, series, first),
        all_year(turn, when.zone.key),
        say("Dates that were moved follow the new rhythm as well.") if moved else Text(),
        say("Answers stay where the day stays; the others are asked again.") if answered else Text(),
        audience(turn, dates),
    )
    return [Note(text) for text in texts if text]
