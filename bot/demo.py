"""The demo: the whole bot with the playground as its chat, on a database that is gone afterwards."""

import asyncio
import signal
import tempfile
import webbrowser
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import typer
from sqlmodel import Session, select

from adapters.discord import render as discord
from adapters.playground.actor import Stumble
from adapters.playground.app import PORT, Draw, Due, Playground
from adapters.playground.seed import BEFORE, NAME, PURPOSE, ZONE, Seed, make_room
from adapters.playground.tour import tour
from adapters.slack import render as slack
from adapters.slack.mrkdwn import Pen
from bot.actions import App
from bot.cards import Card, Picture
from bot.clock import MovableClock
from bot.engine import Engine
from bot.features import find_features
from bot.runtime import Defaults
from bot.text import Reader, write
from storage import schema
from storage.outbox import PENDING, Outbox, coming
from storage.people import Community, Member
from storage.store import open_store

AHEAD = timedelta(days=31)
TUESDAY, HOUR = 1, 10  # a working morning: no quiet hours, no weekend


async def demo(port: int = PORT, *, headless: bool = False, open_browser: bool = True) -> int:
    """Play the tour, or serve the page until somebody stops it; the exit code."""
    with tempfile.TemporaryDirectory(prefix="commonplace-demo-") as folder:
        typer.echo("Setting up a small community:", nl=False, err=True)
        try:
            engine, playground = await build(Path(folder), draw=payloads(), port=port, tell=progress)
        except Stumble as problem:
            typer.echo(f"\nThe community could not be set up: {problem}", err=True)
            return 1
        typer.echo(" done.", err=True)
        try:
            return await play(playground) if headless else await serve(engine, playground, open_browser=open_browser)
        finally:
            await engine.stop()


async def build(
    folder: Path,
    *,
    draw: Draw,
    port: int = PORT,
    today: datetime | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> tuple[Engine, Playground]:
    """Store, engine, playground and what happened before, with a clock that stands on the Tuesday of this week."""
    clock = MovableClock(morning(today or datetime.now(UTC)) - BEFORE, runs=True)
    store = open_store(f"sqlite:///{folder / 'demo.db'}")
    await asyncio.to_thread(schema.upgrade, store.engine)
    engine = Engine(store, find_features(), clock.now, Defaults(zone=ZONE, name=NAME, purpose=PURPOSE))
    playground = Playground(
        engine.runtime,
        clock,
        room=make_room(),
        port=port,
        draw=draw,
        drain=engine.dispatcher.drain,
        coming=planned(engine, clock.now),
    )
    engine.add(playground)
    try:
        await Seed(playground, tell).play()
    except Exception:
        await engine.stop()
        raise
    return engine, playground


def progress(step: str) -> None:
    typer.echo(f" {step},", nl=False, err=True)


def morning(today: datetime) -> datetime:
    """Ten o'clock in the community's zone, on the Tuesday of this week."""
    local = today.astimezone(ZoneInfo(ZONE))
    return (local + timedelta(days=TUESDAY - local.weekday())).replace(hour=HOUR, minute=0, second=0, microsecond=0)


async def play(playground: Playground) -> int:
    try:
        await tour(playground, typer.echo)
    except Stumble as problem:
        typer.echo(f"\nThe tour stopped: {problem}.", err=True)
        return 1
    typer.echo("\nThat was the tour. `commonplace demo` opens the same community in your browser.")
    return 0


async def serve(engine: Engine, playground: Playground, *, open_browser: bool) -> int:
    try:
        await engine.start()
    except OSError as problem:
        typer.echo(f"The page cannot be opened at {playground.url}: {problem}. Try another --port.", err=True)
        return 1
    typer.echo(f"The playground is at {playground.url} (stop it with Ctrl+C)")
    if open_browser:
        await asyncio.to_thread(webbrowser.open, playground.url)
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # where the loop knows no signals, Ctrl+C ends it as any program
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await stopped.wait()
    return 0


def payloads() -> Draw:
    """What the real renderers make of a card."""
    return {"discord": draw_discord, "slack": draw_slack}


def draw_discord(card: Card, reader: Reader) -> dict[str, Any]:
    return discord.message(card, reader).body


def draw_slack(card: Card, reader: Reader) -> dict[str, Any]:
    """Pictures get the ids that Slack would give them after an upload."""
    pictures = {n: f"F{n:08}" for n, block in enumerate(card.blocks) if isinstance(block, Picture)}
    shown = slack.message(card, Pen(reader), pictures)
    return {"text": shown.text, "blocks": shown.blocks}


def planned(engine: Engine, now: Callable[[], datetime]) -> Callable[[], Awaitable[list[Due]]]:
    """What the outbox holds for later, soonest first."""

    def read(db: Session) -> list[Due]:
        community = db.exec(select(Community)).first()
        if community is None:
            return []
        rows = coming(db, community.id, now() + AHEAD)
        return [Due(row.due, in_words(engine.app, db, row)) for row in rows if row.state == PENDING]

    return lambda: engine.store.read(read)


def in_words(app: App, db: Session, row: Outbox) -> str:
    """A planned row in a few words: what it is, and whom or what it is for."""
    name = row.link.partition(":")[0]
    feature = name.partition(".")[0].capitalize()
    if row.op == "tell":
        member, kind = db.get(Member, row.member_id), app.kinds.get(row.kind)
        about = write(kind.about, Reader()) if kind else feature
        return f"{about}: a message to {member.name if member else 'somebody'}"
    if row.op == "post":
        return f"{feature}: a message in #{row.channel}"
    return f"{feature}: planned work, “{name.rpartition('.')[2].replace('_', ' ')}”"
