"""Private channels for groups: a role that opens a text channel, or a private thread where that is refused.

Only a channel and a role that the bot made itself are ever found again by their name: a role of the same name that
somebody else made may open doors that no group should open.
"""

from typing import Any, Protocol

import discord

from adapters.discord import limits
from adapters.discord.faults import ARCHIVED, FULL, LOST, NO_MEMBER, NO_RIGHT
from adapters.discord.limits import Json, clip
from bot.ports import Gone, Home, Lost, Rejected

KEPT = "The home of a group. Commonplace lets people in and out as they join and leave it."  # marks our own channels
MAY = limits.VIEW_CHANNEL | limits.SEND_MESSAGES | limits.READ_MESSAGE_HISTORY
OF_ROLE, OF_PERSON = 0, 1  # kinds of overwrites


class Asks(Protocol):
    """What sends a request."""

    async def request(self, method: str, path: str, body: Any = None, **ids: Any) -> Any: ...


async def open_home(wire: Asks, guild: str, me: str, name: str) -> Home:
    """The private channel of this name, made when there is none."""
    roles = await wire.request("GET", "/guilds/{guild_id}/roles", guild_id=guild)
    channels = await wire.request("GET", "/guilds/{guild_id}/channels", guild_id=guild)
    found = find_home(name, guild, me, roles, channels) or await find_thread(wire, guild, me, name)
    if found is not None:
        return found
    if bare := bare_home(name, guild, me, roles, channels):
        return Home(bare, await let_role_in(wire, bare, await make_role(wire, guild, name)))
    made = ""
    try:
        made = spare_role(name, roles, channels) or await make_role(wire, guild, name)
        return Home(await make_channel(wire, guild, me, name, made), made)
    except discord.HTTPException as refusal:
        if refusal.code not in NO_RIGHT | FULL:
            raise
    if made:
        await wire.request("DELETE", "/guilds/{guild_id}/roles/{role}", guild_id=guild, role=made)
    return Home(await make_thread(wire, guild, name, channels))


def find_home(name: str, guild: str, me: str, roles: list[Json], channels: list[Json]) -> Home | None:
    """A channel that we made under this name, with its role."""
    named = {r["id"] for r in roles if r["name"] == clip(name, limits.ROLE_NAME) and harmless(r)}
    for channel in channels:
        allowed = {o["id"] for o in channel.get("permission_overwrites") or () if int(o["allow"]) & limits.VIEW_CHANNEL}
        role = next(iter(sorted(named & allowed)), "")
        ours = channel.get("topic") == KEPT and me in allowed and guild not in allowed
        if ours and role and channel["name"].lower() == channel_name(name):
            return Home(channel["id"], role)
    return None


def bare_home(name: str, guild: str, me: str, roles: list[Json], channels: list[Json]) -> str:
    """A channel that we made under this name and whose role somebody deleted."""
    known = {role["id"] for role in roles} - {guild}
    for channel in channels:
        said = {o["id"]: int(o["allow"]) & limits.VIEW_CHANNEL for o in channel.get("permission_overwrites") or ()}
        ours = channel.get("topic") == KEPT and said.get(me) and not said.get(guild) and not known & set(said)
        if ours and channel["name"].lower() == channel_name(name):
            return str(channel["id"])
    return ""


async def let_role_in(wire: Asks, channel: str, role: str) -> str:
    body = {"type": OF_ROLE, "allow": str(MAY), "deny": "0"}
    await wire.request("PUT", "/channels/{channel_id}/permissions/{role}", body, channel_id=channel, role=role)
    return role


def spare_role(name: str, roles: list[Json], channels: list[Json]) -> str:
    """A role of this name that opens nothing at all, as one does that we made before we could make its channel."""
    used = {o["id"] for c in channels for o in c.get("permission_overwrites") or ()}
    named = (r["id"] for r in roles if r["name"] == clip(name, limits.ROLE_NAME) and harmless(r))
    return next((role for role in named if role not in used), "")


def harmless(role: Json) -> bool:
    return int(role.get("permissions") or 0) == 0 and not role.get("managed")


def powerful(role: Json, channels: list[Json]) -> bool:
    """Whether a role lets its people do something to others, everywhere or in some channel."""
    everywhere = int(role.get("permissions") or 0)
    there = [int(o["allow"]) for c in channels for o in c.get("permission_overwrites") or () if o["id"] == role["id"]]
    return bool(role.get("managed")) or any(allowed & ~limits.HARMLESS for allowed in (everywhere, *there))


def channel_name(name: str) -> str:
    """As Discord writes the names of text channels."""
    return clip("-".join(name.split()).lower(), limits.CHANNEL_NAME)


async def make_role(wire: Asks, guild: str, name: str) -> str:
    """A role without any right, which nobody can mention: all it opens is the channel."""
    body = {"name": clip(name, limits.ROLE_NAME), "permissions": "0", "hoist": False, "mentionable": False}
    made = await wire.request("POST", "/guilds/{guild_id}/roles", body, guild_id=guild)
    return str(made["id"])


async def make_channel(wire: Asks, guild: str, me: str, name: str, role: str) -> str:
    body = {
        "name": channel_name(name),
        "type": limits.TEXT_CHANNEL,
        "topic": KEPT,
        "permission_overwrites": [
            {
                "id": guild,
                "type": OF_ROLE,
                "allow": "0",
                "deny": str(limits.VIEW_CHANNEL),
            },  # everyone's id is the guild's
            {"id": role, "type": OF_ROLE, "allow": str(MAY), "deny": "0"},
            {"id": me, "type": OF_PERSON, "allow": str(MAY | limits.ATTACH_FILES), "deny": "0"},
        ],
    }
    made = await wire.request("POST", "/guilds/{guild_id}/channels", body, guild_id=guild)
    return str(made["id"])


# Threads, where the bot may make no channels.


async def find_thread(wire: Asks, guild: str, me: str, name: str) -> Home | None:
    """A private thread of this name that we made and that is not archived."""
    active = await wire.request("GET", "/guilds/{guild_id}/threads/active", guild_id=guild)
    for thread in active["threads"]:
        mine = thread["type"] == limits.PRIVATE_THREAD and str(thread.get("owner_id")) == me
        if mine and thread["name"] == clip(name, limits.CHANNEL_NAME):
            return Home(thread["id"])
    return None


async def make_thread(wire: Asks, guild: str, name: str, channels: list[Json]) -> str:
    """A private thread of the channel that everybody uses."""
    about = await wire.request("GET", "/guilds/{guild_id}", guild_id=guild)
    body = {
        "name": clip(name, limits.CHANNEL_NAME),
        "type": limits.PRIVATE_THREAD,
        "invitable": False,
        "auto_archive_duration": limits.THREAD_ARCHIVE,
    }
    for parent in parents(channels, str(about.get("system_channel_id") or "")):
        try:
            made = await wire.request("POST", "/channels/{channel_id}/threads", body, channel_id=parent)
        except discord.Forbidden:
            continue
        return str(made["id"])
    raise Gone(
        "the bot may make no private place here: it needs Manage Channels and Manage Roles, or Create Private Threads"
    )


def parents(channels: list[Json], system: str) -> list[str]:
    """Channels that may carry threads, the likeliest first."""
    texts = [c for c in channels if c["type"] == limits.TEXT_CHANNEL]
    general = [c["id"] for c in texts if c["name"] == "general"]
    likely = [*([system] if system else []), *general, *(c["id"] for c in texts)]
    return list(dict.fromkeys(likely))[:5]


# Seats.


async def seat(wire: Asks, guild: str, home: Home, user: str) -> None:
    """Give a seat.  A role that somebody gave power since it was made is given to nobody."""
    if home.role:
        roles = await wire.request("GET", "/guilds/{guild_id}/roles", guild_id=guild)
        channels = await wire.request("GET", "/guilds/{guild_id}/channels", guild_id=guild)
        role = next((r for r in roles if r["id"] == home.role), None)
        if role is not None and powerful(role, channels):
            raise Rejected(
                f"the role {role['name']} gives power over others, here or in a channel, so nobody is put into it. "
                "Take those rights from it, and try again"
            )
    await change_seat(wire, "PUT", guild, home, user)


async def unseat(wire: Asks, guild: str, home: Home, user: str) -> None:
    """Take a seat away.  Who left the guild has none any more."""
    try:
        await change_seat(wire, "DELETE", guild, home, user)
    except discord.NotFound as gone:
        if gone.code != NO_MEMBER:
            raise


async def change_seat(wire: Asks, method: str, guild: str, home: Home, user: str) -> None:
    """A thread that was archived meanwhile is woken first."""
    for last in (False, True):
        try:
            await wire.request(method, *seat_path(home), guild_id=guild, **seat_ids(home, user))
        except discord.HTTPException as refusal:
            if refusal.code in LOST:
                raise Lost(f"Discord: {refusal.status}/{refusal.code} {refusal.text}") from refusal
            if refusal.code != ARCHIVED or last:
                raise
            await wire.request("PATCH", "/channels/{channel_id}", {"archived": False}, channel_id=home.channel)
        else:
            return


def seat_path(home: Home) -> tuple[str]:
    return (
        "/guilds/{guild_id}/members/{user}/roles/{role}"
        if home.role
        else "/channels/{channel_id}/thread-members/{user}",
    )


def seat_ids(home: Home, user: str) -> dict[str, str]:
    return {"user": user, "role": home.role} if home.role else {"user": user, "channel_id": home.channel}
