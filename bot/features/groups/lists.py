"""Lists of groups: one to read, one to tick, one group as a member sees it, and the lines of a member's own page."""

import zlib
from collections.abc import Iterable
from typing import Annotated

from bot.actions import Opt, Role
from bot.calls import Turn
from bot.cards import Button, Card, Menu, Note, Option, Prose, Row, card
from bot.effects import Effect, Reply
from bot.features.groups import changing, closing, seats
from bot.features.groups.feature import find, group_of, groups, may_change, places, seen_by, standing, suggest
from bot.pages import Page, page
from bot.text import Command, Text, joined, lines, say
from storage.groups import (
    FORMING,
    IN,
    INVITED,
    RESTING,
    WAITING,
    Group,
    Seat,
    groups_of,
    head_counts,
    seat_of,
    seats_of,
)

TICKS = 25  # options of one menu, on Discord


# One group.


@groups.action("Show a group", command="group show", reads=True)
def show(turn: Turn, *, group: Annotated[Group, Opt("Which group?", find=find, suggest=suggest)]) -> list[Effect]:
    return [Reply(own_view(turn, group))]


@groups.action(reads=True)
def look(turn: Turn, group_id: str) -> list[Effect]:
    return [Reply(own_view(turn, group_of(turn, group_id)))]


def own_view(turn: Turn, group: Group) -> Card:
    """A group as one member sees it."""
    note = standing(turn, seat_of(turn.db, group.id, turn.who.id))
    if not may_change(turn, group):
        return seats.face(turn, group, note)
    note = joined((note, say("Invite people with {invite}.", invite=Command("group invite"))), " ")
    wake = (Button(say("Wake it up"), closing.wake.link(group.id)),) if group.status == RESTING else ()
    return seats.face(turn, group, note, *wake, Button(say("Change it"), changing.amend.link(group.id)))


# The list to read.


@groups.action("See the groups", command="group list", reads=True)
def listing(turn: Turn, number: int = 0) -> list[Effect]:
    return [Reply(shelf(turn, number), "replace" if number else "private")]


def shelf(turn: Turn, number: int, news: Text = Text()) -> Card:
    """A page of the groups, each with what this person can do about it."""
    known = seen_by(turn)
    if not known:
        return nothing_yet(turn)
    shown, mine, heads = page(known, number), seats_of(turn.db, turn.who.id), head_counts(turn.db, turn.community.id)
    rows = [line(turn, g, mine.get(g.id), heads[g.id, IN], shown.number) for g in shown.items]
    note = lines(news, shown.caption)
    return Card(say("Groups"), (*rows, *((Note(note),) if note else ())), shown.turns(listing.link))


def nothing_yet(turn: Turn) -> Card:
    if turn.who.role >= Role.FACILITATOR:
        text = say("No groups yet. Start the first with {create}.", create=Command("group create"))
        return card(text, Button(say("Start a group"), changing.create.link()))
    return card(say("No groups yet. Do you miss one? Ask a coordinator to start it."))


def line(turn: Turn, group: Group, seat: Seat | None, seated: int, number: int) -> Row:
    text = lines(
        say("**{group}**: {purpose}", group=group.name, purpose=group.purpose),
        joined((places(group, seated), standing(turn, seat)), " "),
    )
    if seat is not None and seat.state != INVITED:
        return Row(text, Button(say("Leave"), leave_here.link(group.id, number)))
    if group.status == RESTING:
        return Row(text)
    is_full = group.capacity is not None and seated >= group.capacity
    return Row(text, Button(say("Wait") if is_full else say("Join"), join_here.link(group.id, number)))


@groups.action()
def join_here(turn: Turn, group_id: str, number: int) -> list[Effect]:
    text, effects = seats.take(turn, group_of(turn, group_id))
    return [*effects, Reply(shelf(turn, number, text), "replace")]


@groups.action()
def leave_here(turn: Turn, group_id: str, number: int) -> list[Effect]:
    group = group_of(turn, group_id)
    if group.lead_id == turn.who.id:
        return seats.leaves(turn, group)
    text, effects = seats.drop(turn, group, turn.who.id)
    return [*effects, Reply(shelf(turn, number, text), "replace")]


# The list to tick.


@groups.action("Choose your groups", command="groups", reads=True)
def choose(turn: Turn, number: int = 0) -> list[Effect]:
    return [Reply(picker(turn, number), "replace" if number else "private")]


def choices(turn: Turn, number: int) -> Page[Group]:
    """Groups that can be ticked: a resting one only by those who are in it."""
    mine = seats_of(turn.db, turn.who.id)
    return page([g for g in seen_by(turn) if g.status != RESTING or g.id in mine], number, TICKS)


def ticked(turn: Turn) -> set[str]:
    return {group_id for group_id, seat in seats_of(turn.db, turn.who.id).items() if seat.state != INVITED}


def picker(turn: Turn, number: int, news: Text = Text()) -> Card:
    """One menu with the present state ticked; what is sent back is compared with what was shown."""
    shown, mine = choices(turn, number), ticked(turn)
    if not shown.items:
        return nothing_yet(turn)
    heads, own = head_counts(turn.db, turn.community.id), seats_of(turn.db, turn.who.id)
    options = tuple(
        Option(
            g.id,
            say("{name}", name=g.name),
            joined((standing(turn, own.get(g.id)) or places(g, heads[g.id, IN]), say("{p}", p=g.purpose)), " "),
            chosen=g.id in mine,
        )
        for g in shown.items
    )
    then = pick.link(shown.number, sum(1 << i for i, g in enumerate(shown.items) if g.id in mine), seal(shown.items))
    menu = Menu(say("Your groups"), then, "chosen", options, least=0, most=len(options))
    text = say("Tick the groups that you want to be in, and untick those that you leave.")
    blocks = (Prose(news or text), *((Note(shown.caption),) if shown.caption else ()))
    return Card(say("Your groups"), blocks, (menu, *shown.turns(choose.link)))


def seal(shown: Iterable[Group]) -> int:
    """A number that says whether the same groups would be shown again."""
    return zlib.crc32(" ".join(g.id for g in shown).encode())


@groups.action(title="Your groups")
def pick(
    turn: Turn,
    number: int,
    before: int,
    sealed: int,
    *,
    chosen: Annotated[list[str] | None, Opt("Groups to be in", max=TICKS)] = None,
) -> list[Effect]:
    """Do what the person changed since the menu was shown, and nothing else.  ``before`` has a bit for each tick."""
    shown = choices(turn, number)
    if seal(shown.items) != sealed:
        news = say("The groups have changed meanwhile, so nothing was done. This is how it is now.")
        return [Reply(picker(turn, number, news), "replace")]
    now = set(chosen or ())
    told: list[Text] = []
    effects: list[Effect] = []
    for i, group in enumerate(shown.items):
        was_in, is_in = bool(before >> i & 1), group.id in now
        if was_in == is_in:
            continue
        text, more = seats.take(turn, group) if is_in else untick(turn, group)
        told.append(text)
        effects += more
    news = lines(*told) or say("Nothing was changed.")
    return [*effects, Reply(picker(turn, number, news), "replace")]


def untick(turn: Turn, group: Group) -> tuple[Text, list[Effect]]:
    """Leave it, unless that is a lead's, who names a successor first."""
    if group.lead_id == turn.who.id:
        text = "You lead **{group}**: leave it with {leave}, and name a successor."
        return say(text, group=group.name, leave=Command("group leave")), []
    return seats.drop(turn, group, turn.who.id)


# A member's own page.


@groups.desk("groups")
def own_groups(turn: Turn) -> Iterable[Row]:
    mine = seats_of(turn.db, turn.who.id)
    known = [g for g in groups_of(turn.db, turn.community.id) if g.id in mine and mine[g.id].state != INVITED]
    if not known:
        yield Row(say("You are in no group yet."), Button(say("Find one"), choose.link(1)))
    for group in known:
        lead = say("You lead it.") if group.lead_id == turn.who.id else Text()
        state = standing(turn, mine[group.id]) if mine[group.id].state == WAITING else lead
        yield Row(joined((say("**{group}**", group=group.name), state), " "), Button(say("Show"), look.link(group.id)))


@groups.desk("needs")
def open_questions(turn: Turn) -> Iterable[Row]:
    """Invitations, and to coordinators the groups that nobody leads."""
    mine = seats_of(turn.db, turn.who.id)
    for group in groups_of(turn.db, turn.community.id):
        seat = mine.get(group.id)
        if seat is not None and seat.state == INVITED:
            text = say("You are invited to **{group}**.", group=group.name)
            yield Row(text, Button(say("Look"), look.link(group.id)))
        elif group.status == FORMING and turn.who.role >= Role.COORDINATOR:
            text = say("**{group}** is looking for a lead.", group=group.name)
            yield Row(text, Button(say("Name one"), changing.amend.link(group.id)))
