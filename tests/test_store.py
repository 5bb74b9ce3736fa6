"""The stores: what was acknowledged is on the disk, what fails fails alone, and nobody waits for ever."""

import asyncio
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlmodel import Session, select

from storage.people import Community
from storage.store import DatabaseInUse, Store, Unavailable
from storage.store.postgresql import GROUP
from tests.databases import Database, Files, lent
from tests.storing import Busy, adding, community, names_in

ROOT = Path(__file__).parent.parent
WAITS_FOR_THE_DISK: dict[str, dict[str, Any]] = {
    "sqlite": {"PRAGMA synchronous": 2, "PRAGMA journal_mode": "wal"},
    "postgresql": {"SHOW synchronous_commit": "on"},
}
WRITES_FOR_EVER = """
import asyncio, sys
from itertools import count
from storage.people import Community
from storage.store import open_store
from datetime import UTC, datetime

async def main(url):
    store = open_store(url)
    for n in count():
        await store.write(lambda db: db.add(Community(id=f"c{n}", name="x" * 2000, created=datetime.now(UTC))))
        print(n, flush=True)

asyncio.run(main(sys.argv[1]))
"""
OPENS = """
import sys
from storage.store import open_store
open_store(sys.argv[1])
"""


@pytest.fixture
def store(database: Database) -> Iterator[Store]:
    opened = database.opens()
    yield opened
    opened.close()


@pytest.fixture
def file(files: Files) -> Iterator[Database]:
    """A database of SQLite."""
    with lent(files) as one:
        yield one


def add_and_flush(db: Session) -> None:
    db.add(community("b"))
    db.flush()


def commits(engine: Engine) -> list[str]:
    """One entry for each commit from now on."""
    seen: list[str] = []
    event.listen(engine, "commit", lambda _: seen.append("commit"))
    return seen


def test_what_was_acknowledged_survives_a_kill(database: Database) -> None:
    command = [sys.executable, "-c", WRITES_FOR_EVER, database.url]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        for _ in range(20):
            child.stdout.readline()
        child.send_signal(signal.SIGKILL)
        acknowledged = 20 + len(child.stdout.read().splitlines())

    assert {f"c{n}" for n in range(acknowledged)} <= set(names_in(database))


async def test_nothing_is_acknowledged_before_it_is_on_the_disk(store: Store, database: Database) -> None:
    there: list[list[str]] = []

    async with Busy(store, "lane"):
        waiting = [store.submit(adding(name), "lane") for name in ("a", "b")]
        for write in waiting:
            write.add_done_callback(lambda _: there.append(names_in(database)))
    await store.write(lambda _: None, "lane")  # by then the writer has told everybody

    assert there == [["a", "b"]] * 2


async def test_a_power_cut_loses_nothing_that_was_acknowledged(store: Store) -> None:
    def settings(db: Session) -> list[Any]:
        return [db.execute(text(statement)).scalar_one() for statement in WAITS_FOR_THE_DISK[store.dialect]]

    assert [*WAITS_FOR_THE_DISK[store.dialect].values()] == await store.write(settings)


async def test_writes_of_a_lane_that_wait_together_are_committed_together(store: Store) -> None:
    seen = commits(store.engine)

    async with Busy(store, "lane"):
        waiting = [asyncio.create_task(store.write(adding(f"c{n}"), "lane")) for n in range(GROUP)]
        await asyncio.sleep(0)  # each has queued its work

    assert await asyncio.gather(*waiting) == [f"c{n}" for n in range(GROUP)]
    assert seen == ["commit"] * 2  # the one that kept the writer busy, and all the others


async def test_writes_that_are_committed_together_know_nothing_of_each_other(store: Store) -> None:
    def held(db: Session) -> list[object]:
        before = [*db.identity_map.values(), *db.new]
        db.add(community("abc"[len(found)]))
        found.append(before)
        return before

    found: list[list[object]] = []
    async with Busy(store, "lane"):
        waiting = [store.submit(held, "lane") for _ in range(3)]

    assert [await asyncio.wrap_future(one) for one in waiting] == [[], [], []]


async def test_one_that_fails_fails_alone(store: Store, database: Database) -> None:
    runs: list[str] = []

    def broken(db: Session) -> None:
        db.add(community("half"))
        db.flush()
        runs.append("broken")
        raise LookupError("mine")

    async with Busy(store, "lane"):
        good = [store.submit(adding(name), "lane") for name in ("a", "b")]
        bad = store.submit(broken, "lane")
        twin = store.submit(adding("a"), "lane")  # the database refuses it
        last = store.submit(adding("c"), "lane")

    done = [await asyncio.wrap_future(f) for f in (*good, last)]
    with pytest.raises(LookupError, match="mine"):
        await asyncio.wrap_future(bad)
    with pytest.raises(IntegrityError):
        await asyncio.wrap_future(twin)

    assert done == ["a", "b", "c"]
    assert names_in(database) == ["a", "b", "c"]
    assert runs == ["broken", "broken"]  # once together with the others and once alone


async def test_readers_cannot_write(store: Store, database: Database) -> None:
    await store.write(adding("a"))

    with pytest.raises(Unavailable, match=r"read-?only"):
        await store.read(lambda db: db.execute(text("DELETE FROM community")))
    with pytest.raises(Unavailable, match=r"read-?only"):
        await store.read(add_and_flush)

    assert names_in(database) == ["a"]


async def test_readers_see_what_was_written_while_the_writer_is_busy(store: Store) -> None:
    await store.write(adding("a"))

    async with Busy(store, "lane"):
        assert await store.read(lambda db: list(db.exec(select(Community.name)))) == ["a"]


async def test_a_slow_write_stops_nobody_else(store: Store) -> None:
    order: list[str] = []
    go = threading.Event()

    async def tick() -> None:
        for _ in range(3):
            await asyncio.sleep(0)
            order.append("tick")
        go.set()  # only a loop that goes on can end the write

    def slow(_: Session) -> None:
        go.wait()
        order.append("write")

    await asyncio.gather(store.write(slow), tick())

    assert order == ["tick", "tick", "tick", "write"]


def test_a_second_process_on_a_file_is_refused_with_a_clear_sentence(file: Database) -> None:
    store = file.opens()
    command = [sys.executable, "-c", OPENS, file.url]
    second = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    store.close()

    assert f"{file.path} is in use by another Commonplace. Stop that one first" in second.stderr


def test_a_file_is_free_again_after_closing(file: Database) -> None:
    first = file.opens()
    with pytest.raises(DatabaseInUse):
        file.opens()
    first.close()

    file.opens().close()


async def test_closing_finishes_what_is_queued(database: Database) -> None:
    store = database.opens()
    async with Busy(store, "lane"):
        queued = [store.submit(adding(f"c{n:03}"), "lane") for n in range(GROUP * 2)]
        closing = asyncio.create_task(asyncio.to_thread(store.close))
        await asyncio.sleep(0)
    await closing

    assert [f.result(0) for f in queued] == names_in(database)


async def test_a_closed_store_says_so_and_nobody_waits_for_ever(database: Database) -> None:
    store = database.opens()
    store.close()
    store.close()  # twice is harmless

    with pytest.raises(Unavailable, match="is closed"):
        await store.write(adding("a"))
    with pytest.raises(Unavailable, match="is closed"):
        await store.read(adding("a"))
    with pytest.raises(Unavailable, match="is closed"):
        async with store.hold(adding("a")):
            pass


async def test_who_stops_waiting_does_not_stop_the_writer(store: Store, database: Database) -> None:
    async with Busy(store, "lane"):
        impatient = asyncio.create_task(store.write(adding("a"), "lane"))
        await asyncio.sleep(0)
        impatient.cancel()
        with pytest.raises(asyncio.CancelledError):
            await impatient

    assert await store.write(adding("b")) == "b"
    assert names_in(database) == ["b"]


async def test_who_stops_waiting_while_it_is_written_does_not_stop_the_writer(store: Store, database: Database) -> None:
    began, go = threading.Event(), threading.Event()

    def work(db: Session) -> None:
        began.set()
        go.wait()
        db.add(community("a"))

    impatient = asyncio.create_task(store.write(work, "lane"))
    await asyncio.to_thread(began.wait)
    impatient.cancel()
    await asyncio.sleep(0)
    go.set()

    assert await store.write(adding("b"), "lane") == "b"
    assert names_in(database) == ["a", "b"]


@pytest.mark.parametrize("wrong", [StopIteration, SystemExit, KeyboardInterrupt])
async def test_whatever_work_raises_reaches_its_caller(store: Store, wrong: type[BaseException]) -> None:
    def work(_: Session) -> None:
        raise wrong

    for way in (store.write, store.read):
        with pytest.raises(RuntimeError, match=wrong.__name__):
            await way(work)

    assert await store.write(adding("a")) == "a"


async def test_errors_do_not_repeat_what_people_wrote(store: Store) -> None:
    await store.write(adding("a"))

    with pytest.raises(IntegrityError) as caught:
        await store.write(adding("a", words="a private matter"))

    assert "private matter" not in str(caught.value)


async def test_errors_do_not_repeat_the_row_either(store: Store) -> None:
    row = adding("a", words="a private matter")

    def unnamed(db: Session) -> None:
        row(db)
        db.flush()
        db.execute(text("UPDATE community SET name = NULL"))

    with pytest.raises(IntegrityError) as caught:
        await store.write(unnamed)

    assert "private matter" not in "".join(traceback.format_exception(caught.value))


async def test_a_wrong_statement_is_not_taken_for_trouble_with_the_file(store: Store) -> None:
    with pytest.raises(DatabaseError, match="unheard_of"):
        await store.write(lambda db: db.execute(text("SELECT * FROM unheard_of")))


# Holding.


async def test_what_is_held_is_written_and_let_go(store: Store, database: Database) -> None:
    async with store.hold(lambda _: "mine") as held:
        assert held.value == "mine"
        assert await held.write(adding("a")) == "a"
        assert names_in(database) == ["a"]


async def test_what_is_held_and_not_written_leaves_nothing(store: Store, database: Database) -> None:
    def nothing(_: Session) -> str | None:
        return None

    async with store.hold(nothing) as held:
        assert held.value is None

    assert names_in(database) == []


async def test_the_writers_go_on_while_something_is_held(store: Store, database: Database) -> None:
    async with store.hold(lambda _: "mine") as held:
        await store.write(adding("b"))
        await held.write(adding("a"))

    assert names_in(database) == ["a", "b"]


async def test_a_write_of_what_is_held_that_fails_reaches_its_caller(store: Store, database: Database) -> None:
    def broken(db: Session) -> None:
        add_and_flush(db)
        raise LookupError("mine")

    async with store.hold(lambda _: "mine") as held:
        with pytest.raises(LookupError, match="mine"):
            await held.write(broken)

    assert names_in(database) == []


async def test_a_lock_that_cannot_be_looked_for_reaches_its_caller(store: Store) -> None:
    def broken(_: Session) -> str:
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        async with store.hold(broken):
            pass

    async with store.hold(lambda _: "mine") as held:
        assert held.value == "mine"
