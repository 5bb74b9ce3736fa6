"""Work for a store, a writer that is kept busy, and trouble with the file from outside."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import text
from sqlmodel import Session

from storage.people import Community
from storage.store import Store
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


def names_in(path: Path) -> list[str]:
    """What another program reads from the file."""
    with sqlite3.connect(path) as raw:
        found = [str(name) for (name,) in raw.execute("SELECT id FROM community ORDER BY id")]
    raw.close()
    return found


class Busy:
    """A writer that is kept at work until it may go on, so that what comes meanwhile has to wait together."""

    def __init__(self, store: Store) -> None:
        self._began, self._go = threading.Event(), threading.Event()
        self._store = store

    async def __aenter__(self) -> None:
        def work(_: Session) -> None:
            self._began.set()
            self._go.wait()

        self._store.submit(work)
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


def limit_pages(db: Session, spare: int) -> int:
    """As if the disk had room for this many more pages."""
    used = db.execute(text("PRAGMA page_count")).scalar_one()
    return int(db.execute(text(f"PRAGMA max_page_count={used + spare}")).scalar_one())
