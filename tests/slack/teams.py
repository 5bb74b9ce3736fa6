"""A workspace: its channels, its user groups, its plan and what the bot may do there."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.slack.controls import with_ids
from tests.slack.messages import Message, arrival
from tests.slack.people import Person

if TYPE_CHECKING:
    from tests.slack.server import SlackServer

Json = dict[str, Any]
Filter = Callable[[Message], bool]

SCOPES = frozenset(
    {
        "app_mentions:read",
        "bookmarks:write",
        "channels:history",
        "channels:join",
        "channels:manage",
        "channels:read",
        "chat:write",
        "chat:write.public",
        "commands",
        "files:write",
        "groups:history",
        "groups:read",
        "groups:write",
        "im:history",
        "im:read",
        "im:write",
        "mpim:history",
        "mpim:read",
        "mpim:write",
        "pins:write",
        "reactions:read",
        "reactions:write",
        "team:read",
        "usergroups:read",
        "usergroups:write",
        "users:read",
        "users:read.email",
    }
)


@dataclass(eq=False)
class UserGroup:
    id: str
    name: str
    handle: str
    description: str = ""
    users: list[str] = field(default_factory=list)
    channels: list[str] = field(default_factory=list)
    enabled: bool = True


@dataclass(eq=False)
class Channel:
    """`kind` is public, private, im or mpim."""

    team: "Team"
    id: str
    name: str
    kind: str = "public"
    members: list[str] = field(default_factory=list)  # users' ids, in the order they came
    everything: list[Message] = field(default_factory=list)  # ephemeral and deleted messages too
    archived: bool = False
    topic: str = ""
    purpose: str = ""
    creator: str = ""

    @property
    def messages(self) -> list[Message]:
        """What stands in the channel, the oldest first."""
        return [message for message in self.everything if not message.ephemeral and not message.deleted]

    async def arrives(self, wanted: Filter = lambda _: True, *, after: Message | None = None) -> Message:
        """The newest message that is as wanted, there already or yet to come."""
        return await arrival(self.team, lambda: self.messages, wanted, after, f"in #{self.name}")

    def __repr__(self) -> str:
        return f"<#{self.name} {self.id}>"


class Team:
    """One workspace with the app installed."""

    def __init__(
        self, server: "SlackServer", name: str, channels: Iterable[str], bot_token: str, paid: bool = False
    ) -> None:
        self.server = server
        self.name = name
        self.id = server.new_id("T")
        self.domain = name.casefold().replace(" ", "-")
        self.bot_token = bot_token
        self.paid = paid
        self.scopes = set(SCOPES)
        self.refusal = ""  # the error every call gets once the app is uninstalled: token_revoked
        self.app_id = server.app_id
        self.bot_id = server.new_id("B")
        self.people: dict[str, Person] = {}
        self.channels: dict[str, Channel] = {}
        self.groups: dict[str, UserGroup] = {}
        self.shown: list[Message] = []  # every message as often as it was posted or changed
        self.bot = Person(self, "Commonplace", server.new_id("U"), is_bot=True)
        for channel in channels:
            self.add_channel(channel)

    @property
    def bot_profile(self) -> Json:
        return {"id": self.bot_id, "deleted": False, "name": self.bot.handle, "app_id": self.app_id, "team_id": self.id}

    def add_channel(
        self, name: str, *, private: bool = False, bot: bool = True, members: Iterable[Person] = ()
    ) -> Channel:
        """A channel that is simply there; `bot=False` leaves the bot out of it."""
        here = [self.bot.id] if bot else []
        kind = "private" if private else "public"
        return self.keep(Channel(self, self.server.new_id("C"), name, kind, [*here, *(p.id for p in members)]))

    def keep(self, channel: Channel) -> Channel:
        self.channels[channel.id] = channel
        return channel

    def channel(self, name: str) -> Channel:
        """The channel of that name or id."""
        for channel in self.channels.values():
            if name.removeprefix("#") in (channel.name, channel.id):
                return channel
        raise KeyError(f"no channel {name!r} in {list(self.channels.values())}")

    def place(self, channel: "Channel | str | None") -> Channel:
        """The channel a test means; the first one when it does not care."""
        if channel is None:
            return next(iter(self.channels.values()))
        return channel if isinstance(channel, Channel) else self.channel(channel)

    def person(self, name: str, *, channels: Iterable[str] | None = None, **details: Any) -> Person:
        """Someone who is a member already, of all public channels unless some are named."""
        person = Person(self, name, self.server.new_id("U"), **details)
        self.people[person.id] = person
        for channel in self.channels.values():
            if channel.kind == "public" and (channels is None or channel.name in channels):
                channel.members.append(person.id)
        return person

    async def joins(self, name: str, **details: Any) -> Person:
        """Someone new joins the workspace, and the first channel with it."""
        first = self.place(None).name
        person = self.person(name, channels=details.pop("channels", (first,)), **details)
        await self.server.delivery.event(self, {"type": "team_join", "user": person.payload(locale=True)})
        return person

    async def enters(self, person: Person, channel: "Channel | str", *, inviter: Person | None = None) -> None:
        place = self.place(channel)
        await self.server.delivery.event(self, self.entered(person, place, inviter))

    async def leaves(self, person: Person, channel: "Channel | str") -> None:
        await self.server.delivery.event(self, self.left(person, self.place(channel)))

    def entered(self, person: Person, channel: Channel, inviter: Person | None = None) -> Json:
        channel.members.append(person.id)
        event = {"type": "member_joined_channel", "user": person.id, "channel": channel.id, "team": self.id}
        event["channel_type"] = "C" if channel.kind == "public" else "G"
        return event | ({"inviter": inviter.id} if inviter else {})

    def left(self, person: Person, channel: Channel) -> Json:
        channel.members.remove(person.id)
        kind = "C" if channel.kind == "public" else "G"
        event = {"type": "member_left_channel", "user": person.id, "channel": channel.id, "team": self.id}
        return event | {"channel_type": kind}

    async def uninstalls(self) -> None:
        """Someone removes the app: its token is worth nothing from now on."""
        self.refusal = "account_inactive"
        revoked = {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [self.bot.id]}}
        await self.server.delivery.event(self, revoked)
        await self.server.delivery.event(self, {"type": "app_uninstalled"})

    def dm(self, *people: Person) -> Channel:
        """The bot's conversation with these people, opened when there is none."""
        ids = [person.id for person in people]
        for channel in self.channels.values():
            if channel.kind in ("im", "mpim") and set(channel.members) == {*ids, self.bot.id}:
                return channel
        names = "-".join(person.handle for person in people)
        if len(people) == 1:
            channel = Channel(self, self.server.new_id("D"), f"dm-{names}", "im")
        else:
            channel = Channel(self, self.server.new_id("G"), f"mpdm-{names}-1", "mpim")
        channel.members = [*ids, self.bot.id]
        return self.keep(channel)

    def known(self, user_id: str) -> Person | None:
        return self.bot if user_id == self.bot.id else self.people.get(user_id)

    def post(self, channel: Channel, text: str, blocks: list[Json], **details: Any) -> Message:
        """Puts a message where people see it."""
        author = details.pop("author", self.bot.id)
        blocks = with_ids(blocks, self.server.numbers)
        message = Message(channel, self.server.clock.ts(), author, text, blocks, **details)
        channel.everything.append(message)
        self.shown.append(message)
        self.server.changes.happened()
        return message

    def change(self, message: Message, text: str, blocks: list[Json]) -> None:
        message.change(text, with_ids(blocks, self.server.numbers))
        self.shown.append(message)
        self.server.changes.happened()
