"""Guilds: their members, roles and channels, and what happens in them without the bot."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tests.discord.people import Person, User
from tests.discord.places import Channel, Role
from tests.discord.shapes import BOT_MAY, EVERYONE_MAY, Allow, Intent, Json

if TYPE_CHECKING:
    from tests.discord.server import DiscordServer


class Guild:
    """A Discord server that the bot was invited to."""

    def __init__(
        self, server: DiscordServer, name: str, channels: Iterable[str], bot_permissions: int = BOT_MAY
    ) -> None:
        self.server = server
        self.id = server.clock.snowflake()
        self.name = name
        self.locale = "en-US"
        self.owner_id = server.clock.snowflake()  # somebody who is never seen, unless a person is made owner
        self.members: dict[str, Person] = {}
        self.channels: list[Channel] = []
        self.has_bot = True
        self.everyone = Role(self, "@everyone", position=0, permissions=EVERYONE_MAY)
        self.everyone.id = self.id
        self.role_by_id: dict[str, Role] = {self.id: self.everyone}
        self.bot_role = self._add(Role(self, server.bot.name, position=10, permissions=bot_permissions, managed=True))
        self.me = Person(self, server.bot)
        self.me.role_ids.add(self.bot_role.id)
        self.members[self.me.id] = self.me
        for channel in channels:
            self.channels.append(Channel(server, self, channel))

    def _add(self, role: Role) -> Role:
        self.role_by_id[role.id] = role
        return role

    @property
    def roles(self) -> list[Role]:
        """Roles that somebody made, lowest first."""
        made = [role for role in self.role_by_id.values() if role not in {self.everyone, self.bot_role}]
        return sorted(made, key=lambda role: (role.position, int(role.id)))

    @property
    def people(self) -> list[Person]:
        return [person for person in self.members.values() if not person.user.bot]

    def person(self, who: str | Person, *, admin: bool = False, pending: bool = False, owner: bool = False) -> Person:
        """Somebody who has been a member for long: nothing is sent.  It may be a person of another guild."""
        user = User(self.server, who) if isinstance(who, str) else who.user
        person = self.members[user.id] = Person(self, user, pending=pending)
        if owner:
            self.owner_id = user.id
        if admin:
            found = [role for role in self.roles if role.name == "Admins"]
            role = found[0] if found else self.add_role("Admins", position=20, permissions=Allow.ADMINISTRATOR)
            person.role_ids.add(role.id)
        return person

    async def joins(self, who: str | Person, *, pending: bool = False) -> Person:
        """Somebody new arrives."""
        person = self.person(who, pending=pending)
        self.send("GUILD_MEMBER_ADD", {"guild_id": self.id, **person.json()}, Intent.MEMBERS)
        await self.server.gateway.flushed()
        return person

    async def screens(self, person: Person) -> None:
        """A pending member accepts the rules."""
        person.pending = False
        person.updated()
        await self.server.gateway.flushed()

    async def leaves(self, person: Person) -> None:
        del self.members[person.id]
        self.send("GUILD_MEMBER_REMOVE", {"guild_id": self.id, "user": person.user.json()}, Intent.MEMBERS)
        await self.server.gateway.flushed()

    def role(self, name: str) -> Role:
        """The role of this name, which has to be there."""
        for role in self.role_by_id.values():
            if role.name == name:
                return role
        raise AssertionError(f"no role {name}; there are {[role.name for role in self.roles]}")

    def add_role(self, name: str, *, position: int = 1, permissions: int = 0, managed: bool = False) -> Role:
        role = self._add(Role(self, name, position=position, permissions=permissions, managed=managed))
        self.send("GUILD_ROLE_CREATE", {"guild_id": self.id, "role": role.json()})
        return role

    def remove_role(self, role: Role) -> None:
        del self.role_by_id[role.id]
        for person in self.members.values():
            person.role_ids.discard(role.id)
        self.send("GUILD_ROLE_DELETE", {"guild_id": self.id, "role_id": role.id})

    def gives(self, person: Person, role: str) -> None:
        """An administrator gives a role by hand."""
        person.role_ids.add(self.role(role).id)
        person.updated()

    def takes(self, person: Person, role: str) -> None:
        """An administrator takes a role away by hand."""
        person.role_ids.discard(self.role(role).id)
        person.updated()

    def channel(self, name: str) -> Channel:
        """The channel or thread of this name, which has to be there."""
        for channel in self.server.channels.values():
            if channel.guild is self and channel.name == name and not channel.deleted:
                return channel
        raise AssertionError(f"no channel {name}; there are {[channel.name for channel in self.channels]}")

    def add_channel(self, name: str, *, kind: int = 0, parent: Channel | None = None) -> Channel:
        channel = Channel(self.server, self, name, kind=kind, parent=parent)
        if channel.is_thread:
            channel.member_ids.add(self.server.bot.id)
            self.send("THREAD_CREATE", channel.json() | {"newly_created": True})
        else:
            self.channels.append(channel)
            self.send("CHANNEL_CREATE", channel.json())
        return channel

    def remove_channel(self, channel: Channel) -> None:
        channel.deleted = True
        if channel.is_thread:
            self.send("THREAD_DELETE", channel.json())
        else:
            self.channels.remove(channel)
            self.send("CHANNEL_DELETE", channel.json())

    async def removes_bot(self) -> None:
        """Somebody throws the bot out."""
        self.has_bot = False
        self.send("GUILD_DELETE", {"id": self.id})
        await self.server.gateway.flushed()

    def send(self, event: str, data: Json, intent: Intent = Intent.GUILDS) -> None:
        self.server.gateway.dispatch(event, data, intent, self.id)

    def json(self) -> Json:
        """As the REST answers it, without members and channels."""
        return {
            "id": self.id,
            "name": self.name,
            "icon": None,
            "splash": None,
            "discovery_splash": None,
            "banner": None,
            "description": None,
            "owner_id": self.owner_id,
            "preferred_locale": self.locale,
            "features": ["COMMUNITY"],
            "roles": [role.json() for role in self.role_by_id.values()],
            "emojis": [],
            "stickers": [],
            "afk_channel_id": None,
            "afk_timeout": 300,
            "application_id": None,
            "default_message_notifications": 1,
            "explicit_content_filter": 0,
            "max_members": 500_000,
            "mfa_level": 0,
            "nsfw": False,
            "nsfw_level": 0,
            "premium_progress_bar_enabled": False,
            "premium_subscription_count": 0,
            "premium_tier": 0,
            "public_updates_channel_id": None,
            "rules_channel_id": None,
            "system_channel_flags": 0,
            "system_channel_id": None,
            "vanity_url_code": None,
            "verification_level": 1,
        }

    def create_json(self) -> Json:
        """As GUILD_CREATE tells it: without the presences intent, the bot is the only member in it."""
        threads = [thread for channel in self.channels for thread in channel.threads if not thread.archived]
        return self.json() | {
            "joined_at": self.me.joined_at,
            "large": False,
            "member_count": len(self.members),
            "members": [self.me.json()],
            "channels": [channel.json() for channel in self.channels],
            "threads": [thread.json() for thread in threads if self.me.sees(thread)],
            "presences": [],
            "voice_states": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
        }
