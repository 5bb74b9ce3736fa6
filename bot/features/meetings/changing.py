"""Changing: a date is moved or cancelled, or a meeting gets another place, and whoever answered is told at once."""

from datetime import datetime
from typing import Annotated

from bot.actions import Opt, Refuse
from bot.calls import Turn
from bot.cards import Block, Button, Card, Fields, Note, Prose
from bot.effects import Ask, Confirm, Effect, Forget, Post, Refresh, Reply, Tell
from bot.features.meetings.answering import buttons, calendar_button, card, planned_reminders
from bot.features.meetings.feature import (
    CHANGES,
    TITLE_MAX,
    changeable,
    find_occurrence,
    meetings,
    named,
    suggest_occurrences,
    venue_of,
)
from bot.features.meetings.planning import About, Nudge, Venue, nudge_card, remarks, same_time, unsafe, upkeep, zoned
from bot.text import Moment, Text, count, say
from bot.times import When
from storage import meetings as diary
from storage.meetings import CANCELLED, MOVED, PLANNED, RELOCATED, Meeting, MeetingChange, Occurrence, Rsvp
from storage.people import Member
from storage.places import Place

REASON_MAX = 200

Chosen = Annotated[Occurrence, Opt("Which one?", find=find_occurrence, suggest=suggest_occurrences)]
Reason = Annotated[str, Opt("Why? People see this", max=REASON_MAX)]


@meetings.action("Move one date of a meeting", command="meeting move")
def move(
    turn: Turn,
    *,
    meeting: Chosen,
    when: Annotated[When, Opt("The new time, such as friday 17:00", hint="friday 17:00")],
    reason: Reason = "",
) -> list[Effect]:
    """Old and new time are shown first; then everybody who answered is told."""
    date, series = changeable(turn, meeting.id)
    check_new_time(turn, date, when)
    if not turn.confirmed:
        return [Confirm(move_preview(turn, date, series, when, reason), say("Move it"))]
    before = date.starts
    date.starts, date.ends = when.at, when.at + (date.ends - date.starts)
    change = note_change(turn, date, MOVED, before, when.at, reason)
    text = say("Moved to {when}. Everybody who comes or might is told.", when=Moment(when.at))
    return [*changed(turn, series, [date], change), *upkeep(turn, series), done(text)]


def check_new_time(turn: Turn, date: Occurrence, when: When) -> None:
    if when.rule:
        raise Refuse("One date moves at a time. Write a single time, such as friday 17:00.", field="when")
    if when.at <= turn.now:
        raise Refuse("That time has passed meanwhile. Choose a later one.", field="when")
    if when.at == date.starts:
        raise Refuse("It is planned for exactly that time.", field="when")


def move_preview(turn: Turn, date: Occurrence, series: Meeting, when: When, reason: str) -> Card:
    pairs = (
        (say("Until now"), say("{when}", when=zoned(date.starts, when.zone))),
        (say("From now on"), say("{when}", when=zoned(when.at, when.zone))),
    )
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
    date, series = changeable(turn, meeting.id)
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
    turn.db.add(series)
    return [*changed(turn, series, ahead, change), *upkeep(turn, series), done(say("Changed: {title}.", title=title))]


# What follows from a change.


def note_change(
    turn: Turn, date: Occurrence, what: str, before: datetime, after: datetime | None, reason: str
) -> MeetingChange:
    row = MeetingChange(
        community_id=turn.community.id,
        meeting_id=date.meeting_id,
        occurrence_id=date.id,
        member_id=turn.who.id,
        what=what,
        before=before,
        after=after,
        reason=reason,
        at=turn.now,
    )
    turn.db.add(row)
    turn.db.flush()
    return row


def changed(turn: Turn, series: Meeting, dates: list[Occurrence], change: MeetingChange | None) -> list[Effect]:
    """Cards are edited, who answered is told, and reminders are planned anew: those of an earlier revision are void."""
    edits: list[Effect] = []
    for date in dates:
        edits += [Refresh(card.link(date.id)), Refresh(nudge_card.link(date.id, date.revision))]
        date.revision += 1
        turn.db.add(date)
    turn.db.flush()
    answered = diary.attending(turn.db, [d.id for d in dates])
    standing = {d.id: d for d in dates if d.state == PLANNED}
    again = (planned_reminders(turn, standing[r.occurrence_id], r) for r in answered if r.occurrence_id in standing)
    news_of_it = notices(turn, series, change, answered) if change else []
    return [*edits, *news_of_it, *(effect for planned in again for effect in planned)]


def notices(turn: Turn, series: Meeting, change: MeetingChange, answered: list[Rsvp]) -> list[Effect]:
    """One to the channel, and one to each who comes or might."""
    place = turn.get(Place, series.place_id)
    link = notice.link(change.id)
    told = dict.fromkeys(r.member_id for r in answered if r.member_id != turn.who.id)
    expires = max(change.before, change.after or change.before) if change.occurrence_id else None
    return [
        *([Post(place, link)] if place else []),
        *(Tell(member_id, link, CHANGES, expires=expires) for member_id in told),
    ]


def audience(turn: Turn, dates: list[Occurrence]) -> Text:
    people = {r.member_id for r in diary.attending(turn.db, [d.id for d in dates])}
    return (
        count("{n} person who comes or might is told.", "{n} people who come or might are told.", len(people))
        if people
        else Text()
    )


def done(text: Text) -> Reply:
    return Reply(Card(blocks=(Prose(text),)))


@meetings.view()
def notice(turn: Turn, change_id: str) -> Card | None:
    """What was changed, by whom and why, with the old and the new time."""
    change = turn.get(MeetingChange, change_id)
    series = turn.get(Meeting, change.meeting_id) if change else None
    if change is None or series is None:
        return None
    date = turn.get(Occurrence, change.occurrence_id) if change.occurrence_id else None
    why = [Prose(say("Reason: {reason}", reason=change.reason))] if change.reason else []
    by = Note(say("By {who}.", who=named(turn, change.member_id)))
    return Card(headline(change, series), (Prose(news(turn, change, series)), *why, by), controls(turn, change, date))


def headline(change: MeetingChange, series: Meeting) -> Text:
    match change.what:
        case "moved":
            return say("Moved: {title}", title=series.title)
        case "cancelled":
            return say("Cancelled: {title}", title=series.title)
        case _:
            return say("New place: {title}", title=series.title)


def news(turn: Turn, change: MeetingChange, series: Meeting) -> Text:
    before = Moment(change.before)
    match change.what:
        case "moved":
            return say("From {before} to **{after}**.", before=before, after=Moment(change.after or change.before))
        case "cancelled":
            one = say("{before} does not take place.", before=before)
            return one if change.occurrence_id else say("No more dates, from {before} on.", before=before)
        case _:
            return say("It is now here: {venue}", venue=place_for(turn, series))


def place_for(turn: Turn, series: Meeting) -> Text:
    """Who is told in private comes, or might; a channel reads what everybody may."""
    if series.guarded and not turn.who.id:
        return say("shown to those who come")
    return venue_of(series.venue) if series.venue else say("not known yet")


def controls(turn: Turn, change: MeetingChange, date: Occurrence | None) -> tuple[Button, ...]:
    """Another time asks again who comes; any change can be taken into a calendar."""
    if date is None:
        return ()
    if change.what == MOVED and date.state == PLANNED and date.starts > turn.now:
        return buttons(date)
    return (calendar_button(date),)
