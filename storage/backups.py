"""Backups of an SQLite file: copied while it is in use, checked before they count, thinned out, and found again."""

import os
import re
import shutil
import sqlite3
from collections.abc import Iterable
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

NAME = "{stem}-{taken:%Y-%m-%dT%H%M%SZ}.db"
NAMED = re.compile(r".+-(\d{4}-\d{2}-\d{2}T\d{6}Z)\.db")
PARTIAL = ".partial"
OWNER_ALONE = 0o600  # everything that people wrote is in it
ABANDONED = 86400  # seconds, after which nobody is at work on a partial copy any more
SPARE = 64 * 2**20  # bytes that stay free beside a copy: the bot itself has to go on writing
TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"


class NoBackup(RuntimeError):
    """A copy could not be made, or a file is none; as a string, a sentence that says why."""


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy that was checked: only then it gets its name, which says when it was taken."""

    path: Path
    taken: datetime


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in a file: its revision, empty when it has none, and how many rows each table has."""

    revision: str
    rows: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.rows.values())


@dataclass(frozen=True, slots=True)
class Keep:
    """How many backups stay: the newest of each of so many days, weeks and months."""

    daily: int = 7
    weekly: int = 4
    monthly: int = 3


def take(source: Path, folder: Path, now: datetime) -> Backup:
    """Copy the database into the folder, under a name that says when."""
    taken = now.astimezone(UTC).replace(microsecond=0)
    target = folder / NAME.format(stem=source.stem, taken=taken)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise NoBackup(f"The folder {folder} cannot be made: {error.strerror}.") from error
    for left in folder.glob(f"{source.stem}-*.db{PARTIAL}"):
        if now.timestamp() - left.stat().st_mtime > ABANDONED:
            discard(left)
    copy(source, target)
    return Backup(target, taken)


def found(folder: Path) -> list[Backup]:
    """All backups in a folder, the newest first."""
    named = ((path, NAMED.fullmatch(path.name)) for path in folder.glob("*.db"))
    backups = [Backup(path, read_time(match[1])) for path, match in named if match]
    return sorted(backups, key=lambda backup: backup.taken, reverse=True)


def newest(folder: Path) -> Backup | None:
    """The last backup that was made and checked."""
    return next(iter(found(folder)), None)


def read_time(named: str) -> datetime:
    return datetime.strptime(named, "%Y-%m-%dT%H%M%SZ").replace(tzinfo=UTC)


def thin(folder: Path, keep: Keep) -> list[Path]:
    """Remove the backups that nobody will want back; which they were."""
    here = found(folder)
    spared = {backup.path for backup in kept(here, keep)}
    gone = [backup.path for backup in here if backup.path not in spared]
    for path in gone:
        path.unlink(missing_ok=True)
    return gone


def kept(newest_first: list[Backup], keep: Keep) -> Iterable[Backup]:
    """The newest of each day, week and month, so many of each; and the newest of all whatever is said."""
    yield from newest_first[:1]
    for most, form in ((keep.daily, "%Y-%m-%d"), (keep.weekly, "%G-%V"), (keep.monthly, "%Y-%m")):
        newest_of = {f"{backup.taken:{form}}": backup for backup in reversed(newest_first)}
        yield from sorted(newest_of.values(), key=lambda backup: backup.taken, reverse=True)[:most]


def copy(source: Path, target: Path) -> Contents:
    """A consistent copy that gets its name only when it is whole.  Writers go on meanwhile; nothing is overwritten."""
    if not source.exists():
        raise NoBackup(f"There is no database at {source}. Look at [database] url, or start the bot once.")
    if target.exists():
        raise NoBackup(f"{target} is there already. Choose another name; nothing was overwritten.")
    partial = target.with_name(f"{target.name}{PARTIAL}")
    try:
        discard(partial)
        make_sure_of_room(source, target.parent)
        os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ALONE))
        written = transcribe(source, partial)
        if examine(partial) != written:
            raise NoBackup(f"The copy differs from {source}, and was removed. Look at the disk of {target.parent}.")
        sync(partial)
        partial.rename(target)
        sync(target.parent)
    except (sqlite3.Error, OSError) as error:
        raise NoBackup(f"The copy could not be made: {error}.") from error
    finally:
        discard(partial)
    return written


def prepare(file: Path, target: Path) -> tuple[Path, Contents]:
    """A copy of a backup beside the database that it is to replace, found sound; the backup stays as it is."""
    if not file.is_file():
        raise NoBackup(f"There is no file {file}.")
    prepared = target.with_name(f"{target.name}.restoring")
    try:
        discard(prepared)
        make_sure_of_room(file, target.parent)
        os.close(os.open(prepared, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ALONE))
        transcribe(file, prepared)
        return prepared, examine(prepared)
    except (sqlite3.Error, OSError) as error:
        discard(prepared)
        raise NoBackup(f"{file} is no database, or it is damaged: {error}.") from error
    except NoBackup as problem:
        discard(prepared)
        raise NoBackup(f"{file} cannot be used. {problem}") from problem


def compact(path: Path) -> None:
    """Write the file anew, so that nothing of what was deleted is left in it."""
    smaller = path.with_name(f"{path.name}{PARTIAL}")
    discard(smaller)
    with closing(open_raw(path, "rw")) as db:
        db.execute("VACUUM INTO ?", (str(smaller),))
    smaller.chmod(OWNER_ALONE)
    smaller.replace(path)


def put_in_place(prepared: Path, target: Path, now: datetime) -> Path | None:
    """Make a prepared file the database, at one instant; the one that was there is kept under the name returned."""
    with closing(open_raw(prepared, "rw")) as db:
        db.execute("PRAGMA journal_mode=DELETE")  # whatever was written is in the one file
    sync(prepared)
    kept = keep_aside(target, now) if target.exists() else None
    prepared.replace(target)
    sync(target.parent)
    return kept


def keep_aside(target: Path, now: datetime) -> Path:
    """Give the database a second name.  Its log goes along: beside another database it would destroy that one."""
    kept = target.with_name(f"{target.stem}.before-restore-{now.astimezone(UTC):%Y-%m-%dT%H%M%SZ}.db")
    with suppress(sqlite3.Error), closing(open_raw(target, "rw")) as db:  # one that is damaged is kept as it is
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    try:
        kept.hardlink_to(target)
    except FileExistsError:
        raise
    except OSError:  # not every file system has links
        shutil.copyfile(target, kept)
        kept.chmod(OWNER_ALONE)
    for beside in ("-wal", "-shm"):
        log = target.with_name(f"{target.name}{beside}")
        if log.exists():
            log.rename(kept.with_name(f"{kept.name}{beside}"))
    return kept


def make_sure_of_room(source: Path, folder: Path) -> None:
    """A disk that is full would stop the bot as well."""
    needed = source.stat().st_size + SPARE
    free = shutil.disk_usage(folder).free
    if free < needed:
        text = f"{folder} has room for {free >> 20} MB, and a copy of {source} needs {needed >> 20} MB. Make room."
        raise NoBackup(text)


def transcribe(source: Path, target: Path) -> Contents:
    """Copy everything as it is at one moment, beside which others write on; what there was to copy."""
    with closing(open_raw(source, "ro")) as reading, closing(open_raw(target, "rw")) as writing:
        writing.execute("PRAGMA synchronous=OFF")  # the whole file is synced before it counts
        reading.execute("BEGIN")
        contents = contents_of(reading)  # the first reading fixes the moment
        reading.backup(writing)
        writing.execute("PRAGMA journal_mode=DELETE")  # one file that needs none beside it
    return contents


def examine(path: Path) -> Contents:
    """What is in a file of ours, once it is known to be sound.  Raises NoBackup when it is not."""
    try:
        with closing(open_raw(path, "rw")) as db:
            [(damage,)] = db.execute("PRAGMA integrity_check(1)").fetchall()
            torn = db.execute("PRAGMA foreign_key_check").fetchone()
            contents = contents_of(db)
    except sqlite3.Error as error:
        raise NoBackup(f"It is no database, or it is damaged: {error}.") from error
    if damage != "ok":
        raise NoBackup(f"It is damaged: {damage}.")
    if torn:
        raise NoBackup(f"It is damaged: a row of {torn[0]} refers to one of {torn[2]} that is not there.")
    return contents


def contents_of(db: sqlite3.Connection) -> Contents:
    tables = [name for (name,) in db.execute(TABLES) if "_search" not in name]  # indexes are checked as a whole
    rows = {name: db.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in tables}  # noqa: S608
    versions = db.execute("SELECT version_num FROM alembic_version").fetchall() if rows.get("alembic_version") else []
    return Contents(versions[0][0] if versions else "", rows)


def open_raw(path: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None)


def sync(path: Path) -> None:
    """What was written to this file or folder is on the disk."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def discard(partial: Path) -> None:
    """Remove an attempt with all that SQLite put beside it."""
    for beside in ("", "-journal", "-wal", "-shm"):
        partial.with_name(f"{partial.name}{beside}").unlink(missing_ok=True)
