"""Private places of groups on Discord: a role that opens a channel, or a thread where that is refused."""

import pytest
from discord import Permissions
from hypothesis import given
from hypothesis import strategies as st

from adapters.discord.rooms import powerful
from bot.ports import Gone, Rejected
from tests.discord.adapter_bot import AdapterBot
from tests.discord.guilds import Guild
from tests.discord.people import Person
from tests.discord.server import DiscordServer
from tests.discord.shapes import BOT_MAY, Allow


@pytest.fixture
def guild(adapter_bot: AdapterBot, discord_server: DiscordServer) -> Guild:
    return discord_server.guilds[0]


@pytest.fixture
def ana(guild: Guild) -> Person:
    return guild.person("Ana")


async def test_a_group_gets_a_role_and_a_channel_that_only_they_see(guild: Guild, ana: Person) -> None:
    ben = guild.person("Ben")

    await ana.command("club", name="Polar Bears")
    await ana.server.bell.until(lambda: "Polar Bears" in ana.roles or None, lambda: f"{ana.roles}")

    home = guild.channel("polar-bears")
    assert ana.sees(home)
    assert not ben.sees(home)
    assert guild.me.sees(home)
    assert guild.role("Polar Bears").permissions == 0
    assert not guild.role("Polar Bears").mentionable

    await ana.command("club", name="Polar Bears", leave=True)
    await ana.server.bell.until(lambda: not ana.sees(home) or None, lambda: f"{ana.roles}")


async def test_the_same_name_is_the_same_home(adapter_bot: AdapterBot, guild: Guild) -> None:
    first = await adapter_bot.adapter.open(guild.id, "Polar Bears")

    assert await adapter_bot.adapter.open(guild.id, "Polar Bears") == first
    assert len(guild.roles) == 1


async def test_a_role_that_somebody_made_is_never_taken_for_a_group(adapter_bot: AdapterBot, guild: Guild) -> None:
    board = guild.add_role("Board")
    secret = guild.add_channel("board")
    secret.overwrites = {
        guild.id: {"id": guild.id, "type": 0, "allow": "0", "deny": str(int(Allow.VIEW))},
        board.id: {"id": board.id, "type": 0, "allow": str(int(Allow.VIEW)), "deny": "0"},
        guild.me.id: {"id": guild.me.id, "type": 1, "allow": str(int(Allow.VIEW)), "deny": "0"},
    }

    home = await adapter_bot.adapter.open(guild.id, "Board")

    assert home.channel != secret.id
    assert home.role != board.id


@pytest.mark.parametrize("power", [Allow.ADMINISTRATOR, Allow.MANAGE_ROLES, Allow.MANAGE_CHANNELS])
async def test_a_role_of_the_same_name_with_power_is_not_taken(
    adapter_bot: AdapterBot, guild: Guild, power: Allow
) -> None:
    board = guild.add_role("Board", permissions=int(power))

    home = await adapter_bot.adapter.open(guild.id, "Board")

    assert home.role != board.id
    assert next(role for role in guild.roles if role.id == home.role).permissions == 0


async def test_a_role_that_got_power_later_is_given_to_nobody(
    adapter_bot: AdapterBot, guild: Guild, ana: Person
) -> None:
    home = await adapter_bot.adapter.open(guild.id, "Bears")
    role = guild.role("Bears")

    role.permissions = int(Allow.MANAGE_ROLES)
    with pytest.raises(Rejected, match="the role Bears gives power over others"):
        await adapter_bot.adapter.seat(guild.id, home, ana.id)
    role.permissions = 0
    elsewhere = guild.channel("general")
    elsewhere.overwrites[role.id] = {"id": role.id, "type": 0, "allow": str(int(Allow.MANAGE_CHANNELS)), "deny": "0"}
    with pytest.raises(Rejected, match="in a channel"):
        await adapter_bot.adapter.seat(guild.id, home, ana.id)

    assert ana.roles == set()
    del elsewhere.overwrites[role.id]
    await adapter_bot.adapter.seat(guild.id, home, ana.id)
    assert ana.roles == {"Bears"}


OF_ONE_PERSON = """
    create_instant_invite add_reactions stream read_messages send_messages embed_links attach_files
    read_message_history external_emojis connect speak use_voice_activation change_nickname use_application_commands
    request_to_speak create_public_threads create_private_threads external_stickers send_messages_in_threads
    use_embedded_activities use_soundboard use_external_sounds send_voice_messages send_polls
""".split()  # noqa: SIM905  # a list of two dozen lines says no more


@given(bits=st.integers(0, 2**53))
def test_whatever_rights_a_role_has_it_is_given_only_without_power_over_others(bits: int) -> None:
    role = {"id": "1", "permissions": str(bits)}
    harmless = Permissions(**dict.fromkeys(OF_ONE_PERSON, True)).value

    assert powerful(role, []) == bool(bits & ~harmless)
    assert powerful({"id": "1", "permissions": "0", "managed": True}, [])
    assert not powerful({"id": "1", "permissions": "0"}, [])


async def test_without_the_right_to_make_channels_a_group_gets_a_private_thread(
    adapter_bot: AdapterBot, discord_server: DiscordServer
) -> None:
    guild = discord_server.guild("Strict", ("general",), bot_permissions=BOT_MAY & ~Allow.MANAGE_CHANNELS)
    ana, ben = guild.person("Ana"), guild.person("Ben")

    home = await adapter_bot.adapter.open(guild.id, "Bears")
    await adapter_bot.adapter.seat(guild.id, home, ana.id)

    thread = guild.channel("Bears")
    assert thread.is_private_thread
    assert (ana.sees(thread), ben.sees(thread)) == (True, False)
    assert guild.roles == []
    assert await adapter_bot.adapter.open(guild.id, "Bears") == home
    await adapter_bot.adapter.unseat(guild.id, home, ana.id)
    assert not ana.sees(thread)


async def test_where_nothing_private_can_be_made_the_reason_is_said(
    adapter_bot: AdapterBot, discord_server: DiscordServer
) -> None:
    guild = discord_server.guild("Strict", ("general",), bot_permissions=int(Allow.VIEW | Allow.SEND))

    with pytest.raises(Gone, match="needs Manage Channels and Manage Roles, or Create Private Threads"):
        await adapter_bot.adapter.open(guild.id, "Bears")


async def test_who_left_has_no_seat_to_take_away(adapter_bot: AdapterBot, guild: Guild, ana: Person) -> None:
    home = await adapter_bot.adapter.open(guild.id, "Bears")
    del guild.members[ana.id]

    await adapter_bot.adapter.unseat(guild.id, home, ana.id)

    with pytest.raises(Gone):
        await adapter_bot.adapter.seat(guild.id, home, ana.id)
