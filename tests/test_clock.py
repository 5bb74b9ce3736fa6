"""The clock: it tells the time, tests may move it, and its bell rings on the event loop and goes on after a mistake."""

import asyncio
import threading
from datetime import UTC, datetime, timedelta

from bot.clock import Bell, MovableClock, SystemClock

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
