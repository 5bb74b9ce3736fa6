"""What the database knows about how the bot is doing: how much is due, for how long, and what nobody could deliver."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session, col, func, select

from storage import outbox
from storage.outbox import DEAD, HELD, PENDING, Outbox

TOUCH = text("UPDATE alembic_version SET version_num = version_num")
REVISION = text("SELECT version_num FROM alembic_version")


@dataclass(frozen=True, slots=True)
class Figures:
    """Numbers of the outbox at one moment."""

    pending: int  # due and not sent
    planned: int  # for later
    dead: int
    held: int
    due_since: datetime | None  # of the row that has been due longest
    claimable_since: datetime | None  # of the one that nothing holds back: no pause, nobody before it


def figures(db: Session, now: datetime) -> Figures:
    waits = col(Outbox.state) == PENDING
    pending, oldest = db.exec(select(func.count(), func.min(Outbox.due)).where(waits, Outbox.due <= now)).one()
    ready = [row.id for row in outbox.due(db, now)]
    since = func.min(func.coalesce(Outbox.retry, Outbox.due))  # a pause that is over was not the dispatcher's fault
    return Figures(
        pending=pending,
        planned=db.exec(select(func.count()).where(waits, Outbox.due > now)).one(),
        dead=db.exec(select(func.count()).where(Outbox.state == DEAD)).one(),
        held=db.exec(select(func.count()).where(Outbox.state == HELD)).one(),
        due_since=oldest,
        claimable_since=db.exec(select(since).where(col(Outbox.id).in_(ready))).one(),
    )


def touch(db: Session) -> str:
    """Write without changing anything, so that a commit proves that the disk takes it; the revision of the schema."""
    db.execute(TOUCH)
    return str(db.execute(REVISION).scalar_one())
