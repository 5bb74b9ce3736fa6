"""The simulated Discord as a judge, proved with the real discord.py: its record, and answers that say too little."""

from datetime import timedelta

import aiohttp
import discord
import pytest

from tests.discord.places import Channel
from tests.discord.server import DiscordServer
from tests.discord.shapes import Json
from tests.discord.traffic import Traffic
from tests.discord.trial_bot import TrialBot

MESSAGES = "POST /channels/*/messages"


@pytest.fixture
def general(discord_server: DiscordServer, trial_bot: TrialBot) -> Channel:
    return discord_server.guilds[0].channel("general")


async def posts(bot: TrialBot, channel: Channel, text: str, nonce: str = "") -> Json:
    known = {"nonce": nonce, "enforce_nonce": True} if nonce else {}
    return await bot.calls("POST", f"/channels/{channel.id}/messages", {"content": text} | known)


async def test_the_record_tells_what_was_seen_from_what_was_known_already(
    discord_server: DiscordServer, trial_bot: TrialBot, general: Channel
) -> None:
    await posts(trial_bot, general, "first", "one")
    await posts(trial_bot, general, "again", "one")
    sent = await posts(trial_bot, general, "second", "two")
    await trial_bot.calls("PATCH", f"/channels/{general.id}/messages/{sent['id']}", {"content": "changed"})

    told = [(entry.way, entry.key, entry.text, entry.outcome, entry.visible) for entry in discord_server.evidence]
    assert told == [
        ("post", "one", "first", "shown", True),
        ("post", "one", "again", "known", False),
        ("post", "two", "second", "shown", True),
        ("edit", "", "changed", "edited", False),
    ]
    assert [message.text for message in general.messages] == ["first", "changed"]


async def test_a_key_is_known_for_as_long_as_the_platform_likes(
    discord_server: DiscordServer, trial_bot: TrialBot, general: Channel
) -> None:
    discord_server.nonce_kept = lambda: timedelta(seconds=60)
    await posts(trial_bot, general, "Hello", "one")
    discord_server.clock.pass_time(seconds=59)
    await posts(trial_bot, general, "Hello", "one")
    assert len(general.messages) == 1

    discord_server.clock.pass_time(seconds=2)
    await posts(trial_bot, general, "Hello", "one")

    assert len(general.messages) == 2


async def test_a_fault_after_acceptance_shows_the_message_and_says_otherwise(
    discord_server: DiscordServer, trial_bot: TrialBot, general: Channel
) -> None:
    discord_server.faults.next(MESSAGES, status=503, stored=True)
    with pytest.raises(discord.DiscordServerError):
        await posts(trial_bot, general, "one")
    discord_server.faults.next(MESSAGES, drop="after", lag=0.01)
    with pytest.raises(aiohttp.ClientError):
        await posts(trial_bot, general, "two")
    discord_server.faults.next(MESSAGES, cut_short=True)
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        await posts(trial_bot, general, "three")
    discord_server.faults.next(MESSAGES, drop="before")
    with pytest.raises(aiohttp.ClientError):
        await posts(trial_bot, general, "four")

    assert [message.text for message in general.messages] == ["one", "two", "three"]
    told = [(entry.text, entry.outcome, entry.answer) for entry in discord_server.evidence]
    assert told == [
        ("one", "shown", "503"),
        ("two", "shown", "no answer"),
        ("three", "shown", "cut short"),
        ("four", "lost", "reset"),
    ]


async def test_history_shows_a_message_only_after_a_while(
    discord_server: DiscordServer, trial_bot: TrialBot, general: Channel
) -> None:
    discord_server.history_lag = 5
    await posts(trial_bot, general, "Hello")
    path = f"/channels/{general.id}/messages"
    assert not await trial_bot.calls("GET", path)

    discord_server.clock.pass_time(seconds=6)

    assert len(await trial_bot.calls("GET", path)) == 1


async def test_one_request_too_many_in_a_second_waits_for_the_next(
    discord_server: DiscordServer, trial_bot: TrialBot, general: Channel
) -> None:
    discord_server.traffic = Traffic(lambda: 0.35 * len(discord_server.requests(MESSAGES)))
    discord_server.traffic.a_second = 2

    for number in range(3):
        await posts(trial_bot, general, str(number))

    assert [request.status for request in discord_server.requests(MESSAGES)] == [200, 200, 429, 200]
    assert len(general.messages) == 3


async def test_too_many_mistakes_shut_a_bot_out(
    discord_server: DiscordServer, trial_bot: TrialBot, general: Channel
) -> None:
    discord_server.traffic.banned_after = 3
    for _ in range(3):
        discord_server.faults.next(MESSAGES, code=50013)
        assert (await trial_bot.refused("POST", f"/channels/{general.id}/messages", {"content": "x"})).code == 50013

    banned = await trial_bot.refused("POST", f"/channels/{general.id}/messages", {"content": "Hello"})

    assert banned.status == 429
    assert "Via" not in banned.response.headers
    assert general.messages == []


async def test_a_witness_hears_of_each_request_before_and_after_its_effect(
    discord_server: DiscordServer, trial_bot: TrialBot, general: Channel
) -> None:
    heard: list[tuple[str, int]] = []
    discord_server.witness = lambda stage, _what: heard.append((stage, len(general.messages)))

    await posts(trial_bot, general, "Hello")

    assert heard == [("arrived", 0), ("done", 1)]
