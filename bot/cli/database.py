"""The database from outside: opening it for one process, bringing it up to date, and copying it while it is in use."""

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli.console import BUSY, WRONG_SETTINGS, Stop, progress, say

if TYPE_CHECKING:
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
    """A consistent copy, checked, that appears under its name only when it is whole.  Nothing is overwritten."""
    if not source.exists():
        raise Stop(f"There is no database at {source}. Look at [database] url, or start the bot once.")
    if target.exists():
        raise Stop(f"{target} is there already. Choose another name; nothing was overwritten.")
    partial = target.with_name(f"{target.name}.partial")
    partial.unlink(missing_ok=True)
    try:
        with (
            closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as reading,
            closing(sqlite3.connect(partial)) as writing,
        ):
            reading.backup(writing)  # all in one read, beside which others write on
            [(found,)] = writing.execute("PRAGMA integrity_check(1)").fetchall()
        if found != "ok":
            raise Stop(f"The copy is damaged ({found}), and so may be {source}. The copy was removed.")
        shutil.copymode(source, partial)
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        partial.rename(target)
    except (sqlite3.Error, OSError) as error:
        raise Stop(f"The copy could not be made: {error}.") from error
    finally:
        partial.unlink(missing_ok=True)
