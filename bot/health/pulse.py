"""The pulse of the event loop: how late it wakes who asked to be woken, and a sign of life for the service manager."""

import asyncio
import time
from collections.abc import Callable

from bot import metrics
from bot.health import systemd

EVERY = 0.25  # seconds


class Pulse:
    """Wakes four times a second, so that a loop that is held up is noticed, also while nobody uses the bot."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._due: float | None = None
        self._lag = 0.0
        self._task: asyncio.Task[None] | None = None

    @property
    def lag(self) -> float:
        """Seconds that the loop is behind: at the last beat, or already since then."""
        return self._lag if self._due is None else max(self._lag, self._clock() - self._due, 0.0)

    def start(self, well: Callable[[], bool]) -> None:
        """Beat until ``stop``; the service manager hears of it as long as all is well."""
        self._task = asyncio.create_task(self._beat(well, systemd.watchdog()), name="pulse")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _beat(self, well: Callable[[], bool], patience: float | None) -> None:
        told = self._clock()
        while True:
            self._due = self._clock() + EVERY
            await asyncio.sleep(EVERY)
            self._lag = max(0.0, self._clock() - self._due)
            metrics.loop_lag.observe(self._lag)
            if patience is not None and self._clock() - told >= patience / 3 and well():
                systemd.notify("WATCHDOG=1")
                told = self._clock()
