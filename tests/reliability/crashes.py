"""Crash points: where a life is to die, found from outside by what it writes and what it asks of a platform."""

import json
import os
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import Connection, Engine, event
from sqlmodel import Session

from bot.ports import Port
from storage.outbox import SENDING, SENT
from storage.store import Held
from tests.reliability import orders
from tests.reliability.orders import Order

T = TypeVar("T")

WRITES = {  # what a transaction is called, by what it writes
    "INSERT INTO outbox": orders.PLAN,
    "INSERT INTO vote": orders.VOTE,
}
CLAIMED_OR_DONE = {SENDING: orders.CLAIM, SENT: orders.MARK}
ASKED = {"send": orders.SEND, "find": orders.LOOK}


class Crashes:
    """Watches one life, and ends it where it was ordered to end."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._line.connect(order.reports)
        self._times = 0
        self.at_work = False

    def ready(self) -> None:
        self.at_work = True
        self.report(ready=True)

    def report(self, **told: Any) -> None:
        """Tell the judge something; a socket keeps it however soon this life ends."""
        self._line.send(json.dumps({"life": self._order.life, **told}).encode())

    def come_to(self, point: str) -> None:
        if point == self._order.crash:
            self._times += 1
            if self._times == self._order.nth:
                self.report(point=point)
                os.kill(os.getpid(), signal.SIGKILL)

    def step(self) -> None:
        """One more thing was done, or is about to be: in exhaustive mode any of them may be the last."""
        self.come_to(orders.STEP)
        if self.at_work:
            self.come_to(orders.STEP_AT_WORK)

    def watch_store(self, store: Any) -> None:
        """Every transaction of the bot, by what it writes."""
        event.listen(Engine, "before_cursor_execute", note_statement)
        store.write = self._watched(store.write)
        if store.dialect == "sqlite":
            return  # what is held there is written as everything else
        hold = store.hold

        @asynccontextmanager
        async def held(lock: Callable[[Session], T | None]) -> AsyncIterator[Held[T]]:
            async with hold(lock) as grip:
                yield cast("Held[T]", Watched(grip.value, self._watched(grip.write)))

        store.hold = held

    def _watched(self, write: Callable[..., Awaitable[T]]) -> Callable[..., Awaitable[T]]:
        """A way to write that has crash points around its commit."""

        @wraps(write)
        async def watched(work: Callable[[Session], T], *more: Any) -> T:
            points: dict[tuple[str, str], None] = {}

            def labelled(db: Session) -> T:
                noted = db.connection().info.setdefault(NOTED, {})
                noted.clear()
                result = work(db)
                db.flush()
                points.clear()
                points.update(noted)
                self.step()
                for before, _ in points:
                    self.come_to(before)
                return result

            result: T = await write(labelled, *more)
            self.step()
            for _, after in points:
                self.come_to(after)
            return result

        return watched

    def watch_port(self, port: Port) -> None:
        """What the outbox asks of a platform."""
        for name, (before, after) in ASKED.items():
            setattr(port, name, self._around(getattr(port, name), before, after))

    def _around(self, ask: Callable[..., Awaitable[T]], before: str, after: str) -> Callable[..., Awaitable[T]]:
        @wraps(ask)
        async def watched(*arguments: Any, **more: Any) -> T:
            self.come_to(before)
            result = await ask(*arguments, **more)
            self.come_to(after)
            return result

        return watched


@dataclass(frozen=True, slots=True)
class Watched(Generic[T]):
    """What a lock found, and the write that follows from it, with crash points around its commit."""

    value: T | None
    write: Callable[..., Awaitable[Any]]


NOTED = "crash points of this transaction"


def note_statement(
    connection: Connection, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool
) -> None:
    """What this statement does, kept with the connection that its transaction has to itself."""
    noted = connection.info.get(NOTED)
    if noted is None:
        return
    for beginning, points in WRITES.items():
        if statement.startswith(beginning):
            noted[points] = None
    if statement.startswith("UPDATE outbox"):
        values = set(flat(parameters))
        noted.update({points: None for state, points in CLAIMED_OR_DONE.items() if state in values})


def flat(parameters: Any) -> list[Any]:
    """The values of a statement, whichever way a driver takes them."""
    match parameters:
        case dict():
            return list(parameters.values())
        case list() | tuple():
            return [
                value for one in parameters for value in (flat(one) if isinstance(one, dict | list | tuple) else [one])
            ]
        case _:
            return []
