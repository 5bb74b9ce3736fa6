"""The clock: what time it is, and a bell that rings so that what is due is not overlooked."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from inspect import isawaitable
from typing import Protocol

from apscheduler.schedulers.asyncio import AsyncIOScheduler

TICK = 1  # seconds between looks at the outbox
GRACE = 3600  # seconds: a bell that rang late still rings once


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> datetime:
        """The present, aware, in UTC."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


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
