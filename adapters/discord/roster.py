"""What a server has now: people, channels and seats, fetched by requests to the last page and never from the cache."""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

import discord

from adapters.discord import limits
from adapters.discord.decode import PLATFORM, name_of
from adapters.discord.faults import NO_CHANNEL, NO_GUILD, NO_MEMBER, NO_MESSAGE, NO_RIGHT, NO_USER
from adapters.discord.limits import Json
from adapters.discord.permissions import in_channel, in_server
from bot.calls import AccountRef
from bot.ports import Gone, Home, Present, Rejected, Roster

log = logging.getLogger(__name__)

NEEDED = limits.VIEW_CHANNEL | limits.SEND_MESSAGES
NEEDED_IN_THREADS = limits.VIEW_CHANNEL | limits.SEND_MESSAGES_IN_THREADS


class Asks(Protocol):
    """What sends a request."""

    async def request(self, method: str, path: str, body: Any = None, **more: Any) -> Any: ...


async def roster(wire: Asks, guild: str, me: str, homes: Sequence[Home]) -> Roster:
    """Everything, or an error.  Raises Gone when the bot is not in the server."""
    about = await guild_of(wire, guild)
    try:
        return await rest_of(wire, about, me, homes)
    except (discord.Forbidden, discord.NotFound) as refusal:  # of a part of it: the server is there
        raise Rejected(f"Discord: {refusal.status}/{refusal.code} {refusal.text}") from refusal


async def rest_of(wire: Asks, about: Json, me: str, homes: Sequence[Home]) -> Roster:
    guild = str(about["id"])
    rights = Rights(about, await member_of(wire, guild, me))
    channels = await wire.request("GET", "/guilds/{guild_id}/channels", guild_id=guild)
    active = await wire.request("GET", "/guilds/{guild_id}/threads/active", guild_id=guild)
    known = {c["id"]: c for c in [*channels, *active["threads"]]}
    names = {c["id"]: called(c) for c in known.values() if rights.to_write(c, known.get(str(c.get("parent_id"))))}
    members = await members_of(wire, guild)
    people = None if members is None else [present(guild, m) for m in members if not m["user"].get("bot")]
    roles = {role["id"] for role in about["roles"]}
    seats: dict[str, frozenset[str] | None] = {}
    for home in homes:
        if home.role:
            if home.role not in roles:
                seats[home.channel] = None
            elif members is not None:
                seats[home.channel] = frozenset(m["user"]["id"] for m in members if home.role in m["roles"])
        elif (inside := await thread_members(wire, home.channel)) is not None:
            seats[home.channel] = inside - {me}
    return Roster(about["name"], people, names, seats)


def called(channel: Json) -> str:
    """The name of what can serve by its name; threads come and go, and voice is not read."""
    return str(channel["name"]) if channel["type"] in limits.WRITTEN else ""


async def guild_of(wire: Asks, guild: str) -> Json:
    try:
        about: Json = await wire.request("GET", "/guilds/{guild_id}", guild_id=guild)
    except discord.HTTPException as refusal:
        if refusal.code in NO_GUILD:
            raise Gone(f"the bot is not in the server {guild}: {refusal.code}") from refusal
        raise
    return about


async def member_of(wire: Asks, guild: str, user: str) -> Json:
    found: Json = await wire.request("GET", "/guilds/{guild_id}/members/{user}", guild_id=guild, user=user)
    return found


async def members_of(wire: Asks, guild: str) -> list[Json] | None:
    """Everybody; None without the members intent, which this needs as the gateway's events do."""
    found: list[Json] = []
    after = "0"
    while True:
        query = {"limit": limits.MEMBERS_PAGE, "after": after}
        try:
            page = await wire.request("GET", "/guilds/{guild_id}/members", query=query, guild_id=guild)
        except discord.Forbidden:
            log.warning(
                "Discord does not list the people of the server %s: without the Server Members Intent nobody who came "
                "or left while the bot was away is noticed. Switch it on in the developer portal.",
                guild,
            )
            return None
        found += page
        if len(page) < limits.MEMBERS_PAGE:
            return found
        after = max((member["user"]["id"] for member in page), key=int)


def present(guild: str, member: Json) -> Present:
    """Somebody as a list shows them."""
    user = member["user"]
    since = datetime.fromisoformat(member["joined_at"]) if member.get("joined_at") else None
    who = AccountRef(PLATFORM, guild, user["id"], name_of(user, member))
    return Present(who, since, arrival_key(guild, user["id"], since), screened=not member.get("pending"))


def arrival_key(guild: str, user: str, since: datetime | None) -> str:
    """One arrival, whether an event tells of it or a list."""
    return f"{PLATFORM}:{guild}:{user}:{since.isoformat() if since else ''}"


async def one(wire: Asks, guild: str, user: str) -> Present | None:
    try:
        return present(guild, await member_of(wire, guild, user))
    except discord.NotFound as gone:
        if gone.code not in (NO_MEMBER, NO_USER):
            raise
        return None


async def thread_members(wire: Asks, thread: str) -> frozenset[str] | None:
    """Who is in a private thread; None when nobody tells, or when it is gone, which the list of channels shows."""
    try:
        found = await wire.request("GET", "/channels/{channel_id}/thread-members", channel_id=thread)
    except (discord.Forbidden, discord.NotFound) as refusal:
        log.info("the people of thread %s cannot be seen: %s", thread, refusal.code)
        return None
    return frozenset(member["user_id"] for member in found)


async def reaches(wire: Asks, guild: str, me: str, channel: str) -> bool:
    """Whether the bot can write in a channel.  A thread that was archived wakes up when something is written."""
    try:
        found = await wire.request("GET", "/channels/{channel_id}", channel_id=channel)
        parent = None
        if found["type"] in limits.THREADS:
            parent = await wire.request("GET", "/channels/{channel_id}", channel_id=found["parent_id"])
    except (discord.Forbidden, discord.NotFound) as refusal:
        if refusal.code not in {NO_CHANNEL} | NO_RIGHT:
            raise
        return False
    rights = Rights(await guild_of(wire, guild), await member_of(wire, guild, me))
    return rights.to_write(found, parent)


async def shows_history(wire: Asks, guild: str, me: str, channel: Json) -> bool:
    """Whether the bot may read what was written in a channel.  Without the right, Discord shows nothing at all."""
    if channel["type"] in limits.THREADS:
        channel = await wire.request("GET", "/channels/{channel_id}", channel_id=channel["parent_id"])
    rights = Rights(await guild_of(wire, guild), await member_of(wire, guild, me))
    return rights.to_look_back(channel)


async def stands(wire: Asks, channel: str, ref: str) -> bool:
    """Whether a message is there.  Where the bot may not read, nobody says that it is not."""
    path = "/channels/{channel_id}/messages/{message}"
    try:
        await wire.request("GET", path, channel_id=channel, message=ref)
    except discord.HTTPException as refusal:
        if refusal.code == NO_MESSAGE:
            return False
        if refusal.code not in NO_RIGHT:
            raise
    return True


class Rights:
    """What the bot may do in the channels of a server, from what the server itself says of roles and channels."""

    def __init__(self, guild: Json, member: Json) -> None:
        self._guild, self._me = str(guild["id"]), str(member["user"]["id"])
        self._roles = list(map(str, member["roles"]))
        self._base = in_server(self._guild, guild["roles"], self._roles)

    def to_write(self, channel: Json, parent: Json | None) -> bool:
        """Whether the bot may see this channel and write in it; a thread has the rights of its channel."""
        if channel["type"] not in limits.THREADS:
            return self._has(NEEDED, channel)
        state = channel.get("thread_metadata") or {}
        shut = state.get("archived") and state.get("locked")
        return not shut and (parent is None or self._has(NEEDED_IN_THREADS, parent))

    def to_look_back(self, channel: Json) -> bool:
        return self._has(limits.VIEW_CHANNEL | limits.READ_MESSAGE_HISTORY, channel)

    def _has(self, needed: int, channel: Json) -> bool:
        return in_channel(self._base, self._guild, self._me, self._roles, channel) & needed == needed
