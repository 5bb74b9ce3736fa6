"""The bot was away: people came and went, channels and roles were changed, and all is as if it had seen it."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlmodel import Session, col, select

from bot.features import find_features
from bot.ports import Home, Rejected, Roster, Unsure
from storage.people import Account, Member, Space
from storage.places import Channel as Serving
from tests.databases import Database
from tests.discord.adapter_bot import AdapterBot
from tests.discord.guilds import Guild
from tests.discord.people import Person
from tests.discord.places import Channel
from tests.discord.server import DiscordServer
from tests.discord.shapes import BOT_MAY, Allow

MEMBERS = "GET /guilds/*/members"


@pytest.fixture
async def bot(discord_server: DiscordServer, database: Database) -> AsyncIterator[AdapterBot]:
    """The whole bot in a server that it has been in for a day."""
    guild = discord_server.guild("Practice", channels=("general", "announcements", "welcome", "resources"))
    guild.person("Old")
    bot = AdapterBot(discord_server, database, *find_features())
    await bot.start()
    await settled(bot)
    discord_server.clock.pass_time(minutes=24 * 60)
    yield bot
    await bot.stop()


@pytest.fixture
def guild(bot: AdapterBot, discord_server: DiscordServer) -> Guild:
    return discord_server.guilds[0]


async def settled(bot: AdapterBot) -> None:
    """Everything was compared, and what follows is done."""
    await bot.engine.reconciler.settled()
    await bot.engine.dispatcher.drain()


async def returns(bot: AdapterBot) -> None:
    await bot.start()
    await settled(bot)


async def known(bot: AdapterBot) -> dict[str, bool]:
    """Whom the bot knows by name, and whether they are there."""

    def look(db: Session) -> dict[str, bool]:
        found = db.exec(select(Member.name, Account.present).join(Account, col(Account.member_id) == col(Member.id)))
        return dict(found.all())

    return await bot.engine.store.read(look)


async def lost(bot: AdapterBot) -> set[str]:
    return set(await bot.engine.store.read(lambda db: db.exec(select(Serving.ref).where(col(Serving.missing))).all()))


async def group(bot: AdapterBot, guild: Guild) -> tuple[Person, Person]:
    """Two people and a group called Gardeners that both are in."""
    cleo, ana = guild.person("Cleo", admin=True), guild.person("Ana")
    for person in (cleo, ana):
        meaning = await person.command("join")
        assert meaning.message is not None
        await person.click(meaning.message, "Join")
    asked = await cleo.command("group create", name="Gardeners", purpose="We grow things.")
    assert asked.message is not None
    await cleo.click(asked.message, "Create it")
    await ana.command("group join", group="Gardeners")
    await settled(bot)
    assert "gardeners" in ana.roles
    guild.server.clock.pass_time(minutes=60)
    return cleo, ana


async def test_who_came_meanwhile_is_welcomed_once_and_who_left_is_noticed(bot: AdapterBot, guild: Guild) -> None:
    await guild.joins("Early")
    await bot.stop()
    ben, rules = guild.person("Ben"), guild.person("Rules", pending=True)
    [early] = [person for person in guild.people if person.name == "Early"]
    await guild.leaves(early)

    await returns(bot)
    await bot.stop()
    await returns(bot)

    assert [len(person.dms) for person in (ben, rules)] == [1, 0]
    assert "Welcome, Ben." in ben.dms[0].text
    assert await known(bot) == {"Old": True, "Ben": True, "Early": False}
    assert all(person.dms == [] for person in guild.people if person.name == "Old")

    rules.pending = False  # while nobody looked
    bot.engine.reconciler.all()
    await settled(bot)
    assert len(rules.dms) == 1


async def test_people_who_were_renamed_meanwhile_have_their_new_names(bot: AdapterBot, guild: Guild) -> None:
    [old] = [person for person in guild.people if person.name == "Old"]
    await bot.stop()
    old.nick = "Gold"

    await returns(bot)

    assert await known(bot) == {"Gold": True}


async def test_a_session_that_could_not_be_resumed_is_a_gap_and_a_resumed_one_is_none(
    bot: AdapterBot, guild: Guild, discord_server: DiscordServer
) -> None:
    ben = guild.person("Ben")  # whom no event announced
    asked = len(discord_server.requests(MEMBERS))
    resumed = discord_server.gateway.resumed
    await discord_server.drop_gateway()
    await discord_server.until(lambda: discord_server.gateway.resumed > resumed)
    cleo = await guild.joins("Cleo")
    await cleo.dm_arrives()
    assert (len(discord_server.requests(MEMBERS)), ben.dms) == (asked, [])

    await discord_server.invalid_session()

    await ben.dm_arrives()
    await settled(bot)
    assert [len(person.dms) for person in (ben, cleo)] == [1, 1]


async def test_a_server_that_invites_the_bot_knows_everybody_and_greets_nobody(
    bot: AdapterBot, discord_server: DiscordServer
) -> None:
    other = discord_server.guild("Other", channels=("general",))
    eve = other.person("Eve")

    await discord_server.requested(f"GET /guilds/{other.id}/members")
    await settled(bot)

    assert (await known(bot))["Eve"]
    assert eve.dms == []


async def test_a_long_list_is_fetched_to_its_last_page(
    bot: AdapterBot, guild: Guild, discord_server: DiscordServer
) -> None:
    await bot.stop()
    for number in range(1100):
        guild.person(f"P{number}").joined_at = (discord_server.clock.now() - timedelta(days=9)).isoformat()
    asked = len(discord_server.requests(MEMBERS))

    await bot.start()
    bot.engine.reconciler.pause = 0
    await settled(bot)

    assert len(discord_server.requests(MEMBERS)) == asked + 2
    assert len(await known(bot)) == 1101


async def test_a_list_that_breaks_off_changes_nothing(
    bot: AdapterBot, guild: Guild, discord_server: DiscordServer
) -> None:
    await bot.stop()
    for number in range(1000):
        guild.person(f"P{number}")
    guild.remove_channel(guild.channel("announcements"))
    discord_server.faults.next(MEMBERS, delay=0.001)  # the first page is as it should be
    discord_server.faults.next(MEMBERS, status=503)
    asked = len(discord_server.requests(MEMBERS))
    await returns(bot)

    assert len(discord_server.requests(MEMBERS)) == asked + 2
    assert await known(bot) == {"Old": True}
    assert await lost(bot) == set()


async def test_without_the_members_intent_the_rest_is_compared_and_the_lack_is_said(
    bot: AdapterBot, guild: Guild, discord_server: DiscordServer, caplog: pytest.LogCaptureFixture
) -> None:
    await bot.stop()
    discord_server.members_intent = False
    guild.person("Ben")
    gone = guild.channel("announcements")
    guild.remove_channel(gone)

    await returns(bot)

    assert await known(bot) == {"Old": True}
    assert await lost(bot) == {gone.id}
    assert "without the Server Members Intent nobody who came or left while the bot was away is noticed" in caplog.text


async def test_channels_that_were_deleted_shut_or_made_anew_are_noticed(bot: AdapterBot, guild: Guild) -> None:
    gone, shut = guild.channel("resources"), guild.channel("announcements")
    await bot.stop()
    guild.remove_channel(gone)
    overwrite = {"id": guild.id, "type": 0, "allow": "0", "deny": str(int(Allow.SEND))}
    shut.overwrites[guild.id] = overwrite
    guild.remove_channel(guild.channel("welcome"))
    anew = guild.add_channel("welcome")

    await returns(bot)

    assert await lost(bot) == {gone.id, shut.id}
    assert "New here?" in (await anew.arrives()).text

    shut.overwrites.clear()
    bot.engine.reconciler.all()
    await settled(bot)
    assert await lost(bot) == {gone.id}


async def test_a_front_desk_that_was_deleted_stands_again(bot: AdapterBot, guild: Guild) -> None:
    welcome = guild.channel("welcome")
    [desk] = welcome.messages
    await bot.stop()
    desk.delete()

    await returns(bot)
    await bot.stop()
    await returns(bot)

    [again] = welcome.messages
    assert "New here?" in again.text


async def test_roles_that_were_given_and_taken_by_hand_are_as_the_group_says(bot: AdapterBot, guild: Guild) -> None:
    _, ana = await group(bot, guild)
    ben = guild.person("Ben")
    meaning = await ben.command("join")
    assert meaning.message is not None
    await ben.click(meaning.message, "Join")
    await bot.stop()
    guild.takes(ana, "gardeners")
    guild.gives(ben, "gardeners")

    await returns(bot)

    assert "gardeners" in ana.roles
    assert "gardeners" in ben.roles
    shown = await ana.command("group show", group="Gardeners")
    assert "3 people." in shown.text


async def test_a_role_that_was_deleted_is_made_again_for_the_same_channel(bot: AdapterBot, guild: Guild) -> None:
    _, ana = await group(bot, guild)
    room = guild.channel("gardeners")
    await bot.stop()
    role = guild.role("gardeners")
    guild.remove_role(role)
    del room.overwrites[role.id]

    await returns(bot)

    assert "gardeners" in ana.roles
    assert ana.sees(room)
    assert len([c for c in guild.channels if c.name == "gardeners"]) == 1


async def test_a_room_that_was_deleted_is_made_again_for_the_same_role(bot: AdapterBot, guild: Guild) -> None:
    _, ana = await group(bot, guild)
    await bot.stop()
    guild.remove_channel(guild.channel("gardeners"))

    await returns(bot)

    assert ana.sees(guild.channel("gardeners"))
    assert len([role for role in guild.roles if role.name == "gardeners"]) == 1
    assert await lost(bot) == set()


async def test_a_seat_in_a_room_whose_role_was_deleted_meanwhile_makes_it_again(bot: AdapterBot, guild: Guild) -> None:
    await group(bot, guild)
    guild.remove_role(guild.role("gardeners"))
    ben = guild.person("Ben")
    meaning = await ben.command("join")
    assert meaning.message is not None
    await ben.click(meaning.message, "Join")

    await ben.command("group join", group="Gardeners")
    await settled(bot)

    assert "gardeners" in ben.roles


async def test_a_server_that_removed_the_bot_meanwhile_is_left_alone(bot: AdapterBot, guild: Guild) -> None:
    await bot.stop()
    guild.has_bot = False

    await returns(bot)

    assert not await bot.engine.store.read(lambda db: db.exec(select(Space.active)).one())
    assert await known(bot) == {"Old": True}


# Rooms that are threads, where the bot may make no channels.


@pytest.fixture
async def thread(bot: AdapterBot, discord_server: DiscordServer) -> tuple[Guild, Home, Channel]:
    guild = discord_server.guild("Strict", ("general",), bot_permissions=BOT_MAY & ~Allow.MANAGE_CHANNELS)
    await discord_server.requested(f"GET /guilds/{guild.id}/members")
    await settled(bot)
    home = await bot.adapter.open(guild.id, "Bears")
    return guild, home, guild.channel("Bears")


async def test_a_thread_that_went_to_sleep_is_woken_for_a_seat(
    bot: AdapterBot, thread: tuple[Guild, Home, Channel]
) -> None:
    guild, home, room = thread
    ana = guild.person("Ana")
    room.archived = True

    assert await bot.adapter.reaches(guild.id, home.channel)
    await bot.adapter.seat(guild.id, home, ana.id)

    assert (room.archived, ana.sees(room)) == (False, True)
    room.archived = room.locked = True
    assert not await bot.adapter.reaches(guild.id, home.channel)


async def test_who_is_in_a_thread_is_told_unless_it_is_gone(
    bot: AdapterBot, thread: tuple[Guild, Home, Channel]
) -> None:
    guild, home, room = thread
    ana = guild.person("Ana")
    await bot.adapter.seat(guild.id, home, ana.id)
    found = await bot.adapter.roster(guild.id, [home])
    assert found.seats == {home.channel: frozenset({ana.id})}
    assert (found.channels or {})[home.channel] == ""

    guild.remove_channel(room)
    found = await bot.adapter.roster(guild.id, [home])
    assert found.seats == {}
    assert home.channel not in (found.channels or {})
    assert not await bot.adapter.reaches(guild.id, home.channel)


# One by one.


async def test_a_part_that_is_refused_is_no_sign_that_the_server_is_gone(
    bot: AdapterBot, guild: Guild, discord_server: DiscordServer
) -> None:
    for code in (50001, 10004):
        discord_server.faults.next("GET /guilds/*/channels", code=code)
        with pytest.raises(Rejected):
            await bot.adapter.roster(guild.id, [])


async def test_where_the_bot_may_not_read_a_message_is_taken_to_stand(bot: AdapterBot, guild: Guild) -> None:
    welcome = guild.channel("welcome")
    [desk] = welcome.messages
    hidden = int(Allow.HISTORY)
    welcome.overwrites[guild.id] = {"id": guild.id, "type": 0, "allow": "0", "deny": str(hidden)}
    assert await bot.adapter.stands(guild.id, welcome.id, desk.id)
    assert await bot.adapter.stands(guild.id, welcome.id, "1")

    welcome.overwrites.clear()
    assert not await bot.adapter.stands(guild.id, welcome.id, "1")


async def test_an_outage_is_an_outage_and_nobody_is_gone(
    bot: AdapterBot, guild: Guild, discord_server: DiscordServer
) -> None:
    [old] = guild.people
    for method in ("GET /guilds/*/members/*", "GET /channels/*", "GET /channels/*/messages/*"):
        discord_server.faults.next(method, status=503)

    with pytest.raises(Unsure):
        await bot.adapter.present(guild.id, old.id)
    with pytest.raises(Unsure):
        await bot.adapter.reaches(guild.id, guild.channel("welcome").id)
    with pytest.raises(Unsure):
        await bot.adapter.stands(guild.id, guild.channel("welcome").id, "1")


async def test_rights_are_those_of_roles_and_channels(bot: AdapterBot, guild: Guild) -> None:
    async def listed() -> set[str]:
        found: Roster = await bot.adapter.roster(guild.id, [])
        return {name for name in (found.channels or {}).values() if name}

    everything = {"general", "announcements", "welcome", "resources"}
    general = guild.channel("general")
    assert await listed() == everything
    general.overwrites[guild.id] = {"id": guild.id, "type": 0, "allow": "0", "deny": str(int(Allow.VIEW))}
    assert await listed() == everything - {"general"}

    mine = {"id": guild.bot_role.id, "type": 0, "allow": str(int(Allow.VIEW)), "deny": "0"}
    general.overwrites[guild.bot_role.id] = mine
    assert await listed() == everything
    general.overwrites[guild.me.id] = {"id": guild.me.id, "type": 1, "allow": "0", "deny": str(int(Allow.SEND))}
    assert await listed() == everything - {"general"}

    guild.bot_role.permissions |= Allow.ADMINISTRATOR
    assert await listed() == everything
