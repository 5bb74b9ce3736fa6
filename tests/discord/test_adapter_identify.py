"""The budget of sessions at the gateway: a normal day needs no pause, and no loop uses up what the token allows."""

import asyncio
import threading
from collections.abc import AsyncIterator

import discord
import pytest
from discord import SessionStartLimits
from discord.gateway import KeepAliveHandler

from adapters.discord.identify import SPAN, Budget, Later, pause_before
from bot.leases import Alone
from tests.databases import Database
from tests.discord.adapter_bot import AdapterBot
from tests.discord.server import DiscordServer

DAY = 86_400_000  # milliseconds


def limit(remaining: int, reset_after: int = DAY) -> SessionStartLimits:
    return SessionStartLimits(total=1000, remaining=remaining, reset_after=reset_after, max_concurrency=1)


@pytest.mark.parametrize("used", [0, 1, 19])
def test_a_normal_day_needs_no_pause(used: int) -> None:
    assert pause_before(limit(1000 - used), 1, 0.0) == 0


def test_more_shards_need_more() -> None:
    assert pause_before(limit(900), 10, 0.0) == 0
    assert pause_before(limit(900), 1, 0.0) > 0


@pytest.mark.parametrize("remaining, hours", [(980, 24), (500, 12), (110, 20), (101, 1)])
def test_beyond_it_what_is_left_lasts_for_the_rest_of_the_day(remaining: int, hours: int) -> None:
    seconds = hours * 3600

    pause = pause_before(limit(remaining, seconds * 1000), 1, 0.0)

    assert pause * (remaining - 100) == pytest.approx(seconds)
    assert pause_before(limit(remaining, seconds * 1000), 1, pause / 2) == pytest.approx(pause / 2)
    assert pause_before(limit(remaining, seconds * 1000), 1, pause) == 0


@pytest.mark.parametrize("remaining", [0, 100])
def test_the_last_tenth_is_never_spent(remaining: int) -> None:
    assert pause_before(limit(remaining, 7_200_000), 1, 1e9) == 7200


def test_a_day_of_nothing_but_failures_leaves_most_of_the_budget() -> None:
    """As many as the bot can, with Discord's count of the last day."""
    at, last, used = 0.0, 0.0, 0
    while at < 86_400:
        pause = pause_before(limit(1000 - used, int((86_400 - at) * 1000)), 1, at - last)
        at += pause or 5.0  # those of one key are five seconds apart
        if not pause:
            used, last = used + 1, at

    assert 20 < used <= 900


@pytest.fixture
async def client(discord_server: DiscordServer, database: Database) -> AsyncIterator[discord.Client]:
    bot = await AdapterBot(discord_server, database).start()
    yield bot.adapter._wire.client
    await bot.stop()


async def test_those_of_one_key_are_five_seconds_apart(client: discord.Client, discord_server: DiscordServer) -> None:
    discord_server.session_starts["max_concurrency"] = 2
    seconds = 0.0
    leases = Alone(lambda: seconds)
    budget = Budget(leases)

    for shard in (0, 1):
        await budget.spend(client, shard, 3)

    assert [await leases.turn(f"discord:identify:{key}", SPAN) for key in (0, 1)] == [5, 5]


async def test_where_discord_does_not_say_how_many_are_left_none_is_spent(
    client: discord.Client, discord_server: DiscordServer
) -> None:
    discord_server.faults.next("GET /gateway/bot", status=400)

    with pytest.raises(Later, match="no new session at Discord's gateway for 5 s"):
        await Budget(Alone(lambda: 0.0)).spend(client, 0, 1)


async def test_without_anything_left_nobody_identifies_until_the_limit_is_renewed(
    discord_server: DiscordServer, database: Database
) -> None:
    discord_server.guild("Practice")
    discord_server.session_starts |= {"remaining": 0, "reset_after": 100}
    bot = AdapterBot(discord_server, database)

    starting = asyncio.create_task(bot.start())
    await discord_server.requested("GET /gateway/bot", 7)
    assert discord_server.gateway.identified == 0
    discord_server.session_starts["remaining"] = 1000
    await starting

    assert discord_server.gateway.identified == 1
    hearts = [thread for thread in threading.enumerate() if isinstance(thread, KeepAliveHandler)]
    assert sum(not heart._stop_ev.is_set() for heart in hearts) == 1  # those that were given up do not go on
    await bot.stop()
