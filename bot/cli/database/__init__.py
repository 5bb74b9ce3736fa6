"""The database from outside: opening it for one process, bringing it up to date, and copying it while it is in use."""

from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli.console import BUSY, WRONG_SETTINGS, Stop, progress, say

if TYPE_CHECKING:
    from bot.config import Settings
    from bot.config.sections import Database
    from storage.store import Store

NO_DRIVER = "PostgreSQL needs the package psycopg: install commonplace-bot[postgresql], or use SQLite."
REFUSED = ("authentication failed", "does not exist", "no pg_hba.conf entry", "permission denied")


def open_store(database: "Database") -> "Store":
    """The store; a file for this process alone."""
    from storage.store import DatabaseInUse, open_store

    try:
        return open_store(database.url)
    except DatabaseInUse as busy:
        raise Stop(str(busy), BUSY) from busy
    except OSError as error:
        raise Stop(f"The database {database.path} cannot be opened: {error.strerror}.", WRONG_SETTINGS) from error
    except ModuleNotFoundError as missing:
        raise Stop(NO_DRIVER, WRONG_SETTINGS) from missing


def bring_up_to_date(store: "Store") -> bool:
    """Apply what a new version changed, after a copy of what was; whether there was anything to do."""
    from sqlalchemy.exc import DatabaseError

    from storage import schema

    try:
        have, wanted = schema.current(store.engine), schema.head()
    except DatabaseError as error:
        raise unusable(store, str(error.orig)) from error
    if have and have < wanted and store.dialect == "sqlite":
        path = Path(store.where)
        kept = path.with_name(f"{path.stem}.before-{wanted}.db")
        with progress(f"Copying the database to {kept} before it is upgraded"):
            kept.unlink(missing_ok=True)  # of an attempt that changed nothing, or of a copy that was put back
            copy(path, kept)
        say(f"Copied the database as it was to {kept}.")
    try:
        with progress("Upgrading the database"):
            return schema.upgrade(store.engine)
    except schema.NewerDatabase as newer:
        raise Stop(str(newer), WRONG_SETTINGS) from newer


def unusable(store: "Store", why: str) -> Stop:
    """A file that is none of ours is the settings' fault; a server may be there in a moment."""
    if store.dialect == "sqlite":
        text = f"{store.where} is no database, or it is damaged ({why}). Name another file in [database] url."
        return Stop(text, WRONG_SETTINGS)
    status = WRONG_SETTINGS if any(words in why for words in REFUSED) else BUSY
    return Stop(f"{store.where} cannot be used: {' '.join(why.split())}", status)


def copy(source: Path, target: Path) -> None:
    """A consistent copy, checked; nothing is overwritten."""
    from storage import backups

    try:
        backups.copy(source, target)
    except backups.NoBackup as problem:
        raise Stop(str(problem)) from problem


def back_up(settings: "Settings", file: Path | None) -> Path:
    """Copy the database to a file, or to where the daily backups are; which file it is."""
    from bot.clock import SystemClock
    from storage import backups

    if settings.database.shared:
        from bot.cli.database.dumping import dump

        return dump(settings, file)
    source = settings.database.path
    if file is not None:
        copy(source, file)
        return file
    try:
        return backups.take(source, settings.backups, SystemClock().now()).path
    except backups.NoBackup as problem:
        raise Stop(str(problem)) from problem
