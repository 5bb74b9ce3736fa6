"""Durability: what it costs on a slow disk that every vote is sure, and that it is sure when the bot is killed."""

import asyncio
import os
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sqlalchemy import event

from bot.engine import Engine
from tests.bench.figures import Figure
from tests.bench.floors import raw_votes
from tests.bench.measuring import Cost, Effort, Variant, interleaved, wall, wall_ratio
from tests.bench.peers import Peer, peer, serve
from tests.bench.town import Builder, Town, reopened
from tests.bench.votes import CALLERS, call_caller, closed_loop, raw_caller

VOTES = 960  # a round
KILLS = 30
MOST = 1.25
COMPILERS = ("cc", "gcc", "clang")
PAUSE = 0.002


def shim(folder: Path) -> Path | None:
    """The slow disk as a library to preload; None where there is no compiler."""
    compiler = next(filter(None, map(shutil.which, COMPILERS)), None)
    if compiler is None or sys.platform != "linux":
        return None
    made = folder / "slow_disk.so"
    source = Path(__file__).with_name("slow_disk.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-o", made, source, "-ldl"], check=True)
    return made


async def slowed(builder: Builder, effort: Effort) -> AsyncIterator[Figure]:
    """Goal 3."""
    library = shim(builder.folder)
    how = "fsync 2 ms slower, by a preloaded library"
    if library is None:
        how = "2 ms after each commit, since no compiler is here to slow fsync itself"
    votes = effort.times(VOTES, CALLERS)
    environment = {"LD_PRELOAD": str(library)} if library else {"BENCH_SLOW_COMMIT": "1"}
    async with peer("durability", folder=builder.folder, **environment) as slow:
        names = ("raw NORMAL", "raw FULL", "bot NORMAL", "bot FULL")
        costs = await interleaved(effort, {name: asking(slow, name, votes) for name in names})
    for what, ours, floor, most in (
        ("whole calls, 64 callers: FULL beside NORMAL", "bot FULL", "bot NORMAL", MOST),
        ("raw sqlite3 with a commit each: FULL beside NORMAL", "raw FULL", "raw NORMAL", None),
    ):
        yield Figure(
            "3", what, wall(costs[ours]) / 1000, "ms", wall(costs[floor]) / 1000, "NORMAL", most,
            note=how, ratio_of_rounds=wall_ratio(costs[ours], costs[floor]),
        )  # fmt: skip
    kills = effort.times(KILLS, 2)
    async with peer("killing", folder=builder.folder) as killer:
        lives = [await killer.ask() for _ in range(kills)]
    said, lost = sum(life["said"] for life in lives), sum(life["lost"] for life in lives)
    yield Figure("3", f"lost of {said:,} acknowledged votes, killed {kills} times", lost, "", most=0)


def asking(slow: Peer, name: str, votes: int) -> Variant:
    async def round_() -> Cost:
        return Cost(**await slow.ask(name=name, votes=votes))

    return round_


async def bot_on(builder: Builder, town: Town, synchronous: str) -> Engine:
    """A bot whose writer is as careful as asked.  Its file is filled and opened first, then careful."""
    bot = await builder.bot(town)
    path = Path(bot.store.where)
    bot.store.close()
    bot = reopened(path)

    def set_up(raw: Any, _record: object) -> None:
        raw.execute(f"PRAGMA synchronous={synchronous}")

    event.listen(bot.store.engine, "connect", set_up)
    if "BENCH_SLOW_COMMIT" in os.environ and synchronous == "FULL":
        event.listen(bot.store.engine, "commit", lambda _: time.sleep(PAUSE))
    return bot


async def slow() -> None:
    """In the process with the slow disk."""
    builder, town = Builder(Path.cwd()), Town()
    bots = {name: await bot_on(builder, town, name) for name in ("NORMAL", "FULL")}
    raws = {name: raw_votes(builder.folder / f"slow-{name}.raw", town, name) for name in ("NORMAL", "FULL")}
    callers = {f"bot {name}": call_caller(bot, town) for name, bot in bots.items()}
    callers |= {f"raw {name}": raw_caller(raw) for name, raw in raws.items()}
    loops: dict[tuple[str, int], Variant] = {}

    async def answer(request: dict[str, Any]) -> dict[str, Any]:
        key = request["name"], request["votes"]
        loop = loops.setdefault(key, closed_loop(CALLERS, key[1], callers[key[0]]))
        return asdict(await loop())

    await serve({}, answer)
    for bot in bots.values():
        bot.store.close()


if __name__ == "__main__":
    asyncio.run(slow())
