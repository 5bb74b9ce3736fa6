"""Effects: what a handler wants to happen.  Values only; the runtime and the adapters make them happen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal, TypeAlias

from bot.cards import Card, File
from bot.text import Text

if TYPE_CHECKING:
    from bot.actions import Kind, Link
    from storage.places import Place

Audience = Literal["private", "public", "replace"]


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer to who acted: for them alone, for everybody in the channel, or in place of the clicked card."""

    card: Card
    to: Audience = "private"


@dataclass(frozen=True, slots=True)
class Ask:
    """A form for what a link still needs.  Always alone."""

    link: "Link"
    filled: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Confirm:
    """Show what would happen and do it only when the person says so.  Always alone; the runtime adds the buttons.

    The same action then runs again with the same answers and ``turn.confirmed``.
    """

    card: Card
    label: Text = Text()  # of the button that goes ahead; "Go ahead" when empty


@dataclass(frozen=True, slots=True)
class Attach:
    """A file for the person who acted, privately."""

    file: File
    about: Text


@dataclass(frozen=True, slots=True)
class Post:
    """A view to a place, in every chat that has a channel for it."""

    place: "Place | str"  # a place, or the purpose of one: "announcements"
    link: "Link"
    at: datetime | None = None
    key: str = ""  # what this post means; the link when empty


@dataclass(frozen=True, slots=True)
class Tell:
    """A view to one member by direct message, of a kind that they can switch off.

    ``about`` names the thing it speaks of: of what is late about one thing, a person gets one message.
    """

    member_id: str
    link: "Link"
    kind: "Kind"
    at: datetime | None = None
    expires: datetime | None = None
    key: str = ""
    about: str = ""


@dataclass(frozen=True, slots=True)
class Refresh:
    """What a view shows has changed: edit it wherever it stands."""

    link: "Link"


@dataclass(frozen=True, slots=True)
class Later:
    """An action at a time.  The same key again replaces it."""

    at: datetime
    link: "Link"
    key: str


@dataclass(frozen=True, slots=True)
class Forget:
    """Drop what is planned under a key."""

    key: str


@dataclass(frozen=True, slots=True)
class Open:
    """Make a place's channel (and role) in every chat that has none for it yet."""

    place: "Place"


@dataclass(frozen=True, slots=True)
class Join:
    """Give a member a place's channels and roles, in every chat where they are."""

    member_id: str
    place: "Place"


@dataclass(frozen=True, slots=True)
class Leave:
    """Take a place's channels and roles from a member."""

    member_id: str
    place: "Place"


Immediate: TypeAlias = Reply | Ask | Confirm | Attach
Effect: TypeAlias = Immediate | Post | Tell | Refresh | Later | Forget | Open | Join | Leave
