"""A message that can never be sent holds back its own lane for a while, and nobody else's."""

from datetime import timedelta

from sqlmodel import Session, col, select

from bot.kinds import kinds
from storage.outbox import DEAD, Outbox
from tests.databases import Database
from tests.discord.adapter_bot import AdapterBot
from tests.discord.server import DiscordServer
from tests.reliability.drill import NAMED, POISON, WITHIN, Batch, drill

PARKED = 20  # minutes, after which a lane has long gone on


async def test_a_message_that_cannot_be_drawn_holds_back_only_its_own_lane_and_not_for_long(
    discord_server: DiscordServer, database: Database
) -> None:
    guild, clock = discord_server.guild("Practice", channels=("general", "announcements")), discord_server.clock
    ana = guild.person("Ana")
    bot = await AdapterBot(discord_server, database, drill, kinds).start()
    start = int(clock.now().timestamp()) + 60
    poison = Batch(POISON, 1, start, posts=1, tells=0)
    behind = Batch("behind", 1, start + WITHIN, posts=3, tells=0)
    beside = Batch("beside", 1, start + WITHIN, posts=3, tells=0)
    for batch, channel in ((poison, "general"), (behind, "general"), (beside, "announcements")):
        assert str(batch) in (await ana.command("drill plan", in_=channel, batch=str(batch))).text

    clock.set_to(clock.now() + timedelta(seconds=60 + 2 * WITHIN))
    await bot.engine.dispatcher.drain()
    assert shown(discord_server) == items(beside)

    for _ in range(PARKED):
        clock.set_to(clock.now() + timedelta(minutes=1))
        await bot.engine.dispatcher.drain()

    assert shown(discord_server) == [*items(beside), *items(behind)]
    [ended] = await bot.engine.store.read(dead)
    assert ended.link == f"drill.note:{items(poison)[0]}"
    assert ended.error
    await bot.stop()


def items(batch: Batch) -> list[str]:
    return [item.id for item in batch.items]


def shown(server: DiscordServer) -> list[str]:
    """The items that were seen, in that order."""
    named = (NAMED.search(entry.text) for entry in server.evidence if entry.visible)
    return [found[1] for found in named if found]


def dead(db: Session) -> list[Outbox]:
    return list(db.exec(select(Outbox).where(col(Outbox.state) == DEAD)))
