"""The dispatcher: takes what is due, the urgent first and every community in turn, and serves lanes side by side."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from heapq import heapify, heappop

from sqlmodel import Session

from bot import metrics
from bot.actions import Rank, Refuse
from bot.limits import Limits
from bot.outbox.attempts import SEND_LIMIT, SETTLE, Attempts
from bot.outbox.claims import LATE, Claims
from bot.outbox.policy import Over
from bot.ports import Port
from bot.runtime import Runtime
from storage import outbox
from storage.outbox import PENDING, SKIPPED, Due
from storage.store import Store, Unavailable

log = logging.getLogger(__name__)

AT_ONCE = 16  # lanes served side by side
READ_AHEAD = 500  # rows looked at together
READ_EVERY = 0.25  # seconds, while every place is taken
ONE_COMMUNITY = 100  # of these that one community may have while others wait
LOOK_AROUND = 30.0  # seconds between looks for what another process left behind
BEHIND = 10  # added to the rank of what is late: it comes after what is on time

Turn = tuple[int, int, datetime, int, Due]  # what orders the rows that wait for a place


class Dispatcher:
    """Serves the outbox for all platforms.  ``drain`` does everything that is due now; ``run`` goes on for ever."""

    def __init__(
        self, runtime: Runtime, store: Store, now: Callable[[], datetime], limits: Limits | None = None
    ) -> None:
        self.runtime = runtime
        self.store = store
        self.now = now
        self.limits = limits or Limits()
        self.ports: dict[str, Port] = {}
        self.at_once = AT_ONCE
        self.claims = Claims(runtime, now, self.ports, self.limits)
        self.attempts = Attempts(self.claims, now, self.limits)
        self._ready: list[Turn] = []
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._stopping = False
        self._unsaved = False  # the database took nothing: how an attempt ended may not be written
        self._alarm: asyncio.TimerHandle | None = None
        self._look_around = time.monotonic() + LOOK_AROUND
        self._read_at = 0.0

    def add(self, port: Port) -> None:
        self.ports[port.platform] = port

    async def recover(self) -> None:
        """Attempts whose end was never written, by whatever process, are looked up before they are repeated."""

        def reopen(db: Session) -> None:
            for row in outbox.interrupted(db):
                if row.lane not in self._busy:
                    row.state, row.unsure = PENDING, not row.ref
                    row.retry = row.tried + SETTLE if row.tried and row.unsure else None
                    db.add(row)

        await self.store.write(reopen)
        self._unsaved = False
        self._look_around = time.monotonic() + LOOK_AROUND

    async def run(self) -> None:
        """Serve until cancelled: at once when something was planned, and whenever the clock's bell sets ``wake``."""
        while True:
            metrics.dispatcher.beat()
            self.runtime.wake.clear()
            try:
                await self.tick()
            except Unavailable as error:
                log.error("the outbox waits, the database takes nothing: %s", error)  # noqa: TRY400  # one line a bell
            except Exception:
                log.exception("the outbox could not be read; it is tried again at the next bell")
            await self.runtime.wake.wait()

    async def tick(self) -> int:
        """Read what is due and start serving it; how many lanes were started."""
        if self._unsaved or time.monotonic() > self._look_around:
            await self.recover()
        if len(self._busy) < self.at_once or time.monotonic() > self._read_at + READ_EVERY:
            self._ready = await self._read()
            self._read_at = time.monotonic()
        return self._start()

    async def drain(self) -> None:
        """Do everything that is due now, and what follows from it, as long as the database takes it."""
        idle = False
        while (self._ready and self._busy) or await self.tick() or self._busy or not idle:
            if self._busy:
                await asyncio.wait(self._busy.values(), return_when=asyncio.FIRST_COMPLETED)
            if self._unsaved:
                return
            idle = not self._busy  # what ended while the outbox was read may have let others through

    async def stop(self, within: float = SEND_LIMIT) -> None:
        """Let what is being sent finish, and begin nothing more; what takes too long is looked up at the next start."""
        self._stopping = True
        if self._busy:
            _, slow = await asyncio.wait(self._busy.values(), timeout=within)
            for task in slow:
                task.cancel()
            await asyncio.gather(*slow, return_exceptions=True)

    async def _read(self) -> list[Turn]:
        """What is due, in the order in which it is served; a community with much of it crowds out nobody."""
        now = self.now()
        rows: dict[str, Due] = {}
        crowded: set[str] = set()
        while True:
            found = await self.store.read(partial(outbox.due, now=now, most=READ_AHEAD, besides=crowded))
            rows |= {row.id: row for row in found}
            many = {c for c, n in Counter(row.community_id for row in found).items() if n >= ONE_COMMUNITY}
            if len(found) < READ_AHEAD or not many - crowded:
                break
            crowded |= many
        order = in_turn((row for row in rows.values() if row.lane not in self._busy and self._known(row)), now)
        heapify(order)
        return order

    def _known(self, row: Due) -> bool:
        """Without any platform at all only actions can run; what is meant for a chat waits for it."""
        return row.op == "run" or bool(self.ports)

    def _start(self) -> int:
        """Give every free place to the next row whose lane is free; how many were started."""
        started = 0
        while self._ready and len(self._busy) < self.at_once and not self._stopping:
            row = heappop(self._ready)[-1]
            if row.lane not in self._busy and not self._pauses(row):
                self._busy[row.lane] = asyncio.create_task(self._serve(row), name=f"outbox {row.op} {row.id}")
                started += 1
        return started

    async def _serve(self, row: Due) -> None:
        try:
            await self._attempt(row)
        except Unavailable as error:  # not tried again at once, but at the next bell
            self._unsaved = True
            log.error("outbox row %s waits, the database takes nothing: %s", row.id, error)  # noqa: TRY400  # one line
        finally:
            del self._busy[row.lane]
        if not self._unsaved and not self._start() and not self._ready:
            self.runtime.wake.set()  # there may be more than was read, and what comes next in this lane

    async def _attempt(self, due: Due) -> None:
        try:
            job = await self.store.write(lambda db: self.claims.claim(db, due.id))
            if job is None:
                return
        except Unavailable:
            raise
        except Refuse as no:  # an action says so when what it was planned for is over
            await self.store.write(self.claims.ending(due.id, Over(SKIPPED, "over", str(no))))
            return
        except Exception as error:  # noqa: BLE001  # our mistake, in a view or an action
            await self.store.write(self.attempts.stumbled(due.id, error))
            return
        await self.limits.take(job.port, 2.0 if job.late else 1.0)  # what is late is sent at half the pace
        async with self.store.hold(lambda db: outbox.sending(db, job.row.id, job.row.attempts)) as held:
            if held.value:
                ending = await self.attempts.attempt(job, time.monotonic())
                await held.write(ending)

    def _pauses(self, due: Due) -> bool:
        """Whether the platform wants nothing in this channel for now; it is looked at again when that is over."""
        port = self.ports.get(due.platform)
        pause = self.limits.pause(port, due.space, due.channel) if port else 0.0
        if pause and (self._alarm is None or self._alarm.cancelled() or self._alarm.when() < time.monotonic()):
            self._alarm = asyncio.get_running_loop().call_later(pause, self.runtime.wake.set)
        return bool(pause)


def in_turn(rows: Iterable[Due], now: datetime) -> list[Turn]:
    """Rows with what orders them: urgent before others, late after what is on time, communities one after another."""
    found: list[Turn] = []
    turns: Counter[tuple[int, str]] = Counter()
    for row in rows:
        behind = BEHIND if now - row.due > LATE and row.priority > Rank.CHANGE else 0
        rank = row.priority + behind
        turns[rank, row.community_id] += 1
        found.append((rank, turns[rank, row.community_id], row.due, row.seq, row))
    return found
