"""A small community to talk to: real core, a real database, a clock that only tests move."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count as numbers
from math import ceil
from typing import Any, Self, TypeVar

from sqlmodel import Session, col, select

from bot.actions import Feature, Link, Role
from bot.calls import AccountRef, Call, Form, Outcome, Quoted, Raw, Spot
from bot.cards import Button, Card, Menu, Row, texts
from bot.clock import MovableClock
from bot.effects import Attach, Reply
from bot.engine import Engine
from bot.features import find_features
from bot.ports import Closed, Gone, Home, Lost, Present, Roster
from bot.runtime import Defaults
from bot.text import Reader, write
from storage.outbox import PENDING, SENDING, Outbox
from storage.people import Account, Community, Member, account_of, space_of
from tests.databases import Database

T = TypeVar("T")
HOUR = timedelta(hours=1)
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday; Berlin is an hour ahead until 29 March


@dataclass(slots=True)
class Message:
    """What stands in a chat now."""

    space: str
    channel: str
    ref: str
    card: Card
    reader: Reader
    key: str
    edits: int = 0

    @property
    def text(self) -> str:
        return english(self.card, self.reader)

    @property
    def buttons(self) -> list[str]:
        return [write(b.label, self.reader) for b in buttons(self.card)]


@dataclass(slots=True)
class MemoryChat:
    """A platform in memory: it keeps what stands where, and can refuse."""

    platform: str
    messages: list[Message] = field(default_factory=list)
    homes: dict[tuple[str, str], Home] = field(default_factory=dict)
    seats: set[tuple[str, str, str]] = field(default_factory=set)  # space, channel, user
    closed: set[str] = field(default_factory=set)  # users who take no direct messages
    gone: set[str] = field(default_factory=set)  # channels that were deleted
    faults: list[Exception] = field(default_factory=list)  # raised by the next sends, first one first
    people: dict[str, dict[str, Present]] = field(default_factory=dict)  # who is there, by space and reference
    channels: dict[str, dict[str, str]] = field(default_factory=dict)  # names by space and reference
    lists: dict[str, Roster] = field(default_factory=dict)  # what a space answers instead of what it has
    deaf: list[Exception] = field(default_factory=list)  # raised by the next rosters, first one first
    asked: list[str] = field(default_factory=list)  # what was asked for by itself
    rate: float = float("inf")
    connected: bool = True
    _numbers: Iterator[int] = field(default_factory=lambda: numbers(1))

    def pause(self, space: str, channel: str) -> float:
        return 0.0

    async def send(self, space: str, channel: str, card: Card, reader: Reader, key: str) -> str:
        if self.faults:
            raise self.faults.pop(0)
        if channel in self.gone:
            raise Gone(channel)
        ref = str(next(self._numbers))
        self.messages.append(Message(space, channel, ref, card, reader, key))
        return ref

    async def edit(self, space: str, channel: str, ref: str, card: Card, reader: Reader) -> None:
        for message in self.messages:
            if (message.space, message.channel, message.ref) == (space, channel, ref):
                message.card, message.reader, message.edits = card, reader, message.edits + 1
                return
        raise Gone(ref)

    async def direct(self, space: str, user: str) -> str:
        if user in self.closed:
            raise Closed(user)
        return f"dm-{user}"

    async def find(self, space: str, channel: str, key: str, since: datetime) -> str | None:
        return next((m.ref for m in self.messages if (m.channel, m.key) == (channel, key)), None)

    async def open(self, space: str, name: str) -> Home:
        found = self.homes.get((space, name))
        if found is None or found.channel in self.gone:
            number = sum(channel.startswith(f"home-{name}") for channel in self.gone)
            found = Home(f"home-{name}{number or ''}", f"role-{name}")
        self.homes[space, name] = found
        return found

    async def seat(self, space: str, home: Home, user: str) -> None:
        if home.channel in self.gone:
            raise Lost(home.channel)
        self.seats.add((space, home.channel, user))

    async def unseat(self, space: str, home: Home, user: str) -> None:
        if home.channel in self.gone:
            raise Lost(home.channel)
        self.seats.discard((space, home.channel, user))

    async def roster(self, space: str, homes: Sequence[Home]) -> Roster:
        if self.deaf:
            raise self.deaf.pop(0)
        if space in self.lists:
            return self.lists[space]
        here = set(self.channels.get(space, {})) | {home.channel for (at, _), home in self.homes.items() if at == space}
        seats = {
            home.channel: None
            if home.channel in self.gone
            else frozenset(user for at, channel, user in self.seats if (at, channel) == (space, home.channel))
            for home in homes
        }
        channels = {ref: self.channels.get(space, {}).get(ref, "") for ref in here - self.gone}
        return Roster("Practice Circle", list(self.people.get(space, {}).values()), channels, seats)

    async def present(self, space: str, user: str) -> Present | None:
        self.asked.append(user)
        return self.people.get(space, {}).get(user)

    async def reaches(self, space: str, channel: str) -> bool:
        self.asked.append(channel)
        homes = {home.channel for (at, _), home in self.homes.items() if at == space}
        return channel not in self.gone and channel in (homes | set(self.channels.get(space, {})))

    async def stands(self, space: str, channel: str, ref: str) -> bool:
        return any((m.space, m.channel, m.ref) == (space, channel, ref) for m in self.messages)

    async def start(self) -> None:
        pass

    async def stop(self) -> None:
        pass


@dataclass(slots=True)
class Seen:
    """What a person saw after they did something."""

    person: "Actor"
    outcome: Outcome

    @property
    def text(self) -> str:
        """Everything that was said, or asked, in words."""
        return "\n".join(self._words(shown) for shown in self.outcome.shown)

    def _words(self, shown: Reply | Form | Attach) -> str:
        match shown:
            case Reply(card=card):
                return english(card, self.outcome.reader)
            case Form():
                problems = [write(p.text, self.outcome.reader) for p in shown.problems]
                return "\n".join([write(shown.title, self.outcome.reader), *(p.label for p in shown.fields), *problems])
            case Attach(file=file, about=about):
                return f"{write(about, self.outcome.reader)}\n[{file.name}]"

    @property
    def card(self) -> Card:
        """The one card that was shown."""
        [card] = [s.card for s in self.outcome.shown if isinstance(s, Reply)]
        return card

    @property
    def form(self) -> Form:
        [form] = [s for s in self.outcome.shown if isinstance(s, Form)]
        return form

    @property
    def buttons(self) -> list[str]:
        cards = [s.card for s in self.outcome.shown if isinstance(s, Reply)]
        return [write(b.label, self.outcome.reader) for card in cards for b in buttons(card)]

    def clicks(self, label: str) -> "Seen":
        return self.person.clicks(label, on=self)

    def selects(self, *values: str) -> "Seen":
        return self.person.selects(*values, on=self)

    def submits(self, **answers: Raw) -> "Seen":
        """Fill in the form that was shown; what was filled in already stays unless it is answered."""
        return self.person.sends(self.form.link, {**self.form.filled, **answers})


@dataclass(frozen=True)
class Actor:
    """Somebody in one chat of the community."""

    world: "World"
    account: AccountRef

    def uses(self, command: str, in_: str = "general", **answers: Raw) -> Seen:
        """Type a command with its answers."""
        action = self.world.engine.app.commands[command]
        return self._run(self._call(action.link(), in_, answers))

    def follows(self, link: Link, in_: str = "general", **answers: Raw) -> Seen:
        """Press what leads to a link, with the answers that a menu gives."""
        return self._run(self._call(link, in_, answers))

    def sends(self, link: Link, answers: Mapping[str, Raw], in_: str = "general") -> Seen:
        """Send a form."""
        return self._run(replace(self._call(link, in_, answers), submitted=True))

    def _call(self, link: Link, in_: str, answers: Mapping[str, Raw]) -> Call:
        return Call(link, self.account, Spot(in_, private=in_ == "dm"), answers, form_size=self.world.form_size)

    def clicks(self, label: str, on: "Seen | Message | Card", in_: str = "general") -> Seen:
        [button] = [b for b in buttons(*cards(on)) if b.then and write(b.label, Reader()) == label]
        return self.follows(found(button.then), in_=in_)

    def selects(self, *values: str, on: "Seen | Message | Card", in_: str = "general") -> Seen:
        """Choose lines of the card's menu, by value or by label."""
        [menu] = [c for card in cards(on) for c in card.controls if isinstance(c, Menu)]
        known = {write(o.label, Reader()): o.value for o in menu.options}
        return self._run(self._call(menu.then, in_, {menu.field: [known.get(v, v) for v in values]}))

    def quotes(self, action: str, quoted: Quoted, in_: str = "general") -> Seen:
        """Use a message command on somebody's message."""
        link = self.world.engine.app.messages[action].link()
        return self._run(Call(link, self.account, Spot(in_), quoted=quoted, form_size=self.world.form_size))

    def types(self, command: str, field: str, text: str) -> list[str]:
        """The suggestions while typing into a field."""
        call = Call(self.world.engine.app.commands[command].link(), self.account, Spot("general"))
        options, reader = self.world.wait(self.world.engine.runtime.suggest(call, field, text))
        return [write(o.label, reader) for o in options]

    def again(self, call: Call) -> Seen:
        return self._run(call)

    def arrives(self, event: str = "arrived") -> None:
        """Come into the chat, as the platform tells it."""
        self.world.wait(self.world.engine.runtime.happen(event, self.account))  # type: ignore[arg-type]
        self.world.settles()

    @property
    def dms(self) -> list[Message]:
        """Direct messages from the bot, oldest first."""
        return [m for m in self.world.chat(self.account.platform).messages if m.channel == f"dm-{self.account.user}"]

    @property
    def home(self) -> str:
        """Their own page in words."""
        shown = self.world.wait(self.world.engine.runtime.home(self.account))
        return "" if shown is None else english(*shown)

    @property
    def member(self) -> Member:
        return self.world.read(self._member)

    def _member(self, db: Session) -> Member:
        space = space_of(db, self.account.platform, self.account.space)
        account: Account | None = account_of(db, space.id, self.account.user) if space else None
        assert account is not None, f"{self.account.name} was never seen"
        return db.get_one(Member, account.member_id)

    def _run(self, call: Call) -> Seen:
        outcome = self.world.wait(self.world.engine.runtime.run(call))
        self.world.settles()
        return Seen(self, outcome)


class World:
    """One community on two chats in memory.  People talk to the real runtime; time passes when a test says so."""

    form_size = 100

    def __init__(self, database: Database, features: list[Feature] | None = None) -> None:
        self.loop = asyncio.new_event_loop()
        self.clock = MovableClock(START)
        self.database = database
        self.store = database.opens()
        self.engine = Engine(self.store, features or find_features(), self.clock.now, Defaults("Europe/Berlin"))
        self.chats = {name: MemoryChat(name) for name in ("discord", "slack")}
        for chat in self.chats.values():
            self.engine.add(chat)
        self.opens("discord", "D1")

    def opens(self, platform: str, space: str, *names: str) -> None:
        """The bot comes into a chat that has the usual channels."""
        channels = {name: name for name in ("general", "announcements", "welcome", "resources", *names)}
        self.chats[platform].channels[space] = channels
        self.wait(self.engine.runtime.settle(platform, space, "Practice Circle", channels))

    def links(self, platform: str, space: str) -> None:
        """Attach another chat to the first one's community, as two coordinators would with ``community link``."""
        self.opens(platform, space)
        first, second = self.person("first-admin", admin=True), self.person("second-admin", platform, space, admin=True)
        offer = first.uses("community link")
        code = offer.text.split("The code is ")[1].split(".")[0]
        second.uses("community link", code=code).clicks("Link them")
        offer.clicks("They have used it").clicks("Yes, link")

    def person(
        self, name: str, platform: str = "discord", space: str = "D1", *, admin: bool = False, **more: str
    ) -> Actor:
        """Somebody who is in the chat, and not yet a member."""
        return Actor(self, AccountRef(platform, space, name.lower(), name.capitalize(), admin=admin, **more))

    def member(self, name: str, platform: str = "discord", space: str = "D1", role: Role = Role.MEMBER) -> Actor:
        """Somebody who has joined."""
        actor = self.person(name, platform, space)
        actor.uses("join").clicks("Join")

        def grant(db: Session) -> None:
            row = actor._member(db)
            row.role = role
            db.add(row)

        self.write(grant)
        return actor

    def coordinator(self, name: str, platform: str = "discord", space: str = "D1") -> Actor:
        return self.member(name, platform, space, Role.COORDINATOR)

    def chat(self, platform: str = "discord") -> MemoryChat:
        return self.chats[platform]

    def card(self, start: str, platform: str = "discord", channel: str | None = None) -> Message:
        """The one message of a chat whose words contain this."""
        here = [m for m in self.chat(platform).messages if start in m.text and channel in (None, m.channel)]
        assert len(here) == 1, f"{len(here)} messages with {start!r}: {[m.text for m in self.chat(platform).messages]}"
        return here[0]

    def passes(self, **span: float) -> None:
        """Time goes by, by whole hours so that what falls due in between happens in between."""
        until = self.clock.now() + timedelta(**span)
        while (now := self.clock.now()) < until:
            hours = max(1, ceil((self._soonest(until) - now) / HOUR))
            self.clock.move(min(hours * HOUR, until - now))
            self.settles()

    def _soonest(self, until: datetime) -> datetime:
        """When the next open row of the outbox may be served, if any is before that; long ago if one is held up."""
        rows = select(Outbox.due, Outbox.retry).where(col(Outbox.state).in_((PENDING, SENDING)))
        return self.read(lambda db: min((max(due, retry or due) for due, retry in db.exec(rows)), default=until))

    def until(self, at: datetime) -> None:
        self.passes(seconds=(at - self.clock.now()).total_seconds())

    def looks(self) -> None:
        """After a gap, everything is compared with what the chats have now."""
        self.engine.reconciler.pause = 0
        self.engine.reconciler.all()
        self.wait(self.engine.reconciler.catch_up())
        self.settles()

    def settles(self) -> None:
        """Everything that is due is done."""
        self.wait(self.engine.dispatcher.drain())

    def restarts(self) -> Self:
        """The process ends and another one starts on the same database."""
        self.store.close()
        self.store = self.database.opens()
        self.engine = Engine(self.store, list(self.engine.app.features), self.clock.now)
        for chat in self.chats.values():
            self.engine.add(chat)
        self.wait(self.engine.returns())
        self.settles()
        return self

    def read(self, work: Callable[[Session], T]) -> T:
        return self.wait(self.store.read(work))

    def write(self, work: Callable[[Session], T]) -> T:
        return self.wait(self.store.write(work))

    def wait(self, coming: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(coming)

    @property
    def community(self) -> Community:
        def first(db: Session) -> Community:
            space = space_of(db, "discord", "D1")
            assert space is not None
            return db.get_one(Community, space.community_id)

        return self.read(first)

    def close(self) -> None:
        self.store.close()
        self.loop.close()


def english(card: Card, reader: Reader = Reader()) -> str:
    """A card in words, a block a line, with its buttons in brackets."""
    body = []
    skip = {id(c.label) for c in card.controls} | {id(b.label) for b in rows(card)}
    body = [write(t, reader) for t in texts(card) if t and id(t) not in skip]
    ends = [f"[{write(b.label, reader)}]" for b in (*rows(card), *card.controls)]
    return "\n".join((*body, " ".join(ends))).strip()


def rows(card: Card) -> list[Button]:
    return [b.accessory for b in card.blocks if isinstance(b, Row) and b.accessory]


def buttons(*shown: Card) -> list[Button]:
    return [b for card in shown for b in (*rows(card), *(c for c in card.controls if isinstance(c, Button)))]


def cards(on: Seen | Message | Card) -> list[Card]:
    match on:
        case Card():
            return [on]
        case Message():
            return [on.card]
        case Seen():
            return [s.card for s in on.outcome.shown if isinstance(s, Reply)]


def found(link: Link | None) -> Link:
    assert link is not None
    return link
