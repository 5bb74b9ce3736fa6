"""Delivery: what a platform refuses, loses or forbids ends where it should, and nothing stands twice."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlmodel import col, select

from bot.effects import Post, Refresh, Tell
from bot.kinds import kinds
from bot.ports import Closed, Gone, Rejected, Unsure, Wait
from storage.outbox import DEAD, PENDING, SENDING, SENT, SKIPPED, Outbox
from storage.places import Channel
from storage.store import Unavailable
from tests.databases import Database
from tests.signs import NEWS, SlowChat, changes, later, planning, plans, row, rows, shows, sign, signs, stands
from tests.storing import refusing
from tests.world import Actor, World

POST = Post("announcements", sign.link("a"))


@pytest.fixture
def world(database: Database) -> Iterator[World]:
    made = World(database, [signs, kinds])
    shows(made, a="here")
    yield made
    made.close()


@pytest.fixture
def chat(world: World) -> SlowChat:
    return SlowChat.of(world)


# What platforms answer.


def test_a_platform_that_asks_to_wait_is_obeyed_and_nothing_is_counted(world: World, chat: SlowChat) -> None:
    chat.faults += [Wait(90)] * 7
    plans(world, POST)
    world.settles()
    assert (row(world).state, row(world).attempts, row(world).retry) == (PENDING, 0, later(world, seconds=90))

    for _ in range(7):
        world.clock.move(timedelta(seconds=89))
        world.settles()
        assert stands(world) == []
        world.clock.move(timedelta(seconds=1))
        world.settles()

    assert stands(world) == ["a here"]


def test_to_wait_no_time_at_all_counts_nothing_either(world: World, chat: SlowChat) -> None:
    chat.faults += [Wait(0)] * 7
    plans(world, POST)
    world.settles()

    assert stands(world) == ["a here"]


@pytest.mark.parametrize("fault", [Unsure("502"), TimeoutError(), ConnectionResetError()])
def test_what_arrived_without_an_answer_is_found_and_not_sent_again(
    world: World, chat: SlowChat, fault: Exception
) -> None:
    chat.lost.append(fault)
    plans(world, POST)
    world.settles()
    world.passes(minutes=1)

    assert stands(world) == ["a here"]
    assert (row(world).state, row(world).ref) == (SENT, chat.messages[0].ref)


def told(world: World) -> Actor:
    """Somebody who is told something that is worth nothing two minutes later, without an answer from the platform."""
    ana = world.person("ana")
    ana.follows(kinds.actions["kinds.start"].link(NEWS.name))
    plans(world, Tell(ana.member.id, sign.link("a"), NEWS, expires=later(world, minutes=2)))
    world.settles()
    assert row(world).unsure
    return ana


def test_what_arrived_is_found_after_it_expired_and_kept_up_to_date(world: World, chat: SlowChat) -> None:
    chat.lost.append(Unsure("502"))
    ana = told(world)

    world.clock.move(timedelta(minutes=3))
    shows(world, a="gone")
    plans(world, Refresh(sign.link("a")))
    world.settles()

    assert [m.text.splitlines()[0] for m in ana.dms] == ["a gone"]
    assert row(world).state == SENT


@pytest.mark.parametrize("minutes", [3, 30])
def test_what_did_not_arrive_before_it_expired_is_not_sent(world: World, chat: SlowChat, minutes: int) -> None:
    chat.faults.append(Unsure("502"))
    ana = told(world)

    world.clock.move(timedelta(minutes=minutes))
    world.settles()

    assert ana.dms == []
    assert (row(world).state, row(world).reason) == (SKIPPED, "late")


def test_what_did_not_arrive_is_sent_once(world: World, chat: SlowChat) -> None:
    chat.faults += [Unsure("502")] * 3
    plans(world, POST)
    world.passes(hours=5)

    assert stands(world) == ["a here"]


def test_an_outage_of_hours_ends_with_one_message(world: World, chat: SlowChat) -> None:
    chat.faults += [Unsure("down")] * 20
    plans(world, POST)
    world.passes(hours=30)

    assert stands(world) == ["a here"]


def test_what_is_looked_for_is_looked_for_since_the_first_attempt(world: World, chat: SlowChat) -> None:
    plans(world, Post("announcements", sign.link("a"), at=later(world, days=30)))
    world.clock.move(timedelta(days=30))
    first = world.clock.now()
    chat.faults += [Unsure("502"), Unsure("502")]
    world.settles()
    world.passes(hours=1)
    world.passes(hours=1)

    assert chat.sought == [first - timedelta(minutes=1)] * 2


def test_a_channel_that_is_gone_is_remembered_and_its_message_ends(world: World, chat: SlowChat) -> None:
    chat.gone.add("announcements")
    plans(world, POST)
    world.settles()

    assert row(world).state == DEAD
    assert world.read(lambda db: list(db.exec(select(Channel.ref).where(col(Channel.missing))))) == ["announcements"]


def test_a_deleted_message_stays_deleted(world: World, chat: SlowChat) -> None:
    plans(world, POST)
    world.settles()
    chat.messages.clear()

    shows(world, a="changed")
    plans(world, Refresh(sign.link("a")))
    world.settles()

    assert stands(world) == []
    assert row(world).state == DEAD
    assert world.read(lambda db: list(db.exec(select(Channel.ref).where(col(Channel.missing))))) == []


def test_what_a_platform_rejects_ends_after_five_attempts(world: World, chat: SlowChat) -> None:
    chat.faults += [Rejected("too long")] * 5
    plans(world, POST)
    world.passes(hours=30)

    assert (row(world).state, row(world).attempts, row(world).error) == (DEAD, 5, "too long")
    assert chat.faults == []
    assert stands(world) == []


def test_an_outage_counts_as_no_rejection(world: World, chat: SlowChat) -> None:
    chat.faults += [*[Unsure("down")] * 8, *[Rejected("odd")] * 4]
    plans(world, POST)
    world.passes(hours=30)

    assert stands(world) == ["a here"]


def test_an_adapter_that_breaks_ends_after_five_attempts_and_sends_nothing_twice(
    world: World, chat: SlowChat, caplog: pytest.LogCaptureFixture
) -> None:
    chat.faults += [KeyError("colour")] * 2
    chat.lost.append(KeyError("colour"))
    plans(world, POST)
    world.passes(hours=30)
    assert stands(world) == ["a here"]

    chat.faults += [KeyError("colour")] * 5
    plans(world, Post("welcome", sign.link("a")))
    world.passes(hours=30)
    ended = rows(world)[1]
    assert (ended.state, ended.attempts) == (DEAD, 5)
    assert (ended.reason, ended.error in caplog.text) == ("mistake", True)


@pytest.mark.parametrize("fault", [Closed("no"), Gone("no"), Rejected("no"), Unsure("no")])
def test_no_answer_makes_the_bot_try_for_ever_at_once(world: World, chat: SlowChat, fault: Exception) -> None:
    plans(world, POST)
    world.settles()
    chat.sealed = fault

    plans(world, Refresh(sign.link("a")))
    world.settles()  # returns

    assert (row(world).state in (PENDING, DEAD), "no" in row(world).error) == (True, True)


# A process that ends at the wrong moment.


def test_a_crash_after_sending_sends_nothing_again(world: World, chat: SlowChat) -> None:
    plans(world, POST)
    world.settles()
    changes(world, state=SENDING, ref="", sent=None, attempts=1)  # it ended before it could write down the answer

    world.restarts()
    world.passes(minutes=1)

    assert stands(world) == ["a here"]
    shows(world, a="changed")
    plans(world, Refresh(sign.link("a")))
    world.settles()
    assert stands(world) == ["a changed"]


def test_a_crash_before_sending_sends_once(world: World, chat: SlowChat) -> None:
    plans(world, POST)
    changes(world, state=SENDING, attempts=1, tried=world.clock.now())

    world.restarts()
    assert stands(world) == []  # it may still arrive, and is looked for when it must have
    world.passes(seconds=30)

    assert stands(world) == ["a here"]


def test_a_crash_while_editing_edits_again(world: World, chat: SlowChat) -> None:
    plans(world, POST)
    world.settles()
    shows(world, a="changed")
    changes(world, state=SENDING, wanted=2)

    world.restarts()

    assert stands(world) == ["a changed"]


def test_recovering_twice_is_harmless(world: World, chat: SlowChat) -> None:
    plans(world, POST)
    changes(world, state=SENDING, attempts=1, tried=world.clock.now())

    world.wait(world.engine.dispatcher.recover())
    world.wait(world.engine.dispatcher.recover())
    world.passes(minutes=1)
    world.wait(world.engine.dispatcher.recover())
    world.passes(minutes=1)

    assert stands(world) == ["a here"]


def test_what_is_being_sent_is_not_recovered_under_its_hands(world: World, chat: SlowChat) -> None:
    plans(world, POST)
    chat.shuts("announcements")

    async def story() -> None:
        draining = asyncio.create_task(world.engine.dispatcher.drain())
        await chat.begun["announcements"].wait()
        await world.engine.dispatcher.recover()
        assert await world.store.read(lambda db: db.exec(select(Outbox.state)).one()) == SENDING
        assert await world.engine.dispatcher.tick() == 0
        chat.gates["announcements"].set()
        await draining

    world.wait(story())
    assert stands(world) == ["a here"]


def test_stopping_finishes_what_is_being_sent_and_begins_nothing_more(world: World, chat: SlowChat) -> None:
    plans(world, POST, Post("welcome", sign.link("a")))
    chat.shuts("announcements")
    world.engine.dispatcher.at_once = 1  # one at a time: the other one has not begun

    async def story() -> None:
        await world.engine.dispatcher.tick()
        await chat.begun["announcements"].wait()
        stopping = asyncio.create_task(world.engine.dispatcher.stop())
        await asyncio.sleep(0)
        chat.gates["announcements"].set()
        await stopping

    world.wait(story())
    assert [r.state for r in rows(world)] == [SENT, PENDING]
    world.restarts()
    assert stands(world, "welcome") == ["a here"]
    assert len(chat.messages) == 2


def test_a_database_that_takes_nothing_after_sending_makes_no_second_message(world: World, chat: SlowChat) -> None:
    plans(world, POST)
    chat.shuts("announcements")
    trouble = refusing(world.database, world.store)

    async def story() -> None:
        draining = asyncio.create_task(world.engine.dispatcher.drain())
        await chat.begun["announcements"].wait()
        trouble.begin()
        chat.gates["announcements"].set()
        await draining

    world.wait(story())
    assert (stands(world), row(world).state) == (["a here"], SENDING)

    trouble.end()
    world.passes(minutes=1)

    assert (stands(world), row(world).state) == (["a here"], SENT)


def test_a_database_that_takes_nothing_is_tried_again_at_the_next_bell(world: World, chat: SlowChat) -> None:
    plans(world, POST)

    with refusing(world.database, world.store):
        world.settles()  # returns
        with suppress(Unavailable):  # a file says so already when it is asked what was interrupted
            world.settles()
        assert (stands(world), row(world).state) == ([], PENDING)

    world.settles()
    assert stands(world) == ["a here"]


def test_the_engine_serves_what_comes_until_it_is_stopped(world: World, chat: SlowChat) -> None:
    world.engine.adapters[0] = chat

    async def story() -> None:
        await world.engine.start()
        await world.store.write(planning(world, POST))
        world.engine.runtime.wake.set()
        await chat.arrived.wait()
        await world.engine.stop()

    world.wait(story())

    assert stands(world) == ["a here"]
    world.restarts()
    assert row(world).state == SENT  # stopping wrote down what was under way


# Views that fail.


def test_a_view_that_fails_ends_where_it_is_seen_and_holds_back_nobody(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    shows(world, a="poison", b="fine")
    plans(world, POST, Post("announcements", sign.link("b")), Post("welcome", sign.link("b")))
    world.settles()
    assert stands(world, "welcome") == ["b fine"]
    assert rows(world)[0].attempts == 1  # it does not run hot

    world.passes(hours=10)
    assert (rows(world)[0].state, rows(world)[0].attempts) == (DEAD, 5)
    assert (rows(world)[0].reason, rows(world)[0].error in caplog.text) == ("mistake", True)
    assert stands(world) == ["b fine"]


def test_a_view_that_refuses_is_not_sent(world: World) -> None:
    shows(world, a="refused")
    plans(world, POST)
    world.settles()

    assert (row(world).state, stands(world)) == (SKIPPED, [])


def test_a_message_of_a_feature_that_is_no_more_is_not_sent(world: World) -> None:
    plans(world, POST)
    changes(world, link="unheard.of:a")
    world.passes(days=2)

    assert (row(world).state, stands(world)) == (SKIPPED, [])
