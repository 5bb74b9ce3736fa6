"""Seats in a group: its card, taking one, waiting for one, giving it up, and leading it."""

from collections.abc import Sequence
from typing import Annotated

from bot.actions import Opt, Refuse
from bot.calls import Turn
from bot.cards import Button, Card, Note, Prose, card
from bot.effects import Effect, Join, Leave, Refresh, Reply, Tell
from bot.features.groups.feature import (
    LEADING,
    PROMOTED,
    find,
    group_of,
    groups,
    lead_of,
    places,
    suggest,
    suggest_mine,
)
from bot.pages import page
from bot.text import ChannelRef, Mention, Text, count, joined, lines, listed, said, say
from storage.groups import (
    ACTIVE,
    CLOSED,
    FORMING,
    IN,
    INVITED,
    RESTING,
    WAITING,
    Group,
    first_waiting,
    full,
    hold,
    place_in_line,
    roster,
    seat_of,
    sit,
)
from storage.people import Member
from storage.places import Place, channel_in

NAMES = 30  # of people on one page


@groups.view()
def home(turn: Turn, group_id: str) -> Card | None:
    """The card that stands in a channel."""
    group = turn.get(Group, group_id)
    return None if group is None else face(turn, group)


def face(turn: Turn, group: Group, note: Text = Text(), *own: Button) -> Card:
    """A group for everybody, or with a note and buttons for one person."""
    if group.status == CLOSED:
        closed = say("This group is closed. What was shared in it stays.")
        return Card(said(group.name), (Prose(said(group.purpose)), Prose(closed)))
    lead = lead_of(turn, group)
    led = say("Lead: {lead}.", lead=Mention(lead.id, lead.name)) if lead else say("Looking for a lead.")
    facts = joined((led, places(group, len(roster(turn.db, group.id))), queue(turn, group)), " ")
    join = () if group.status == RESTING else (Button(say("Join"), enter.link(group.id), "primary"),)
    leave, who = Button(say("Leave"), give_up.link(group.id)), Button(say("Who is in it"), people.link(group.id))
    blocks = (Prose(said(group.purpose)), Prose(facts), *((Note(note),) if note else ()))
    return Card(said(group.name), blocks, (*join, leave, who, *own))


def queue(turn: Turn, group: Group) -> Text:
    """What to expect of joining a full group."""
    waiting = len(roster(turn.db, group.id, WAITING))
    if waiting:
        return count("{n} person is waiting.", "{n} people are waiting.", waiting)
    if group.status != RESTING and full(turn.db, group):
        return say("Full: whoever joins now waits for a place.")
    return Text()


@groups.action(reads=True)
def people(turn: Turn, group_id: str, number: int = 0) -> list[Effect]:
    group = group_of(turn, group_id)
    shown = page(roster(turn.db, group.id), number, NAMES)
    waiting = roster(turn.db, group.id, WAITING)
    inside = named(shown.items, group.lead_id) or say("Nobody yet. Be the first.")
    outside = say("Waiting: {names}.", names=named(waiting[:NAMES])) if waiting else Text()
    text = lines(inside, outside, shown.caption)
    turns = shown.turns(lambda n: people.link(group.id, n))
    return [Reply(card(text, *turns, title=said(group.name)), "replace" if number else "private")]


def named(members: Sequence[Member], lead_id: str | None = None) -> Text:
    return listed(
        say("{name} (lead)" if m.id == lead_id else "{name}", name=Mention(m.id, m.name)) for m in members
    )  # fmt: skip


# Joining.


@groups.action("Join a group", command="group join")
def join(turn: Turn, *, group: Annotated[Group, Opt("Which group?", find=find, suggest=suggest)]) -> list[Effect]:
    return joins(turn, group)


@groups.action()
def enter(turn: Turn, group_id: str) -> list[Effect]:
    return joins(turn, group_of(turn, group_id))


def joins(turn: Turn, group: Group) -> list[Effect]:
    text, effects = take(turn, group)
    return [*effects, Reply(card(lines(text, talk(turn, group)), Button(say("Leave"), give_up.link(group.id))))]


def take(turn: Turn, group: Group) -> tuple[Text, list[Effect]]:
    """Give this person a seat, or a place on the waiting list; what to tell them, and what follows."""
    hold(turn.db, group)
    seat = seat_of(turn.db, group.id, turn.who.id)
    if seat is not None and seat.state == IN:
        return say("You are already in **{group}**.", group=group.name), []
    if group.status == RESTING:
        raise Refuse("**{group}** is resting, so nobody can join it now.", group=group.name)
    effects = promote(turn, group)  # those who wait come first
    if seat is None or seat.state == INVITED:
        seat = sit(turn.db, group, turn.who.id, WAITING if full(turn.db, group) else IN, turn.now)
        effects.append(Refresh(home.link(group.id)))
    elif seat.state == WAITING:
        n = place_in_line(turn.db, seat)
        return say("You are already on the waiting list of **{group}**, number {n}.", group=group.name, n=n), effects
    if seat.state == WAITING:
        text = "**{group}** is full. You are number {n} on the waiting list, and hear from me when a place is yours."
        return say(text, group=group.name, n=place_in_line(turn.db, seat)), effects
    return say("You are in **{group}**.", group=group.name), [*effects, Join(turn.who.id, place_of(turn, group))]


def place_of(turn: Turn, group: Group) -> Place:
    return turn.db.get_one(Place, group.place_id)


def talk(turn: Turn, group: Group) -> Text:
    """Where the people of a group talk, to somebody who is in it."""
    seat = seat_of(turn.db, group.id, turn.who.id)
    channel = channel_in(turn.db, group.place_id, turn.space.id) if turn.space else None
    if seat is None or seat.state != IN or channel is None or not channel.ref or channel.missing:
        return Text()
    return say("You meet the others in {channel}.", channel=ChannelRef(channel.ref, place_of(turn, group).name))


def promote(turn: Turn, group: Group) -> list[Effect]:
    """Give free places to those who wait, in their order."""
    effects: list[Effect] = []
    while group.status != RESTING and not full(turn.db, group) and (seat := first_waiting(turn.db, group.id)):
        seat.state, seat.at = IN, turn.now
        turn.db.add(seat)
        turn.db.flush()
        told = Tell(seat.member_id, promoted.link(group.id), PROMOTED, key=news(turn, "promoted", group))
        effects += [Join(seat.member_id, place_of(turn, group)), told]
    return [*effects, Refresh(home.link(group.id))] if effects else []


@groups.view()
def promoted(turn: Turn, group_id: str) -> Card | None:
    """The news of a place; none when it was given up meanwhile."""
    group, seat = turn.get(Group, group_id), seat_of(turn.db, group_id, turn.who.id)
    if group is None or seat is None or seat.state != IN:
        return None
    text = say("A place became free: you are in **{group}** now.", group=group.name)
    return card(lines(text, talk(turn, group)), Button(say("Leave"), give_up.link(group.id)))


# Leaving.


@groups.action("Leave a group", command="group leave")
def leave(turn: Turn, *, group: Annotated[Group, Opt("Which group?", find=find, suggest=suggest_mine)]) -> list[Effect]:
    return leaves(turn, group)


@groups.action()
def give_up(turn: Turn, group_id: str) -> list[Effect]:
    return leaves(turn, group_of(turn, group_id))


def leaves(turn: Turn, group: Group) -> list[Effect]:
    if group.lead_id == turn.who.id and seat_of(turn.db, group.id, turn.who.id) is not None:
        text = say(
            "You lead **{group}**. Who takes over? Without a lead it goes on and looks for one.", group=group.name
        )
        successor = Button(say("Name a successor"), hand_over.link(group.id), "primary")
        return [Reply(card(text, successor, Button(say("Leave anyway"), go_anyway.link(group.id), "danger")))]
    text, effects = drop(turn, group, turn.who.id)
    return [*effects, Reply(card(text))]


def drop(turn: Turn, group: Group, member_id: str) -> tuple[Text, list[Effect]]:
    """Free a member's seat or place in the line; what to tell them, and what follows."""
    hold(turn.db, group)
    seat = seat_of(turn.db, group.id, member_id)
    if seat is None:
        return say("You are not in **{group}**.", group=group.name), []
    left = {
        IN: say("You have left **{group}**.", group=group.name),
        WAITING: say("You are off the waiting list of **{group}**.", group=group.name),
        INVITED: say("You have declined the invitation to **{group}**.", group=group.name),
    }[seat.state]
    gone: list[Effect] = [Leave(member_id, place_of(turn, group))] if seat.state == IN else []
    turn.db.delete(seat)
    turn.db.flush()
    return left, [*gone, *promote(turn, group), Refresh(home.link(group.id))]


# Leading.


def put_in_charge(turn: Turn, group: Group, lead: Member) -> list[Effect]:
    """Make a member the lead.  A lead has a seat, and hears of it when somebody else named them."""
    group.lead_id = lead.id
    group.status = ACTIVE if group.status != RESTING else RESTING
    turn.db.add(group)
    effects: list[Effect] = []
    seat = seat_of(turn.db, group.id, lead.id)
    if seat is None or seat.state != IN:
        sit(turn.db, group, lead.id, IN, turn.now)
        effects.append(Join(lead.id, place_of(turn, group)))
    if lead.id != turn.who.id:
        effects.append(Tell(lead.id, leading.link(group.id), LEADING, key=news(turn, "leading", group)))
    return effects


def unlead(turn: Turn, group: Group) -> None:
    """Without a lead a group goes on, and looks for one."""
    group.lead_id = None
    group.status = FORMING if group.status != RESTING else RESTING
    turn.db.add(group)


@groups.view()
def leading(turn: Turn, group_id: str) -> Card | None:
    group = turn.get(Group, group_id)
    if group is None or group.lead_id != turn.who.id:
        return None
    text = "You lead **{group}** now (“{purpose}”). If that does not suit you, leave it, and name somebody else then."
    return card(say(text, group=group.name, purpose=group.purpose), Button(say("Leave"), give_up.link(group.id)))


@groups.action("Hand over the lead of a group", title="Who leads it now?")
def hand_over(
    turn: Turn, group_id: str, *, successor: Annotated[Member, Opt("They take over, and you leave")]
) -> list[Effect]:
    group = led_by_me(turn, group_id)
    must_be_member(successor, "successor")
    if successor.id == turn.who.id:
        raise Refuse("That is you. Name somebody else.", field="successor")
    effects = put_in_charge(turn, group, successor)  # before the seat is free, so that nobody waiting gets it first
    text, after = drop(turn, group, turn.who.id)
    told = say("{name} leads it now.", name=successor.name)
    return [*effects, *after, Reply(card(joined((text, told), " ")))]


@groups.action()
def go_anyway(turn: Turn, group_id: str) -> list[Effect]:
    group = led_by_me(turn, group_id)
    unlead(turn, group)
    text, effects = drop(turn, group, turn.who.id)
    return [*effects, Reply(card(text), "replace")]


def led_by_me(turn: Turn, group_id: str) -> Group:
    group = group_of(turn, group_id)
    if group.lead_id != turn.who.id:
        raise Refuse("You do not lead **{group}**.", group=group.name)
    return group


def must_be_member(member: Member, field: str) -> None:
    if member.status != "member":
        raise Refuse("{name} has not joined this community, or is away.", field=field, name=member.name)


def news(turn: Turn, what: str, group: Group) -> str:
    """A key of its own for each time: the same news again is a new message, not an edit of the old one."""
    return f"{what}:{group.id}:{int(turn.now.timestamp())}"
