"""Groups of a community, who has a seat in them, and who waits for one."""

import unicodedata
from collections import Counter
from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint, bindparam, or_
from sqlmodel import Field, Session, SQLModel, col, delete, func, select

from storage.columns import UTCTime, new_id
from storage.people import Member
from storage.places import Place

IN, WAITING, INVITED = "in", "waiting", "invited"
PAST = "past"  # in it when it was closed
INSIDE = (IN, PAST)  # who sees what was shared in a private group
FORMING, ACTIVE, RESTING, CLOSED = "forming", "active", "resting", "closed"
HERE = ("member", "paused")  # whose seats count: somebody who left the community takes none


class Group(SQLModel, table=True):
    """People who work on one thing.  Its place is the channel and role that go with it in every chat."""

    __table_args__ = (UniqueConstraint("community_id", "key"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    community_id: str = Field(foreign_key="community.id", index=True)
    name: str
    key: str  # the name as `key_of` makes it: no two groups of a community differ only in case or spaces
    purpose: str
    lead_id: str | None = Field(default=None, foreign_key="member.id")
    capacity: int | None = None  # None: no limit
    private: bool = False  # only its members and coordinators know of it
    status: str = FORMING
    place_id: str = Field(foreign_key="place.id", index=True)
    created: datetime = Field(sa_type=UTCTime)


class Seat(SQLModel, table=True):
    """A member in a group, on its waiting list, invited to it, or in it when it was closed."""

    __table_args__ = (UniqueConstraint("group_id", "number"),)

    group_id: str = Field(foreign_key="group.id", primary_key=True)
    member_id: str = Field(foreign_key="member.id", primary_key=True, index=True)
    community_id: str = Field(foreign_key="community.id", index=True)
    state: str
    number: int  # order of coming: two people may come in the same second
    at: datetime = Field(sa_type=UTCTime)
    restored: datetime | None = Field(default=None, sa_type=UTCTime)  # when they were let into the channel once more


def key_of(name: str) -> str:
    """What makes a name the same name, however it is typed."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def closed_key(group: Group) -> str:
    """A key that no name has, since names are casefolded: the name of a closed group is free again."""
    return f"CLOSED {group.id}"


def group_at(db: Session, place_id: str) -> Group | None:
    """The group whose home a place is."""
    return db.exec(select(Group).where(Group.place_id == place_id)).first()


def group_named(db: Session, community_id: str, name: str) -> Group | None:
    return db.exec(select(Group).where(Group.community_id == community_id, Group.key == key_of(name))).first()


def groups_of(db: Session, community_id: str) -> list[Group]:
    """All groups but the closed ones, by name."""
    chosen = select(Group).where(Group.community_id == community_id, Group.status != CLOSED)
    return list(db.exec(chosen.order_by(col(Group.key))))


def groups_in_one_room(db: Session, community_id: str) -> list[Group]:
    """Groups whose channel is called as another group's, which can be after two communities became one."""
    chosen = select(Group, Place.name).join(Place, col(Place.id) == col(Group.place_id))
    found = db.exec(chosen.where(Group.community_id == community_id).order_by(col(Group.created), col(Group.id))).all()
    called = Counter(name for _, name in found)
    return [group for group, name in found if called[name] > 1 and group.status != CLOSED]


def place_named(db: Session, community_id: str, name: str) -> Place | None:
    """A place with this channel name, whatever it serves."""
    return db.exec(select(Place).where(Place.community_id == community_id, Place.name == name)).first()


def hold(db: Session, group: Group) -> None:
    """Nobody else gives or takes a seat of this group until the transaction ends."""
    db.exec(select(Group.id).where(Group.id == group.id).with_for_update()).one()


def seat_of(db: Session, group_id: str, member_id: str) -> Seat | None:
    return db.get(Seat, (group_id, member_id))


def seats_of(db: Session, member_id: str) -> dict[str, Seat]:
    """A member's seats by group, without those in closed ones."""
    chosen = select(Seat).where(Seat.member_id == member_id, Seat.state != PAST)
    return {seat.group_id: seat for seat in db.exec(chosen)}


def head_counts(db: Session, community_id: str) -> Counter[tuple[str, str]]:
    """How many people are in each group, and how many wait: by group and state."""
    counted = (
        select(Seat.group_id, Seat.state, func.count())
        .join(Member, col(Member.id) == col(Seat.member_id))
        .where(Seat.community_id == community_id, col(Member.status).in_(HERE))
        .group_by(col(Seat.group_id), col(Seat.state))
    )
    return Counter({(group_id, state): n for group_id, state, n in db.exec(counted)})


def roster(db: Session, group_id: str, state: str = IN) -> list[Member]:
    """People of a group in the order in which they came."""
    chosen = (
        select(Member)
        .join(Seat, col(Seat.member_id) == col(Member.id))
        .where(Seat.group_id == group_id, Seat.state == state, col(Member.status).in_(HERE))
        .order_by(col(Seat.number))
    )
    return list(db.exec(chosen))


def full(db: Session, group: Group) -> bool:
    return group.capacity is not None and len(roster(db, group.id)) >= group.capacity


def first_waiting(db: Session, group_id: str) -> Seat | None:
    """Who is next; a pause keeps the place in the line but gets no seat meanwhile."""
    chosen = (
        select(Seat)
        .join(Member, col(Member.id) == col(Seat.member_id))
        .where(Seat.group_id == group_id, Seat.state == WAITING, Member.status == "member")
        .order_by(col(Seat.number))
    )
    return db.exec(chosen).first()


def place_in_line(db: Session, seat: Seat) -> int:
    """1 is next."""
    before = (
        select(func.count())
        .select_from(Seat)
        .join(Member, col(Member.id) == col(Seat.member_id))
        .where(Seat.group_id == seat.group_id, Seat.state == WAITING, Seat.number < seat.number)
        .where(col(Member.status).in_(HERE))
    )
    return db.exec(before).one() + 1


def sit(db: Session, group: Group, member_id: str, state: str, now: datetime) -> Seat:
    """Give a member this state in a group; whoever had another one moves to the end of the line."""
    seat = seat_of(db, group.id, member_id)
    last = db.exec(select(func.max(Seat.number)).where(Seat.group_id == group.id)).one() or 0
    if seat is None:
        seat = Seat(
            group_id=group.id, member_id=member_id, community_id=group.community_id, state=state, number=0, at=now
        )
    seat.state, seat.number, seat.at, seat.restored = state, last + 1, now, None
    db.add(seat)
    db.flush()
    return seat


def end_seats(db: Session, group_id: str) -> list[str]:
    """Nobody is in a group or waits for it any more; who was in it."""
    outside = (col(Seat.group_id) == group_id, col(Seat.state).in_((WAITING, INVITED)))
    db.execute(delete(Seat).where(*outside))
    inside = list(db.exec(select(Seat).where(Seat.group_id == group_id, Seat.state == IN).order_by(col(Seat.number))))
    for seat in inside:
        seat.state = PAST
        db.add(seat)
    db.flush()
    return [seat.member_id for seat in inside]


def forget_past(db: Session, member_id: str) -> None:
    """A member was in none of the closed groups any more."""
    db.execute(delete(Seat).where(col(Seat.member_id) == member_id, col(Seat.state) == PAST))


def shut_to(place_id: Any) -> Any:
    """Whether a place is the home of a private group that the bound ``member`` is not in, for a statement."""
    inside = or_(*(col(Seat.state) == state for state in INSIDE))  # a list would be written out anew each time
    mine = select(Seat.group_id).where(Seat.member_id == bindparam("member"), inside)
    private = select(Group.id).where(Group.place_id == place_id, col(Group.private), col(Group.id).not_in(mine))
    return private.exists()


def shut_places(db: Session, community_id: str, member_id: str) -> set[str]:
    """Homes of private groups that this member is not in: what happens there is not theirs to see."""
    mine = select(Seat.group_id).where(Seat.member_id == member_id, col(Seat.state).in_(INSIDE))
    private = select(Group.place_id).where(Group.community_id == community_id, col(Group.private))
    return set(db.exec(private.where(col(Group.id).not_in(mine))))
