"""Moments: people and chats come, go and become one, and seats and rooms follow."""

from bot.calls import Turn
from bot.effects import Effect, Join, Open, Refresh
from bot.features.groups.changing import channel_name
from bot.features.groups.feature import groups
from bot.features.groups.seats import drop, home, place_of, promote, unlead
from storage.groups import IN, Group, forget_past, groups_in_one_room, groups_of, hold, roster, seats_of, sit
from storage.people import accounts_of


@groups.action(on="arrived")
def arrived(turn: Turn) -> list[Effect]:
    """Whoever comes back into a chat gets the rooms of their groups there again."""
    return rooms(turn)


def rooms(turn: Turn) -> list[Effect]:
    inside = [group_id for group_id, seat in seats_of(turn.db, turn.who.id).items() if seat.state == IN]
    return [Join(turn.who.id, place_of(turn, turn.db.get_one(Group, group_id))) for group_id in inside]


@groups.action(on="departed")
def departed(turn: Turn) -> list[Effect]:
    """Whoever is in no chat of the community any more frees their seats."""
    here = turn.space.id if turn.space else ""
    if any(account.space_id != here for account in accounts_of(turn.db, turn.who.id)):
        return []
    return every_seat(turn)


@groups.action(on="left")
def left(turn: Turn) -> list[Effect]:
    """So does whoever leaves the community."""
    return every_seat(turn)


def every_seat(turn: Turn) -> list[Effect]:
    effects: list[Effect] = []
    for group_id in seats_of(turn.db, turn.who.id):
        group = turn.db.get_one(Group, group_id)
        if group.lead_id == turn.who.id:
            unlead(turn, group)
        effects += drop(turn, group, turn.who.id)[1]
    forget_past(turn.db, turn.who.id)
    return effects


@groups.action(on="merged")
def merged(turn: Turn) -> list[Effect]:
    """Two accounts are one person now: both get the rooms, and where both had a seat there is one to give away."""
    effects: list[Effect] = []
    for group_id, seat in seats_of(turn.db, turn.who.id).items():
        group = turn.db.get_one(Group, group_id)
        hold(turn.db, group)
        if group.lead_id == turn.who.id and seat.state != IN:  # the other account led it
            sit(turn.db, group, turn.who.id, IN, turn.now)
        effects += [*promote(turn, group), Refresh(home.link(group.id))]
    return [*effects, *rooms(turn)]


@groups.action(on="linked")
def linked(turn: Turn) -> list[Effect]:
    """The community got another chat: every group has a room in it, and its people are let in."""
    for group in groups_in_one_room(turn.db, turn.community.id):  # or a chat would take the one's room for the other's
        place = place_of(turn, group)
        place.name = channel_name(turn, group.name)
        turn.db.add(place)
        turn.db.flush()
    effects: list[Effect] = []
    for group in groups_of(turn.db, turn.community.id):
        place = place_of(turn, group)
        effects += [Open(place), *(Join(member.id, place) for member in roster(turn.db, group.id))]
    return effects
