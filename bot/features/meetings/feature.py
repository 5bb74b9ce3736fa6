"""What the parts of meetings share: the feature, who may change what, and how a date is named and found."""

from difflib import get_close_matches
from typing import Literal

from bot.actions import Feature, Rank, Refuse, Role
from bot.addresses import read_address
from bot.calls import Turn
from bot.cards import Option
from bot.people import named
from bot.text import Command, Href, Moment, Text, listed, said, say
from bot.times import describe_rule, last_day
from storage import meetings as diary
from storage.audience import group_at
from storage.groups import Group
from storage.meetings import DROPPED, PLANNED, Meeting, Occurrence
from storage.people import coordinators

meetings = Feature("meetings", say("Plan meetings, say whether you come, be reminded"))

REMINDERS = meetings.kind(
    "reminders",
    "Meeting reminders",
    "you asked to be reminded of this meeting",
    "early",
    rank=Rank.REMINDER,
)
CHANGES = meetings.kind(
    "changes",
    "Changed meetings",
    "you said that you come, or might, to this meeting",
    "now",
    rank=Rank.CHANGE,
)

Kind = Literal["meeting", "case table", "show and tell", "reading", "co-working", "talk"]

TITLE_MAX = 100
LABEL_TITLE = 60  # characters of a title beside its date in a list of options
OPTIONS_MOST = 25


def load(turn: Turn, occurrence_id: str) -> tuple[Occurrence, Meeting] | None:
    """A date with its meeting, as the clock and the channels see it."""
    occurrence = turn.get(Occurrence, occurrence_id)
    meeting = turn.get(Meeting, occurrence.meeting_id) if occurrence else None
    return (occurrence, meeting) if occurrence and meeting else None


def visible(turn: Turn, occurrence_id: str) -> tuple[Occurrence, Meeting]:
    """A date with its meeting, for somebody who may see it."""
    found = load(turn, occurrence_id)
    if found is None or not diary.may_see(turn.db, found[1], turn.who.id):
        raise Refuse("That meeting does not exist. {list} shows what is planned.", list=Command("meeting list"))
    return found


def standing(turn: Turn, occurrence_id: str) -> tuple[Occurrence, Meeting]:
    """A date that takes place, or did; a kind no otherwise."""
    occurrence, meeting = visible(turn, occurrence_id)
    if occurrence.state == DROPPED:
        raise Refuse(
            "“{title}” has other dates now. {list} shows them.", title=meeting.title, list=Command("meeting list")
        )
    if occurrence.state != PLANNED:
        raise Refuse("“{title}” on {day} was cancelled.", title=meeting.title, day=Moment(occurrence.starts, "date"))
    return occurrence, meeting


def still_open(turn: Turn, occurrence_id: str) -> tuple[Occurrence, Meeting]:
    """A date that has not begun; a kind no otherwise."""
    occurrence, meeting = standing(turn, occurrence_id)
    if occurrence.ends <= turn.now:
        raise Refuse("“{title}” on {day} is over.", title=meeting.title, day=Moment(occurrence.starts, "date"))
    if occurrence.starts <= turn.now:
        raise Refuse("“{title}” has started. Just come in, if you can.", title=meeting.title)
    return occurrence, meeting


def changeable(turn: Turn, occurrence_id: str) -> tuple[Occurrence, Meeting]:
    """A date that has not begun, for those who may change it."""
    occurrence, meeting = still_open(turn, occurrence_id)
    if not may_change(turn, meeting):
        who = named(turn, meeting.host_id)
        raise Refuse("Only {host} or a facilitator can change this meeting.", host=who, denied=True)
    return occurrence, meeting


def may_change(turn: Turn, meeting: Meeting) -> bool:
    group = turn.get(Group, meeting.group_id) if meeting.group_id else None
    return turn.who.id in (meeting.host_id, meeting.creator_id) or leads(turn, group)


def leads(turn: Turn, group: Group | None) -> bool:
    """Facilitators plan everywhere, and who leads a group plans in it."""
    return turn.who.role >= Role.FACILITATOR or (group is not None and group.lead_id == turn.who.id)


def check_planner(turn: Turn) -> Group | None:
    """The group whose channel this is, if any; refused for those who may plan nothing here."""
    group = group_at(turn.db, turn.here().id)
    if leads(turn, group):
        return group
    able = coordinators(turn.db, turn.community.id, Role.FACILITATOR)
    if able:
        people = listed(said(m.name) for m in able[:3])
        raise Refuse("Planning a meeting needs a facilitator. You could ask {people}.", people=people, denied=True)
    raise Refuse("Planning a meeting needs a facilitator. Whoever manages this chat can name one.", denied=True)


def kind_of(meeting: Meeting) -> list[tuple[Text, Text]]:
    """What sort of meeting it is, where it is more than just a meeting."""
    return [] if meeting.kind == "meeting" else [(say("Kind"), say(meeting.kind))]


def venue_of(venue: str) -> Text:
    """Where it is: a link if it is written as one, else words."""
    address = read_address(venue) if "://" in venue or venue.lower().startswith("www.") else None
    return say("{link}", link=Href("", address.url)) if address else said(venue)


def rhythm(turn: Turn, rule: str) -> Text:
    """How it repeats, in words."""
    template, values = describe_rule(rule, turn.who.locale)
    words = say(template, **values)
    until = last_day(rule)
    return say("{rhythm}, until {day}", rhythm=words, day=until) if until else words


# What people type: a date by its meeting's title.


def find_occurrence(turn: Turn, typed: str) -> Occurrence:
    """A date by its id, or the next one of a meeting by title."""
    if (known := load(turn, typed)) is not None and diary.may_see(turn.db, known[1], turn.who.id):
        return known[0]
    titles: dict[str, tuple[Occurrence, Meeting]] = {}
    for occurrence, meeting in diary.coming(turn.db, turn.community.id, turn.who.id, turn.now):
        titles.setdefault(meeting.title.casefold(), (occurrence, meeting))
    if typed.casefold() in titles:
        return titles[typed.casefold()][0]
    near = get_close_matches(typed.casefold(), titles, 3, 0.4)
    if near:
        raise Refuse(
            "No meeting called “{typed}” is planned. Did you mean {near}?",
            field="meeting", typed=typed[:TITLE_MAX], near=listed(said(titles[n][1].title) for n in near),
        )  # fmt: skip
    raise Refuse(
        "No meeting called “{typed}” is planned. {list} shows what is.",
        field="meeting", typed=typed[:TITLE_MAX], list=Command("meeting list"),
    )  # fmt: skip


def suggest_occurrences(turn: Turn, typed: str) -> list[Option]:
    needle = typed.strip().casefold()
    found = diary.coming(turn.db, turn.community.id, turn.who.id, turn.now)
    chosen = [pair for pair in found if needle in pair[1].title.casefold()]
    return [Option(occurrence.id, label(occurrence, meeting)) for occurrence, meeting in chosen[:OPTIONS_MOST]]


def label(occurrence: Occurrence, meeting: Meeting) -> Text:
    title = meeting.title if len(meeting.title) <= LABEL_TITLE else meeting.title[: LABEL_TITLE - 1] + "…"
    return say("{title}, {when}", title=title, when=Moment(occurrence.starts, "relative"))
