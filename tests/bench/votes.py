"""A vote, committed and tallied: with one caller and with many at once, and from small polls to large ones."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlmodel import Session

from bot.calls import Turn
from bot.engine import Engine
from bot.features.polls.voting import vote
from bot.people import person
from storage.polls import tally
from storage.presence import presence
from tests.bench.figures import Figure
from tests.bench.floors import raw_votes, same_rows
from tests.bench.measuring import Cost, Effort, Variant, cpu, cpu_ratio, interleaved, timed, wall
from tests.bench.town import NOW, Builder, Town

One = Callable[[int], Awaitable[object]]  # casts the vote of this number

CALLERS = 64
VOTES = 1920  # a round, at full effort


async def side_by_side(callers: int, votes: int, one: One, numbers: Iterator[int]) -> None:
    """So many votes by so many callers, each of whom waits for an answer before the next."""
    left = iter(range(votes))

    async def caller() -> None:
        for _ in left:
            await one(next(numbers))

    await asyncio.gather(*(caller() for _ in range(callers)))


def closed_loop(callers: int, votes: int, one: One) -> Variant:
    numbers = count()

    async def round_() -> Cost:
        return await timed(lambda: side_by_side(callers, votes, one, numbers), votes)

    return round_


def raw_caller(raw: Callable[[int], None]) -> One:
    async def one(number: int) -> None:
        raw(number)
        await asyncio.sleep(0)  # the loop goes round once a vote, as it does for everybody

    return one


def handler_caller(bot: Engine, town: Town) -> One:
    """The feature's own function and the tally, in a transaction of the store, for people who are known already."""

    def turn_of(db: Session, number: int) -> Turn:
        known = presence(db, town.platform, town.space, town.user(number))
        if known is None:
            raise LookupError(number)
        return Turn(person(known.member, known.community, known.account), known.community, NOW, db, bot.app)

    turns: dict[int, Turn] = {}

    def one(db: Session, number: int) -> None:
        who = number % town.people
        turn = replace(turns[who], db=db) if who in turns else turns.setdefault(who, turn_of(db, number))
        link = town.voting(number).link
        vote.run(turn, link.args[0], int(link.args[1]))
        tally(db, link.args[0])

    return lambda number: bot.store.write(lambda db: one(db, number))


def call_caller(bot: Engine, town: Town) -> One:
    """The whole call: who it is, their rights, the inbox, the vote, the outbox, the audit and the answer."""
    return lambda number: bot.runtime.run(town.voting(number))


async def statements_of(bot: Engine, town: Town) -> list[tuple[str, tuple[object, ...]]]:
    """What one whole call asks of the database."""
    heard: list[tuple[str, tuple[object, ...]]] = []

    def hear(_c: Any, _cursor: Any, sql: str, values: Any, _context: Any, many: bool) -> None:
        if not sql.startswith("BEGIN"):
            heard.extend((sql, tuple(each)) for each in (values if many else [values]))

    await bot.runtime.run(town.voting(0))
    event.listen(bot.store.engine, "before_cursor_execute", hear)
    await bot.runtime.run(town.voting(1))
    event.remove(bot.store.engine, "before_cursor_execute", hear)
    return heard


async def closed(builder: Builder, effort: Effort) -> AsyncIterator[Figure]:
    """Goal 1: what a vote costs."""
    town, votes = Town(), effort.times(VOTES, CALLERS)
    bot = await builder.bot(town)
    twin = await builder.bot(town)
    statements = await statements_of(twin, town)
    twin.store.close()
    raw = {sync: raw_caller(raw_votes(builder.folder / f"{sync}.raw", town, sync)) for sync in ("NORMAL", "FULL")}
    handler, call = handler_caller(bot, town), call_caller(bot, town)
    costs = await interleaved(effort, {
        "raw 64": closed_loop(CALLERS, votes, raw["NORMAL"]),
        "handler 64": closed_loop(CALLERS, votes, handler),
        "same rows 64": closed_loop(CALLERS, votes, raw_caller(same_rows(Path(twin.store.where), statements))),
        "call 64": closed_loop(CALLERS, votes, call),
        "raw 1": closed_loop(1, votes // 4, raw["FULL"]),
        "handler 1": closed_loop(1, votes // 4, handler),
        "call 1": closed_loop(1, votes // 4, call),
    })  # fmt: skip
    bot.store.close()

    def figure(what: str, ours: str, floor: str, floor_is: str, most: float | None) -> Figure:
        ratio = cpu_ratio(costs[ours], costs[floor])
        note = f"{1e6 / wall(costs[ours]):,.0f}/s"
        return Figure("1", what, cpu(costs[ours]), "µs CPU", cpu(costs[floor]), floor_is, most,
                      note=note, ratio_of_rounds=ratio)  # fmt: skip

    yield figure("vote and tally, 64 callers", "handler 64", "raw 64", "raw sqlite3, NORMAL, a commit each", 8)
    yield figure("vote and tally, one caller", "handler 1", "raw 1", "raw sqlite3, FULL", 7)
    what = f"whole call ({len(statements)} statements), 64 callers"
    yield figure(what, "call 64", "same rows 64", "raw sqlite3, the same statements", None)
    yield figure("whole call, 64 callers", "call 64", "raw 64", "raw sqlite3, only the vote, NORMAL", None)
    yield figure("whole call, one caller", "call 1", "raw 1", "raw sqlite3, only the vote, FULL", None)
