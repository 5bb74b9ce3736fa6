"""Rolling upgrades: old code goes on with a schema that only grew, and refuses one that it is too old for."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, text

from storage import schema
from storage.schema import NewerDatabase
from storage.store import Store, open_store
from tests.databases import Database, Databases, Files

SINCE = "0011"  # the revision that says what may run; those before it were never run by two versions at once
GROWS = """
import sqlalchemy as sa
from alembic import op

revision = "9001"
down_revision = "{head}"


def upgrade() -> None:
    op.create_table("novelty", sa.Column("id", sa.String()))
    op.add_column("community", sa.Column("motto", sa.String(), nullable=False, server_default=""))
"""
SHRINKS = """
from alembic import op

revision = "9002"
down_revision = "9001"
oldest = "9001"


def upgrade() -> None:
    op.drop_column("community", "purpose")
"""
CARELESS = """
import sqlalchemy as sa
from alembic import op

revision = "9002"
down_revision = "9001"


def upgrade() -> None:
    op.drop_table("novelty")
    op.drop_column("community", "purpose")
    with op.batch_alter_table("member") as member:
        member.add_column(sa.Column("shoe_size", sa.Integer(), nullable=False, server_default=None))
"""


@pytest.fixture
def bare(databases: Databases) -> Iterator[Database]:
    database = databases.take_bare()
    yield database
    databases.give_back(database)


@pytest.fixture
def store(bare: Database) -> Iterator[Store]:
    opened = open_store(bare.url)
    yield opened
    opened.close()


def newer(monkeypatch: pytest.MonkeyPatch, folder: Path, *revisions: str) -> None:
    """From now on the code is of a newer version, which knows these revisions too."""
    head = schema.head()
    ours = shutil.copytree(schema.MIGRATIONS, folder / "newer", ignore=shutil.ignore_patterns("__pycache__"))
    for number, revision in enumerate(revisions, 9001):
        (ours / "versions" / f"{number}_new.py").write_text(revision.format(head=head), "utf-8")
    monkeypatch.setattr(schema, "MIGRATIONS", ours)


def test_old_code_goes_on_with_a_schema_that_only_grew(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with monkeypatch.context() as later:
        newer(later, tmp_path, GROWS)
        schema.upgrade(store.engine)

    assert not schema.upgrade(store.engine)
    assert "of a newer version; this one, at" in caplog.text
    assert schema.current(store.engine) == "9001"


def test_old_code_refuses_a_schema_that_takes_newer_code(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as later:
        newer(later, tmp_path, GROWS, SHRINKS)
        schema.upgrade(store.engine)

    with pytest.raises(
        NewerDatabase, match=r"at revision 9002, .* knows 9001 at least; .* Use the newer version again"
    ):
        schema.upgrade(store.engine)


def test_code_between_the_two_goes_on(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as much_later:
        newer(much_later, tmp_path, GROWS, SHRINKS)
        schema.upgrade(store.engine)
    between = tmp_path / "between"
    between.mkdir()

    newer(monkeypatch, between, GROWS)

    assert not schema.upgrade(store.engine)


async def test_of_several_that_start_at_once_one_upgrades(store: Store, bare: Database) -> None:
    if bare.dialect == "sqlite":
        assert schema.upgrade(store.engine)  # one process has the file
        return
    others = [open_store(bare.url) for _ in range(3)]

    done = await asyncio.gather(*(asyncio.to_thread(schema.upgrade, other.engine) for other in others))

    for other in others:
        other.close()
    assert sorted(done) == [False, False, True]


# The rule for those who write revisions.


def lost(before: dict[str, set[str]], connection: Connection) -> Iterator[str]:
    """What old code would miss: a table or a column that is gone, or one that it does not fill and has to."""
    found = inspect(connection)
    for table, known in before.items():
        if not found.has_table(table):
            yield f"the table {table} is gone"
            continue
        columns = {column["name"]: column for column in found.get_columns(table)}
        yield from (f"{table}.{name} is gone" for name in sorted(known - set(columns)))
        for name in sorted(set(columns) - known):
            if not columns[name]["nullable"] and columns[name]["default"] is None:
                yield f"{table}.{name} has to be filled"


def shape(connection: Connection) -> dict[str, set[str]]:
    found = inspect(connection)
    return {table: {column["name"] for column in found.get_columns(table)} for table in found.get_table_names()}


def step(engine: Engine, script: Script) -> list[str]:
    """Upgrade by one revision; what old code loses by it."""
    config = schema.configuration()
    with engine.connect() as connection, connection.begin():
        before = shape(connection)
        config.attributes["connection"] = connection
        command.upgrade(config, script.revision)
        return list(lost(before, connection))


def unsaid(engine: Engine) -> dict[str, list[str]]:
    """Revisions that take something away and do not say which code may still run."""
    scripts = [*ScriptDirectory.from_config(schema.configuration()).walk_revisions()]
    found = {script.revision: (script, step(engine, script)) for script in reversed(scripts)}
    return {
        revision: missing
        for revision, (script, missing) in found.items()
        if revision > SINCE and missing and not hasattr(script.module, "oldest")
    }


def test_every_revision_only_adds_or_says_which_code_may_still_run(files: Files) -> None:
    database = files.take_bare()

    assert unsaid(database.engine) == {}


def test_a_revision_that_takes_something_away_in_silence_is_found(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = files.take_bare()
    newer(monkeypatch, tmp_path, GROWS, CARELESS)

    assert unsaid(database.engine) == {
        "9002": ["community.purpose is gone", "member.shoe_size has to be filled", "the table novelty is gone"]
    }


def test_what_may_run_is_written_with_the_upgrade(store: Store, bare: Database) -> None:
    schema.upgrade(store.engine)

    with store.engine.connect() as connection:
        assert connection.execute(text("SELECT oldest FROM compatible")).all() == [(SINCE,)]
