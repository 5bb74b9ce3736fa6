"""A bot of a few lines on the real discord.py, to try the simulated Discord with."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import discord
import pytest
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from tests.discord.server import BOT_TOKEN, DiscordServer
from tests.discord.shapes import Json

Handler = Callable[[discord.Interaction], Awaitable[object]]


class TrialBot(discord.Client):
    """Answers interactions by whatever the test puts in, and writes down what it is told."""

    def __init__(self, intents: discord.Intents) -> None:
        super().__init__(
            intents=intents,
            allowed_mentions=discord.AllowedMentions.none(),
            guild_ready_timeout=0.05,
            max_messages=None,
        )
        self.answer: Handler | None = None
        self.told: list[str] = []
        self.failed: list[Exception] = []
        self.news = asyncio.Condition()

    async def write_down(self, news: str) -> None:
        async with self.news:
            self.told.append(news)
            self.news.notify_all()

    async def hears(self, news: str, times: int = 1) -> None:
        async with self.news, asyncio.timeout(10):
            await self.news.wait_for(lambda: self.told.count(news) >= times)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Identify again at once: discord.py would wait for five seconds."""

    async def on_ready(self) -> None:
        await self.write_down("ready")

    async def on_member_join(self, member: discord.Member) -> None:
        await self.write_down(f"{member.display_name} joined{' pending' if member.pending else ''}")

    async def on_member_update(self, before: discord.Member, after: discord.Member) -> None:
        if before.pending and not after.pending:
            await self.write_down(f"{after.display_name} was screened")

    async def on_member_remove(self, member: discord.Member) -> None:
        await self.write_down(f"{member.display_name} left")

    async def on_guild_join(self, guild: discord.Guild) -> None:
        await self.write_down(f"invited to {guild.name}")

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        await self.write_down(f"thrown out of {guild.name}")

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        if self.answer is not None:
            try:
                await self.answer(interaction)
            except discord.HTTPException as failed:
                self.failed.append(failed)
                await self.write_down(f"refused {failed.code}")

    async def calls(self, method: str, path: str, body: object = None) -> Json:
        """Send this to the API as it is, past everything that discord.py checks itself."""
        answer: Json = await self.http.request(Route(method, path), json=body)
        return answer

    async def refused(self, method: str, path: str, body: object = None) -> discord.HTTPException:
        """What the API answers to something that it does not accept."""
        with pytest.raises(discord.HTTPException) as refused:
            await self.calls(method, path, body)
        return refused.value


@asynccontextmanager
async def connected(
    server: DiscordServer, monkeypatch: pytest.MonkeyPatch, *, intents: int = 3, token: str = BOT_TOKEN
) -> AsyncIterator[TrialBot]:
    """A bot that is ready, for as long as the block."""
    monkeypatch.setattr(Route, "BASE", server.api)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(server.gateway_url))
    bot = TrialBot(discord.Intents._from_value(intents))
    async with bot:
        await bot.login(token)
        running = asyncio.create_task(bot.connect())
        hearing = asyncio.create_task(bot.hears("ready"))
        await asyncio.wait({running, hearing}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            hearing.cancel()
            await running
        await hearing
        yield bot
        await bot.close()
        await running
