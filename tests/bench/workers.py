"""A process that serves the outbox of a database beside others, and counts what it has handed over."""

import asyncio
import sys
import time
from pathlib import Path
from typing import Any

from bot.engine import Engine
from bot.features import find_features
from storage.store import open_store
from tests.bench.peers import serve
from tests.bench.record import RecordChat
from tests.bench.reminders import bells
from tests.bench.town import now


async def main(url: str, record: Path) -> None:
    bot = Engine(open_store(url), [*find_features(), bells], now)
    bot.add(RecordChat(record))

    async def answer(_: dict[str, Any]) -> dict[str, Any]:
        began = time.perf_counter()
        await bot.dispatcher.drain()
        return {"seconds": time.perf_counter() - began}

    await serve({}, answer)
    bot.store.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
