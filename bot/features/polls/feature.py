"""What the polls feature shares: the feature itself, who may see and close a poll, and how one is found."""

from collections.abc import Sequence
from difflib import get_close_matches

from bot.actions import Feature, Refuse, Role
from bot.calls import Turn
from bot.cards import Option
from bot.text import Command, listed, said, say
from storage.groups import shut_places
from storage.polls import Booth, Poll, answered, booth, open_polls, recent_polls

polls = Feature("polls", say("Questions to everybody"))
RESULTS = polls.kind("results", "Results of your polls", "you asked this", quiet="wait")

CHOICES_MAX = 25  # options of one menu, on Discord
FOUND_AMONG = 100  # newest polls, when one is named


def ended(turn: Turn, poll: Poll | Booth) -> bool:
    """By hand, or by its time, whether or not the clock has come round to it."""
    return poll.closed is not None or poll.closes <= turn.now


def may_close(turn: Turn, poll: Poll | Booth) -> bool:
    return poll.author_id == turn.who.id or turn.who.role >= Role.COORDINATOR


def visible(turn: Turn, found: Sequence[Poll]) -> list[Poll]:
    """Without what was asked in private groups of others."""
    shut_here = shut_places(turn.db, turn.community.id, turn.who.id)
    return [p for p in found if p.place_id not in shut_here or p.author_id == turn.who.id]


def in_lists(turn: Turn, found: Sequence[Poll]) -> list[Poll]:
    """And without what its author kept where it was asked, but for those who have to do with it."""
    voted = answered(turn.db, turn.who.id, [p.id for p in found])
    return [p for p in visible(turn, found) if p.listed or p.author_id == turn.who.id or p.id in voted]


def booth_of(turn: Turn, poll_id: str) -> Booth:
    """The poll of a link, for this person; one that they may not see is not there."""
    found = booth(turn.db, poll_id, turn.who.id)
    theirs = found is not None and found.community_id == turn.community.id
    if found is None or not theirs or (found.shut and found.author_id != turn.who.id):
        raise Refuse("That poll is not there. {polls} shows those that are open.", polls=Command("poll list"))
    return found


def find(turn: Turn, typed: str) -> Poll:
    """The poll of a typed question, or of a part of it that only one has."""
    known = in_lists(turn, recent_polls(turn.db, turn.community.id, FOUND_AMONG))
    needle = typed.casefold()
    same = [p for p in known if needle in (p.id, p.question.casefold())]
    like = [p for p in known if needle in p.question.casefold()]
    if same or len(like) == 1:
        return (same or like)[0]
    near = get_close_matches(needle, (p.question.casefold() for p in known), 3)
    offered = [said(p.question) for p in known if p in like[:3] or p.question.casefold() in near]
    if offered:
        several = "Which poll is “{typed}”? Perhaps one of these: {near}."
        raise Refuse(several, field="poll", typed=typed[:40], near=listed(offered[:3]))
    raise Refuse("No poll asks “{typed}”.", field="poll", typed=typed[:40])


def suggest(turn: Turn, typed: str) -> list[Option]:
    return options(turn, in_lists(turn, recent_polls(turn.db, turn.community.id, FOUND_AMONG)), typed)


def suggest_closable(turn: Turn, typed: str) -> list[Option]:
    known = in_lists(turn, open_polls(turn.db, turn.community.id, turn.now))
    return options(turn, [p for p in known if may_close(turn, p)], typed)


def options(turn: Turn, known: list[Poll], typed: str) -> list[Option]:
    found = [p for p in known if typed.strip().casefold() in p.question.casefold()]
    return [Option(p.id, said(p.question)) for p in sorted(found, key=lambda p: ended(turn, p))]
