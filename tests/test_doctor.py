"""The doctor: what is right, what is wrong, and the fix for each; and it never says a token."""

import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from adapters.slack.manifest import SCOPES
from bot.cli.checks import check_secrecy, check_skew
from storage.store.sqlite import lock
from tests.discord.server import DiscordServer
from tests.shell import Ran, Shell
from tests.slack.server import SlackServer


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(tmp_path, monkeypatch, capsys)


@pytest.fixture
async def discord(shell: Shell) -> AsyncIterator[DiscordServer]:
    async with DiscordServer() as server:
        server.guild("Practice")
        shell.set(DISCORD_TOKEN=server.token, DISCORD_API_BASE=server.api)
        yield server


@pytest.fixture
async def slack(shell: Shell) -> AsyncIterator[SlackServer]:
    async with SlackServer() as server:
        server.scopes.update(SCOPES)
        shell.set(SLACK_BOT_TOKEN="xoxb-test", SLACK_APP_TOKEN="xapp-test", SLACK_API_BASE=server.api)
        yield server


@pytest.fixture
def database(shell: Shell, template: Path) -> Path:
    """A database at the newest revision, where the settings look for it."""
    path = shell.folder / "commonplace.db"
    path.write_bytes(template.read_bytes())
    return path


def line(told: Ran, what: str) -> str:
    """The line about one thing."""
    [found] = [each for each in told.out.splitlines() if each[7:].startswith(what)]
    return found


@pytest.mark.usefixtures("database")
async def test_all_is_well(shell: Shell, discord: DiscordServer, slack: SlackServer) -> None:
    told = await shell.runs_beside("doctor")

    assert told.status == 0, told.out
    assert "WRONG" not in told.out
    assert line(told, "discord token").endswith(f"commonplace, application {discord.application_id}")
    assert line(told, "discord servers").endswith("Practice")
    assert "in Practice" in line(told, "slack token")
    assert line(told, "slack app token").endswith("opens a socket")
    assert line(told, "slack clock").startswith("ok")
    assert line(told, "migrations").startswith("ok")


async def test_no_line_repeats_a_token(shell: Shell, discord: DiscordServer, slack: SlackServer) -> None:
    discord.token = slack.default.bot_token = slack.app_token = "another"

    told = await shell.runs_beside("doctor")

    assert told.status == 1
    for secret in ("discord-token", "xoxb-test", "xapp-test"):
        assert secret not in told.out + told.err
    assert "Fix: Copy it again" in line(told, "discord token")
    assert "Fix: Copy it again" in line(told, "slack token")
    assert "Fix: Copy it again" in line(told, "slack app token")


async def test_an_intent_that_is_off_is_named_with_the_place_to_switch_it_on(
    shell: Shell, discord: DiscordServer
) -> None:
    discord.members_intent = False

    told = await shell.runs_beside("doctor")

    assert told.status == 1
    assert line(told, "discord intents").startswith("WRONG")
    assert "Privileged Gateway Intents" in line(told, "discord intents")


async def test_a_bot_in_no_server_gets_its_invite_link(shell: Shell, discord: DiscordServer) -> None:
    discord.guilds.clear()

    told = await shell.runs_beside("doctor")

    assert told.status == 0
    assert f"client_id={discord.application_id}" in line(told, "discord servers")


async def test_scopes_that_are_missing_are_named(shell: Shell, slack: SlackServer) -> None:
    slack.scopes.remove("files:write")

    told = await shell.runs_beside("doctor")

    assert told.status == 1
    assert "Missing: files:write.  Fix: Paste `commonplace slack manifest`" in line(told, "slack scopes")


async def test_a_token_of_another_kind_is_told_from_a_wrong_one(shell: Shell, slack: SlackServer) -> None:
    slack.default.refusal = "account_inactive"

    told = await shell.runs_beside("doctor")

    assert "was removed from the workspace.  Fix: Install it again." in line(told, "slack token")


def test_a_platform_that_does_not_answer_is_told(shell: Shell) -> None:
    shell.set(DISCORD_TOKEN="x", DISCORD_API_BASE="http://127.0.0.1:9/api")

    told = shell.runs("doctor")

    assert told.status == 1
    assert "Discord cannot be reached" in line(told, "discord token")


def test_offline_nobody_is_asked(shell: Shell) -> None:
    shell.set(DISCORD_TOKEN="x", DISCORD_API_BASE="http://127.0.0.1:9/api")

    told = shell.runs("doctor", "--offline")

    assert told.status == 0
    assert line(told, "tokens").startswith("-")


def test_every_mistake_in_the_settings_has_a_line(shell: Shell) -> None:
    shell.writes("config.toml", '[lgo]\nlevel = "x"\n[slack]\nmode = "x"\n')

    told = shell.runs("doctor")

    assert told.status == 1
    lines = [each for each in told.out.splitlines() if "configuration" in each]
    assert [each.startswith("WRONG") for each in lines[:2]] == [True, True]
    assert "Did you mean [log]?" in told.out
    assert line(told, "python").startswith("ok")


def test_programs_get_the_same_as_json(shell: Shell) -> None:
    told = shell.runs("doctor", "--offline", "--json")

    checks = {check["what"]: check for check in json.loads(told.out)}
    assert told.status == 1
    assert checks["platforms"]["state"] == "wrong"
    assert checks["platforms"]["fix"] == "Run commonplace init."


def test_without_a_database_yet_all_is_well(shell: Shell) -> None:
    assert "will be made at the first start" in line(shell.runs("doctor", "--offline"), "database")


def test_a_database_in_use_can_be_looked_at(shell: Shell, database: Path) -> None:
    with closing(lock(database)):
        told = shell.runs("doctor", "--offline")

    assert line(told, "database").startswith("ok")
    assert line(told, "channels").startswith("-")


def test_a_file_that_is_no_database_is_told(shell: Shell) -> None:
    shell.writes("commonplace.db", "These are my notes. " * 1000)

    told = shell.runs("doctor", "--offline")

    assert line(told, "database").startswith("WRONG")
    assert "Put a backup in its place" in line(told, "database")


@pytest.mark.parametrize(
    "revision,oldest,state", [("0000", "0000", "note"), ("9999", "9999", "WRONG"), ("9999", "0001", "ok")]
)
def test_the_database_s_revision_is_compared(
    shell: Shell, database: Path, revision: str, oldest: str, state: str
) -> None:
    with closing(sqlite3.connect(database)) as db:
        db.execute("UPDATE alembic_version SET version_num = ?", (revision,))
        db.execute("UPDATE compatible SET oldest = ?", (oldest,))
        db.commit()

    assert line(shell.runs("doctor", "--offline"), "migrations").startswith(state)


def test_a_chat_without_a_channel_for_announcements_is_named(shell: Shell, database: Path) -> None:
    with closing(sqlite3.connect(database)) as db:
        db.executescript(COMMUNITY)

    told = shell.runs("doctor", "--offline")

    assert "Practice (Discord) has no channel for announcements." in line(told, "channels")
    assert "/community place" in line(told, "channels")


COMMUNITY = """
INSERT INTO community (id, name, purpose, zone, locale, consent, settings, created)
VALUES ('c', 'Practice', '', 'UTC', 'en', '1', '{}', '2026-01-01 00:00:00');
INSERT INTO space (id, community_id, platform, ref, name, active, created)
VALUES ('s', 'c', 'discord', '1', 'Practice', 1, '2026-01-01 00:00:00');
INSERT INTO place (id, community_id, purpose, name) VALUES ('p', 'c', 'welcome', 'welcome'),
('q', 'c', 'announcements', 'announcements');
INSERT INTO channel (place_id, space_id, community_id, ref, role, missing)
VALUES ('p', 's', 'c', '11', '', 0), ('q', 's', 'c', '12', '', 1);
"""


def test_files_with_tokens_that_others_can_read_are_named(shell: Shell) -> None:
    path = shell.writes(".env", "DISCORD_TOKEN=x\n")
    path.chmod(0o644)
    config = shell.writes("config.toml", '[slack]\nbot_token = "xoxb-1"\n')
    config.chmod(0o644)

    fixes = [check.fix for check in check_secrecy(config)]
    path.chmod(0o600)
    config.chmod(0o600)

    assert fixes == [f"chmod 600 {path}", f"chmod 600 {config}"]
    assert list(check_secrecy(config)) == []


@pytest.mark.parametrize("seconds,told", [(0.4, "agrees"), (-29, "agrees"), (90, "90 s ahead"), (-90, "90 s behind")])
def test_a_clock_that_is_wrong_is_told(seconds: float, told: str) -> None:
    [check] = check_skew("discord clock", seconds)

    assert told in check.text
    assert (check.state == "wrong") == bool(check.fix) == (abs(seconds) > 30)
