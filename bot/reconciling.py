"""Reconciling: after every gap in which nobody listened, what chats have now is compared with what is known."""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from datetime import timedelta

from bot.comparing import Comparison
from bot.leases import Leases
from bot.ports import Closed, Gone, Port, Rejected, Unsure, Wait
from bot.runtime import Gap, Runtime
from storage.people import spaces_on
from storage.store import Store, Unavailable

log = logging.getLogger(__name__)

TOGETHER = timedelta(seconds=20)  # within which what several replicas notice is the same gap
PAUSE = 0.05  # seconds between two transactions, in which others get their turn
AGAIN = (30.0, 600.0)  # seconds: first and longest pause after a list that could not be fetched


class Reconciler:
    """Fills the gaps of ``runtime.gaps``.  ``run`` goes on for ever, ``catch_up`` does all that is due now."""

    def __init__(
        self, runtime: Runtime, store: Store, ports: Mapping[str, Port], leases: Leases, pause: float = PAUSE
    ) -> None:
        self.runtime = runtime
        self.store = store
        self.leases = leases
        self.ports = ports
        self.pause = pause
        self._pauses: dict[Gap, float] = {}
        self._timers: dict[Gap, asyncio.TimerHandle] = {}

    def all(self) -> None:
        """Compare everything, everywhere; one of all replicas does."""
        for platform in self.ports:
            self.runtime.missed(platform, shared=True)

    async def run(self) -> None:
        """Serve until cancelled."""
        try:
            while True:
                await self._fill([await self.runtime.gaps.get()])
        finally:
            for timer in self._timers.values():
                timer.cancel()

    async def catch_up(self) -> None:
        while not self.runtime.gaps.empty():
            await self._fill([])

    async def settled(self) -> None:
        """Until every gap was looked at; what could not be fetched is tried again later."""
        await self.runtime.gaps.join()

    async def _fill(self, gaps: list[Gap]) -> None:
        """Whatever is due, each gap once however often it was noticed."""
        while not self.runtime.gaps.empty():
            gaps.append(self.runtime.gaps.get_nowait())
        try:
            mine = await self._mine(gaps)
            for platform, ref in mine:
                if not (ref and (platform, "") in mine):
                    await self._look(platform, ref)
        finally:
            for _ in gaps:
                self.runtime.gaps.task_done()

    async def _mine(self, gaps: Iterable[Gap]) -> dict[tuple[str, str], None]:
        """Without those that another replica is already filling."""
        mine: dict[tuple[str, str], None] = {}
        for gap in dict.fromkeys(gaps):
            where = (gap.platform, gap.space)
            if not gap.shared or await self._first(f"compare:{gap.platform}:{gap.space}"):
                mine[where] = None
        return mine

    async def _first(self, name: str) -> bool:
        try:
            return await self.leases.first(name, TOGETHER)
        except Unavailable:
            return True  # the comparison will notice it as well, and come back

    async def _look(self, platform: str, ref: str) -> None:
        """Each space by itself: one that cannot be compared does not keep the others waiting."""
        port = self.ports.get(platform)
        if port is None:
            return
        try:
            spaces = await self.store.read(lambda db: spaces_on(db, platform, ref))
        except Unavailable as error:
            self._later(Gap(platform, ref), str(error))
            return
        for space in spaces:
            gap = Gap(platform, space.ref)
            try:
                await Comparison(self.runtime, self.store, port, space, self.pause).run()
            except Wait as wait:
                self._later(gap, str(wait), wait.seconds)
            except (Unsure, TimeoutError, OSError, Unavailable) as fault:
                self._later(gap, f"{type(fault).__name__} {fault}")
            except (Gone, Closed, Rejected) as no:
                log.warning("%s %s cannot be compared with what is known: %s", platform, space.ref, no)
            except Exception:
                log.exception("%s %s could not be compared with what is known", platform, space.ref)
            else:
                self._pauses.pop(gap, None)

    def _later(self, gap: Gap, why: str, least: float = 0.0) -> None:
        """Try again, after a pause that grows."""
        first, longest = AGAIN
        pause = max(self._pauses.get(gap, first), least)
        self._pauses[gap] = min(2 * pause, longest)
        log.info("%s %s is compared in %.0f s: %s", gap.platform, gap.space, pause, why)
        if gap in self._timers:
            self._timers[gap].cancel()
        self._timers[gap] = asyncio.get_running_loop().call_later(pause, self._due, gap)

    def _due(self, gap: Gap) -> None:
        del self._timers[gap]
        self.runtime.missed(gap.platform, gap.space)
