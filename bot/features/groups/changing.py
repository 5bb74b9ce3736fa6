"""Starting a group, changing it, and inviting people into it."""

import re
from itertools import chain
from itertools import count as numbers
from typing import Annotated

from bot.actions import Opt, Refuse, Role
from bot.calls import Turn
from bot.cards import Button, Card, Fields, Note, card
from bot.effects import Ask, Confirm, Effect, Open, Post, Refresh, Reply, Tell
from bot.features.groups import seats
from bot.features.groups.feature import (
    INVITED_TO,
    find,
    group_of,
    groups,
    lead_of,
    must_change,
    suggest_changeable,
    visible,
)
from bot.text import ChannelRef, Command, joined, said, say
from storage.columns import new_id
from storage.groups import (
    ACTIVE,
    FORMING,
    IN,
    INVITED,
    RESTING,
    Group,
    full,
    group_named,
    hold,
    key_of,
    place_named,
    roster,
    seat_of,
    sit,
)
from storage.people import Member, refs_in
from storage.places import Place, make_place

NAME_MAX, PURPOSE_MAX = 60, 300
CAPACITY_MAX = 1000  # more is a community of its own

Name = Annotated[str, Opt("What is it called?", min=2, max=NAME_MAX, hint="Mentor Retention")]
Purpose = Annotated[str, Opt("What is it for?", min=3, max=PURPOSE_MAX, hint="Keeping mentors past month 6")]
Capacity = Annotated[int | None, Opt("How many places? Empty: no limit", label="Places", min=1, max=CAPACITY_MAX)]


@groups.action("Start a group", command="group create", needs=Role.FACILITATOR)
def create(
    turn: Turn,
    *,
    name: Name,
    purpose: Purpose,
    capacity: Capacity = None,
    lead: Annotated[Member | None, Opt("Who leads it? You, when empty")] = None,
    private: Annotated[bool, Opt("Only its members see it, and people come by invitation")] = False,
) -> list[Effect]:
    must_be_free(turn, name)
    if lead is not None:
        seats.must_be_member(lead, "lead")
    shown_in = None if private else turn.here()
    group = Group(
        id=new_id(),
        community_id=turn.community.id,
        name=name,
        key=key_of(name),
        purpose=purpose,
        lead_id=lead.id if lead else turn.who.id,
        capacity=capacity,
        private=private,
        status=ACTIVE,
        place_id="",  # made when the person has agreed
        created=turn.now,
    )
    if not turn.confirmed:
        return [Confirm(preview(turn, group, lead, shown_in), say("Create it"))]
    place = make_place(turn.db, turn.community.id, f"group:{group.id}", channel_name(turn, name))
    group.place_id = place.id
    turn.db.add(group)
    turn.db.flush()
    told = say("**{group}** is there.", group=name)
    leader = lead or turn.db.get_one(Member, turn.who.id)
    effects: list[Effect] = [Open(place), *seats.put_in_charge(turn, group, leader)]
    if shown_in is None:
        by_invitation = say("Invite people with {invite}.", invite=Command("group invite"))
        return [*effects, Reply(card(joined((told, by_invitation), " ")), "replace")]
    return [*effects, Post(shown_in, seats.home.link(group.id)), Reply(card(told), "replace")]


def must_be_free(turn: Turn, name: str, group: Group | None = None) -> None:
    """Refuse a name without letters, or one that another group has."""
    if not re.search(r"\w", name):
        raise Refuse("A name needs a letter or a number.", field="name")
    other = group_named(turn.db, turn.community.id, name)
    if other is None or (group is not None and other.id == group.id):
        return
    if not visible(turn, other, seat_of(turn.db, other.id, turn.who.id)):
        raise Refuse("That name is not free. Please choose another one.", field="name")
    raise Refuse(
        "There is a group **{group}** already (“{purpose}”). Join it, or choose another name.",
        field="name", offer=(Button(say("Join"), seats.enter.link(other.id)),), group=other.name, purpose=other.purpose,
    )  # fmt: skip


def preview(turn: Turn, group: Group, lead: Member | None, shown_in: Place | None) -> Card:
    """What would be made, and who would see it."""
    where = (
        say("Only its members and coordinators will see it.")
        if shown_in is None
        else say("Its card will appear in {place}.", place=turn.called(shown_in))
    )
    channel = say("It gets a channel of its own, {channel}.", channel=ChannelRef("", channel_name(turn, group.name)))
    pairs = (
        (say("Name"), said(group.name)),
        (say("Purpose"), said(group.purpose)),
        (say("Lead"), said(lead.name) if lead else say("You, as nobody else was named")),
        (say("Places"), say("{n}", n=group.capacity) if group.capacity else say("No limit")),
    )
    return Card(say("A new group"), (Fields(pairs), Note(joined((where, channel), " "))))


def channel_name(turn: Turn, name: str) -> str:
    """A name that every platform takes for a channel, and that no other place has: C++ and C# are two channels."""
    cleaned = "-".join(re.findall(r"\w+", key_of(name)))
    numbered = (f"{cleaned}-{n}" for n in numbers(2))
    return next(n for n in chain([cleaned], numbered) if not place_named(turn.db, turn.community.id, n))


# Changing.


@groups.action("Change a group", command="group edit")
def edit(
    turn: Turn, *, group: Annotated[Group, Opt("Which group?", find=find, suggest=suggest_changeable)]
) -> list[Effect]:
    return [filled(turn, group)]


@groups.action()
def amend(turn: Turn, group_id: str) -> list[Effect]:
    return [filled(turn, group_of(turn, group_id))]


def filled(turn: Turn, group: Group) -> Ask:
    """The form with what is there now."""
    must_change(turn, group)
    lead = lead_of(turn, group)
    known = refs_in(turn.db, turn.space.id, {lead.id}) if lead and turn.space else {}
    values: dict[str, object] = {
        "name": group.name,
        "purpose": group.purpose,
        "capacity": group.capacity,
        "lead": known.get(lead.id, lead.name) if lead else None,
        "resting": group.status == RESTING,
    }
    return Ask(change.link(group.id), values)


@groups.action("Change the group")
def change(
    turn: Turn,
    group_id: str,
    *,
    name: Name,
    purpose: Purpose,
    capacity: Capacity = None,
    lead: Annotated[Member | None, Opt("Who leads it? Empty: it looks for a lead")] = None,
    resting: Annotated[bool, Opt("A resting group keeps its members and takes nobody in")] = False,
) -> list[Effect]:
    group = group_of(turn, group_id)
    must_change(turn, group)
    must_be_free(turn, name, group)
    hold(turn.db, group)
    seated = len(roster(turn.db, group.id))
    if capacity is not None and capacity < seated:
        raise Refuse("{n} people are in it. Give {n} or more, or leave it empty.", field="capacity", n=seated)
    group.name, group.key, group.purpose, group.capacity = name, key_of(name), purpose, capacity
    former, group.lead_id = group.lead_id, lead.id if lead else None
    group.status = RESTING if resting else ACTIVE if lead else FORMING
    turn.db.add(group)
    turn.db.flush()
    effects = new_lead(turn, group, lead) if lead and lead.id != former else []
    done = Reply(card(say("**{group}** is changed.", group=name)))
    return [*effects, *seats.promote(turn, group), Refresh(seats.home.link(group.id)), done]


def new_lead(turn: Turn, group: Group, lead: Member) -> list[Effect]:
    seats.must_be_member(lead, "lead")
    seat = seat_of(turn.db, group.id, lead.id)
    if (seat is None or seat.state != IN) and full(turn.db, group):
        raise Refuse("It is full. Name somebody who is in it, or add a place.", field="lead")
    return seats.put_in_charge(turn, group, lead)


# Inviting, which is how people come into a private group.


@groups.action("Invite somebody to a group", command="group invite")
def invite(
    turn: Turn,
    *,
    group: Annotated[Group, Opt("Which group?", find=find, suggest=suggest_changeable)],
    member: Annotated[Member, Opt("Who?")],
) -> list[Effect]:
    must_change(turn, group)
    seats.must_be_member(member, "member")
    if seat_of(turn.db, group.id, member.id) is not None:
        return [
            Reply(
                card(say("{name} is in **{group}**, waits for it or is invited.", name=member.name, group=group.name))
            )
        ]
    sit(turn.db, group, member.id, INVITED, turn.now)
    key = seats.news(turn, "invited", group)
    told = say("{name} gets an invitation to **{group}**.", name=member.name, group=group.name)
    return [Tell(member.id, invited.link(group.id), INVITED_TO, key=key), Reply(card(told))]


@groups.view()
def invited(turn: Turn, group_id: str) -> Card | None:
    group, seat = turn.get(Group, group_id), seat_of(turn.db, group_id, turn.who.id)
    if group is None or seat is None or seat.state != INVITED:
        return None
    text = say("You are invited to **{group}** (“{purpose}”).", group=group.name, purpose=group.purpose)
    join = Button(say("Join"), seats.enter.link(group.id), "primary")
    return card(text, join, Button(say("No, thanks"), seats.give_up.link(group.id)))
