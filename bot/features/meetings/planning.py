"""Planning: a meeting or a series is previewed, posted, kept some dates ahead, and its channel is reminded."""

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from sqlmodel import col

from bot.actions import Opt, Refuse, Role
from bot.addresses import read_address
from bot.calls import Turn
from bot.cards import Block, Button, Card, Fields, Note, Prose
from bot.effects import Confirm, Effect, Forget, Later, Post, Refresh, Reply
from bot.features.meetings.answering import calendar_button, card, knows_venue, rsvp, who_comes
from bot.features.meetings.feature import (
    TITLE_MAX,
    Kind,
    check_planner,
    kind_of,
    load,
    meetings,
    rhythm,
    venue_of,
)
from bot.people import named
from bot.text import Moment, Text, Value, Zoned, lines, listed, said, say
from bot.times import Note as Remark
from bot.times import When
from storage import meetings as diary
from storage import outbox
from storage.counting import how_many
from storage.meetings import PLANNED, YES, Meeting, Occurrence
from storage.people import Member
from storage.places import Place

DATES_AHEAD = 4  # dates of a series that people can already answer
PREVIEWED = 3
LENGTH_LEAST, LENGTH_MOST = timedelta(minutes=5), timedelta(hours=24)
VENUE_MAX = 300
ABOUT_MAX = 500
SERIES_MINE, SERIES_OURS = 20, 200  # that go on at a time, of one person and of a community
NUDGE = 60  # minutes before the start
NUDGE_MOST = 24 * 60

Venue = Annotated[str, Opt("A place, or an https link", max=VENUE_MAX)]
About = Annotated[str, Opt("What is it about, and what should people know to take part?", max=ABOUT_MAX, long=True)]
Nudge = Annotated[int, Opt("Minutes before at which the channel is reminded; 0 for never", min=0, max=NUDGE_MOST)]


@meetings.action(
    "Plan a meeting or a series, as a facilitator or in a group that you lead",
    title="Plan a meeting",
    command="meeting create",
    anywhere="Plan a meeting",
)
def create(
    turn: Turn,
    *,
    title: Annotated[str, Opt("What is it called?", max=TITLE_MAX)],
    when: Annotated[When, Opt("Such as: tomorrow 18:00, or: every other thursday 10:00", hint="next tuesday 15:00")],
    length: Annotated[timedelta, Opt("How long, such as 90 min")] = timedelta(hours=1),
    where: Venue = "",
    about: About = "",
    host: Annotated[Member | None, Opt("Who hosts it? You, when empty")] = None,
    nudge: Nudge = NUDGE,
    guarded: Annotated[bool, Opt("Show the place only to those who come?")] = False,
    kind: Annotated[Kind, Opt("What sort of meeting is it?")] = "meeting",
) -> list[Effect]:
    """Shown first with every assumption, and posted only after a yes."""
    place = turn.here()
    group = check_planner(turn)
    minutes = minutes_of(length)
    check_room(turn, when)
    if host is not None and host.status != "member":
        raise Refuse("{who} is not a member yet, so cannot host.", field="host", who=named(turn, host.id))
    dates = when.instants(turn.now, PREVIEWED)
    if not dates:
        raise Refuse("That time has passed meanwhile. Choose a later one.", field="when")
    meeting = Meeting(
        community_id=turn.community.id,
        host_id=host.id if host else turn.who.id,
        creator_id=turn.who.id,
        place_id=place.id,
        group_id=group.id if group else None,
        title=title,
        kind=kind,
        about=about,
        venue=where,
        guarded=guarded,
        minutes=minutes,
        zone=when.zone.key,
        start=when.start,
        rule=when.rule,
        nudge=nudge,
        created=turn.now,
    )
    if not turn.confirmed:
        return [Confirm(preview(turn, meeting, when, dates), say("Post it"))]
    turn.db.add(meeting)
    turn.db.flush()
    add_dates(turn, meeting, dates[:1] if not meeting.rule else [])
    effects = upkeep(turn, meeting)
    first = diary.ahead(turn.db, meeting.id, turn.now)[0]
    text = say("Planned: **{title}**, {when}. It is posted.", title=title, when=Moment(first.starts))
    return [*effects, Reply(Card(blocks=(Prose(text),), controls=(calendar_button(first),)))]


def check_room(turn: Turn, when: When) -> None:
    """Series go on by themselves, so they are counted; a single meeting is over some day."""
    running = (col(Meeting.community_id) == turn.community.id, col(Meeting.rule) != "", col(Meeting.state) == PLANNED)
    if not when.rule:
        return
    if how_many(turn.db, Meeting, *running, col(Meeting.creator_id) == turn.who.id) >= SERIES_MINE:
        raise Refuse(
            "You have planned {n} series, which is as many as I keep. Cancel one of them first.", n=SERIES_MINE
        )
    if how_many(turn.db, Meeting, *running) >= SERIES_OURS:
        raise Refuse("There are {n} series here, which is as many as I keep. Cancel one of them first.", n=SERIES_OURS)


def minutes_of(length: timedelta) -> int:
    if not LENGTH_LEAST <= length <= LENGTH_MOST:
        raise Refuse("A meeting lasts 5 minutes to 24 hours.", field="length")
    return int(length.total_seconds() // 60)


def preview(turn: Turn, meeting: Meeting, when: When, dates: list[datetime]) -> Card:
    """Weekday, date, time and zone as they were read, and what to think of before people see it."""
    pairs = [(say("When"), say("{when}", when=zoned(dates[0], when.zone)))]
    if meeting.rule:
        pairs.append((say("Repeats"), rhythm(turn, meeting.rule)))
        pairs.append((say("Then"), lines(*(say("{when}", when=zoned(at, when.zone)) for at in dates[1:]))))
    pairs.append((say("Length"), say("{length}", length=timedelta(minutes=meeting.minutes))))
    pairs += kind_of(meeting)
    if meeting.venue:
        pairs.append((say("Where"), venue_of(meeting.venue)))
    pairs.append((say("Host"), say("{who}", who=named(turn, meeting.host_id))))
    warnings = [*remarks(when.notes), *doubts(turn, meeting, dates[0])]
    blocks: list[Block] = [Fields(tuple(pairs)), *(Note(w) for w in warnings if w)]
    if meeting.about:
        blocks.insert(0, Prose(said(meeting.about)))
    return Card(say("Plan “{title}”?", title=meeting.title), tuple(blocks))


def zoned(at: datetime, zone: ZoneInfo) -> Value:
    return Zoned(at, zone.key)


def remarks(notes: Iterable[Remark]) -> list[Text]:
    """What reading the time has to say."""
    return [say(note.template, **{name: remark_value(v) for name, v in note.values.items()}) for note in notes]


def remark_value(value: object) -> Value:
    match value:
        case datetime(tzinfo=ZoneInfo() as zone):
            return zoned(value, zone)
        case ZoneInfo(key=key):
            return key
        case _:
            return value  # type: ignore[return-value]


def doubts(turn: Turn, meeting: Meeting, at: datetime) -> list[Text]:
    """What may be wrong and is not for the bot to decide."""
    return [
        unsafe(meeting.venue),
        same_time(turn, meeting, at),
        all_year(turn, meeting.zone) if meeting.rule else Text(),
    ]


def all_year(turn: Turn, zone: str) -> Text:
    if zone == turn.community.zone:
        return Text()
    return say("It keeps this time of {zone} all year, whatever clocks do elsewhere.", zone=zone)


def unsafe(venue: str) -> Text:
    if "://" not in venue:
        return Text()
    address = read_address(venue)
    return Text() if address and address.secure else say("That link does not begin with https. Is it right?")


def same_time(turn: Turn, meeting: Meeting, at: datetime) -> Text:
    others = diary.overlapping(turn.db, turn.community.id, turn.who.id, at, meeting.minutes, meeting.id)
    return (
        say("At that time there is also {others}.", others=listed(said(m.title) for m in others[:3]))
        if others
        else Text()
    )


# Keeping dates ahead: the channel has the card of the next one, and people can answer some more.


def add_dates(turn: Turn, meeting: Meeting, dates: Iterable[datetime]) -> None:
    zone = ZoneInfo(meeting.zone)
    for at in dates:
        row = Occurrence(
            community_id=meeting.community_id,
            meeting_id=meeting.id,
            local_date=day_of(at, zone),
            planned=at,
            starts=at,
            ends=at + timedelta(minutes=meeting.minutes),
        )
        turn.db.add(row)
    turn.db.flush()


def rule_of(meeting: Meeting) -> When:
    return When(meeting.start, ZoneInfo(meeting.zone), meeting.rule)


def day_of(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()


def by_rule(when: When, now: datetime, but: Collection[date], most: int) -> list[datetime]:
    """The next dates of a rhythm, without these days."""
    found = when.instants(now, most + len(but))
    return [at for at in found if day_of(at, when.zone) not in but][:most]


def lacking(turn: Turn, meeting: Meeting) -> list[datetime]:
    """The next dates by the rule that are not there yet.  A cancelled one stays cancelled, and another one is added."""
    when = rule_of(meeting)
    known = diary.days(turn.db, meeting.id, day_of(turn.now, when.zone))
    cancelled = {day for day, row in known.items() if row.state != PLANNED}
    dates = by_rule(when, turn.now, cancelled, DATES_AHEAD)
    return [at for at in dates if day_of(at, when.zone) not in known]


def upkeep(turn: Turn, meeting: Meeting) -> list[Effect]:
    """Plan the dates ahead; show the next one, remind its channel, and come back when it is over."""
    if meeting.rule:
        add_dates(turn, meeting, lacking(turn, meeting))
    dates = diary.ahead(turn.db, meeting.id, turn.now)
    place = turn.get(Place, meeting.place_id)
    if not dates or place is None:
        return [Forget(f"meeting:{meeting.id}")]
    first = dates[0]
    return [
        Post(place, card.link(first.id), key=f"meeting:{first.id}"),
        *nudge_for(place, meeting, first, turn.now),
        Later(first.ends, roll.link(meeting.id, first.id), key=f"meeting:{meeting.id}"),
    ]


def nudge_for(place: Place, meeting: Meeting, first: Occurrence, now: datetime) -> list[Effect]:
    at = first.starts - timedelta(minutes=meeting.nudge)
    if not meeting.nudge or at <= now:
        return []
    key = f"nudge:{first.id}:{first.revision}"
    return [Post(place, nudge_card.link(first.id, first.revision), at=at, key=key)]


@meetings.action(needs=Role.SYSTEM)
def roll(turn: Turn, meeting_id: str, occurrence_id: str) -> list[Effect]:
    """A date is over: its card says so, and the next one is shown."""
    meeting = turn.get(Meeting, meeting_id)
    if meeting is None or meeting.state != PLANNED:
        return []
    return [Refresh(card.link(occurrence_id)), *upkeep(turn, meeting)]


@meetings.view()
def nudge_card(turn: Turn, occurrence_id: str, revision: int) -> Card | None:
    """It starts soon: for the channel, once, and never after it has begun."""
    found = load(turn, occurrence_id)
    if found is None:
        return None
    occurrence, meeting = found
    if occurrence.state != PLANNED or occurrence.revision != revision:
        stands = outbox.standing(turn.db, turn.community.id, str(nudge_card.link(occurrence_id, revision)))
        return Card(blocks=(Prose(say("**{title}** has changed.", title=meeting.title)),)) if stands else None
    if occurrence.starts <= turn.now or not meeting.nudge:
        return None
    text = say("**{title}** starts {when}.", title=meeting.title, when=Moment(occurrence.starts, "relative"))
    there = say("Where: {venue}", venue=venue_of(meeting.venue)) if shows_venue(turn, meeting) else Text()
    come = Button(say("I am coming"), rsvp.link(occurrence.id, YES), "primary")
    return Card(blocks=(Prose(lines(text, there)), Note(who_comes(turn, occurrence))), controls=(come,))


def shows_venue(turn: Turn, meeting: Meeting) -> bool:
    return bool(meeting.venue) and knows_venue(turn, meeting, None)
