"""The simulated Discord as a fixture; a test that leaves a problem in it has failed."""

from collections.abc import AsyncIterator

import pytest

from tests.databases import Database
from tests.discord.adapter_bot import AdapterBot
from tests.discord.server import DiscordServer
from tests.discord.trial_bot import TrialBot, connected


@pytest.fixture
async def discord_server() -> AsyncIterator[DiscordServer]:
    async with DiscordServer() as server:
        yield server
    assert server.problems == []


@pytest.fixture
async def trial_bot(discord_server: DiscordServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[TrialBot]:
    """The trial bot, connected and ready, with a guild called Practice around it."""
    discord_server.guild("Practice", channels=("general", "announcements", "welcome"))
    async with connected(discord_server, monkeypatch) as bot:
        yield bot


@pytest.fixture
async def adapter_bot(discord_server: DiscordServer, database: Database) -> AsyncIterator[AdapterBot]:
    """The bot itself with a toy feature, connected, in a guild called Practice."""
    discord_server.guild("Practice", channels=("general", "announcements", "welcome"))
    bot = await AdapterBot(discord_server, database).start()
    yield bot
    await bot.stop()
