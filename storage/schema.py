"""The schema: every table's module, and how a database is brought up to date."""

from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

import storage

MIGRATIONS = Path(__file__).parent / "migrations"
APART = {"storage.schema", "storage.migrations", "storage.store"}


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
    have = current(engine)
    known = {script.revision for script in ScriptDirectory.from_config(configuration()).walk_revisions()}
    if have and have not in known:
        message = f"This database is at revision {have}, which this version does not know. Use the newer version again."
        raise NewerDatabase(message)
    if have == head():
        return False
    config = configuration()
    with engine.connect() as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return True
