"""Notices: what follows from a change.  Cards are edited, reminders move along, and who comes or might is told."""

from datetime import datetime, timedelta

from bot.calls import Turn
from bot.cards import Block, Button, Card, Fields, Note, Prose, Row
from bot.effects import Effect, Post, Refresh, Reply, Tell
from bot.features.meetings.answering import buttons, calendar_button, card, planned_reminders
from bot.features.meetings.feature import CHANGES, meetings, rhythm, venue_of
from bot.features.meetings.listing import answer_of, look
from bot.features.meetings.planning import PREVIEWED, nudge_card
from bot.people import named
from bot.text import Moment, Text, count, lines, say
from storage import meetings as diary
from storage.meetings import CANCELLED, MOVED, PLANNED, Meeting, MeetingChange, Occurrence, Rsvp
from storage.places import Place


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
    expires = max(change.before, change.after or change.before) if change.occurrence_id else None
    return [
        *([Post(place, link)] if place else []),
        *(Tell(member_id, link, CHANGES, expires=expires, about=series.id) for member_id in told(turn, answered)),
    ]


def told(turn: Turn, answered: list[Rsvp]) -> list[str]:
    """Each of them once, but for who does it."""
    return list(dict.fromkeys(r.member_id for r in answered if r.member_id != turn.who.id))


def audience(turn: Turn, dates: list[Occurrence]) -> Text:
    people = told(turn, diary.attending(turn.db, [d.id for d in dates]))
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
    if turn.who.id and overtaken(change, series, date):
        return None
    why = [Prose(say("Reason: {reason}", reason=change.reason))] if change.reason else []
    by = Note(say("By {who}.", who=named(turn, change.member_id)))
    return Card(headline(change, series), (*news(turn, change, series), *why, by), controls(turn, change, date))


def overtaken(change: MeetingChange, series: Meeting, date: Occurrence | None) -> bool:
    """Whether what was changed has been cancelled since: who was away need not read of both."""
    return change.what != CANCELLED and (date or series).state != PLANNED


def headline(change: MeetingChange, series: Meeting) -> Text:
    match change.what:
        case "moved":
            return say("Moved: {title}", title=series.title)
        case "rescheduled":
            return say("New times: {title}", title=series.title)
        case "cancelled":
            return say("Cancelled: {title}", title=series.title)
        case _:
            return say("New place: {title}", title=series.title)


def news(turn: Turn, change: MeetingChange, series: Meeting) -> list[Block]:
    before, after = Moment(change.before), Moment(change.after or change.before)
    match change.what:
        case "moved":
            moved = say("From {before} to **{after}**.", before=before, after=after) if before != after else Text()
            length = timedelta(minutes=change.minutes_after)
            return [Prose(lines(moved, say("It takes {length} now.", length=length) if length else Text()))]
        case "rescheduled":
            return [Fields(old_and_new(turn, change)), *next_dates(turn, series)]
        case "cancelled":
            one = say("{before} does not take place.", before=before)
            return [Prose(one if change.occurrence_id else say("No more dates, from {before} on.", before=before))]
        case _:
            return [Prose(say("It is now here: {venue}", venue=place_for(turn, series)))]


def old_and_new(turn: Turn, change: MeetingChange) -> tuple[tuple[Text, Text], ...]:
    """How a series was, and how it is from now on."""

    def told_as(rule: str, at: datetime, minutes: int) -> Text:
        time, length = Moment(at, "time"), timedelta(minutes=minutes)
        return say("{rhythm}, {time}, {length}", rhythm=rhythm(turn, rule), time=time, length=length)

    return (
        (say("Until now"), told_as(change.rule_before, change.before, change.minutes_before)),
        (say("From now on"), told_as(change.rule_after, change.after or change.before, change.minutes_after)),
    )


def next_dates(turn: Turn, series: Meeting) -> list[Block]:
    """The next dates; for a member with their own answers, some of which a new rhythm asks again."""
    ahead = [d for d in diary.ahead(turn.db, series.id, turn.now) if d.starts > turn.now][:PREVIEWED]
    if not turn.who.id:
        return [Prose(lines(*(say("{when}", when=Moment(d.starts)) for d in ahead)))]
    return [
        Row(lines(say("{when}", when=Moment(d.starts)), answer_of(turn, d)), Button(say("Show"), look.link(d.id)))
        for d in ahead
    ]


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
