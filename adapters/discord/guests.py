"""Guests: for which server somebody speaks who writes to the bot directly, where Discord names none.

A direct message of the bot carries the mark of the server that it speaks for.  Anything else is for the server
where the person was last seen, or the first in which they and the bot both are.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import discord

from adapters.discord.decode import MANAGES, Seat, name_of, person_id
from adapters.discord.limits import Json
from adapters.discord.marks import numbers, space_mark

log = logging.getLogger(__name__)

ASKED_AT_MOST = 10  # servers that are asked about a person whom the cache does not know
REMEMBERED = 10_000  # people


class Servers(Protocol):
    """What knows the servers."""

    @property
    def shards(self) -> int: ...

    @property
    def guilds(self) -> dict[str, discord.Guild]: ...


class Connected(Protocol):
    """What may ask about them."""

    async def request(self, method: str, path: str, body: Any = None, **ids: Any) -> Any: ...


class Guests:
    """Who was seen where."""

    def __init__(self, wire: Connected, servers: Servers, seen: Callable[[str], Awaitable[list[str]]]) -> None:
        self._wire = wire
        self._servers = servers
        self._seen = seen  # in which servers somebody was seen, the last one first
        self._last: dict[str, str] = {}

    def forget(self, user: str) -> None:
        self._last.pop(user, None)

    async def seat(self, payload: Json) -> Seat | None:
        """Where a payload belongs that names no server; None when it does name one, or when nobody can tell."""
        user = person_id(payload)
        if payload.get("guild_id"):
            self._remember(user, payload["guild_id"])
            return None
        here = self._servers.guilds
        # direct messages come to shard 0, which hears of its own servers alone
        elsewhere = [] if self._servers.shards == 1 else await self._seen(user)
        shared = list(dict.fromkeys([*elsewhere, *here]))
        told = set(numbers((payload.get("message") or {}).get("components") or ()))
        marked = [space for space in shared if space_mark(space) in told]
        last = [space for space in (self._last.get(user, ""),) if space in shared]
        known = [space for space, guild in here.items() if guild.get_member(int(user))]
        for space in dict.fromkeys([*marked, *last, *known, *shared[:ASKED_AT_MOST]]):
            seat = cached(here.get(space), user) or await self._ask(space, payload["user"])
            if seat is not None:
                self._remember(user, space)
                return seat
        return None

    def _remember(self, user: str, space: str) -> None:
        self._last.pop(user, None)
        self._last[user] = space
        if len(self._last) > REMEMBERED:
            del self._last[next(iter(self._last))]

    async def _ask(self, space: str, user: Json) -> Seat | None:
        """Ask the server itself, for somebody whom the cache does not have."""
        try:
            path = "/guilds/{guild_id}/members/{user}"
            member = await self._wire.request("GET", path, guild_id=space, user=user["id"])
        except discord.HTTPException as refusal:
            log.debug("a server does not know %s: %s", user["id"], refusal.code)
            return None
        return Seat(space, name_of(user, member))


def cached(guild: discord.Guild | None, user: str) -> Seat | None:
    member = guild.get_member(int(user)) if guild else None
    if guild is None or member is None:
        return None
    return Seat(str(guild.id), member.display_name, admin=bool(member.guild_permissions.value & MANAGES))
