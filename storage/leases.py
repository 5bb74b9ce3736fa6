"""Who runs, and who may do what only one may do at a time: replicas, leases with fencing numbers, and what may run.

A lease says who does something until when.  Its token grows with each new holder, so that a holder who slept
through the end of a lease, and does not know it, is told from the one who has it now.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, update
from sqlmodel import Field, Session, SQLModel, col, func, select

from storage.asking import insert_once
from storage.columns import UTCTime


class Replica(SQLModel, table=True):
    """One running process, as it last reported."""

    id: str = Field(primary_key=True)
    name: str  # the machine and the process, for people
    process: str = ""  # the same, so that no other process is ever called so
    version: str
    revision: str  # the newest schema that its code knows
    started: datetime = Field(sa_type=UTCTime)
    seen: datetime = Field(sa_type=UTCTime, index=True)


class Lease(SQLModel, table=True):
    """Something of which there is one, and who has it."""

    name: str = Field(primary_key=True)
    holder: str = ""  # a replica's id; nobody when empty
    token: int = 0  # grows with each new holder
    until: datetime = Field(sa_type=UTCTime)


class Compatible(SQLModel, table=True):
    """One row: the oldest code that may work with this schema, by the newest revision which that code knows."""

    oldest: str = Field(primary_key=True)


def clock(db: Session) -> datetime:
    """The time by PostgreSQL's clock, now and not at the begin of the transaction."""
    at: datetime = db.exec(select(func.clock_timestamp())).one()
    return at


# Replicas.


def report(db: Session, me: Replica) -> None:
    """Say that this replica lives."""
    row = db.get(Replica, me.id) or Replica(**me.model_dump())
    row.seen = me.seen
    db.add(row)
    db.flush()


def replicas(db: Session, since: datetime) -> list[Replica]:
    """Who was seen since then, the oldest first."""
    chosen = select(Replica).where(col(Replica.seen) > since)
    return list(db.exec(chosen.order_by(col(Replica.started), col(Replica.id))))


def leave(db: Session, replica: str) -> None:
    """This replica ends, and whatever it still holds is free."""
    db.execute(update(Lease).where(col(Lease.holder) == replica).values(holder=""))
    db.execute(delete(Replica).where(col(Replica.id) == replica))


def sweep(db: Session, before: datetime) -> None:
    """Forget replicas that ended long ago without a word."""
    db.execute(delete(Replica).where(col(Replica.seen) < before))


# Leases.


def leases(db: Session, prefix: str = "") -> list[Lease]:
    chosen = select(Lease).where(col(Lease.name).startswith(prefix, autoescape=True))
    return list(db.exec(chosen.order_by(col(Lease.name))))


def free(db: Session, names: Collection[str], now: datetime) -> list[str]:
    """Those that nobody holds, in the order of the names."""
    held = select(Lease.name).where(col(Lease.name).in_(names), col(Lease.holder) != "", col(Lease.until) > now)
    taken = set(db.exec(held))
    return [name for name in names if name not in taken]


def take(db: Session, name: str, holder: str, now: datetime, until: datetime) -> int:
    """Take a lease that is free, has run out or is one's own already; its token, or 0 when somebody else has it.

    The row is locked until the transaction ends: it waits for those whose work was heard under the old token, and who
    asks ``current`` afterwards sees the new one.
    """
    if db.exec(select(Lease.name).where(Lease.name == name)).first() is None:
        insert_once(db, Lease(name=name, until=now), "name")  # somebody else may do so at the same moment
    chosen = select(Lease).where(Lease.name == name).with_for_update().execution_options(populate_existing=True)
    row = db.exec(chosen).one()
    if row.holder != holder:
        if row.holder and row.until > now:
            return 0
        row.holder, row.token = holder, row.token + 1
    row.until = until
    db.add(row)
    db.flush()
    return row.token


def renew(db: Session, holder: str, until: datetime) -> dict[str, int]:
    """Keep everything that is still this holder's; the tokens by name.  What is missing is lost."""
    kept = (
        update(Lease)
        .where(col(Lease.holder) == holder)
        .values(until=until)
        .returning(col(Lease.name), col(Lease.token))
    )
    return {row.name: row.token for row in db.execute(kept)}


def release(db: Session, holder: str, names: Collection[str]) -> None:
    """Let go, so that nobody has to wait for the end of the lease."""
    db.execute(update(Lease).where(col(Lease.holder) == holder, col(Lease.name).in_(names)).values(holder=""))


def current(db: Session, name: str, token: int) -> bool:
    """Whether a lease is still the one of this token, and stays it until the transaction ends.

    The lock holds off a new holder and nobody else: neither the renewals, nor others who ask this.
    """
    chosen = select(Lease.name).where(Lease.name == name, Lease.token == token)
    return db.exec(chosen.with_for_update(read=True, key_share=True)).first() is not None
