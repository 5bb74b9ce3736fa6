"""A bot in a process of its own, on a simulated platform in another: ours, or the bare library as the floor."""

import asyncio
import re
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from adapters.discord.app import Discord
from adapters.slack.app import Slack, Workspace
from bot.actions import Feature, Role
from bot.calls import Turn
from bot.effects import Effect
from bot.engine import Engine
from tests.bench.measuring import timed
from tests.bench.peers import Peer, peer, serve
from tests.bench.platforms import town
from tests.bench.town import Builder

Json = dict[str, Any]
MANY = 300  # actions more than there are


def crowd() -> Feature:
    """Actions that nobody uses, to see whether it matters how many there are."""
    feature = Feature("crowd")
    for number in range(MANY):

        def act(turn: Turn) -> list[Effect]:
            return []

        act.__name__ = f"act_{number}"
        feature.action(f"Nothing, number {number}", needs=Role.GUEST)(act)
    return feature


@asynccontextmanager
async def ours(hello: Json, platform: str, *features: Feature) -> AsyncIterator[None]:
    """The adapter, the runtime and the store; without the dispatcher, which has no part in an answer."""
    with tempfile.TemporaryDirectory(prefix="client-", dir=Path.cwd()) as folder:
        place = town(platform, hello["space"], hello["channel"], hello["users"])
        bot: Engine = await Builder(Path(folder)).bot(place, *features)
        adapter: Discord | Slack
        if platform == "discord":
            adapter = Discord(bot.runtime, hello["token"], api=hello["api"], guild_wait=0.05)
        else:
            adapter = Slack(bot.runtime, [Workspace(hello["token"])], hello["app_token"], api=hello["api"])
        await adapter.start()
        try:
            yield
        finally:
            await adapter.stop()
            await asyncio.to_thread(bot.store.close)


class Bare(discord.Client):
    """discord.py and one line of answer."""

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message("Your vote: Choice 1.", ephemeral=True)


@asynccontextmanager
async def bare_discord(hello: Json) -> AsyncIterator[None]:
    Route.BASE = hello["api"]
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(hello["gateway"])
    client = Bare(intents=discord.Intents(guilds=True), max_messages=None, guild_ready_timeout=0.05)
    async with client:
        await client.login(hello["token"])
        running = asyncio.create_task(client.connect())
        await client.wait_until_ready()
        yield
        await client.close()
        with suppress(asyncio.CancelledError):
            await running


@asynccontextmanager
async def bare_slack(hello: Json) -> AsyncIterator[None]:
    """Bolt with one listener that acknowledges and answers."""
    client = AsyncWebClient(hello["token"], base_url=hello["api"])
    app = AsyncApp(client=client, signing_secret="-", process_before_response=True)

    async def pressed(ack: Any, body: Json) -> None:
        await ack()
        await client.chat_postEphemeral(
            channel=body["channel"]["id"], user=body["user"]["id"], text="Your vote: Choice 1."
        )

    app.action(re.compile(".*"))(pressed)
    handler = AsyncSocketModeHandler(app, hello["app_token"])
    await handler.connect_async()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]
        if client.session is not None:
            await client.session.close()


async def run(which: str) -> None:
    platform, _, kind = which.partition("-")
    async with peer("platforms", platform) as people:
        match platform, kind:
            case "discord", "bare":
                bot = bare_discord(people.hello)
            case "slack", "bare":
                bot = bare_slack(people.hello)
            case _:
                bot = ours(people.hello, platform, *((crowd(),) if kind == "crowd" else ()))
        async with bot:
            await serve({}, lambda request: press(people, request))


async def press(people: Peer, request: Json) -> Json:
    """People press buttons, and this process counts what answering them costs it."""
    return asdict(await timed(lambda: people.ask(**request), request["times"]))


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1]))
