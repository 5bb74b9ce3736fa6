"""SQLite: one writer thread with group commit, readers of their own, one process per file."""

import asyncio
import fcntl
import queue
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Generic, TypeVar, cast

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool
from sqlmodel import Session, create_engine

from storage.store.contract import DatabaseInUse, Held, OnCommit, Unavailable, Write, carried

T = TypeVar("T")
R = TypeVar("R")

GROUP = 64  # writes committed together at most; beyond that the wait of the first outweighs what the last saves
READERS = 3

# what SQLite says about the file rather than about a statement; the low byte of its error codes
UNUSABLE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_CORRUPT,
}


def open_engine(path: Path, *, readonly: bool = False, size: int = 1) -> Engine:
    """An engine whose connections begin transactions themselves.

    ``isolation_level = None`` stops the driver from beginning late: a transaction that reads first and writes later
    would fail at once, without waiting, when somebody else wrote in between.
    """
    engine = create_engine(
        f"sqlite:///{path}",
        poolclass=QueuePool,
        pool_size=size,
        max_overflow=0,
        connect_args={"check_same_thread": False, "timeout": 5},
        hide_parameters=True,  # what people wrote stays out of errors, and so out of the log
    )

    @event.listens_for(engine, "connect")
    def prepare(raw: Any, _record: object) -> None:
        raw.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",  # what was acknowledged survives a power cut
            "foreign_keys=ON",
            "busy_timeout=5000",
            "trusted_schema=OFF",
            "secure_delete=ON",  # what people had deleted is not left in the file
            *(("query_only=ON",) if readonly else ()),
        ):
            raw.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN" if readonly else "BEGIN IMMEDIATE")

    return engine


@dataclass(frozen=True, slots=True)
class Alone(Generic[T]):
    """What was held, where one process has the file: nobody else could take it, so it is written as anything is."""

    value: T | None
    store: "SqliteStore"

    async def write(self, work: Callable[[Session], R]) -> R:
        return await self.store.write(work)


class SqliteStore:
    """Await ``write`` and the change is on the disk.  There is one writer, so lanes make no difference."""

    dialect = "sqlite"

    on_commit: OnCommit | None = None

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = lock(path)
        self._engine = open_engine(path)
        self._reader_engine = open_engine(path, readonly=True, size=READERS)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="reader")
        self._queue: queue.SimpleQueue[Write | None] = queue.SimpleQueue()
        self._closing = threading.Lock()  # nothing is queued behind the end of the queue
        self._closed = False
        self._thread = threading.Thread(target=self._serve, name="writer", daemon=True)
        self._thread.start()

    @property
    def where(self) -> str:
        return str(self.path)

    @property
    def engine(self) -> Engine:
        return self._engine

    async def write(self, work: Callable[[Session], T], lane: str = "") -> T:
        return cast("T", await asyncio.wrap_future(self.submit(work, lane)))

    def submit(self, work: Callable[[Session], T], lane: str = "") -> "Future[T]":  # noqa: ARG002  # all are one lane
        done: Future[T] = Future()
        with self._closing:
            if self._closed:
                raise Unavailable(f"{self.path} is closed")
            self._queue.put(Write(work, done))
        return done

    async def read(self, work: Callable[[Session], T]) -> T:
        if self._closed:
            raise Unavailable(f"{self.path} is closed")
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, work)

    def _read(self, work: Callable[[Session], T]) -> T:
        try:
            with Session(self._reader_engine, expire_on_commit=False) as db:
                return work(db)
        except BaseException as error:
            problem = told(error)
            if problem is error:
                raise
            raise problem from error

    @asynccontextmanager
    async def hold(self, lock: Callable[[Session], T | None]) -> AsyncIterator[Held[T]]:
        yield Alone(await self.read(lock), self)  # one process has the file: what is taken is its own

    def close(self) -> None:
        with self._closing:
            self._closed = True
            self._queue.put(None)
        self._thread.join()
        self._readers.shutdown()
        self._engine.dispose()
        self._reader_engine.dispose()
        self._lock.close()

    def _serve(self) -> None:
        last = False
        while not last and (first := self._queue.get()) is not None:
            group = [first]
            while len(group) < GROUP and not last:
                try:
                    more = self._queue.get_nowait()
                except queue.Empty:
                    break
                if more is None:
                    last = True
                else:
                    group.append(more)
            # who no longer waits is left out; who does can no longer leave, so that there is somebody to answer
            if group := [one for one in group if one.done.set_running_or_notify_cancel()]:
                self._commit(group)

    def _commit(self, group: list[Write]) -> None:
        """Commit together; should one fail, replay them one by one so that only that one fails."""
        try:
            results = self._together(group)
        except BaseException as error:  # noqa: BLE001  # whatever work raises belongs to its caller, never to this thread
            # busy: nothing was begun, and whoever holds the file holds it for all of them
            if len(group) > 1 and code_of(error) != sqlite3.SQLITE_BUSY:
                for one in group:
                    self._commit([one])
                return
            for one in group:
                one.done.set_exception(told(error))
            return
        for one, result in zip(group, results, strict=True):
            one.done.set_result(result)

    def _together(self, group: list[Write]) -> list[Any]:
        results = []
        with self._engine.connect() as connection, connection.begin():
            # the transaction is the connection's: a session's close leaves it as it is
            with Session(connection, expire_on_commit=False, join_transaction_mode="rollback_only") as db:
                for one in group:
                    results.append(one.work(db))
                    db.flush()
                    db.expunge_all()  # one session for all of them, and each finds it empty
            began = time.perf_counter()
        if self.on_commit is not None:
            self.on_commit(len(group), time.perf_counter() - began, self._queue.qsize())
        return results


def code_of(error: BaseException) -> int:
    """SQLite's primary code of an error, or 0."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    code: int = getattr(cause, "sqlite_errorcode", 0)
    return code & 0xFF


def told(error: BaseException) -> Exception:
    """An error as its caller gets it: the file's troubles by one name."""
    if code_of(error) not in UNUSABLE:
        return carried(error)
    problem = Unavailable(str(error).splitlines()[0])
    problem.__cause__ = error
    return problem


def lock(path: Path) -> IO[str]:
    """Hold the file's lock as long as the process lives; two schedulers on one file would send everything twice."""
    held = path.with_name(path.name + ".lock").open("a+")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        held.close()
        message = (
            f"{path} is in use by another Commonplace. Stop that one first, or give this one a database of its own."
        )
        raise DatabaseInUse(message) from error
    return held
