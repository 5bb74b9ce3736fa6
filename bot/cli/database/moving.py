"""Moving to another database: the bot stands still, everything is copied and compared, the source stays as it is."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, create_engine, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError

from bot.cli.console import BUSY, WRONG_SETTINGS, Stop, progress
from bot.cli.database import NO_DRIVER
from bot.cli.database.restoring import take_lock
from storage import schema
from storage.moving import Moved, NotMoved, move
from storage.store.sqlite import open_engine

OTHERS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND backend_type = 'client backend'"
)
LEAVING = 3.0  # seconds that a connection may take to be gone
KINDS = {"sqlite": "sqlite", "postgresql": "postgresql", "postgres": "postgresql"}


def carry_over(source: str, target: str) -> list[Moved]:
    """Move everything from one address to the other; which tables there are now."""
    old, new = read_address(source), read_address(target)
    if old == new:
        raise Stop("That is one and the same database. Nothing was moved.", WRONG_SETTINGS)
    try:
        with progress("Copying and comparing"), opened(old) as reading, made(new) as writing:
            moved = move(reading, writing)
            writing.commit()
    except (NotMoved, schema.NewerDatabase) as problem:
        raise Stop(f"{problem} Nothing was moved.") from problem
    except DBAPIError as error:
        raise Stop(f"The database cannot be used: {str(error.orig).strip()} Nothing was moved.") from error
    return moved


def read_address(url: str) -> URL:
    try:
        address = make_url(url)
    except ArgumentError:
        raise Stop("Give addresses such as sqlite:///commonplace.db or postgresql://…", WRONG_SETTINGS) from None
    kind = KINDS.get(address.drivername.partition("+")[0])
    if kind is None or not address.database:
        raise Stop(f"{address.drivername} is no database that I know, or its name is missing.", WRONG_SETTINGS)
    return address.set(drivername="postgresql+psycopg" if kind == "postgresql" else kind)


@contextmanager
def opened(address: URL) -> Iterator[Connection]:
    """What is moved: nobody changes it meanwhile, least of all we."""
    if address.drivername != "sqlite":
        with connected(address) as connection:
            yield connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        return
    path = Path(address.database or "")
    if not path.is_file():
        raise Stop(f"There is no database at {path}. Nothing was moved.")
    with locked(path, readonly=True) as connection:
        yield connection


@contextmanager
def made(address: URL) -> Iterator[Connection]:
    """Where it goes: with all tables, and what is not committed at the end is gone."""
    around = connected(address) if address.drivername != "sqlite" else locked(Path(address.database or ""))
    with around as connection:
        schema.upgrade(connection.engine)
        yield connection


@contextmanager
def locked(path: Path, *, readonly: bool = False) -> Iterator[Connection]:
    """A file that no bot works on."""
    held = take_lock(path)
    engine = open_engine(path, readonly=readonly, size=2)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()
        held.close()


@contextmanager
def connected(address: URL) -> Iterator[Connection]:
    """A database of a server that nobody else is connected to."""
    try:
        engine = create_engine(address, hide_parameters=True, use_native_hstore=False)
    except ModuleNotFoundError as missing:
        raise Stop(NO_DRIVER, WRONG_SETTINGS) from missing
    try:
        with engine.connect() as connection:
            if others := others_on(connection):
                text = f"{others} others are connected to {address.database}. Stop every replica first."
                raise Stop(f"{text} Nothing was moved.", BUSY)
            yield connection
    finally:
        engine.dispose()


def others_on(connection: Connection) -> int:
    """How many others are connected; who has just left is still seen for a moment."""
    until = time.monotonic() + LEAVING
    while True:
        others = int(connection.execute(OTHERS).scalar_one())
        connection.rollback()
        if not others or time.monotonic() > until:
            return others
        time.sleep(0.1)


def as_table(moved: list[Moved]) -> str:
    """A line a table: rows, and the beginning of what was compared."""
    width = max(len(each.table) for each in moved)
    lines = [f"{each.table:<{width}}  {each.rows:>9,}  {each.digest[:12]}" for each in moved]
    return "\n".join((f"{'table':<{width}}  {'rows':>9}  the same in both", *lines))
