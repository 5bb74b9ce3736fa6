"""Changing: dates are moved or cancelled, or a meeting gets another place, and whoever answered is told at once."""

from datetime import datetime, timedelta
from typing import Annotated

from bot.actions import Opt, Refuse
from bot.calls import Turn
from bot.cards import Block, Card, Fields, Note, Prose
from bot.effects import Ask, Confirm, Effect, Forget
from bot.features.meetings.feature import (
    TITLE_MAX,
    Kind,
    changeable,
    find_occurrence,
    meetings,
    suggest_occurrences,
)
from bot.features.meetings.notices import audience, changed, done, note_change
from bot.features.meetings.planning import (
    About,
    Nudge,
    Venue,
    minutes_of,
    remarks,
    same_time,
    unsafe,
    upkeep,
    zoned,
)
from bot.features.meetings.rescheduling import reschedule
from bot.text import Moment, Text, lines, say
from bot.times import When
from storage import meetings as diary
from storage.meetings import CANCELLED, MOVED, PLANNED, RELOCATED, Meeting, Occurrence
from storage.people import Member

REASON_MAX = 200

Chosen = Annotated[Occurrence, Opt("Which one?", find=find_occurrence, suggest=suggest_occurrences)]
Reason = Annotated[str, Opt("Why? People see this", max=REASON_MAX)]


@meetings.action("Move one date of a meeting, or change all dates of a series", command="meeting move")
def move(
    turn: Turn,
    *,
    meeting: Chosen,
    when: Annotated[When, Opt("The new time: friday 17:00. For all dates: every friday 17:00", hint="friday 17:00")],
    reason: Reason = "",
    all_dates: Annotated[bool, Opt("All dates of the series from now on, and not only this one?")] = False,
    length: Annotated[timedelta | None, Opt("A new length, such as 90 min")] = None,
) -> list[Effect]:
    """Old and new time are shown first; then everybody who answered is told."""
    date, series = changeable(turn, first_of(turn, meeting).id if all_dates else meeting.id)
    if all_dates and series.rule:
        return reschedule(turn, series, when, minutes_of(length) if length else series.minutes, reason)
    lasts = timedelta(minutes=minutes_of(length)) if length else date.ends - date.starts
    check_new_time(turn, date, when, lasts)
    if not turn.confirmed:
        return [Confirm(move_preview(turn, date, series, when, lasts, reason), say("Move it"))]
    before, lasted = date.starts, date.ends - date.starts
    date.starts, date.ends = when.at, when.at + lasts
    change = note_change(turn, date, MOVED, before, when.at, reason)
    if lasts != lasted:
        change.minutes_before, change.minutes_after = minutes_of(lasted), minutes_of(lasts)
    text = say("Moved to {when}. Everybody who comes or might is told.", when=Moment(when.at))
    return [*changed(turn, series, [date], change), *upkeep(turn, series), done(text)]


def first_of(turn: Turn, date: Occurrence) -> Occurrence:
    """The next date of its series that has not begun: what a change of all dates begins with."""
    return next((d for d in diary.ahead(turn.db, date.meeting_id, turn.now) if d.starts > turn.now), date)


def check_new_time(turn: Turn, date: Occurrence, when: When, lasts: timedelta) -> None:
    if when.rule:
        raise Refuse(
            "One date moves at a time. Write a single time, such as friday 17:00, or say yes to all dates.",
            field="when",
        )
    if when.at <= turn.now:
        raise Refuse("That time has passed meanwhile. Choose a later one.", field="when")
    if (when.at, lasts) == (date.starts, date.ends - date.starts):
        raise Refuse("It is planned for exactly that time.", field="when")


def move_preview(turn: Turn, date: Occurrence, series: Meeting, when: When, lasts: timedelta, reason: str) -> Card:
    lasted = date.ends - date.starts

    def told(at: datetime, length: timedelta) -> Text:
        time = say("{when}", when=zoned(at, when.zone))
        return time if lasts == lasted else lines(time, say("{length}", length=length))

    pairs = ((say("Until now"), told(date.starts, lasted)), (say("From now on"), told(when.at, lasts)))
    warnings = [*remarks(when.notes), same_time(turn, series, when.at), audience(turn, [date])]
    blocks: list[Block] = [
        Fields(pairs),
        *([Prose(say("Reason: {reason}", reason=reason))] if reason else []),
        *(Note(w) for w in warnings if w),
    ]
    return Card(say("Move “{title}”?", title=series.title), tuple(blocks))


@meetings.action("Cancel one date of a meeting, or all of them", command="meeting cancel")
def cancel(
    turn: Turn,
    *,
    meeting: Chosen,
    reason: Reason = "",
    all_dates: Annotated[bool, Opt("All dates of the series, and not only this one?")] = False,
) -> list[Effect]:
    date, series = changeable(turn, first_of(turn, meeting).id if all_dates else meeting.id)
    whole = all_dates and bool(series.rule)
    ahead = [d for d in diary.ahead(turn.db, series.id, turn.now) if d.starts > turn.now]
    dates = ahead if whole else [date]
    if not turn.confirmed:
        return [Confirm(cancel_preview(turn, dates, series, reason, whole=whole), say("Cancel the meeting"))]
    for one in dates:
        one.state = CANCELLED
    if whole or not series.rule:
        series.state = CANCELLED
        turn.db.add(series)
    change = note_change(turn, date, CANCELLED, dates[0].starts, None, reason)
    change.occurrence_id = "" if whole else date.id
    effects = changed(turn, series, dates, change)
    effects += upkeep(turn, series) if series.state == PLANNED else [Forget(f"meeting:{series.id}")]
    return [*effects, done(say("Cancelled. Everybody who comes or might is told."))]


def cancel_preview(turn: Turn, dates: list[Occurrence], series: Meeting, reason: str, *, whole: bool) -> Card:
    first = Moment(dates[0].starts)
    what = say("All dates from {when} on.", when=first) if whole else say("{when}", when=first)
    rest = say("Other dates of the series stay.") if series.rule and not whole else Text()
    notes = [Note(text) for text in (rest, audience(turn, dates)) if text]
    blocks: list[Block] = [Prose(what), *([Prose(say("Reason: {reason}", reason=reason))] if reason else []), *notes]
    return Card(say("Cancel “{title}”?", title=series.title), tuple(blocks))


@meetings.action("Change what a meeting is called, where it is, or who hosts it", command="meeting edit", reads=True)
def edit(turn: Turn, *, meeting: Chosen) -> list[Effect]:
    date, series = changeable(turn, meeting.id)
    host = turn.get(Member, series.host_id)
    known = {
        "title": series.title,
        "where": series.venue,
        "about": series.about,
        "host": host.name if host else None,
        "nudge": series.nudge,
        "kind": series.kind,
    }
    return [Ask(rewrite.link(date.id), known)]


@meetings.action("Change a meeting", title="Change a meeting")
def rewrite(
    turn: Turn,
    occurrence_id: str,
    *,
    title: Annotated[str, Opt("What is it called?", max=TITLE_MAX)],
    where: Venue = "",
    about: About = "",
    host: Annotated[Member | None, Opt("Who hosts it?")] = None,
    nudge: Nudge = 0,
    kind: Annotated[Kind | None, Opt("What sort of meeting is it?")] = None,
) -> list[Effect]:
    """All dates ahead change; who answered is told of another place."""
    date, series = changeable(turn, occurrence_id)
    if not turn.confirmed and (warning := unsafe(where)):
        return [Confirm(Card(say("Change “{title}”?", title=title), (Prose(warning),)), say("Change it"))]
    ahead = [d for d in diary.ahead(turn.db, series.id, turn.now) if d.starts > turn.now]
    change = None
    if where != series.venue:
        change = note_change(turn, date, RELOCATED, date.starts, None, "")
        change.occurrence_id = ""
    series.title, series.venue, series.about, series.nudge = title, where, about, nudge
    series.host_id = host.id if host else series.host_id
    series.kind = kind or series.kind
    turn.db.add(series)
    return [*changed(turn, series, ahead, change), *upkeep(turn, series), done(say("Changed: {title}.", title=title))]
