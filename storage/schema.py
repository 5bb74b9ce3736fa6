"""The schema: every table's module, how a database is brought up to date, and which code may work with it.

While replicas are replaced one after another, old code works with a new schema.  So a revision only adds, and what it
takes away was used by no code since an earlier revision, which it names: ``oldest = "0012"``.

A revision's file begins with its number.  So what is newest is seen without Alembic, a fifth of the bot's start.
"""

import logging
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text

import storage

if TYPE_CHECKING:
    from alembic.config import Config

log = logging.getLogger(__name__)

MIGRATIONS = Path(__file__).parent / "migrations"
APART = {"storage.schema", "storage.migrations", "storage.store"}
PATIENTLY = (
    "SET LOCAL statement_timeout = 0",  # a large table takes its time
    "SET LOCAL lock_timeout = 0",
    "SELECT pg_advisory_xact_lock(hashtextextended('commonplace schema', 0))",
)


class NewerDatabase(RuntimeError):
    """The database was made by a newer version, and this one is too old to work with it."""


def load_tables() -> None:
    """Import every module of tables, so that the metadata is complete."""
    for info in iter_modules(storage.__path__, "storage."):
        if info.name not in APART:
            import_module(info.name)


def configuration() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def known() -> list[str]:
    """Every revision, oldest first."""
    return sorted(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def head() -> str:
    return known()[-1]


def current(engine: Engine) -> str:
    with engine.connect() as connection:
        return revision_of(connection)


def revision_of(connection: Connection) -> str:
    """The revision of a database; empty before the first."""
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or ""


def upgrade(engine: Engine) -> bool:
    """Bring the database to the newest revision, all or nothing; whether there was anything to do."""
    with engine.connect() as connection:
        if not behind(connection):
            return False
    from alembic import command

    config = configuration()
    with engine.connect() as connection, connection.begin():
        wait_for_others(connection)
        if not behind(connection):
            return False
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        say_what_may_run(connection)
    return True


def behind(connection: Connection) -> bool:
    """Whether a database is to be upgraded.  Raises NewerDatabase when this code is too old for what is there."""
    have, mine = revision_of(connection), head()
    if not have or have in known():
        return have != mine
    needed = oldest(connection)
    if not needed or mine < needed:
        message = (
            f"This database is at revision {have}, which this version does not know, and which takes a version that "
            f"knows {needed or 'it'} at least; this one knows {mine}. Use the newer version again."
        )
        raise NewerDatabase(message)
    log.warning("the database is at revision %s, of a newer version; this one, at %s, may go on with it", have, mine)
    return False


def oldest(connection: Connection) -> str:
    """The oldest code that may work with this database, by the newest revision that it knows; empty: nobody said."""
    if not inspect(connection).has_table("compatible"):
        return ""
    return connection.execute(text("SELECT max(oldest) FROM compatible")).scalar() or ""


def say_what_may_run(connection: Connection) -> None:
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory.from_config(configuration()).walk_revisions()
    needed = max(getattr(script.module, "oldest", "") for script in scripts)
    connection.execute(text("DELETE FROM compatible"))
    connection.execute(text("INSERT INTO compatible (oldest) VALUES (:oldest)"), {"oldest": needed})


def wait_for_others(connection: Connection) -> None:
    """Of several processes that start on one server at once, one upgrades, and the others wait until it has."""
    if connection.dialect.name == "postgresql":
        for statement in PATIENTLY:
            connection.execute(text(statement))
