"""What the doctor looks at around the bot: SQLite's faults, room on the disk, backups, the health page, time zones."""

import shutil
import sqlite3
from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.cli.checks import Check
from bot.cli.healthcheck import ask
from bot.config import Health
from storage.backups import newest

SQLITE = (3, 35, 0)  # RETURNING
# a WAL that is reset at the wrong moment loses what was written: https://sqlite.org/wal.html#walresetbug
SQLITE_MENDED = ((3, 44, 6), (3, 50, 7), (3, 51, 3))
DISK_FULL, DISK_LOW = 200 * 2**20, 500 * 2**20  # bytes: what a copy before an upgrade takes, and a busy year's database
BACKUP_AGE = timedelta(hours=36)  # one a day, and a night in which the machine was off
ZONES_AGE = 1  # years: governments change their clocks several times in each


def check_sqlite(running: tuple[int, ...] = sqlite3.sqlite_version_info) -> Check:
    told = f"SQLite {'.'.join(map(str, running))}"
    if running < SQLITE:
        return Check("sqlite", "wrong", f"{told} is too old.", "Use a newer Python.")
    if running < SQLITE_MENDED[-1] and not any(running[:2] == at[:2] and running >= at for at in SQLITE_MENDED):
        text = f"{told} has a rare fault that can damage a database (mended in 3.51.3)."
        return Check("sqlite", "note", text, "Use a Python or a container image with a newer one; keep backups.")
    return Check("sqlite", "ok", told)


def check_disk(folder: Path) -> Check:
    free = shutil.disk_usage(folder).free
    told = f"{free / 2**30:.1f} GB free in {folder}"
    if free < DISK_FULL:
        return Check("disk", "wrong", f"Only {told}.", "Make room now: a full disk saves nothing that people do.")
    return Check("disk", "ok", told) if free > DISK_LOW else Check("disk", "note", told, "Make room.")


def check_backup(folder: Path, now: datetime) -> Check:
    """When the newest copy was made; it has its name only once it was checked."""
    made = newest(folder)
    if made is None:
        fix = "The bot makes one a day; commonplace db backup makes one now, while it runs."
        return Check("backup", "note", f"There is none in {folder}.", fix)
    age = now - made.taken
    hours = max(age / timedelta(hours=1), 0.0)
    told = f"{hours:.0f} h ago" if hours < 48 else f"{hours / 24:.0f} days ago"  # noqa: PLR2004  # as people say it
    if age > BACKUP_AGE:
        text = f"The newest in {folder} was made {told}."
        return Check("backup", "note", text, "Look into the log for why; commonplace db backup makes one now.")
    return Check("backup", "ok", f"made and checked {told}, in {folder}")


def check_page(settings: Health) -> Check:
    """Whether the bot runs here, as its own page says, and whether its port is free otherwise."""
    if not settings.enabled or not settings.port:
        return Check("health page", "skipped", "It is switched off" if not settings.enabled else "It has no fixed port")
    answer = ask(settings.host, settings.port, "/readyz")
    if answer.ours and answer.well:
        return Check("health page", "ok", f"port {settings.port}: the bot runs, and can serve")
    if answer.ours:
        text = f"port {settings.port}: the bot runs, and cannot serve: {answer.text}."
        return Check("health page", "wrong", text, "The other lines, and the log, say more.")
    if answer.silent:
        return Check("health page", "ok", f"port {settings.port} is free; the bot does not run")
    text = f"Something else has port {settings.port}."
    return Check("health page", "note", text, "Name another one in [health] port.")


def check_zones(zone: str, today: datetime) -> Iterator[Check]:
    try:
        ZoneInfo(zone)
    except ZoneInfoNotFoundError:
        yield Check("time zones", "wrong", "This machine has no time zones.", "Install the package tzdata.")
        return
    have = version("tzdata")
    year = have.partition(".")[0]
    if year.isdecimal() and int(year) < today.year - ZONES_AGE:
        text = f"tzdata {have} is old, and so may be what it knows of clocks that change."
        yield Check("time zones", "note", text, "Install what requirements/run.txt of a newer release lists.")
        return
    yield Check("time zones", "ok", f"tzdata {have}; new communities start in {zone}")
