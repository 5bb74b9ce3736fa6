"""Mending: rooms and seats that were changed by hand.  The list of a group's people counts, and nobody is thrown out.

Who is missing in the room is let in again, who was let in by hand belongs to an open group from then on, and of anybody
else its lead hears once.
"""

from collections.abc import Sequence
from datetime import timedelta

from bot.actions import Refuse, Role
from bot.calls import Room, Turn
from bot.cards import Button, Card, card
from bot.effects import Effect, Join, Open, Refresh, Reply, Tell
from bot.features.groups.feature import group_of, groups, must_change
from bot.features.groups.seats import home, must_be_member, place_of
from bot.text import Mention, count, lines, listed, say
from storage.groups import (
    CLOSED,
    IN,
    INVITED,
    RESTING,
    Group,
    full,
    group_at,
    hold,
    roster,
    seat_of,
    sit,
)
from storage.outbox import told_of
from storage.people import Member, coordinators, refs_in

BESIDE = groups.kind("beside", "People in a group's channel who are not in the group", "you look after this group")

LET_IN_AGAIN = timedelta(days=30)  # who goes out of the room a second time means it
NAMED_AT_ONCE = 5  # people in one message: each has a button, and their ids have to fit into its link


@groups.action(on="room")
def looked_at(turn: Turn) -> list[Effect]:
    """Make the room of a group in one chat what the group says."""
    room = turn.room
    group = group_at(turn.db, room.place.id) if room else None
    if room is None or group is None or group.status == CLOSED:
        return []
    hold(turn.db, group)
    inside = roster(turn.db, group.id)
    known = refs_in(turn.db, turn.space.id, {m.id for m in inside}) if turn.space else {}
    here = [m for m in inside if m.id in known]
    match room.state:
        case "missing":
            return [Open(room.place)]  # its people are let in when it is there
        case "lost":
            return [Open(room.place), *(Join(m.id, room.place) for m in here)]
        case "there":
            absent = [m for m in here if m.id not in room.seated]
            return [*let_in(turn, group, absent), *found_inside(turn, group, room, {m.id for m in inside})]


def let_in(turn: Turn, group: Group, absent: Sequence[Member]) -> list[Effect]:
    """Give seats back.  Not to those who went again: in some chats people leave a channel by themselves."""
    effects: list[Effect] = []
    for member in absent:
        seat = seat_of(turn.db, group.id, member.id)
        if seat is None or (seat.restored is not None and turn.now - seat.restored < LET_IN_AGAIN):
            continue
        seat.restored = turn.now
        turn.db.add(seat)
        effects.append(Join(member.id, place_of(turn, group)))
    return effects


def found_inside(turn: Turn, group: Group, room: Room, inside: set[str]) -> list[Effect]:
    """Who was let in by hand is in the group, where anybody may be; otherwise its lead decides."""
    effects: list[Effect] = []
    beside: list[Member] = []
    named = str(beside_of.link(group.id, ""))
    for member_id in sorted(room.seated - inside):
        member = turn.get(Member, member_id)
        if member is not None and may_belong(turn, group, member):
            sit(turn.db, group, member.id, IN, turn.now)
            effects.append(Join(member.id, room.place))
        elif member is not None and not told_of(turn.db, turn.community.id, named, member.id):
            beside.append(member)
    if effects:
        effects.append(Refresh(home.link(group.id)))
    return [*effects, *tell_of(turn, group, beside)]


def may_belong(turn: Turn, group: Group, member: Member) -> bool:
    """Whether they could have joined by themselves."""
    if member.status != "member" or group.status == RESTING or full(turn.db, group):
        return False
    seat = seat_of(turn.db, group.id, member.id)
    return not group.private or (seat is not None and seat.state == INVITED)


def tell_of(turn: Turn, group: Group, beside: Sequence[Member]) -> list[Effect]:
    """Tell the lead, or the coordinators where nobody leads."""
    able = (
        [group.lead_id] if group.lead_id else [m.id for m in coordinators(turn.db, turn.community.id, Role.COORDINATOR)]
    )
    told = [beside[start : start + NAMED_AT_ONCE] for start in range(0, len(beside), NAMED_AT_ONCE)]
    links = [beside_of.link(group.id, ",".join(m.id for m in few)) for few in told]
    return [Tell(member_id, link, BESIDE) for link in links for member_id in able]


@groups.view()
def beside_of(turn: Turn, group_id: str, member_ids: str) -> Card | None:
    """People who are in the channel and not in the group."""
    group = turn.get(Group, group_id)
    if group is None or group.status == CLOSED:
        return None
    found = (turn.get(Member, member_id) for member_id in member_ids.split(","))
    people = [m for m in found if m is not None and not belongs(turn, group, m)]
    if not people:
        return card(say("Everybody in the channel of **{group}** is in the group now.", group=group.name))
    names = listed(say("{name}", name=Mention(m.id, m.name)) for m in people)
    text = count(
        "Somebody let {names} into the channel of **{group}** by hand, who is not in the group.",
        "Somebody let {names} into the channel of **{group}** by hand, who are not in the group.",
        len(people), names=names, group=group.name,
    )  # fmt: skip
    offers = (
        Button(say("Add {name}", name=m.name), add.link(group.id, m.id)) for m in people
        if m.status == "member"
    )  # fmt: skip
    return card(lines(text, say("I leave it as it is. If they belong there, add them.")), *offers)


def belongs(turn: Turn, group: Group, member: Member) -> bool:
    seat = seat_of(turn.db, group.id, member.id)
    return seat is not None and seat.state == IN


@groups.action()
def add(turn: Turn, group_id: str, member_id: str) -> list[Effect]:
    """Whoever was let in by hand is in the group."""
    group = group_of(turn, group_id)
    must_change(turn, group)
    member = turn.get(Member, member_id)
    if member is None:
        raise Refuse("I do not know them any more.")
    must_be_member(member, "")
    hold(turn.db, group)
    done = Reply(card(say("{name} is in **{group}** now.", name=member.name, group=group.name)))
    if belongs(turn, group, member):
        return [done]
    if full(turn.db, group):
        raise Refuse("**{group}** is full. Give it another place first.", group=group.name)
    sit(turn.db, group, member.id, IN, turn.now)
    return [Join(member.id, place_of(turn, group)), Refresh(home.link(group.id)), done]
