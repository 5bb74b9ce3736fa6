"""Leases: who does what only one replica may do at a time, kept while we live and noticed when it is lost."""

import asyncio
import logging
import os
import platform
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Protocol, TypeVar

from sqlalchemy import Engine
from sqlmodel import Session

from bot.processes import has_ended, this_process
from storage import leases
from storage.columns import new_id
from storage.leases import Lease, Replica
from storage.store import Held, OnCommit, Store, Unavailable

T = TypeVar("T")
log = logging.getLogger(__name__)

LEASE = timedelta(seconds=20)  # a replica that was not heard of for as long is dead to the others
GOODBYE = 2.0  # seconds that the database gets to hear of our end
BEAT = 4.0  # seconds between signs of life: four may be missed
FORGOTTEN = timedelta(days=1)  # rows of replicas that ended without a word


class Superseded(RuntimeError):
    """Somebody else holds it now: what was heard meanwhile is theirs to act on."""


@dataclass(frozen=True, slots=True)
class Hold:
    """What this replica holds.  ``check`` raises Superseded in the transaction of work that is no longer ours to do."""

    name: str
    token: int = 0
    check: Callable[[Session], None] | None = None  # None: nobody else could have it


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """Leases that this replica would like to have, and who is told when it gets or loses one.

    At most ``most`` of them; without that a fair share, and what is left over.
    """

    names: tuple[str, ...]
    gained: Callable[[Hold], Awaitable[None]]
    lost: Callable[[Hold], Awaitable[None]]
    most: int = 0


class Leases(Protocol):
    """What a replica knows of the others."""

    async def start(self) -> None:
        """Be one of the replicas."""

    async def stop(self) -> None:
        """Let go of everything, so that nobody has to wait for it."""

    async def share(self) -> int:
        """How many replicas live, this one included: each may use its part of what all have together."""

    async def want(self, wanted: Wanted) -> None:
        """Take what is free now, and from now on whatever becomes free."""

    async def drop(self, wanted: Wanted) -> None:
        """Let go, and want it no longer.  Nobody is told."""

    async def turn(self, name: str, span: timedelta) -> float:
        """0 when nobody else had this turn within the span; else the seconds until it may be ours."""

    async def first(self, name: str, span: timedelta) -> bool:
        """Whether no other replica took this within the span.  Then it is ours, as often as we like, for as long."""

    async def others(self, prefix: str) -> dict[str, str]:
        """Who holds what under this prefix: the replica's name by the lease's."""


class Alone:
    """One process has the database, and so everything; nothing is written about it."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._turns: dict[str, float] = {}

    async def start(self) -> None:
        """There is nobody to tell."""

    async def stop(self) -> None:
        """There is nobody to tell."""

    async def share(self) -> int:
        return 1

    async def want(self, wanted: Wanted) -> None:
        for name in wanted.names[: wanted.most or None]:
            await wanted.gained(Hold(name))

    async def drop(self, wanted: Wanted) -> None:
        """There is nobody to tell."""

    async def turn(self, name: str, span: timedelta) -> float:
        now = self._monotonic()
        if (wait := self._turns.get(name, now) - now) > 0:
            return wait
        self._turns[name] = now + span.total_seconds()
        return 0

    async def first(self, name: str, span: timedelta) -> bool:  # noqa: ARG002  # there is nobody else
        return True

    async def others(self, prefix: str) -> dict[str, str]:  # noqa: ARG002  # nobody has anything
        return {}


@dataclass(slots=True, eq=False)
class Pool:
    """What is wanted, and what of it we have."""

    wanted: Wanted
    held: dict[str, Hold] = field(default_factory=dict)
    left: set[str] = field(default_factory=set)  # was free already when last looked at

    def choose(self, free: list[str], live: int) -> tuple[list[str], int]:
        """Which of the free ones may be taken now, and how many of them.

        A fair share is taken one a beat, so that replicas that start together find something; what nobody took until
        the next beat is left over.
        """
        others = [name for name in free if name not in self.held]
        left, self.left = self.left, set(others)
        if self.wanted.most:
            return others, self.wanted.most - len(self.held)
        if len(self.held) < ceil(len(self.wanted.names) / live):
            return others, 1
        return [name for name in others if name in left], 1


class Shared:
    """Many replicas on one database: leases there, renewed at each beat."""

    def __init__(
        self,
        store: Store,
        now: Callable[[], datetime],
        version: str,
        revision: str,
        *,
        lease: timedelta = LEASE,
        beat: float = BEAT,
    ) -> None:
        self.id = new_id()
        self.name = f"{platform.node() or 'replica'}:{os.getpid()}"
        self._store, self._now = store, now
        self._version, self._revision = version, revision
        self._lease, self._beat = lease, beat
        self._started = now()
        self._pools: list[Pool] = []
        self._live = 1
        self._heart: asyncio.Task[None] | None = None
        self._beating = asyncio.Lock()

    async def start(self) -> None:
        self._started = self._now()
        await self._store.write(bury)
        await self.beat()
        self._heart = asyncio.create_task(self._beat_on(), name="leases")
        log.info("this is replica %s, one of %d", self.name, self._live)

    async def stop(self) -> None:
        if self._heart is not None:
            self._heart.cancel()
            with suppress(asyncio.CancelledError):
                await self._heart
        try:
            async with asyncio.timeout(GOODBYE):
                await self._store.write(lambda db: leases.leave(db, self.id))
        except (Unavailable, TimeoutError) as error:
            log.warning("the others will notice by themselves that this replica ended: %s", error)

    async def share(self) -> int:
        return self._live

    async def want(self, wanted: Wanted) -> None:
        pool = Pool(wanted)
        async with self._beating:
            self._pools.append(pool)
            await self._fill(pool)

    async def drop(self, wanted: Wanted) -> None:
        async with self._beating:
            pools = [pool for pool in self._pools if pool.wanted is wanted]
            self._pools = [pool for pool in self._pools if pool.wanted is not wanted]
            names = [name for pool in pools for name in pool.held]
        with suppress(Unavailable):  # then they run out by themselves
            await self._store.write(lambda db: leases.release(db, self.id, names))

    async def turn(self, name: str, span: timedelta) -> float:
        now = self._now()

        def ask(db: Session) -> float:
            holder = new_id()  # each turn is somebody else's, also two of ours
            if leases.take(db, name, holder, now, now + span):
                return 0
            return max((db.get_one(Lease, name).until - now).total_seconds(), 0.1)

        return await self._store.write(ask)

    async def first(self, name: str, span: timedelta) -> bool:
        now, holder = self._now(), f"first:{self.id}"  # none that a beat keeps
        return await self._store.write(lambda db: leases.take(db, name, holder, now, now + span)) > 0

    async def others(self, prefix: str) -> dict[str, str]:
        now = self._now()

        def look(db: Session) -> dict[str, str]:
            names = {r.id: r.name for r in leases.replicas(db, now - self._lease)}
            held = [x for x in leases.leases(db, prefix) if x.until > now and x.holder in names]
            return {lease.name: names[lease.holder] for lease in held if lease.holder != self.id}

        return await self._store.read(look)

    # The heart.

    async def _beat_on(self) -> None:
        while True:
            await asyncio.sleep(self._beat)
            try:
                await self.beat()
            except Unavailable as error:
                # what we hold is kept: nobody else can take it without the database, and if only we are cut off from
                # it, the token tells as soon as we are back
                log.warning("no sign of life could be given: %s", error)
            except Exception:
                log.exception("no sign of life could be given")

    async def beat(self) -> None:
        """Say that we live, keep what we hold, notice what is lost, and take what became free."""
        async with self._beating:
            now = self._now()
            me = Replica(
                id=self.id, name=self.name, process=this_process(), version=self._version, revision=self._revision,
                started=self._started, seen=now,
            )  # fmt: skip

            def live(db: Session) -> tuple[dict[str, int], int]:
                leases.report(db, me)
                leases.sweep(db, now - FORGOTTEN)
                return leases.renew(db, self.id, now + self._lease), len(leases.replicas(db, now - self._lease))

            kept, self._live = await self._store.write(live)
            for pool in self._pools:
                for hold in [h for h in pool.held.values() if kept.get(h.name) != h.token]:
                    del pool.held[hold.name]
                    log.warning("%s is no longer ours", hold.name)
                    await pool.wanted.lost(hold)
                await self._fill(pool)

    async def _fill(self, pool: Pool) -> None:
        now = self._now()
        free = await self._store.read(lambda db: leases.free(db, pool.wanted.names, now))
        names, room = pool.choose(free, self._live)
        for name in names:
            if room <= 0:
                return
            token = await self._store.write(lambda db, name=name: self._take(db, name))  # type: ignore[misc]
            if token:
                room -= 1
                pool.held[name] = hold = Hold(name, token, fence(name, token))
                log.info("%s is ours, with token %d", name, token)
                await pool.wanted.gained(hold)

    def _take(self, db: Session, name: str) -> int:
        now = self._now()
        return leases.take(db, name, self.id, now, now + self._lease)


def bury(db: Session) -> None:
    """What processes of this machine held that have ended without a word is free: nobody waits for who was killed."""
    for replica in leases.replicas(db, datetime.min.replace(tzinfo=UTC)):
        if replica.process and has_ended(replica.process):
            log.info("replica %s has ended without a word", replica.name)
            leases.leave(db, replica.id)


def fence(name: str, token: int) -> Callable[[Session], None]:
    def check(db: Session) -> None:
        if not leases.current(db, name, token):
            raise Superseded(f"{name} is held by somebody else now; ours was token {token}")

    return check


@dataclass(slots=True)
class Fenced:
    """A store for work that only the holder of a lease may do: it is checked in the transaction of the work."""

    store: Store
    check: Callable[[Session], None]
    on_commit: OnCommit | None = None  # the store's own is told

    @property
    def dialect(self) -> str:
        return self.store.dialect

    @property
    def where(self) -> str:
        return self.store.where

    @property
    def engine(self) -> Engine:
        return self.store.engine

    def submit(self, work: Callable[[Session], T], lane: str = "") -> "Future[T]":
        def checked(db: Session) -> T:
            self.check(db)
            return work(db)

        return self.store.submit(checked, lane)

    async def write(self, work: Callable[[Session], T], lane: str = "") -> T:
        return await asyncio.wrap_future(self.submit(work, lane))

    async def read(self, work: Callable[[Session], T]) -> T:
        return await self.store.read(work)

    def hold(self, lock: Callable[[Session], T | None]) -> AbstractAsyncContextManager[Held[T]]:
        return self.store.hold(lock)

    def close(self) -> None:
        """It belongs to whoever opened it."""
