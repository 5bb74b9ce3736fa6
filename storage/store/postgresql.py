"""PostgreSQL: lanes served by a few threads, transactions run again when they clash, locks held while others wait."""

import asyncio
import random
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import URL, Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from storage.store.contract import Held, OnCommit, OutcomeUnknown, Unavailable, Write, carried
from storage.store.postgresql_engine import LOOKING, clashing, first_line, lost, make_engine, passing, said_by, unusable

T = TypeVar("T")
R = TypeVar("R")

WRITERS = 10  # transactions side by side; they compute under one lock of Python, so more would only wait
READERS = 4
GROUP = 16  # writes of one lane committed together at most: the others of the community wait for all of them
TRIES = 4
PAUSE = 0.05  # seconds before the second try; doubled each time, with jitter


class PostgresStore:
    """Await ``write`` and the change is on the server's disk.  Any number of processes may work on one database."""

    dialect = "postgresql"
    on_commit: OnCommit | None = None

    def __init__(self, address: URL, holds: int) -> None:
        self.where = said_by(address)
        self._engine = make_engine(address, WRITERS + 1)  # one for whoever looks at ``engine``
        self._reading = make_engine(address, READERS, LOOKING)
        self._holding = make_engine(address, holds)
        self._writers = ThreadPoolExecutor(WRITERS, thread_name_prefix="writer")
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="reader")
        self._holders = ThreadPoolExecutor(holds, thread_name_prefix="holder")
        self._room = asyncio.Semaphore(holds)
        self._grips: set[Grip[Any]] = set()
        self._lanes: dict[str, deque[Write]] = {}
        self._changed = threading.Condition()  # of the lanes
        self._closed = False

    @property
    def engine(self) -> Engine:
        return self._engine

    # Writing.

    async def write(self, work: Callable[[Session], T], lane: str = "") -> T:
        return cast("T", await asyncio.wrap_future(self.submit(work, lane)))

    def submit(self, work: Callable[[Session], T], lane: str = "") -> "Future[T]":
        done: Future[T] = Future()
        with self._changed:
            self._open()
            lane = lane or f"alone {id(done)}"
            if lane in self._lanes:
                self._lanes[lane].append(Write(work, done))
            else:
                self._lanes[lane] = deque([Write(work, done)])
                self._writers.submit(self._serve, lane)
        return done

    def _open(self) -> None:
        if self._closed:
            raise Unavailable(f"{self.where} is closed")

    def _serve(self, lane: str) -> None:
        """Commit what waits in a lane, then let the other lanes have their turn."""
        with self._changed:
            waiting = self._lanes[lane]
            group = [waiting.popleft() for _ in range(min(len(waiting), GROUP))]
        # who no longer waits is left out; who does can no longer leave, so that there is somebody to answer
        if group := [one for one in group if one.done.set_running_or_notify_cancel()]:
            self._commit(group)
        with self._changed:
            if waiting:
                self._writers.submit(self._serve, lane)
            else:
                del self._lanes[lane]
                self._changed.notify_all()

    def _commit(self, group: list[Write]) -> None:
        """Commit together; should one fail, replay them one by one so that only that one fails."""
        try:
            results = persistently(lambda: self._together(group), lost if len(group) > 1 else passing)
        except BaseException as error:  # noqa: BLE001  # whatever work raises belongs to its caller, never to this thread
            if len(group) > 1 and not lost(error) and not isinstance(error, OutcomeUnknown):
                for one in group:
                    self._commit([one])
                return
            for one in group:
                one.done.set_exception(told(error))
            return
        for one, result in zip(group, results, strict=True):
            one.done.set_result(result)

    def _together(self, group: list[Write]) -> list[Any]:
        with self._engine.connect() as connection:
            with committed(connection):
                results = [run(connection, one.work) for one in group]
                began = time.perf_counter()
            if self.on_commit is not None:
                self.on_commit(len(group), time.perf_counter() - began, sum(map(len, self._lanes.copy().values())))
            return results

    # Reading.

    async def read(self, work: Callable[[Session], T]) -> T:
        self._open()
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, work)

    def _read(self, work: Callable[[Session], T]) -> T:
        def attempt() -> T:
            with self._reading.connect() as connection, connection.begin():
                return run(connection, work)

        try:
            return persistently(attempt, lost)
        except BaseException as error:
            problem = told(error)
            if problem is error:
                raise
            raise problem from error

    # Holding.

    @asynccontextmanager
    async def hold(self, lock: Callable[[Session], T | None]) -> AsyncIterator[Held[T]]:
        self._open()
        loop = asyncio.get_running_loop()
        async with self._room:
            taking: Future[Grip[T]] = self._holders.submit(self._take, lock)
            try:
                grip = await asyncio.shield(asyncio.wrap_future(taking))
            except asyncio.CancelledError:
                taking.add_done_callback(self._let_go)
                raise
            try:
                yield grip
            finally:
                if self._closed:
                    self._release(grip)
                else:
                    await loop.run_in_executor(self._holders, self._release, grip)

    def _take(self, lock: Callable[[Session], T | None]) -> "Grip[T]":
        def attempt() -> Grip[T]:
            connection = self._holding.connect()
            try:
                connection.begin()
                grip = Grip(run(connection, lock), connection, self._holders)
            except BaseException:
                connection.close()
                raise
            self._grips.add(grip)
            return grip

        try:
            return persistently(attempt, passing)
        except BaseException as error:
            raise told(error) from error

    def _let_go(self, taken: "Future[Grip[Any]]") -> None:
        """Nobody waits any more for what was just taken."""
        if not taken.cancelled() and taken.exception() is None:
            self._release(taken.result())

    def _release(self, grip: "Grip[Any]") -> None:
        self._grips.discard(grip)
        grip.release()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.wait_for(lambda: not self._lanes)
        for threads in (self._writers, self._readers, self._holders):
            threads.shutdown()
        for grip in [*self._grips]:
            self._release(grip)
        for engine in (self._engine, self._reading, self._holding):
            engine.dispose()


class Grip(Generic[T]):
    """A transaction that stays open, and with it what was locked in it."""

    def __init__(self, value: T | None, connection: Connection, threads: ThreadPoolExecutor) -> None:
        self._value = value
        self._connection = connection
        self._threads = threads
        self._busy = threading.Lock()  # who waited for the write may be gone, and the write still be under way

    @property
    def value(self) -> T | None:
        return self._value

    async def write(self, work: Callable[[Session], R]) -> R:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._write, work)

    def _write(self, work: Callable[[Session], R]) -> R:
        with self._busy:
            if self._connection.closed or not self._connection.in_transaction():
                raise RuntimeError("what was held was written already, or let go")
            try:
                with committed(self._connection):
                    return persistently(lambda: self._attempt(work), clashing)
            except BaseException as error:
                problem = told(error)
                if problem is error:
                    raise
                raise problem from error

    def _attempt(self, work: Callable[[Session], R]) -> R:
        """A clash takes back the work and not what is held."""
        with self._connection.begin_nested():
            return run(self._connection, work)

    def release(self) -> None:
        with self._busy:
            self._connection.close()  # rolls back what was not committed


def run(connection: Connection, work: Callable[[Session], T]) -> T:
    # the outer transaction is ours: a session's close leaves it as it is
    with Session(connection, expire_on_commit=False, join_transaction_mode="rollback_only") as db:
        result = work(db)
        db.flush()
        return result


@contextmanager
def committed(connection: Connection) -> Iterator[None]:
    """Commit at the end of the block.  A connection lost before the server answered leaves the outcome unknown."""
    transaction = connection.get_transaction() or connection.begin()
    try:
        yield
    except BaseException:
        if transaction.is_active:  # else the session, or a lost connection, has ended it already
            transaction.rollback()
        raise
    try:
        transaction.commit()
    except DBAPIError as error:
        if lost(error):
            raise OutcomeUnknown(first_line(error)) from error
        raise


def persistently(attempt: Callable[[], T], worth: Callable[[BaseException], bool]) -> T:
    """Try again, after a growing pause, what failed for a reason that may have passed."""
    for tried in range(1, TRIES):
        try:
            return attempt()
        except DBAPIError as error:
            if not worth(error):
                raise
        time.sleep(PAUSE * (1 << tried) * random.uniform(0.5, 1))
    return attempt()


def told(error: BaseException) -> Exception:
    """An error as its caller gets it: the database's troubles by one name."""
    if not unusable(error):
        return carried(error)
    problem = Unavailable(first_line(error))
    problem.__cause__ = error
    return problem
