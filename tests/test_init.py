"""The wizard: scripted or asked, it tries the tokens, writes no secret into the settings, and overwrites nothing."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.discord.invite import invite_link
from adapters.slack.manifest import SCOPES
from bot.cli.wizard import keep_tokens
from bot.config import load, with_dotenv
from tests.discord.server import DiscordServer
from tests.shell import Shell, Terminal, Unseen
from tests.slack.server import SlackServer


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(tmp_path, monkeypatch, capsys)


@pytest.fixture
async def discord(shell: Shell) -> AsyncIterator[DiscordServer]:
    async with DiscordServer() as server:
        shell.set(DISCORD_API_BASE=server.api)
        yield server


async def test_a_script_gets_settings_without_a_secret_and_the_next_steps(shell: Shell, discord: DiscordServer) -> None:
    shell.set(DISCORD_TOKEN=discord.token)

    told = await shell.runs_beside("init", "--name", 'The "Circle"', "--zone", "Berlin")

    settings = load(shell.folder / "config.toml", {"DISCORD_TOKEN": "a.b.c"})
    assert told.status == 0, told.err
    assert (settings.community.name, settings.community.zone) == ('The "Circle"', "Europe/Berlin")
    assert settings.secrets == ["a.b.c"]
    assert discord.token not in shell.reads("config.toml")
    assert invite_link(discord.application_id) in told.err
    assert "commonplace doctor" in told.err
    assert not (shell.folder / ".env").exists()


async def test_both_platforms_are_tried(shell: Shell, discord: DiscordServer) -> None:
    async with SlackServer() as slack:
        slack.scopes.update(SCOPES)
        shell.set(DISCORD_TOKEN=discord.token, SLACK_API_BASE=slack.api)
        shell.set(SLACK_BOT_TOKEN="xoxb-test", SLACK_APP_TOKEN="xapp-test")

        told = await shell.runs_beside("init")

    assert told.status == 0, told.err
    assert "Discord: the token is commonplace's." in told.err
    assert "in Practice." in told.err
    assert "commonplace slack manifest" in told.err
    assert 'bot_token = "$SLACK_BOT_TOKEN"' in shell.reads("config.toml")


async def test_a_wrong_token_writes_nothing(shell: Shell, discord: DiscordServer) -> None:
    discord.token = "another"
    shell.set(DISCORD_TOKEN="discord-token")

    told = await shell.runs_beside("init")

    assert told.status == 1
    assert "DISCORD_TOKEN: Discord does not know this token" in told.err
    assert told.err.endswith("Nothing was written.\n")
    assert not (shell.folder / "config.toml").exists()


def test_settings_that_are_there_are_left_alone(shell: Shell) -> None:
    shell.writes("config.toml", "# mine\n")
    shell.set(DISCORD_TOKEN="a.b.c")

    refused = shell.runs("init", "--offline")
    kept = shell.reads("config.toml")
    forced = shell.runs("init", "--offline", "--force")

    assert (refused.status, kept) == (1, "# mine\n")
    assert "Use --force" in refused.err
    assert (forced.status, 'token = "$DISCORD_TOKEN"' in shell.reads("config.toml")) == (0, True)


def test_a_script_that_forgot_a_token_is_told_which(shell: Shell) -> None:
    told = shell.runs("init", "--slack", "--no-discord")

    assert told.status == 78
    assert "SLACK_BOT_TOKEN is not set" in told.err


def test_a_script_that_chose_no_platform_is_told(shell: Shell) -> None:
    told = shell.runs("init")

    assert told.status == 1
    assert "commonplace demo" in told.err


def test_a_mistake_in_an_option_is_told_like_one_in_the_file(shell: Shell) -> None:
    shell.set(DISCORD_TOKEN="a.b.c")

    told = shell.runs("init", "--offline", "--zone", "Europe/Berln")

    assert told.status == 78
    assert "--zone: " in told.err
    assert "Europe/Berlin" in told.err


async def test_a_person_is_asked_and_the_token_is_kept_for_their_eyes_only(
    shell: Shell, discord: DiscordServer
) -> None:
    terminal = Terminal(shell.folder)
    answers = {
        "called?": "Practice Circle",
        "for whom?": "Learning together",
        "zone": "Europe/Berln",
        "language": "en",
        "on Discord?": "y",
        "Discord bot token": Unseen("wrong-token"),
        "on Slack?": "n",
        "Its time zone, by city (UTC)": "Berlin",
        "DISCORD_TOKEN": Unseen(discord.token),
        "Keep the tokens": "y",
    }

    status = await terminal.runs("init", answers=answers)

    assert status == 0, terminal.said
    settings = load(shell.folder / "config.toml", with_dotenv({"DISCORD_API_BASE": discord.api}, shell.folder))
    assert settings.community.name == "Practice Circle"
    assert settings.community.zone == "Europe/Berlin"
    assert settings.secrets == [discord.token]
    assert (shell.folder / ".env").stat().st_mode & 0o777 == 0o600
    assert discord.token not in terminal.said
    assert discord.token not in shell.reads("config.toml")


def test_other_lines_of_the_env_file_stay(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("# mine\nOTHER=1\nexport DISCORD_TOKEN=old\n")
    path.chmod(0o644)

    keep_tokens(path, {"DISCORD_TOKEN": "new", "SLACK_BOT_TOKEN": "xoxb-1"})

    assert path.read_text() == "# mine\nOTHER=1\nDISCORD_TOKEN=new\nSLACK_BOT_TOKEN=xoxb-1\n"
    assert path.stat().st_mode & 0o777 == 0o600
