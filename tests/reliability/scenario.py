"""A scenario small enough to die at every step of it: the first, the second, the third… until it is through."""

import asyncio
import os
import random
import signal
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path

from tests.databases import Database
from tests.reliability.chats import CHATS, CHOICES, PEOPLE, Chat
from tests.reliability.drill import NAMED, WITHIN, Batch
from tests.reliability.nursery import Life, Nursery
from tests.reliability.orders import STEP, STEP_AT_WORK, Order
from tests.reliability.shared_clock import SharedClock
from tests.reliability.trial import FACTOR, READY_WITHIN, numbers

SEEN_WITHIN = 30.0  # seconds, on a machine that does other things too
LOOK_EVERY = 0.05
RESTS_AFTER = 0.3  # seconds without a request after which a scenario is taken to be through
DIES_WITHIN = 2.0  # the same for a life that is to die at its next step, and may be slow to come to it
APART = timedelta(hours=1)  # between the runs, by the scenario's clock
PLANNED = 40  # runs for which messages are planned at once


@dataclass(slots=True)
class Steps:
    """How often a scenario died on its way, and what was wrong afterwards."""

    transactions: int = 0
    requests: int = 0
    broken: list[str] = field(default_factory=list)


class Scenario:
    """One chat and one database.  Each run dies once at one of its steps, and is then lived to its end."""

    from_birth = False  # whether the steps of the start count, too

    def __init__(self, nursery: Nursery, folder: Path, platform: str, database: Database) -> None:
        self.nursery = nursery
        self.database = database
        self.folder = folder
        self.clock = SharedClock(folder / "clock", FACTOR)
        self.chat: Chat = CHATS[platform](self.clock, random.Random("scenario"))
        self.steps = Steps()
        self._life: Life | None = None
        self._left = 0  # requests until the platform's side kills

    # What a scenario is about.

    async def begin(self, life: Life, run: int) -> None:
        """Before a run, with a life that nothing happens to."""

    async def prepare(self, run: int) -> None:
        """Before a run, when nobody lives."""

    async def act(self, life: Life, run: int) -> None:
        """What people do in a run."""

    def through(self, run: int) -> bool:
        """Whether all that has to happen was seen."""
        raise NotImplementedError

    def wrong(self, run: int) -> str:
        """What was seen and must not be."""
        raise NotImplementedError

    # Running it.

    async def exhaust(self) -> Steps:
        """Die at every transaction, before and after its commit, and at every request, before and after its effect."""
        async with self.chat:
            await self._settle()
            runs = count(1)
            self.steps.transactions = await self._all(runs, in_transactions=True)
            self.steps.requests = await self._all(runs, in_transactions=False)
        self.steps.broken += self.chat.problems
        return self.steps

    async def _all(self, runs: "count[int]", *, in_transactions: bool) -> int:
        for nth in count(1):
            run = next(runs)
            await self.prepare(run)
            self._left = 0 if in_transactions else nth
            step = STEP if self.from_birth else STEP_AT_WORK
            life = await (self.bear(step, nth) if in_transactions else self.bear())
            died = await self._lived(life, run)
            self._left = 0
            if died:
                last = await self.bear()
                if await self._lived(last, run, patient=True):
                    self.steps.broken.append(f"run {run}: the second life ended by itself")
                await self.end(last)
            else:
                await self.end(life)
            if not self.through(run) or self.wrong(run):
                kind = "transaction" if in_transactions else "request"
                self.steps.broken.append(f"dead at {kind} {nth}: {self.wrong(run) or 'not through'}")
            if not died:
                return nth - 1
        raise AssertionError("a scenario has an end")

    async def _settle(self) -> None:
        life = await self.bear()
        await life.ready.wait()
        await self.chat.settle()
        await self.begin(life, 1)
        await self.end(life)
        self.chat.watch(self._witness)

    async def _lived(self, life: Life, run: int, *, patient: bool = False) -> bool:
        """Let it live until everything was seen and nothing is asked any more; whether it died before.

        The life before may have had everything seen; this one has to begin all the same.
        """
        acting = asyncio.create_task(self._act(life, run))
        over, ready = asyncio.create_task(life.over.wait()), asyncio.create_task(life.ready.wait())
        with suppress(TimeoutError):
            async with asyncio.timeout(SEEN_WITHIN):
                await asyncio.wait({over, ready}, return_when=asyncio.FIRST_COMPLETED)
                while not over.done() and not self.through(run):
                    if patient:
                        self.clock.jump(timedelta(seconds=5))  # what is uncertain is looked up after a while
                    await asyncio.wait({over}, timeout=LOOK_EVERY)
                asked = -1
                while not over.done() and asked != len(self.chat.evidence):
                    asked = len(self.chat.evidence)
                    await asyncio.wait({over}, timeout=RESTS_AFTER if patient else DIES_WITHIN)
        died = over.done()
        for task in (acting, over, ready):
            task.cancel()
        await asyncio.gather(acting, over, ready, return_exceptions=True)
        return died

    async def _act(self, life: Life, run: int) -> None:
        await life.ready.wait()
        while not self.through(run):
            with suppress(AssertionError):  # nobody answered
                await self.act(life, run)
            await asyncio.sleep(LOOK_EVERY)

    def _witness(self, stage: str, what: str) -> None:
        life = self._life
        if life is None or not self._left or not (self.from_birth or life.ready.is_set()):
            return
        self._left -= 1
        if not self._left:
            os.kill(life.pid, signal.SIGKILL)

    async def bear(self, crash: str = "", nth: int = 1) -> Life:
        order = Order(
            **self.chat.addresses,  # type: ignore[arg-type]  # mypy takes any of its fields for what they are
            life=next(numbers),
            database=self.database.url,
            clock=str(self.clock.path),
            reports=str(self.nursery.reports),
            log=str(self.folder / "log"),
            crash=crash,
            nth=nth,
        )
        self._life = await self.nursery.bear(order)
        self.chat.evidence.life = order.life
        return self._life

    async def end(self, life: Life) -> None:
        life.kill(signal.SIGTERM)
        async with asyncio.timeout(READY_WITHIN):
            await life.over.wait()


class Delivery(Scenario):
    """A message to a channel and one to a person fall due."""

    def batch(self, run: int) -> Batch:
        start = int(self._start.timestamp() + run * APART.total_seconds())
        return Batch("steps", run, start, PEOPLE, posts=1, tells=1)

    async def begin(self, life: Life, run: int) -> None:
        if run == 1:
            self._start = self.clock.now()
        for number in range(run, run + PLANNED):
            batch = self.batch(number)
            assert str(batch) in await self.chat.ask(0, "drill plan", self.chat.places[0], batch=str(batch))

    async def prepare(self, run: int) -> None:
        if run > 1 and run % PLANNED == 1:
            life = await self.bear()
            await life.ready.wait()
            await self.begin(life, run)
            await self.end(life)
        self.clock.jump(self._start + run * APART + timedelta(seconds=WITHIN) - self.clock.now())

    def shown(self, run: int) -> list[str]:
        """Which of a run's messages were seen, each as often as it was."""
        named = (NAMED.search(entry.text) for entry in self.chat.evidence if entry.visible)
        return [found[1] for found in named if found and found[1].startswith(f"steps-{run}-")]

    def through(self, run: int) -> bool:
        return {item.id for item in self.batch(run).items} <= set(self.shown(run))

    def wrong(self, run: int) -> str:
        shown = self.shown(run)
        return "" if len(shown) == len(set(shown)) else f"seen {shown}"


class Recovery(Delivery):
    """The same after a life that died between answer and mark; the steps of the start count, too."""

    from_birth = True

    async def prepare(self, run: int) -> None:
        await super().prepare(run)
        self._left = 0
        life = await self.bear("after_answer_before_mark")
        async with asyncio.timeout(SEEN_WITHIN):
            await life.over.wait()


class Voting(Scenario):
    """Somebody votes, and asks again as long as there is no answer."""

    def __init__(self, nursery: Nursery, folder: Path, platform: str, database: Database) -> None:
        super().__init__(nursery, folder, platform, database)
        self.told: dict[int, str] = {}  # what the bot says that a person voted for, by run
        self.counted: dict[int, int] = {}  # the life that answered

    def choice(self, run: int) -> str:
        return CHOICES[run % len(CHOICES)]

    async def act(self, life: Life, run: int) -> None:
        """Vote; and in any later life, look whether what was answered is still so."""
        who = run % PEOPLE
        if run not in self.counted:
            if self.choice(run) in await self.chat.vote(who, self.choice(run)):
                self.counted[run] = life.order.life
        else:
            self.told[run] = (await self.chat.own_vote(who)).rpartition("Your vote")[2]

    def through(self, run: int) -> bool:
        return run in self.told

    def wrong(self, run: int) -> str:
        told = self.told.get(run, "")
        return "" if self.choice(run) in told else f"voted for {self.choice(run)}, is told {told!r}"
