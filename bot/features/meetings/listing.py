"""Listing: what is coming, with the reader's own answers."""

from typing import Annotated

from bot.actions import Opt, Role
from bot.calls import Turn
from bot.cards import Button, Card, Note, Prose, Row
from bot.effects import Effect, Reply
from bot.features.meetings.answering import my_answer, shown
from bot.features.meetings.feature import find_occurrence, meetings, standing, suggest_occurrences
from bot.pages import page
from bot.text import Command, Moment, Text, count, lines, listed, say
from storage import meetings as diary
from storage.meetings import Meeting, Occurrence

COMING_SHOWN = 3


@meetings.action("What is coming, and what you answered", command="meeting list", reads=True)
def overview(turn: Turn) -> list[Effect]:
    return [Reply(leaf(turn, 1))]


@meetings.action(reads=True)
def more(turn: Turn, number: int) -> list[Effect]:
    return [Reply(leaf(turn, number), "replace")]


def leaf(turn: Turn, number: int) -> Card:
    """One page of what is coming."""
    found = diary.coming(turn.db, turn.community.id, turn.who.id, turn.now)
    if not found:
        empty = say("No meetings are planned. A facilitator plans one with {create}.", create=Command("meeting create"))
        return Card(blocks=(Prose(empty),))
    part = page(found, number)
    rows = tuple(line(turn, occurrence, meeting) for occurrence, meeting in part.items)
    total = count("{n} date", "{n} dates", part.total)
    return Card(say("Coming meetings"), (*rows, Note(listed((total, part.caption)))), part.turns(more.link))


def line(turn: Turn, occurrence: Occurrence, meeting: Meeting) -> Row:
    first = say("**{title}**, {when}", title=meeting.title, when=Moment(occurrence.starts))
    return Row(lines(first, answer_of(turn, occurrence)), Button(say("Show"), look.link(occurrence.id)))


def answer_of(turn: Turn, occurrence: Occurrence) -> Text:
    """What the reader said about a date."""
    mine = diary.rsvp_of(turn.db, occurrence.id, turn.who.id)
    return my_answer(mine) if mine else say("Not answered yet.")


@meetings.action("Show a meeting", command="meeting show", reads=True)
def show(
    turn: Turn,
    *,
    meeting: Annotated[Occurrence, Opt("Which one?", find=find_occurrence, suggest=suggest_occurrences)],
) -> list[Effect]:
    return look.run(turn, meeting.id)


@meetings.action(reads=True)
def look(turn: Turn, occurrence_id: str) -> list[Effect]:
    occurrence, meeting = standing(turn, occurrence_id)
    mine = diary.rsvp_of(turn.db, occurrence.id, turn.who.id)
    return [Reply(shown(turn, occurrence, meeting, mine))]


@meetings.desk("coming")
def coming(turn: Turn) -> list[Row]:
    """The next three dates."""
    if turn.who.role < Role.MEMBER:
        return []
    found = diary.coming(turn.db, turn.community.id, turn.who.id, turn.now)[:COMING_SHOWN]
    return [line(turn, occurrence, meeting) for occurrence, meeting in found]
