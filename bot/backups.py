"""The nightly backup: whether one is due, making it beside the running bot, and saying so when that fails."""

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot import metrics
from storage import backups
from storage.backups import Backup, Keep, NoBackup

log = logging.getLogger(__name__)

LOOK = 60  # seconds between looks whether one is due
AGAIN = timedelta(hours=1)  # after one that failed


@dataclass(frozen=True, slots=True)
class Plan:
    """Which file is copied, where to, from which hour of the day on (UTC), and how many copies stay."""

    source: Path
    folder: Path
    hour: int = 3
    keep: Keep = field(default_factory=Keep)


class Backups:
    """Makes a backup a day.  What lies in the folder decides whether one is due, so no restart loses or doubles it."""

    def __init__(self, plan: Plan, now: Callable[[], datetime]) -> None:
        self.plan = plan
        self.now = now
        self.problem = ""  # why the last attempt failed; empty when it did not
        self._failed: datetime | None = None
        self._making = False

    async def tick(self) -> None:
        """Make the day's backup if it is missing."""
        if self._making or not self.due():
            return
        self._making = True
        try:
            made = await beside(self._make)
        except NoBackup as error:
            self.problem, self._failed = str(error), self.now()
            log.error("there is no backup of today: %s It is tried again in an hour.", error)  # noqa: TRY400  # a sentence
        else:
            self.problem, self._failed = "", None
            log.info("the database was copied to %s, and the copy was checked", made.path)
        finally:
            self._making = False

    def due(self) -> bool:
        now = self.now()
        if self._failed is not None and now - self._failed < AGAIN:
            return False
        today = now.astimezone(UTC).replace(hour=self.plan.hour, minute=0, second=0, microsecond=0)
        since = today if today <= now else today - timedelta(days=1)
        past = (backup for backup in backups.found(self.plan.folder) if backup.taken <= now)
        newest = next(past, None)
        if newest is not None:
            metrics.backup_taken.set(newest.taken.timestamp())
        return newest is None or newest.taken < since

    def _make(self) -> Backup:
        plan = self.plan
        made = backups.take(plan.source, plan.folder, self.now())
        backups.thin(plan.folder, plan.keep)
        return made


async def beside(work: Callable[[], Backup]) -> Backup:
    """Run in a thread that nobody waits for when the bot stops: an unfinished copy has no name yet, and is removed."""
    done: Future[Backup] = Future()

    def run() -> None:
        done.set_running_or_notify_cancel()
        try:
            done.set_result(work())
        except Exception as error:  # noqa: BLE001  # belongs to who waits
            done.set_exception(error)

    threading.Thread(target=run, name="backup", daemon=True).start()
    return await asyncio.wrap_future(done)
