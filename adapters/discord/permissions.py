"""What somebody may do in a server and in a channel of it, worked out as Discord does.

https://discord.com/developers/docs/topics/permissions#permission-hierarchy
"""

from collections.abc import Collection, Iterable

from adapters.discord import limits
from adapters.discord.limits import Json

ALL = (1 << 64) - 1
NAMES = {
    limits.ADMINISTRATOR: "Administrator",
    limits.MANAGE_CHANNELS: "Manage Channels",
    limits.VIEW_CHANNEL: "View Channel",
    limits.SEND_MESSAGES: "Send Messages",
    limits.ATTACH_FILES: "Attach Files",
    limits.READ_MESSAGE_HISTORY: "Read Message History",
    limits.MANAGE_ROLES: "Manage Roles",
    limits.CREATE_PRIVATE_THREADS: "Create Private Threads",
    limits.SEND_MESSAGES_IN_THREADS: "Send Messages in Threads",
}


def in_server(guild: str, roles: Iterable[Json], mine: Collection[str]) -> int:
    """What somebody with these roles may do everywhere in a server; everyone's role has the server's id."""
    may = 0
    for role in roles:
        if role["id"] == guild or role["id"] in mine:
            may |= int(role["permissions"])
    return ALL if may & limits.ADMINISTRATOR else may


def in_channel(base: int, guild: str, member: str, mine: Collection[str], channel: Json) -> int:
    """The same in one channel: first what everybody gets there, then the roles together, then the person."""
    if base & limits.ADMINISTRATOR:
        return ALL
    overwrites = {one["id"]: one for one in channel.get("permission_overwrites") or ()}
    for those in ([guild], [role for role in mine if role != guild], [member]):
        found = [overwrites[each] for each in those if each in overwrites]
        denied = allowed = 0
        for one in found:
            denied |= int(one["deny"])
            allowed |= int(one["allow"])
        base = base & ~denied | allowed
    return base


def named(permissions: Iterable[int]) -> str:
    """As Discord's settings call them."""
    return ", ".join(NAMES[one] for one in permissions)


def highest(roles: Iterable[Json], mine: Collection[str]) -> int:
    """The position of somebody's highest role; who has none stands at the bottom."""
    return max((int(role["position"]) for role in roles if role["id"] in mine), default=0)
