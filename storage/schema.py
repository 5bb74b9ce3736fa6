"""The schema: every table's module, and how a database is brought up to date."""

from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

import storage

MIGRATIONS = Path(__file__).parent / "migrations"
APART = {"storage.schema", "storage.migrations", "storage.store"}
PATIENTLY = (
    "SET LOCAL statement_timeout = 0",  # a large table takes its time
    "SET LOCAL lock_timeout = 0",
    "SELECT pg_advisory_xact_lock(hashtextextended('commonplace schema', 0))",
)


class NewerDatabase(RuntimeError):
    """The database was made by a newer version, whose tables this one does not know."""


def load_tables() -> None:
    """Import every module of tables, so that the metadata is complete."""
    for info in iter_modules(storage.__path__, "storage."):
        if info.name not in APART:
            import_module(info.name)


def configuration() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def head() -> str:
    return ScriptDirectory.from_config(configuration()).get_current_head() or ""


def current(engine: Engine) -> str:
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() or ""


def upgrade(engine: Engine) -> bool:
    """Bring the database to the newest revision, all or nothing; whether there was anything to do."""
    if not behind(current(engine)):
        return False
    config = configuration()
    with engine.connect() as connection, connection.begin():
        wait_for_others(connection)
        if not behind(MigrationContext.configure(connection).get_current_revision() or ""):
            return False
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return True


def behind(have: str) -> bool:
    """Whether a database at this revision is to be upgraded."""
    known = {script.revision for script in ScriptDirectory.from_config(configuration()).walk_revisions()}
    if have and have not in known:
        message = f"This database is at revision {have}, which this version does not know. Use the newer version again."
        raise NewerDatabase(message)
    return have != head()


def wait_for_others(connection: Connection) -> None:
    """Of several processes that start on one server at once, one upgrades, and the others wait until it has."""
    if connection.dialect.name == "postgresql":
        for statement in PATIENTLY:
            connection.execute(text(statement))
