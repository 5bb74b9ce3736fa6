"""Polls, their choices, and the votes."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Index, bindparam
from sqlmodel import Field, Session, SQLModel, col, delete, func, select

from storage.columns import UTCTime, new_id


class Poll(SQLModel, table=True):
    """A question to the people of one place."""

    __table_args__ = (Index("ix_poll_open", "community_id", "closed", "closes"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    community_id: str = Field(foreign_key="community.id", index=True)
    author_id: str = Field(foreign_key="member.id")
    place_id: str = Field(foreign_key="place.id")
    question: str
    several: bool = False  # whether one person may choose more than one
    listed: bool = True  # False: shown where it was posted and in nobody's lists
    closes: datetime = Field(sa_type=UTCTime)
    closed: datetime | None = Field(default=None, sa_type=UTCTime)
    created: datetime = Field(sa_type=UTCTime)


class PollOption(SQLModel, table=True):
    """One choice, numbered from 1 in the order in which they were written."""

    poll_id: str = Field(foreign_key="poll.id", primary_key=True)
    number: int = Field(primary_key=True)
    community_id: str = Field(foreign_key="community.id", index=True)
    text: str


class Vote(SQLModel, table=True):
    """One choice of one member."""

    poll_id: str = Field(foreign_key="poll.id", primary_key=True)
    member_id: str = Field(foreign_key="member.id", primary_key=True, index=True)
    slot: int = Field(primary_key=True)  # 0 where one choice is allowed, else the choice: the key allows no second vote
    number: int
    community_id: str = Field(foreign_key="community.id", index=True)
    at: datetime = Field(sa_type=UTCTime)


# Asked on every vote, so built once.
OPTIONS = select(PollOption).where(PollOption.poll_id == bindparam("poll")).order_by(col(PollOption.number))
BALLOT = select(Vote.number).where(Vote.poll_id == bindparam("poll"), Vote.member_id == bindparam("member"))


def options_of(db: Session, poll_id: str) -> list[PollOption]:
    return list(db.exec(OPTIONS, params={"poll": poll_id}))


def tally(db: Session, poll_id: str) -> Counter[int]:
    """Votes by the number of the choice."""
    counted = select(Vote.number, func.count()).where(Vote.poll_id == poll_id).group_by(col(Vote.number))
    return Counter(dict(db.exec(counted).all()))


def voters(db: Session, poll_id: str) -> int:
    return db.exec(select(func.count(func.distinct(Vote.member_id))).where(Vote.poll_id == poll_id)).one()


def ballot(db: Session, poll_id: str, member_id: str) -> set[int]:
    """What a member chose; empty when they have not voted."""
    return set(db.exec(BALLOT, params={"poll": poll_id, "member": member_id}))


def cast(db: Session, poll: Poll, member_id: str, numbers: Iterable[int], now: datetime) -> bool:
    """Make these the whole ballot of a member; whether that changed anything.  None of them withdraws it."""
    wanted = set(numbers)
    if wanted == ballot(db, poll.id, member_id):
        return False
    db.execute(delete(Vote).where(col(Vote.poll_id) == poll.id, col(Vote.member_id) == member_id))
    for number in wanted:
        slot = number if poll.several else 0
        vote = Vote(
            poll_id=poll.id, member_id=member_id, slot=slot, number=number, community_id=poll.community_id, at=now
        )
        db.add(vote)
    db.flush()
    return True


def open_polls(db: Session, community_id: str, now: datetime) -> list[Poll]:
    """Polls that take votes, the one that closes first on top."""
    chosen = select(Poll).where(Poll.community_id == community_id, col(Poll.closed).is_(None), Poll.closes > now)
    return list(db.exec(chosen.order_by(col(Poll.closes), col(Poll.id))))


def recent_polls(db: Session, community_id: str, most: int) -> list[Poll]:
    """The newest polls, open or not."""
    chosen = select(Poll).where(Poll.community_id == community_id).order_by(col(Poll.created).desc(), col(Poll.id))
    return list(db.exec(chosen.limit(most)))


def asked_since(db: Session, member_id: str, since: datetime) -> int:
    """How many polls a member has made lately."""
    return db.exec(select(func.count()).where(Poll.author_id == member_id, Poll.created > since)).one()


def answered(db: Session, member_id: str, poll_ids: list[str]) -> set[str]:
    """Those of the polls in which a member has voted."""
    return set(db.exec(select(Vote.poll_id).where(Vote.member_id == member_id, col(Vote.poll_id).in_(poll_ids))))
