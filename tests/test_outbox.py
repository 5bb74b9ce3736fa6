"""The outbox: what is planned, in which order it is served, what replaces what, and that nothing comes early."""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import Session, select

from bot.effects import Forget, Later, Post, Refresh, Tell
from bot.kinds import kinds
from bot.planning import plan
from bot.ports import Unsure
from storage import outbox
from storage.outbox import DEAD, PENDING, SENT, SKIPPED, Outbox
from storage.people import Community
from tests.databases import Database, Databases, lent
from tests.signs import (
    NEWS,
    SlowChat,
    beat,
    changes,
    later,
    painting,
    planning,
    plans,
    row,
    rows,
    shows,
    sign,
    signs,
    stands,
)
from tests.turns import ticking
from tests.world import START, World


@pytest.fixture
def world(database: Database) -> Iterator[World]:
    made = World(database, [signs, kinds])
    yield made
    made.close()


@pytest.fixture
def slow(world: World) -> SlowChat:
    return SlowChat.of(world)


def post(name: str, place: str = "announcements", at: datetime | None = None) -> Post:
    return Post(place, sign.link(name), at=at)


# Order.


def test_posts_to_a_channel_arrive_in_the_order_of_writing(world: World) -> None:
    names = [f"n{n}" for n in range(20)]
    shows(world, **dict.fromkeys(names, "here"))

    plans(world, *(post(name) for name in names))
    world.settles()

    assert stands(world) == [f"{name} here" for name in names]


def test_what_is_due_at_one_time_keeps_the_order_of_writing(world: World) -> None:
    shows(world, a=1, b=2, c=3)

    plans(world, post("c", at=later(world, hours=1)))
    plans(world, post("a", at=later(world, hours=1)))
    plans(world, post("b", at=later(world, minutes=30)))
    world.passes(hours=1)

    assert stands(world) == ["b 2", "c 3", "a 1"]


def test_channels_are_served_side_by_side(world: World, slow: SlowChat) -> None:
    shows(world, a=1, b=2)
    plans(world, post("a"), post("b", "welcome"))
    slow.shuts("announcements")

    async def story() -> list[str]:
        draining = asyncio.create_task(world.engine.dispatcher.drain())
        await slow.begun["announcements"].wait()
        await slow.arrived.wait()
        before = [m.text for m in slow.messages]
        slow.gates["announcements"].set()
        await draining
        return before

    assert world.wait(story()) == ["b 2"]
    assert stands(world) == ["a 1"]


def test_a_failing_channel_holds_back_itself_alone(world: World) -> None:
    shows(world, a=1, b=2, c=3)
    world.chat().faults.append(Unsure("no answer"))

    plans(world, post("a"), post("b"))  # the first one fails, and the second one waits for it
    world.settles()
    plans(world, post("c", "welcome"))
    world.settles()

    assert stands(world) == []
    assert stands(world, "welcome") == ["c 3"]

    world.passes(minutes=1)
    assert stands(world) == ["a 1", "b 2"]


def test_however_many_wait_they_hold_back_nobody_else(world: World) -> None:
    community_id, now = world.community.id, world.clock.now()

    def waiting(n: int) -> Outbox:
        return Outbox(
            seq=n, community_id=community_id, op="tell", key=f"k{n}", lane=f"lane{n}", due=now - timedelta(hours=1),
            retry=now + timedelta(hours=1), created=now,
        )  # fmt: skip

    world.write(lambda db: db.add_all([waiting(n) for n in range(30)]))
    plans(world, post("a"))

    assert [r.op for r in world.read(lambda db: outbox.due(db, now, most=10))] == ["post"]


def test_what_people_wait_for_is_read_however_much_else_is_due(world: World) -> None:
    plans(world, post("a"), post("b", "welcome"))
    world.write(lambda db: setattr(db.exec(select(Outbox).where(Outbox.link == "signs.sign:b")).one(), "priority", 1))

    assert [r.channel for r in world.read(lambda db: outbox.due(db, START, most=1))] == ["welcome", "announcements"]


# One meaning, one row.


def test_a_thousand_changes_become_one_edit(world: World) -> None:
    shows(world, a=1)
    plans(world, post("a"))
    world.settles()

    async def story() -> None:
        refresh = planning(world, Refresh(sign.link("a")))
        await asyncio.gather(*(world.store.write(refresh) for _ in range(1000)))

    shows(world, a=1000)
    world.wait(story())
    world.settles()

    [message] = world.chat().messages
    assert (message.text, message.edits) == ("a 1000", 1)


def test_a_change_while_it_is_sent_is_shown_by_one_more_edit(world: World, slow: SlowChat) -> None:
    shows(world, a="old")
    plans(world, post("a"))
    slow.shuts("announcements")

    async def story() -> None:
        draining = asyncio.create_task(world.engine.dispatcher.drain())
        await slow.begun["announcements"].wait()
        await world.store.write(painting(a="new"))
        await world.store.write(planning(world, Refresh(sign.link("a"))))
        slow.gates["announcements"].set()
        await draining

    world.wait(story())

    [message] = slow.messages
    assert (message.text, message.edits) == ("a new", 1)
    assert row(world).state == SENT


def test_the_same_post_again_while_it_is_sent_stands_once(world: World, slow: SlowChat) -> None:
    shows(world, a="old")
    plans(world, post("a"))
    slow.shuts("announcements")

    async def story() -> str:
        draining = asyncio.create_task(world.engine.dispatcher.drain())
        await slow.begun["announcements"].wait()
        await world.store.write(painting(a="new"))
        await world.store.write(planning(world, post("a")))
        state = await world.store.read(lambda db: db.exec(select(Outbox.state)).one())
        slow.gates["announcements"].set()
        await draining
        return state

    assert world.wait(story()) == "sending"  # should the process end now, the attempt is looked up
    assert stands(world) == ["a new"]


def test_a_card_that_says_nothing_any_more_is_not_sent(world: World) -> None:
    plans(world, post("a"))
    world.settles()

    assert stands(world) == []
    assert row(world).state == SKIPPED


def test_what_nobody_shows_is_not_sent_by_a_change(world: World) -> None:
    plans(world, Refresh(sign.link("a")))
    world.settles()

    assert rows(world) == []


def test_the_same_key_again_replaces_what_was_planned(world: World) -> None:
    plans(world, Later(later(world, hours=1), beat.link("a"), key="k"))
    plans(world, Later(later(world, hours=3), beat.link("b"), key="k"))

    world.passes(hours=2)
    assert world.community.settings == {}

    world.passes(hours=1)
    assert world.community.settings == {"b": 1}


def test_a_message_that_moves_takes_its_end_along(world: World) -> None:
    ana = world.person("ana")
    ana.follows(kinds.actions["kinds.start"].link(NEWS.name))  # any visit makes an account
    shows(world, a=1)

    plans(world, Tell(ana.member.id, sign.link("a"), NEWS, later(world, hours=1), expires=later(world, hours=2)))
    plans(world, Tell(ana.member.id, sign.link("a"), NEWS, later(world, hours=5), expires=later(world, hours=6)))
    world.passes(hours=5)

    assert [m.text.splitlines()[0] for m in ana.dms] == ["a 1"]


def test_what_is_forgotten_does_not_happen(world: World) -> None:
    plans(world, Later(later(world, hours=1), beat.link("a"), key="k"))
    plans(world, Forget("k"))
    plans(world, Forget("never planned"))
    world.passes(hours=2)

    assert world.community.settings == {}
    assert row(world).state == SKIPPED


def test_what_is_forgotten_can_be_planned_again(world: World) -> None:
    plans(world, Later(later(world, hours=1), beat.link("a"), key="k"), Forget("k"))
    plans(world, Later(later(world, hours=1), beat.link("a"), key="k"))
    world.passes(hours=2)

    assert world.community.settings == {"a": 1}


def test_the_same_key_in_two_communities_is_two_plans(world: World) -> None:
    world.opens("slack", "S1")

    def in_both(db: Session) -> None:
        one, other = db.exec(select(Community))
        one.settings = {"beats": "poison"}
        for community in (one, other):
            plan(ticking(world, db, community.id), [Later(world.clock.now(), beat.link("a"), key="k")])

    world.write(in_both)
    world.settles()

    assert world.read(lambda db: list(db.exec(select(Community.settings)))) == [{"beats": "poison"}, {"a": 1}]


# Actions that run later.


def test_an_action_that_fails_is_tried_again_and_then_ends_where_it_is_seen(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    shows(world, beats="poison")
    plans(world, Later(later(world), beat.link("a"), key="k"))

    world.settles()
    assert row(world).attempts == 1  # it does not run hot

    world.passes(hours=10)
    assert (row(world).state, row(world).attempts) == (DEAD, 5)
    assert (row(world).reason, row(world).error in caplog.text) == ("mistake", True)
    assert "a" not in world.community.settings  # each failed attempt was undone


def test_an_action_that_failed_for_a_while_happens_once(world: World) -> None:
    shows(world, beats="poison")
    plans(world, Later(later(world), beat.link("a"), key="k"))
    world.settles()

    shows(world, beats="fine")
    world.passes(hours=10)

    assert world.community.settings["a"] == 1
    assert row(world).state == SENT


def test_an_action_that_refuses_is_not_wanted_any_more(world: World) -> None:
    shows(world, beats="refused")
    plans(world, Later(later(world), beat.link("a"), key="k"))
    world.settles()

    assert (row(world).state, row(world).attempts) == (SKIPPED, 0)
    assert "a" not in world.community.settings


def test_what_this_version_does_not_know_is_left_to_a_newer_one_for_a_day(world: World) -> None:
    plans(world, Later(later(world), beat.link("a"), key="k"))
    changes(world, link="signs.unheard_of:a")
    world.passes(hours=23)
    assert (row(world).state, row(world).attempts) == (PENDING, 0)

    world.passes(hours=2)
    assert (row(world).state, row(world).reason) == (SKIPPED, "foreign")


# Time.


def test_nothing_is_sent_after_it_expired(world: World) -> None:
    ana = world.person("ana")
    ana.follows(kinds.actions["kinds.start"].link(NEWS.name))
    shows(world, a=1)
    plans(world, Tell(ana.member.id, sign.link("a"), NEWS, later(world, hours=1), expires=later(world, hours=2)))

    world.clock.move(timedelta(hours=3))  # nobody looked in between
    world.settles()

    assert ana.dms == []
    assert (row(world).state, row(world).reason) == (SKIPPED, "late")


def test_what_stands_is_still_edited_after_it_expired(world: World) -> None:
    ana = world.person("ana")
    ana.follows(kinds.actions["kinds.start"].link(NEWS.name))
    shows(world, a="soon")
    plans(world, Tell(ana.member.id, sign.link("a"), NEWS, expires=later(world, hours=2)))
    world.settles()

    world.clock.move(timedelta(hours=3))
    shows(world, a="over")
    plans(world, Refresh(sign.link("a")))
    world.settles()

    assert [m.text.splitlines()[0] for m in ana.dms] == ["a over"]


@settings(max_examples=20, deadline=None)
@given(
    times=st.lists(st.integers(0, 72), min_size=1, max_size=8),
    steps=st.lists(st.integers(0, 30), min_size=1, max_size=6),
)
def test_nothing_happens_before_its_time_and_all_of_it_then(
    databases: Databases, times: list[int], steps: list[int]
) -> None:
    with lent(databases) as database:
        world = World(database, [signs, kinds])
        due = {f"n{n}": START + timedelta(hours=hours) for n, hours in enumerate(times)}
        shows(world, **dict.fromkeys(due, 100))
        for name, at in due.items():
            plans(world, Later(at, beat.link(name), key=name), post(name, at=at))
        for hours in steps:
            world.clock.move(timedelta(hours=hours))
            world.settles()

            now = world.clock.now()
            happened = {name for name, at in due.items() if at <= now}
            assert world.community.settings == {name: 100 + (name in happened) for name in due}
            assert {text.split()[0] for text in stands(world)} == happened
        world.close()
