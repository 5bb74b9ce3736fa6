"""Erasures: who wanted everything deleted, here and in a journal that lies outside the database and outlives a restore.

The journal names nobody.  It holds a keyed digest of each account, so that only whoever has the account before them,
in a database that was put back, can tell that it was erased.
"""

import hmac
import json
import os
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import ColumnElement, delete, exists, true, update
from sqlmodel import Field, Session, SQLModel, col, select
from sqlmodel.sql.expression import SelectOfScalar

from storage.columns import UTCTime, new_id
from storage.finding import forget_deleted
from storage.ledger import Draft
from storage.outbox import DEAD, HELD, KEPT, PENDING, SENDING, SKIPPED, WAITING, Outbox
from storage.people import ONE_IDENTITY, Account, Code, Community, Member, Muted, Space, Worry

OWNER_ALONE = 0o600
KEY_BYTES = 32


class Erasure(SQLModel, table=True):
    """A line of the journal that has been done here: somebody had everything deleted.

    ``member_id`` is who has no name any more; None where a database that was put back did not know them.
    """

    id: str = Field(default_factory=new_id, primary_key=True)
    community_id: str = Field(foreign_key="community.id", index=True)
    member_id: str | None = Field(default=None, foreign_key="member.id", index=True)
    at: datetime = Field(sa_type=UTCTime)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the journal: an erasure's id, in which community and when it was, and the marks of the accounts."""

    id: str
    community_id: str
    at: str
    marks: list[str]


class Journal:
    """A file to which lines are only added, and beside it the key without which they mean nothing."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.key_path = path.with_name(f"{path.name}.key")

    def mark(self, community_id: str, platform: str, space: str, user: str) -> str:
        """An account as the journal knows it; the same person of a platform in two spaces may be one account."""
        where = "" if platform in ONE_IDENTITY else space
        return hmac.digest(self._key, f"{community_id}\n{platform}\n{where}\n{user}".encode(), "sha256").hex()

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

    @cached_property
    def _key(self) -> bytes:
        """Made at the first need, and whole or not there at all."""
        if not self.key_path.exists():
            made = self.key_path.with_name(f"{self.key_path.name}.new")
            made.unlink(missing_ok=True)
            with open_private(made, os.O_WRONLY | os.O_EXCL) as file:
                file.write(secrets.token_hex(KEY_BYTES).encode())
                file.flush()
                os.fsync(file.fileno())
            made.rename(self.key_path)
        return bytes.fromhex(self.key_path.read_text("ascii"))


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


def unwritten(db: Session, journal: Journal) -> list[Entry]:
    """Erasures that the journal lacks."""
    written = {entry.id for entry in journal.entries()}
    fresh = [row for row in db.exec(gone()) if row.id not in written]
    return [Entry(row.id, row.community_id, row.at.isoformat(), marks(db, journal, row)) for row in fresh]


def marks(db: Session, journal: Journal, row: Erasure) -> list[str]:
    return sorted({mark for mark, _ in marked(db, journal, col(Account.member_id) == row.member_id)})


def marked(db: Session, journal: Journal, which: ColumnElement[bool]) -> Iterator[tuple[str, str]]:
    """Marks of accounts, each with its member."""
    chosen = select(Account, Space.ref).join(Space, col(Space.id) == col(Account.space_id)).where(which)
    for account, space in db.exec(chosen):
        yield journal.mark(account.community_id, account.platform, space, account.ref), account.member_id


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
    owners = dict(marked(db, journal, true()))
    back = {entry.id: next((owners[mark] for mark in entry.marks if mark in owners), None) for entry in missing}
    for entry in missing:
        at = datetime.fromisoformat(entry.at)
        db.merge(Erasure(id=entry.id, community_id=entry.community_id, member_id=back[entry.id], at=at))
    db.flush()
    return sorted({member_id for member_id in back.values() if member_id})
