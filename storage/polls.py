"""Polls, their choices, and the votes."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Index, bindparam, case, delete, func, text
from sqlalchemy import select as choose
from sqlmodel import Field, Session, SQLModel, col, select

from storage.asking import run
from storage.columns import UTCTime, new_id
from storage.groups import shut_to
from storage.people import Member


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

    __table_args__ = (Index("ix_vote_tally", "poll_id", "number"),)  # large polls are counted by it

    poll_id: str = Field(foreign_key="poll.id", primary_key=True)
    member_id: str = Field(foreign_key="member.id", primary_key=True, index=True)
    slot: int = Field(primary_key=True)  # 0 where one choice is allowed, else the choice: the key allows no second vote
    number: int
    community_id: str = Field(foreign_key="community.id", index=True)
    at: datetime = Field(sa_type=UTCTime)


class Choice(NamedTuple):
    """One choice of a poll."""

    number: int
    text: str


class Booth(NamedTuple):
    """A poll as one person votes in it: nobody's when it stands where everybody sees it."""

    id: str
    community_id: str
    author_id: str
    author: str  # their name
    question: str
    several: bool
    closes: datetime
    closed: datetime | None
    shut: bool  # asked in a private group of others
    choices: tuple[Choice, ...]
    chosen: frozenset[int]


# Asked on every vote, so built once.
ABOUT = (Poll.id, Poll.community_id, Poll.author_id, Member.name, Poll.question, Poll.several, Poll.closes, Poll.closed)
BOOTH = (
    choose(
        *map(col, ABOUT), shut_to(col(Poll.place_id)), col(PollOption.number), col(PollOption.text), col(Vote.number)
    )
    .select_from(Poll)
    .join(Member, col(Member.id) == col(Poll.author_id))
    .join(PollOption, col(PollOption.poll_id) == col(Poll.id))
    .outerjoin(
        Vote,
        (col(Vote.poll_id) == col(Poll.id))
        & (col(Vote.member_id) == bindparam("member"))
        & (col(Vote.slot) == case((col(Poll.several), col(PollOption.number)), else_=0)),  # the whole key
    )
    .where(col(Poll.id) == bindparam("poll"))
    .order_by(col(PollOption.number))
)
MINE = (col(Vote.poll_id) == bindparam("poll"), col(Vote.member_id) == bindparam("member"))
TALLY = choose(col(Vote.number), func.count()).where(MINE[0]).group_by(col(Vote.number))
VOTERS = choose(func.count(func.distinct(Vote.member_id))).where(MINE[0])
WITHDRAW = delete(Vote).where(*MINE)
# as text, since every dialect has words of its own for what both databases write alike
CAST = text(
    "INSERT INTO vote (poll_id, member_id, slot, number, community_id, at) "
    "VALUES (:poll, :member, :slot, :number, :community, :at) "
    "ON CONFLICT (poll_id, member_id, slot) DO UPDATE SET number = excluded.number, at = excluded.at"
).bindparams(bindparam("at", type_=UTCTime))


def booth(db: Session, poll_id: str, member_id: str = "") -> Booth | None:
    rows = run(db, BOOTH, {"poll": poll_id, "member": member_id}).all()
    if not rows:
        return None
    choices = tuple(Choice(number, words) for *_, number, words, _ in rows)
    chosen = frozenset(row[-1] for row in rows if row[-1] is not None)
    return Booth._make((*rows[0][:-3], choices, chosen))


def tally(db: Session, poll_id: str) -> Counter[int]:
    """Votes by the number of the choice."""
    return Counter(dict(run(db, TALLY, {"poll": poll_id}).all()))


def voters(db: Session, poll_id: str) -> int:
    """How many people have voted in a poll where one person may choose several."""
    return int(run(db, VOTERS, {"poll": poll_id}).scalar_one())


def cast(db: Session, booth: Booth, member_id: str, numbers: Iterable[int], now: datetime) -> Booth:
    """Make these the whole ballot of a member; the booth afterwards.  None of them withdraws it."""
    wanted = frozenset(numbers)
    if wanted == booth.chosen:
        return booth
    whose = {"poll": booth.id, "member": member_id}
    if booth.several or not wanted:
        run(db, WITHDRAW, whose)
    if wanted:
        common = {**whose, "community": booth.community_id, "at": now}
        run(db, CAST, [{**common, "slot": n if booth.several else 0, "number": n} for n in wanted])
    return booth._replace(chosen=wanted)


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
