"""Meetings: what was planned, each date of it, who comes, and what was changed."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, DateTime, Index, UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, select

from storage.audience import open_to
from storage.columns import UTCTime, new_id
from storage.groups import HERE
from storage.people import Member

PLANNED, CANCELLED = "planned", "cancelled"
DROPPED = "dropped"  # a date that its series left behind when its rhythm changed
MOVED, RELOCATED, RESCHEDULED = "moved", "relocated", "rescheduled"  # beside CANCELLED: what a change was
YES, MAYBE, NO = "yes", "maybe", "no"


class Meeting(SQLModel, table=True):
    """One meeting, or a series of them by a rule.  ``start`` is what the clocks of its zone show, all year."""

    id: str = Field(default_factory=new_id, primary_key=True)
    community_id: str = Field(foreign_key="community.id", index=True)
    host_id: str = Field(foreign_key="member.id", index=True)
    creator_id: str = Field(foreign_key="member.id")
    place_id: str = Field(foreign_key="place.id")
    group_id: str | None = Field(default=None, foreign_key="group.id", index=True)
    title: str
    kind: str = "meeting"  # case table, reading and so on
    about: str = ""
    venue: str = ""  # a link or words
    guarded: bool = False  # the venue is shown only to those who come
    minutes: int
    zone: str  # IANA name
    start: datetime = Field(sa_type=DateTime)  # naive on purpose
    rule: str = ""  # RFC 5545; empty: once
    nudge: int = 60  # minutes before each date at which the channel is reminded; 0: never
    state: str = PLANNED
    created: datetime = Field(sa_type=UTCTime)


class Occurrence(SQLModel, table=True):
    """One date of a meeting.  ``local_date`` is the date by the rule, and stays when it is moved.

    A dropped date has none, so that the rhythm may come back to that day.
    """

    __table_args__ = (
        UniqueConstraint("meeting_id", "local_date"),
        Index("ix_occurrence_time", "community_id", "starts"),
    )

    id: str = Field(default_factory=new_id, primary_key=True)
    community_id: str = Field(foreign_key="community.id", index=True)
    meeting_id: str = Field(foreign_key="meeting.id", index=True)
    local_date: date | None
    planned: datetime = Field(sa_type=UTCTime)  # by the rule
    starts: datetime = Field(sa_type=UTCTime)
    ends: datetime = Field(sa_type=UTCTime)
    state: str = PLANNED
    revision: int = 0  # grows with every change: reminders of an earlier one are not sent


class Rsvp(SQLModel, table=True):
    """Whether a member comes to one date, and when they want to be reminded of it."""

    occurrence_id: str = Field(foreign_key="occurrence.id", primary_key=True)
    member_id: str = Field(foreign_key="member.id", primary_key=True, index=True)
    community_id: str = Field(foreign_key="community.id", index=True)
    answer: str
    day: bool = False  # a day before
    hour: bool = False  # an hour before
    at: datetime = Field(sa_type=UTCTime)


class MeetingChange(SQLModel, table=True):
    """A date that was moved or cancelled, or a series that got another place or rhythm: what people are told of."""

    id: str = Field(default_factory=new_id, primary_key=True)
    community_id: str = Field(foreign_key="community.id", index=True)
    meeting_id: str = Field(foreign_key="meeting.id", index=True)
    occurrence_id: str = Field(default="", index=True)  # empty: the whole series
    member_id: str = Field(foreign_key="member.id")  # who did it
    what: str  # moved, cancelled, relocated, rescheduled
    before: datetime = Field(sa_type=UTCTime)
    after: datetime | None = Field(default=None, sa_type=UTCTime)
    rule_before: str = ""
    rule_after: str = ""
    minutes_before: int = 0  # 0: as long as ever
    minutes_after: int = 0
    reason: str = ""
    at: datetime = Field(sa_type=UTCTime)


def allowed(community_id: str, member_id: str) -> ColumnElement[bool]:
    """What this member may know of."""
    return (col(Meeting.community_id) == community_id) & open_to(col(Meeting.group_id), member_id)


def may_see(db: Session, meeting: Meeting, member_id: str) -> bool:
    here = allowed(meeting.community_id, member_id)
    return db.exec(select(Meeting.id).where(here, Meeting.id == meeting.id)).first() is not None


def coming(db: Session, community_id: str, member_id: str, now: datetime) -> list[tuple[Occurrence, Meeting]]:
    """Dates that are not over, the next one first."""
    chosen = (
        select(Occurrence, Meeting)
        .join(Meeting, col(Meeting.id) == col(Occurrence.meeting_id))
        .where(allowed(community_id, member_id), Occurrence.state == PLANNED, Occurrence.ends > now)
        .order_by(col(Occurrence.starts), col(Occurrence.id))
    )
    return list(db.exec(chosen))


def ahead(db: Session, meeting_id: str, now: datetime) -> list[Occurrence]:
    """Planned dates of one meeting that are not over."""
    chosen = select(Occurrence).where(
        Occurrence.meeting_id == meeting_id, Occurrence.state == PLANNED, Occurrence.ends > now
    )
    return list(db.exec(chosen.order_by(col(Occurrence.starts))))


def days(db: Session, meeting_id: str, since: date) -> dict[date, Occurrence]:
    """Every date from a day on by its day in the rhythm; a dropped one has none."""
    here = (Occurrence.meeting_id == meeting_id, col(Occurrence.local_date) >= since)
    return {row.local_date: row for row in db.exec(select(Occurrence).where(*here)) if row.local_date}


def overlapping(
    db: Session, community_id: str, member_id: str, starts: datetime, minutes: int, but: str = ""
) -> list[Meeting]:
    """Other meetings at the same time that this member may know of."""
    chosen = (
        select(Meeting)
        .join(Occurrence, col(Occurrence.meeting_id) == col(Meeting.id))
        .where(allowed(community_id, member_id), Occurrence.state == PLANNED, Meeting.id != but)
        .where(Occurrence.starts < starts + timedelta(minutes=minutes), Occurrence.ends > starts)
        .order_by(col(Occurrence.starts))
    )
    return list({meeting.id: meeting for meeting in db.exec(chosen)}.values())


def rsvp_of(db: Session, occurrence_id: str, member_id: str) -> Rsvp | None:
    return db.get(Rsvp, (occurrence_id, member_id))


def answers(db: Session, occurrence_id: str) -> dict[str, list[Member]]:
    """Who said what, in the order in which they first did."""
    chosen = (
        select(Rsvp.answer, Member)
        .join(Member, col(Member.id) == col(Rsvp.member_id))
        .where(Rsvp.occurrence_id == occurrence_id, col(Member.status).in_(HERE))
        .order_by(col(Rsvp.at), col(Member.name))
    )
    found: dict[str, list[Member]] = {YES: [], MAYBE: [], NO: []}
    for answer, member in db.exec(chosen):
        found[answer].append(member)
    return found


def attending(db: Session, occurrence_ids: Iterable[str]) -> list[Rsvp]:
    """Those who come or might, to any of these dates."""
    chosen = select(Rsvp).where(col(Rsvp.occurrence_id).in_(list(occurrence_ids)), col(Rsvp.answer).in_((YES, MAYBE)))
    return list(db.exec(chosen.order_by(col(Rsvp.at), col(Rsvp.member_id))))


def last_choice(db: Session, meeting_id: str, member_id: str) -> Rsvp | None:
    """How a member answered another date of the same series most recently."""
    chosen = (
        select(Rsvp)
        .join(Occurrence, col(Occurrence.id) == col(Rsvp.occurrence_id))
        .where(Occurrence.meeting_id == meeting_id, Rsvp.member_id == member_id)
        .order_by(col(Rsvp.at).desc())
    )
    return db.exec(chosen).first()


def answered_by(db: Session, member_id: str, now: datetime) -> list[Rsvp]:
    """A member's answers for dates that are still to come."""
    mine = select(Rsvp).join(Occurrence, col(Occurrence.id) == col(Rsvp.occurrence_id))
    return list(db.exec(mine.where(Rsvp.member_id == member_id, Occurrence.starts > now)))
