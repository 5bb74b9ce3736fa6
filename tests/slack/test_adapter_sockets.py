"""Sockets of several replicas: each payload reaches one of them, and one is left whatever the others do."""

from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from adapters.slack import connections
from adapters.slack.connections import SOCKETS_MAX, app_of
from bot.clock import MovableClock
from bot.leases import LEASE, Leases, Shared
from storage.store import Store
from tests.databases import Database, Server, lent
from tests.slack import sockets
from tests.slack.practice import Practice
from tests.slack.server import SlackServer
from tests.world import START

NEVER = 3600.0  # seconds: signs of life are given by the test alone


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock(START)


@pytest.fixture
def shared(server: Server) -> Iterator[Database]:
    with lent(server) as one:
        yield one


def among_others(clock: MovableClock) -> Callable[[Store], Leases]:
    return lambda store: Shared(store, clock.now, "1.0", "0007", beat=NEVER)


@pytest.fixture
async def replicas(slack_server: SlackServer, shared: Database, clock: MovableClock) -> AsyncIterator[list[Practice]]:
    made = [Practice(slack_server, shared, leases=among_others(clock)) for _ in range(2)]
    for replica in made:
        await replica.start()
    yield made
    for replica in made:
        await replica.stop()


async def beats(replica: Practice) -> None:
    assert isinstance(replica.engine.leases, Shared)
    await replica.engine.leases.beat()


async def test_two_replicas_have_a_socket_each_and_share_what_comes(
    slack_server: SlackServer, replicas: list[Practice]
) -> None:
    await slack_server.ready(sockets=2)
    ana = slack_server.default.person("Ana")

    for _ in range(4):
        await (await ana.command("/cop hello")).message()

    assert [len(replica.toys.said) for replica in replicas] == [2, 2]


async def test_what_is_delivered_to_both_has_one_effect(slack_server: SlackServer, replicas: list[Practice]) -> None:
    await slack_server.ready(sockets=2)
    slack_server.repeat_events = 2

    await slack_server.default.joins("Ben", channels=("general",))

    heard = [event for replica in replicas for event in replica.toys.events if "arrived" in event]
    assert len(heard) == 1


async def test_while_one_is_replaced_the_other_listens(slack_server: SlackServer, replicas: list[Practice]) -> None:
    await slack_server.ready(sockets=2)
    ana = slack_server.default.person("Ana")

    for replica in replicas:
        await replica.stop()
        assert len(slack_server.sockets.ready) == 1
        await (await ana.command("/cop hello")).message()
        await replica.start()
        await slack_server.ready(sockets=2)


async def test_never_more_sockets_than_slack_allows(
    slack_server: SlackServer, shared: Database, clock: MovableClock
) -> None:
    made = [Practice(slack_server, shared, leases=among_others(clock), sockets=4) for _ in range(4)]
    for replica in made:
        await replica.start()
    await slack_server.ready(sockets=SOCKETS_MAX)

    assert [replica.slack.status for replica in made] == [
        f"I have {n} of at most 10 sockets" for n in (4, 4, 2, 0)
    ]  # fmt: skip

    # what a dead one had is taken over, and one that was only frozen lets go
    clock.move(LEASE)
    for replica in made[1:]:
        await beats(replica)
    await beats(made[0])
    assert [replica.slack.status[:8] for replica in made] == ["I have 0", "I have 4", "I have 4", "I have 2"]
    for replica in made:
        await replica.stop()


async def test_who_is_told_that_there_is_no_room_waits(
    slack_server: SlackServer,
    practice: Practice,
    database: Database,
    shared: Database,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(sockets, "SOCKETS_MAX", 1)
    monkeypatch.setattr(connections, "PING_SECONDS", 0.01)  # so often it would come back otherwise
    other = Practice(slack_server, shared)
    await other.start()
    ana = slack_server.default.person("Ana")

    await slack_server.changes.until(lambda: "too_many_websockets" in caplog.text, lambda: caplog.text)
    for _ in range(3):
        await (await ana.command("/cop hello")).message()

    assert len(slack_server.calls("apps.connections.open")) == 2
    await other.stop()


async def test_who_is_asked_to_come_back_comes_back_at_once(slack_server: SlackServer, practice: Practice) -> None:
    await slack_server.disconnect()
    await slack_server.called("apps.connections.open", 2)
    await slack_server.ready()

    assert (await (await slack_server.default.person("Ana").command("/cop hello")).message()).text


def test_the_app_is_read_out_of_its_token() -> None:
    assert app_of("xapp-1-A0123456789-12345-abcdef") == "A0123456789"
    assert app_of("xapp-test") == "app"
