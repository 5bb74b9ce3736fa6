"""The outbox: what is to be sent, run or mirrored, when, how it went, and where it stands now."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, bindparam, or_, update
from sqlmodel import Field, Session, SQLModel, col, func, select

from storage.columns import Numbering, UTCTime, new_id

PENDING, SENDING, SENT, WAITING, SKIPPED, DEAD = "pending", "sending", "sent", "waiting", "skipped", "dead"


class Outbox(SQLModel, table=True):
    """One row is one message in one channel, one direct message, one action to run, or one seat to mirror.

    ``wanted`` counts how often the card changed and ``shown`` which change stands in the chat: a row whose
    ``wanted`` is ahead is edited, however many changes came in between.
    """

    __table_args__ = (
        UniqueConstraint("community_id", "key"),
        Index("ix_outbox_due", "state", "due"),
        Index("ix_outbox_link", "community_id", "link"),
    )

    id: str = Field(default_factory=new_id, primary_key=True)
    seq: int = Field(index=True)  # order of writing, within a lane
    community_id: str = Field(foreign_key="community.id", index=True)
    op: str  # post, tell, run, open, join, leave
    key: str  # what it means: the same key again is the same row
    lane: str = Field(index=True)  # order is kept within a lane
    link: str = ""
    kind: str = ""
    priority: int = 5  # 1 first
    place_id: str = ""
    space_id: str = ""
    channel: str = ""
    member_id: str = Field(default="", index=True)
    due: datetime = Field(sa_type=UTCTime)
    retry: datetime | None = Field(default=None, sa_type=UTCTime)
    expires: datetime | None = Field(default=None, sa_type=UTCTime)
    state: str = PENDING
    attempts: int = 0
    unsure: bool = False  # an attempt may have arrived: look before repeating
    tried: datetime | None = Field(default=None, sa_type=UTCTime)
    sent: datetime | None = Field(default=None, sa_type=UTCTime)
    ref: str = ""  # the platform's message
    wanted: int = 1
    shown: int = 0
    error: str = ""
    created: datetime = Field(sa_type=UTCTime)


# Asked on every call, so built once.
BY_KEY = (
    select(Outbox)
    .where(Outbox.community_id == bindparam("community"), Outbox.key == bindparam("key"))
    .with_for_update()  # an attempt at it may just end
    .execution_options(populate_existing=True)
)
ORDER = Numbering(Outbox, "seq")
WAITS = (
    select(Outbox)
    .where(Outbox.member_id == bindparam("member"), Outbox.state == WAITING)
    .order_by(col(Outbox.due), col(Outbox.seq))
)


def put(db: Session, row: Outbox) -> Outbox:
    """Add a row.  A row with the same key is replaced while it waits, and shown again when it was sent."""
    old = db.exec(BY_KEY, params={"community": row.community_id, "key": row.key}).first()
    if old is None:
        row.seq = ORDER.next(db)
        db.add(row)
        db.flush()
        return row
    old.wanted += 1
    old.op, old.link, old.kind, old.expires = row.op, row.link, row.kind, row.expires
    if old.state != SENDING:  # what is on its way ends first, and is then behind what is wanted
        old.due, old.retry, old.state, old.attempts, old.error = row.due, None, PENDING, 0, ""
    db.add(old)
    db.flush()
    return old


def refresh(db: Session, community_id: str, link: str, now: datetime) -> None:
    """What this link shows has changed: every message that stands and shows it is due for an edit."""
    here = (col(Outbox.community_id) == community_id, col(Outbox.link) == link, col(Outbox.op).in_(("post", "tell")))
    db.execute(update(Outbox).where(*here, col(Outbox.state) != DEAD).values(wanted=Outbox.wanted + 1))
    stands = (col(Outbox.state) == SENT, col(Outbox.ref) != "")  # not what somebody read in passing on a visit
    db.execute(update(Outbox).where(*here, *stands).values(state=PENDING, due=now, retry=None))


def forget(db: Session, community_id: str, key: str) -> None:
    """Drop what has not happened yet."""
    here = (col(Outbox.community_id) == community_id, col(Outbox.key) == key, col(Outbox.state) == PENDING)
    db.execute(update(Outbox).where(*here, col(Outbox.ref) == "").values(state=SKIPPED, error="forgotten"))


def due(db: Session, now: datetime, most: int = 500) -> list[Outbox]:
    """The first unsent row of each lane that is due, most urgent first; one that has to wait holds back its lane."""
    place = func.row_number().over(partition_by=col(Outbox.lane), order_by=(col(Outbox.due), col(Outbox.seq)))
    waiting = select(Outbox.id, place.label("place")).where(Outbox.state == PENDING, Outbox.due <= now).subquery()
    heads = select(Outbox).join(waiting, col(Outbox.id) == waiting.c.id).where(waiting.c.place == 1)
    ready = heads.where(or_(col(Outbox.retry).is_(None), col(Outbox.retry) <= now))
    return list(db.exec(ready.order_by(col(Outbox.priority), col(Outbox.due), col(Outbox.seq)).limit(most)))


def coming(db: Session, community_id: str, until: datetime) -> list[Outbox]:
    """What will be sent until then, in order."""
    chosen = select(Outbox).where(Outbox.community_id == community_id, Outbox.state == PENDING, Outbox.due <= until)
    return list(db.exec(chosen.order_by(col(Outbox.due), col(Outbox.seq))))


def standing(db: Session, community_id: str, link: str) -> list[Outbox]:
    """Where a link is shown now."""
    chosen = select(Outbox).where(Outbox.community_id == community_id, Outbox.link == link, Outbox.ref != "")
    return list(db.exec(chosen.order_by(col(Outbox.seq))))


def links_standing(db: Session, community_id: str, most: int) -> list[str]:
    """What is shown anywhere, the newest first."""
    chosen = select(Outbox.link).where(Outbox.community_id == community_id, Outbox.ref != "").group_by(col(Outbox.link))
    return list(db.exec(chosen.order_by(func.max(Outbox.seq).desc()).limit(most)))


def waiting_for(db: Session, member_id: str) -> list[Outbox]:
    """Direct messages that could not be delivered and wait for the member's next visit."""
    return list(db.exec(WAITS, params={"member": member_id}))


def interrupted(db: Session) -> Iterable[Outbox]:
    """Rows that were being sent when the process ended: nobody knows whether they arrived."""
    return db.exec(select(Outbox).where(Outbox.state == SENDING))
