"""Port: what an adapter must be, and how it says that something cannot be sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from bot.calls import AccountRef
from bot.cards import Card
from bot.text import Reader


@dataclass(frozen=True, slots=True)
class Home:
    """A channel made for a place, and the role that goes with it."""

    channel: str
    role: str = ""


@dataclass(frozen=True, slots=True)
class Present:
    """Somebody who is in a space, as the platform shows them when it is asked.  Bots are nobody."""

    who: AccountRef
    since: datetime | None = None  # when they came, where the platform tells
    key: str = ""  # of that arrival, the same that its event has: heard of in both ways, it happened once
    screened: bool = True  # False until they have accepted the rules


@dataclass(frozen=True, slots=True)
class Roster:
    """What a space has now, fetched to the last page.  None: the platform does not let the bot see that."""

    name: str = ""
    people: Sequence[Present] | None = None
    # names by reference of all channels where the bot may write; empty names of those that serve nothing by their name
    channels: Mapping[str, str] | None = None
    # who sits in the homes that were asked for, by channel; None for a home that is broken; left out where nobody tells
    seats: Mapping[str, frozenset[str] | None] = field(default_factory=dict)


class Wait(Exception):
    """Not sent: the platform asks to wait, and with what.  Counts as no attempt."""

    def __init__(self, seconds: float, scope: Literal["channel", "opening", "space", "all"] = "channel") -> None:
        super().__init__(f"wait {seconds:.1f} s")
        self.seconds = seconds
        self.scope = scope


class Unsure(Exception):
    """Nobody knows whether it arrived: no answer, or an answer of the 5xx kind."""


class CannotLook(Exception):
    """The history may not be read: whether an earlier attempt arrived cannot be found out."""


class Gone(Exception):
    """The target does not exist any more, or the bot may not write there."""


class Lost(Gone):
    """A home is gone: its channel or its role was deleted.  Another one can be opened."""


class Closed(Exception):
    """This account takes no direct messages from the bot."""


class Rejected(Exception):
    """The platform will never take this: our mistake, or a setting that somebody has to change."""


class CannotStart(Exception):
    """A platform will not have us until somebody changes a setting; as a string, a sentence with what to do."""


class Port(Protocol):
    """One platform, for all its spaces.  Strings are the platform's own references; errors are those above.

    A ``key`` marks a message so that sending it again can be told from sending another one.
    """

    platform: str
    rate: float  # requests a second that it takes of one bot, all together

    def pause(self, space: str, channel: str) -> float:
        """Seconds until it takes another message in a channel, as its answers and its rules say; 0 for now."""

    async def send(self, space: str, channel: str, card: Card, reader: Reader, key: str) -> str:
        """Post a card; the message's reference."""

    async def edit(self, space: str, channel: str, ref: str, card: Card, reader: Reader) -> None:
        """Replace what a message shows.  Raises Gone when it was deleted."""

    async def direct(self, space: str, user: str) -> str:
        """The channel of direct messages with a person."""

    async def find(self, space: str, channel: str, key: str, since: datetime) -> str | None:
        """The message that carries a key, if an earlier attempt arrived.  Raises CannotLook."""

    async def open(self, space: str, name: str) -> Home:
        """Make a private channel (and a role where the platform has them); the same name again is the same one."""

    async def seat(self, space: str, home: Home, user: str) -> None:
        """Let a person into a place.  Already being there is success; raises Lost when the place is gone."""

    async def unseat(self, space: str, home: Home, user: str) -> None:
        """Take a person out of a place.  Not being there is success."""

    # What is there now: asked of the platform, never taken from memory.

    async def roster(self, space: str, homes: Sequence[Home]) -> Roster:
        """People, channels and seats, complete or not at all.  Raises Gone when the bot is not in that space."""

    async def present(self, space: str, user: str) -> Present | None:
        """One person; None when they are not in the space."""

    async def reaches(self, space: str, channel: str) -> bool:
        """Whether a channel is there and the bot may write in it."""

    async def stands(self, space: str, channel: str, ref: str) -> bool:
        """Whether a message is there still.  Where the bot may not look, it is."""
