"""Waiting for a condition: everything that changes rings the bell, and those who wait look again."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

PATIENCE = 45.0  # seconds; what a kill cut off is looked up after half a minute

Found = TypeVar("Found")


class Bell:
    """Rings at every change of the simulated Discord."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    def ring(self) -> None:
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)
        self._waiting.clear()

    async def until(
        self, look: Callable[[], Found | None], otherwise: Callable[[], str], within: float = PATIENCE
    ) -> Found:
        """The first thing that `look` finds; fails with `otherwise` if it never does."""
        try:
            async with asyncio.timeout(within):
                while (found := look()) is None:
                    waiter = asyncio.get_running_loop().create_future()
                    self._waiting.add(waiter)
                    await waiter
                return found
        except TimeoutError:
            raise AssertionError(otherwise()) from None
