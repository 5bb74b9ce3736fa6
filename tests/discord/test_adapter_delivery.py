"""What the bot sends by itself on Discord: once, to the right people, and looked for before it is repeated."""

import asyncio
from typing import Literal

import pytest

from adapters.discord.app import Discord
from adapters.discord.limits import READ_MESSAGE_HISTORY
from bot.cards import card
from bot.ports import CannotLook, Closed, Gone, Rejected, Unsure, Wait
from bot.text import Reader, say
from tests.discord.adapter_bot import AdapterBot
from tests.discord.guilds import Guild
from tests.discord.people import Person
from tests.discord.server import DiscordServer

SEND = "POST /channels/*/messages"
HOSTILE = "@everyone <!channel> [x](http://evil) <@1>"
HELLO = card(say("Hello."))


@pytest.fixture
def guild(adapter_bot: AdapterBot, discord_server: DiscordServer) -> Guild:
    return discord_server.guilds[0]


@pytest.fixture
def ana(guild: Guild) -> Person:
    return guild.person("Ana")


async def test_closed_direct_messages_wait_for_the_next_visit(guild: Guild, discord_server: DiscordServer) -> None:
    ben = guild.person("Ben")
    ben.dms_closed = True
    await guild.leaves(ben)

    await guild.joins(ben)
    await discord_server.requested(SEND)
    async with asyncio.timeout(10):  # until the outbox has noted the refusal
        while not any("Hello Ben." in message.text for message in ben.private):
            await ben.command("toy where")

    assert ben.dms == []
    assert (await ben.command("toy where")).text == "Ben, a person in Practice."


async def test_hostile_words_ping_nobody_and_link_nothing(
    guild: Guild, ana: Person, discord_server: DiscordServer
) -> None:
    await ana.command("toy gallery", title=HOSTILE)

    posted = await guild.channel("general").arrives()

    assert discord_server.pings == set()
    assert "@everyone" not in posted.text
    assert "<@1>" not in posted.text
    assert "](" not in posted.text.replace("\\](", "").replace("](<https://example.org/a_(b)>)", "")
    assert "http://" not in posted.text
    assert posted.json()["components"][0]["accent_color"]
    for request in discord_server.requests(SEND):
        assert request.body["allowed_mentions"] == {"parse": []}


async def test_an_edit_pings_nobody_either(guild: Guild, ana: Person, discord_server: DiscordServer) -> None:
    await ana.command("toy make", name="bear")
    posted = await guild.channel("general").arrives()
    await ana.submits((await ana.click(posted, "Rename")).modal, Name="@everyone <@1>")  # type: ignore[arg-type]

    await guild.channel("general").arrives(lambda m: "@\u200beveryone" in m.text)

    [edit] = discord_server.requests("PATCH /channels/*/messages/*")
    assert edit.body["allowed_mentions"] == {"parse": []}


@pytest.mark.parametrize("drop", ["before", "after"])
async def test_a_message_whose_answer_was_lost_is_looked_for_and_posted_once(
    adapter_bot: AdapterBot, guild: Guild, ana: Person, discord_server: DiscordServer, drop: str
) -> None:
    discord_server.faults.next(SEND, drop=drop)  # type: ignore[arg-type]

    await ana.command("toy make", name="bear")
    while not discord_server.requests("GET /channels/*/messages"):  # not before it can be found
        await asyncio.sleep(0.05)
        discord_server.clock.pass_time(seconds=10)
        adapter_bot.engine.runtime.wake.set()
    await guild.channel("general").arrives()
    await adapter_bot.restarts()
    await ana.command("toy make", name="cat")
    await guild.channel("general").arrives(lambda m: "cat" in m.text)

    assert len(guild.channel("general").messages) == 1


async def test_a_repeated_send_of_a_key_is_one_message(adapter_bot: AdapterBot, guild: Guild) -> None:
    channel = guild.channel("general")

    first = await adapter_bot.adapter.send(guild.id, channel.id, HELLO, Reader(), "key1")
    again = await adapter_bot.adapter.send(guild.id, channel.id, HELLO, Reader(), "key1")
    other = await adapter_bot.adapter.send(guild.id, channel.id, HELLO, Reader(), "key2")

    assert first == again != other
    assert len(channel.messages) == 2


async def test_a_message_is_found_by_its_key(adapter_bot: AdapterBot, guild: Guild) -> None:
    channel, adapter, before = guild.channel("general"), adapter_bot.adapter, adapter_bot.now()
    sent = await adapter.send(guild.id, channel.id, HELLO, Reader(), "key1")
    guild.person("Ana").says("Hello yourself")

    assert await adapter.find(guild.id, channel.id, "key1", before) == sent
    assert await adapter.find(guild.id, channel.id, "key2", before) is None


async def test_a_history_that_may_not_be_read_is_not_taken_for_an_empty_one(
    adapter_bot: AdapterBot, guild: Guild
) -> None:
    general, adapter = guild.channel("general"), adapter_bot.adapter
    assert await adapter.find(guild.id, general.id, "key", adapter_bot.now()) is None

    general.overwrites[guild.id] = {"id": guild.id, "type": 0, "allow": "0", "deny": str(READ_MESSAGE_HISTORY)}
    guild.send("CHANNEL_UPDATE", general.json())
    with pytest.raises(CannotLook):
        await adapter.find(guild.id, general.id, "key", adapter_bot.now())


async def test_a_rate_limit_is_waited_for(guild: Guild, ana: Person, discord_server: DiscordServer) -> None:
    discord_server.faults.next(SEND, status=429, retry_after=0.01)

    await ana.command("toy make", name="bear")

    await guild.channel("general").arrives()
    assert len(discord_server.requests(SEND)) == 2


@pytest.mark.parametrize(
    "fault, means",
    [
        ({"status": 429, "retry_after": 60}, Wait),
        ({"status": 429, "via": False}, Wait),
        ({"status": 401}, Wait),
        ({"status": 503}, Unsure),
        ({"drop": "before"}, Unsure),
        ({"code": 10003}, Gone),
        ({"code": 50001}, Gone),
        ({"code": 50013}, Gone),
        ({"code": 50007}, Closed),
        ({"code": 50278}, Closed),
        ({"code": 50035}, Rejected),
        ({"code": 200000}, Rejected),
    ],
)
async def test_what_discord_answers_means_what_the_outbox_understands(
    adapter_bot: AdapterBot,
    guild: Guild,
    discord_server: DiscordServer,
    fault: dict[str, object],
    means: type[Exception],
) -> None:
    discord_server.faults.next(SEND, **fault)  # type: ignore[arg-type]

    with pytest.raises(means):
        await adapter_bot.adapter.send(guild.id, guild.channel("general").id, HELLO, Reader(), "key")


async def test_a_message_that_somebody_deleted_meanwhile_is_not_sent_again(
    adapter_bot: AdapterBot, guild: Guild, ana: Person
) -> None:
    channel = guild.channel("general")
    await adapter_bot.adapter.send(guild.id, channel.id, HELLO, Reader(), "key")
    ana.deletes(channel.messages[0])

    ref = await adapter_bot.adapter.send(guild.id, channel.id, HELLO, Reader(), "key")

    assert channel.messages == []
    with pytest.raises(Gone):
        await adapter_bot.adapter.edit(guild.id, channel.id, ref, HELLO, Reader())


async def test_an_interaction_that_is_delivered_twice_is_answered_once(
    ana: Person, guild: Guild, discord_server: DiscordServer
) -> None:
    discord_server.repeat_events = 3

    await ana.command("toy make", name="bear")
    await guild.channel("general").arrives()

    assert len(discord_server.requests("POST /interactions/*/*/callback")) == 1


@pytest.mark.parametrize("drop", ["before", "after"])
async def test_a_lost_answer_is_given_again(
    adapter_bot: AdapterBot,
    ana: Person,
    discord_server: DiscordServer,
    caplog: pytest.LogCaptureFixture,
    drop: Literal["before", "after"],
) -> None:
    discord_server.faults.next("POST /interactions/*/*/callback", drop=drop)

    answer = await ana.command("toy where")
    await adapter_bot.restarts()  # all answers are out

    assert answer.text == "Ana, a person in Practice."
    assert len(discord_server.requests("POST /interactions/*/*/callback")) == 2
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_an_answer_that_comes_too_late_breaks_nothing(ana: Person, discord_server: DiscordServer) -> None:
    discord_server.too_late = 1

    assert (await ana.command("toy where")).kind == "failed"

    assert (await ana.command("toy where")).text == "Ana, a person in Practice."


async def test_nothing_is_lost_while_the_bot_is_not_logged_in(adapter_bot: AdapterBot, guild: Guild) -> None:
    adapter, channel = Discord(adapter_bot.engine.runtime, "token"), guild.channel("general").id

    for attempt in (
        adapter.send(guild.id, channel, HELLO, Reader(), "key"),
        adapter.edit(guild.id, channel, "1", HELLO, Reader()),
        adapter.find(guild.id, channel, "key", adapter_bot.now()),
        adapter.direct(guild.id, "1"),
        adapter.open(guild.id, "Bears"),
    ):
        with pytest.raises(Unsure, match="ConnectionError"):
            await attempt
