"""A command that does nothing: what rights, languages and the record of who acted cost beside the bare library."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import discord
from discord.ext import commands

from adapters.discord.app import Discord
from adapters.discord.shards import Line
from bot.actions import Feature
from bot.calls import Turn
from bot.cards import card
from bot.effects import Effect, Reply
from bot.leases import Hold
from bot.text import say
from tests.bench.figures import Figure
from tests.bench.measuring import Cost, Effort, Variant, cpu, cpu_ratio, interleaved, timed
from tests.bench.town import Builder, Town
from tests.discord.interactions import COMMAND, Interaction
from tests.discord.messages import Message
from tests.discord.server import DiscordServer

Json = dict[str, Any]
TIMES = 600  # a round
MOST = 1.5

trifles = Feature("trifles")


@trifles.action("Nothing much", command="trifle", reads=True)
def trifle(turn: Turn) -> list[Effect]:
    return [Reply(card(say("Here you are.")))]


class Counter:
    """Stands where the network would be, and counts what reaches it."""

    def __init__(self) -> None:
        self.wanted = 0
        self.done = asyncio.Event()

    async def answer(self, *_: Any, **__: Any) -> Json:
        self.wanted -= 1
        if self.wanted == 0:
            self.done.set()
        return {}

    async def after(self, times: int, each: Callable[[int], object]) -> None:
        """Until so many things were answered that all began at once."""
        self.wanted = times
        self.done.clear()
        for number in range(times):
            each(number)
        await self.done.wait()


async def used(builder: Builder, effort: Effort) -> AsyncIterator[Figure]:
    """Goal 6."""
    times = effort.times(TIMES, 20)
    server = DiscordServer()
    guild = server.guild("Practice")
    people = [guild.person(f"Person {n}") for n in range(97)]
    town = Town(space=guild.id, users=tuple(person.id for person in people), channel=guild.channels[0].id)
    bot = await builder.bot(town, trifles)
    adapter, counter = Discord(bot.runtime, "token"), Counter()
    adapter._wire.answer = counter.answer  # type: ignore[method-assign]
    adapter._gateway._lines[0] = Line(Hold("shard 0"), 0)  # else what it is told is another replica's
    data = {"id": "1", "name": "trifle", "type": 1}

    def ours(number: int) -> None:
        adapter._interaction(Interaction(people[number % 97], guild.channels[0], COMMAND, data).json())

    def decoding(number: int) -> None:
        Interaction(people[number % 97], guild.channels[0], COMMAND, data).json()

    bare = await bare_bot(server)

    def theirs(number: int) -> None:
        person, channel = people[number % 97], guild.channels[0]
        message = Message(server, channel, person.user, {"content": "!trifle"})
        told = {**message.json(whole=True), "guild_id": guild.id, "member": person.json()}
        bare.connection.parse_message_create(told)  # type: ignore[arg-type]

    def writing(number: int) -> None:
        person, channel = people[number % 97], guild.channels[0]
        message = Message(server, channel, person.user, {"content": "!trifle"})
        _ = {**message.json(whole=True), "guild_id": guild.id, "member": person.json()}

    costs = await interleaved(effort, {
        "ours": rounds(lambda: counter.after(times, ours), times),
        "payloads": rounds(nothing_but(decoding, times), times),
        "bare": rounds(lambda: bare.counter.after(times, theirs), times),
        "messages": rounds(nothing_but(writing, times), times),
    })  # fmt: skip
    bot.store.close()
    mine = [Cost(one.cpu - made.cpu, 0) for one, made in zip(costs["ours"], costs["payloads"], strict=True)]
    floor = [Cost(one.cpu - made.cpu, 0) for one, made in zip(costs["bare"], costs["messages"], strict=True)]
    yield Figure(
        "6", "a command that does nothing, from payload to answer, without network", cpu(mine), "µs CPU", cpu(floor),
        "bare discord.py with a prefix command", MOST, ratio_of_rounds=cpu_ratio(mine, floor),
    )  # fmt: skip


def rounds(work: Callable[[], Awaitable[object]], times: int) -> Variant:
    return lambda: timed(work, times)


def nothing_but(each: Callable[[int], None], times: int) -> Callable[[], Awaitable[None]]:
    """Making the payloads, which is not the bot's work and is taken off."""

    async def work() -> None:
        for number in range(times):
            each(number)

    return work


class Bare:
    """discord.py's own commands, with nothing behind them."""

    def __init__(self, bot: commands.Bot) -> None:
        self.counter = Counter()
        self.connection = bot._connection
        bot.http.send_message = self.counter.answer  # type: ignore[assignment]


async def bare_bot(server: DiscordServer) -> Bare:
    intents = discord.Intents(guilds=True, guild_messages=True, message_content=True)
    bot = commands.Bot("!", intents=intents, max_messages=None, help_command=None)

    @bot.command(name="trifle")
    async def trifle(ctx: commands.Context[commands.Bot]) -> None:
        await ctx.channel._state.http.send_message(ctx.channel.id, params=None)  # type: ignore[arg-type]

    await bot._async_setup_hook()
    bot._connection.user = discord.ClientUser(state=bot._connection, data=server.bot_json())  # type: ignore[arg-type]
    bot._connection._add_guild_from_data(server.guilds[0].create_json())  # type: ignore[arg-type]
    return Bare(bot)
