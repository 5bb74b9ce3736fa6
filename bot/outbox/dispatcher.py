"""The dispatcher: takes what is due, the urgent first and every community in turn, and serves lanes side by side."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from heapq import heapify, heappop

from sqlmodel import Session

from bot import metrics
from bot.actions import Rank, Refuse
from bot.limits import Limits
from bot.outbox.attempts import SEND_LIMIT, SETTLE, Attempts, Ending
from bot.outbox.claims import LATE, Claims, Job
from bot.outbox.policy import Over
from bot.ports import Port
from bot.runtime import Runtime
from storage import outbox, sending
from storage.outbox import PENDING, SKIPPED, Due
from storage.sending import Arrived
from storage.store import Held, Store, Unavailable

log = logging.getLogger(__name__)

AT_ONCE = 100  # messages on their way
BATCHES = 16  # of messages taken together; each keeps one connection to PostgreSQL
READ_AHEAD = 500  # rows looked at together
READ_EVERY = 0.25  # seconds, while every place is taken
ONE_COMMUNITY = 100  # of these that one community may have while others wait
LOOK_AROUND = 30.0  # seconds between looks for what another process left behind
ELSEWHERE = 0.1  # seconds after which what somebody else was taking is no longer due
BEHIND = 10  # added to the rank of what is late: it comes after what is on time

Ended = tuple[Job, Ending | Arrived]
Write = Callable[[Callable[[Session], None]], Awaitable[None]]
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
        self._busy: dict[str, asyncio.Task[None]] = {}  # the lanes in which something is on its way
        self._serving: set[asyncio.Task[None]] = set()
        self._freed = asyncio.Event()  # some lane was
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
            for row in sending.interrupted(db):
                if row.lane not in self._busy:
                    row.state, row.unsure = PENDING, not row.ref
                    row.retry = row.tried + SETTLE if row.tried and row.unsure else None
                    db.add(row)

        await self.store.write(reopen)
        self._unsaved = False
        self._look_around = time.monotonic() + LOOK_AROUND

    async def run(self) -> None:
        """Serve until cancelled: at once when something was planned, and whenever the clock's bell sets ``wake``."""
        try:
            while True:
                metrics.dispatcher.beat()
                self.runtime.wake.clear()
                await self._round()
                await self.runtime.wake.wait()
        finally:
            metrics.dispatcher.rest()

    async def _round(self) -> None:
        try:
            await self.tick()
        except Unavailable as error:
            log.error("the outbox waits, the database takes nothing: %s", error)  # noqa: TRY400  # one line a bell
        except Exception:
            log.exception("the outbox could not be read; it is tried again at the next bell")

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
        while True:
            alone = not self._serving  # else what ends while the outbox is read may let others through
            if alone or not self._ready:
                await self.tick()
            if alone and not self._serving:
                return
            if self._serving:
                self._freed.clear()
                await self._freed.wait()
            if self._unsaved:
                return

    async def stop(self, within: float = SEND_LIMIT) -> None:
        """Let what is being sent finish, and begin nothing more; what takes too long is looked up at the next start."""
        self._stopping = True
        if self._serving:
            _, slow = await asyncio.wait(self._serving, timeout=within)
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
        places = self.at_once - len(self._busy) if len(self._serving) < BATCHES and not self._stopping else 0
        left = {platform: self.limits.room(port) for platform, port in self.ports.items()}
        taken: dict[str, Due] = {}
        while self._ready and len(taken) < places:
            row = self._ready[0][-1]
            if row.lane in self._busy or row.lane in taken or self._pauses(row):
                heappop(self._ready)
            elif affordable(row, left) or not taken:  # one may wait for its turn, so that somebody does
                taken[heappop(self._ready)[-1].lane] = row
            else:
                break
        for batch in together(taken.values()):
            serving = asyncio.create_task(self._serve(batch), name=f"outbox {batch[0].op} {batch[0].id}")
            self._busy |= dict.fromkeys((row.lane for row in batch), serving)
            self._serving.add(serving)
            serving.add_done_callback(self._served)
        return len(taken)

    async def _serve(self, batch: Sequence[Due]) -> None:
        """Take what nobody else is taking, and send it; it is ours until that is over."""
        ids = [row.id for row in batch]
        try:
            async with self.store.hold(lambda db: sending.own(db, ids)) as held:
                taken = time.monotonic()
                ours = [row for row in batch if row.id in (held.value or ())]
                jobs = await self._claim(ours) if ours else []
                lanes = {job.row.lane for job in jobs}
                self._free((row.lane for row in ours if row.lane not in lanes), asyncio.current_task())
                if jobs:
                    await self._send(jobs, taken, held)
            if len(ours) < len(batch):
                await asyncio.sleep(ELSEWHERE)
        except Unavailable as error:  # not tried again at once, but at the next bell
            self._not_saved(batch[0].id, error)
        finally:
            self._free((row.lane for row in batch), asyncio.current_task())
        self._go_on()

    def _served(self, serving: "asyncio.Task[None]") -> None:
        """A batch is over, and not only its lanes are free."""
        self._serving.discard(serving)
        self._freed.set()

    def _free(self, lanes: Iterable[str], served_by: "asyncio.Task[None] | None") -> None:
        """Others may have their turn in these lanes, unless somebody has it already."""
        for lane in lanes:
            if self._busy.get(lane) is served_by:
                del self._busy[lane]
                self._freed.set()

    def _go_on(self) -> None:
        if not self._unsaved and not self._start() and not self._ready:
            self.runtime.wake.set()  # there may be more than was read, and what comes next in a lane

    def _not_saved(self, row_id: str, error: Unavailable) -> None:
        self._unsaved = True
        log.error("outbox row %s waits, the database takes nothing: %s", row_id, error)

    async def _claim(self, batch: Sequence[Due]) -> list[Job]:
        """Take them together; should one fail, take them one by one so that only that one fails."""
        community, ids = batch[0].community_id, [row.id for row in batch]
        try:
            return await self.store.write(lambda db: self.claims.claim(db, community, ids))
        except Unavailable:
            raise
        except Refuse as no:  # an action says so when what it was planned for is over
            ending = self.attempts.ending(Over(SKIPPED, "over", str(no)))
        except Exception as error:  # noqa: BLE001  # our mistake, in a view or an action
            ending = self.attempts.stumbled(ids[0], error)
        if len(batch) > 1:
            return [job for row in batch for job in await self._claim([row])]
        await self.store.write(lambda db: self.attempts.undone(db, ids[0], ending))
        return []

    async def _send(self, jobs: Sequence[Job], taken: float, held: Held[frozenset[str]]) -> None:
        """Send them side by side, and write down how each ended as it ends."""
        ended: asyncio.Queue[Ended] = asyncio.Queue()

        async def attempt(job: Job) -> None:
            ended.put_nowait((job, await self.attempts.attempt(job, taken)))

        served_by = asyncio.current_task()
        async with asyncio.TaskGroup() as group:
            for job in jobs:
                group.create_task(attempt(job), name=f"send {job.row.id}")
            left = len(jobs)
            while left:
                done = [await ended.get()]
                while not ended.empty():
                    done.append(ended.get_nowait())
                left -= len(done)
                # at once, whatever else is being written: what is not marked when the bot is killed has to be looked up
                group.create_task(self._end(done, self.store.write if left else held.write, served_by))

    async def _end(self, done: Sequence[Ended], write: Write, served_by: "asyncio.Task[None] | None") -> None:
        await self._mark(done, write)
        self._free((job.row.lane for job, _ in done), served_by)
        self._go_on()

    async def _mark(self, done: Sequence[Ended], write: Write) -> None:
        """Write down how attempts ended; should one of them fail, the others are kept."""
        try:
            await write(partial(self.attempts.mark, done=done))
        except Unavailable as error:
            self._not_saved(done[0][0].row.id, error)
        except Exception:
            if len(done) > 1:
                for one in done:
                    await self._mark([one], self.store.write)
                return
            log.exception("how outbox row %s ended could not be written down", done[0][0].row.id)
            self._unsaved = True  # it is looked up

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


def affordable(row: Due, left: dict[str, float]) -> bool:
    """Whether a platform takes one more without a wait.  To whom a member is told is not known before it is taken."""
    if row.op == "run":
        return True
    platform = row.platform if row.platform in left else max(left, key=left.__getitem__)
    left[platform] -= 1
    return left[platform] >= 0


def together(rows: Iterable[Due]) -> Iterator[list[Due]]:
    """Messages of one community are taken together; an action alone, since it may do anything or refuse."""
    batches: dict[str, list[Due]] = {}
    for row in rows:
        if row.op == "run":
            yield [row]
        else:
            batches.setdefault(row.community_id, []).append(row)
    yield from batches.values()
