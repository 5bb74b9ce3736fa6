"""Lateness: what people notice of it when the bot does something large at the same time."""

import asyncio
import gc
import statistics
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import count
from pathlib import Path

from bot.cli.database import copy
from bot.engine import Engine
from tests.bench.arrivals import LAG_MOST, LAG_PEAK, Day, poisson
from tests.bench.figures import Figure
from tests.bench.measuring import Effort, percentile
from tests.bench.town import Builder, Town

RATE, SECONDS = 100, 3
TIMES_IDLE = 2


async def beside(builder: Builder, effort: Effort) -> AsyncIterator[Figure]:
    """Goal 13, with the largest things that there are by now: a copy of the database, and a whole sweep of memory."""
    town, seconds = Town(), max(0.2, SECONDS * effort.scale)
    bot = await builder.bot(town)
    numbers = count()

    async def call(number: int) -> None:
        await bot.runtime.run(town.voting(number))

    meanwhile: dict[str, Callable[[], Awaitable[None]]] = {
        "the database is copied": lambda: copying(bot, builder),
        "memory is swept": sweeping,
    }
    gc.collect()
    gc.freeze()  # as the bot does when it is ready
    days: dict[str, list[Day]] = {name: [] for name in ("", *meanwhile)}
    for _ in range(effort.rounds):
        days[""].append(await poisson(call, numbers, RATE, seconds))
        for name, work in meanwhile.items():
            busy = asyncio.create_task(again_and_again(work))
            days[name].append(await poisson(call, numbers, RATE, seconds))
            busy.cancel()
            await asyncio.gather(busy, return_exceptions=True)
    bot.store.close()
    idle = statistics.median(day.p99 for day in days[""])
    for name in meanwhile:
        at = f"while {name}, {RATE} whole calls a second"
        waits = statistics.median(day.p99 for day in days[name])
        lags = [lag for day in days[name] for lag in day.lags]
        yield Figure("13", f"{at}: 99 of 100 answered within", waits, "ms", idle, "idle", TIMES_IDLE)
        yield Figure("13", f"{at}: loop late, 99 of 100", percentile(lags, 99), "ms", most=LAG_MOST)
        yield Figure("13", f"{at}: loop late at most", max(lags), "ms", most=LAG_PEAK)


async def again_and_again(work: Callable[[], Awaitable[None]]) -> None:
    while True:
        await work()
        await asyncio.sleep(0.2)


async def copying(bot: Engine, builder: Builder) -> None:
    target = builder.folder / "copy.db"
    await asyncio.to_thread(copy, Path(bot.store.where), target)
    target.unlink()


async def sweeping() -> None:
    gc.collect()
