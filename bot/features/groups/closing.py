"""Closing a group for good, and waking one that rests."""

from typing import Annotated

from bot.actions import Opt
from bot.calls import Turn
from bot.cards import Card, card
from bot.effects import Confirm, Effect, Leave, Refresh, Reply
from bot.features.groups import seats
from bot.features.groups.feature import find, group_of, groups, must_change, must_lead, suggest_led
from bot.text import Text, count, joined, say
from storage.groups import ACTIVE, CLOSED, FORMING, RESTING, Group, closed_key, end_seats, hold, roster


@groups.action("Close a group for good", command="group close")
def close(turn: Turn, *, group: Annotated[Group, Opt("Which group?", find=find, suggest=suggest_led)]) -> list[Effect]:
    """Nobody is in it any more and its name is free; its card, its channel and what was shared stay."""
    must_lead(turn, group)
    if not turn.confirmed:
        return [Confirm(preview(turn, group), say("Close it"))]
    hold(turn.db, group)
    home = seats.place_of(turn, group)
    gone = [Leave(member_id, home) for member_id in end_seats(turn.db, group.id)]
    group.status, group.key, group.lead_id = CLOSED, closed_key(group), None
    turn.db.add(group)
    told = say("**{group}** is closed. Thank you for what grew in it.", group=group.name)
    return [*gone, Refresh(seats.home.link(group.id)), Reply(card(told), "replace")]


def preview(turn: Turn, group: Group) -> Card:
    n = len(roster(turn.db, group.id))
    inside = count("{n} person leaves its channel.", "{n} people leave its channel.", n) if n else Text()
    after = say("What was shared in it stays, and its name is free again. It cannot be opened again.")
    rest = say("If it only needs a break, let it rest instead.") if group.status != RESTING else Text()
    return card(joined((inside, after, rest), " "), title=say("Close {group} for good?", group=group.name))


@groups.action()
def wake(turn: Turn, group_id: str) -> list[Effect]:
    """After a rest, people can come in again."""
    group = group_of(turn, group_id)
    must_change(turn, group)
    if group.status == RESTING:
        group.status = ACTIVE if group.lead_id else FORMING
        turn.db.add(group)
    told = say("**{group}** is awake: people can join it.", group=group.name)
    return [*seats.promote(turn, group), Refresh(seats.home.link(group.id)), Reply(card(told), "replace")]
