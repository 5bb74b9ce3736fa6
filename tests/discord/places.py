"""Roles and channels: what they are, who sees them, what stands in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from tests.discord.shapes import DM, PRIVATE_THREAD, THREADS, Json

if TYPE_CHECKING:
    from tests.discord.guilds import Guild
    from tests.discord.messages import Message
    from tests.discord.people import Person, User
    from tests.discord.server import DiscordServer


class Role:
    """A role of a guild."""

    def __init__(
        self, guild: Guild, name: str, *, position: int = 1, permissions: int = 0, managed: bool = False
    ) -> None:
        self.guild = guild
        self.id = guild.server.clock.snowflake()
        self.name = name
        self.position = position
        self.permissions = int(permissions)
        self.managed = managed
        self.color = 0
        self.hoist = False
        self.mentionable = False

    @property
    def mention(self) -> str:
        return f"<@&{self.id}>"

    @property
    def members(self) -> list[Person]:
        return [person for person in self.guild.members.values() if self.id in person.role_ids]

    def json(self) -> Json:
        return {
            "id": self.id,
            "name": self.name,
            "position": self.position,
            "permissions": str(self.permissions),
            "color": self.color,
            "colors": {"primary_color": self.color, "secondary_color": None, "tertiary_color": None},
            "hoist": self.hoist,
            "managed": self.managed,
            "mentionable": self.mentionable,
            "icon": None,
            "unicode_emoji": None,
            "flags": 0,
        }


class Channel:
    """A channel, a thread or a direct channel."""

    def __init__(
        self,
        server: DiscordServer,
        guild: Guild | None,
        name: str,
        *,
        kind: int = 0,
        parent: Channel | None = None,
        recipient: User | None = None,
        channel_id: str | None = None,
    ) -> None:
        self.server = server
        self.guild = guild
        self.id = channel_id or server.clock.snowflake()
        self.name = name
        self.type = kind
        self.parent = parent
        self.recipient = recipient
        self.topic: str | None = None
        self.overwrites: dict[str, Json] = {}
        self.member_ids: set[str] = set()  # of a thread
        self.owner_id = server.bot.id
        self.archived = False
        self.locked = False
        self.auto_archive = 1440
        self.pins: list[Message] = []
        self.posted: list[Message] = []  # ephemeral and deleted ones too
        self.deleted = False
        self._seen: set[str] = set()
        server.channels[self.id] = self

    def __repr__(self) -> str:
        return f"<#{self.name}>"

    @property
    def mention(self) -> str:
        return f"<#{self.id}>"

    @property
    def is_thread(self) -> bool:
        return self.type in THREADS

    @property
    def is_private_thread(self) -> bool:
        return self.type == PRIVATE_THREAD

    @property
    def messages(self) -> list[Message]:
        """What stands here for everybody, oldest first."""
        return [message for message in self.posted if not message.ephemeral and not message.deleted]

    @property
    def threads(self) -> list[Channel]:
        return [c for c in self.server.channels.values() if c.is_thread and c.parent is self and not c.deleted]

    @property
    def members(self) -> list[Person]:
        """Who is in this thread, or who sees this channel."""
        people = self.guild.members.values() if self.guild else ()
        if self.is_thread:
            return [person for person in people if person.id in self.member_ids]
        return [person for person in people if person.sees(self)]

    async def arrives(self, wanted: Callable[[Message], object] | None = None) -> Message:
        """The first message that is wanted; without a wish, the first that was not handed out before."""

        def look() -> Message | None:
            for message in self.messages:
                if wanted(message) if wanted else message.id not in self._seen:
                    return message
            return None

        def otherwise() -> str:
            return f"no such message in {self.name}; there are: {[message.text for message in self.messages]}"

        message = await self.server.bell.until(look, otherwise)
        self._seen.add(message.id)
        return message

    def overwritten(self, base: int, ids: Iterable[str]) -> int:
        """These permissions after what this channel says of these roles or people."""
        found = [self.overwrites[one] for one in ids if one in self.overwrites]
        for overwrite in found:
            base &= ~int(overwrite["deny"])
        for overwrite in found:
            base |= int(overwrite["allow"])
        return base

    def json(self) -> Json:
        standing = (m.id for m in reversed(self.posted) if not m.ephemeral and not m.deleted)
        last = next(standing, None)
        made: Json = {"id": self.id, "type": self.type, "flags": 0, "last_message_id": last}
        if self.type == DM:
            return made | {"recipients": [self.recipient.json()] if self.recipient else []}
        assert self.guild is not None
        made |= {
            "guild_id": self.guild.id,
            "name": self.name,
            "parent_id": self.parent.id if self.parent else None,
            "rate_limit_per_user": 0,
        }
        if not self.is_thread:
            overwrites = list(self.overwrites.values())
            position = list(self.guild.channels).index(self) if self in self.guild.channels else 0
            return made | {
                "topic": self.topic,
                "position": position,
                "permission_overwrites": overwrites,
                "nsfw": False,
            }
        if self.server.bot.id in self.member_ids:
            stamp = self.server.clock.stamp()
            made["member"] = {"id": self.id, "user_id": self.server.bot.id, "join_timestamp": stamp, "flags": 0}
        return made | {
            "owner_id": self.owner_id,
            "message_count": len(self.messages),
            "member_count": len(self.member_ids),
            "total_message_sent": len(self.messages),
            "thread_metadata": {
                "archived": self.archived,
                "auto_archive_duration": self.auto_archive,
                "archive_timestamp": self.server.clock.stamp(),
                "locked": self.locked,
                "invitable": True,
            },
        }
