"""Moving: everything from one database to another, table by table, in one transaction, counted and compared."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Table, func, insert, select, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, SQLModel
from sqlmodel import select as choose

from storage.resources import Resource, index

OF_THE_PROCESSES = {"replica", "lease", "compatible"}  # each database has its own
AT_ONCE = 500  # rows in memory
MODULUS = 1 << 256
SEQUENCES = "SELECT relname FROM pg_class WHERE relkind = 'S' AND relnamespace = current_schema()::regnamespace"


class NotMoved(RuntimeError):
    """Nothing was moved; as a string, a sentence that says why."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A table as it is now in both databases: how many rows, and a digest of all values whatever their order."""

    table: str
    rows: int
    digest: str


class Digest:
    """A sum over rows: the same rows in another order, or from another database, have the same one."""

    def __init__(self) -> None:
        self.rows = 0
        self._sum = 0

    def add(self, row: Mapping[str, Any]) -> None:
        values = json.dumps({name: plain(value) for name, value in row.items()}, sort_keys=True)
        self._sum = (self._sum + int.from_bytes(sha256(values.encode()).digest())) % MODULUS
        self.rows += 1

    @property
    def text(self) -> str:
        return f"{self._sum:064x}"


def plain(value: object) -> object:
    """A value as both databases give it back."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else value


def move(source: Connection, target: Connection) -> list[Moved]:
    """Copy everything.  The caller commits at the target, if this returns; nothing is changed at the source."""
    same_revision(source, target)
    must_be_empty(target)
    tables = [t for t in SQLModel.metadata.sorted_tables if t.name not in OF_THE_PROCESSES]  # first who is referred to
    given = {table.name: copy_rows(source, target, table) for table in tables}
    set_sequences(target)
    index_everything(target)
    for table in tables:
        sent, arrived = given[table.name], digest_of(target, table)
        if (sent.rows, sent.text) != (arrived.rows, arrived.text):
            raise NotMoved(f"{table.name} has {sent.rows} rows there and {arrived.rows} here, or other ones.")
    return [Moved(name, digest.rows, digest.text) for name, digest in given.items()]


def same_revision(source: Connection, target: Connection) -> None:
    have, wanted = (MigrationContext.configure(c).get_current_revision() for c in (source, target))
    if not have or have != wanted:
        raise NotMoved(f"The databases are at revisions {have or 'none'} and {wanted or 'none'}. Upgrade both first.")


def must_be_empty(target: Connection) -> None:
    counts = (
        (t.name, target.execute(select(func.count()).select_from(t)).scalar())
        for t in SQLModel.metadata.tables.values()
        if t.name != "compatible"
    )
    full = sorted(name for name, rows in counts if rows)
    if full:
        raise NotMoved(f"The target has something in it already, in {', '.join(full[:3])}. Give an empty database.")


def copy_rows(source: Connection, target: Connection, table: Table) -> Digest:
    digest = Digest()
    try:
        for rows in stream(source, table):
            for row in rows:
                digest.add(row)
            target.execute(insert(table), rows)
    except DBAPIError as error:
        raise NotMoved(f"The target does not take the rows of {table.name}: {error.orig}") from error
    return digest


def digest_of(connection: Connection, table: Table) -> Digest:
    digest = Digest()
    for rows in stream(connection, table):
        for row in rows:
            digest.add(row)
    return digest


def stream(connection: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    """All rows, a handful at a time."""
    for rows in connection.execute(select(table).execution_options(yield_per=AT_ONCE)).mappings().partitions():
        yield [dict(row) for row in rows]


def set_sequences(target: Connection) -> None:
    """PostgreSQL numbers with sequences: they go on where the rows end."""
    if target.dialect.name != "postgresql":
        return
    known = set(target.execute(text(SEQUENCES)).scalars())
    for table in SQLModel.metadata.sorted_tables:
        for column in table.columns:
            name = f"{table.name}_{column.name}_seq"  # as PostgreSQL itself would name it
            if name in known:
                last = target.execute(select(func.max(column))).scalar()
                target.execute(select(func.setval(name, last or 1, last is not None)))


def index_everything(target: Connection) -> None:
    """What the search finds is kept beside the rows, in each database in its own way."""
    with Session(target, join_transaction_mode="rollback_only") as db:
        for resource in db.exec(choose(Resource).execution_options(yield_per=AT_ONCE)):
            index(db, resource)
        db.flush()
