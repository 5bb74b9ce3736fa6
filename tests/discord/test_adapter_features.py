"""The bot's own features on Discord, from the welcome to a vote that outlives the process."""

from collections.abc import AsyncIterator

import pytest

from bot.features import find_features
from tests.databases import Database
from tests.discord.adapter_bot import AdapterBot
from tests.discord.guilds import Guild
from tests.discord.interactions import Interaction
from tests.discord.people import Person
from tests.discord.server import DiscordServer


@pytest.fixture
async def whole_bot(discord_server: DiscordServer, database: Database) -> AsyncIterator[AdapterBot]:
    discord_server.guild("Practice", channels=("general", "announcements", "welcome", "resources"))
    bot = await AdapterBot(discord_server, database, *find_features()).start()
    yield bot
    await bot.stop()


async def join(guild: Guild, name: str) -> Person:
    """Come in, be greeted, and join by the buttons."""
    person = await guild.joins(name)
    greeting = await person.dm_arrives()
    meaning = await person.click(greeting, "What joining means")
    assert meaning.message is not None
    done = await person.click(meaning.message, "Join")
    assert "You are in" in done.text
    return person


async def agree(person: Person, asked: Interaction) -> None:
    """Press the first button of a preview."""
    assert asked.message is not None
    await person.click(asked.message, asked.message.buttons[0])


async def test_a_newcomer_joins_votes_and_finds_the_vote_after_a_restart(
    whole_bot: AdapterBot, discord_server: DiscordServer
) -> None:
    guild = discord_server.guilds[0]
    ana, ben = await join(guild, "Ana"), await join(guild, "Ben")

    asked = await ana.command("poll create", in_="announcements", question="Lunch?", choices="Pizza, Sushi")
    await agree(ana, asked)
    poll = await guild.channel("announcements").arrives(lambda m: "Lunch?" in m.text)
    await ben.click(poll, next(b for b in poll.buttons if "Pizza" in b))
    await whole_bot.restarts()
    await ana.click(poll, next(b for b in poll.buttons if "Sushi" in b))

    voted = await guild.channel("announcements").arrives(lambda m: "2 " in m.text)
    assert voted is poll
    assert len(guild.channel("announcements").messages) == 1


async def test_a_group_that_is_joined_is_a_channel_that_is_seen(
    whole_bot: AdapterBot, discord_server: DiscordServer
) -> None:
    guild = discord_server.guilds[0]
    cleo = guild.person("Cleo", admin=True)
    asked = await cleo.command("group create", name="Gardeners", purpose="We grow things.")
    await agree(cleo, asked)

    ana = await join(guild, "Ana")
    await ana.command("group join", group="Gardeners")
    await discord_server.bell.until(lambda: "gardeners" in ana.roles or None, lambda: f"{ana.roles}")

    assert ana.sees(guild.channel("gardeners"))
