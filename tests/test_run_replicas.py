"""Three ``commonplace run`` on one PostgreSQL: one of them is killed, and nobody notices for long."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from signal import SIGTERM

import pytest

from tests.databases import Database, Server
from tests.process import Process, started
from tests.two_chats import TwoChats, two_chats

pytestmark = pytest.mark.timeout(300)  # processes start slowly where tests run side by side

HOLDER = "I hold shard 0 of 1"


@pytest.fixture
async def chats() -> AsyncIterator[TwoChats]:
    async with two_chats() as made:
        yield made


@pytest.fixture
def bare(server: Server) -> Iterator[Database]:
    """A database without any table: whoever starts first makes them."""
    database = server.take_bare()
    yield database
    server.give_back(database)


async def test_a_replica_that_is_killed_is_replaced_by_another(chats: TwoChats, bare: Database, tmp_path: Path) -> None:
    environ = chats.environ | {"DATABASE_URL": bare.url}
    async with AsyncExitStack() as stack:
        bots: list[Process] = [await stack.enter_async_context(started(tmp_path, environ)) for _ in range(3)]
        for bot in bots:
            await bot.ready()
        [holder] = [bot for bot in bots if HOLDER in bot.said]
        others = [bot for bot in bots if bot is not holder]
        assert all("I am not the gateway holder" in bot.said for bot in others)
        await chats.slack.ready(sockets=3)
        assert chats.discord.gateway.identified == 1

        ada, sam = await chats.link()
        there, here = await chats.asks(ada, "Lunch?", "Pizza, Sushi")
        receipt = await (await ada.click(there, "Pizza")).final()
        assert "Pizza" in receipt.text

        await holder.killed()
        await sam.click(here, "Sushi")  # Slack has two more sockets
        await there.becomes(lambda m: "2 people have voted" in m.text)
        await chats.discord.until(lambda: chats.discord.gateway.identified == 2, within=60)
        await chats.discord.ready()
        again = await ada.click(there, "Sushi")
        assert "Sushi" in (await again.final()).text

        assert bare.rows("SELECT token FROM lease WHERE name = 'discord:shard:0/1'") == [(2,)]
        assert bare.rows("SELECT count(*) FROM replica WHERE seen > now() - interval '20 s'") == [(2,)]
        for bot in others:
            bot.signal(SIGTERM)
            assert await bot.ends() == 0
        assert all("Traceback" not in bot.said for bot in bots)
    held = "SELECT name FROM lease WHERE holder <> '' AND name NOT LIKE '%identify%'"
    left = "SELECT name FROM lease WHERE holder = (SELECT id FROM replica)"  # by the one that was killed
    assert bare.rows(held) == bare.rows(left)
    assert len(chats.guild.channel("announcements").messages) == 1
    assert len(chats.team.channel("announcements").messages) == 1
