"""Several replicas on one PostgreSQL act as one: who listens, who takes over, and whose late word counts no more."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from adapters.discord.identify import SPAN
from bot.cards import card
from bot.cli.database_checks import check_server
from bot.clock import MovableClock
from bot.config.sections import Database as Settings
from bot.leases import LEASE, Leases, Shared
from bot.ports import CannotLook
from bot.text import Reader, say
from storage.store import Store
from tests.databases import Database, Server, lent
from tests.discord.adapter_bot import AdapterBot
from tests.discord.gateway import Session
from tests.discord.guilds import Guild
from tests.discord.server import DiscordServer
from tests.discord.shapes import Allow
from tests.world import START

NEVER = 3600.0  # seconds: signs of life are given by the test alone
NOT_HOLDER = "I am not the gateway holder"
HOLDER = "I hold shard 0 of 1"


@pytest.fixture
def database(server: Server) -> Iterator[Database]:
    """PostgreSQL: SQLite is one process's alone."""
    with lent(server) as one:
        yield one


@pytest.fixture
def clock() -> MovableClock:
    """The database's clock, as all replicas see it."""
    return MovableClock(START)


@pytest.fixture
async def discord() -> AsyncIterator[DiscordServer]:
    async with DiscordServer() as server:
        yield server
    assert server.problems == []


@pytest.fixture
def guild(discord: DiscordServer) -> Guild:
    return discord.guild("Practice", channels=("general", "announcements", "welcome"))


def among_others(clock: MovableClock) -> Callable[[Store], Leases]:
    return lambda store: Shared(store, clock.now, "1.0", "0007", beat=NEVER)


class Replicas:
    """Some bots on one database, and signs of life on request."""

    def __init__(self, server: DiscordServer, database: Database, clock: MovableClock) -> None:
        self.server, self.database, self.clock = server, database, clock
        self.bots: list[AdapterBot] = []

    async def start(self, **options: int) -> AdapterBot:
        bot = AdapterBot(self.server, self.database)
        await bot.start(leases=among_others(self.clock), **options)
        self.bots.append(bot)
        return bot

    async def stop(self, bot: AdapterBot) -> None:
        self.bots.remove(bot)
        await bot.stop()

    async def beats(self, bot: AdapterBot) -> None:
        """A sign of life, after which whatever it found to do is done."""
        leases = bot.engine.leases
        assert isinstance(leases, Shared)
        await leases.beat()
        for line in bot.adapter._gateway._lines.values():
            await line.ready.wait()

    def session(self, bot: AdapterBot) -> Session:
        """A replica's session at the gateway."""
        [line] = bot.adapter._gateway._lines.values()
        assert line.client is not None
        return self.server.gateway.sessions[str(line.client.ws.session_id)]

    def listening(self) -> list[Session]:
        return [session for session in self.server.gateway.sessions.values() if session.line]


@pytest.fixture
async def replicas(
    discord: DiscordServer, guild: Guild, database: Database, clock: MovableClock
) -> AsyncIterator[Replicas]:
    made = Replicas(discord, database, clock)
    yield made
    for bot in list(made.bots):
        await made.stop(bot)


async def test_one_replica_listens_and_all_send(replicas: Replicas, guild: Guild) -> None:
    first, second = await replicas.start(), await replicas.start()
    general = guild.channel("general")

    for bot, words in ((first, "One."), (second, "Two.")):
        await bot.adapter.send(guild.id, general.id, card(say(words)), Reader(), words)

    assert [bot.adapter.status for bot in replicas.bots] == [HOLDER, NOT_HOLDER]
    assert all(bot.adapter.connected for bot in replicas.bots)
    assert [message.text for message in general.messages] == ["One.", "Two."]
    assert replicas.server.gateway.identified == 1
    assert await second.engine.leases.share() == 2


async def test_what_happens_has_one_effect(replicas: Replicas, guild: Guild) -> None:
    await replicas.start()
    await replicas.start()

    ben = await guild.joins("Ben")
    await ben.dm_arrives()
    made = await ben.command("toy make", name="bear")

    assert made.text == "Made bear."
    await guild.channel("general").arrives(lambda m: "bear" in m.text)
    assert len(ben.dms) == 1


async def test_who_stops_hands_over_at_once(replicas: Replicas, guild: Guild, clock: MovableClock) -> None:
    first, second = await replicas.start(), await replicas.start()

    await replicas.stop(first)
    clock.move(SPAN)
    await replicas.beats(second)

    assert second.adapter.status == HOLDER
    assert (await guild.person("Ana").command("toy where")).text == "Ana, a person in Practice."
    assert len(replicas.listening()) == 1


async def test_a_frozen_holder_does_nothing_any_more_once_another_listens(
    replicas: Replicas, guild: Guild, clock: MovableClock, caplog: pytest.LogCaptureFixture
) -> None:
    frozen, awake = await replicas.start(), await replicas.start()
    caplog.set_level("INFO")
    clock.move(LEASE)
    await replicas.beats(awake)
    assert len(replicas.listening()) == 2  # it does not know yet

    # what the frozen one hears is not acted on, and what the other hears is
    ben = guild.person("Ben")
    news = {"guild_id": guild.id, **ben.json()}
    replicas.session(frozen).tell("GUILD_MEMBER_ADD", news)
    await replicas.server.gateway.flushed()
    while "an event of Discord is for another replica" not in caplog.text:  # noqa: ASYNC110  # nobody else hears of it
        await asyncio.sleep(0)
    assert ben.dms == []
    replicas.session(awake).tell("GUILD_MEMBER_ADD", news)
    await ben.dm_arrives()

    # as soon as it gives a sign of life it notices
    await replicas.beats(frozen)
    assert [bot.adapter.status for bot in replicas.bots] == [NOT_HOLDER, HOLDER]
    assert len(replicas.listening()) == 1
    assert len(ben.dms) == 1


async def test_what_both_hear_while_they_change_over_has_one_effect(
    replicas: Replicas, guild: Guild, clock: MovableClock
) -> None:
    frozen, awake = await replicas.start(), await replicas.start()
    clock.move(LEASE)
    await replicas.beats(awake)

    ben = await guild.joins("Ben")
    await ben.dm_arrives()
    await replicas.beats(frozen)
    cleo = await guild.joins("Cleo")
    await cleo.dm_arrives()

    assert (len(ben.dms), len(cleo.dms)) == (1, 1)


async def test_a_connection_that_was_lost_is_no_lost_lease(replicas: Replicas, guild: Guild) -> None:
    first, _ = await replicas.start(), await replicas.start()

    await replicas.server.drop_gateway()
    await replicas.server.ready()

    assert first.adapter.status == HOLDER
    assert (await guild.person("Ana").command("toy where")).text == "Ana, a person in Practice."
    assert replicas.server.gateway.identified == 1


async def test_who_does_not_listen_looks_for_what_was_sent_wherever_it_may(
    replicas: Replicas, discord: DiscordServer
) -> None:
    guild, since = discord.guilds[0], discord.clock.now()
    here, there = guild.channel("general"), guild.channel("welcome")
    for each in (guild.id, guild.bot_role.id):
        there.overwrites[each] = {"id": each, "type": 0, "allow": "0", "deny": str(int(Allow.HISTORY))}
    first, second = await replicas.start(), await replicas.start()
    assert await second.adapter.find(guild.id, here.id, "key", since) is None  # nothing is there, and it would be shown
    for channel in (here, there):
        await first.adapter.send(guild.id, channel.id, card(say("One.")), Reader(), "key")

    for bot in (first, second):
        assert await bot.adapter.find(guild.id, here.id, "key", since) == here.messages[-1].id
        assert await bot.adapter.find(guild.id, here.id, "another", since) is None
        with pytest.raises(CannotLook):
            await bot.adapter.find(guild.id, there.id, "key", since)


async def test_shards_are_spread_and_every_server_is_heard(
    replicas: Replicas, guild: Guild, discord: DiscordServer
) -> None:
    discord.shards = 2
    guilds = {int(guild.id) >> 22 & 1: guild}
    while len(guilds) < 2 or len(discord.guilds) < 12:  # more than are asked about a stranger
        more = discord.guild(f"Guild {len(discord.guilds)}")
        guilds[int(more.id) >> 22 & 1] = more
    first, second = await replicas.start(), await replicas.start()
    await replicas.beats(first)
    await replicas.beats(second)

    assert [bot.adapter.status for bot in replicas.bots] == ["I hold shard 0 of 2", "I hold shard 1 of 2"]
    for one in guilds.values():
        ana = one.person("Ana")
        assert (await ana.command("toy where")).text == f"Ana, a person in {one.name}."
        # direct messages come to shard 0, whichever server they are about
        assert (await ana.command("toy where", in_="dm")).text == f"Ana, a person in {one.name}."


async def test_a_replica_that_comes_later_has_as_many_shards_as_the_others(
    replicas: Replicas, discord: DiscordServer
) -> None:
    await replicas.start()
    discord.shards = 2

    later = await replicas.start()

    assert later.adapter._gateway.shards == 1


async def test_the_doctor_says_who_runs_and_who_holds_what(replicas: Replicas) -> None:
    await replicas.start()
    await replicas.start()
    replicas.database.runs("UPDATE replica SET seen = now()", "UPDATE lease SET until = now() + interval '9 s'")

    found = [str(check) for check in check_server(Settings(url=replicas.database.url))]

    assert not [line for line in found if line.startswith("WRONG")]
    assert sorted(line.partition("version 1.0: ")[2] for line in found if line.split()[1] == "replica") == [
        "discord:shard:0/1",
        "holds nothing, sends what is due",
    ]
