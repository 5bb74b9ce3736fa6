"""Whether the process works (live), and whether it can do its work now (ready), each check with its reason.

Live is about this process alone: what a restart would mend.  That a platform or the database is away belongs into
ready, or a service manager would kill a healthy bot in an outage that is not its own.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlmodel import Session

from bot import metrics
from bot.engine import Engine
from bot.health.pulse import Pulse
from storage.figures import Figures, figures, touch
from storage.schema import head

T = TypeVar("T")
log = logging.getLogger(__name__)

LAG_MOST = 5.0  # seconds
ROUND_MOST = 60.0  # seconds between rounds of the dispatcher, which the bell wakes every second
ANSWER_WITHIN = 3.0  # seconds that the database may take
BACKLOG_MOST = 900.0  # seconds that a row may wait although nothing holds it back: a large outage is caught up by then


@dataclass(frozen=True, slots=True)
class Sign:
    """One check: what was looked at, whether it is well, and how it is."""

    name: str
    well: bool
    text: str


class Health:
    """Judges the engine.  ``started`` once platforms were asked to connect, ``stopping`` from the signal on."""

    def __init__(self, engine: Engine, pulse: Pulse) -> None:
        self.engine = engine
        self.pulse = pulse
        self.started = False
        self.stopping = False
        self._revision = head()
        self._asking: asyncio.Task[list[Sign]] | None = None

    def live(self) -> list[Sign]:
        """What a restart would mend."""
        lag, age = self.pulse.lag, metrics.dispatcher.age()
        signs = [Sign("event loop", lag < LAG_MOST, f"{lag:.3f} s behind")]
        if not self.started or self.stopping or age is None:
            return [*signs, Sign("dispatcher", not self.engine.broken, "not at work now")]
        return [*signs, Sign("dispatcher", age < ROUND_MOST and not self.engine.broken, f"last round {age:.1f} s ago")]

    def well(self) -> bool:
        return all(sign.well for sign in self.live())

    async def ready(self) -> list[Sign]:
        """Whether people can be served now.  Who asks while somebody else does gets the same answer."""
        if self.stopping:
            return [Sign("stopping", well=False, text="the bot was told to stop")]
        if not self.started:
            return [Sign("starting", well=False, text="the platforms are being connected")]
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ready(), name="ready")
        return await asyncio.shield(self._asking)

    async def _ready(self) -> list[Sign]:
        return [*await self._database(), self._platforms(), await self._backlog()]

    async def _database(self) -> list[Sign]:
        revision = await asked(self.engine.store.write(touch))
        if isinstance(revision, Exception):
            return [Sign("database", well=False, text=f"takes nothing: {revision}")]
        written = Sign("database", well=True, text="was written to")
        if revision < self._revision:
            return [written, Sign("schema", well=False, text=f"at {revision}, and {self._revision} is needed")]
        newer = ", which a newer version upgraded" if revision > self._revision else ""
        return [written, Sign("schema", well=True, text=f"at {revision}{newer}")]

    def _platforms(self) -> Sign:
        states = {adapter.platform: adapter.connected for adapter in self.engine.adapters}
        told = ", ".join(f"{name} {'connected' if up else 'not connected'}" for name, up in states.items())
        return Sign("platforms", any(states.values()), told or "none")

    async def _backlog(self) -> Sign:
        found = await self.measure()
        if isinstance(found, Exception):
            return Sign("outbox", well=False, text=f"cannot be read: {found}")
        waits = found.claimable_since
        late = (self.engine.now() - waits).total_seconds() if waits else 0.0
        return Sign("outbox", late < BACKLOG_MOST, f"{found.pending} due, the first for {late:.0f} s")

    async def measure(self) -> Figures | Exception:
        """Read what only the database knows into the metrics."""
        now = self.engine.now()
        found = await asked(self.engine.store.read(reading(now)))
        for adapter in self.engine.adapters:
            metrics.connected.labels(adapter.platform).set(adapter.connected)
        if isinstance(found, Exception):
            return found
        metrics.outbox_pending.set(found.pending)
        metrics.outbox_planned.set(found.planned)
        metrics.outbox_oldest_due.set((now - found.due_since).total_seconds() if found.due_since else 0.0)
        metrics.dead_letters.set(found.dead)
        metrics.held.set(found.held)
        return found


def reading(now: datetime) -> Callable[[Session], Figures]:
    return lambda db: figures(db, now)


async def asked(answer: Awaitable[T]) -> T | Exception:
    """What the database says, or why it says nothing."""
    try:
        async with asyncio.timeout(ANSWER_WITHIN):
            return await answer
    except TimeoutError:
        return TimeoutError(f"no answer within {ANSWER_WITHIN:.0f} s")
    except Exception as error:  # noqa: BLE001  # whatever it is, it is the answer to whether all is well
        log.warning("the database does not answer a check: %s", type(error).__name__)
        return error
