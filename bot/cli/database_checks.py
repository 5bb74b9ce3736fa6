"""What the doctor looks at in the database, a file of SQLite or a server of PostgreSQL; nothing is written."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from bot.cli.checks import Check, Served, check_skew
from bot.config.sections import Database

PLACES = ("announcements", "welcome")
SPACES = text("SELECT id, community_id, platform, name FROM space WHERE active")
CHANNELS = text("""
SELECT place.purpose, channel.missing FROM channel JOIN place ON place.id = channel.place_id
WHERE channel.space_id = :space AND place.community_id = :community AND channel.ref <> ''
""")
SERVED = text("""
SELECT space.platform, space.ref, place.purpose, place.name, channel.ref, channel.role
FROM channel JOIN place ON place.id = channel.place_id JOIN space ON space.id = channel.space_id
WHERE space.active AND channel.ref <> '' AND NOT channel.missing AND place.purpose NOT LIKE 'channel:%'
ORDER BY space.id, place.purpose
""")
REVISION = text("SELECT version_num FROM alembic_version")
SERVER = text("SELECT now(), current_setting('server_version')")
POSTGRESQL = 14  # the oldest that its makers still mend
NO_DRIVER = "Install commonplace-bot[postgresql], or name a file of SQLite in [database] url."
ELSEWHERE = "Look at [database] url, and whether the server runs and lets this machine in."


@contextmanager
def looking(database: Database) -> Iterator[Connection]:
    """A connection that only reads."""
    if database.shared:
        from storage.store.postgresql_engine import LOOKING, make_engine

        engine = make_engine(make_url(database.url), 1, LOOKING)
    else:
        address = f"{database.path.absolute().as_uri()}?mode=ro"
        engine = create_engine("sqlite://", poolclass=NullPool, creator=lambda: sqlite3.connect(address, uri=True))
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def served_in(database: Database) -> list[Served]:
    """Every channel that serves a purpose; none when there is no database yet, or one that cannot be read."""
    try:
        with looking(database) as db:
            return [Served(*row) for row in db.execute(SERVED)]
    except (SQLAlchemyError, ModuleNotFoundError):
        return []  # which check_database says


def check_database(database: Database) -> Iterator[Check]:
    """What a start would find."""
    if database.shared:
        yield from check_server(database)
        return
    path = database.path
    folder = nearest(path.absolute().parent)
    if not os.access(folder, os.W_OK):
        yield Check(
            "database", "wrong", f"Nothing can be written into {folder}.", f"Give this user the right: {folder}"
        )
        return
    if not path.exists():
        yield Check("database", "ok", f"{path} will be made at the first start")
        return
    try:
        with looking(database) as db:
            yield from look_into_file(db, path)
    except SQLAlchemyError as error:
        fix = "Put a backup in its place, or name another file in [database] url."
        yield Check("database", "wrong", f"{path} cannot be read: {said(error)}.", fix)


def nearest(folder: Path) -> Path:
    """The folder, or the first one above it that exists."""
    return next(each for each in (folder, *folder.parents) if each.exists())


def look_into_file(db: Connection, path: Path) -> Iterator[Check]:
    damage = db.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
    mode = db.exec_driver_sql("PRAGMA journal_mode").scalar_one()
    if damage != "ok":
        yield Check("database", "wrong", f"{path} is damaged: {damage}.", "Put the newest backup in its place.")
        return
    if mode != "wal":
        yield Check("database", "note", f"{path} is not in WAL mode.", "The next start of the bot mends that.")
    else:
        yield Check("database", "ok", f"{path} can be read and written, in WAL mode")
    yield from look_at_schema(db)


def check_server(database: Database) -> Iterator[Check]:
    from storage.store.postgresql_engine import said_by

    where = said_by(make_url(database.url))
    try:
        with looking(database) as db:
            yield from look_into_server(db, where)
    except ModuleNotFoundError:
        yield Check("database", "wrong", "The package psycopg is missing.", NO_DRIVER)
    except SQLAlchemyError as error:
        yield Check("database", "wrong", f"{where} cannot be used: {said(error)}.", ELSEWHERE)


def look_into_server(db: Connection, where: str) -> Iterator[Check]:
    asked = datetime.now(UTC)
    now, version = db.execute(SERVER).one()
    took = datetime.now(UTC) - asked
    if int(str(version).partition(".")[0]) < POSTGRESQL:
        yield Check("database", "note", f"PostgreSQL {version} is mended by nobody any more.", "Upgrade the server.")
    else:
        yield Check("database", "ok", f"{where}, PostgreSQL {version}")
    yield from check_skew("database clock", (asked + took / 2 - now).total_seconds())
    yield from look_at_schema(db)
    if db.dialect.has_table(db, "replica"):
        from bot.cli.replica_checks import check_replicas

        yield from check_replicas(db)


def look_at_schema(db: Connection) -> Iterator[Check]:
    from storage import schema

    head = schema.head()
    have = ""
    if db.dialect.has_table(db, "alembic_version"):
        have = str(db.execute(REVISION).scalar() or "")
    if have == head:
        yield Check("migrations", "ok", f"at {head}, the newest")
        yield from check_channels(db)
    elif have > head and may_go_on(db):
        yield Check("migrations", "ok", f"at {have}, of a newer version; this one, at {head}, may go on")
        yield from check_channels(db)
    elif have > head:
        told = f"at {have}, and this version knows {head} at most."
        yield Check("migrations", "wrong", told, "Use the newer version of Commonplace again.")
    else:
        told = f"at {have or 'nothing'}, {head} is the newest."
        yield Check("migrations", "note", told, "The next start does it, or commonplace db upgrade.")


def may_go_on(db: Connection) -> bool:
    """Whether this code may work with a schema that it does not know."""
    from storage import schema

    try:
        schema.behind(db)
    except schema.NewerDatabase:
        return False
    return True


def check_channels(db: Connection) -> Iterator[Check]:
    """Whether every chat has a channel for what the bot has to say to all."""
    spaces = db.execute(SPACES).all()
    if not spaces:
        yield Check("channels", "skipped", "The bot has not been in any chat yet")
    for space_id, community_id, platform, name in spaces:
        found = db.execute(CHANNELS, {"space": space_id, "community": community_id})
        mapped = {purpose: missing for purpose, missing in found}  # noqa: C416  # rows are no pairs to mypy
        lacking = [purpose for purpose in PLACES if mapped.get(purpose, True)]
        where = f"{name or 'a chat'} ({platform.capitalize()})"
        if lacking:
            told = f"{where} has no channel for {' and '.join(lacking)}."
            yield Check("channels", "note", told, "In that channel, a coordinator types /community place.")
        else:
            yield Check("channels", "ok", f"{where} has channels for {' and '.join(PLACES)}")


def said(error: SQLAlchemyError) -> str:
    """What the driver said, on one line."""
    told = error.orig if isinstance(error, DBAPIError) else error
    return " ".join(str(told).split()).rstrip(".")
