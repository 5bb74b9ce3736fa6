"""Answering: the card of a date, who comes, and reminders for those who want them."""

from datetime import datetime, timedelta
from typing import Literal

from bot.actions import Refuse
from bot.calls import Turn
from bot.cards import Block, Button, Card, Fields, Note, Prose
from bot.effects import Attach, Effect, Refresh, Reply, Tell
from bot.features.meetings.feature import (
    REMINDERS,
    kind_of,
    load,
    may_change,
    meetings,
    rhythm,
    still_open,
    venue_of,
    visible,
)
from bot.features.meetings.invitation import invitation
from bot.people import named
from bot.text import Mention, Moment, Text, Value, count, lines, listed, say
from storage import meetings as diary
from storage import outbox
from storage.meetings import DROPPED, MAYBE, NO, PLANNED, YES, Meeting, Occurrence, Rsvp
from storage.people import Member

BEFORE = {"day": timedelta(days=1), "hour": timedelta(hours=1)}
DAY_TOO_LATE = timedelta(hours=2)  # a day's reminder that is later than this is left to the hour's
NAMES_SHOWN = 20

Answer = Literal["yes", "maybe", "no"]
Ahead = Literal["day", "hour", "both", "none"]


@meetings.view()
def card(turn: Turn, occurrence_id: str) -> Card | None:
    """A date for everybody in a channel."""
    found = load(turn, occurrence_id)
    if found is None:
        return None
    occurrence, meeting = found
    if occurrence.state != PLANNED:
        stands = outbox.standing(turn.db, turn.community.id, str(card.link(occurrence_id)))
        return cancelled(occurrence, meeting) if stands else None
    return shown(turn, occurrence, meeting, None)


def cancelled(occurrence: Occurrence, meeting: Meeting) -> Card:
    values: dict[str, Value] = {"title": meeting.title, "when": Moment(occurrence.starts)}
    text = say("**Cancelled**: {title} on {when}.", **values)
    if occurrence.state == DROPPED and meeting.state == PLANNED:
        text = say("**Other dates now**: {title} is not on {when} any more.", **values)
    return Card(blocks=(Prose(text),), tone="watch")


def shown(turn: Turn, occurrence: Occurrence, meeting: Meeting, mine: Rsvp | None) -> Card:
    """Everything about a date, and the buttons that still make sense."""
    when = say("{when}", when=Moment(occurrence.starts))
    length = say("{length}", length=occurrence.ends - occurrence.starts)
    pairs = [
        (say("When"), when),
        (say("Length"), length),
        (say("Host"), say("{who}", who=named(turn, meeting.host_id))),
        *kind_of(meeting),
    ]
    if meeting.venue:
        pairs.insert(2, (say("Where"), where(turn, meeting, mine)))
    blocks: list[Block] = [Fields(tuple(pairs)), Prose(who_comes(turn, occurrence))]
    if meeting.about:
        blocks.insert(0, Prose(say("{about}", about=meeting.about)))
    if meeting.rule:
        blocks.append(Note(rhythm(turn, meeting.rule)))
    if mine is not None:
        blocks.append(Prose(my_answer(mine)))
    if occurrence.starts <= turn.now:
        over = say("This meeting is over.") if occurrence.ends <= turn.now else say("This meeting has started.")
        return Card(say("{title}", title=meeting.title), (*blocks, Note(over)))
    return Card(say("{title}", title=meeting.title), tuple(blocks), buttons(occurrence))


def buttons(occurrence: Occurrence) -> tuple[Button, ...]:
    return (
        Button(say("Yes"), rsvp.link(occurrence.id, YES), "primary"),
        Button(say("Maybe"), rsvp.link(occurrence.id, MAYBE)),
        Button(say("No"), rsvp.link(occurrence.id, NO)),
        Button(say("Remind me"), reminders.link(occurrence.id)),
        Button(say("Add to my calendar"), calendar.link(occurrence.id)),
    )


def where(turn: Turn, meeting: Meeting, mine: Rsvp | None) -> Text:
    return venue_of(meeting.venue) if knows_venue(turn, meeting, mine) else say("shown to those who come")


def knows_venue(turn: Turn, meeting: Meeting, mine: Rsvp | None) -> bool:
    """A guarded place is for those who come or might, and for those who run the meeting."""
    if not meeting.guarded or (mine is not None and mine.answer != NO):
        return True
    return bool(turn.who.id) and may_change(turn, meeting)


def who_comes(turn: Turn, occurrence: Occurrence) -> Text:
    """Those who come by name, those who might as a number; who does not come is nobody's business."""
    said_so = diary.answers(turn.db, occurrence.id)
    yes, maybe = said_so[YES], len(said_so[MAYBE])
    if not yes and not maybe:
        return say("Nobody has answered yet. Will you come?")
    names = listed([say("{who}", who=Mention(m.id, m.name)) for m in yes[:NAMES_SHOWN]] + more_names(yes))
    coming = count("**{n} comes**: {names}", "**{n} come**: {names}", len(yes), names=names) if yes else Text()
    return lines(coming, count("{n} might come", "{n} might come", maybe) if maybe else Text())


def more_names(yes: list[Member]) -> list[Text]:
    return [say("and {n} more", n=len(yes) - NAMES_SHOWN)] if len(yes) > NAMES_SHOWN else []


def my_answer(mine: Rsvp) -> Text:
    match mine.answer:
        case "yes":
            return say("You are coming.")
        case "maybe":
            return say("You might come.")
        case _:
            return say("You are not coming.")


@meetings.action()
def rsvp(turn: Turn, occurrence_id: str, answer: Answer) -> list[Effect]:
    """Say whether you come; any time until it begins, and as often as you change your mind."""
    occurrence, meeting = still_open(turn, occurrence_id)
    mine = diary.rsvp_of(turn.db, occurrence.id, turn.who.id)
    changed = mine is None or mine.answer != answer
    if mine is None:
        usual = diary.last_choice(turn.db, meeting.id, turn.who.id)
        mine = Rsvp(
            occurrence_id=occurrence.id,
            member_id=turn.who.id,
            community_id=turn.community.id,
            answer=answer,
            day=usual.day if usual else False,
            hour=usual.hour if usual else False,
            at=turn.now,
        )
    if changed:
        mine.answer, mine.at = answer, turn.now
    turn.db.add(mine)
    turn.db.flush()
    edits: list[Effect] = [Refresh(card.link(occurrence.id))] if changed else []
    return [*edits, *planned_reminders(turn, occurrence, mine), Reply(receipt(turn, occurrence, meeting, mine))]


def receipt(turn: Turn, occurrence: Occurrence, meeting: Meeting, mine: Rsvp) -> Card:
    """What was noted, where to go, and the offer of reminders."""
    values: dict[str, Value] = {"title": meeting.title, "when": Moment(occurrence.starts)}
    if mine.answer == NO:
        text = say("Noted: you are not coming to **{title}** on {when}. Thank you for saying so.", **values)
        return Card(blocks=(Prose(text),))
    if mine.answer == YES:
        text = say("Noted: you are coming to **{title}** on {when}.", **values)
    else:
        text = say("Noted: you might come to **{title}** on {when}.", **values)
    there = say("Where: {venue}", venue=venue_of(meeting.venue)) if meeting.venue else Text()
    kept = lines(text, there, reminded(turn, occurrence, mine))
    return Card(blocks=(Prose(kept),), controls=(*choices(turn, occurrence, mine), calendar_button(occurrence)))


def calendar_button(occurrence: Occurrence) -> Button:
    return Button(say("Add to my calendar"), calendar.link(occurrence.id))


# Reminders: only for those who come or might, and only as they chose.


@meetings.action(reads=True)
def reminders(turn: Turn, occurrence_id: str) -> list[Effect]:
    """When to be reminded, as a choice."""
    occurrence, meeting = still_open(turn, occurrence_id)
    mine = attending(turn, occurrence)
    text = lines(say("**{title}** on {when}", title=meeting.title, when=Moment(occurrence.starts)),
                 reminded(turn, occurrence, mine))  # fmt: skip
    return [Reply(Card(blocks=(Prose(text),), controls=choices(turn, occurrence, mine)))]


@meetings.action()
def remind(turn: Turn, occurrence_id: str, ahead: Ahead) -> list[Effect]:
    """Choose when to be reminded."""
    occurrence, _ = still_open(turn, occurrence_id)
    mine = attending(turn, occurrence)
    mine.day, mine.hour = ahead in ("day", "both"), ahead in ("hour", "both")
    turn.db.add(mine)
    turn.db.flush()
    kept = Card(blocks=(Prose(reminded(turn, occurrence, mine)),), controls=choices(turn, occurrence, mine))
    return [*planned_reminders(turn, occurrence, mine), Reply(kept, "replace")]


def attending(turn: Turn, occurrence: Occurrence) -> Rsvp:
    mine = diary.rsvp_of(turn.db, occurrence.id, turn.who.id)
    if mine is None or mine.answer == NO:
        raise Refuse("I remind those who come or might. Do you?", offer=buttons(occurrence)[:2])
    return mine


def possible(turn: Turn, occurrence: Occurrence) -> list[str]:
    """Reminders whose time is still ahead."""
    return [name for name, before in BEFORE.items() if occurrence.starts - before > turn.now]


def choices(turn: Turn, occurrence: Occurrence, mine: Rsvp) -> tuple[Button, ...]:
    """The choices that are left, without the one that was made."""
    left = possible(turn, occurrence)
    labels = {
        "day": say("A day before"),
        "hour": say("An hour before"),
        "both": say("Both"),
        "none": say("No reminder"),
    }
    offered = [*left, *(["both"] if len(left) > 1 else []), *(["none"] if chosen(mine, left) != "none" else [])]
    return tuple(
        Button(labels[name], remind.link(occurrence.id, name)) for name in offered if name != chosen(mine, left)
    )


def chosen(mine: Rsvp, left: list[str]) -> str:
    day, hour = mine.day and "day" in left, mine.hour and "hour" in left
    if day and hour:
        return "both"
    return "day" if day else "hour" if hour else "none"


def reminded(turn: Turn, occurrence: Occurrence, mine: Rsvp) -> Text:
    left = possible(turn, occurrence)
    match chosen(mine, left):
        case "both":
            return say("I will remind you a day before and an hour before.")
        case "day":
            return say("I will remind you a day before.")
        case "hour":
            return say("I will remind you an hour before.")
        case _:
            return say("Shall I remind you?") if left else say("It starts soon, so I will not remind you.")


def planned_reminders(turn: Turn, occurrence: Occurrence, mine: Rsvp) -> list[Effect]:
    """A row for each reminder that was chosen and is still ahead."""
    if mine.answer == NO:
        return []
    return [
        Tell(
            mine.member_id,
            reminder.link(occurrence.id, occurrence.revision, name),
            REMINDERS,
            at=occurrence.starts - BEFORE[name],
            expires=half_time(occurrence),
            key=f"reminder:{occurrence.id}:{occurrence.revision}:{name}",
            about=occurrence.meeting_id,
        )
        for name in possible(turn, occurrence)
        if getattr(mine, name)
    ]


def half_time(occurrence: Occurrence) -> datetime:
    """Until when it is worth saying that it has begun."""
    return occurrence.starts + (occurrence.ends - occurrence.starts) / 2


@meetings.view()
def reminder(turn: Turn, occurrence_id: str, revision: int, name: str) -> Card | None:
    """A reminder, if it is still wanted and still true at the moment of sending."""
    found = load(turn, occurrence_id)
    mine = diary.rsvp_of(turn.db, occurrence_id, turn.who.id)
    if found is None or mine is None or mine.answer == NO or not (mine.day if name == "day" else mine.hour):
        return None
    occurrence, meeting = found
    if occurrence.state != PLANNED or occurrence.revision != revision or half_time(occurrence) < turn.now:
        return None
    if name == "day" and mine.hour and turn.now >= occurrence.starts - DAY_TOO_LATE:
        return None  # it is late, and the hour's reminder says it all
    when = Moment(occurrence.starts, "relative")
    soon = say("**{title}** starts {when}.", title=meeting.title, when=when)
    if occurrence.starts <= turn.now:  # the reminder is late
        soon = say("**{title}** has begun, {when}. You can still come.", title=meeting.title, when=when)
    there = say("Where: {venue}", venue=venue_of(meeting.venue)) if meeting.venue else Text()
    cannot = Button(say("I cannot come"), rsvp.link(occurrence.id, NO))
    return Card(blocks=(Prose(lines(soon, there)),), controls=(cannot,))


# Calendars.


@meetings.action(reads=True)
def calendar(turn: Turn, occurrence_id: str) -> list[Effect]:
    """A file for any calendar; loading a newer one replaces what an older one made."""
    occurrence, meeting = visible(turn, occurrence_id)
    mine = diary.rsvp_of(turn.db, occurrence.id, turn.who.id)
    venue = meeting.venue if knows_venue(turn, meeting, mine) else ""
    about = say("{title} for your calendar. If it changes, load it again.", title=meeting.title)
    return [Attach(invitation(occurrence, meeting, venue, turn.now), about)]


@meetings.action(on="merged")
def merged(turn: Turn) -> list[Effect]:
    """Two accounts became one person, who comes once."""
    return [Refresh(card.link(rsvp.occurrence_id)) for rsvp in diary.answered_by(turn.db, turn.who.id, turn.now)]


@meetings.action(on="left")
def left(turn: Turn) -> list[Effect]:
    """Whoever leaves the community is expected nowhere any more."""
    mine = diary.answered_by(turn.db, turn.who.id, turn.now)
    for rsvp in mine:
        turn.db.delete(rsvp)
    turn.db.flush()
    return [Refresh(card.link(rsvp.occurrence_id)) for rsvp in mine]
