"""Work for a store, a writer that is kept busy, and trouble with the database from outside."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import make_url, text
from sqlmodel import Session

from storage.people import Community
from storage.store import Store
from tests.databases import OTHERS, Database
from tests.world import START


def community(name: str) -> Community:
    return Community(id=name, name=name, created=START)


def adding(name: str, words: str = "") -> Callable[[Session], str]:
    """Work that adds one row and answers with its name."""

    def work(db: Session) -> str:
        row = community(name)
        row.purpose = words
        db.add(row)
        return name

    return work


def names_in(database: Database) -> list[str]:
    """What another program reads."""
    return [name for (name,) in database.rows("SELECT id FROM community ORDER BY id")]


class Busy:
    """A lane that is kept at work until it may go on, so that what comes meanwhile has to wait together."""

    def __init__(self, store: Store, lane: str = "") -> None:
        self._began, self._go = threading.Event(), threading.Event()
        self._store, self._lane = store, lane

    async def __aenter__(self) -> None:
        def work(_: Session) -> None:
            self._began.set()
            self._go.wait()

        self._store.submit(work, self._lane)
        await asyncio.to_thread(self._began.wait)

    async def __aexit__(self, *_: object) -> None:
        self._go.set()


class holding:  # noqa: N801  # reads as a word
    """Another program that writes to the file and does not end."""

    def __init__(self, path: Path) -> None:
        self._raw = sqlite3.connect(path, isolation_level=None)

    def __enter__(self) -> None:
        self._raw.execute("BEGIN IMMEDIATE")

    def __exit__(self, *_: object) -> None:
        self._raw.execute("ROLLBACK")
        self._raw.close()


class refusing:  # noqa: N801  # reads as a word
    """A database that can be read and takes nothing, at once: a locked file, or a server that is read-only."""

    def __init__(self, database: Database, store: Store) -> None:
        self._database, self._store = database, store
        self._file = holding(database.path) if database.dialect == "sqlite" else None

    def __enter__(self) -> None:
        self.begin()

    def __exit__(self, *_: object) -> None:
        self.end()

    def begin(self) -> None:
        if self._file is None:
            self._turn("on")
        else:
            self._store.submit(lambda db: db.execute(text("PRAGMA busy_timeout=0"))).result()
            self._file.__enter__()

    def end(self) -> None:
        if self._file is None:
            self._turn("off")
        else:
            self._file.__exit__()

    def _turn(self, value: str) -> None:
        """Sessions begin with this from now on, and those that are open end."""
        name = make_url(self._database.url).database
        self._database.runs(
            "SET TRANSACTION READ WRITE", f'ALTER DATABASE "{name}" SET default_transaction_read_only = {value}'
        )
        self._database.rows(OTHERS, name=name)


def limit_pages(db: Session, spare: int) -> int:
    """As if the disk had room for this many more pages."""
    used = db.execute(text("PRAGMA page_count")).scalar_one()
    return int(db.execute(text(f"PRAGMA max_page_count={used + spare}")).scalar_one())
