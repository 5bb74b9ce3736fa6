"""What is counted of the connection to Discord: sessions, refusals, and whether there is a connection at all."""

import asyncio

import pytest

from adapters.discord.app import Discord
from bot import metrics
from bot.cards import card
from bot.ports import Gone, Rejected
from bot.text import Reader, say
from tests.discord.adapter_bot import AdapterBot
from tests.discord.server import DiscordServer

HELLO = card(say("Hello."))


def invalid() -> float:
    return metrics.value("invalid_requests_10m", platform="discord")


def hears(bot: AdapterBot, event: str) -> "asyncio.Task[object]":
    """Done when discord.py tells of this, which it does after it has told the bot."""
    client = bot.adapter._gateway._lines[0].client
    assert client is not None
    return asyncio.create_task(client.wait_for(event, timeout=60))


async def test_sessions_that_are_begun_and_taken_up_again_are_counted(
    adapter_bot: AdapterBot, discord_server: DiscordServer
) -> None:
    begun, resumed = metrics.value("identify_today"), metrics.value("gateway_resumes_total")
    assert begun >= 1

    resuming = hears(adapter_bot, "resumed")
    await discord_server.drop_gateway()
    await resuming
    assert metrics.value("gateway_resumes_total") == resumed + 1
    assert metrics.value("identify_today") == begun

    connecting = hears(adapter_bot, "ready")  # the last thing that a new session brings
    await discord_server.invalid_session()
    await connecting
    assert metrics.value("identify_today") == begun + 1


async def test_a_bot_without_a_gateway_says_so_and_says_when_it_is_back(
    adapter_bot: AdapterBot, discord_server: DiscordServer
) -> None:
    adapter = adapter_bot.adapter
    assert adapter.connected

    lost, found = hears(adapter_bot, "disconnect"), hears(adapter_bot, "resumed")
    async with discord_server.gateway_down():
        await lost
        assert not adapter.connected
    await found
    assert adapter.connected

    await adapter.stop()
    assert not adapter.connected
    assert not Discord(adapter_bot.engine.runtime, "token").connected


@pytest.mark.parametrize("status,code,counts", [(403, 50013, True), (404, 10003, False), (400, 50035, False)])
async def test_refusals_for_which_discord_bans_are_counted(
    adapter_bot: AdapterBot, discord_server: DiscordServer, status: int, code: int, counts: bool
) -> None:
    guild = discord_server.guilds[0]
    before = invalid()
    discord_server.faults.next("POST /channels/*/messages", status=status, code=code)

    with pytest.raises((Gone, Rejected)):
        await adapter_bot.adapter.send(guild.id, guild.channel("general").id, HELLO, Reader(), "k1")

    assert invalid() == before + int(counts)


async def test_rate_limits_are_counted_although_the_library_waits_for_them(
    adapter_bot: AdapterBot, discord_server: DiscordServer
) -> None:
    guild = discord_server.guilds[0]
    before, limited = invalid(), metrics.value("rate_limited_total", platform="discord")
    discord_server.faults.next("POST /channels/*/messages", status=429, retry_after=0.01)

    await adapter_bot.adapter.send(guild.id, guild.channel("general").id, HELLO, Reader(), "k1")

    assert invalid() == before + 1
    assert metrics.value("rate_limited_total", platform="discord") == limited + 1


async def test_answers_to_people_are_counted_too(adapter_bot: AdapterBot, discord_server: DiscordServer) -> None:
    before = metrics.value("requests_total", platform="discord", status="2xx")

    await discord_server.guilds[0].person("Ana").command("toy where")
    await asyncio.gather(*adapter_bot.adapter._tasks)  # the answer has come back, too

    assert metrics.value("requests_total", platform="discord", status="2xx") > before
