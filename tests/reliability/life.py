"""One life of the bot: the real engine, adapters and store, watched by crash points; or one that was sabotaged."""

import asyncio
import logging
import os
import random
import signal
import threading
import warnings
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import update
from sqlmodel import col

from adapters.discord.app import Discord
from adapters.slack.app import Slack, Workspace
from bot.cards import Card
from bot.clock import SystemClock
from bot.engine import Engine
from bot.features import find_features
from bot.leases import Shared
from bot.ports import Port
from bot.runtime import Defaults
from bot.text import Reader
from storage.columns import new_id
from storage.outbox import SENT, Outbox
from storage.store import Store, Unavailable, open_store
from tests.compiled import share_compiled
from tests.discord.server import BOT_TOKEN as DISCORD_TOKEN
from tests.reliability.crashes import Crashes
from tests.reliability.drill import WITHIN, Batch, drill
from tests.reliability.orders import TRY_AGAIN, Order
from tests.reliability.shared_clock import SharedClock
from tests.slack.server import APP_TOKEN
from tests.slack.server import BOT_TOKEN as SLACK_TOKEN
from tests.two_chats import two_chats

log = logging.getLogger(__name__)

FEATURES = [*find_features(), drill]
BELL = 0.04  # seconds between looks at the outbox: a clock that runs faster needs a faster bell
GUILD_WAIT = 0.01
LEASE, BEAT = timedelta(minutes=2), 0.4  # two seconds of ours, and five beats in them


def live(order: Order) -> None:
    """Never ends by itself, unless it is asked to."""
    random.seed(f"{order.seed} {order.life}")
    logging.basicConfig(filename=order.log, level=logging.WARNING, format=f"{order.life} %(name)s %(message)s")
    warnings.simplefilter("ignore")  # what is cut off by a kill cannot be closed
    asyncio.run(lived(order))


async def lived(order: Order) -> None:
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    clock = SharedClock(Path(order.clock), skew=order.skew)
    crashes = Crashes(order)
    store = open_store(order.database)
    leases = Shared(store, clock.now, "", "", lease=LEASE, beat=BEAT) if order.together else None
    engine = Engine(store, FEATURES, clock.now, Defaults("UTC"), leases=leases)
    for port in ports(order, engine):
        engine.add(port)
        crashes.watch_port(port)
        sabotage(order, store, port)
    crashes.watch_store(store)
    try:
        await engine.start()
    except Unavailable:
        log.exception("the database takes nothing, as when somebody who stands still holds a lock")
        os._exit(TRY_AGAIN)
    crashes.ready()
    while not told.is_set():
        engine.runtime.wake.set()
        await asyncio.sleep(BELL)
    await engine.stop()


def warm_up(databases: Sequence[str]) -> None:
    """Do everything once before anybody is born, so that no life has to do it for the first time."""
    share_compiled()
    for database in databases:
        asyncio.run(warmed(database))
    if threading.active_count() > 1:
        raise RuntimeError(f"nobody may be born while threads run: {threading.enumerate()}")


async def warmed(database: str) -> None:
    async with two_chats() as chats:
        engine = Engine(open_store(database), FEATURES, SystemClock().now, Defaults("UTC"))
        engine.add(Discord(engine.runtime, DISCORD_TOKEN, api=chats.discord.api, guild_wait=GUILD_WAIT))
        engine.add(Slack(engine.runtime, [Workspace(SLACK_TOKEN)], APP_TOKEN, api=chats.slack.api))
        await engine.start()
        await chats.slack.ready()
        ada, sam = await chats.link()
        there, here = await chats.asks(ada, "Lunch?", "Pizza, Sushi")
        await ada.click(there, "Pizza")
        await sam.click(here, "Pizza")
        start = int(SystemClock().now().timestamp()) - WITHIN
        await ada.command("drill plan", in_="general", batch=str(Batch("warm", 1, start, tells=0)))
        await chats.guild.channel("general").arrives(lambda m: "version 1" in m.text)
        await ada.command("drill change", in_="general", item="warm-1-0")
        await engine.dispatcher.drain()
        await engine.stop()


def ports(order: Order, engine: Engine) -> list[Any]:
    made: list[Any] = []
    if order.discord_api:
        made.append(
            Discord(engine.runtime, DISCORD_TOKEN, api=order.discord_api, guild_wait=GUILD_WAIT, leases=engine.leases)
        )
    if order.slack_api:
        made.append(
            Slack(engine.runtime, [Workspace(SLACK_TOKEN)], APP_TOKEN, api=order.slack_api, leases=engine.leases)
        )
    return made


# Builds that are wrong on purpose: a judge that lets them pass is no judge.


def sabotage(order: Order, store: Store, port: Port) -> None:
    send = port.send

    async def without_key(space: str, channel: str, card: Card, reader: Reader, key: str) -> str:
        return await send(space, channel, card, reader, new_id())

    async def never_found(space: str, channel: str, key: str, since: datetime) -> None:
        return None

    async def after_the_mark(space: str, channel: str, card: Card, reader: Reader, key: str) -> str:
        await store.write(lambda db: db.execute(update(Outbox).where(col(Outbox.id) == key).values(state=SENT)))
        return await send(space, channel, card, reader, key)

    match order.sabotage:
        case "no key":
            port.send = without_key  # type: ignore[method-assign]
        case "no looking back":
            port.find = never_found  # type: ignore[method-assign]
        case "marked before sending":
            port.send = after_the_mark  # type: ignore[method-assign]
        case "":
            pass
