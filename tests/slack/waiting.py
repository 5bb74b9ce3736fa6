"""A clock that tests move, waiting until something is so, and what cannot be done."""

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")

PATIENCE = 45.0  # seconds; what a kill cut off is looked up after half a minute


class CannotDo(AssertionError):
    """Slack's own app would not let a person do this: no such button, a required field left empty."""


class NotAcknowledged(AssertionError):
    """Nobody answered in time; the person would read "failed with the error operation_timeout"."""


class Clock:
    """Real time plus what a test added.

    What expires does so by the added part alone, so that no slow machine fails a test.
    """

    def __init__(self) -> None:
        self.added = 0.0
        self._last = 0

    def now(self) -> float:
        return time.time() + self.added

    def advance(self, seconds: float) -> None:
        self.added += seconds

    def ts(self) -> str:
        """A message's timestamp: unique, and later than all before."""
        self._last = max(self._last + 1, int(self.now() * 1_000_000))
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"


class Changes:
    """Whoever waits looks again whenever something has happened."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def happened(self) -> None:
        self._event.set()
        self._event = asyncio.Event()

    async def until(
        self, find: Callable[[], Found | None], otherwise: Callable[[], str], patience: float = PATIENCE
    ) -> Found:
        """What `find` finds, as soon as it does."""
        try:
            async with asyncio.timeout(patience):
                while not (found := find()):
                    await self._event.wait()
                return found
        except TimeoutError:
            raise AssertionError(otherwise()) from None
