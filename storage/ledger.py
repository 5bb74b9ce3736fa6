"""What was done and by whom, which deliveries were already handled, and forms that are not finished."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, delete, insert
from sqlmodel import Column, Field, Session, SQLModel, col

from storage.asking import run
from storage.columns import UTCTime, new_id


class Audit(SQLModel, table=True):
    """One change: who did what, when.  Ids only, never what people wrote."""

    id: str = Field(default_factory=new_id, primary_key=True)
    community_id: str = Field(foreign_key="community.id", index=True)
    member_id: str = Field(default="", index=True)
    action: str
    link: str = ""
    detail: str = ""  # whom or what it concerned, as ids and choices
    outcome: str = "done"  # done, denied
    at: datetime = Field(sa_type=UTCTime, index=True)


class Inbox(SQLModel, table=True):
    """A delivery of a platform that was handled; the same key again has no second effect."""

    key: str = Field(primary_key=True)
    community_id: str = Field(foreign_key="community.id", index=True)
    at: datetime = Field(sa_type=UTCTime, index=True)
    answer: str = ""  # what the person was answered, for a repeat


class Draft(SQLModel, table=True):
    """A form that is not finished: what was typed is kept until it is used or a day has passed."""

    id: str = Field(default_factory=new_id, primary_key=True)
    community_id: str = Field(foreign_key="community.id", index=True)
    member_id: str = Field(foreign_key="member.id", index=True)
    link: str
    answers: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    where: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    created: datetime = Field(sa_type=UTCTime, index=True)


class Pulse(SQLModel, table=True):
    """When something was last alive, so that whoever starts knows for how long nobody was."""

    name: str = Field(primary_key=True)
    at: datetime = Field(sa_type=UTCTime)


def beat(db: Session, name: str, now: datetime) -> datetime | None:
    """Note that it is alive; when it was before."""
    pulse = db.get(Pulse, name)
    before = pulse.at if pulse else None
    db.merge(Pulse(name=name, at=now))
    return before


# Written on every call, so built once.
NOTE, KEEP = insert(Audit), insert(Inbox)


def note(
    db: Session,
    community_id: str,
    member_id: str,
    action: str,
    at: datetime,
    *,
    link: str = "",
    detail: str = "",
    outcome: str = "done",
) -> None:
    """Write down one change."""
    told = {"action": action, "link": link, "detail": detail, "outcome": outcome}
    run(db, NOTE, {"id": new_id(), "community_id": community_id, "member_id": member_id, "at": at, **told})


def handled(db: Session, key: str, community_id: str, at: datetime, answer: str = "") -> None:
    """Keep the key of a delivery and its answer, for when it comes again."""
    run(db, KEEP, {"key": key, "community_id": community_id, "at": at, "answer": answer})


def sweep(db: Session, drafts_before: datetime, inbox_before: datetime) -> None:
    """Remove what is kept only for a while."""
    db.execute(delete(Draft).where(col(Draft.created) < drafts_before))
    db.execute(delete(Inbox).where(col(Inbox.at) < inbox_before))
