"""The clock: what time it is, and a bell that rings so that what is due is not overlooked."""

import logging
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from inspect import isawaitable
from typing import Protocol

from apscheduler.schedulers.asyncio import AsyncIOScheduler

log = logging.getLogger(__name__)

TICK = 1  # seconds between looks at the outbox
SYNC = 60  # seconds between looks at the database's clock
SAMPLES = 3  # of which the quickest answer says most
SLOW = 5.0  # seconds: an answer that took longer says too little
SKEW = 1.0  # seconds that this machine's clock may differ before it is worth a word
GRACE = 3600  # seconds: a bell that rang late still rings once


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> datetime:
        """The present, aware, in UTC."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class DatabaseClock:
    """The database's clock, the same for all replicas.  Between two looks at it the machine's steady clock goes on.

    So this machine's time may be set, forwards or backwards, and nothing comes early or twice.  ``ask`` asks for it.
    """

    def __init__(
        self,
        ask: Callable[[], Awaitable[datetime]],
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._ask, self._monotonic, self._wall = ask, monotonic, wall
        self._base: datetime | None = None  # the database's time at 0 of the steady clock, or a little before
        self.skew = 0.0  # seconds that this machine's clock is ahead of the database's

    def now(self) -> datetime:
        if self._base is None:
            raise RuntimeError("the database was not asked for the time yet")
        return self._base + timedelta(seconds=self._monotonic())

    async def sync(self) -> None:
        """Ask what time it is.  The answer is taken as true when it arrives: so it may be late, and never early."""
        samples = [await self._sample() for _ in range(SAMPLES)]
        took, base = min(samples)
        if took > SLOW and self._base is not None:
            return
        self._base = base
        self.skew = (self._wall() - self.now()).total_seconds()
        if abs(self.skew) > SKEW:
            ahead = "ahead of" if self.skew > 0 else "behind"
            log.warning("this machine's clock is %.1f s %s the database's, which counts", abs(self.skew), ahead)

    async def _sample(self) -> tuple[float, datetime]:
        asked = self._monotonic()
        at = await self._ask()
        answered = self._monotonic()
        return answered - asked, at - timedelta(seconds=answered)


class MovableClock:
    """A clock that goes on by itself from ``start`` and can be moved forward; for tests and the playground."""

    def __init__(self, start: datetime, *, runs: bool = False) -> None:
        self._at = start
        self._since = datetime.now(UTC) if runs else None

    def now(self) -> datetime:
        return self._at if self._since is None else self._at + (datetime.now(UTC) - self._since)

    def move(self, by: timedelta) -> None:
        self._at += by


class Bell:
    """Rings ticks and housekeeping with APScheduler.  It only rings: rows decide what is due, never timers."""

    def __init__(self) -> None:
        self._scheduler = AsyncIOScheduler(
            timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": GRACE}
        )

    def every(self, seconds: float, ring: Callable[[], Awaitable[None] | None]) -> None:
        async def here() -> None:  # a plain function would be called in another thread, where no event may be set
            ringing = ring()
            if isawaitable(ringing):
                await ringing

        self._scheduler.add_job(here, "interval", seconds=seconds)

    def start(self) -> None:
        self._scheduler.start()

    def stop(self) -> None:
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
