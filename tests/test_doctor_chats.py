"""The doctor in the chats: rights where the bot posts, roles that it gives, commands that people see."""

import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest

from adapters.discord.commands import registered
from adapters.slack.manifest import SCOPES
from bot.actions import App
from bot.features import find_features
from tests.discord.guilds import Guild
from tests.discord.server import DiscordServer
from tests.discord.shapes import BOT_MAY, Allow
from tests.shell import Ran, Shell
from tests.slack.server import SlackServer
from tests.slack.teams import Team

CHANNELS = ("announcements", "welcome")
COMMUNITY = """
INSERT INTO community (id, name, purpose, zone, locale, consent, settings, created)
VALUES ('c', 'Practice', '', 'UTC', 'en', '1', '{}', '2026-01-01 00:00:00')
"""
SPACE = """
INSERT INTO space (id, community_id, platform, ref, name, active, created)
VALUES ('s', 'c', ?, ?, 'Practice', 1, '2026-01-01 00:00:00')
"""
PLACE = "INSERT INTO place (id, community_id, purpose, name) VALUES (?, 'c', ?, ?)"
CHANNEL = "INSERT INTO channel (place_id, space_id, community_id, ref, role, missing) VALUES (?, 's', 'c', ?, ?, 0)"


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(tmp_path, monkeypatch, capsys)


@pytest.fixture
async def discord(shell: Shell) -> AsyncIterator[DiscordServer]:
    async with DiscordServer() as server:
        shell.set(DISCORD_TOKEN=server.token, DISCORD_API_BASE=server.api)
        yield server


@pytest.fixture
def guild(discord: DiscordServer) -> Guild:
    return discord.guild("Practice", CHANNELS)


@pytest.fixture
async def team(shell: Shell) -> AsyncIterator[Team]:
    async with SlackServer(channels=CHANNELS) as server:
        server.scopes.update(SCOPES)
        shell.set(SLACK_BOT_TOKEN="xoxb-test", SLACK_APP_TOKEN="xapp-test", SLACK_API_BASE=server.api)
        yield server.default


@pytest.fixture
def database(shell: Shell, template: Path) -> Path:
    path = shell.folder / "commonplace.db"
    path.write_bytes(template.read_bytes())
    return path


def serves(
    path: Path, platform: str, space: str, channels: Mapping[str, str], roles: Mapping[str, str] | None = None
) -> None:
    """The database knows a chat, with these channels by purpose, and roles that go with some."""
    with closing(sqlite3.connect(path)) as db:
        db.execute(COMMUNITY)
        db.execute(SPACE, (platform, space))
        for number, (purpose, ref) in enumerate(channels.items()):
            db.execute(PLACE, (f"p{number}", purpose, purpose.title()))
            db.execute(CHANNEL, (f"p{number}", ref, (roles or {}).get(purpose, "")))
        db.commit()


def usual(guild: Guild) -> dict[str, str]:
    return {name: guild.channel(name).id for name in CHANNELS}


def lines(told: Ran, what: str) -> list[str]:
    return [each for each in told.out.splitlines() if each[7:].startswith(what)]


async def test_rights_and_roles_that_are_right_are_told_in_a_line_each(
    shell: Shell, guild: Guild, database: Path
) -> None:
    role = guild.add_role("Statistics")
    home = guild.add_channel("statistics")
    serves(database, "discord", guild.id, usual(guild) | {"group:g": home.id}, {"group:g": role.id})

    told = await shell.runs_beside("doctor")

    assert told.status == 0, told.out
    assert lines(told, "discord rights") == ["ok     discord rights     in Practice, and no more than it needs"]
    assert "it may post in 3" in lines(told, "discord channels")[0]


async def test_an_administrator_is_warned_of_what_that_means(shell: Shell, discord: DiscordServer) -> None:
    discord.guild("Practice", bot_permissions=BOT_MAY | Allow.ADMINISTRATOR)

    told = await shell.runs_beside("doctor")

    [line] = lines(told, "discord rights")
    assert line.startswith("WRONG")
    assert "is Administrator" in line
    assert "permissions=" in line


async def test_rights_that_are_missing_in_the_server_are_named(shell: Shell, discord: DiscordServer) -> None:
    discord.guild("Practice", bot_permissions=BOT_MAY & ~Allow.MANAGE_CHANNELS)

    [line] = lines(await shell.runs_beside("doctor"), "discord rights")

    assert line.startswith("note")
    assert "lacks Manage Channels" in line


async def test_rights_that_are_missing_in_one_channel_are_named(shell: Shell, guild: Guild, database: Path) -> None:
    serves(database, "discord", guild.id, usual(guild))
    everyone = {"id": guild.id, "type": 0, "allow": "0", "deny": str(int(Allow.SEND | Allow.HISTORY))}
    bot = {"id": guild.bot_role.id, "type": 0, "allow": str(int(Allow.SEND)), "deny": "0"}
    guild.channel("welcome").overwrites = {guild.id: everyone, guild.bot_role.id: bot}

    told = await shell.runs_beside("doctor")

    [line] = lines(told, "discord channels")
    assert told.status == 1
    assert "In #welcome of Practice (welcome) it lacks Read Message History." in line
    assert "Edit Channel, Permissions, add commonplace" in line


async def test_a_channel_that_was_deleted_is_named(shell: Shell, guild: Guild, database: Path) -> None:
    serves(database, "discord", guild.id, usual(guild))
    guild.remove_channel(guild.channel("welcome"))

    [line] = lines(await shell.runs_beside("doctor"), "discord channels")

    assert "the channel for welcome is gone" in line
    assert "/community place" in line


@pytest.mark.parametrize(
    "position,managed,says",
    [(9, False, ""), (10, False, "is not below"), (11, False, "drag commonplace above"), (1, True, "another app")],
)
async def test_a_role_that_the_bot_cannot_give_is_named(
    shell: Shell, guild: Guild, database: Path, position: int, managed: bool, says: str
) -> None:
    role = guild.add_role("Statistics", position=position, managed=managed)
    home = guild.add_channel("statistics")
    serves(database, "discord", guild.id, {"group:g": home.id}, {"group:g": role.id})

    found = lines(await shell.runs_beside("doctor"), "discord roles")

    assert [says in line for line in found] == ([True] if says else [])


async def test_a_role_that_is_gone_is_named(shell: Shell, guild: Guild, database: Path) -> None:
    home = guild.add_channel("statistics")
    serves(database, "discord", guild.id, {"group:g": home.id}, {"group:g": "404"})

    [line] = lines(await shell.runs_beside("doctor"), "discord roles")

    assert "the role of Group:G is gone" in line


async def test_commands_that_differ_from_this_version_s_are_named(
    shell: Shell, discord: DiscordServer, guild: Guild
) -> None:
    wanted = registered(App(find_features()))
    discord.commands[None] = [*wanted[1:], wanted[0] | {"name": "older"}]
    differ = lines(await shell.runs_beside("doctor"), "discord commands")

    discord.commands[None] = wanted
    same = lines(await shell.runs_beside("doctor"), "discord commands")

    assert f"({', '.join(sorted((wanted[0]['name'], 'older')))})" in differ[0]
    assert differ[0].startswith("note")
    assert same[0].startswith("ok")


async def test_a_bot_that_starts_too_often_is_told_before_its_token_is_reset(
    shell: Shell, discord: DiscordServer, guild: Guild
) -> None:
    assert lines(await shell.runs_beside("doctor"), "discord sessions")[0].startswith("ok")

    discord.session_starts["remaining"] = 12

    [line] = lines(await shell.runs_beside("doctor"), "discord sessions")
    assert line.startswith("WRONG")
    assert "Only 12 of 1000 are left today" in line


async def test_slack_channels_without_the_bot_archived_or_gone_are_named(
    shell: Shell, team: Team, database: Path
) -> None:
    archived = team.channel("welcome")
    serves(
        database, "slack", team.id,
        {"announcements": team.channel("announcements").id, "welcome": archived.id, "resources": "C404"},
    )  # fmt: skip
    archived.archived = True
    team.channel("announcements").members.remove(team.bot.id)

    told = await shell.runs_beside("doctor")

    assert told.status == 1
    absent, gone, old = lines(told, "slack channels")
    assert absent.startswith("note")
    assert "It is not in #announcements" in absent
    assert "The channel for resources is gone" in gone
    assert "#welcome (welcome) is archived" in old


async def test_slack_channels_that_are_right_are_told_in_a_line(shell: Shell, team: Team, database: Path) -> None:
    serves(database, "slack", team.id, {name: team.channel(name).id for name in CHANNELS})

    told = await shell.runs_beside("doctor")

    assert told.status == 0, told.out
    assert lines(told, "slack channels") == ["ok     slack channels     Practice: it is in all 2 where it posts"]
