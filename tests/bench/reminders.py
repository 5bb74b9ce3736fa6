"""Reminders: a burst that is due in one second, and what waiting costs when very many are far away."""

import asyncio
import sqlite3
import statistics
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlmodel import Session

from bot.actions import Feature
from bot.calls import Turn
from bot.cards import Card, card
from bot.engine import Engine
from bot.text import say
from storage import outbox
from storage.outbox import Outbox
from tests.bench.arrivals import watch
from tests.bench.figures import Figure
from tests.bench.floors import opened
from tests.bench.measuring import Cost, Effort, exponent, interleaved, memory, timed, wall
from tests.bench.peers import peer
from tests.bench.town import BEGAN, NOW, Builder, Town, put
from tests.world import MemoryChat

SIZES = (100, 1_000, 10_000)
WITHIN = 0.25  # seconds for ten thousand
TIMES_RAW = 3
BLOCK_MOST = 20  # milliseconds
BATCH = 500
PATIENCE = 60.0  # seconds that the largest burst may take, by what the one before took
KILLED = 2_000  # in a burst in which the bot is killed again and again
FUTURE = 1_000_000
NEAR = 1_000
LOOKS = 200
WAITING_MOST, MEMORY_MOST = 1.5, 5

bells = Feature("bells")
RING = bells.kind("ring", "Bells", "you asked to be woken")


@bells.view()
def ring(turn: Turn) -> Card | None:
    return card(say("It is time."))


def reminder() -> Outbox:
    """A reminder, so far of nobody."""
    return Outbox(
        seq=0, community_id="c", op="tell", key="", lane="", link=str(ring.link()), kind=RING.name, due=NOW,
        created=BEGAN,
    )  # fmt: skip


def due_rows(people: int) -> Iterator[dict[str, Any]]:
    like = reminder().model_dump()
    for n in range(people):
        own = {"id": f"b{n}", "seq": n, "key": f"bell>m{n}", "lane": f"member:m{n}", "member_id": f"m{n}"}
        yield {**like, **own}


@dataclass(frozen=True, slots=True)
class Burst:
    """How one went: seconds until the last was handed over, of the processor too, and the loop's longest silence."""

    wall: float
    cpu: float
    block: float  # ms
    handed: int


async def burst(builder: Builder, size: int) -> Burst:
    bot = await builder.bot(Town(people=size, polls=1, voted=0), bells)
    chat = MemoryChat("discord")
    bot.add(chat)
    await bot.store.write(lambda db: put(db, Outbox, due_rows(size)))
    lags: list[float] = []
    watching = asyncio.create_task(watch(lags))
    began, cpu = time.perf_counter(), time.process_time()
    await bot.dispatcher.drain()
    took, used = time.perf_counter() - began, time.process_time() - cpu
    watching.cancel()
    bot.store.close()
    return Burst(took, used, max(lags, default=0), len(chat.messages))


RAW_DUE = """
CREATE TABLE due (id INTEGER PRIMARY KEY, at TEXT, state TEXT, words TEXT);
CREATE INDEX due_at ON due (at) WHERE state = 'pending';
"""
CLAIM = (
    "UPDATE due SET state = 'sending' WHERE id IN "
    "(SELECT id FROM due WHERE state = 'pending' AND at <= ? ORDER BY at LIMIT ?) RETURNING id, words"
)


def raw_burst(path: Path, size: int) -> Burst:
    """The same with a bare table of what is due: claimed in batches, handed over, marked."""
    raw = opened(path, "FULL")
    raw.executescript(RAW_DUE)
    raw.executemany("INSERT INTO due (at, state, words) VALUES ('2026', 'pending', 'It is time.')", ((),) * size)
    raw.commit()
    handed: list[str] = []
    began, cpu = time.perf_counter(), time.process_time()
    while True:
        raw.execute("BEGIN IMMEDIATE")
        claimed = raw.execute(CLAIM, ("2027", BATCH)).fetchall()
        raw.execute("COMMIT")
        if not claimed:
            break
        handed += [words for _, words in claimed]
        raw.execute("BEGIN IMMEDIATE")
        raw.executemany("UPDATE due SET state = 'sent' WHERE id = ?", [(number,) for number, _ in claimed])
        raw.execute("COMMIT")
    took, used = time.perf_counter() - began, time.process_time() - cpu
    raw.close()
    path.unlink()
    return Burst(took, used, 0, len(handed))


async def due(builder: Builder, effort: Effort) -> AsyncIterator[Figure]:
    """Goal 7."""
    found: dict[int, list[Burst]] = {}
    raws: dict[int, list[Burst]] = {}
    sizes = sorted({effort.times(size, 20) for size in SIZES})
    for size in sizes:
        spent = time.perf_counter()
        for _ in range(effort.rounds):
            found.setdefault(size, []).append(await burst(builder, size))
            raws.setdefault(size, []).append(raw_burst(builder.folder / "due.raw", size))
            if (time.perf_counter() - spent) * 2 > PATIENCE:
                break
        if statistics.median(one.wall for one in found[size]) * 10 > PATIENCE:
            break
    missing = sum(size - one.handed for size, many in found.items() for one in many)
    largest = max(found)
    took = {size: statistics.median(one.wall for one in many) for size, many in found.items()}
    for figure in said(found[largest], raws[largest], largest, took):
        yield figure
    yield Figure("7", "reminders that were not handed over, or twice", abs(missing), "", most=0)
    async with peer("bursting", folder=builder.folder) as killer:
        lives = [await killer.ask(size=effort.times(KILLED, 100)) for _ in range(effort.rounds)]
    kills, wrong = (sum(life[name] for life in lives) for name in ("kills", "wrong"))
    yield Figure("7", f"the same in bursts that were killed {kills} times", wrong, "", most=0)


def said(ours: list[Burst], raws: list[Burst], size: int, took: dict[int, float]) -> Iterator[Figure]:
    series = " / ".join(f"{seconds:.2f}" for seconds in took.values())
    power = f", exponent {exponent([*took], [*took.values()]):.2f}" if len(took) > 1 else ""
    note = f"{size / took[size]:,.0f} a second; {' / '.join(f'{n:,}' for n in took)} took {series} s{power}"
    ten_thousand = took[size] * SIZES[-1] / size
    what = "10,000 reminders of one second, handed over within"
    what += "" if size == SIZES[-1] else f" (reckoned from {size:,})"
    yield Figure("7", what, ten_thousand, "s", most=WITHIN, note=note)
    ratio = statistics.median(one.cpu / other.cpu for one, other in zip(ours, raws, strict=True))
    cpu, floor = (statistics.median(one.cpu for one in many) / size * 1e6 for many in (ours, raws))
    floor_is = "raw due table, batches of 500"
    yield Figure("7", "one of them", cpu, "µs CPU", floor, floor_is, TIMES_RAW, ratio_of_rounds=ratio)
    block = statistics.median(one.block for one in ours)
    yield Figure("7", "the loop's longest silence meanwhile", block, "ms", most=BLOCK_MOST)


# Waiting.


def add_future(path: Path, rows: int) -> None:
    """Reminders for the years to come, made by SQLite itself."""
    one = {**reminder().model_dump(), "member_id": "m0"}
    at = (NOW + timedelta(days=30)).replace(tzinfo=None).isoformat(" ")
    made = {"id": "'f' || i", "seq": "i", "key": "'future' || i", "lane": "'lane' || i"}
    made |= {"due": f"datetime('{at}', '+' || i || ' seconds') || '.000000'"}
    given = {name: value for name, value in one.items() if name not in made}
    given["created"] = BEGAN.replace(tzinfo=None).isoformat(" ") + ".000000"
    columns = [f'"{name}"' for name in (*made, *given)]
    raw = sqlite3.connect(path)
    raw.execute(
        f"WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) "  # noqa: S608  # all our own
        f"INSERT INTO outbox ({', '.join(columns)}) SELECT {', '.join([*made.values(), *'?' * len(given)])} FROM n",
        [*given.values()],
    )
    raw.commit()
    raw.close()


async def waiting(builder: Builder, effort: Effort) -> AsyncIterator[Figure]:
    """Goal 8."""
    far, looks = effort.times(FUTURE, NEAR), effort.times(LOOKS, 20)
    bots: dict[int, Engine] = {}
    for rows in {NEAR, far}:
        bots[rows] = await builder.bot(Town(people=1, polls=1, voted=0), bells)
        add_future(Path(bots[rows].store.where), rows)
    before = memory()

    def look(db: Session) -> None:
        for _ in range(looks):
            outbox.due(db, NOW)

    def looking(rows: int) -> Any:
        async def round_() -> Cost:
            return await timed(lambda: bots[rows].store.read(look), looks)

        return round_

    costs = await interleaved(effort, {str(rows): looking(rows) for rows in bots})
    grown = memory() - before
    for bot in bots.values():
        bot.store.close()
    cost = {rows: wall(costs[str(rows)]) for rows in bots}
    what = f"looking for what is due, with {far:,} reminders far away"
    yield Figure("8", what, cost[far] / 1000, "ms", cost[NEAR] / 1000, f"with {NEAR:,}", WAITING_MOST)
    yield Figure("8", "memory that this took", max(0, grown), "MB", most=MEMORY_MOST)
