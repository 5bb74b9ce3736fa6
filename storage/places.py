"""Places: a purpose such as announcements or a group's home, and the channel that serves it in each chat."""

from collections.abc import Iterable

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, select

from storage.columns import new_id
from storage.people import Space


class Place(SQLModel, table=True):
    """A purpose.  What is posted to a place appears in every chat that has a channel for it."""

    __table_args__ = (UniqueConstraint("community_id", "purpose"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    community_id: str = Field(foreign_key="community.id", index=True)
    purpose: str  # announcements, welcome, group:<id>, channel:<space>:<ref>
    name: str = ""


class Channel(SQLModel, table=True):
    """Where a place is in one space."""

    __table_args__ = (UniqueConstraint("space_id", "ref", "place_id"),)

    place_id: str = Field(foreign_key="place.id", primary_key=True)
    space_id: str = Field(foreign_key="space.id", primary_key=True)
    community_id: str = Field(foreign_key="community.id", index=True)
    ref: str = ""  # the platform's channel or thread
    role: str = ""  # a Discord role or a Slack user group that goes with it
    missing: bool = False  # the platform said that it is gone


def place_for(db: Session, community_id: str, purpose: str) -> Place | None:
    return db.exec(select(Place).where(Place.community_id == community_id, Place.purpose == purpose)).first()


def make_place(db: Session, community_id: str, purpose: str, name: str = "") -> Place:
    """The place of this purpose, made when there is none."""
    place = place_for(db, community_id, purpose)
    if place is None:
        place = Place(community_id=community_id, purpose=purpose, name=name)
        db.add(place)
        db.flush()
    return place


def channels_of(db: Session, place_id: str) -> list[Channel]:
    chosen = select(Channel).where(Channel.place_id == place_id, Channel.ref != "", col(Channel.missing).is_(False))
    return list(db.exec(chosen.order_by(col(Channel.space_id))))


def channel_in(db: Session, place_id: str, space_id: str) -> Channel | None:
    return db.get(Channel, (place_id, space_id))


def put_channel(db: Session, place: Place, space_id: str, ref: str, role: str = "") -> Channel:
    """Say which channel serves a place in a space; an earlier one is replaced."""
    channel = db.get(Channel, (place.id, space_id))
    if channel is None:
        channel = Channel(place_id=place.id, space_id=space_id, community_id=place.community_id)
    channel.role = role or (channel.role if channel.ref == ref else "")  # a role goes with its channel
    channel.ref, channel.missing = ref, False
    db.add(channel)
    db.flush()
    return channel


def place_here(db: Session, community_id: str, space_id: str, ref: str) -> Place:
    """The place that a channel serves: a named one when there is one, else a place of this channel alone."""
    named = (
        select(Place)
        .join(Channel, col(Channel.place_id) == col(Place.id))
        .where(Channel.space_id == space_id, Channel.ref == ref, Place.community_id == community_id)
        .order_by(col(Place.purpose).startswith("channel:"), col(Place.purpose))
    )
    place = db.exec(named).first()
    if place is None:
        place = make_place(db, community_id, f"channel:{space_id}:{ref}")
        put_channel(db, place, space_id, ref)
    found_again(db, space_id, [ref])  # somebody uses it, so it is there
    return place


def channels_in(db: Session, space_id: str) -> list[Channel]:
    """Every channel that serves a place in one space, reachable or not."""
    return list(db.exec(select(Channel).where(Channel.space_id == space_id, Channel.ref != "")))


def homes(db: Session, community_id: str) -> list[Place]:
    """Places that the bot makes channels for by itself: those of groups."""
    chosen = select(Place).where(Place.community_id == community_id, col(Place.purpose).startswith("group:"))
    return list(db.exec(chosen.order_by(col(Place.id))))


def unreachable(db: Session, community_id: str) -> list[tuple[Place, Space]]:
    """Places whose channel is gone or closed to the bot, and the chat where that is so."""
    chosen = (
        select(Place, Space)
        .join(Channel, col(Channel.place_id) == col(Place.id))
        .join(Space, col(Space.id) == col(Channel.space_id))
        .where(Place.community_id == community_id, col(Channel.missing), col(Space.active), Place.name != "")
    )
    return [(place, space) for place, space in db.exec(chosen.order_by(col(Place.name), col(Space.created)))]


def found_again(db: Session, space_id: str, refs: Iterable[str]) -> None:
    """The platform lists these channels: what could not be reached there is tried again."""
    lost = select(Channel).where(Channel.space_id == space_id, col(Channel.missing), col(Channel.ref).in_(list(refs)))
    for channel in db.exec(lost):
        channel.missing = False
        db.add(channel)
