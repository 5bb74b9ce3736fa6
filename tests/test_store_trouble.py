"""A store in trouble: locked or full, it says so to everybody who waits, keeps what it said it kept, and recovers."""

import asyncio
import resource
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import closing, contextmanager
from typing import Annotated

import pytest
from sqlalchemy import event, text
from sqlmodel import Session

from bot.actions import Feature, Opt, Role
from bot.calls import Turn
from bot.cards import card
from bot.effects import Effect, Reply
from bot.text import say
from storage.store import Unavailable
from storage.store.contract import Write
from storage.store.sqlite import SqliteStore
from tests.databases import Database, Files, lent
from tests.storing import Busy, adding, holding, limit_pages, names_in, refusing
from tests.turns import keep
from tests.world import World

BIG = "x" * 100_000

votes = Feature("votes")


@votes.action("Vote", command="vote", needs=Role.GUEST)
def vote(turn: Turn, *, choice: Annotated[str, Opt("Which one?")]) -> list[Effect]:
    keep(turn, **{turn.who.name: choice})
    return [Reply(card(say("Counted.")))]


@pytest.fixture
def file(files: Files) -> Iterator[Database]:
    with lent(files) as one:
        yield one


@pytest.fixture
def store(file: Database) -> Iterator[SqliteStore]:
    opened = SqliteStore(file.path)
    yield opened
    opened.close()


async def test_a_locked_file_is_tried_once_for_all_who_wait(store: SqliteStore, file: Database) -> None:
    tried: list[str] = []
    await store.write(lambda db: db.execute(text("PRAGMA busy_timeout=0")))
    event.listen(store.engine, "checkout", lambda *_: tried.append("once"))
    waiting: list[Future[str]] = [Future() for _ in range(3)]

    with holding(store.path):
        store._commit([Write(adding("a"), done) for done in waiting])

    assert [type(done.exception()) for done in waiting] == [Unavailable] * 3
    assert tried == ["once"]


async def test_a_locked_file_refuses_all_at_once_and_recovers(store: SqliteStore, file: Database) -> None:
    tried: list[str] = []

    def work(name: str) -> Callable[[Session], str]:
        def add(db: Session) -> str:
            tried.append(name)
            return adding(name)(db)

        return add

    await store.write(lambda db: db.execute(text("PRAGMA busy_timeout=0")))
    with holding(store.path):
        results = await asyncio.gather(*(store.write(work(n)) for n in "abc"), return_exceptions=True)

    assert [type(r) for r in results] == [Unavailable] * 3
    assert tried == []
    assert await store.write(work("a")) == "a"
    assert names_in(file) == ["a"]


async def test_a_full_disk_acknowledges_nothing_that_is_not_stored(store: SqliteStore, file: Database) -> None:
    await store.write(adding("a"))
    await store.write(lambda db: limit_pages(db, spare=5))

    async with Busy(store):
        small = store.submit(adding("b"))
        big = store.submit(adding("c", words=BIG))
        after = store.submit(adding("d"))
    stored = [await asyncio.wrap_future(f) for f in (small, after)]
    with pytest.raises(Unavailable, match="full"):
        await asyncio.wrap_future(big)

    assert stored == ["b", "d"]
    assert names_in(file) == ["a", "b", "d"]

    await store.write(lambda db: limit_pages(db, spare=1000))
    await store.write(adding("c", words=BIG))
    assert names_in(file) == ["a", "b", "c", "d"]


async def test_a_file_that_became_read_only_takes_nothing_and_recovers(store: SqliteStore, file: Database) -> None:
    await store.write(adding("a"))

    with closing(store.engine.raw_connection()) as writer:
        writer.cursor().execute("PRAGMA query_only=ON")
    with pytest.raises(Unavailable, match="readonly"):
        await store.write(adding("b"))
    with closing(store.engine.raw_connection()) as writer:
        writer.cursor().execute("PRAGMA query_only=OFF")

    assert await store.write(adding("c")) == "c"
    assert names_in(file) == ["a", "c"]


async def test_a_disk_that_fails_takes_nothing_and_recovers(store: SqliteStore, file: Database) -> None:
    await store.write(adding("a", words=BIG * 20))
    log = file.path.with_name(file.path.name + "-wal")

    with no_file_longer_than(log.stat().st_size), pytest.raises(Unavailable, match="disk I/O error"):
        await store.write(adding("b", words=BIG))

    assert await store.write(adding("c", words=BIG)) == "c"
    assert names_in(file) == ["a", "c"]


@contextmanager
def no_file_longer_than(size: int) -> Iterator[None]:
    """What this process writes beyond this fails."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_person_whose_vote_could_not_be_saved_is_told_so(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    world = World(database, [votes])
    ana = world.person("ana")
    ana.uses("vote", choice="red")

    with refusing(database, world.store):
        seen = ana.uses("vote", choice="blue")

    assert "I could not save that. Nothing was counted; please try again in a moment." in seen.text
    assert seen.text.split("mention ")[1].strip(".") in caplog.text
    assert world.community.settings == {"Ana": "red"}
    assert ana.uses("vote", choice="blue").text == "Counted."
    assert world.community.settings == {"Ana": "blue"}
    world.close()
