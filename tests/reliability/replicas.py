"""Several processes on one database: some die, some stand still for a while, and their clocks differ a little."""

import asyncio
import signal
from contextlib import suppress
from typing import Any

from tests.reliability import orders
from tests.reliability.nursery import Life
from tests.reliability.orders import RANDOM
from tests.reliability.trial import READY_WITHIN, Trial

REPLICAS = 3
SKEW = 1.0  # seconds between two clocks at most, as a host is told to keep them
LIVES_FOR = (1.0, 8.0)  # seconds
FREEZES = 0.4  # share of lives that stand still for a while
FROZEN_FOR = (0.5, 4.0)  # seconds: minutes by the trial's clock, longer than any answer is waited for
LONG_FREEZE = 0.01  # share of those that stand still for longer than anything is held
FROZEN_LONG = 75.0
POINTS = (*orders.CLAIM, *orders.SEND, *orders.LOOK, *orders.MARK, *orders.PLAN, *orders.VOTE, RANDOM)


class Everybody(Life):
    """Whoever is there: an answer may come from any of them."""

    def __init__(self, first: Life) -> None:
        super().__init__(first.order, first.pid)
        self.ready.set()


class Replicas(Trial):
    """A trial with several lives at once.  Which of them asked the platform for something, nobody can tell."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more, points=POINTS)
        self.name = f"{REPLICAS} replicas, {self.name}"
        self.figures.replicas = REPLICAS
        self.tolerance = 2 * SKEW
        self._enough = False
        self._somebody: asyncio.Future[Life] = asyncio.get_running_loop().create_future()

    async def _live_and_die(self, kills: int, messages: int) -> None:
        slots = [asyncio.create_task(self._slot(), name=f"replica {n}") for n in range(REPLICAS)]
        try:
            await self._people(kills, messages)
        finally:
            self._enough = True
            await asyncio.gather(*slots)

    async def _people(self, kills: int, messages: int) -> None:
        anybody = Everybody(await self._somebody)
        while self.figures.kills.total() < kills or len(self.promises.items) < messages:
            bustle = asyncio.create_task(self._bustle(anybody, self.draw.choice(self.points)))
            await asyncio.wait({bustle}, timeout=self.draw.uniform(*LIVES_FOR))
            bustle.cancel()
            await asyncio.gather(bustle, return_exceptions=True)
            self._pass_time()

    async def _slot(self) -> None:
        """One place in which lives follow each other."""
        while not self._enough:
            point, nth = self.draw.choice(self.points), self.draw.randint(1, 6)
            life = await self._bear(point, nth, together=True, skew=self.draw.uniform(-SKEW, SKEW))
            if not self._somebody.done():
                self._somebody.set_result(life)
            await self._wait(life, READY_WITHIN, life.ready)
            if self.draw.random() < FREEZES:
                await self._freeze(life)
            await self._wait(life, self.draw.uniform(*LIVES_FOR))
            life.kill()
            await life.over.wait()
            self._count(life)

    async def _freeze(self, life: Life) -> None:
        """Stand still, wherever it is, while the others go on."""
        await self._wait(life, self.draw.uniform(0, 1))
        life.kill(signal.SIGSTOP)
        self.figures.frozen += 1
        long = self.draw.random() < LONG_FREEZE
        await self._wait(life, FROZEN_LONG if long else self.draw.uniform(*FROZEN_FOR))
        life.kill(signal.SIGCONT)

    async def _wait(self, life: Life, seconds: float, until: asyncio.Event | None = None) -> None:
        """For so long, unless it is over before, or what was waited for has happened."""
        events = [asyncio.create_task(event.wait()) for event in (life.over, until) if event is not None]
        with suppress(asyncio.CancelledError):
            await asyncio.wait(events, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for event in events:
            event.cancel()
