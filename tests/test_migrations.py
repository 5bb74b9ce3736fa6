"""Migrations: they make exactly the tables of the models, in order, all or nothing, and never of a newer version."""

import re
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Engine, Table, inspect
from sqlmodel import SQLModel

from storage import schema
from storage.merging import member_columns
from storage.moving import OF_THE_PROCESSES
from storage.schema import NewerDatabase
from tests.databases import Database, Databases, Server
from tests.rows import python_type

BREAKS = """
import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{head}"


def upgrade() -> None:
    op.create_table("half", sa.Column("id", sa.String()))
    op.execute("INSERT INTO half VALUES ('done')")
    raise RuntimeError("the power went out")
"""
PG_COLUMNS = """
SELECT table_name, column_name, data_type, is_nullable, coalesce(column_default, ''),
    coalesce(character_maximum_length, 0)
FROM information_schema.columns WHERE table_schema = 'public'
"""
PG_RULES = """
SELECT relname, conname, pg_get_constraintdef(c.oid) FROM pg_constraint c JOIN pg_class ON pg_class.oid = conrelid
WHERE connamespace = 'public'::regnamespace
"""
PG_INDEXES = "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
PG_OTHERS = """
SELECT relname, relkind::text FROM pg_class WHERE relnamespace = 'public'::regnamespace
UNION ALL SELECT cfgname, 'search' FROM pg_ts_config WHERE cfgnamespace = 'public'::regnamespace
"""
NAMES_SOMEBODY = re.compile(r"member|author|owner|host|person|people|voter|who$|(^|_)by($|_)")
NO_MEMBER_ID = {
    "code.claimed_by",  # a name to show
}
OF_THE_HOST = {"pulse", "seal", *OF_THE_PROCESSES}  # about the processes, and nobody's community

schema.load_tables()


@pytest.fixture
def migrated(database: Database) -> Engine:
    return database.engine


@pytest.fixture
def bare(databases: Databases) -> Iterator[Database]:
    """A database without tables."""
    made = databases.take_bare()
    yield made
    databases.give_back(made)


@pytest.fixture
def modelled(bare: Database) -> Engine:
    """A database made from the models alone."""
    SQLModel.metadata.create_all(bare.engine)
    return bare.engine


@pytest.fixture
def empty(bare: Database) -> Iterator[Engine]:
    """A store's engine on a database without tables."""
    store = bare.opens()
    yield store.engine
    store.close()


def rows(engine: Engine, statement: str) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(statement)]


def tables(engine: Engine) -> set[str]:
    found = set(inspect(engine).get_table_names())
    return {name for name in found if "_search" not in name} - {"alembic_version"}  # search indexes have no models


def columns(engine: Engine, table: str) -> set[tuple[Any, ...]]:
    """Name, type, whether it must be there, default and place in the key."""
    if engine.dialect.name == "postgresql":
        return {*rows(engine, f"{PG_COLUMNS} AND table_name = '{table}'")}
    return {row[1:] for row in rows(engine, f'PRAGMA table_info("{table}")')}


def keys(engine: Engine, table: str) -> set[tuple[Any, ...]]:
    """Foreign keys: table, columns here and there, what happens on a change; on PostgreSQL other rules, too."""
    if engine.dialect.name == "postgresql":
        return {*rows(engine, f"{PG_RULES} AND relname = '{table}'")}
    return {row[2:] for row in rows(engine, f'PRAGMA foreign_key_list("{table}")')}


def indexes(engine: Engine, table: str) -> set[tuple[Any, ...]]:
    """Whether unique, why it exists, whether partial, its columns, and its name where people gave it one."""
    if engine.dialect.name == "postgresql":
        return {*rows(engine, f"{PG_INDEXES} AND tablename = '{table}'")}
    found = set()
    for _, name, unique, origin, partial in rows(engine, f'PRAGMA index_list("{table}")'):
        over = tuple(row[2] for row in rows(engine, f'PRAGMA index_info("{name}")'))
        found.add((unique, origin, partial, over, name if origin == "c" else ""))
    return found


def everything(engine: Engine) -> list[tuple[Any, ...]]:
    """All that the database says about how it is made."""
    if engine.dialect.name == "sqlite":
        return rows(engine, "SELECT name, sql FROM sqlite_master ORDER BY name")
    return [
        row for statement in (PG_COLUMNS, PG_RULES, PG_INDEXES, PG_OTHERS) for row in sorted(rows(engine, statement))
    ]


def scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(schema.configuration())


def test_migrations_make_what_the_models_say(migrated: Engine) -> None:
    def ours(_: Any, name: str | None, kind: str, __: bool, ___: Any) -> bool:
        return not (kind == "table" and "_search" in (name or ""))

    with migrated.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True, "include_object": ours}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, SQLModel.metadata) == []


@pytest.mark.parametrize("what", [columns, keys, indexes])
def test_migrated_and_modelled_databases_are_equal(migrated: Engine, modelled: Engine, what: Any) -> None:
    assert tables(migrated) == tables(modelled)

    for table in sorted(tables(modelled)):
        assert what(migrated, table) == what(modelled, table), table


def test_there_is_one_head_and_the_files_are_numbered_in_order() -> None:
    heads = scripts().get_heads()
    chain = [*reversed([s.revision for s in scripts().walk_revisions()])]
    files = sorted(p.stem for p in (schema.MIGRATIONS / "versions").glob("[0-9]*.py"))

    assert heads == [schema.head()]
    assert schema.known() == chain
    assert chain == [name[:4] for name in files]
    assert [int(n) for n in chain] == [*range(1, len(chain) + 1)]


def test_upgrading_twice_does_nothing_the_second_time(empty: Engine) -> None:
    assert schema.upgrade(empty)
    assert not schema.upgrade(empty)
    assert schema.current(empty) == schema.head()


@pytest.mark.parametrize("revision", [s.revision for s in scripts().walk_revisions()])
def test_every_revision_upgrades_to_the_newest(empty: Engine, migrated: Engine, revision: str) -> None:
    config = schema.configuration()
    with empty.connect() as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, revision)

    schema.upgrade(empty)

    assert schema.current(empty) == schema.head()
    assert everything(empty) == everything(migrated)


def test_several_processes_that_start_at_once_upgrade_once(server: Server) -> None:
    bare = server.take_bare()
    stores = [bare.opens() for _ in range(4)]

    with ThreadPoolExecutor(len(stores)) as threads:
        did = list(threads.map(lambda store: schema.upgrade(store.engine), stores))
    for store in stores:
        store.close()
    server.give_back(bare)

    assert sorted(did) == [False, False, False, True]


def test_a_database_of_a_newer_version_is_refused_and_left_alone(empty: Engine) -> None:
    schema.upgrade(empty)
    with empty.connect() as connection, connection.begin():
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '4711'")
        connection.exec_driver_sql("UPDATE compatible SET oldest = '4711'")

    with pytest.raises(NewerDatabase, match=r"revision 4711, .* Use the newer version"):
        schema.upgrade(empty)

    assert schema.current(empty) == "4711"


@pytest.mark.parametrize("from_scratch", [True, False])
def test_an_upgrade_that_fails_leaves_everything_as_it_was(
    empty: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, from_scratch: bool
) -> None:
    if not from_scratch:
        schema.upgrade(empty)
    before = everything(empty), schema.current(empty)
    ours = shutil.copytree(schema.MIGRATIONS, tmp_path / "migrations")
    (ours / "versions" / "9999_breaks.py").write_text(BREAKS.format(head=schema.head()), "utf-8")
    monkeypatch.setattr(schema, "MIGRATIONS", ours)

    with pytest.raises(RuntimeError, match="the power went out"):
        schema.upgrade(empty)

    assert (everything(empty), schema.current(empty)) == before


def our_tables() -> list[Table]:
    return SQLModel.metadata.sorted_tables


@pytest.mark.parametrize("table", our_tables(), ids=str)
def test_every_row_belongs_to_a_community(table: Table) -> None:
    if table.name in {"community", *OF_THE_HOST}:
        return
    column = table.c.community_id

    assert not column.nullable
    assert [key.target_fullname for key in column.foreign_keys] == ["community.id"]
    assert column.index or any(i.columns.keys()[0] == "community_id" for i in table.indexes)


@pytest.mark.parametrize("table", our_tables(), ids=str)
def test_every_column_that_names_a_member_is_found_when_two_become_one(table: Table) -> None:
    found = {column for _, column in member_columns()}

    missed = [c.name for c in table.columns if names_a_member(c) and c not in found]

    assert missed == []


def names_a_member(column: Column[Any]) -> bool:
    words = python_type(column) is str and NAMES_SOMEBODY.search(column.name)
    return bool(words) and f"{column.table.name}.{column.name}" not in NO_MEMBER_ID
