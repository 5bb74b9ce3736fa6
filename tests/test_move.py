"""Moving to another database: every row, every id and every time arrives, and the source stays as it is."""

import asyncio
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlmodel import Session

from storage import moving, schema
from storage.moving import Digest, NotMoved, move
from storage.people import Member
from storage.store.sqlite import open_engine
from tests.databases import Database, Databases, Files
from tests.doings import cards, comes, finds, plans, shares, told
from tests.rows import dump, fill
from tests.shell import Shell
from tests.talks import asks
from tests.world import START, Actor, World


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(tmp_path, monkeypatch, capsys)


@pytest.fixture
def source(world: World, ana: Actor, fay: Actor) -> Database:
    """A community with something in every table, whose bot has stopped."""
    world.write(lambda db: fill(db, db.get_one(Member, ana._member(db).id), "mark"))
    plans(fay)
    comes(ana, cards(world)[0])
    asks(ana, closes="tomorrow 12:00")
    shares(ana, why="It explains mentoring")
    world.store.close()
    world.database.engine.dispose()
    return world.database


@pytest.fixture(params=["files", "server"])
def target(request: pytest.FixtureRequest) -> Iterator[Database]:
    """Nothing yet, of either kind."""
    databases: Databases = request.getfixturevalue(request.param)
    bare = databases.take_bare()
    yield bare
    databases.give_back(bare)


@pytest.fixture
def reading(source: Database) -> Iterator[Connection]:
    with source.engine.connect() as connection:
        yield connection


@pytest.fixture
def writing(target: Database) -> Iterator[Connection]:
    schema.upgrade(target.engine)
    with target.engine.connect() as connection:
        yield connection


def emptied(target: Database) -> bool:
    """Whether there is nothing in it, as another program sees it."""
    rows = target.rows("SELECT count(*) FROM member")
    target.engine.dispose()
    return rows == [(0,)]


def everything(connection: Connection) -> object:
    with Session(connection, join_transaction_mode="rollback_only") as db:
        return dump(db)


def test_every_row_arrives_as_it_was(reading: Connection, writing: Connection) -> None:
    moved = move(reading, writing)

    assert everything(writing) == everything(reading)
    assert min(each.rows for each in moved) > 0


def test_the_source_is_not_touched(source: Database, target: Database, shell: Shell) -> None:
    with source.engine.connect() as connection:
        before = everything(connection)
    source.engine.dispose()

    told = shell.runs("db", "move", source.url, target.url)

    assert told.status == 0, told.err
    with source.engine.connect() as connection:
        assert everything(connection) == before


def test_the_bot_goes_on_in_the_new_database(
    world: World, ana: Actor, ben: Actor, fay: Actor, target: Database, shell: Shell
) -> None:
    plans(fay)
    [card] = cards(world)
    comes(ana, card)
    poll = asks(ana, closes="friday 12:00")
    shares(ana, why="It explains mentoring")
    world.store.close()
    world.database.engine.dispose()

    moved = shell.runs("db", "move", world.database.url, target.url)
    world.database, before = target, world.database
    world.restarts()

    assert moved.status == 0, moved.err
    ben.clicks("Sushi", on=poll)
    assert "1 person has voted" in poll.text
    shares(ben, "https://example.org/new", "It explains mentees")
    assert "2 resources" in finds(ben, text="explains")
    assert "three question" in finds(ben, text="mentoring")
    world.passes(days=4)
    assert len(told(ana, "starts")) == 2
    world.store.close()
    world.database = before


def test_there_and_back_again_nothing_has_changed(
    source: Database, target: Database, files: Files, shell: Shell
) -> None:
    with source.engine.connect() as connection:
        before = everything(connection)
    source.engine.dispose()

    there = shell.runs("db", "move", source.url, target.url)
    back = shell.runs("db", "move", target.url, "sqlite:///back.db")

    engine = open_engine(shell.folder / "back.db", readonly=True)
    with engine.connect() as connection:
        assert everything(connection) == before
    engine.dispose()
    assert (there.status, back.status) == (0, 0)
    assert there.out == back.out


def test_it_is_told_what_was_moved(source: Database, shell: Shell) -> None:
    told = shell.runs("db", "move", source.url, "sqlite:///new.db")

    lines = {line.split()[0]: line.split()[1:] for line in told.out.splitlines()}
    assert lines["vote"][0] == "1"
    assert len(lines["outbox"][1]) == 12
    assert "Never start it on the old one again" in told.err


def test_a_target_with_something_in_it_is_left_alone(source: Database, target: Database, shell: Shell) -> None:
    shell.runs("db", "move", source.url, target.url)

    told = shell.runs("db", "move", source.url, target.url)

    assert (told.status, "has something in it already, in account, audit, channel" in told.err) == (1, True), told.err
    assert "Nothing was moved" in told.err


def test_nothing_is_moved_away_under_a_running_bot(source: Database, shell: Shell) -> None:
    with closing(source.opens()) as store:
        asyncio.run(store.read(lambda db: db.execute(text("SELECT 1")).all()))
        told = shell.runs("db", "move", source.url, "sqlite:///new.db")

    assert told.status == 75
    assert "Stop" in told.err


def test_a_database_of_another_version_is_not_moved(source: Database, shell: Shell) -> None:
    source.runs("UPDATE alembic_version SET version_num = '0001'")
    source.engine.dispose()

    told = shell.runs("db", "move", source.url, "sqlite:///new.db")

    assert (told.status, "Upgrade both first" in told.err) == (1, True)


@pytest.mark.parametrize(
    "addresses, why",
    [
        (("sqlite:///a.db", "sqlite:///a.db"), "one and the same"),
        (("sqlite:///nowhere.db", "sqlite:///a.db"), "There is no database at nowhere.db"),
        (("a.db", "b.db"), "Give addresses such as"),
        (("mysql://host/x", "sqlite:///a.db"), "no database that I know"),
    ],
)
def test_addresses_that_cannot_be_are_told(shell: Shell, addresses: tuple[str, str], why: str) -> None:
    told = shell.runs("db", "move", *addresses)

    assert told.status != 0
    assert why in told.err


def test_what_fails_on_the_way_leaves_the_target_empty(
    source: Database, target: Database, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(_: object) -> None:
        raise NotMoved("The power went out.")

    monkeypatch.setattr(moving, "index_everything", breaks)

    told = shell.runs("db", "move", source.url, target.url)

    assert emptied(target)
    assert (told.status, "Nothing was moved" in told.err) == (1, True)


def test_a_value_that_arrives_differently_is_noticed(
    reading: Connection, writing: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def changes(target: Connection) -> None:
        target.execute(text("UPDATE member SET name = name || ' ' WHERE id = (SELECT min(id) FROM member)"))

    monkeypatch.setattr(moving, "index_everything", changes)

    with pytest.raises(NotMoved, match="member has 2 rows there and 2 here, or other ones"):
        move(reading, writing)


def digest(*rows: dict[str, object]) -> str:
    made = Digest()
    for row in rows:
        made.add(row)
    return made.text


def test_a_digest_is_of_values_whatever_their_order() -> None:
    berlin = timezone(timedelta(hours=1))

    assert digest({"a": 1}, {"a": 2}) == digest({"a": 2}, {"a": 1})
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    assert digest({"at": datetime(2026, 1, 1, 12, tzinfo=UTC)}) == digest(
        {"at": datetime(2026, 1, 1, 13, tzinfo=berlin)}
    )
    assert digest({"a": {"x": 1, "y": [date(2026, 1, 1).isoformat()]}}) == digest({"a": {"y": ["2026-01-01"], "x": 1}})


@pytest.mark.parametrize(
    "one, other",
    [
        ({"a": 1}, {"a": "1"}),
        ({"a": None}, {"a": ""}),
        ({"a": True}, {"a": 1}),
        ({"at": datetime(2026, 1, 1)}, {"at": datetime(2026, 1, 1, tzinfo=UTC)}),  # noqa: DTZ001
        ({"at": START}, {"at": START + timedelta(microseconds=1)}),
    ],
)
def test_a_digest_tells_apart_what_differs(one: dict[str, object], other: dict[str, object]) -> None:
    assert digest(one) != digest(other)


def test_two_equal_rows_are_not_none() -> None:
    assert digest({"a": 1}, {"a": 1}) != digest()
