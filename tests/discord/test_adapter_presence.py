"""The bot in its servers: commands, people who come and go, direct messages, lost and found connections."""

import asyncio

import pytest

from adapters.discord.shards import NO_MEMBERS_INTENT
from adapters.discord.wire import BadToken
from bot.cards import card
from bot.ports import Wait
from bot.text import Reader, say
from tests.databases import Database
from tests.discord.adapter_bot import AdapterBot
from tests.discord.guilds import Guild
from tests.discord.people import Person
from tests.discord.server import DiscordServer

HELLO = card(say("Hello."))


@pytest.fixture
def guild(adapter_bot: AdapterBot, discord_server: DiscordServer) -> Guild:
    return discord_server.guilds[0]


@pytest.fixture
def ana(guild: Guild) -> Person:
    return guild.person("Ana")


async def test_commands_are_registered_once(adapter_bot: AdapterBot, discord_server: DiscordServer) -> None:
    names = [command["name"] for command in discord_server.commands[None]]
    assert names == ["toy", "club", "Keep this"]

    await adapter_bot.restarts()

    assert len(discord_server.requests("GET /applications/*/commands")) == 2
    assert len(discord_server.requests("PUT /applications/*/commands")) == 1


async def test_commands_that_somebody_changed_are_registered_again(
    adapter_bot: AdapterBot, discord_server: DiscordServer
) -> None:
    discord_server.commands[None][0]["options"][0]["description"] = "Something else"

    await adapter_bot.restarts()

    assert len(discord_server.requests("PUT /applications/*/commands")) == 2


async def test_who_comes_is_greeted_once(adapter_bot: AdapterBot, guild: Guild, discord_server: DiscordServer) -> None:
    discord_server.repeat_events = 2
    ben = await guild.joins("Ben")

    message = await ben.dm_arrives()

    assert message.text.startswith("Hello Ben.")
    assert "You get this because you came here." in message.text
    assert message.buttons == ["Where am I?", "Stop these"]
    await adapter_bot.restarts()  # everything that was under way is done
    assert len(ben.dms) == 1


async def test_who_has_to_accept_the_rules_is_greeted_afterwards(guild: Guild) -> None:
    ben = await guild.joins("Ben", pending=True)
    cleo = await guild.joins("Cleo")
    await cleo.dm_arrives()
    assert ben.dms == []

    await guild.screens(ben)

    await ben.dm_arrives()


async def test_rules_accepted_while_the_bot_was_away_do_not_matter_and_those_accepted_later_do(
    adapter_bot: AdapterBot, guild: Guild
) -> None:
    ben = guild.person("Ben", pending=True)  # came in without the bot
    await adapter_bot.restarts()

    await guild.screens(ben)

    await ben.dm_arrives()


async def test_who_leaves_is_noticed(adapter_bot: AdapterBot, guild: Guild, discord_server: DiscordServer) -> None:
    ben = await guild.joins("Ben")
    await ben.dm_arrives()

    await guild.leaves(ben)
    cleo = await guild.joins("Cleo")
    await cleo.dm_arrives()

    assert (await adapter_bot.settings(guild))["gone"] == "Ben"


async def test_a_button_in_a_direct_message_speaks_for_the_server_that_it_came_from(
    discord_server: DiscordServer, guild: Guild
) -> None:
    other = discord_server.guild("Elsewhere", channels=("general",))
    ben = await guild.joins("Ben")
    greeting = await ben.dm_arrives()
    there = await other.joins(ben)
    await ben.dm_arrives(lambda m: m is not greeting)
    await there.command("toy where")

    answer = await ben.click(greeting, "Where am I?")

    assert answer.text == "Ben, a person in Practice."


async def test_a_command_in_a_direct_message_is_for_the_server_of_the_last_one(
    discord_server: DiscordServer, guild: Guild
) -> None:
    other = discord_server.guild("Elsewhere", channels=("general",))
    ben = await guild.joins("Ben")
    there = await other.joins(ben)
    await there.command("toy where")

    answer = await ben.command("toy where", in_="dm")

    assert answer.text.endswith("a person in Elsewhere.")


async def test_an_admin_is_one_in_a_direct_message_too(adapter_bot: AdapterBot, guild: Guild) -> None:
    cleo = guild.person("Cleo", admin=True)
    await adapter_bot.restarts()

    assert (await cleo.command("toy where", in_="dm")).text == "Cleo, an admin in Practice."
    assert (await cleo.command("toy where")).text == "Cleo, an admin in Practice."


async def test_somebody_whom_nobody_knows_is_told_where_to_ask(guild: Guild) -> None:
    ben = guild.person("Ben")
    del guild.members[ben.id]

    answer = await ben.command("toy where", in_="dm")

    assert answer.text == "I do not know which server you mean. Please use this in a channel there."


async def test_the_bot_comes_back_after_the_connection_was_lost(ana: Person, discord_server: DiscordServer) -> None:
    await discord_server.drop_gateway()
    await discord_server.ready()
    await discord_server.reconnect_op7()
    await discord_server.ready()

    assert (await ana.command("toy where")).text == "Ana, a person in Practice."


async def test_without_the_members_intent_the_bot_starts_and_says_what_is_missing(
    adapter_bot: AdapterBot, ana: Person, discord_server: DiscordServer
) -> None:
    discord_server.members_intent = False

    await adapter_bot.restarts()

    assert adapter_bot.adapter.missing == [NO_MEMBERS_INTENT]
    assert (await ana.command("toy where")).text == "Ana, a person in Practice."
    assert (await ana.command("toy where", in_="dm")).text == "Ana, a person in Practice."


async def test_a_wrong_token_is_said_in_a_sentence(adapter_bot: AdapterBot, discord_server: DiscordServer) -> None:
    await adapter_bot.stop()
    discord_server.token = "another"

    with pytest.raises(BadToken, match="Copy it again"):
        await adapter_bot.start()

    discord_server.token = "discord-token"
    await adapter_bot.start()


async def test_a_server_that_invites_the_bot_while_it_runs_is_served_at_once(
    adapter_bot: AdapterBot, discord_server: DiscordServer
) -> None:
    guild = discord_server.guild("Newcomers", channels=("general", "announcements"))
    ana = guild.person("Ana")

    assert (await ana.command("toy where")).text.startswith("Ana, a person in")


async def test_an_outage_at_the_start_is_waited_out(
    adapter_bot: AdapterBot, ana: Person, discord_server: DiscordServer, caplog: pytest.LogCaptureFixture
) -> None:
    discord_server.faults.next("GET /users/@me", status=503)

    await adapter_bot.restarts()

    assert "Discord cannot be reached" in caplog.text
    assert (await ana.command("toy where")).text == "Ana, a person in Practice."


class DeafAtFirst(DiscordServer):
    """Its REST works before its gateway does."""

    told = 0

    @property
    def gateway_url(self) -> str:
        self.told += 1
        return super().gateway_url if self.told > 2 else "ws://127.0.0.1:9/gateway"


async def test_a_gateway_that_comes_up_later_is_waited_for(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    async with DeafAtFirst() as server:
        ana = server.guild("Practice").person("Ana")
        bot = await AdapterBot(server, database).start()

        assert "the gateway does not answer" in caplog.text
        assert (await ana.command("toy where")).text == "Ana, a person in Practice."
        await bot.stop()


async def test_a_token_that_was_changed_ends_the_connection_and_loses_nothing(
    adapter_bot: AdapterBot, guild: Guild, discord_server: DiscordServer, caplog: pytest.LogCaptureFixture
) -> None:
    discord_server.token = "another"

    await discord_server.drop_gateway()
    while "code 4004" not in caplog.text:  # noqa: ASYNC110  # it tells nobody else
        await asyncio.sleep(0)

    assert not adapter_bot.adapter.connected
    assert "Discord is not listened to: Discord closed the connection with code 4004" in caplog.text
    with pytest.raises(Wait):
        await adapter_bot.adapter.send(guild.id, guild.channel("general").id, HELLO, Reader(), "key")
