"""The service as its manager sees it: ready, alive, and gone within twenty seconds with nothing lost."""

import asyncio
import json
import os
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from aiohttp import ClientSession

from bot.config import Health as Settings
from bot.health import Pulse, Watchman, systemd
from storage.store import Unavailable
from tests.process import Process, started
from tests.two_chats import TwoChats, joins_on_discord, press, two_chats
from tests.world import MemoryChat, World

pytestmark = pytest.mark.timeout(180)  # processes start slowly where tests run side by side


class Manager:
    """The socket of a service manager, and what it was told."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "notify"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(self.path))
        self._socket.setblocking(False)
        self.told: list[str] = []

    async def hears(self, words: str) -> None:
        """Wait until it is told this, or was already."""
        async with asyncio.timeout(60):
            while words not in self.told:
                told = await asyncio.get_running_loop().sock_recv(self._socket, 4096)
                self.told += told.decode().splitlines()

    def hears_nothing(self) -> bool:
        try:
            self._socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        return False

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    made = Manager(tmp_path)
    yield made
    made.close()


@pytest.fixture
async def chats() -> AsyncIterator[TwoChats]:
    async with two_chats() as made:
        yield made


@pytest.fixture
def environ(chats: TwoChats) -> dict[str, str]:
    """Discord alone, which starts faster."""
    return {name: value for name, value in chats.environ.items() if name.startswith("DISCORD_")}


async def page(bot: Process) -> str:
    told: str = json.loads(await bot.says("health page at "))["event"]
    return told.removeprefix("health page at ")


async def asked(url: str) -> tuple[int, set[str]]:
    """The status, and the checks that fail."""
    async with ClientSession() as session, session.get(url) as answer:
        checks = (await answer.json())["checks"]
        return answer.status, {name for name, check in checks.items() if not check["ok"]}


async def sends(chats: TwoChats) -> None:
    """Somebody asks a question, which goes out to the announcements."""
    ada = chats.guild.person("Ada", admin=True)
    await joins_on_discord(ada)
    shown = await ada.command("poll create", in_="announcements", question="Lunch?", choices="Pizza, Sushi")
    await press(ada, shown.message, "Ask it", "Your question is out.")


async def test_the_service_manager_hears_when_it_is_ready_alive_and_stopping(
    chats: TwoChats, environ: dict[str, str], manager: Manager, tmp_path: Path
) -> None:
    service = {"NOTIFY_SOCKET": str(manager.path), "WATCHDOG_USEC": "1000000"}

    async with started(tmp_path, environ | service) as bot:
        await manager.hears("READY=1")
        assert "STATUS=ready: Discord in Practice" in manager.told
        assert "READY=1" not in manager.told[:-2]
        manager.told.clear()
        await manager.hears("WATCHDOG=1")
        manager.told.clear()
        await manager.hears("WATCHDOG=1")  # and again

        bot.signal(signal.SIGTERM)
        await manager.hears("STOPPING=1")
        assert await bot.ends() == 0


async def test_a_bot_that_nobody_would_have_is_never_ready(
    environ: dict[str, str], manager: Manager, tmp_path: Path
) -> None:
    wrong = {"NOTIFY_SOCKET": str(manager.path), "DISCORD_TOKEN": "wrong-token"}

    async with started(tmp_path, environ | wrong) as bot:
        assert await bot.ends() == 78
    await manager.hears("STOPPING=1")

    assert "READY=1" not in manager.told


async def test_what_is_being_sent_is_finished_before_it_ends(
    chats: TwoChats, environ: dict[str, str], tmp_path: Path
) -> None:
    async with started(tmp_path, environ | {"LOG_LEVEL": "debug"}) as bot:
        await bot.ready()
        url = await page(bot)
        assert (await asked(f"{url}/livez"))[0] == 200
        assert await asked(f"{url}/readyz") == (200, set())
        held = chats.discord.faults.hold("POST /channels/*/messages")
        await sends(chats)
        await held.reached()

        bot.signal(signal.SIGTERM)
        await bot.says("stopping")
        assert await asked(f"{url}/readyz") == (503, {"stopping"})
        assert (await asked(f"{url}/livez"))[0] == 200
        held.release()

        assert await bot.ends() == 0
        assert "Traceback" not in bot.said
    [message] = chats.guild.channel("announcements").messages
    assert "Lunch?" in message.text
    left = {name for name in os.listdir(tmp_path) if name.startswith("commonplace.db")}  # noqa: PTH208  # at once
    assert left == {"commonplace.db", "commonplace.db.lock"}  # the log of changes is in the database


async def test_a_send_that_never_ends_does_not_hold_up_the_end_and_is_looked_up_at_the_next_start(
    chats: TwoChats, environ: dict[str, str], tmp_path: Path
) -> None:
    async with started(tmp_path, environ) as first:
        await first.ready()
        held = chats.discord.faults.hold("POST /channels/*/messages")
        await sends(chats)
        await held.reached()

        first.signal(signal.SIGTERM)

        assert await first.ends() == 0
        assert "Traceback" not in first.said
    assert not (tmp_path / "commonplace.db-wal").exists()
    chats.discord.faults.clear()

    async with started(tmp_path, environ) as second:
        await second.ready()
        announcements = chats.guild.channel("announcements")
        await announcements.arrives(lambda m: "Lunch?" in m.text)
        second.signal(signal.SIGTERM)
        assert await second.ends() == 0
    assert len(announcements.messages) == 1


class Stuck(MemoryChat):
    """A platform whose goodbye never ends, or fails."""

    fault: Exception | None = None

    async def stop(self) -> None:
        if self.fault is not None:
            raise self.fault
        await asyncio.Event().wait()


def test_a_platform_that_does_not_say_goodbye_is_left(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("bot.engine.FINISH_WITHIN", 0.0)
    monkeypatch.setattr("bot.engine.LEAVE_WITHIN", 0.01)
    stuck, failing = Stuck("discord"), Stuck("slack")
    failing.fault = RuntimeError("no goodbye")
    world.engine.adapters[:] = [stuck, failing]

    world.wait(world.engine.stop())

    assert "stop discord: a platform takes too long" in caplog.text
    assert "no goodbye" in caplog.text
    with pytest.raises(Unavailable):
        world.write(lambda db: None)


async def test_a_bot_that_is_not_well_gives_no_sign_of_life(manager: Manager, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(manager.path))
    monkeypatch.setenv("WATCHDOG_USEC", "1")
    monkeypatch.setattr("bot.health.pulse.EVERY", 0)
    quiet: list[bool] = []

    def well() -> bool:
        """Not well three times, then well."""
        quiet.append(manager.hears_nothing())
        return len(quiet) > 3

    pulse = Pulse()
    pulse.start(well)
    await manager.hears("WATCHDOG=1")
    await pulse.stop()

    assert quiet[:4] == [True] * 4


def test_nobody_has_to_have_a_page(world: World, beats: None, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")

    async def story(*, enabled: bool) -> None:
        watchman = Watchman(world.engine, Settings(enabled=enabled, port=0))
        await watchman.start()
        watchman.ready("ready: nobody")
        assert watchman.health.well()
        await watchman.stop()

    world.wait(story(enabled=False))
    assert "health page" not in caplog.text
    world.wait(story(enabled=True))
    assert "health page at http://127.0.0.1:" in caplog.text


def test_a_manager_of_the_abstract_kind_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(f"\0{tmp_path}")
        monkeypatch.setenv("NOTIFY_SOCKET", f"@{tmp_path}")

        systemd.notify("READY=1", "STATUS=well")

        assert heard.recv(100) == b"READY=1\nSTATUS=well"


def test_a_manager_that_went_away_harms_nobody(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "gone"))

    systemd.notify("WATCHDOG=1")

    assert "could not be told" in caplog.text


@pytest.mark.parametrize(
    "wanted,process,seconds", [("30000000", "", 30.0), ("30000000", "1", None), ("", "", None), ("0", "", None)]
)
def test_the_watchdog_is_of_one_process(
    monkeypatch: pytest.MonkeyPatch, wanted: str, process: str, seconds: float | None
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", wanted)
    monkeypatch.setenv("WATCHDOG_PID", process)

    assert systemd.watchdog() == seconds
