"""The composition root: settings become a store, an engine and the platforms that are set up, which run until told."""

import asyncio
import gc
import logging
import os
import signal
import time
from collections.abc import Iterator

from pydantic import SecretStr
from sqlmodel import Session, col, select

from bot import logs, metrics
from bot.backups import LOOK, Backups, Plan
from bot.cli.console import FAILED, WRONG_SETTINGS
from bot.cli.database import bring_up_to_date, open_store
from bot.cli.release import own_version
from bot.clock import SYNC, Clock, DatabaseClock, SystemClock
from bot.config import DISCORD_API, SLACK_API, Settings
from bot.engine import Adapter, Engine
from bot.erasing import Erasures
from bot.features import find_features
from bot.health import Watchman
from bot.leases import Alone, Leases, Shared
from bot.ports import CannotStart
from bot.quota import Quota
from bot.runtime import Defaults, Runtime
from storage import schema
from storage.backups import Keep
from storage.erasures import Journal
from storage.leases import clock as clock_of
from storage.people import Space
from storage.store import Store

log = logging.getLogger(__name__)
announced = logging.getLogger("bot.ready")

STOP_WITHIN = 20.0  # seconds; service managers kill after 30 or more


def run(settings: Settings) -> int:
    """Run the bot until a signal ends it; the exit status."""
    logs.configure(settings.log.level, settings.log.format, settings.secrets)
    announced.setLevel(logging.INFO)  # said at every level: scripts wait for it
    store = open_store(settings.database)
    try:
        bring_up_to_date(store)
    except BaseException:
        store.close()
        raise
    try:
        return asyncio.run(serve(settings, store))
    except Exception:
        log.exception("the bot ended by a mistake of its own")  # by way of the log, which hides secrets
        return FAILED


async def serve(settings: Settings, store: Store) -> int:
    """Everything between the first connection and the last; the exit status."""
    told = listen_for_signals()
    start = settings.community
    defaults = Defaults(start.zone, start.locale, start.name, start.purpose)
    most = settings.limits.calls_per_minute
    clock, leases = await among_others(store)
    engine = Engine(store, find_features(), clock.now, defaults, Quota(most) if most else None, leases)
    if isinstance(clock, DatabaseClock):
        engine.every(SYNC, clock.sync)
    engine.dispatcher.limits.openings = settings.limits.openings
    for adapter in platforms(settings, engine.runtime, engine.leases):
        engine.add(adapter)
    metrics.build.labels(own_version()).set(1)
    watchman = Watchman(engine, settings.health)
    await watchman.start()
    keep_house(engine, settings)
    starting = asyncio.create_task(engine.start(), name="start")
    ending = asyncio.create_task(told.wait(), name="signal")
    await asyncio.wait({starting, ending}, return_when=asyncio.FIRST_COMPLETED)
    status = 0
    if starting.done():
        status = await report(starting, engine, watchman)
    else:
        starting.cancel()
        await asyncio.wait({starting})
    if status == 0:
        await ending
    ending.cancel()
    watchman.stopping()
    status = await finish(engine, status)
    await watchman.stop()
    return status


def keep_house(engine: Engine, settings: Settings) -> None:
    """What goes on beside the chats."""
    engine.every(LOOK, Erasures(engine.store, Journal(settings.journal)).tick)
    kept = settings.backup
    if kept.enabled and not settings.database.shared:
        keep = Keep(kept.daily, kept.weekly, kept.monthly)
        plan = Plan(settings.database.path, settings.backups, kept.hour, keep)
        engine.every(LOOK, Backups(plan, engine.now).tick)


async def among_others(store: Store) -> tuple[Clock, Leases]:
    """The clock and the leases that all replicas on this database share; with SQLite, this process is the only one."""
    if store.dialect == "sqlite":
        return SystemClock(), Alone(time.monotonic)
    clock = DatabaseClock(lambda: store.read(clock_of))
    await clock.sync()
    return clock, Shared(store, clock.now, own_version(), schema.head())


def platforms(settings: Settings, runtime: Runtime, leases: Leases) -> Iterator[Adapter]:
    """An adapter for each platform that is set up; the others are not even imported."""
    if settings.discord.token:
        from adapters.discord.app import Discord

        api = "" if settings.discord.api == DISCORD_API else settings.discord.api
        token = settings.discord.token.get_secret_value()
        yield Discord(runtime, token, api=api, leases=leases, shards=settings.discord.shard_count)
    slack = settings.slack
    if slack.bot_tokens:
        from adapters.slack.app import Slack, Workspace

        yield Slack(
            runtime,
            [Workspace(w.bot_token.get_secret_value(), w.front_desk) for w in slack.installed],
            revealed(slack.app_token),
            signing_secret=revealed(slack.signing_secret),
            mode=slack.mode,
            api="" if slack.api == SLACK_API else slack.api,
            command=slack.command,
            host=slack.host,
            port=slack.port,
            leases=leases,
            sockets=slack.sockets,
        )


def revealed(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""


async def report(starting: "asyncio.Task[dict[str, Exception]]", engine: Engine, watchman: Watchman) -> int:
    """Say who is connected and who is not; the exit status if that is nobody."""
    try:
        failed = list((await starting).values())
    except ExceptionGroup as group:
        failed = list(group.exceptions)
    except Exception as only:  # noqa: BLE001  # told below, and the process ends
        failed = [only]
    for error in failed:
        # a refusal says in a sentence what to do; anything else is a mistake of ours
        log.error("%s", error, exc_info=None if isinstance(error, CannotStart) else error)
    if not engine.adapters:
        return WRONG_SETTINGS if all(isinstance(error, CannotStart) for error in failed) else FAILED
    spaces = await engine.store.read(active_spaces)
    connected = []
    for adapter in engine.adapters:
        names = [space.name or space.ref for space in spaces if space.platform == adapter.platform]
        connected.append(f"{adapter.platform.capitalize()} in {', '.join(names) or 'no chat yet'}")
    gc.collect()
    gc.freeze()  # what is there now is there to stay: later sweeps, for which everybody waits, pass it by
    told = f"ready: {'; '.join(connected)}"
    announced.info("%s", told)
    watchman.ready(told)
    return 0


def active_spaces(db: Session) -> list[Space]:
    return list(db.exec(select(Space).where(col(Space.active)).order_by(col(Space.created))))


def listen_for_signals() -> asyncio.Event:
    """Set by the first SIGTERM or SIGINT; the second one ends the process at once."""
    told = asyncio.Event()

    def heard(number: int) -> None:
        if told.is_set():
            os._exit(128 + number)
        log.info("stopping; what is under way is finished first, and a second signal stops at once")
        told.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, heard, number)
    return told


async def finish(engine: Engine, status: int) -> int:
    """Stop in an orderly way, or after a while in any way: what was acknowledged is on the disk in both."""
    stopping = asyncio.create_task(engine.stop(), name="stop")
    done, _ = await asyncio.wait({stopping}, timeout=STOP_WITHIN)
    if not done:
        log.error("not everything ended within %.0f s; the rest is taken up at the next start", STOP_WITHIN)
        logging.shutdown()
        os._exit(FAILED)
    await stopping
    log.info("stopped")
    return status
