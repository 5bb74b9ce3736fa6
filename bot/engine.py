"""The engine: store, runtime, dispatcher and bell, put together for whoever runs them."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Protocol

from sqlmodel import Session

from bot import metrics
from bot.actions import App, Feature
from bot.clock import TICK, Bell
from bot.leases import BEAT, Alone, Leases
from bot.outbox import Dispatcher
from bot.ports import Port
from bot.quota import Quota
from bot.reconciling import Reconciler
from bot.runtime import Defaults, Runtime
from storage import ledger, outbox
from storage.store import Store

log = logging.getLogger(__name__)

COMPARED_EVERY = 24 * 3600  # seconds between two looks at everything that platforms tell only once
DRAFTS_KEPT = timedelta(days=1)
AWAY = timedelta(days=7)  # after which nobody expects what was planned for then
PULSE = 60  # seconds
FINISH_WITHIN = 15.0  # seconds that what is under way gets when the bot stops
LEAVE_WITHIN = 3.0  # seconds that a platform gets for its goodbye when nothing is left of those
SOONER = 0.9  # of the time between two turns, after which another replica may take one: bells are not punctual
INBOX_KEPT = timedelta(days=7)  # Slack retries for minutes, Discord replays for minutes; a week outlasts both


class Adapter(Port, Protocol):
    """A port that also listens."""

    @property
    def connected(self) -> bool:
        """Whether what happens there reaches this bot now, through this process or through another one of it."""

    async def start(self) -> None:
        """Connect; returns when the platform is ready or the connection is being kept up in the background.

        Raises CannotStart, and leaves nothing behind, when that can never succeed.
        """

    async def stop(self) -> None:
        """Let go of the platform."""


class Engine:
    """Everything but the platforms.  ``start`` begins to serve the outbox, ``stop`` finishes what is under way."""

    def __init__(
        self,
        store: Store,
        features: list[Feature],
        now: Callable[[], datetime],
        defaults: Defaults | None = None,
        quota: Quota | None = None,
        leases: Leases | None = None,  # without them, this process is the only one
    ) -> None:
        self.store = store
        store.on_commit = metrics.committed
        self.leases = leases or Alone(time.monotonic)
        self.app = App(features)
        self.now = now
        self.runtime = Runtime(self.app, store, now, defaults)
        self.runtime.quota = quota
        self.dispatcher = Dispatcher(self.runtime, store, now)
        self.reconciler = Reconciler(self.runtime, store, self.dispatcher.ports, self.leases)
        self.adapters: list[Adapter] = []
        self._bell = Bell()
        self._serving: list[asyncio.Task[None]] = []

    def add(self, adapter: Adapter) -> None:
        self.adapters.append(adapter)
        self.dispatcher.add(adapter)

    def every(self, seconds: float, ring: Callable[[], Awaitable[None] | None]) -> None:
        """Housekeeping beside the engine's own, from the start on; each replica does its own."""
        self._bell.every(seconds, ring)

    def once(self, name: str, seconds: float, ring: Callable[[], Awaitable[None] | None]) -> None:
        """Housekeeping that is about the database, so that one of all replicas does it each time."""
        self._bell.every(seconds, lambda: self.in_turn(name, timedelta(seconds=seconds * SOONER), ring))

    async def in_turn(self, name: str, span: timedelta, ring: Callable[[], Awaitable[None] | None]) -> None:
        """Do it now, unless another replica did within the span."""
        if await self.leases.first(f"house:{name}", span) and (ringing := ring()) is not None:
            await ringing

    async def start(self) -> dict[str, Exception]:
        """Recover what was interrupted, connect every platform, then serve.

        A platform that would not have us is left out, and returned with its reason; raises when that is all of them.
        """
        await self.leases.start()
        await self.share()
        await self.returns()
        outcomes = await asyncio.gather(*(a.start() for a in self.adapters), return_exceptions=True)
        failed: dict[str, Exception] = {}
        for adapter, outcome in zip(list(self.adapters), outcomes, strict=True):
            if isinstance(outcome, Exception):
                failed[adapter.platform] = outcome
                self.adapters.remove(adapter)
                del self.dispatcher.ports[adapter.platform]  # what is meant for it waits
            elif outcome is not None:
                raise outcome
        if failed and not self.adapters:
            first, *others = failed.values()
            raise ExceptionGroup("no platform can be reached", [first, *others]) if others else first
        self._bell.every(TICK, self.runtime.wake.set)
        self._bell.every(PULSE, self._live)
        self._bell.every(BEAT, self.share)
        self.once("sweep", 3600, self._sweep)
        self.once("compare", COMPARED_EVERY, self.reconciler.all)
        self._bell.start()
        self.reconciler.all()  # in the background: nobody waits for it
        self._serving = [
            asyncio.create_task(self.dispatcher.run(), name="dispatcher"),
            asyncio.create_task(self.reconciler.run(), name="reconciler"),
        ]
        return failed

    @property
    def broken(self) -> bool:
        """Whether the dispatcher ended by itself, which it should not."""
        return any(serving.done() and not serving.cancelled() for serving in self._serving)

    async def stop(self) -> None:
        """Stop taking work, finish what is being sent, disconnect, close the store; each for so long at most.

        What takes longer is given up: its row says that it was begun, and it is looked up at the next start.
        """
        clock = asyncio.get_running_loop().time
        over = clock() + FINISH_WITHIN
        self._bell.stop()
        for serving in self._serving:
            serving.cancel()
            with suppress(asyncio.CancelledError):
                await serving
        await self.dispatcher.stop(FINISH_WITHIN)
        leaving = {asyncio.create_task(a.stop(), name=f"stop {a.platform}") for a in self.adapters}
        await self._leave(leaving, max(LEAVE_WITHIN, over - clock()))
        await self.leases.stop()
        await asyncio.to_thread(self.store.close)

    async def returns(self) -> None:
        """Take up what was interrupted.  After a long absence coordinators decide about what was planned meanwhile."""
        now = self.now()

        def look(db: Session) -> None:
            before = ledger.beat(db, "dispatcher", now)
            if before is not None and now - before > AWAY:
                for community_id in outbox.hold_overdue(db, now, "away"):
                    self.runtime.announce(db, "held", community_id)

        await self.dispatcher.recover()
        await self.store.write(look)

    async def _live(self) -> None:
        await self.store.write(lambda db: ledger.beat(db, "dispatcher", self.now()))

    async def _leave(self, leaving: "set[asyncio.Task[None]]", within: float) -> None:
        if not leaving:
            return
        left, slow = await asyncio.wait(leaving, timeout=within)
        for task in slow:
            log.warning("%s: a platform takes too long and is left as it is", task.get_name())
            task.cancel()
        await asyncio.gather(*slow, return_exceptions=True)
        for task in left:
            if error := task.exception():
                log.error("a platform did not stop as it should", exc_info=error)

    async def share(self) -> None:
        """What the platforms allow, they allow all replicas together."""
        self.dispatcher.limits.replicas = await self.leases.share()

    async def _sweep(self) -> None:
        now = self.now()
        await self.store.write(lambda db: ledger.sweep(db, now - DRAFTS_KEPT, now - INBOX_KEPT))
