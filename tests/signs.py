"""A feature to send with: signs that show a setting of the community, and beats that count in one."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeAlias

from sqlmodel import Session, col, select

from bot.actions import Feature, Refuse, Role
from bot.calls import Turn
from bot.cards import Card, card
from bot.effects import Effect
from bot.planning import plan
from bot.text import Reader, said
from storage.outbox import Outbox
from storage.people import Community
from tests.turns import keep, ticking
from tests.world import MemoryChat, World

signs = Feature("signs")
NEWS = signs.kind("news", "News", "you like news")


@signs.view()
def sign(turn: Turn, name: str) -> Card | None:
    words = turn.community.settings.get(name)
    if words == "poison":
        raise RuntimeError(words)
    if words == "refused":
        raise Refuse("No longer.")
    return card(said(f"{name} {words}")) if words else None


@signs.action(needs=Role.SYSTEM)
def beat(turn: Turn, name: str) -> list[Effect]:
    """Count one more."""
    counted = turn.community.settings.get(name, 0)
    paint(turn, name, counted + 1)
    match turn.community.settings.get("beats"):
        case "poison":
            raise RuntimeError(name)
        case "refused":
            raise Refuse("No longer.")
        case _:
            return []


def paint(turn: Turn, name: str, words: object) -> None:
    keep(turn, **{name: words})


class SlowChat(MemoryChat):
    """A chat where sending to some channels takes until a test opens their gate, and where an answer may be lost."""

    def __init__(self, platform: str = "discord") -> None:
        super().__init__(platform)
        self.gates: dict[str, asyncio.Event] = {}
        self.begun: dict[str, asyncio.Event] = {}
        self.arrived = asyncio.Event()
        self.lost: list[Exception] = []  # raised after what was sent had arrived, first one first
        self.sealed: Exception | None = None  # raised by every edit
        self.sought: list[datetime] = []  # since when earlier attempts were looked for

    @classmethod
    def of(cls, world: World) -> "SlowChat":
        """This instead of the world's first chat."""
        chat = cls()
        world.chats[chat.platform] = chat
        world.engine.dispatcher.add(chat)
        return chat

    def shuts(self, channel: str) -> None:
        self.gates[channel], self.begun[channel] = asyncio.Event(), asyncio.Event()

    async def send(self, space: str, channel: str, card: Card, reader: Reader, key: str) -> str:
        if channel in self.gates:
            self.begun[channel].set()
            await self.gates[channel].wait()
        ref = await super().send(space, channel, card, reader, key)
        self.arrived.set()
        if self.lost:
            raise self.lost.pop(0)
        return ref

    async def edit(self, space: str, channel: str, ref: str, card: Card, reader: Reader) -> None:
        if self.sealed is not None:
            raise self.sealed
        await super().edit(space, channel, ref, card, reader)

    async def find(self, space: str, channel: str, key: str, since: datetime) -> str | None:
        self.sought.append(since)
        return await super().find(space, channel, key, since)


Work: TypeAlias = Callable[[Session], None]


def painting(**words: object) -> Work:
    """Change what signs say, and so the settings of the community."""

    def change(db: Session) -> None:
        community = first(db)
        community.settings = {**community.settings, **words}
        db.add(community)

    return change


def planning(world: World, *effects: Effect) -> Work:
    """Save what should happen, as a handler that returns it would."""

    def work(db: Session) -> None:
        plan(ticking(world, db, first(db).id), effects)

    return work


def shows(world: World, **words: object) -> None:
    world.write(painting(**words))


def plans(world: World, *effects: Effect) -> None:
    world.write(planning(world, *effects))


def first(db: Session) -> Community:
    return db.exec(select(Community)).one()


def rows(world: World) -> list[Outbox]:
    """The outbox in the order of writing."""
    return world.read(lambda db: list(db.exec(select(Outbox).order_by(col(Outbox.seq)))))


def row(world: World) -> Outbox:
    [only] = rows(world)
    return only


def stands(world: World, channel: str = "announcements", platform: str = "discord") -> list[str]:
    """What can be read in a channel, oldest first."""
    return [m.text for m in world.chat(platform).messages if m.channel == channel]


def changes(world: World, **values: object) -> None:
    """Change the only row by hand, as a crash would have left it."""

    def change(db: Session) -> None:
        found = db.exec(select(Outbox)).one()
        for name, value in values.items():
            setattr(found, name, value)
        db.add(found)

    world.write(change)


def later(world: World, **span: float) -> datetime:
    return world.clock.now() + timedelta(**span)
