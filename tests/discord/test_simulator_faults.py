"""The simulated Discord, proved with the real discord.py: refusals, lost connections and repeated events."""

import asyncio

import aiohttp
import discord
import pytest

from tests.discord.places import Channel
from tests.discord.server import DiscordServer
from tests.discord.trial_bot import TrialBot

MESSAGES = "POST /channels/*/messages"


@pytest.fixture
def general(discord_server: DiscordServer, trial_bot: TrialBot) -> Channel:
    return discord_server.guilds[0].channel("general")


@pytest.fixture
def channel(trial_bot: TrialBot, general: Channel) -> discord.PartialMessageable:
    return trial_bot.get_partial_messageable(int(general.id))


@pytest.mark.parametrize("everywhere", [True, False])
async def test_a_rate_limit_is_waited_for(
    discord_server: DiscordServer, channel: discord.PartialMessageable, general: Channel, everywhere: bool
) -> None:
    discord_server.faults.next(MESSAGES, times=2, status=429, retry_after=0.01, everywhere=everywhere)

    await channel.send("Hello")

    assert [request.status for request in discord_server.requests(MESSAGES)] == [429, 429, 200]
    assert len(general.messages) == 1


async def test_a_bucket_is_told_and_kept(
    discord_server: DiscordServer, channel: discord.PartialMessageable, general: Channel
) -> None:
    discord_server.faults.limit(MESSAGES, requests=2, per=0.1)

    for number in range(5):
        await channel.send(str(number))

    assert [message.text for message in general.messages] == ["0", "1", "2", "3", "4"]


async def test_a_ban_looks_different_from_a_rate_limit(
    discord_server: DiscordServer, channel: discord.PartialMessageable
) -> None:
    discord_server.faults.next(MESSAGES, status=429, via=False)

    with pytest.raises(discord.HTTPException) as banned:
        await channel.send("Hello")

    assert banned.value.status == 429


@pytest.mark.parametrize("status,code", [(503, 0), (None, 50001), (None, 50013), (400, 200000)])
async def test_any_answer_can_be_made_up(
    discord_server: DiscordServer, channel: discord.PartialMessageable, general: Channel, status: int | None, code: int
) -> None:
    discord_server.faults.next(MESSAGES, status=status, code=code or None)

    with pytest.raises(discord.HTTPException) as refused:
        await channel.send("Hello")

    assert refused.value.code == code
    assert general.messages == []


@pytest.mark.parametrize("stored", [True, False])
async def test_a_connection_is_lost_before_or_after_the_message_is_stored(
    discord_server: DiscordServer, channel: discord.PartialMessageable, general: Channel, stored: bool
) -> None:
    discord_server.faults.next(MESSAGES, drop="after" if stored else "before")

    with pytest.raises(aiohttp.ServerDisconnectedError):
        await channel.send("Hello", nonce="1")
    found = len(general.messages)
    await channel.send("Hello", nonce="1")

    assert found == int(stored)
    assert len(general.messages) == 1


async def test_a_request_is_held_until_it_is_released(
    discord_server: DiscordServer, channel: discord.PartialMessageable, general: Channel
) -> None:
    hold = discord_server.faults.hold(MESSAGES)

    sending = asyncio.create_task(channel.send("Hello"))
    await hold.reached()
    before = list(general.messages)
    hold.release()
    await sending

    assert before == []
    assert len(general.messages) == 1


async def test_an_unknown_route_is_a_problem(discord_server: DiscordServer, trial_bot: TrialBot) -> None:
    refused = await trial_bot.refused("GET", "/guilds/1/soundboard-sounds")

    assert refused.status == 404
    assert discord_server.problems == ["GET /guilds/1/soundboard-sounds: there is no such route"]
    discord_server.problems.clear()


async def test_an_outage_ends_and_the_bot_resumes(
    discord_server: DiscordServer, channel: discord.PartialMessageable, general: Channel
) -> None:
    async with discord_server.outage():
        with pytest.raises(aiohttp.ClientConnectorError):
            await channel.send("Lost")
    await discord_server.ready()
    await channel.send("Back")

    assert [message.text for message in general.messages] == ["Back"]
    assert discord_server.gateway.resumed == 1


async def test_events_that_were_missed_are_replayed(discord_server: DiscordServer, trial_bot: TrialBot) -> None:
    guild = discord_server.guilds[0]

    async with discord_server.gateway_down():
        await guild.joins("Ben")
        await guild.joins("Cho")
    await trial_bot.hears("Cho joined")

    assert trial_bot.told[-2:] == ["Ben joined", "Cho joined"]
    assert (discord_server.gateway.identified, discord_server.gateway.resumed) == (1, 1)


async def test_the_bot_comes_back_when_it_is_asked_to(discord_server: DiscordServer, trial_bot: TrialBot) -> None:
    await discord_server.reconnect_op7()
    await discord_server.ready()
    await discord_server.guilds[0].joins("Ben")
    await trial_bot.hears("Ben joined")

    assert (discord_server.gateway.identified, discord_server.gateway.resumed) == (1, 1)


@pytest.mark.parametrize("resumable", [True, False])
async def test_a_session_is_declared_invalid(
    discord_server: DiscordServer, trial_bot: TrialBot, resumable: bool
) -> None:
    await discord_server.invalid_session(resumable=resumable)
    await discord_server.ready()
    await discord_server.guilds[0].joins("Ben")
    await trial_bot.hears("Ben joined")

    expected = (1, 1) if resumable else (2, 0)
    assert (discord_server.gateway.identified, discord_server.gateway.resumed) == expected


async def test_events_can_be_delivered_twice(discord_server: DiscordServer, trial_bot: TrialBot) -> None:
    async def answer(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("Hello")

    trial_bot.answer = answer
    path = f"/applications/{discord_server.application_id}/commands"
    await trial_bot.calls("PUT", path, [{"name": "hello", "description": "Greets"}])
    discord_server.repeat_events = 2

    said = await discord_server.guilds[0].person("Ana").command("hello")

    await trial_bot.hears("refused 40060")
    assert said.text == "Hello"
    assert len(discord_server.requests("POST /interactions/*/*/callback")) == 2
