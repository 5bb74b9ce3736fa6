"""Planning: effects that happen later become rows of the outbox, in the transaction of the change."""

from collections.abc import Iterable
from datetime import datetime
from typing import assert_never

from bot.actions import Link, Rank, Refuse, Role
from bot.calls import Turn
from bot.effects import Ask, Attach, Confirm, Effect, Forget, Join, Later, Leave, Open, Post, Refresh, Reply, Tell
from bot.people import first_zone
from bot.quiet import moved
from bot.text import Command
from storage import outbox
from storage.outbox import DEAD, Outbox
from storage.people import Member, accounts_of, spaces_of
from storage.places import Place, channels_of, place_for


def plan(turn: Turn, effects: Iterable[Effect]) -> None:
    """Save what should happen.  The runtime shows immediate effects itself."""
    for effect in effects:
        match effect:
            case Post():
                post(turn, effect)
            case Tell():
                tell(turn, effect)
            case Refresh(link=link):
                outbox.refresh(turn.db, turn.community.id, str(link), turn.now)
            case Later(at=at, link=link, key=key):
                lane = f"{turn.community.id}:later:{key}"
                made = row(turn, "run", f"later:{key}", lane, at, link)
                made.priority = Rank.CHANGE
                outbox.put(turn.db, made)
            case Forget(key=key):
                outbox.forget(turn.db, turn.community.id, f"later:{key}")
            case Open(place=place):
                mirror(turn, place)
            case Join(member_id=member_id, place=place):
                seat(turn, "join", member_id, place)
            case Leave(member_id=member_id, place=place):
                seat(turn, "leave", member_id, place)
            case Reply() | Ask() | Confirm() | Attach():
                message = f"{type(effect).__name__} answers a person, and here nobody asked"
                raise TypeError(message)
            case _:
                assert_never(effect)


def row(turn: Turn, op: str, key: str, lane: str, due: datetime, link: Link | str = "") -> Outbox:
    return Outbox(
        seq=0, community_id=turn.community.id, op=op, key=key, lane=lane, due=due, link=str(link), created=turn.now
    )


def post(turn: Turn, effect: Post) -> None:
    """A row for each channel of the place."""
    place = effect.place
    if isinstance(place, str):
        found = place_for(turn.db, turn.community.id, place)
        if found is None or not channels_of(turn.db, found.id):
            nowhere(turn, effect, place)
            return
        place = found
    for channel in channels_of(turn.db, place.id):
        lane = f"{channel.space_id}:{channel.ref}"
        made = row(turn, "post", f"{effect.key or effect.link}@{lane}", lane, effect.at or turn.now, effect.link)
        made.place_id, made.space_id, made.channel = place.id, channel.space_id, channel.ref
        outbox.put(turn.db, made)


def nowhere(turn: Turn, effect: Post, purpose: str) -> None:
    """No channel serves this purpose: a person is told how to mend it, and what the clock does goes on."""
    if turn.who.role is not Role.SYSTEM:
        raise Refuse(
            "There is no channel for {purpose} yet. A coordinator can name one with {place}.",
            purpose=purpose,
            place=Command("community place"),
        )
    key = f"{effect.key or effect.link}@{purpose}"
    lost = row(turn, "post", key, key, effect.at or turn.now, effect.link)
    lost.state, lost.reason, lost.error = DEAD, "nowhere", purpose
    outbox.put(turn.db, lost)


def tell(turn: Turn, effect: Tell) -> None:
    """A row for one member, at a time that suits them."""
    member = turn.get(Member, effect.member_id)
    if member is None:
        return
    account = next(iter(accounts_of(turn.db, member.id)), None)
    zone = first_zone(member.zone, account.zone if account else "", turn.community.zone)
    due = moved(effect.at or turn.now, turn.now, effect.kind, member, zone)
    made = row(
        turn, "tell", f"{effect.key or effect.link}>{effect.member_id}", f"member:{effect.member_id}",
        due, effect.link,
    )  # fmt: skip
    made.member_id, made.kind, made.expires = effect.member_id, effect.kind.name, effect.expires
    made.about, made.priority = effect.about, effect.kind.rank
    outbox.put(turn.db, made)


def mirror(turn: Turn, place: Place) -> None:
    """Make the place's channel in every space."""
    for space in spaces_of(turn.db, turn.community.id):
        made = row(turn, "open", f"open:{place.id}@{space.id}", f"place:{place.id}:{space.id}", turn.now)
        made.place_id, made.space_id, made.priority = place.id, space.id, Rank.CHANGE
        outbox.put(turn.db, made)


def seat(turn: Turn, op: str, member_id: str, place: Place) -> None:
    """Mirror a member's seat in every space where they are; the last word for a member and place wins."""
    for account in accounts_of(turn.db, member_id):
        lane = f"place:{place.id}:{account.space_id}"
        made = row(turn, op, f"seat:{place.id}:{member_id}@{account.space_id}", lane, turn.now)
        made.place_id, made.space_id, made.member_id, made.priority = place.id, account.space_id, member_id, Rank.CHANGE
        outbox.put(turn.db, made)
