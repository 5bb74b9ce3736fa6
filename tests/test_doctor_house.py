"""The doctor around the house: SQLite's faults, room, backups, zones, and whether the bot runs here."""

import asyncio
import shutil
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from bot.cli.checks import check_secrecy
from bot.cli.housekeeping_checks import check_backup, check_disk, check_page, check_sqlite, check_zones
from bot.config import Health as Settings
from bot.health import Health, HealthPage, Pulse
from tests.world import World

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "running,state",
    [
        ((3, 34, 1), "wrong"),
        ((3, 40, 1), "note"),
        ((3, 44, 5), "note"),
        ((3, 44, 6), "ok"),
        ((3, 45, 0), "note"),
        ((3, 50, 6), "note"),
        ((3, 50, 7), "ok"),
        ((3, 51, 2), "note"),
        ((3, 51, 3), "ok"),
        ((3, 52, 0), "ok"),
        ((4, 0, 0), "ok"),
    ],
)
def test_versions_of_sqlite_that_can_damage_a_database_are_named(running: tuple[int, ...], state: str) -> None:
    check = check_sqlite(running)

    assert check.state == state
    assert bool(check.fix) == (state != "ok")


@pytest.mark.parametrize("free,state", [(199, "wrong"), (300, "note"), (501, "ok")])
def test_a_disk_that_fills_is_told_before_it_is_full(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, free: int, state: str
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free * 2**20))

    assert check_disk(tmp_path).state == state


@pytest.mark.parametrize(
    "hours,state,says", [(1, "ok", "1 h ago"), (35, "ok", "35 h ago"), (37, "note", "37 h ago"), (72, "note", "3 days")]
)
def test_the_age_of_the_newest_backup_is_told(tmp_path: Path, hours: int, state: str, says: str) -> None:
    for ending, age in (("", hours), ("", 1000), (".partial", 0)):
        (tmp_path / f"a-{NOW - timedelta(hours=age):%Y-%m-%dT%H%M%SZ}.db{ending}").touch()

    check = check_backup(tmp_path, NOW)

    assert (check.state, says in check.text) == (state, True)


def test_that_there_is_no_backup_is_told(tmp_path: Path) -> None:
    assert check_backup(tmp_path / "backups", NOW).state == "note"


@pytest.mark.parametrize(
    "zone,year,state", [("UTC", 2026, "ok"), ("UTC", 2040, "note"), ("Mars/Phobos", 2026, "wrong")]
)
def test_old_and_missing_time_zones_are_told(zone: str, year: int, state: str) -> None:
    [check] = check_zones(zone, NOW.replace(year=year))

    assert check.state == state


@pytest.mark.parametrize(
    "text,secrets",
    [
        ('[slack]\nbot_token = "xoxb-1"\n', ()),
        ('[discord]\ntoken = "MTA5ODc2NTQzMjEwOTg3NjU0Mw.GaBcDe.abcdefghijklmnopqrstuvwxyz012345678901"\n', ()),
        ('[database]\nurl = "postgresql://bot:geheim@db/x"\n', ()),
        ('[slack]\nsigning_secret = "0123456789abcdef"\n', ("0123456789abcdef",)),
    ],
)
def test_every_kind_of_secret_in_a_file_that_others_can_read_is_wrong(
    tmp_path: Path, text: str, secrets: tuple[str, ...]
) -> None:
    file = tmp_path / "config.toml"
    file.write_text(text)
    file.chmod(0o640)
    [check] = check_secrecy(file, secrets)
    assert (check.state, check.fix) == ("wrong", f"chmod 600 {file}")
    assert not any(secret in str(check) for secret in secrets)

    file.chmod(0o600)
    assert list(check_secrecy(file, secrets)) == []


def test_a_file_without_secrets_may_be_read_by_all(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[discord]\ntoken = "$DISCORD_TOKEN"\n[database]\nurl = "sqlite:///commonplace.db"\n')
    file.chmod(0o644)

    assert list(check_secrecy(file)) == []


# Whether the bot runs here.


@pytest.fixture
def taken() -> Iterator[int]:
    """A port where something else listens, and answers nothing that makes sense."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_whether_the_bot_runs_and_can_serve_is_told(world: World) -> None:
    health = Health(world.engine, Pulse())

    async def story() -> list[tuple[str, str]]:
        page = HealthPage(health, "127.0.0.1", 0)
        await page.start()
        settings = Settings(port=int(page.url.rpartition(":")[2]))
        found = []
        for health.started in (False, True):
            check = await asyncio.to_thread(check_page, settings)
            found.append((check.state, check.text))
        await page.stop()
        check = check_page(settings)
        return [*found, (check.state, check.text)]

    starting, serving, gone = world.wait(story())

    assert starting[0] == "wrong"
    assert "the platforms are being connected" in starting[1]
    assert serving[0] == "ok"
    assert gone[0] == "ok"
    assert "is free; the bot does not run" in gone[1]


def test_a_port_that_something_else_has_is_told(taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.cli.healthcheck.PATIENCE", 0.01)

    check = check_page(Settings(port=taken))

    assert (check.state, check.fix) == ("note", "Name another one in [health] port.")


@pytest.mark.parametrize("settings", [Settings(enabled=False), Settings(port=0)])
def test_a_page_that_is_nowhere_is_not_looked_for(settings: Settings) -> None:
    assert check_page(settings).state == "skipped"
