"""The playground as a platform: a port for what the bot sends, and the way in for what people do on the page."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from adapters.playground import decode
from adapters.playground.page import Page
from adapters.playground.room import BOT, Channel, Message, Persona, Room, direct
from adapters.playground.visitor import beside
from bot.calls import AccountRef, Call, Form, Outcome
from bot.cards import Card, card
from bot.clock import MovableClock
from bot.effects import Attach, Reply
from bot.ports import Gone, Home, Present, Roster
from bot.runtime import Runtime
from bot.text import Reader, say, write

PORT = 8420
MOVE_MOST = timedelta(days=31)

Draw = Mapping[str, Callable[[Card, Reader], dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Due:
    """Something planned: when, and in a few words what."""

    at: datetime
    what: str


async def nothing() -> list[Due]:
    return []


class Playground:
    """A chat in memory with a page to use it.  ``draw`` makes a card's payload as other platforms would get it.

    ``drain`` does everything that is due; ``coming`` tells what is planned, soonest first.
    """

    platform = decode.PLATFORM
    connected = True  # it is in this process

    def __init__(
        self,
        runtime: Runtime,
        clock: MovableClock,
        *,
        room: Room,
        port: int = PORT,
        host: str = "127.0.0.1",
        draw: Draw,
        drain: Callable[[], Awaitable[None]],
        coming: Callable[[], Awaitable[list[Due]]] = nothing,
    ) -> None:
        self.runtime = runtime
        self.clock = clock
        self.room = room
        self.draw = draw
        self.coming = coming
        self._drain = drain
        self.page = Page(self, host, port)

    async def start(self) -> None:
        """Let the core know this chat, then open the page."""
        await self.settle()
        await self.page.start()

    async def stop(self) -> None:
        await self.page.stop()

    async def settle(self) -> None:
        names = {c.id: c.name for c in self.room.channels.values() if c.kind == "open"}
        await self.runtime.settle(self.platform, decode.SPACE, self.runtime.defaults.name, names)

    @property
    def url(self) -> str:
        return self.page.url

    # What the bot sends: the port.

    rate = float("inf")

    def pause(self, space: str, channel: str) -> float:  # noqa: ARG002
        return 0.0

    async def send(self, space: str, channel: str, card: Card, reader: Reader, key: str) -> str:  # noqa: ARG002
        if channel not in self.room.channels:
            raise Gone(channel)
        made = Message("", channel, self.clock.now(), card=card, reader=reader, key=key)
        return self.room.post(channel, self.clock.now(), made).ref

    async def edit(self, space: str, channel: str, ref: str, card: Card, reader: Reader) -> None:  # noqa: ARG002
        message = self.room.find(channel, ref)
        if message is None:
            raise Gone(ref)
        self.room.show(message, card, reader)

    async def direct(self, space: str, user: str) -> str:  # noqa: ARG002
        if user not in self.room.people:
            raise Gone(user)
        return direct(user)

    async def find(self, space: str, channel: str, key: str, since: datetime) -> str | None:  # noqa: ARG002
        return next((m.ref for m in self.room.messages.get(channel, ()) if m.key == key), None)

    async def open(self, space: str, name: str) -> Home:  # noqa: ARG002
        slug = re.sub(r"\W+", "-", name.lower()).strip("-") or "group"
        return Home(self.room.add(Channel(f"group-{slug}", slug, f"The group {name}", "closed")).id)

    async def seat(self, space: str, home: Home, user: str) -> None:  # noqa: ARG002
        self.room.channels[home.channel].seats.add(user)
        self.room.rearranged()

    async def unseat(self, space: str, home: Home, user: str) -> None:  # noqa: ARG002
        self.room.channels[home.channel].seats.discard(user)
        self.room.rearranged()

    async def roster(self, space: str, homes: Sequence[Home]) -> Roster:  # noqa: ARG002
        """People are not told: everybody was here from the beginning, and nobody goes."""
        channels = self.room.channels
        names = {c.id: c.name if c.kind == "open" else "" for c in channels.values()}
        seats = {home.channel: frozenset(channels[home.channel].seats) for home in homes if home.channel in channels}
        return Roster(self.runtime.defaults.name, None, names, seats)

    async def present(self, space: str, user: str) -> Present | None:
        found = self.room.people.get(user)
        return Present(AccountRef(self.platform, space, user, found.name)) if found else None

    async def reaches(self, space: str, channel: str) -> bool:  # noqa: ARG002
        return channel in self.room.channels

    async def stands(self, space: str, channel: str, ref: str) -> bool:  # noqa: ARG002
        return self.room.find(channel, ref) is not None

    # What people do.

    async def run(self, person: Persona, call: Call, *, used: str, clicked: Message | None = None) -> Outcome:
        """Run a call and put what it answers into the room, where ``person`` sees it."""
        outcome = await self.runtime.run(call)
        if outcome.reader.zone.key and outcome.shown:
            self.room.zones[person.id] = outcome.reader.zone.key
        silent = not outcome.shown and used.startswith(
            "/"
        )  # a button's card shows that it was pressed, a command does not
        for shown in (Reply(card(say("Done."))),) if silent else outcome.shown:
            if not isinstance(shown, Form) and not beside(outcome):
                self._show(person, call.spot.channel, shown, outcome.reader, used, clicked)
        self.page.refresh()
        return outcome

    def _show(
        self, person: Persona, channel: str, shown: Reply | Attach, reader: Reader, used: str, clicked: Message | None
    ) -> None:
        now = self.clock.now()
        answer = Message("", channel, now, BOT, reader=reader, only=person.id, used=used, used_by=person.id)
        match shown:
            case Reply(to="replace") if clicked is not None and clicked.card is not None:
                self.room.show(clicked, shown.card, reader)
                return
            case Reply(to=to):
                answer.card = shown.card
                answer.only = "" if to == "public" else person.id
            case Attach(file=file, about=about):
                answer.text, answer.attached = write(about, reader), file
        self.room.post(channel, now, answer)

    async def arrive(self, person: Persona) -> None:
        """Somebody comes into the chat."""
        await self.runtime.happen("arrived", decode.account(person))

    async def settled(self) -> None:
        """Everything that is due is done."""
        await self._drain()

    # Time.

    async def move(self, by: timedelta) -> None:
        """Let time pass; what falls due in between happens in between."""
        until = self.clock.now() + min(by, MOVE_MOST)
        while (at := await self._next()) is not None and at <= until:
            self.clock.move(at - self.clock.now())
            await self._drain()
        self.clock.move(max(until - self.clock.now(), timedelta(0)))
        await self._drain()
        self.page.tell_time()

    async def move_to_next(self) -> None:
        """Let time pass until the next thing that is planned."""
        at = await self._next()
        if at is not None:
            self.clock.move(at - self.clock.now())
            await self._drain()
        self.page.tell_time()

    async def _next(self) -> datetime | None:
        now = self.clock.now()
        return next((due.at for due in await self.coming() if due.at > now), None)
