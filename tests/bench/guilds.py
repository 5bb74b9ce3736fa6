"""Memory: what the bot keeps of very many servers on Discord."""

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator
from typing import Any

import discord

from adapters.discord.wire import make_client
from tests.bench.figures import Figure
from tests.bench.measuring import Effort, memory
from tests.bench.peers import peer, serve
from tests.bench.town import Builder
from tests.discord.server import DiscordServer

GUILDS, CHANNELS, ROLES, MEMBERS = 1_000, 30, 20, 200
MOST, MOST_TIMES = 40, 1.5
ID = re.compile(r'"(\d{15,20})"')


async def kept(builder: Builder, effort: Effort) -> AsyncIterator[Figure]:
    """Goal 12, its second half."""
    times, grown = effort.times(GUILDS, 10), {}
    for kind in ("ours", "bare"):
        async with peer("guilds", kind, folder=builder.folder) as client:
            grown[kind] = (await client.ask(times=times))["grown"] * GUILDS / times
    what = f"{GUILDS:,} servers with {CHANNELS} channels, {ROLES} roles and {MEMBERS} members each: memory"
    yield Figure("12", what, grown["ours"], "MB", most=MOST)
    floor_is = "discord.py that keeps no members"
    yield Figure("12", "the same", grown["ours"], "MB", grown["bare"], floor_is, MOST_TIMES)


async def keep(kind: str) -> None:
    """In the process itself: be told of servers by the gateway."""
    server = DiscordServer()
    client = make_client(members=True, guild_wait=0.0) if kind == "ours" else memberless()
    await client._async_setup_hook()
    connection: Any = client._connection
    text = json.dumps(whole(server, told=connection._chunk_guilds))
    connection.user = discord.ClientUser(state=connection, data=server.bot_json())  # type: ignore[arg-type]

    async def answer(request: dict[str, Any]) -> dict[str, Any]:
        before = memory()
        for number in range(request["times"]):
            connection._add_guild_from_data(another(text, number))
        return {"grown": memory() - before}

    await serve({}, answer)


def memberless() -> discord.Client:
    return discord.Client(
        intents=discord.Intents(guilds=True, members=True),
        max_messages=None,
        chunk_guilds_at_startup=False,
        member_cache_flags=discord.MemberCacheFlags.none(),
    )


def whole(server: DiscordServer, *, told: bool) -> Any:
    """A server as it is known in the end: a client that asks for all members is told of them."""
    guild = server.guild("Practice", channels=[f"channel-{n}" for n in range(CHANNELS)])
    for n in range(ROLES):
        guild.add_role(f"Role {n}")
    people = [guild.person(f"Person {n}").json() for n in range(MEMBERS)]
    known = guild.create_json()
    return {**known, "members": [*known["members"], *people]} if told else known


def another(text: str, number: int) -> Any:
    """A server like this one with ids of its own, as real ones have."""
    return json.loads(ID.sub(lambda found: f'"{int(found[1]) + (number << 40)}"', text))


if __name__ == "__main__":
    asyncio.run(keep(sys.argv[1]))
