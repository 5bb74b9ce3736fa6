"""Backups of PostgreSQL, made by its own tools where they are installed."""

import os
import shutil
import subprocess
from pathlib import Path

from sqlalchemy import make_url

from bot.cli.console import Stop
from bot.clock import SystemClock
from bot.config import Settings
from storage.backups import OWNER_ALONE, PARTIAL, sync


def dump(settings: Settings, file: Path | None) -> Path:
    """Run pg_dump into a file, and have pg_restore read what came of it; which file it is."""
    address = make_url(settings.database.url)
    name = address.set(password=None).render_as_string()  # others on the machine see what is typed
    now = SystemClock().now()
    target = file or settings.backups / f"{address.database}-{now:%Y-%m-%dT%H%M%SZ}.dump"
    pg_dump, pg_restore = shutil.which("pg_dump"), shutil.which("pg_restore")
    if pg_dump is None or pg_restore is None:
        command = f"pg_dump --format=custom --file={target.name} {name}"
        raise Stop(f"pg_dump is not installed here. Install PostgreSQL's client, or where it is, run: {command}")
    if target.exists():
        raise Stop(f"{target} is there already. Choose another name; nothing was overwritten.")
    partial = target.with_name(f"{target.name}{PARTIAL}")
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        partial.unlink(missing_ok=True)
        os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ALONE))
        run([pg_dump, "--no-password", "--format=custom", f"--file={partial}", f"--dbname={name}"], address.password)
        run([pg_restore, "--file=/dev/null", str(partial)])  # reads it from the first byte to the last
        sync(partial)
        partial.rename(target)
    except OSError as error:
        raise Stop(f"The copy could not be made: {error}.") from error
    finally:
        partial.unlink(missing_ok=True)
    return target


def run(command: list[str], password: object = None) -> None:
    known = {"PGPASSWORD": str(password)} if password else {}
    done = subprocess.run(  # noqa: S603  # found on PATH, with an address from the settings
        command, env=os.environ | known, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Stop(f"The copy could not be made: {done.stderr.strip() or f'{command[0]} failed'}")
