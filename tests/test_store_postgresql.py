"""PostgreSQL: several processes change one database as correctly as one does, and what is held is held by one."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import make_url, text
from sqlmodel import Session, select

from bot.actions import Link
from bot.calls import AccountRef, Call, Spot
from bot.engine import Engine
from storage.locks import alone, take
from storage.people import Community
from storage.store import Store, Unavailable, open_store
from tests.counting import counting, said
from tests.databases import Database, Server, lent
from tests.storing import Busy, adding, names_in
from tests.world import START

SOON = "-c lock_timeout=400ms -c statement_timeout=900ms"


@pytest.fixture
def database(server: Server) -> Iterator[Database]:
    with lent(server) as one:
        yield one


@pytest.fixture
def stores(database: Database) -> Iterator[list[Store]]:
    """Two processes, as far as the database can tell."""
    opened = [database.opens() for _ in range(2)]
    yield opened
    for store in opened:
        store.close()


@pytest.fixture
def hurried(database: Database) -> Iterator[Store]:
    """A store that waits for nothing."""
    address = make_url(database.url).update_query_dict({"options": SOON})
    opened = open_store(address.render_as_string(hide_password=False))
    yield opened
    opened.close()


class Meeting:
    """Both come as far as this on their first try before either goes on."""

    def __init__(self) -> None:
        self._barrier = threading.Barrier(2)
        self.tries = 0

    def wait(self) -> None:
        self.tries += 1
        if self.tries <= 2:
            self._barrier.wait(10)


async def both(stores: list[Store], work: Callable[[Session], Any]) -> list[Any]:
    return await asyncio.gather(*(store.write(work) for store in stores))


async def test_two_who_make_the_same_thing_find_it_made(stores: list[Store], database: Database) -> None:
    meeting = Meeting()

    def find_or_make(db: Session) -> str:
        found = db.get(Community, "a")
        meeting.wait()
        return found.id if found else adding("a")(db)

    assert await both(stores, find_or_make) == ["a", "a"]
    assert names_in(database) == ["a"]
    assert meeting.tries == 3


async def test_two_who_wait_for_each_other_both_end_well(stores: list[Store], database: Database) -> None:
    await stores[0].write(adding("a"))
    await stores[0].write(adding("b"))
    meeting = Meeting()

    def cross(first: str, second: str) -> Callable[[Session], None]:
        def work(db: Session) -> None:
            rename = text("UPDATE community SET name = name || 'x' WHERE id = :id")
            db.execute(rename, {"id": first})
            meeting.wait()
            db.execute(rename, {"id": second})

        return work

    await asyncio.gather(stores[0].write(cross("a", "b")), stores[1].write(cross("b", "a")))

    assert database.rows("SELECT name FROM community ORDER BY id") == [("axx",), ("bxx",)]


async def test_who_is_alone_in_a_community_reads_what_is_still_so_when_it_is_written(stores: list[Store]) -> None:
    def count(db: Session) -> int:
        alone(db, "a")
        row = db.get_one(Community, "a")
        row.settings = {"n": row.settings.get("n", 0) + 1}
        db.add(row)
        return int(row.settings["n"])

    await stores[0].write(adding("a"))

    counted = await asyncio.gather(*(stores[n % 2].write(count) for n in range(20)))

    assert sorted(counted) == [*range(1, 21)]


async def test_different_communities_are_changed_side_by_side(stores: list[Store]) -> None:
    meeting = threading.Barrier(2)

    def work(community: str) -> Callable[[Session], None]:
        def meet(db: Session) -> None:
            alone(db, community)
            meeting.wait(10)

        return meet

    await asyncio.gather(stores[0].write(work("a"), "a"), stores[0].write(work("b"), "b"))


async def test_a_community_that_has_much_to_do_holds_back_no_other(stores: list[Store]) -> None:
    done: list[str] = []

    def noted(name: str) -> Callable[[Session], None]:
        return lambda _: done.append(name)

    async with Busy(stores[0], "busy"):
        many = [asyncio.create_task(stores[0].write(noted("busy"), "busy")) for _ in range(200)]
        await asyncio.sleep(0)  # each has queued its work
        await stores[0].write(noted("other"), "other")
    await asyncio.gather(*many)

    assert done == ["other", *["busy"] * 200]


async def test_what_is_taken_is_taken_by_one_for_as_long_as_it_is_held(stores: list[Store]) -> None:
    one, two = stores

    def mine(db: Session) -> str | None:
        return "mine" if take(db, "row") else None

    async with one.hold(mine) as held, two.hold(mine) as other:
        assert (held.value, other.value) == ("mine", None)
        async with one.hold(mine) as again:
            assert again.value is None
        await held.write(adding("a"))
        async with two.hold(mine) as after:
            assert after.value == "mine"


async def test_what_is_held_is_free_again_without_a_write(stores: list[Store]) -> None:
    one, two = stores

    def mine(db: Session) -> str | None:
        return "mine" if take(db, "row") else None

    with pytest.raises(LookupError):
        async with one.hold(mine):
            raise LookupError
    async with two.hold(mine) as held:
        assert held.value == "mine"


async def test_a_change_does_not_wait_for_what_is_being_sent(stores: list[Store], database: Database) -> None:
    one, two = stores
    await one.write(adding("a"))
    rename = text("UPDATE community SET name = name || 'x' WHERE id = 'a'")

    async with one.hold(lambda db: take(db, "send a") or None) as held:
        await two.write(lambda db: db.execute(rename))
        await held.write(lambda db: db.execute(rename))

    assert database.rows("SELECT name FROM community") == [("axx",)]


async def test_who_gives_up_while_taking_holds_nothing(stores: list[Store], database: Database) -> None:
    one, two = stores
    began, go = threading.Event(), threading.Event()

    def slowly(db: Session) -> bool:
        took = bool(take(db, "row"))
        began.set()
        go.wait()
        return took

    async def hold() -> None:
        async with one.hold(slowly):
            pass

    taking = asyncio.create_task(hold())
    await asyncio.to_thread(began.wait)
    taking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await taking
    go.set()
    await asyncio.to_thread(one.close)  # by then what was taken is let go

    async with two.hold(lambda db: take(db, "row") or None) as held:
        assert held.value


async def test_who_gives_up_while_writing_what_is_held_leaves_it_whole(stores: list[Store], database: Database) -> None:
    one, two = stores
    began, go = threading.Event(), threading.Event()

    def slowly(db: Session) -> str:
        began.set()
        go.wait()
        return adding("a")(db)

    async def hold() -> None:
        async with one.hold(lambda db: take(db, "row") or None) as held:
            await held.write(slowly)

    writing = asyncio.create_task(hold())
    await asyncio.to_thread(began.wait)
    writing.cancel()
    await asyncio.sleep(0)
    go.set()
    with pytest.raises(asyncio.CancelledError):
        await writing

    async with two.hold(lambda db: take(db, "row") or None) as held:
        assert held.value
    assert names_in(database) == ["a"]


async def test_what_is_held_is_written_once(stores: list[Store]) -> None:
    async with stores[0].hold(lambda _: "mine") as held:
        await held.write(adding("a"))
        with pytest.raises(RuntimeError, match="was written already"):
            await held.write(adding("b"))


async def test_a_clash_while_writing_what_is_held_takes_back_the_work_and_not_the_lock(
    stores: list[Store], database: Database
) -> None:
    tries: list[object] = []

    def crowded(db: Session) -> str:
        tries.append(None)
        if len(tries) == 1:
            database.runs("INSERT INTO community SELECT 'a', 'a', '', 'UTC', 'en', '1', '{}', now()")
        found = db.get(Community, "a") if len(tries) > 1 else None
        return found.id if found else adding("a")(db)

    async with stores[0].hold(lambda db: take(db, "row") or None) as held:
        assert await held.write(crowded) == "a"

    assert len(tries) == 2


async def test_more_than_may_be_held_at_once_wait_for_their_turn(database: Database) -> None:
    store = open_store(database.url, holds=2)
    inside: list[int] = []
    most: list[int] = []

    async def hold(n: int) -> None:
        async with store.hold(lambda _: n) as held:
            inside.append(n)
            most.append(len(inside))
            await held.write(adding(f"c{n}"))
            inside.remove(n)

    await asyncio.gather(*(hold(n) for n in range(6)))
    store.close()

    assert max(most) == 2
    assert names_in(database) == [f"c{n}" for n in range(6)]


async def test_a_reader_sees_one_moment_however_long_it_looks(stores: list[Store]) -> None:
    began, go = threading.Event(), threading.Event()

    def look(db: Session) -> tuple[int, int]:
        before = len(db.exec(select(Community.id)).all())
        began.set()
        go.wait()
        return before, len(db.exec(select(Community.id)).all())

    looking = asyncio.create_task(stores[0].read(look))
    await asyncio.to_thread(began.wait)
    await stores[1].write(adding("a"))
    go.set()

    assert await looking == (0, 0)


async def test_a_lock_of_somebody_else_is_waited_for_and_then_said(hurried: Store, database: Database) -> None:
    await hurried.write(adding("a"))
    rename = text("UPDATE community SET name = 'b' WHERE id = 'a'")

    with database.engine.begin() as other:
        other.execute(rename)
        with pytest.raises(Unavailable, match="lock timeout"):
            await hurried.write(lambda db: db.execute(rename))
    await hurried.write(lambda db: db.execute(rename))

    assert database.rows("SELECT name FROM community") == [("b",)]


async def test_a_statement_that_takes_too_long_is_ended(hurried: Store) -> None:
    with pytest.raises(Unavailable, match="statement timeout"):
        await hurried.write(lambda db: db.execute(text("SELECT pg_sleep(60)")))


@pytest.mark.parametrize("code", ["53100", "53200", "58030", "25006", "XX001", "57014", "40001"])
async def test_trouble_of_the_server_is_trouble_and_nobodys_mistake(hurried: Store, code: str) -> None:
    def fail(db: Session) -> None:
        adding("a")(db)
        db.flush()
        db.execute(text(f"DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{code}'; END $$"))

    with pytest.raises(Unavailable, match="no"):
        await hurried.write(fail)

    assert await hurried.write(adding("a")) == "a"


# Two processes of the bot on one database.


async def test_votes_in_two_processes_at_once_all_count(stores: list[Store], database: Database) -> None:
    runtimes = [Engine(store, [counting], lambda: START).runtime for store in stores]

    def call(n: int) -> Call:
        someone = AccountRef("discord", "D1", f"p{n}", f"P{n}")
        return Call(Link("counting.more"), someone, Spot("general"), key=f"click {n}")

    calls = [call(n) for n in range(24)] * 2  # each is delivered to both
    outcomes = await asyncio.gather(*(runtimes[n % 2].run(call) for n, call in enumerate(calls[::-1] + calls)))

    assert {said(outcome) for outcome in outcomes} == {f"Counted: {n}" for n in range(1, 25)}
    assert database.rows("SELECT count(*) FROM space") == [(1,)]  # which each of them saw for the first time
    assert database.rows("SELECT count(*) FROM member") == [(24,)]
