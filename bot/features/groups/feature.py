"""What all of the groups feature shares: the feature, who may see and change a group, and how one is found by name."""

from difflib import SequenceMatcher
from heapq import nlargest

from bot.actions import Feature, Refuse, Role
from bot.calls import Turn
from bot.cards import Option
from bot.text import Command, Text, count, joined, listed, said, say
from storage.groups import (
    CLOSED,
    IN,
    INVITED,
    RESTING,
    WAITING,
    Group,
    Seat,
    groups_of,
    head_counts,
    key_of,
    place_in_line,
    seat_of,
    seats_of,
)
from storage.people import Member

groups = Feature("groups", say("Groups that people join by themselves"))
PROMOTED = groups.kind("promoted", "A place in a group that you waited for", "you were waiting for this place")
INVITED_TO = groups.kind("invited", "Invitations to groups", "somebody of this group invited you", unasked=True)
LEADING = groups.kind(
    "leading", "Groups that you were asked to lead", "you were named as the lead of this group", unasked=True
)

ALIKE = 0.5  # from 0, nothing in common, to 1, the same: below this a name is no likely slip
NEAREST = 3


def visible(turn: Turn, group: Group, seat: Seat | None) -> bool:
    """Whether this person may know that the group exists."""
    return not group.private or seat is not None or turn.who.role >= Role.COORDINATOR


def seen_by(turn: Turn) -> list[Group]:
    """The groups that this person may know of, by name."""
    mine = seats_of(turn.db, turn.who.id)
    return [g for g in groups_of(turn.db, turn.community.id) if visible(turn, g, mine.get(g.id))]


def group_of(turn: Turn, group_id: str) -> Group:
    """The group of a link; one that this person may not know of is not there."""
    group = turn.get(Group, group_id)
    if group is None or not visible(turn, group, seat_of(turn.db, group_id, turn.who.id)):
        raise Refuse("That group is not there. {groups} shows those that are.", groups=Command("group list"))
    if group.status == CLOSED:
        closed = "**{group}** is closed. {groups} shows the others."
        raise Refuse(closed, group=group.name, groups=Command("group list"))
    return group


def lead_of(turn: Turn, group: Group) -> Member | None:
    return turn.get(Member, group.lead_id) if group.lead_id else None


def leads(turn: Turn, group: Group) -> bool:
    """Every group is a coordinator's to look after."""
    return turn.who.role >= Role.COORDINATOR or group.lead_id == turn.who.id


def may_change(turn: Turn, group: Group) -> bool:
    """What nobody leads is looked after by facilitators as well."""
    return leads(turn, group) or (group.lead_id is None and turn.who.role >= Role.FACILITATOR)


def must_lead(turn: Turn, group: Group) -> None:
    if not leads(turn, group):
        raise not_theirs(turn, group)


def must_change(turn: Turn, group: Group) -> None:
    if not may_change(turn, group):
        raise not_theirs(turn, group)


def not_theirs(turn: Turn, group: Group) -> Refuse:
    """A no that says whom to ask."""
    lead = lead_of(turn, group)
    if lead is None:
        return Refuse("A coordinator can do that: **{group}** has no lead now.", group=group.name, denied=True)
    asks = "The lead of **{group}** can do that. You could ask {lead}."
    return Refuse(asks, group=group.name, lead=said(lead.name), denied=True)


def find(turn: Turn, typed: str) -> Group:
    """The group of a typed name, or the nearest names."""
    known = {group.key: group for group in seen_by(turn)}
    found = known.get(key_of(typed))
    if found is not None:
        return found
    if not known:
        none = "There are no groups yet. A facilitator can start one with {create}."
        raise Refuse(none, field="group", create=Command("group create"))
    near = nlargest(NEAREST, ((alike(key_of(typed), key), group.name) for key, group in known.items()))
    names = [said(name) for score, name in near if score >= ALIKE]
    if not names:
        unknown = "No group “{typed}”. {groups} shows them all."
        raise Refuse(unknown, field="group", typed=typed[:40], groups=Command("group list"))
    raise Refuse("No group “{typed}”. Did you mean {near}?", field="group", typed=typed[:40], near=either(names))


def either(names: list[Text]) -> Text:
    """Names to choose from: one, two or three."""
    return say("{names} or {last}", names=listed(names[:-1]), last=names[-1]) if len(names) > 1 else names[0]


def alike(typed: str, key: str) -> float:
    """How near a typed name is to a name, or to the nearest of its words."""
    return max(SequenceMatcher(None, typed, part).ratio() for part in (key, *key.split()))


def suggest(turn: Turn, typed: str) -> list[Option]:
    """Groups whose name or purpose has what was typed."""
    return options(turn, seen_by(turn), typed)


def suggest_mine(turn: Turn, typed: str) -> list[Option]:
    """The same among the groups in which the person has or waits for a seat."""
    mine = seats_of(turn.db, turn.who.id)
    return options(turn, [g for g in seen_by(turn) if g.id in mine], typed)


def suggest_changeable(turn: Turn, typed: str) -> list[Option]:
    """The same among the groups that the person may change."""
    return options(turn, [g for g in seen_by(turn) if may_change(turn, g)], typed)


def suggest_led(turn: Turn, typed: str) -> list[Option]:
    """The same among the groups that are theirs to close."""
    return options(turn, [g for g in seen_by(turn) if leads(turn, g)], typed)


def options(turn: Turn, known: list[Group], typed: str) -> list[Option]:
    needle = key_of(typed)
    matching = [g for g in known if needle in g.key or needle in key_of(g.purpose)]
    matching.sort(key=lambda g: (not g.key.startswith(needle), g.key))
    heads = head_counts(turn.db, turn.community.id)
    return [Option(g.name, joined((said(g.name), places(g, heads[g.id, IN])), ": ")) for g in matching]


def places(group: Group, seated: int) -> Text:
    """How many are in it, and of how many."""
    if group.status == RESTING:
        return say("Resting for now.")
    if group.capacity is None:
        return count("{n} person.", "{n} people.", seated)
    return count("{seated} of {n} place.", "{seated} of {n} places.", group.capacity, seated=seated)


def standing(turn: Turn, seat: Seat | None) -> Text:
    """What the group is to this person; nothing when they have nothing to do with it."""
    if seat is None:
        return Text()
    if seat.state == WAITING:
        return say("You are number {n} on the waiting list.", n=place_in_line(turn.db, seat))
    return say("You are invited.") if seat.state == INVITED else say("You are in it.")
