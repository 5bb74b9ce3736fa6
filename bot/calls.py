"""Calls and turns: what an adapter makes of an interaction, and what a handler knows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeVar
from zoneinfo import ZoneInfo

from sqlmodel import Session, SQLModel

from bot.actions import App, Link, Param, Refuse, Role
from bot.effects import Attach, Reply
from bot.text import ChannelRef, Command, Mention, Reader, Text, said, say
from storage.people import Community
from storage.places import Place, channel_in, channels_of, make_place, place_for, place_here
from storage.presence import CommunityFacts, SpaceFacts

T = TypeVar("T", bound=SQLModel)
Raw = str | int | float | bool | list[str]  # what a person gave, as platforms hand it over


@dataclass(frozen=True, slots=True)
class AccountRef:
    """Who acted, as the platform says it in this very payload."""

    platform: str
    space: str
    user: str
    name: str = ""
    locale: str = ""
    zone: str = ""
    admin: bool = False  # the platform lets them manage the space


@dataclass(frozen=True, slots=True)
class Spot:
    """Where something happened: a channel, or somewhere private (a direct message, a home tab)."""

    channel: str = ""
    private: bool = False


@dataclass(frozen=True, slots=True)
class Quoted:
    """The message that a message command was used on."""

    text: str
    url: str
    author: str  # account reference
    author_name: str = ""
    by_bot: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """What an adapter makes of a command, a click, a form or a platform event."""

    link: Link
    account: AccountRef
    spot: Spot = Spot()
    answers: Mapping[str, Raw] = field(default_factory=dict)
    key: str = ""  # the platform's id of this delivery: the same key again has no second effect
    submitted: bool = False  # a form was sent: empty optional fields mean none
    form_size: int = 100  # fields that fit one form of the platform
    quoted: Quoted | None = None
    at: datetime | None = None  # when it happened, where that was noticed only later
    people: Mapping[str, str] = field(default_factory=dict)  # names of the accounts that answers mention


@dataclass(frozen=True, slots=True)
class Person:
    """Who acts or reads.  The id is empty for the clock and for everybody in a channel."""

    id: str
    name: str
    role: Role
    zone: ZoneInfo
    locale: str
    status: str = ""  # guest, member, paused, left
    account: str = ""  # id of the account they act with

    @property
    def joined(self) -> bool:
        """Whether they are a member by their own act; managing the chat is not that."""
        return self.status in ("member", "paused")

    @property
    def mention(self) -> Mention:
        return Mention(self.id, self.name)


@dataclass(frozen=True, slots=True)
class Room:
    """A home as one chat shows it: there with who sits in it, lost since the last look, or missing still."""

    place: Place
    state: Literal["there", "lost", "missing"]
    seated: frozenset[str] = frozenset()  # members, but for those who are being taken out of it


@dataclass(frozen=True, slots=True)
class Turn:
    """What a handler knows.  It never reads the clock and never sees a platform."""

    who: Person
    community: CommunityFacts
    now: datetime
    db: Session
    app: App
    space: SpaceFacts | None = None
    spot: Spot = Spot()
    quoted: Quoted | None = None
    confirmed: bool = False  # the person has seen what will happen and said go ahead
    at: datetime | None = None  # when it happened, where that was noticed only later
    room: Room | None = None  # the home that was looked at
    waits: bool = False  # a direct message could not reach them

    @property
    def zone(self) -> ZoneInfo:
        """The community's zone; ``turn.who.zone`` is the person's."""
        return ZoneInfo(self.community.zone)

    def get(self, model: type[T], key: object) -> T | None:
        """A row of this community, or None: another community's row does not exist."""
        row = self.db.get(model, key)
        if row is None or getattr(row, "community_id", None) != self.community.id:
            return None
        return row

    def community_row(self) -> Community:
        """The community for whoever changes it; ``turn.community`` stays as it was when the turn began."""
        return self.db.get_one(Community, self.community.id)

    def place(self, purpose: str) -> Place:
        """The place of a purpose, made when there is none."""
        return make_place(self.db, self.community.id, purpose)

    def here(self) -> Place:
        """The place that this channel serves; in private, the announcements."""
        if self.space is not None and self.spot.channel and not self.spot.private:
            return place_here(self.db, self.community.id, self.space.id, self.spot.channel)
        if self.who.role < Role.FACILITATOR:
            raise Refuse("From here it would go to everybody. Use it in the channel where it should appear.")
        place = place_for(self.db, self.community.id, "announcements")
        if place is None or not channels_of(self.db, place.id):
            raise Refuse(
                "There is no channel for announcements yet. Use this in a channel, or ask a coordinator to name one "
                "with {place}.",
                place=Command("community place"),
            )
        return place

    def called(self, place: Place) -> Text:
        """A place by the name of its channel here, and whether it is elsewhere as well."""
        channel = channel_in(self.db, place.id, self.space.id) if self.space else None
        name = say("{c}", c=ChannelRef(channel.ref, place.name)) if channel and channel.ref else said(place.name)
        return say("{place}, in every chat", place=name) if len(channels_of(self.db, place.id)) > 1 else name


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one answer; ``field`` is empty when it is about all of them."""

    field: str
    text: Text


@dataclass(frozen=True, slots=True)
class Form:
    """Fields to ask, for adapters.  Send what comes back as a submitted ``Call`` of ``link``."""

    link: Link
    title: Text
    fields: tuple[Param, ...]
    filled: Mapping[str, Raw] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    page: int = 1
    pages: int = 1


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an adapter shows to the person who acted, in order, and for which reader.

    ``problems`` are set when a submitted form was refused: a platform that can show them beside the fields does that
    instead of showing ``shown``.
    """

    shown: tuple[Reply | Form | Attach, ...] = ()
    reader: Reader = Reader()
    problems: tuple[Problem, ...] = ()
