"""The command line: what each command prints, writes, refuses and ends with."""

import json
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from adapters.discord.invite import invite_link
from bot.actions import App
from bot.config import Settings, load
from bot.features import find_features
from storage import schema
from storage.store import open_store
from tests.discord.server import DiscordServer
from tests.shell import Shell

ROOT = Path(__file__).parent.parent


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(tmp_path, monkeypatch, capsys)


def tables(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as db:
        return {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def set_revision(path: Path, revision: str) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("UPDATE alembic_version SET version_num = ?", (revision,))
        db.execute("UPDATE compatible SET oldest = ?", (revision,))
        db.commit()


@pytest.fixture
def database(shell: Shell, template: Path) -> Path:
    """A database at the newest revision, where the settings look for it."""
    path = shell.folder / "commonplace.db"
    path.write_bytes(template.read_bytes())
    return path


# Help and mistakes.


def test_help_names_every_command(shell: Shell) -> None:
    told = shell.runs("--help")

    assert told.status == 0
    assert all(
        f" {name} " in told.out for name in ("init", "run", "demo", "doctor", "commands", "slack", "db", "config")
    )


def test_the_version_is_that_of_the_project(shell: Shell) -> None:
    assert f'version = "{shell.runs("--version").out.split()[1]}"' in (ROOT / "pyproject.toml").read_text()


def test_a_command_that_does_not_exist_is_answered_with_what_was_meant(shell: Shell) -> None:
    told = shell.runs("dcotor")

    assert told.status == 2
    assert "Did you mean 'doctor'" in told.err


def test_help_and_mistakes_load_neither_platform_nor_database() -> None:
    script = "import sys; from bot.cli import app; print(*sys.modules)"

    loaded = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)

    assert not {"discord", "slack_bolt", "sqlmodel", "alembic", "pydantic_settings"} & set(loaded.stdout.split())


# Settings.


def test_the_example_is_what_the_settings_say(shell: Shell) -> None:
    printed = shell.runs("config", "example")

    assert printed.out == (ROOT / "config.example.toml").read_text("utf-8")


def test_the_example_changes_nothing() -> None:
    assert load(ROOT / "config.example.toml", {}) == Settings()


def test_settings_can_be_checked_without_starting_anything(shell: Shell) -> None:
    shell.writes("config.toml", '[log]\nlevel = "debug"\n')
    good = shell.runs("config", "check")
    shell.writes("config.toml", '[lgo]\nlevel = "debug"\n[slack]\nmode = "x"\n')
    bad = shell.runs("config", "check")

    assert (good.status, good.err) == (0, "config.toml is valid.\n")
    assert bad.status == 78
    assert bad.err.startswith("config.toml has 2 mistakes:\n")


def test_a_file_that_was_named_has_to_be_there(shell: Shell) -> None:
    told = shell.runs("run", "--config", "other.toml")

    assert told.status == 78
    assert told.err == "other.toml has a mistake:\n  it cannot be read: No such file or directory\n"


def test_the_environment_may_name_the_file(shell: Shell) -> None:
    path = shell.writes("elsewhere.toml", "[lgo]\n")
    shell.set(COMMONPLACE_CONFIG=str(path))

    assert shell.runs("config", "check").status == 78


def test_without_a_platform_nothing_runs_and_the_demo_is_pointed_out(shell: Shell) -> None:
    told = shell.runs("run")

    assert told.status == 78
    assert "commonplace demo" in told.err
    assert "Traceback" not in told.err


def test_options_of_run_win_over_everything(shell: Shell) -> None:
    shell.set(LOG_LEVEL="debug")

    told = shell.runs("run", "--log-level", "loud", "--database", "postgresql://db")

    assert told.status == 78
    assert "--log-level: must be 'debug', 'info', 'warning' or 'error', not 'loud'" in told.err
    assert "--database: must name a host and a database" in told.err


# The reference.


def test_the_command_reference_is_what_is_registered(shell: Shell) -> None:
    printed = shell.runs("commands", "--markdown")

    assert printed.out == (ROOT / "docs" / "commands.md").read_text("utf-8"), (
        "run: commonplace commands --markdown > docs/commands.md"
    )


def test_every_command_is_told_with_its_options_types_and_bounds(shell: Shell) -> None:
    app = App(find_features())

    told = json.loads(shell.runs("commands", "--json").out)

    commands = {entry["command"]: entry for entry in told["commands"]}
    assert set(commands) == set(app.commands)
    for name, action in app.commands.items():
        assert [option["name"] for option in commands[name]["options"]] == [param.name for param in action.asked]
    edit = {option["name"]: option for option in commands["community edit"]["options"]}
    assert (edit["name"]["type"], edit["name"]["max"], edit["name"]["required"]) == ("text", 80, False)
    assert commands["me"]["platforms"] == {"discord": "/me show", "slack": "/cop me"}
    assert {entry["platforms"]["discord"] for entry in told["message_commands"]} == {
        action.message for action in app.messages.values()
    }


def test_commands_are_listed_for_people_too(shell: Shell) -> None:
    lines = shell.runs("commands").out.splitlines()

    assert any(line.split() == ["join", "Join", "the", "community"] for line in lines)


# Platforms.


def test_the_slack_manifest_is_json_with_the_configured_command(shell: Shell) -> None:
    shell.set(COMMONPLACE_SLACK__COMMAND="/guild")

    told = shell.runs("slack", "manifest")

    made = json.loads(told.out)
    assert made["features"]["slash_commands"][0]["command"] == "/guild"
    assert made["settings"]["socket_mode_enabled"] is True
    assert "https://api.slack.com/apps" in told.err


def test_the_slack_manifest_can_be_written_into_a_file(shell: Shell) -> None:
    told = shell.runs("slack", "manifest", "--output", "manifest.json")

    assert "Wrote manifest.json" in told.err
    assert json.loads((shell.folder / "manifest.json").read_text())["oauth_config"]


def test_in_http_mode_the_manifest_needs_the_address(shell: Shell) -> None:
    shell.set(COMMONPLACE_SLACK__MODE="http")

    without = shell.runs("slack", "manifest")
    made = json.loads(shell.runs("slack", "manifest", "--url", "https://bot.example.org/slack/events").out)

    assert (without.status, "needs --url" in without.err) == (1, True)
    assert made["settings"]["interactivity"]["request_url"] == "https://bot.example.org/slack/events"


def test_the_invite_link_asks_for_little_and_says_why(shell: Shell) -> None:
    told = shell.runs("discord", "invite", "--application-id", "42")

    assert told.out == f"{invite_link('42')}\n"
    assert "- to post polls" in told.err


def test_without_an_id_or_a_token_there_is_no_invite_link(shell: Shell) -> None:
    assert "Give --application-id" in shell.runs("discord", "invite").err
    assert "is a long number" in shell.runs("discord", "invite", "--application-id", "bot").err


async def test_the_invite_link_knows_the_application_from_the_token(shell: Shell) -> None:
    async with DiscordServer() as server:
        shell.set(DISCORD_TOKEN=server.token, DISCORD_API_BASE=server.api)
        told = await shell.runs_beside("discord", "invite")
        shell.set(DISCORD_TOKEN="another")
        refused = await shell.runs_beside("discord", "invite")

    assert told.out == f"{invite_link(server.application_id)}\n"
    assert (refused.status, refused.out) == (1, "")
    assert "Discord does not know this token" in refused.err


# The database.


def test_a_database_is_made_and_brought_up_to_date(shell: Shell) -> None:
    first = shell.runs("db", "upgrade")
    again = shell.runs("db", "upgrade")

    assert first.err.endswith("commonplace.db is up to date now.\n")
    assert again.err.endswith("commonplace.db was up to date already.\n")
    assert "community" in tables(shell.folder / "commonplace.db")


def test_a_copy_is_kept_of_what_is_upgraded(shell: Shell) -> None:
    path = shell.folder / "commonplace.db"
    with closing(sqlite3.connect(path)) as db:
        db.executescript("CREATE TABLE alembic_version (version_num); INSERT INTO alembic_version VALUES ('0000')")

    told = shell.runs("db", "upgrade")

    copy = shell.folder / f"commonplace.before-{schema.head()}.db"
    assert f"Copied the database as it was to {copy.name}." in told.err
    assert tables(copy) == {"alembic_version"}


def test_a_database_of_a_newer_version_is_left_alone(shell: Shell, database: Path) -> None:
    set_revision(database, "9999")

    told = shell.runs("db", "upgrade")

    assert told.status == 78
    assert "Use the newer version again" in told.err
    assert [path.name for path in shell.folder.glob("*before*")] == []


def test_a_database_belongs_to_one_process(shell: Shell, database: Path) -> None:
    store = open_store(f"sqlite:///{database}")
    told = shell.runs("db", "upgrade")
    store.close()

    assert told.status == 75
    assert "is in use by another Commonplace" in told.err


def test_a_file_that_is_no_database_is_told_in_a_sentence(shell: Shell) -> None:
    shell.writes("commonplace.db", "These are my notes, and I want to keep them. " * 100)

    told = shell.runs("db", "upgrade")

    assert told.status == 78
    assert "is no database, or it is damaged" in told.err


def test_a_backup_is_whole_while_others_write(shell: Shell, database: Path) -> None:
    with closing(sqlite3.connect(database, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("CREATE TABLE pair (n)")
    began, enough = threading.Event(), threading.Event()

    def write() -> None:
        with closing(sqlite3.connect(database, isolation_level=None)) as db:
            n = 0
            while not enough.is_set():
                n += 1
                db.execute("BEGIN")
                db.executemany("INSERT INTO pair VALUES (?)", [(n,), (-n,)])
                db.execute("COMMIT")
                began.set()

    writing = threading.Thread(target=write)
    writing.start()
    began.wait(10)
    told = shell.runs("db", "backup", "copy.db")
    enough.set()
    writing.join()

    assert (told.status, told.err.endswith("and checked the copy.\n")) == (0, True)
    with closing(sqlite3.connect(shell.folder / "copy.db")) as db:
        [(total, rows)] = db.execute("SELECT sum(n), count(*) FROM pair").fetchall()
    assert (total, rows > 0) == (0, True)
    assert list(shell.folder.glob("*.partial*")) == []


def test_a_backup_overwrites_nothing(shell: Shell, database: Path) -> None:
    shell.writes("copy.db", "something dear")

    told = shell.runs("db", "backup", "copy.db")

    assert (told.status, "nothing was overwritten" in told.err) == (1, True)
    assert (shell.folder / "copy.db").read_text() == "something dear"


def test_without_a_database_there_is_nothing_to_copy(shell: Shell) -> None:
    told = shell.runs("db", "backup", "copy.db")

    assert (told.status, "There is no database at commonplace.db" in told.err) == (1, True)
    assert not (shell.folder / "copy.db").exists()


def test_a_damaged_database_gives_no_backup(shell: Shell, database: Path) -> None:
    whole = database.read_bytes()
    database.write_bytes(whole[:4096] + b"\xff" * 8192 + whole[4096 + 8192 :])

    told = shell.runs("db", "backup", "copy.db")

    assert told.status == 1
    assert not (shell.folder / "copy.db").exists()
