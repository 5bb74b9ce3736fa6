"""The room: who is there, which channels they see, and what stands in them.  In memory; a restart empties it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

from bot.cards import Card, File, Picture
from bot.text import Reader

KEPT = 400  # messages of a channel; older ones are let go
BOT = "commonplace"


@dataclass(frozen=True, slots=True)
class Persona:
    """Somebody whom the person at the page can be."""

    id: str
    name: str
    about: str  # "a member", under the name
    zone: str = ""  # IANA name, as Slack tells it; empty when the chat does not know
    admin: bool = False  # manages the chat
    lead: bool = False  # one of the few that are offered first


@dataclass(slots=True)
class Channel:
    """A channel.  ``seats`` are those who see it; everybody when it is open."""

    id: str
    name: str
    topic: str = ""
    kind: str = "open"  # open, closed, direct
    seats: set[str] = field(default_factory=set)

    def seen_by(self, person: str) -> bool:
        return self.kind == "open" or person in self.seats


@dataclass(slots=True)
class Message:
    """What stands in a channel: somebody's words, or a card of the bot."""

    ref: str
    channel: str
    at: datetime
    by: str = BOT
    text: str = ""
    card: Card | None = None
    reader: Reader = Reader()
    key: str = ""
    only: str = ""  # the one who sees it; everybody in the channel when empty
    used: str = ""  # the command or button that this answers
    used_by: str = ""
    attached: File | None = None
    edits: int = 0

    @property
    def files(self) -> list[File]:
        """Pictures of the card, in order, or the file that was handed over."""
        pictures = [b.file for b in self.card.blocks if isinstance(b, Picture)] if self.card else []
        return [*pictures, *([self.attached] if self.attached else [])]


class Room:
    """Channels and messages.  ``watch`` is called with whatever is new, changed or gone."""

    def __init__(self, people: Iterable[Persona], channels: Iterable[Channel]) -> None:
        self.people = {person.id: person for person in people}
        self.zones: dict[str, str] = {}  # what people set as their own, once the bot has told it
        self.channels = {channel.id: channel for channel in channels}
        self.messages: dict[str, list[Message]] = {channel: [] for channel in self.channels}
        self.watch: Callable[[Message], None] = lambda _: None
        self.dropped: Callable[[Message], None] = lambda _: None
        self.rearranged: Callable[[], None] = lambda: None
        self._numbers = count(1)
        self._read: dict[tuple[str, str], int] = {}
        for person in self.people.values():
            self.add(Channel(direct(person.id), "Commonplace", "Between you and the bot", "direct", {person.id}))

    def add(self, channel: Channel) -> Channel:
        """A channel; one of the same id stays what it is."""
        if channel.id not in self.channels:
            self.channels[channel.id] = channel
            self.messages[channel.id] = []
            self.rearranged()
        return self.channels[channel.id]

    def post(self, channel: str, at: datetime, message: Message) -> Message:
        """Put a message at the end of a channel."""
        message.ref, message.channel, message.at = str(next(self._numbers)), channel, at
        kept = self.messages[channel]
        kept.append(message)
        if len(kept) > KEPT:
            self.dropped(kept.pop(0))
        self.watch(message)
        return message

    def say(self, person: str, channel: str, at: datetime, text: str) -> Message:
        """Somebody writes something that is no command."""
        return self.post(channel, at, Message("", channel, at, person, text))

    def show(self, message: Message, card: Card, reader: Reader) -> None:
        """Replace what a message shows."""
        message.card, message.reader, message.edits = card, reader, message.edits + 1
        self.watch(message)

    def drop(self, message: Message) -> None:
        self.messages[message.channel].remove(message)
        self.dropped(message)

    def find(self, channel: str, ref: str) -> Message | None:
        return next((m for m in self.messages.get(channel, ()) if m.ref == ref), None)

    def channels_of(self, person: str) -> list[Channel]:
        return [channel for channel in self.channels.values() if channel.seen_by(person)]

    def seen(self, person: str, channel: str) -> list[Message]:
        """What somebody sees in a channel, oldest first."""
        here = self.channels.get(channel)
        if here is None or not here.seen_by(person):
            return []
        return [m for m in self.messages[channel] if m.only in ("", person)]

    def read(self, person: str, channel: str) -> None:
        """They have seen everything that stands there now."""
        self._read[person, channel] = max((int(m.ref) for m in self.seen(person, channel)), default=0)

    def unread(self, person: str) -> dict[str, int]:
        """How many messages of others are new to somebody, by channel."""
        found = {}
        for channel in self.channels_of(person):
            after = self._read.get((person, channel.id), 0)
            found[channel.id] = sum(int(m.ref) > after and m.by != person for m in self.seen(person, channel.id))
        return found


def direct(person: str) -> str:
    """The channel between somebody and the bot."""
    return f"dm-{person}"
