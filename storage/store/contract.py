"""What every store promises to whoever gives it work, and how it says that it cannot take any."""

from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from sqlalchemy import Engine
from sqlmodel import Session

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
OnCommit = Callable[[int, float, int], None]  # so many writes, in so many seconds, while so many others waited


class DatabaseInUse(RuntimeError):
    """Another process works on this file."""


class Unavailable(RuntimeError):
    """The database takes no work now: locked, full, broken, unreachable or closed.  Nothing of the work is kept."""


class OutcomeUnknown(Unavailable):
    """The connection was lost while the work was committed: it is kept whole or not at all, and the row itself tells.

    Work that looks for its own trace first, such as the key of a delivery, may simply be run again.
    """


class Held(Protocol[T_co]):
    """What a lock found, and the one write that may follow from it while it is held."""

    @property
    def value(self) -> T_co | None:
        """None: somebody else has it, and there is nothing to write."""

    async def write(self, work: Callable[[Session], T]) -> T:
        """Run in the transaction that holds the lock, and end it.  Raises Unavailable when the lock was lost."""


class Store(Protocol):
    """Runs functions of a ``Session``, each in one transaction.  Work may be run again, so it only changes rows.

    Work of one ``lane`` is done in order, and may be committed together; without one it waits for nobody.
    """

    on_commit: OnCommit | None

    @property
    def dialect(self) -> str:
        """What SQL it speaks: sqlite or postgresql."""

    @property
    def where(self) -> str:
        """Which database it is, for people: no password is in it."""

    @property
    def engine(self) -> Engine:
        """For migrations before anything else runs."""

    async def write(self, work: Callable[[Session], T], lane: str = "") -> T:
        """Run in a transaction that is durable when this returns."""

    def submit(self, work: Callable[[Session], T], lane: str = "") -> "Future[T]":
        """The same for whoever has no event loop."""

    async def read(self, work: Callable[[Session], T]) -> T:
        """Run on a connection that cannot write, beside the writers, on one state of the database."""

    def hold(self, lock: Callable[[Session], T | None]) -> AbstractAsyncContextManager[Held[T]]:
        """Keep what ``lock`` took for as long as the block, so that no other process acts on it meanwhile."""

    def close(self) -> None:
        """Finish what is queued, then let go of the database."""


@dataclass(slots=True)
class Write:
    """A piece of work and who waits for it."""

    work: Callable[[Session], Any]
    done: Future[Any]


def carried(error: BaseException) -> Exception:
    """An error as a future can carry it to its caller: no future takes what would end the thread."""
    if isinstance(error, Exception) and not isinstance(error, StopIteration):
        return error
    problem = RuntimeError(f"the work ended with {type(error).__name__}")
    problem.__cause__ = error
    return problem
