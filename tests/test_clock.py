"""The clock: it tells the time, tests may move it, and its bell rings on the event loop and goes on after a mistake."""

import asyncio
import threading
from datetime import UTC, datetime, timedelta

import pytest

from bot.clock import Bell, DatabaseClock, MovableClock, SystemClock
from storage.leases import clock as clock_of
from tests.databases import Server, lent

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SOON = 0.01


def test_the_machines_clock_is_aware_and_in_utc() -> None:
    before = datetime.now(UTC)

    assert before <= SystemClock().now() <= datetime.now(UTC)
    assert SystemClock().now().tzinfo is UTC


def test_a_movable_clock_stands_still_until_it_is_moved() -> None:
    clock = MovableClock(START)
    assert clock.now() == clock.now() == START

    clock.move(timedelta(hours=1))
    clock.move(timedelta(days=1))
    assert clock.now() == START + timedelta(days=1, hours=1)


def test_a_running_clock_goes_on_by_itself_and_can_be_moved() -> None:
    clock = MovableClock(START, runs=True)
    first = clock.now()
    clock.move(timedelta(days=1))

    assert START <= first < clock.now() - timedelta(days=1) + timedelta(microseconds=1)


class Machine:
    """A machine whose clock may be set, and a database whose answers take a while."""

    def __init__(self) -> None:
        self.steady = 100.0
        self.database = self.wall = START
        self.takes = [0.0]

    async def ask(self) -> datetime:
        """Half of the time is the way there."""
        took = self.takes.pop(0) if len(self.takes) > 1 else self.takes[0]
        self.passes(took / 2)
        answer = self.database
        self.passes(took / 2)
        return answer

    def passes(self, seconds: float) -> None:
        self.steady += seconds
        self.database += timedelta(seconds=seconds)
        self.wall += timedelta(seconds=seconds)

    def clock(self) -> DatabaseClock:
        return DatabaseClock(self.ask, lambda: self.steady, lambda: self.wall)


async def test_a_database_clock_goes_on_by_itself_whatever_the_machines_clock_is_set_to() -> None:
    machine = Machine()
    clock = machine.clock()
    await clock.sync()

    machine.passes(30)
    machine.wall -= timedelta(hours=1)

    assert clock.now() == machine.database == START + timedelta(seconds=30)


async def test_a_database_clock_is_never_ahead_and_trusts_the_quickest_answer() -> None:
    machine = Machine()
    machine.takes = [3.0, 0.5, 2.0]
    clock = machine.clock()

    await clock.sync()

    assert timedelta(0) <= machine.database - clock.now() <= timedelta(seconds=0.25)


async def test_a_database_clock_keeps_what_it_knew_when_every_answer_is_slow() -> None:
    machine = Machine()
    clock = machine.clock()
    await clock.sync()
    machine.takes = [60.0]

    await clock.sync()

    assert clock.now() == machine.database


@pytest.mark.parametrize("seconds, said", [(90, "90.0 s ahead of"), (-90, "90.0 s behind"), (0.5, "")])
async def test_a_machine_whose_clock_differs_is_told(
    seconds: float, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    machine = Machine()
    machine.wall += timedelta(seconds=seconds)
    clock = machine.clock()

    await clock.sync()

    assert clock.skew == seconds
    assert (said in caplog.text) if said else not caplog.records


def test_a_database_clock_knows_no_time_before_it_asked() -> None:
    with pytest.raises(RuntimeError, match="not asked for the time yet"):
        Machine().clock().now()


async def test_the_servers_time_is_asked_for_anew_within_a_transaction(server: Server) -> None:
    with lent(server) as database:
        store = database.opens()
        first, second = await store.read(lambda db: (clock_of(db), clock_of(db)))
        clock = DatabaseClock(lambda: store.read(clock_of))
        await clock.sync()
        store.close()

    assert first < second < clock.now()
    assert second.tzinfo is not None


async def test_the_bell_rings_on_the_event_loop_for_functions_and_coroutines() -> None:
    bell, threads = Bell(), []
    plain, coroutine = asyncio.Event(), asyncio.Event()

    def ring() -> None:
        threads.append(threading.current_thread())
        plain.set()

    async def ring_slowly() -> None:
        threads.append(threading.current_thread())
        coroutine.set()

    bell.every(SOON, ring)
    bell.every(SOON, ring_slowly)
    bell.start()
    await plain.wait()
    await coroutine.wait()
    bell.stop()

    assert set(threads) == {threading.current_thread()}


async def test_the_bell_rings_again_after_a_mistake() -> None:
    bell, rung, again = Bell(), [], asyncio.Event()

    def ring() -> None:
        rung.append("ring")
        if len(rung) == 1:
            raise RuntimeError("once")
        again.set()

    bell.every(SOON, ring)
    bell.start()
    await again.wait()
    bell.stop()

    assert rung[:2] == ["ring", "ring"]


async def test_a_bell_that_never_rang_can_be_stopped() -> None:
    Bell().stop()
