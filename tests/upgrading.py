"""Upgrades from outside: what a file holds, rows in every table of an old revision, and upgrades that are killed.

As a program, it kills an upgrade at its first statement, at its second, and so on, and prints how many there were.
"""

import os
import shutil
import signal
import sqlite3
import sys
from collections.abc import Mapping
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from typing import Any

from alembic import command
from sqlalchemy import Boolean, Column, Date, DateTime, Engine, Integer, MetaData, event, insert, select
from sqlalchemy.types import JSON

from storage import schema
from storage.moving import Digest
from storage.store.sqlite import open_engine

Row = dict[str, Any]
OURS = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%\\_search%' ESCAPE '\\'"


def content(path: Path, like: dict[str, list[str]] | None = None) -> dict[str, tuple[int, str]]:
    """Rows and their digest by table; of these tables and columns alone, where they are given."""
    found = {}
    with closing(sqlite3.connect(path)) as db:
        db.row_factory = sqlite3.Row
        for (table,) in db.execute(OURS).fetchall():
            if table == "alembic_version" or (like is not None and table not in like):
                continue
            digest = Digest()
            for row in db.execute(f'SELECT * FROM "{table}"'):  # noqa: S608  # a name that the database itself gave
                digest.add({name: row[name] for name in row.keys() if like is None or name in like[table]})  # noqa: SIM118
            found[table] = (digest.rows, digest.text)
    return found


def columns(path: Path) -> dict[str, list[str]]:
    with closing(sqlite3.connect(path)) as db:
        tables = [name for (name,) in db.execute(OURS)]
        return {table: [row[1] for row in db.execute(f'PRAGMA table_info("{table}")')] for table in tables}


def revision(path: Path) -> str:
    with closing(sqlite3.connect(path)) as db:
        rows = db.execute("SELECT version_num FROM alembic_version").fetchall() if columns(path) else []
    return str(rows[0][0]) if rows else ""


def upgrade_to(engine: Engine, wanted: str) -> None:
    config = schema.configuration()
    with engine.connect() as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, wanted)


def fill(engine: Engine) -> list[str]:
    """A row in every table of a database at whatever revision, each tied to those that it refers to; the tables."""
    metadata = MetaData()
    made: dict[str, Row] = {}
    with engine.connect() as connection, connection.begin():
        metadata.reflect(connection)
        for table in metadata.sorted_tables:
            if table.name != "alembic_version" and "_search" not in table.name:
                made[table.name] = {column.name: value(column, made) for column in table.columns}
                connection.execute(insert(table).values(made[table.name]))
    return list(made)


def value(column: Column[Any], made: dict[str, Row]) -> Any:
    for key in column.foreign_keys:
        return made[key.column.table.name][key.column.name]
    of_type = {Boolean: False, Integer: 1, DateTime: datetime(2026, 3, 2, 9, 0), Date: date(2026, 3, 2), JSON: {}}  # noqa: DTZ001
    found = (given for kind, given in of_type.items() if isinstance(column.type, kind))
    return next(found, f"{column.table.name} {column.name}")


def take_over(path: Path, engine: Engine) -> None:
    """Put the rows of a file into another database that is at its revision."""
    metadata, there = MetaData(), MetaData()
    source = open_engine(path, readonly=True)
    with source.connect() as reading, engine.begin() as writing:
        there.reflect(reading)
        metadata.reflect(writing)
        for table in metadata.sorted_tables:
            if table.name != "alembic_version" and table.name in there.tables and "_search" not in table.name:
                writing.execute(
                    insert(table), [dict(r) for r in reading.execute(select(there.tables[table.name])).mappings()]
                )
    source.dispose()


def digests(engine: Engine, of: Mapping[str, list[str]]) -> dict[str, tuple[int, str]]:
    """Rows and their digest by table, of these columns."""
    metadata, found = MetaData(), {}
    with engine.connect() as connection:
        metadata.reflect(connection)
        for name in of.keys() - {"alembic_version"}:
            digest = Digest()
            for row in connection.execute(select(*(metadata.tables[name].c[c] for c in of[name]))).mappings():
                digest.add(dict(row))
            found[name] = (digest.rows, digest.text)
    return found


def die_at(engine: Engine, step: int) -> None:
    """The process is killed before it runs this statement."""
    left = step

    @event.listens_for(engine, "before_cursor_execute")
    def count(*_: object) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def dies(path: Path, step: int) -> bool:
    """Upgrade in a process of its own; whether it died on the way."""
    child = os.fork()
    if child == 0:
        engine = open_engine(path)
        die_at(engine, step)
        schema.upgrade(engine)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def main(source: Path, folder: Path, stride: int) -> None:
    work, step = folder / "work.db", 1
    before = revision(source), content(source)
    while True:
        for path in folder.glob("work.db*"):
            path.unlink()
        shutil.copy(source, work)
        if not dies(work, step):
            break
        after = revision(work), content(work)
        if after != before:
            sys.exit(f"killed at statement {step}, the database is at {after[0]}")
        step += stride
    sys.stdout.write(f"{step}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
