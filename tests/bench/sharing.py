"""Two processes that serve one outbox on PostgreSQL, beside one that serves it alone."""

import asyncio
import statistics
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from storage import schema
from storage.outbox import Outbox
from storage.people import Account, Community, Member, Space
from storage.store import Store, open_store
from tests.bench.figures import Figure
from tests.bench.measuring import Effort
from tests.bench.peers import Peer, peer
from tests.bench.record import recorded
from tests.bench.reminders import due_rows
from tests.bench.town import BEGAN, NOW, put

COMMUNITIES = 8  # one is served by one process at a time
REMINDERS = 2_000
LEAST = 1.6


async def shared(url: str, folder: Path, effort: Effort) -> AsyncIterator[Figure]:
    """The rest of goal 11."""
    size, store = effort.times(REMINDERS, COMMUNITIES), open_store(url)
    await asyncio.to_thread(schema.upgrade, store.engine)
    await store.write(lambda db: settle(db, size))
    records = [folder / f"record-{n}" for n in range(2)]
    took: dict[int, list[float]] = {1: [], 2: []}
    doubled = lost = 0
    async with AsyncExitStack() as stack:
        workers = [
            await stack.enter_async_context(peer("workers", url, str(record), folder=folder)) for record in records
        ]
        for number in range(effort.rounds + 1):
            for together in (1, 2) if number % 2 else (2, 1):
                seconds, sent = await served(store, workers[:together], records, size)
                doubled += sum(times - 1 for times in sent.values())
                lost += size - len(sent)
                took[together] += [seconds] if number else []  # the first round warms up
    store.close()
    one, two = (size / statistics.median(took[n]) for n in (1, 2))
    what = f"the same by two processes, {COMMUNITIES} communities"
    yield Figure(
        "11", what, two, "/s", one, "by one of them", least=LEAST,
        note="all of them and the server share the processors",
        ratio_of_rounds=statistics.median(alone / both for alone, both in zip(took[1], took[2], strict=True)),
    )  # fmt: skip
    yield Figure("11", "of these handed over twice, or never", doubled + lost, "", most=0)


async def served(store: Store, workers: list[Peer], records: list[Path], size: int) -> tuple[float, Counter[str]]:
    """How long it took until all was handed over, and how often each was."""
    for record in records:
        record.write_text("", "utf-8")
    await store.write(lambda db: db.execute(text("DELETE FROM outbox")))
    await store.write(lambda db: put(db, Outbox, ringing(size)))
    began = time.perf_counter()
    await asyncio.gather(*(worker.ask() for worker in workers))
    took = time.perf_counter() - began
    return took, sum((recorded(record) for record in records), Counter[str]())


def settle(db: Session, people: int) -> None:
    """Several communities with as many people together."""
    put(db, Community, (Community(id=f"c{n}", name=f"Circle {n}", created=BEGAN).model_dump() for n in each()))
    spaces = (Space(id=f"s{n}", community_id=f"c{n}", platform="discord", ref=f"D{n}", created=BEGAN) for n in each())
    put(db, Space, (space.model_dump() for space in spaces))
    member = Member(community_id="", name="", status="member", created=BEGAN).model_dump()
    put(db, Member, ({**member, "id": f"m{n}", "name": f"Person {n}", **home(n)} for n in range(people)))
    account = Account(
        community_id="", member_id="", space_id="", platform="discord", ref="", seen=NOW, opened=BEGAN
    ).model_dump()
    own = (
        {"id": f"a{n}", "member_id": f"m{n}", "ref": f"u{n}", "space_id": f"s{n % COMMUNITIES}"} for n in range(people)
    )
    put(db, Account, ({**account, **one, **home(n)} for n, one in enumerate(own)))


def each() -> range:
    return range(COMMUNITIES)


def home(number: int) -> dict[str, Any]:
    return {"community_id": f"c{number % COMMUNITIES}"}


def ringing(size: int) -> Iterator[dict[str, Any]]:
    return ({**row, **home(n)} for n, row in enumerate(due_rows(size)))
