"""The store: what was acknowledged is on the disk, what fails fails alone, trouble with the file is said clearly."""

import asyncio
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlmodel import Session, select

from storage.people import Community
from storage.store import GROUP, DatabaseInUse, Store, Unavailable
from tests.storing import Busy, adding, community, names_in

ROOT = Path(__file__).parent.parent
WRITES_FOR_EVER = """
import asyncio, sys
from itertools import count
from pathlib import Path
from storage.people import Community
from storage.store import Store
from datetime import UTC, datetime

async def main(path):
    store = Store(path)
    for n in count():
        await store.write(lambda db: db.add(Community(id=f"c{n}", name="x" * 2000, created=datetime.now(UTC))))
        print(n, flush=True)

asyncio.run(main(Path(sys.argv[1])))
"""
OPENS = """
import sys
from pathlib import Path
from storage.store import Store
Store(Path(sys.argv[1]))
"""


@pytest.fixture
def path(tmp_path: Path, template: Path) -> Path:
    copy = tmp_path / "store.db"
    copy.write_bytes(template.read_bytes())
    return copy


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    opened = Store(path)
    yield opened
    opened.close()


def add_and_flush(db: Session) -> None:
    db.add(community("b"))
    db.flush()


def commits(engine: Engine) -> list[str]:
    """One entry for each commit from now on."""
    seen: list[str] = []
    event.listen(engine, "commit", lambda _: seen.append("commit"))
    return seen


def test_what_was_acknowledged_survives_a_kill(path: Path) -> None:
    command = [sys.executable, "-c", WRITES_FOR_EVER, str(path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        for _ in range(20):
            child.stdout.readline()
        child.send_signal(signal.SIGKILL)
        acknowledged = 20 + len(child.stdout.read().splitlines())

    store = Store(path)
    kept = set(names_in(store.path))
    store.close()

    assert {f"c{n}" for n in range(acknowledged)} <= kept


async def test_nothing_is_acknowledged_before_it_is_on_the_disk(store: Store) -> None:
    there: list[list[str]] = []

    async with Busy(store):
        waiting = [store.submit(adding(name)) for name in ("a", "b")]
        for write in waiting:
            write.add_done_callback(lambda _: there.append(names_in(store.path)))
    await store.write(lambda _: None)  # by then the writer has told everybody

    assert there == [["a", "b"]] * 2


async def test_a_power_cut_loses_nothing_that_was_acknowledged(store: Store) -> None:
    def settings(db: Session) -> list[Any]:
        return [db.execute(text(f"PRAGMA {name}")).scalar_one() for name in ("synchronous", "journal_mode")]

    assert await store.write(settings) == [2, "wal"]  # 2: each commit waits for the disk


async def test_writes_that_wait_together_are_committed_together(store: Store) -> None:
    seen = commits(store.engine)

    async with Busy(store):
        waiting = [asyncio.create_task(store.write(adding(f"c{n}"))) for n in range(GROUP)]
        await asyncio.sleep(0)  # each has queued its work

    assert await asyncio.gather(*waiting) == [f"c{n}" for n in range(GROUP)]
    assert seen == ["commit"] * 2  # the one that kept the writer busy, and all the others


async def test_one_that_fails_fails_alone(store: Store) -> None:
    runs: list[str] = []

    def broken(db: Session) -> None:
        db.add(community("half"))
        db.flush()
        runs.append("broken")
        raise LookupError("mine")

    async with Busy(store):
        good = [store.submit(adding(name)) for name in ("a", "b")]
        bad = store.submit(broken)
        twin = store.submit(adding("a"))  # the database refuses it
        last = store.submit(adding("c"))

    done = [await asyncio.wrap_future(f) for f in (*good, last)]
    with pytest.raises(LookupError, match="mine"):
        await asyncio.wrap_future(bad)
    with pytest.raises(IntegrityError):
        await asyncio.wrap_future(twin)

    assert done == ["a", "b", "c"]
    assert names_in(store.path) == ["a", "b", "c"]
    assert runs == ["broken", "broken"]  # once together with the others and once alone


async def test_readers_cannot_write(store: Store) -> None:
    await store.write(adding("a"))

    with pytest.raises(Unavailable, match="readonly"):
        await store.read(lambda db: db.execute(text("DELETE FROM community")))
    with pytest.raises(Unavailable, match="readonly"):
        await store.read(add_and_flush)

    assert names_in(store.path) == ["a"]


async def test_readers_see_what_was_written_while_the_writer_is_busy(store: Store) -> None:
    await store.write(adding("a"))

    async with Busy(store):
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


def test_a_second_process_is_refused_with_a_clear_sentence(store: Store) -> None:
    command = [sys.executable, "-c", OPENS, str(store.path)]
    second = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert f"{store.path} is in use by another Commonplace. Stop that one first" in second.stderr


def test_the_file_is_free_again_after_closing(path: Path) -> None:
    first = Store(path)
    with pytest.raises(DatabaseInUse):
        Store(path)
    first.close()

    Store(path).close()


async def test_closing_finishes_what_is_queued(path: Path) -> None:
    store = Store(path)
    async with Busy(store):
        queued = [store.submit(adding(f"c{n:03}")) for n in range(GROUP * 2)]
        closing = asyncio.create_task(asyncio.to_thread(store.close))
        await asyncio.sleep(0)
    await closing

    assert [f.result(0) for f in queued] == names_in(path)


async def test_a_closed_store_says_so_and_nobody_waits_for_ever(path: Path) -> None:
    store = Store(path)
    store.close()
    store.close()  # twice is harmless

    with pytest.raises(Unavailable, match="is closed"):
        await store.write(adding("a"))
    with pytest.raises(Unavailable, match="is closed"):
        await store.read(adding("a"))


async def test_who_stops_waiting_does_not_stop_the_writer(store: Store) -> None:
    async with Busy(store):
        impatient = asyncio.create_task(store.write(adding("a")))
        await asyncio.sleep(0)
        impatient.cancel()
        with pytest.raises(asyncio.CancelledError):
            await impatient

    assert await store.write(adding("b")) == "b"
    assert names_in(store.path) == ["b"]


async def test_who_stops_waiting_while_it_is_written_does_not_stop_the_writer(store: Store) -> None:
    began, go = threading.Event(), threading.Event()

    def work(db: Session) -> None:
        began.set()
        go.wait()
        db.add(community("a"))

    impatient = asyncio.create_task(store.write(work))
    await asyncio.to_thread(began.wait)
    impatient.cancel()
    await asyncio.sleep(0)
    go.set()

    assert await store.write(adding("b")) == "b"
    assert names_in(store.path) == ["a", "b"]


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


async def test_a_wrong_statement_is_not_taken_for_trouble_with_the_file(store: Store) -> None:
    with pytest.raises(OperationalError, match="no such table"):
        await store.write(lambda db: db.execute(text("SELECT * FROM unheard_of")))
