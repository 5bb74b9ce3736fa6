"""Erasures: who wanted everything deleted, here and in a journal that lies outside the database and outlives a restore.

The journal names nobody.  It holds a keyed digest of each account, so that only whoever has the account before them,
in a database that was put back, can tell that it was erased.  Each replica has a journal of its own, and all of them
hold the same: the lines stand in the database too, also when the accounts are gone, and so does the key.
"""

import hmac
import json
import os
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import JSON, ColumnElement, delete, exists, or_, true, update
from sqlmodel import Column, Field, Session, SQLModel, col, select
from sqlmodel.sql.expression import SelectOfScalar

from storage.asking import insert_once
from storage.columns import UTCTime, new_id
from storage.finding import forget_deleted
from storage.ledger import Draft
from storage.outbox import DEAD, HELD, KEPT, PENDING, SENDING, SKIPPED, WAITING, Outbox
from storage.people import ONE_IDENTITY, Account, Code, Community, Member, Muted, Space, Worry

OWNER_ALONE = 0o600
KEY_BYTES = 32


class Erasure(SQLModel, table=True):
    """A line of the journal that has been done here: somebody had everything deleted.

    ``member_id`` is who has no name any more; None where a database that was put back did not know them.  ``marks`` are
    those of the accounts; None until the first replica comes round to it.
    """

    id: str = Field(default_factory=new_id, primary_key=True)
    community_id: str = Field(foreign_key="community.id", index=True)
    member_id: str | None = Field(default=None, foreign_key="member.id", index=True)
    at: datetime = Field(sa_type=UTCTime)
    marks: list[str] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))


class Seal(SQLModel, table=True):
    """The key of the marks that stand here, one for the journals of all replicas."""

    name: str = Field(default="erasures", primary_key=True)
    key: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the journal: an erasure's id, in which community and when it was, and the marks of the accounts."""

    id: str
    community_id: str
    at: str
    marks: list[str]


class Journal:
    """A file to which lines are only added, and beside it the keys without which they mean nothing."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.key_path = path.with_name(f"{path.name}.key")

    def entries(self) -> list[Entry]:
        """All lines that are whole: one that was cut off by a power cut was never counted."""
        if not self.path.exists():
            return []
        found = []
        for line in self.path.read_text("utf-8").splitlines():
            try:
                found.append(Entry(**json.loads(line)))
            except (ValueError, TypeError):
                continue
        return found

    def add(self, entries: Iterable[Entry]) -> None:
        """On the disk when this returns."""
        lines = "".join(f"{json.dumps(asdict(entry))}\n" for entry in entries)
        with open_private(self.path, os.O_RDWR | os.O_APPEND) as file:
            size = file.seek(0, os.SEEK_END)
            whole = not size or os.pread(file.fileno(), 1, size - 1) == b"\n"
            file.write((lines if whole else f"\n{lines}").encode())
            file.flush()
            os.fsync(file.fileno())

    def keys(self) -> list[str]:
        """Those of its lines: one, or more where it has served databases that did not know each other."""
        return self.key_path.read_text("ascii").split() if self.key_path.exists() else []

    def key(self) -> str:
        """The newest one, made at the first need."""
        if not self.keys():
            self.learn(secrets.token_hex(KEY_BYTES))
        return self.keys()[-1]

    def learn(self, key: str) -> None:
        """Keep a key; on the disk when this returns, whole or not there at all."""
        keys = self.keys()
        if key in keys:
            return
        made = self.key_path.with_name(f"{self.key_path.name}.{new_id()}")
        with open_private(made, os.O_WRONLY | os.O_EXCL) as file:
            file.write("\n".join([*keys, key]).encode())
            file.flush()
            os.fsync(file.fileno())
        made.replace(self.key_path)


def mark(key: str, community_id: str, platform: str, space: str, user: str) -> str:
    """An account as the journal knows it; the same person of a platform in two spaces may be one account."""
    where = "" if platform in ONE_IDENTITY else space
    text = f"{community_id}\n{platform}\n{where}\n{user}"
    return hmac.digest(bytes.fromhex(key), text.encode(), "sha256").hex()


def open_private(path: Path, flags: int) -> BinaryIO:
    """Made if need be, for its owner alone."""
    return os.fdopen(os.open(path, flags | os.O_CREAT, OWNER_ALONE), "rb+" if flags & os.O_RDWR else "wb")


def wipe(db: Session, member: Member, now: datetime) -> None:
    """Everything that no feature looks after goes, and the erasure is noted.  Drafts follow: one is being answered."""
    mine = member.id
    db.execute(update(Account).where(col(Account.member_id) == mine).values(name="", locale="", zone=""))
    for table in (Worry, Muted, Code):
        db.execute(delete(table).where(col(table.member_id) == mine))
    waits = col(Outbox.state).in_((PENDING, WAITING, KEPT, HELD, DEAD))
    told = (col(Outbox.member_id) == mine, col(Outbox.op) == "tell", waits)
    db.execute(update(Outbox).where(*told).values(state=SKIPPED, reason="left", error=""))
    member.zone = member.locale = ""
    db.add(Erasure(community_id=member.community_id, member_id=mine, at=now))
    db.flush()


def seal(db: Session) -> str:
    """The key of the marks that stand here; empty when there are none yet."""
    return db.exec(select(Seal.key)).first() or ""


def agree(db: Session, offered: str) -> str:
    """The key that all replicas use: what is offered, unless another one was first."""
    insert_once(db, Seal(key=offered), "name")
    return seal(db)


def unmarked(db: Session) -> list[Erasure]:
    return list(db.exec(gone().where(col(Erasure.marks).is_(None))))


def put_marks(db: Session, offered: str) -> None:
    """Note the marks of who was erased, as long as the accounts are there."""
    key = agree(db, offered)
    for row in unmarked(db):
        row.marks = sorted({found for found, _ in marked(db, [key], col(Account.member_id) == row.member_id)})
        db.add(row)


def unwritten(db: Session, written: Iterable[str]) -> list[Entry]:
    """Erasures that a journal with these lines lacks."""
    chosen = select(Erasure).outerjoin(Member, col(Member.id) == col(Erasure.member_id))
    noted = (col(Erasure.marks).is_not(None), or_(col(Erasure.member_id).is_(None), col(Member.status) == "left"))
    known = set(written)
    fresh = [row for row in db.exec(chosen.where(*noted)) if row.id not in known]
    return [Entry(row.id, row.community_id, row.at.isoformat(), row.marks or []) for row in fresh]


def marked(db: Session, keys: Sequence[str], which: ColumnElement[bool]) -> Iterator[tuple[str, str]]:
    """Marks of accounts under each of the keys, each with its member."""
    chosen = select(Account, Space.ref).join(Space, col(Space.id) == col(Account.space_id)).where(which)
    for account, space in db.exec(chosen):
        for key in keys:
            yield mark(key, account.community_id, account.platform, space, account.ref), account.member_id


def gone() -> SelectOfScalar[Erasure]:
    """Erasures of those who have not come back since."""
    return select(Erasure).join(Member, col(Member.id) == col(Erasure.member_id)).where(Member.status == "left")


def finished(db: Session, written: Iterable[str]) -> list[str]:
    """Of those in the journal, the members whose accounts nothing needs: there is no channel to take them out of."""
    mine = col(Erasure.member_id)
    busy = exists().where(col(Outbox.member_id) == mine, col(Outbox.state).in_((PENDING, SENDING)))
    still = exists().where(col(Account.member_id) == mine)
    chosen = gone().where(still, ~busy, col(Erasure.id).in_(list(written)))
    return [row.member_id for row in db.exec(chosen) if row.member_id]


def let_go(db: Session, written: Iterable[str]) -> None:
    """Their accounts go as well: whoever comes back is somebody new."""
    members = finished(db, written)
    drop_drafts(db, members)
    db.execute(delete(Account).where(col(Account.member_id).in_(members)))
    forget_deleted(db)


def drop_drafts(db: Session, members: Iterable[str]) -> None:
    db.execute(delete(Draft).where(col(Draft.member_id).in_(list(members))))


def catch_up(db: Session, journal: Journal) -> list[str]:
    """Take over what the journal knows and this database, being older, does not; whose data is there again."""
    known = set(db.exec(select(Erasure.id)))
    communities = set(db.exec(select(Community.id)))
    missing = [entry for entry in journal.entries() if entry.id not in known and entry.community_id in communities]
    if not missing:
        return []
    agree(db, journal.key())
    owners = dict(marked(db, journal.keys(), true()))
    back = {entry.id: next((owners[mark] for mark in entry.marks if mark in owners), None) for entry in missing}
    for entry in missing:
        at = datetime.fromisoformat(entry.at)
        row = Erasure(id=entry.id, community_id=entry.community_id, member_id=back[entry.id], at=at, marks=entry.marks)
        db.merge(row)
    db.flush()
    return sorted({member_id for member_id in back.values() if member_id})
