"""Health: live is what a restart would mend, ready is whether people can be served now, and nobody learns a secret."""

import asyncio
import json
import threading
from datetime import timedelta
from http import HTTPStatus

import pytest
from aiohttp import ClientSession
from sqlalchemy import text
from sqlmodel import Session, update

from bot import metrics
from bot.cli.healthcheck import ask
from bot.health import Health, HealthPage, Pulse, Sign
from bot.health.judging import BACKLOG_MOST
from bot.health.page import names_this_machine, told
from storage.figures import touch
from storage.outbox import PENDING, Outbox
from tests.storing import refusing
from tests.world import World


@pytest.fixture
def health(world: World) -> Health:
    """Of a bot whose platforms were asked."""
    health = Health(world.engine, Pulse())
    health.started = True
    return health


def wrong(signs: list[Sign]) -> set[str]:
    return {sign.name for sign in signs if not sign.well}


def said(signs: list[Sign], name: str) -> str:
    [found] = [sign.text for sign in signs if sign.name == name]
    return found


def ready(world: World, health: Health) -> list[Sign]:
    return world.wait(health.ready())


def connected(world: World, *, up: bool) -> None:
    for chat in world.chats.values():
        chat.connected = up


def test_all_is_well(world: World, health: Health, beats: None) -> None:
    assert wrong(health.live()) == set()
    assert wrong(ready(world, health)) == set()


async def test_a_loop_that_is_held_up_is_not_live(world: World, health: Health) -> None:
    now = 100.0
    health.pulse = Pulse(lambda: now)
    health.pulse.start(health.well)
    await asyncio.sleep(0)  # the pulse has begun
    assert health.well()

    now = 106.0

    assert wrong(health.live()) == {"event loop"}
    await health.pulse.stop()


def test_a_dispatcher_that_makes_no_rounds_is_not_live(world: World, health: Health, beats: None) -> None:
    assert metrics.dispatcher._last is not None
    metrics.dispatcher._last -= 61.0

    assert wrong(health.live()) == {"dispatcher"}


def test_a_dispatcher_that_was_stopped_has_no_round_to_be_late_with(world: World, health: Health) -> None:
    async def story() -> None:
        serving = asyncio.create_task(world.engine.dispatcher.run())
        await asyncio.sleep(0)  # the first round has begun
        assert said(health.live(), "dispatcher").startswith("last round")
        serving.cancel()
        await asyncio.wait({serving})

    world.wait(story())

    assert said(health.live(), "dispatcher") == "not at work now"


def test_a_dispatcher_that_ended_by_itself_is_not_live(world: World, health: Health) -> None:
    async def ends() -> None:
        """As a mistake of ours would."""

    async def story() -> set[str]:
        world.engine._serving = [asyncio.create_task(ends())]
        await asyncio.gather(*world.engine._serving)
        return wrong(health.live())

    assert world.wait(story()) == {"dispatcher"}


def test_an_outage_of_the_platforms_is_no_reason_for_a_restart(world: World, health: Health, beats: None) -> None:
    connected(world, up=False)

    assert wrong(health.live()) == set()
    assert wrong(ready(world, health)) == {"platforms"}


def test_one_platform_is_enough(world: World, health: Health) -> None:
    connected(world, up=False)
    world.chat("slack").connected = True

    signs = ready(world, health)

    assert wrong(signs) == set()
    assert said(signs, "platforms") == "discord not connected, slack connected"


def test_a_database_that_takes_nothing_is_told_and_recovers(world: World, health: Health, beats: None) -> None:
    with refusing(world.database, world.store):
        signs = ready(world, health)

    assert wrong(signs) == {"database"}
    assert "takes nothing" in said(signs, "database")
    assert wrong(health.live()) == set()
    assert wrong(ready(world, health)) == set()


def test_a_database_that_does_not_answer_is_not_waited_for(
    world: World, health: Health, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.health.judging.ANSWER_WITHIN", 0.01)
    began, goes_on = threading.Event(), threading.Event()

    def keeps(db: Session) -> None:
        touch(db)
        began.set()
        goes_on.wait()

    async def story() -> list[Sign]:
        keeping = world.store.submit(keeps)
        await asyncio.to_thread(began.wait)
        signs = await health.ready()
        goes_on.set()
        await asyncio.wrap_future(keeping)
        return signs

    assert "no answer within" in said(world.wait(story()), "database")


def test_an_older_schema_is_not_ready_and_a_newer_one_is(world: World, health: Health) -> None:
    def becomes(revision: str) -> None:
        world.write(lambda db: db.execute(text("UPDATE alembic_version SET version_num = :to"), {"to": revision}))

    becomes("0001_core")
    assert wrong(ready(world, health)) == {"schema"}

    becomes("9999_later")  # another replica was upgraded first
    signs = ready(world, health)
    assert wrong(signs) == set()
    assert "newer" in said(signs, "schema")


def test_before_the_platforms_were_asked_and_after_a_signal_it_is_not_ready(world: World, health: Health) -> None:
    health.started = False
    assert wrong(ready(world, health)) == {"starting"}
    assert health.well()

    health.started = health.stopping = True
    assert wrong(ready(world, health)) == {"stopping"}
    assert health.well()


def due_since(world: World, seconds: float, **more: object) -> None:
    """Whatever is planned has been due for so long, and nobody took it."""
    due = world.clock.now() - timedelta(seconds=seconds)

    def work(db: Session) -> None:
        db.execute(update(Outbox).values(due=due, state=PENDING, **more))

    world.write(work)


def test_what_is_due_for_long_although_nothing_holds_it_back_is_told(world: World, health: Health) -> None:
    world.member("ana")
    due_since(world, BACKLOG_MOST - 1, retry=None)
    assert wrong(ready(world, health)) == set()

    due_since(world, BACKLOG_MOST + 1, retry=None)

    assert wrong(ready(world, health)) == {"outbox"}
    assert metrics.value("outbox_oldest_due_seconds") == BACKLOG_MOST + 1
    assert metrics.value("outbox_pending") >= 1


def test_what_waits_for_a_platform_is_no_reason_to_send_people_elsewhere(world: World, health: Health) -> None:
    world.member("ana")

    due_since(world, 3600, retry=world.clock.now() + timedelta(seconds=30))
    assert wrong(ready(world, health)) == set()
    assert metrics.value("outbox_oldest_due_seconds") == 3600

    due_since(world, 3600, retry=world.clock.now() - timedelta(seconds=1))  # the pause is just over
    assert wrong(ready(world, health)) == set()


def test_many_who_ask_at_once_cost_one_write(world: World, health: Health) -> None:
    before = metrics.value("db_commit_writes_sum")

    async def story() -> None:
        await asyncio.gather(*(health.ready() for _ in range(20)))

    world.wait(story())

    assert metrics.value("db_commit_writes_sum") == before + 1


# Over HTTP.


async def get(url: str, path: str, **headers: str) -> tuple[int, str]:
    async with ClientSession() as session, session.get(f"{url}{path}", headers=headers) as answer:
        return answer.status, await answer.text()


def served(world: World, health: Health, *asked: str, **headers: str) -> list[tuple[int, str]]:
    """What the page answers to these paths."""

    async def story() -> list[tuple[int, str]]:
        page = HealthPage(health, "127.0.0.1", 0)
        await page.start()
        try:
            return [await get(page.url, path, **headers) for path in asked]
        finally:
            await page.stop()

    return world.wait(story())


def test_the_page_tells_each_check(world: World, health: Health, beats: None) -> None:
    live, fine = served(world, health, "/livez", "/readyz")
    connected(world, up=False)
    [away] = served(world, health, "/readyz")

    assert (live[0], fine[0], away[0]) == (HTTPStatus.OK, HTTPStatus.OK, HTTPStatus.SERVICE_UNAVAILABLE)
    assert set(json.loads(live[1])["checks"]) == {"event loop", "dispatcher"}
    assert json.loads(fine[1])["ok"] is True
    assert json.loads(away[1])["checks"]["platforms"] == {
        "ok": False,
        "text": "discord not connected, slack not connected",
    }


def test_the_page_has_the_numbers(world: World, health: Health) -> None:
    [(status, body)] = served(world, health, "/metrics")

    assert status == HTTPStatus.OK
    assert 'commonplace_platform_connected{platform="slack"} 1.0' in body
    assert "commonplace_db_commit_seconds_count" in body


def test_the_page_answers_nothing_else(world: World, health: Health) -> None:
    async def story() -> list[int]:
        page = HealthPage(health, "127.0.0.1", 0)
        await page.start()
        async with ClientSession() as session:
            answers = [
                await session.request(method, f"{page.url}{path}", data=b"x" * size)
                for method, path, size in (("POST", "/livez", 0), ("PUT", "/metrics", 10**6), ("GET", "/", 0))
            ]
        await page.stop()
        return [answer.status for answer in answers]

    assert world.wait(story()) == [405, 405, 404]


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8421", "127.0.0.1.evil.example", "[::2]", "10.0.0.1"])
def test_a_name_that_was_made_to_point_here_is_refused(world: World, health: Health, host: str) -> None:
    [(status, body)] = served(world, health, "/metrics", Host=host)

    assert (status, body) == (HTTPStatus.MISDIRECTED_REQUEST, "Not here.\n")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1:8421", "127.9.9.9", "[::1]:8421", "[::1]"])
def test_this_machine_has_several_names(host: str) -> None:
    assert names_this_machine(host)


def test_a_port_that_somebody_else_has_is_said_and_stops_nothing(
    world: World, health: Health, caplog: pytest.LogCaptureFixture
) -> None:
    async def story() -> tuple[str, str]:
        first = HealthPage(health, "127.0.0.1", 0)
        await first.start()
        second = HealthPage(health, "127.0.0.1", int(first.url.rpartition(":")[2]))
        await second.start()
        urls = first.url, second.url
        await second.stop()
        await first.stop()
        return urls

    first, second = world.wait(story())

    assert first.startswith("http://127.0.0.1:")
    assert second == ""
    assert "name another one in [health] port" in caplog.text


def test_no_check_repeats_a_secret() -> None:
    sign = Sign("database", well=False, text="cannot reach postgresql://bot:geheim1@db/x with xoxb-1-2")

    answer = told([sign])

    assert answer.status == HTTPStatus.SERVICE_UNAVAILABLE
    assert answer.text is not None
    assert "geheim1" not in answer.text
    assert "xoxb" not in answer.text


def test_container_engines_ask_with_a_command(world: World, health: Health, beats: None) -> None:
    async def story() -> list[tuple[bool, str]]:
        page = HealthPage(health, "127.0.0.1", 0)
        await page.start()
        port = int(page.url.rpartition(":")[2])
        answers = [await asyncio.to_thread(ask, "0.0.0.0", port, "/livez")]  # noqa: S104  # as in a container
        health.stopping = True
        answers.append(await asyncio.to_thread(ask, "127.0.0.1", port, "/readyz"))
        answers.append(await asyncio.to_thread(ask, "127.0.0.1", port, "/metrics"))
        await page.stop()
        answers.append(await asyncio.to_thread(ask, "127.0.0.1", port, "/livez"))
        return [(answer.well, answer.text) for answer in answers]

    well, stopping, other, nobody = world.wait(story())

    assert well == (True, "well")
    assert stopping == (False, "stopping: the bot was told to stop")
    assert "is not Commonplace" in other[1]
    assert "nobody answers" in nobody[1]
