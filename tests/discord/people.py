"""People: users, and what each of them is and can do in a guild."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from tests.discord import gestures
from tests.discord.places import Channel, Role
from tests.discord.shapes import DM, EVERYTHING, THREADS, Allow, Intent, Json

if TYPE_CHECKING:
    from tests.discord.guilds import Guild
    from tests.discord.interactions import Interaction, Modal
    from tests.discord.messages import Message
    from tests.discord.options import Choice
    from tests.discord.server import DiscordServer


class User:
    """An account, which may be in several guilds."""

    def __init__(self, server: DiscordServer, name: str, *, bot: bool = False) -> None:
        self.server = server
        self.id = server.clock.snowflake()
        self.name = name
        self.bot = bot
        self.locale = "en-US"
        self.dms_closed = False
        self.dm: Channel | None = None
        server.users[self.id] = self

    @property
    def mention(self) -> str:
        return f"<@{self.id}>"

    def open_dm(self) -> Channel:
        """The one direct channel between this user and the bot."""
        if self.dm is None:
            self.dm = Channel(self.server, None, self.name, kind=DM, recipient=self)
        return self.dm

    def json(self) -> Json:
        handle = "".join(char for char in self.name.lower() if char.isalnum()) or "someone"
        return {
            "id": self.id,
            "username": handle,
            "global_name": self.name,
            "discriminator": "0",
            "avatar": None,
            "avatar_decoration_data": None,
            "public_flags": 0,
            "bot": self.bot,
        }


class Person:
    """A member of a guild, with everything that people do."""

    def __init__(self, guild: Guild, user: User, *, pending: bool = False) -> None:
        self.guild = guild
        self.server = guild.server
        self.user = user
        self.pending = pending
        self.nick: str | None = None
        self.role_ids: set[str] = set()
        self.joined_at = self.server.clock.stamp()
        self._dms_seen: set[str] = set()

    def __repr__(self) -> str:
        return f"<{self.name}>"

    @property
    def id(self) -> str:
        return self.user.id

    @property
    def name(self) -> str:
        return self.nick or self.user.name

    @property
    def mention(self) -> str:
        return self.user.mention

    @property
    def roles(self) -> set[str]:
        """The names of this person's roles."""
        return {self.guild.role_by_id[role].name for role in self.role_ids}

    @property
    def dms_closed(self) -> bool:
        return self.user.dms_closed

    @dms_closed.setter
    def dms_closed(self, closed: bool) -> None:
        self.user.dms_closed = closed

    @property
    def locale(self) -> str:
        return self.user.locale

    @locale.setter
    def locale(self, locale: str) -> None:
        self.user.locale = locale

    @property
    def dms(self) -> list[Message]:
        """What the bot wrote to this person directly, oldest first."""
        return [message for message in self.user.open_dm().messages if message.author is self.server.bot]

    @property
    def private(self) -> list[Message]:
        """Ephemeral messages that only this person sees."""
        messages = self.server.messages.values()
        return [m for m in messages if m.ephemeral and m.seen_by is self.user and not m.deleted]

    def json(self, *, with_user: bool = True) -> Json:
        made: Json = {
            "nick": self.nick,
            "avatar": None,
            "banner": None,
            "roles": sorted(self.role_ids),
            "joined_at": self.joined_at,
            "premium_since": None,
            "communication_disabled_until": None,
            "deaf": False,
            "mute": False,
            "flags": 0,
            "pending": self.pending,
        }
        return made | {"user": self.user.json()} if with_user else made

    def permissions(self, channel: Channel | None = None) -> int:
        """What this person may do, in the guild or in one of its channels."""
        roles = [self.guild.role_by_id[role] for role in self.role_ids]
        base = self.guild.everyone.permissions
        for role in roles:
            base |= role.permissions
        if base & Allow.ADMINISTRATOR or self.guild.owner_id == self.id:
            return EVERYTHING
        if channel is not None and channel.type in THREADS:
            channel = channel.parent
        if channel is None:
            return base
        base = channel.overwritten(base, [self.guild.id])
        base = channel.overwritten(base, [role.id for role in roles])
        return channel.overwritten(base, [self.id])

    def may(self, needed: int, channel: Channel | None = None) -> bool:
        return self.permissions(channel) & needed == needed

    def sees(self, channel: Channel) -> bool:
        if channel.type == DM:
            return channel.recipient is self.user
        if channel.is_private_thread and self.id not in channel.member_ids and not self.may(Allow.MANAGE_THREADS):
            return False
        return channel.guild is self.guild and self.may(Allow.VIEW, channel)

    async def dm_arrives(self, wanted: Callable[[Message], object] | None = None) -> Message:
        """The first direct message that is wanted; without a wish, the first that was not handed out before."""

        def look() -> Message | None:
            for message in self.dms:
                if wanted(message) if wanted else message.id not in self._dms_seen:
                    return message
            return None

        def otherwise() -> str:
            return f"{self.name} got no such message; there are: {[message.text for message in self.dms]}"

        message = await self.server.bell.until(look, otherwise)
        self._dms_seen.add(message.id)
        return message

    def says(self, text: str, in_: str | Channel = "general") -> Message:
        """Write a message; "dm" is the direct channel with the bot."""
        return gestures.says(self, text, in_)

    def deletes(self, message: Message) -> None:
        """Take a message away, as a moderator or its author can."""
        message.delete()

    async def command(
        self, path: str, in_: str | Channel = "general", *, wait_: bool = True, **given: object
    ) -> Interaction:
        """Use a slash command that the bot registered; `wait_=False` does not wait for the answer."""
        return await gestures.finished(gestures.command(self, path, in_, given), wait=wait_)

    async def types(
        self, path: str, in_: str | Channel = "general", *, option: str, text: str, **given: object
    ) -> list[Choice]:
        """Type into an option that completes itself; the choices that come up."""
        return await gestures.types(self, path, in_, option, text, given)

    async def message_command(self, name: str, message: Message, *, wait_: bool = True) -> Interaction:
        """Use a command of a message's context menu."""
        return await gestures.finished(gestures.message_command(self, name, message), wait=wait_)

    async def user_command(self, name: str, person: Person, in_: str | Channel = "general") -> Interaction:
        """Use a command of a person's context menu."""
        return await gestures.finished(gestures.user_command(self, name, person, in_), wait=True)

    async def click(
        self, message: Message, label: str | None = None, *, custom_id: str | None = None, wait_: bool = True
    ) -> Interaction:
        """Press a button, found by what is written on it or by its custom_id."""
        return await gestures.finished(gestures.click(self, message, label, custom_id), wait=wait_)

    async def selects(
        self, message: Message, menu: str, chosen: list[str | Person | Role | Channel], *, wait_: bool = True
    ) -> Interaction:
        """Choose in a menu, found by its custom_id or placeholder."""
        return await gestures.finished(gestures.selects(self, message, menu, chosen), wait=wait_)

    async def submits(
        self, modal: Modal, fields: Mapping[str, object] | None = None, *, wait_: bool = True, **more: object
    ) -> Interaction:
        """Fill in a form, by labels or custom_ids, and send it."""
        return await gestures.finished(gestures.submits(self, modal, {**(fields or {}), **more}), wait=wait_)

    def updated(self) -> None:
        """Tell the bot how this member is now."""
        data = {"guild_id": self.guild.id, **self.json()}
        self.server.gateway.dispatch("GUILD_MEMBER_UPDATE", data, Intent.MEMBERS, self.guild.id)

    @property
    def joined(self) -> datetime:
        return datetime.fromisoformat(self.joined_at)
