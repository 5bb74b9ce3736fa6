"""A process that kills bots in the middle of a burst until one is through, and looks at the platform's record."""

import asyncio
import json
import os
import random
import signal
import sys
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from bot.engine import Engine
from bot.features import find_features
from storage.outbox import Outbox
from storage.store import open_store
from tests.bench.peers import say
from tests.bench.record import RecordChat, wrong
from tests.bench.reminders import bells, due_rows
from tests.bench.town import NOW, Builder, Town, put

LIVES = (1, 400)  # messages until a kill, at least and at most
AWAY = timedelta(minutes=1)  # between two lives: an attempt without an answer may be looked for again


def main() -> None:
    chance, builder = random.Random(20260302), Builder(Path.cwd())
    say({})
    for number, line in enumerate(sys.stdin):
        size = json.loads(line)["size"]
        path = asyncio.run(filled(builder, size))
        record, kills = path.with_name(f"record-{number}"), 0
        while not survived(path, record, NOW + AWAY * kills, chance.randint(*LIVES)):
            kills += 1
        say({"kills": kills, "wrong": wrong(record, {f"b{n}" for n in range(size)})})


async def filled(builder: Builder, size: int) -> Path:
    bot = await builder.bot(Town(people=size, polls=1, voted=0))
    await bot.store.write(lambda db: put(db, Outbox, due_rows(size)))
    bot.store.close()
    return Path(bot.store.where)


def survived(path: Path, record: Path, now: datetime, life: int) -> bool:
    """Whether a bot was through with the burst before it had sent so much.  It is forked, so that it starts at once."""
    reads, writes = os.pipe()
    bot = os.fork()
    if bot == 0:
        asyncio.run(ring_all(path, record, now, writes))
        os._exit(0)
    os.close(writes)
    with os.fdopen(reads) as lines:
        if sum(1 for _ in islice(lines, life)) == life:
            os.kill(bot, signal.SIGKILL)
    _, ended = os.waitpid(bot, 0)
    return ended == 0


async def ring_all(path: Path, record: Path, now: datetime, told: int) -> None:
    bot = Engine(open_store(f"sqlite:///{path}"), [*find_features(), bells], lambda: now)
    bot.add(RecordChat(record, told))
    await bot.returns()
    await bot.dispatcher.drain()
    bot.store.close()


if __name__ == "__main__":
    main()
