"""Batches: many messages are taken, sent and marked together, and none of them suffers from the company."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from sqlmodel import Session, select

from bot.kinds import kinds
from bot.outbox import Job
from storage.outbox import PENDING, SENDING, SENT, Outbox
from storage.people import Space
from storage.sending import interrupted, own
from tests.databases import Database
from tests.signs import SlowChat, first, row, rows, shows, sign, signs
from tests.world import World

MANY = 60


@pytest.fixture
def world(database: Database) -> Iterator[World]:
    made = World(database, [signs, kinds])
    shows(made, a="here")
    yield made
    made.close()


@pytest.fixture
def chat(world: World) -> SlowChat:
    return SlowChat.of(world)


def waits(world: World, *messages: dict[str, Any]) -> None:
    """Posts that are due now, each in a channel and a lane of its own unless it says so."""
    now, [space] = world.clock.now(), world.read(lambda db: db.exec(select(Space)).all())
    like: dict[str, Any] = {"op": "post", "link": str(sign.link("a")), "due": now, "created": now}
    like |= {"community_id": space.community_id, "space_id": space.id}
    own: Iterator[dict[str, Any]]
    own = ({"seq": n, "key": f"k{n}", "lane": f"l{n}", "channel": f"c{n}"} for n in range(len(messages)))
    made = [Outbox(**(like | one | more)) for one, more in zip(own, messages, strict=True)]
    world.write(lambda db: db.add_all(made))


def test_a_burst_takes_few_transactions(world: World) -> None:
    writes: list[int] = []
    waits(world, *({} for _ in range(MANY)))
    world.store.on_commit = lambda together, _seconds, _waiting: writes.append(together)

    world.settles()

    assert {one.state for one in rows(world)} == {SENT}
    assert len({m.channel for m in world.chat().messages}) == len(world.chat().messages) == MANY
    assert sum(writes) < MANY / 4


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
def test_another_process_never_takes_what_is_on_its_way_for_left_behind(world: World, database: Database) -> None:
    on_their_way = 0
    left: list[str] = []
    waits(world, *({} for _ in range(MANY)))

    def looks_around(*_: float) -> None:
        nonlocal on_their_way
        with Session(database.engine) as db:
            on_their_way += len(db.exec(select(Outbox.id).where(Outbox.state == SENDING)).all())
            left.extend(row.id for row in interrupted(db))

    world.store.on_commit = looks_around  # at every instant that others can see
    world.settles()

    assert on_their_way >= MANY
    assert left == []
    assert {one.state for one in rows(world)} == {SENT}


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
def test_what_another_process_is_taking_is_left_to_it_until_it_lets_go(
    world: World, database: Database, chat: SlowChat
) -> None:
    waits(world, {}, {}, {})
    ids = {one.channel: one.id for one in rows(world)}

    async def beside() -> tuple[list[str], set[str]]:
        with Session(database.engine) as db:
            theirs = own(db, [ids["c1"]])
            serving = asyncio.create_task(world.engine.dispatcher.drain())
            async with asyncio.timeout(30):
                while len(chat.messages) < 2:
                    chat.arrived.clear()
                    await chat.arrived.wait()
            await asyncio.sleep(0.3)  # it has come by some times more
            before = [m.channel for m in chat.messages]
        await serving
        return before, set(theirs)

    before, theirs = world.wait(beside())

    assert theirs == {ids["c1"]}
    assert sorted(before) == ["c0", "c2"]
    assert sorted(m.channel for m in chat.messages) == ["c0", "c1", "c2"]


def test_one_that_fails_is_put_off_and_the_others_are_sent(world: World) -> None:
    shows(world, a="here", b="poison")
    waits(world, {}, {"link": str(sign.link("b"))}, {}, {})

    world.settles()

    assert [m.channel for m in world.chat().messages] == ["c0", "c2", "c3"]
    assert [(one.state, one.reason) for one in rows(world)][1] == (PENDING, "mistake")


def test_what_arrived_is_written_down_while_others_are_on_their_way(world: World, chat: SlowChat) -> None:
    waits(world, {}, {}, {"lane": "l1", "channel": "next"})
    chat.shuts("c0")
    chat.shuts("next")

    async def story() -> list[str]:
        draining = asyncio.create_task(world.engine.dispatcher.drain())
        await chat.begun["next"].wait()  # in the lane of what arrived
        before = [m.channel for m in chat.messages]
        chat.gates["c0"].set()
        chat.gates["next"].set()
        await draining
        return before

    assert world.wait(story()) == ["c1"]
    assert {one.state for one in rows(world)} == {SENT}


def test_no_more_are_taken_than_the_platform_takes_at_once(world: World, chat: SlowChat) -> None:
    chat.rate = 5
    waits(world, *({} for _ in range(MANY)))
    for number in range(MANY):
        chat.shuts(f"c{number}")

    async def story() -> int:
        started = await world.engine.dispatcher.tick()
        await chat.begun["c0"].wait()
        await world.engine.dispatcher.stop(0)
        return started

    assert world.wait(story()) == 5
    assert sum(one.state == PENDING for one in rows(world)) == MANY - 5


def test_what_is_urgent_is_sent_first_of_those_taken_together(world: World) -> None:
    waits(world, *({} for _ in range(MANY)), {"priority": 1, "id": "zzz"})

    world.settles()

    assert world.chat().messages[0].channel == f"c{MANY}"


def test_an_attempt_that_somebody_else_has_repeated_is_not_marked(world: World, chat: SlowChat) -> None:
    waits(world, {})
    chat.shuts("c0")

    async def story() -> None:
        draining = asyncio.create_task(world.engine.dispatcher.drain())
        await chat.begun["c0"].wait()
        await world.store.write(counted_again)
        chat.gates["c0"].set()
        await draining

    def counted_again(db: Session) -> None:
        db.exec(select(Outbox)).one().attempts += 1

    world.wait(story())
    assert (row(world).state, row(world).ref) == (SENDING, "")


def test_what_was_halted_just_now_is_not_taken(world: World) -> None:
    waits(world, {}, {})
    ids = [one.id for one in rows(world)]

    def halted(db: Session) -> list[Job]:
        first(db).halted = world.clock.now()
        return world.engine.dispatcher.claims.claim(db, world_id, ids)

    world_id = world.community.id
    assert world.write(halted) == []
    assert {one.state for one in rows(world)} == {PENDING}
