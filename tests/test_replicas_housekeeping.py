"""What is about the database or about a whole chat, one of several replicas does; what only it can do, each does."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

import pytest

from bot.clock import MovableClock
from bot.engine import Engine
from bot.features import find_features
from bot.leases import Shared
from bot.limits import Limits
from bot.ports import Home, Roster
from bot.reconciling import TOGETHER
from tests.databases import Database, Server, lent
from tests.world import START, MemoryChat

HOUR = timedelta(hours=1)
NEVER = 3600.0  # seconds: signs of life are given by the test alone


@dataclass(slots=True)
class Counting(MemoryChat):
    """A chat that knows how often its lists were asked for."""

    listed: int = 0

    async def roster(self, space: str, homes: Sequence[Home]) -> Roster:
        self.listed += 1
        return await MemoryChat.roster(self, space, homes)


@pytest.fixture
def database(server: Server) -> Iterator[Database]:
    """PostgreSQL: SQLite is one process's alone."""
    with lent(server) as one:
        yield one


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock(START)


@pytest.fixture
def chat() -> Counting:
    return Counting("discord", channels={"D1": {"general": "general"}})


@pytest.fixture
async def engines(database: Database, clock: MovableClock, chat: Counting) -> AsyncIterator[list[Engine]]:
    """Two replicas that have not begun to work; the chat is one to both."""
    made = []
    for _ in range(2):
        store = database.opens()
        leases = Shared(store, clock.now, "1.0", "0011", beat=NEVER)
        made.append(Engine(store, find_features(), clock.now, leases=leases))
        made[-1].add(chat)
        made[-1].reconciler.pause = 0
    await made[0].runtime.settle("discord", "D1", "Practice Circle", {"general": "general"})
    yield made
    for engine in made:
        engine.store.close()


async def test_housekeeping_is_done_by_one_of_them_each_time(engines: list[Engine], clock: MovableClock) -> None:
    done: list[int] = []
    for _ in range(3):
        for number, engine in enumerate(engines):
            await engine.in_turn("sweep", 0.9 * HOUR, lambda number=number: done.append(number))  # type: ignore[misc]
        clock.move(HOUR)

    assert done == [0, 0, 0]


async def test_another_one_does_it_when_the_first_is_gone(engines: list[Engine], clock: MovableClock) -> None:
    first, second = engines
    done: list[str] = []
    await first.in_turn("sweep", 0.9 * HOUR, lambda: done.append("first"))

    clock.move(0.5 * HOUR)
    await second.in_turn("sweep", 0.9 * HOUR, lambda: done.append("too early"))
    clock.move(HOUR)
    await second.in_turn("sweep", 0.9 * HOUR, lambda: done.append("second"))

    assert done == ["first", "second"]


async def test_replicas_that_start_together_compare_a_chat_once(
    engines: list[Engine], clock: MovableClock, chat: Counting
) -> None:
    for engine in engines:
        engine.reconciler.all()
        await engine.reconciler.catch_up()
    assert chat.listed == 1

    clock.move(TOGETHER)
    engines[1].reconciler.all()
    await engines[1].reconciler.catch_up()
    assert chat.listed == 2


async def test_what_one_of_them_alone_has_missed_it_compares_itself(engines: list[Engine], chat: Counting) -> None:
    for engine in engines:
        engine.reconciler.all()
        engine.runtime.missed("discord", "D1")
        await engine.reconciler.catch_up()

    assert chat.listed == 2


async def test_what_platforms_allow_is_shared_by_those_who_live(engines: list[Engine], clock: MovableClock) -> None:
    first, second = engines
    await first.start()
    assert first.dispatcher.limits.replicas == 1

    await second.start()
    await first.leases.beat()  # type: ignore[attr-defined]
    await first.share()
    assert [engine.dispatcher.limits.replicas for engine in engines] == [2, 2]

    await second.stop()
    await first.leases.beat()  # type: ignore[attr-defined]
    await first.share()
    assert first.dispatcher.limits.replicas == 1
    await first.stop()


async def test_each_of_three_has_a_third_of_a_platform_s_pace() -> None:
    chat = MemoryChat("discord", rate=30.0)
    alone, one_of_three = Limits(), Limits(replicas=3)

    assert [round(limits.room(chat)) for limits in (alone, one_of_three)] == [30, 10]
    await asyncio.gather(*(one_of_three.take(chat) for _ in range(10)))
    assert round(one_of_three.room(chat)) == 0
