"""Port: what an adapter must be, and how it says that something cannot be sent."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from bot.cards import Card
from bot.text import Reader


@dataclass(frozen=True, slots=True)
class Home:
    """A channel made for a place, and the role that goes with it."""

    channel: str
    role: str = ""


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
        """Let a person into a place.  Already being there is success."""

    async def unseat(self, space: str, home: Home, user: str) -> None:
        """Take a person out of a place.  Not being there is success."""
