"""A campaign: trials on both chats and both databases side by side, and the judge's word on each of them."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from sqlmodel import Session

from tests.databases import Database, Databases, lent
from tests.reliability.nursery import Nursery
from tests.reliability.orders import EVERYWHERE, Sabotage
from tests.reliability.replicas import Replicas
from tests.reliability.trial import DOWNTIME_SHARE, Trial
from tests.reliability.verdict import Verdict, judge

TELL_EVERY = 15.0  # seconds


@dataclass(frozen=True, slots=True)
class Judged:
    """One trial and what came of it."""

    trial: Trial
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class World:
    """A chat and a database, and how much they have to go through."""

    platform: str
    databases: Databases
    kills: int
    messages: int
    sabotage: Sabotage = ""
    points: tuple[str, ...] = EVERYWHERE
    downtimes: float = DOWNTIME_SHARE
    replicas: bool = False


async def campaign(
    nursery: Nursery, folder: Path, worlds: Sequence[World], seed: str, told: Callable[[str], None] | None = None
) -> list[Judged]:
    """Everything at once: while one bot starts, another one sends."""
    with ExitStack() as stack:
        databases = [stack.enter_context(lent(world.databases)) for world in worlds]
        running = [
            one(nursery, made(folder, f"{n}-{world.platform}-{database.dialect}"), world, database, seed, told)
            for n, (world, database) in enumerate(zip(worlds, databases, strict=True))
        ]
        return await asyncio.gather(*running)


async def one(
    nursery: Nursery,
    folder: Path,
    world: World,
    database: Database,
    seed: str,
    told: Callable[[str], None] | None,
) -> Judged:
    if world.replicas:
        trial: Trial = Replicas(nursery, folder, world.platform, database, seed=seed, downtimes=world.downtimes)
    else:
        trial = Trial(
            nursery, folder, world.platform, database,
            seed=seed, sabotage=world.sabotage, points=world.points, downtimes=world.downtimes,
        )  # fmt: skip
    telling = asyncio.create_task(tell(trial, world, told)) if told else None
    try:
        await trial.run(world.kills, world.messages)
    finally:
        if telling:
            telling.cancel()
    with Session(database.engine) as db:
        return Judged(trial, judge(trial, db))


async def tell(trial: Trial, world: World, told: Callable[[str], None]) -> None:
    """Say now and then how far a trial is."""
    while True:
        await asyncio.sleep(TELL_EVERY)
        kills, messages = trial.figures.kills.total(), len(trial.promises.items)
        told(f"{trial.name}: {kills:,} of {world.kills:,} kills, {messages:,} of {world.messages:,} messages")


def made(folder: Path, name: str) -> Path:
    inside = folder / name
    inside.mkdir()
    return inside
