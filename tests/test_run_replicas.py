"""Three ``commonplace run`` on one PostgreSQL: one of them is killed, or stands still, and nobody notices for long."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from signal import SIGCONT, SIGSTOP, SIGTERM

import pytest

from tests.databases import Database, Server
from tests.process import Process, started
from tests.two_chats import TwoChats, two_chats

pytestmark = pytest.mark.timeout(400)  # processes start slowly where tests run side by side

HOLDER = "I hold shard 0 of 1"
TAKEN_OVER = 150.0  # seconds: 20 until a lease ends, 60 more where its holder kept a lock, and a busy machine
REPEATED = 150.0  # seconds: others look every 30 for what was begun, and 30 must have passed since

SHARD = "SELECT token FROM lease WHERE name = 'discord:shard:0/1'"
LIVING = "SELECT count(*) FROM replica WHERE seen > now() - interval '20 s'"


class Replicas:
    """Some bots, each a process of its own."""

    def __init__(self, chats: TwoChats, bots: list[Process]) -> None:
        self.chats, self.bots = chats, bots

    @property
    def holder(self) -> Process:
        [holder] = [bot for bot in self.bots if HOLDER in bot.said]
        return holder

    def others(self, than: Process) -> list[Process]:
        return [bot for bot in self.bots if bot is not than]

    async def another_listens(self) -> None:
        """Until the shard has a new holder, who knows all servers."""
        gateway = self.chats.discord.gateway
        await self.chats.discord.until(lambda: gateway.identified == 2, within=TAKEN_OVER)
        await self.chats.discord.ready()

    async def stop(self, bots: list[Process]) -> None:
        for bot in bots:
            bot.signal(SIGTERM)
            assert await bot.ends() == 0
        assert all("Traceback" not in bot.said for bot in self.bots)


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


@pytest.fixture
async def replicas(chats: TwoChats, bare: Database, tmp_path: Path) -> AsyncIterator[Replicas]:
    """Three that were started at the same moment."""
    environ = chats.environ | {"DATABASE_URL": bare.url}
    async with AsyncExitStack() as stack:
        bots: list[Process] = []
        for number in range(3):
            folder = tmp_path / str(number)
            folder.mkdir()
            bots.append(await stack.enter_async_context(started(folder, environ)))
        for bot in bots:
            await bot.ready()
        await chats.slack.ready(sockets=3)
        yield Replicas(chats, bots)


async def test_a_replica_that_is_killed_is_replaced_by_another(
    chats: TwoChats, bare: Database, replicas: Replicas
) -> None:
    holder = replicas.holder
    others = replicas.others(holder)
    assert all("I am not the gateway holder" in bot.said for bot in others)
    assert chats.discord.gateway.identified == 1
    ada, sam = await chats.link()
    there, here = await chats.asks(ada, "Lunch?", "Pizza, Sushi")
    assert "Pizza" in (await (await ada.click(there, "Pizza")).final()).text

    await holder.killed()
    await sam.click(here, "Sushi")  # Slack has two more sockets
    await there.becomes(lambda m: "2 people have voted" in m.text, within=REPEATED)
    await replicas.another_listens()
    again = await ada.click(there, "Sushi")

    assert "Sushi" in (await again.final()).text
    assert bare.rows(SHARD) == [(2,)]
    assert bare.rows(LIVING) == [(2,)]
    await replicas.stop(others)
    kept = "SELECT name FROM lease WHERE holder IN (SELECT id FROM replica) ORDER BY 1"
    held = bare.rows(kept)  # by the one that was killed: the others let go of theirs
    assert held == [(name,) for (name,) in held if name.startswith("slack:")]
    assert len(held) == 1
    assert len(chats.guild.channel("announcements").messages) == 1
    assert len(chats.team.channel("announcements").messages) == 1


async def test_a_replica_that_stood_still_does_nothing_when_it_goes_on(
    chats: TwoChats, bare: Database, replicas: Replicas
) -> None:
    frozen = replicas.holder
    guild = chats.guild

    frozen.signal(SIGSTOP)
    try:
        await replicas.another_listens()
        ben = await guild.joins("Ben")  # whom both are told of, as Discord still has both connections
        await ben.dm_arrives()
    finally:
        frozen.signal(SIGCONT)
    await frozen.says("discord:shard:0/1 is no longer ours")
    cleo = await guild.joins("Cleo")
    await cleo.dm_arrives()
    await chats.discord.until(lambda: len(chats.discord.gateway.lines) == 1)

    assert "an event of Discord is for another replica" in frozen.said
    assert (len(ben.dms), len(cleo.dms)) == (1, 1)
    assert bare.rows(SHARD) == [(2,)]
    assert bare.rows(LIVING) == [(3,)]
    await replicas.stop(replicas.bots)
