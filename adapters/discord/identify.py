"""The budget of IDENTIFYs: each new session at the gateway takes one, and who uses up a day's loses the token."""

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta

import aiohttp
import discord
from discord import SessionStartLimits

from bot.leases import Leases

NORMAL = 20  # IDENTIFYs of a shard in a day that are nothing unusual; Discord allows 1000 for all shards together
RESERVE = 10  # the tenth part
SPAN = timedelta(seconds=5)  # https://discord.com/developers/docs/events/gateway#rate-limiting
PATIENCE = 30.0  # seconds to wait with an open connection, which discord.py gives up after 60
ASK_AGAIN = 5.0  # seconds, when Discord does not say how many are left


class Later(Exception):
    """No IDENTIFY now: the connection has to be given up and begun anew."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"no new session at Discord's gateway for {seconds:.0f} s")
        self.seconds = seconds


class Budget:
    """Asked before each IDENTIFY of this process."""

    def __init__(self, leases: Leases, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._leases, self._monotonic = leases, monotonic
        self._last = monotonic()  # a process that is started over and over is as bad as a connection that is

    async def spend(self, client: discord.Client, shard: int, shards: int) -> None:
        """Return when it is this shard's turn.  Raises Later when that is too far away to wait for."""
        try:
            _, _, told = await client.http.get_bot_gateway()
        except (discord.DiscordException, aiohttp.ClientError, OSError) as away:
            raise Later(ASK_AGAIN) from away
        limit = SessionStartLimits(**told)
        pause = pause_before(limit, shards, self._monotonic() - self._last)
        if pause > 0:
            raise Later(pause)
        waited, name = 0.0, f"discord:identify:{shard % limit.max_concurrency}"
        while (wait := await self._leases.turn(name, SPAN)) > 0:
            waited += wait
            if waited > PATIENCE:
                raise Later(wait)
            await asyncio.sleep(wait)
        self._last = self._monotonic()


def pause_before(limit: SessionStartLimits, shards: int, since: float) -> float:
    """Seconds until the next IDENTIFY, so many after the last one.

    Those of a normal day need no pause.  Beyond them, what is left has to last until the limit is renewed, and a tenth
    of it is never spent: who uses up all of it loses the token.
    """
    ends, spare = limit.reset_after / 1000, limit.remaining - limit.total // RESERVE
    if spare <= 0:
        return ends
    normal = NORMAL * shards
    if limit.total - limit.remaining < normal < spare:
        return 0.0
    return max(0.0, ends / spare - since)
