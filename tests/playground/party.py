"""A small playground to talk to: the real core and features, three people, a clock that only tests move."""

import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse

from adapters.playground.actor import Actor, words
from adapters.playground.app import Playground
from adapters.playground.room import Channel, Message, Persona, Room
from bot.clock import MovableClock
from bot.demo import payloads, planned
from bot.engine import Engine
from bot.features import find_features
from bot.runtime import Defaults
from storage.store import open_store

START = datetime(2026, 3, 3, 9, tzinfo=UTC)  # a Tuesday, 10:00 in Berlin
PEOPLE = (
    Persona("ana", "Ana Ribeiro", "has just arrived", lead=True),
    Persona("ben", "Ben Hollis", "is a member", "Europe/London", lead=True),
    Persona("chiara", "Chiara Conti", "coordinates", "Europe/Rome", admin=True, lead=True),
)


@dataclass(slots=True)
class Party:
    """An engine with the playground as its only chat."""

    engine: Engine
    playground: Playground

    @property
    def room(self) -> Room:
        return self.playground.room

    def actor(self, person: str, channel: str = "general") -> Actor:
        return Actor(self.engine.runtime, self.room, person, channel)

    async def joins(self, *people: str) -> None:
        for person in people:
            seen = await self.actor(person).uses("join")
            await self.actor(person).presses("Join", seen)
        await self.playground.settled()

    async def asks(self, question: str, *choices: str, closes: str = "friday 12:00") -> Message:
        """Chiara posts a poll."""
        chiara = self.actor("chiara")
        seen = await chiara.uses("poll create", question=question, choices="\n".join(choices), closes=closes)
        await chiara.presses("Ask it", seen)
        await self.playground.settled()
        return self.card(question)

    def card(self, title: str, channel: str = "general") -> Message:
        return next(m for m in reversed(self.room.messages[channel]) if m.card and title in words(m))


def make_party(folder: Path, template: Path) -> Party:
    path = folder / "party.db"
    shutil.copy(template, path)
    clock = MovableClock(START)
    engine = Engine(
        open_store(f"sqlite:///{path}"),
        find_features(),
        clock.now,
        Defaults("Europe/Berlin", name="Circle", purpose="To learn"),
    )
    room = Room(PEOPLE, [Channel(name, name, f"About {name}") for name in ("general", "announcements")])
    playground = Playground(
        engine.runtime,
        clock,
        room=room,
        port=0,
        draw=payloads(),
        drain=engine.dispatcher.drain,
        coming=planned(engine, clock.now),
    )
    engine.add(playground)
    return Party(engine, playground)


@dataclass(slots=True)
class Tab:
    """An open page, as far as its connection goes."""

    socket: ClientWebSocketResponse
    heard: list[dict[str, Any]] = field(default_factory=list)
    numbers: int = 0

    async def until(self, kind: str, **expected: Any) -> dict[str, Any]:
        """The next news of this kind that has these values."""
        while True:
            news = await self.socket.receive_json(timeout=10)
            self.heard.append(news)
            if news["is"] == kind and all(news.get(name) == value for name, value in expected.items()):
                found: dict[str, Any] = news
                return found

    async def does(self, gesture: str, **more: Any) -> str:
        """Send a gesture; its number."""
        self.numbers += 1
        number = more.pop("id", f"n{self.numbers}")
        await self.socket.send_json({"do": gesture, "id": number, "channel": "general", **more})
        return str(number)

    async def is_(self, person: str, look: str = "playground") -> dict[str, Any]:
        """Become somebody; everything that they see."""
        await self.does("be", person=person, look=look)
        return await self.until("state", me=person)

    async def asks(self, gesture: str, **more: Any) -> dict[str, Any]:
        """Do something that is answered."""
        number = await self.does(gesture, **more)
        return await self.until("answer", id=number)

    async def card(self, title: str) -> dict[str, Any]:
        """The next message whose card says this."""
        while True:
            message: dict[str, Any] = (await self.until("message"))["message"]
            if title in str(message.get("card", "")):
                return message


async def open_tab(session: ClientSession, playground: Playground) -> Tab:
    url = playground.url
    return Tab(await session.ws_connect(f"{url}ws", origin=url.rstrip("/")))
