"""A trial: a bot on one chat and one database that dies again and again, while people go on asking it for things."""

import asyncio
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from bot.outbox.attempts import SETTLE
from bot.outbox.dispatcher import LOOK_AROUND
from tests.databases import Database
from tests.reliability import orders
from tests.reliability.chats import CHATS, CHOICES, PEOPLE, Chat
from tests.reliability.drill import LIVES, NAMED, Batch, name_of
from tests.reliability.nursery import Life, Nursery
from tests.reliability.orders import EVERYWHERE, RANDOM, SERVED, TRY_AGAIN, Order, Sabotage
from tests.reliability.promises import Ballot, Promises
from tests.reliability.shared_clock import SharedClock
from tests.reliability.weather import Weather
from tests.slack.waiting import CannotDo

T = TypeVar("T")

FACTOR = 60.0  # how much faster the trial's clock goes
BACKLOG = 6  # times as many messages are kept planned and unsent as are to be sent in each life
DUE_AT_ONCE = 3 / 8  # of them wait for a life when it begins
NTH_LEAST = 3  # times at most that a life comes to its crash point before it dies there, if few messages are wanted
BATCHES_MOST = 3  # planned in one life
DOWNTIME = (60.0, 600.0)  # seconds by the trial's clock, longer than Discord knows a nonce
DOWNTIME_SHARE = 0.12  # of all deaths
MISCHIEF, SECOND_THOUGHTS, CHANGES = 0.1, 0.3, 0.4  # shares of all lives
SETTLES = 0.7  # share of uncertain deaths after which what was sent may be looked for at once
ASKS_EVERY = 0.3  # seconds between two votes
LIFE_MOST = 2.5  # seconds from its start to work until a life that has not come to its crash point is killed
RANDOM_MOST = 0.8  # seconds that a life has which dies at a random instant
PATIENCE = 1.5  # seconds until people take it that there will be no answer
PATIENT = 6.0  # the same when nobody dies any more
READY_WITHIN = 60.0  # seconds, on a machine that does other things too
SETTLED_WITHIN = 240.0
HOPELESS = LOOK_AROUND + 15  # seconds without any attempt, after which what waits is lost
HOPELESS_SOON = 6.0  # seconds, where somebody made sure that something is
QUIET = 0.6  # seconds without any request until nothing more is taken to come
UNCERTAIN = {*orders.SEND, *orders.LOOK, *SERVED, "after_claim", "before_mark"}  # whoever comes next has to look
numbers = count(1)  # of lives, in all trials of a process


@dataclass(slots=True)
class Figures:
    """What a trial went through."""

    lives: int = 0
    kills: Counter[str] = field(default_factory=Counter)  # by point
    jumps: int = 0
    mischief: int = 0
    replicas: int = 1
    frozen: int = 0
    ended: list[str] = field(default_factory=list)  # lives that ended without being killed


class Trial:
    """Drives one world; the verdict is somebody else's."""

    def __init__(
        self,
        nursery: Nursery,
        folder: Path,
        platform: str,
        database: Database,
        *,
        seed: str,
        share: float = 0.18,
        sabotage: Sabotage = "",
        points: tuple[str, ...] = EVERYWHERE,
        downtimes: float = DOWNTIME_SHARE,
    ) -> None:
        self.nursery = nursery
        self.folder = folder
        self.database = database
        self.name = f"{platform} on {database.dialect}"
        self.seed = seed
        self.draw = random.Random(f"{seed} {self.name}")
        self.clock = SharedClock(folder / "clock", FACTOR)
        self.chat: Chat = CHATS[platform](self.clock, self.draw)
        self.weather = Weather(self.draw, share)
        self.sabotage: Sabotage = sabotage
        self.points = points
        self.downtimes = downtimes
        self.promises = Promises()
        self.figures = Figures()
        self.tolerance = 0.0  # seconds by which clocks differ
        self.life: Life | None = None
        self._uncertain = False
        self._left = 0  # requests until the platform's side kills
        self._patience = PATIENCE
        self._planned, self._nth_most = 0, NTH_LEAST
        self._batches = count(1)
        self._seen = 0
        self._shown: set[str] = set()

    async def run(self, kills: int, messages: int) -> None:
        """Until there were so many kills and so many messages; then let everything come to its end."""
        self._planned = BACKLOG * messages // max(kills, 1)
        self._nth_most = max(NTH_LEAST, round(2 * messages / max(kills, 1)) - 2)  # who sends more dies later
        async with self.chat:
            await self._settle()
            await self._live_and_die(kills, messages)
            await self._come_to_rest()

    # Lives.

    async def _live_and_die(self, kills: int, messages: int) -> None:
        while self.figures.kills.total() < kills or len(self.promises.items) < messages:
            await self._die()
            self._pass_time()

    async def _bear(self, crash: str = "", nth: int = 1, *, together: bool = False, skew: float = 0) -> Life:
        self.figures.lives += 1
        order = Order(
            **self.chat.addresses,
            life=next(numbers),
            database=self.database.url,
            clock=str(self.clock.path),
            reports=str(self.nursery.reports),
            log=str(self.folder / "log"),
            seed=self.draw.getrandbits(32),
            crash=crash,
            nth=nth,
            sabotage=self.sabotage,
            together=together,
            skew=skew,
        )
        self.life = await self.nursery.bear(order)
        self.chat.evidence.life = order.life
        return self.life

    async def _die(self) -> None:
        """One life and its death."""
        point, nth = self._choose()
        self._left = nth if point in SERVED else 0
        life = await self._bear(point, nth)
        doing = asyncio.create_task(self._bustle(life, point))
        with suppress(TimeoutError):
            async with asyncio.timeout(self.draw.uniform(0.02, RANDOM_MOST) if point == RANDOM else READY_WITHIN):
                await self._used_up(life)
        life.kill()
        await life.over.wait()
        doing.cancel()
        await asyncio.gather(doing, return_exceptions=True)
        self._left = 0
        self._uncertain = (life.died_at or RANDOM) in UNCERTAIN
        self._count(life)

    def _count(self, life: Life) -> None:
        if life.signal == signal.SIGKILL:
            self.figures.kills[life.died_at or RANDOM] += 1
        elif life.status != TRY_AGAIN or self.figures.replicas == 1:
            self.figures.ended.append(f"life {life.order.life} ended by itself: {life.signal or life.status}")

    def _pass_time(self) -> None:
        """Now and then the bot is away for a while; and there is always something to do at once."""
        if self.draw.random() < self.downtimes:
            self.clock.jump(timedelta(seconds=self.draw.uniform(*DOWNTIME)))
            self.figures.jumps += 1
        elif self._uncertain and self.draw.random() < SETTLES:
            self.clock.jump(SETTLE)
        many = int(self._planned * DUE_AT_ONCE)
        waiting = sorted(promise.item.due for promise in self.promises.open(self._look()))[:many]
        if waiting and waiting[-1] > self.clock.now():
            self.clock.jump(waiting[-1] - self.clock.now())

    def _choose(self) -> tuple[str, int]:
        """Where to die: somewhere that this life will come to."""
        point = self.draw.choice(self.points)
        if point in orders.LOOK and not self._uncertain:
            point = self.draw.choice(orders.SEND)
        if point in (*orders.LOOK, *orders.PLAN, RANDOM):
            return point, 1
        now = self.clock.now()
        due = sum(1 for promise in self.promises.open(self._look()) if promise.item.due <= now)
        return point, self.draw.randint(1, max(1, min(self._nth_most, due)))

    async def _used_up(self, life: Life) -> None:
        """Until it is over, or has had time enough to come to its crash point."""
        over, ready = asyncio.create_task(life.over.wait()), asyncio.create_task(life.ready.wait())
        try:
            await asyncio.wait({over, ready}, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait({over}, timeout=LIFE_MOST)
        finally:
            over.cancel()
            ready.cancel()

    def _witness(self, stage: str, what: str) -> None:
        """Called by the platform for every request: the moment to kill on its side of the wire."""
        life = self.life
        if life is None or not self._left or not self.chat.delivers(what):
            return
        arrived, done = SERVED
        if life.order.crash == (arrived if stage == "arrived" else done):
            self._left -= 1
            if not self._left:
                life.died_at = life.order.crash
                os.kill(life.pid, signal.SIGKILL)

    # What people do.

    async def _settle(self) -> None:
        """Everybody joins in good weather."""
        life = await self._bear()
        await self._within(READY_WITHIN, life.ready.wait())
        await self.chat.settle()
        for who in range(PEOPLE):
            await self._vote(life, who)
        await self._end(life)
        self.chat.watch(self._witness, self.weather)

    async def _bustle(self, life: Life, point: str) -> None:
        """People ask for things as long as there is somebody to answer."""
        await life.ready.wait()
        while point in orders.VOTE and not life.over.is_set():
            await self._vote(life, self.draw.randrange(PEOPLE))
        if point in orders.PLAN:
            await self._plan(life, *self._new_batch())
        for batch, place in list(self.promises.asked.values())[:BATCHES_MOST]:
            await self._plan(life, batch, place)
        for _ in range(BATCHES_MOST):
            if self._backlog() < self._planned:
                await self._plan(life, *self._new_batch())
        await self._cancel(life)
        await self._change(life)
        if self.draw.random() < MISCHIEF:
            self.figures.mischief += 1
            self.chat.mischief(self.draw)
        while not life.over.is_set():
            await self._vote(life, self.draw.randrange(PEOPLE))
            await asyncio.sleep(ASKS_EVERY)

    def _new_batch(self) -> tuple[Batch, str]:
        start = int(self.clock.timestamp()) + self.draw.randrange(2, 20)
        world = f"{self.chat.platform}{self.seed}".replace("-", "")
        return Batch(world, next(self._batches), start, PEOPLE), self.draw.choice(self.chat.places)

    def _look(self) -> set[str]:
        """Which items have been seen."""
        for entry in self.chat.evidence.since(self._seen):
            if entry.visible and (named := NAMED.search(entry.text)):
                self._shown.add(named[1])
        self._seen = len(self.chat.evidence)
        return self._shown

    def _backlog(self) -> int:
        return sum(1 for _ in self.promises.open(self._look()))

    async def _plan(self, life: Life, batch: Batch, place: str) -> None:
        self.promises.asking(batch, place)
        who = self.draw.randrange(PEOPLE)
        answer = await self._asks(life, self.chat.ask(who, "drill plan", place, batch=str(batch)))
        if answer and str(batch) in answer:
            self.promises.planned(batch, self.chat.lane_of(place), self.clock.now())

    async def _cancel(self, life: Life) -> None:
        """Now and then somebody thinks better of it; who got no answer asks again."""
        now = self.clock.now()
        wanted = [p for p in self.promises.items.values() if p.cancelling]
        if not wanted and self.draw.random() < SECOND_THOUGHTS:
            fresh = [p for p in self.promises.items.values() if p.item.due > now and not p.cancelled]
            wanted = self.draw.sample(fresh, min(1, len(fresh)))
        for promise in wanted:
            promise.cancelling = True
            answer = await self._asks(life, self.chat.ask(0, "drill cancel", "general", item=promise.item.id))
            if answer and f"Cancelled {promise.item.id}" in answer:
                promise.cancelled, promise.cancelling = self.clock.now(), False
                promise.cancelled_in = life.order.life

    async def _change(self, life: Life) -> None:
        wanted = [p for p in self.promises.items.values() if p.asked_version > p.version]
        if not wanted and self.draw.random() < CHANGES:
            alive = [p for p in self.promises.items.values() if not p.cancelled and not p.cancelling]
            wanted = self.draw.sample(alive, min(1, len(alive)))
            for promise in wanted:
                promise.asked_version += 1
        for promise in wanted:
            version = promise.asked_version
            asking = self.chat.ask(0, "drill change", "general", item=promise.item.id, version=version)
            answer = await self._asks(life, asking)
            if answer and f"to {version}" in answer:
                promise.version = version

    async def _vote(self, life: Life, who: int) -> None:
        choice = self.draw.choice(CHOICES)
        ballot = self.promises.ballots.setdefault(who, Ballot())
        ballot.since.append(choice)
        answer = await self._asks(life, self.chat.vote(who, choice))
        if answer and f"Your vote: **{choice}**" in answer.replace(f"*{choice}*", f"**{choice}**").replace("***", "**"):
            ballot.counted, ballot.since = choice, []

    async def _asks(self, life: Life, asking: Coroutine[Any, Any, T]) -> T | None:
        """What came of it, or nothing: who asks a dying bot gets no answer."""
        if life.over.is_set():
            asking.close()
            return None
        asked = asyncio.create_task(asking)
        over = asyncio.create_task(life.over.wait())
        try:
            await asyncio.wait({asked, over}, timeout=self._patience, return_when=asyncio.FIRST_COMPLETED)
            if not asked.done():
                return None
            return asked.result()
        except (AssertionError, CannotDo, StopIteration, RuntimeError):
            return None
        finally:
            asked.cancel()
            over.cancel()
            await asyncio.gather(asked, over, return_exceptions=True)

    # The end.

    async def _come_to_rest(self) -> None:
        """Nobody dies any more: what was promised has to come, and whatever else would come as well."""
        self._patience = PATIENT
        life = await self._bear()
        await self._within(READY_WITHIN, life.ready.wait())
        async with asyncio.timeout(SETTLED_WITHIN):
            while self.promises.asked:
                for batch, place in list(self.promises.asked.values()):
                    await self._plan(life, batch, place)
            while any(p.cancelling for p in self.promises.items.values()):
                await self._cancel(life)
            while any(p.asked_version > p.version for p in self.promises.items.values()):
                await self._change(life)
        progress, since = -1, time.monotonic()
        hopeless = HOPELESS_SOON if self.sabotage else HOPELESS
        while (self._backlog() or self._stale()) and time.monotonic() - since < hopeless:
            if progress != len(self.chat.evidence):
                progress, since = len(self.chat.evidence), time.monotonic()
            self.clock.jump(timedelta(seconds=30))
            await asyncio.sleep(0.2)
        self.clock.jump(LIVES)
        await self._silence()
        self.weather.share = 0
        self.votes = {name_of(who): await self._asks(life, self.chat.own_vote(who)) or "" for who in range(PEOPLE)}
        await self._end(life)

    def _stale(self) -> bool:
        standing = self.standing()
        return any(standing.get(p.item.id, p.version) < p.version for p in self.promises.items.values())

    def standing(self) -> dict[str, int]:
        """Which version of each item people see now."""
        found: dict[str, int] = {}
        for entry in self.chat.evidence:
            if entry.outcome in ("shown", "edited") and (named := NAMED.search(entry.text)):
                found[named[1]] = int(named[2])
        return found

    async def _silence(self) -> None:
        """Until nothing is asked of the platform for a while."""
        before = -1
        while before != len(self.chat.evidence):
            before = len(self.chat.evidence)
            self.clock.jump(timedelta(minutes=1))
            await asyncio.sleep(QUIET)

    async def _end(self, life: Life) -> None:
        """An orderly end."""
        life.kill(signal.SIGTERM)
        await self._within(READY_WITHIN, life.over.wait())

    async def _within(self, seconds: float, awaited: Awaitable[object]) -> None:
        async with asyncio.timeout(seconds):
            await awaited
