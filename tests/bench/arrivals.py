"""An open loop: people come when they like, and each waits from the moment at which they came."""

import asyncio
import random
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from itertools import count

from bot.effects import Reply
from tests.bench.figures import Figure
from tests.bench.floors import raw_votes
from tests.bench.measuring import Effort, percentile
from tests.bench.town import Builder, Town

RATES = {300: 10, 1_000: 25}  # arrivals a second: milliseconds that 99 of 100 wait at most
SECONDS = 3  # of arrivals, a round
TICK = 0.005  # seconds between looks at the loop
LAG_MOST, LAG_PEAK, CORE = 5, 50, 1

One = Callable[[int], Awaitable[object]]


@dataclass(slots=True)
class Day:
    """How one round went: waits and lags in milliseconds."""

    waits: list[float] = field(default_factory=list)
    lags: list[float] = field(default_factory=list)
    failed: int = 0
    cores: float = 0

    @property
    def p99(self) -> float:
        return percentile(self.waits, 99)


async def watch(lags: list[float]) -> None:
    """How late the loop comes to what should happen now."""
    while True:
        due = time.perf_counter() + TICK
        await asyncio.sleep(TICK)
        lags.append((time.perf_counter() - due) * 1000)


async def poisson(one: One, numbers: Iterator[int], rate: float, seconds: float) -> Day:
    """Arrivals at random, on average so many a second; nobody waits until others were served before they come."""
    day, chance = Day(), random.Random(20260302)
    watching = asyncio.create_task(watch(day.lags))
    serving: set[asyncio.Task[None]] = set()

    async def visit(number: int, came: float) -> None:
        try:
            await one(number)
        except Exception:  # noqa: BLE001  # counted, and reported as a figure
            day.failed += 1
        day.waits.append((time.perf_counter() - came) * 1000)

    began, cpu = time.perf_counter(), time.process_time()
    comes = began
    while (comes := comes + chance.expovariate(rate)) < began + seconds:
        if (early := comes - time.perf_counter()) > 0:
            await asyncio.sleep(early)
        task = asyncio.create_task(visit(next(numbers), comes))
        serving.add(task)
        task.add_done_callback(serving.discard)
    while serving:
        await asyncio.wait(serving)
    day.cores = (time.process_time() - cpu) / (time.perf_counter() - began)
    watching.cancel()
    return day


async def visited(builder: Builder, effort: Effort) -> AsyncIterator[Figure]:
    """Goal 2: whole calls at a steady rate."""
    town, seconds = Town(), max(0.2, SECONDS * effort.scale)
    bot = await builder.bot(town)
    raw = raw_votes(builder.folder / "open.raw", town, "NORMAL")

    async def floor(number: int) -> None:
        raw(number)

    async def call(number: int) -> None:
        outcome = await bot.runtime.run(town.voting(number))
        if any(isinstance(shown, Reply) and shown.card.tone == "bad" for shown in outcome.shown):
            raise RuntimeError("not counted")

    numbers = {"ours": count(), "raw": count()}
    for rate, most in RATES.items():
        ours: list[Day] = []
        raws: list[Day] = []
        for _ in range(effort.rounds):
            ours.append(await poisson(call, numbers["ours"], rate, seconds))
            raws.append(await poisson(floor, numbers["raw"], rate, seconds))
        for figure in said(rate, most, ours, raws):
            yield figure
    bot.store.close()


def said(rate: int, most: float, ours: list[Day], raws: list[Day]) -> list[Figure]:
    half = statistics.median(statistics.median(day.waits) for day in ours)
    floor = statistics.median(day.p99 for day in raws)
    note = f"half within {half:.1f}, raw sqlite3 99 of 100 within {floor:.1f}"
    waits = statistics.median(day.p99 for day in ours)
    lag = statistics.median(percentile(day.lags, 99) for day in ours)
    at = f"{rate:,} whole calls a second"
    return [
        Figure("2", f"{at}: 99 of 100 answered within", waits, "ms", most=most, note=note),
        Figure("2", f"{at}: failed", sum(day.failed for day in ours), "", most=0),
        Figure("2", f"{at}: loop late, 99 of 100", lag, "ms", most=LAG_MOST),
        Figure("2", f"{at}: cores busy", statistics.median(day.cores for day in ours), "", most=CORE),
    ]  # fmt: skip
