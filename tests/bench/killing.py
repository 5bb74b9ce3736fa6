"""A process that kills bots in the middle of their votes, and looks for what they had acknowledged."""

import asyncio
import os
import random
import shutil
import signal
import sqlite3
import sys
import time
from contextlib import closing
from itertools import count
from pathlib import Path

from bot.engine import Engine
from tests.bench.peers import say
from tests.bench.town import Builder, Town, reopened
from tests.bench.votes import CALLERS

LIVES = (0.05, 0.4)  # seconds until a kill, at least and at most


def main() -> None:
    town, chance = Town(), random.Random(20260302)
    filled = asyncio.run(template(town))
    say({})
    for number, _ in enumerate(sys.stdin):
        path = filled.with_name(f"killed-{number}.db")
        shutil.copy(filled, path)
        answered = voted_until_killed(path, town, chance.uniform(*LIVES))
        say({"said": len(answered), "lost": sum(1 for n in answered if not kept(path, town, n))})


async def template(town: Town) -> Path:
    bot = await Builder(Path.cwd()).bot(town)
    bot.store.close()
    return Path(bot.store.where)


def voted_until_killed(path: Path, town: Town, life: float) -> list[int]:
    """The votes that a bot answered before it was killed.  It is forked, so that it need not start from nothing."""
    reads, writes = os.pipe()
    bot = os.fork()
    if bot == 0:
        asyncio.run(vote_for_ever(reopened(path), town, writes))
    os.close(writes)
    with os.fdopen(reads) as lines:
        first = lines.readline()  # from now on it is at work
        time.sleep(life)
        os.kill(bot, signal.SIGKILL)
        answered = [first, *lines]
    os.waitpid(bot, 0)
    return [int(line) for line in answered if line.endswith("\n")]


async def vote_for_ever(bot: Engine, town: Town, told: int) -> None:
    numbers = count()

    async def caller() -> None:
        while True:
            number = next(numbers)
            outcome = await bot.runtime.run(town.voting(number))
            if "Your vote" in repr(outcome):
                os.write(told, f"{number}\n".encode())

    await asyncio.gather(*(caller() for _ in range(CALLERS)))


def kept(path: Path, town: Town, number: int) -> bool:
    """Whether the file has this vote, and has it as handled."""
    call = town.voting(number)
    poll, choice = call.link.args
    with closing(sqlite3.connect(path)) as raw:
        handled = raw.execute("SELECT 1 FROM inbox WHERE key = ?", (call.key,)).fetchone()
        voted = raw.execute(
            "SELECT number FROM vote WHERE poll_id = ? AND member_id = ?", (poll, f"m{number % town.people}")
        ).fetchone()
    return handled is not None and voted == (int(choice),)


if __name__ == "__main__":
    main()
