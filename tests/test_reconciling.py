"""After a gap: who came and went, what was deleted and changed by hand, as if the bot had been there all the time."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func
from sqlmodel import col, select

from bot.ports import Gone, Home, Present, Rejected, Roster, Unsure, Wait
from storage.outbox import PENDING, Outbox
from storage.people import Account, Space
from tests.absence import a_day_old, goes, is_there, known, state
from tests.talks import becomes_one, inside, mirrored, starts
from tests.world import START, Actor, MemoryChat, World


@pytest.fixture
def world(world: World) -> World:
    return a_day_old(world)


# People.


def test_who_came_while_the_bot_was_away_is_welcomed_once(world: World) -> None:
    is_there(world, "ben")

    world.looks()
    world.looks()

    ben = world.person("ben")
    [dm] = ben.dms
    assert "Welcome, Ben." in dm.text
    assert ben.member.status == "guest"


def test_who_was_there_before_the_bot_becomes_known_and_is_not_welcomed(world: World) -> None:
    assert known(world)["old"]
    assert world.person("old").dms == []
    seen = world.read(lambda db: db.exec(select(Account.seen).where(Account.ref == "old")).one())
    assert seen == START - timedelta(days=30)  # in another chat they may have been later


def test_a_welcome_that_comes_three_days_late_is_none(world: World) -> None:
    is_there(world, "late")
    world.clock.move(timedelta(hours=71))
    is_there(world, "ben")
    world.clock.move(timedelta(hours=2))

    world.looks()

    assert (known(world)["late"], known(world)["ben"]) == (True, True)
    assert (len(world.person("late").dms), len(world.person("ben").dms)) == (0, 1)
    assert len(world.read(lambda db: db.exec(select(Outbox).where(Outbox.op == "tell")).all())) == 1


def test_the_newest_is_welcomed_first(world: World) -> None:
    for name in ("first", "second", "third"):
        is_there(world, name)
        world.clock.move(timedelta(minutes=5))

    world.looks()

    rows = world.read(lambda db: db.exec(select(Outbox).where(Outbox.op == "tell").order_by(col(Outbox.seq))).all())
    names = [world.person(name).member.id for name in ("third", "second", "first")]
    assert [row.member_id for row in rows] == names


def test_the_event_and_the_list_of_one_arrival_are_one_arrival(world: World) -> None:
    one = is_there(world, "ben")
    world.looks()

    world.clock.move(timedelta(minutes=5))
    world.wait(world.engine.runtime.happen("arrived", one.who, key=one.key))
    world.clock.move(timedelta(minutes=5))
    world.settles()
    other = is_there(world, "cleo")
    world.wait(world.engine.runtime.happen("arrived", other.who, key=other.key))
    world.clock.move(timedelta(minutes=5))
    world.looks()

    assert [len(world.person(name).dms) for name in ("ben", "cleo")] == [1, 1]


def test_who_has_not_accepted_the_rules_is_welcomed_when_they_have(world: World) -> None:
    is_there(world, "ben", screened=False)
    world.looks()
    assert "ben" not in known(world)

    is_there(world, "ben")
    world.looks()

    assert len(world.person("ben").dms) == 1


def test_who_left_while_the_bot_was_away_frees_their_place_in_a_group(world: World, amara: Actor) -> None:
    card, hugo, keiko = starts(amara, capacity=1), world.member("hugo"), world.member("keiko")
    for name in ("amara", "hugo", "keiko"):
        is_there(world, name)
    hugo.clicks("Join", on=card)
    keiko.clicks("Join", on=card)

    goes(world, "hugo")
    world.clock.move(timedelta(hours=1))
    world.looks()

    assert not known(world)["hugo"]
    assert inside(world) == ["Keiko"]
    assert "A place became free" in keiko.dms[-1].text


def test_who_left_and_came_back_is_welcomed_back_and_gets_their_rooms(world: World, amara: Actor) -> None:
    world.links("slack", "S1")
    hugo, also = world.member("hugo"), world.member("hugo-at-work", "slack", "S1")
    becomes_one(hugo, also)
    hugo.clicks("Join", on=starts(amara, in_="announcements"))
    for name in ("amara", "hugo", "first-admin"):
        is_there(world, name)
    goes(world, "hugo")
    world.clock.move(timedelta(hours=1))
    world.looks()
    assert (known(world)["hugo"], mirrored(world), inside(world)) == (False, set(), ["Hugo"])

    is_there(world, "hugo")
    world.looks()

    assert known(world)["hugo"]
    assert mirrored(world) == {"hugo"}
    assert [m for m in [*hugo.dms, *also.dms] if "Your place was kept." in m.text]


def test_somebody_whom_the_list_lacks_is_asked_for_before_they_are_gone(world: World) -> None:
    ana = world.member("ana")
    one = is_there(world, "ana")
    world.clock.move(timedelta(hours=1))
    world.chat().lists["D1"] = Roster("Practice Circle", [is_there(world, "old")], None)

    world.looks()
    assert known(world)["ana"]
    assert "ana" in world.chat().asked

    del world.chat().people["D1"]["ana"]
    world.looks()
    assert not known(world)["ana"]
    assert one.who == ana.account


def test_people_who_are_called_otherwise_now_are_called_so_here(world: World) -> None:
    ben = world.member("ben")
    one = is_there(world, "ben")
    world.chat().people["D1"]["ben"] = replace(one, who=replace(one.who, name="Benjamin"))
    before = world.read(lambda db: db.exec(select(Account.seen).where(Account.ref == "ben")).one())

    world.clock.move(timedelta(hours=5))
    world.looks()

    assert ben.member.name == "Benjamin"
    assert world.read(lambda db: db.exec(select(Account.seen).where(Account.ref == "ben")).one()) == before


def test_where_a_chat_does_not_say_when_somebody_came_they_came_since_the_last_list(world: World) -> None:
    world.links("slack", "S1")
    for name in ("second-admin", "zoe"):
        is_there(world, name, "slack", "S1")
    world.looks()
    zoe = world.person("zoe", "slack", "S1")
    assert (known(world, "slack")["zoe"], zoe.dms) == (True, [])

    world.clock.move(timedelta(hours=20))
    is_there(world, "yan", "slack", "S1")
    world.looks()
    assert len(world.person("yan", "slack", "S1").dms) == 1

    world.clock.move(timedelta(days=4))
    is_there(world, "xia", "slack", "S1")
    world.looks()
    assert world.person("xia", "slack", "S1").dms == []


def test_who_is_back_after_a_short_while_is_back_although_the_key_is_known(world: World) -> None:
    world.links("slack", "S1")
    one = is_there(world, "second-admin", "slack", "S1")
    world.looks()
    zoe = is_there(world, "zoe", "slack", "S1")
    world.looks()
    goes(world, "zoe", "slack", "S1")
    world.clock.move(timedelta(hours=1))
    world.looks()
    assert not known(world, "slack")["zoe"]

    world.chat("slack").people["S1"]["zoe"] = zoe
    world.looks()

    assert known(world, "slack")["zoe"]
    assert len(world.person("zoe", "slack", "S1").dms) == 2
    assert one.who.user in known(world, "slack")


# Nothing is deleted because a list is empty, cut or refused.


@pytest.mark.parametrize("fault", [Unsure("502"), Wait(30), Rejected("missing_scope"), TimeoutError(), OSError("cut")])
def test_a_list_that_fails_changes_nothing(world: World, fault: Exception) -> None:
    world.member("ana")
    before = state(world)
    world.chat().people["D1"] = {}
    world.chat().gone |= {"welcome", "announcements"}
    world.chat().deaf = [fault, fault]

    world.looks()

    assert state(world) == before


def test_an_empty_list_is_not_believed(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.member("ana")
    before = state(world)
    world.chat().people["D1"] = {}
    world.chat().lists["D1"] = Roster("Practice Circle", [], {})

    world.looks()

    assert state(world) == before
    assert "lists nobody, which is not believed" in caplog.text
    assert "lists no channel at all, which is not believed" in caplog.text


def test_what_a_chat_does_not_let_the_bot_see_stays_as_it_is(world: World) -> None:
    world.member("ana")
    before = state(world)
    world.chat().lists["D1"] = Roster("Practice Circle")

    world.looks()

    assert state(world) == before


def test_comparing_twice_is_comparing_once(world: World, amara: Actor) -> None:
    world.member("hugo").clicks("Join", on=starts(amara))
    is_there(world, "amara")
    is_there(world, "ben")
    world.looks()
    before = state(world)

    world.looks()

    assert state(world) == before


def test_one_person_who_cannot_be_met_does_not_keep_the_others_out(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    bad = is_there(world, "bad")
    world.chat().people["D1"]["bad"] = replace(bad, since=bad.since and bad.since.replace(tzinfo=None))
    is_there(world, "ben")

    world.looks()

    assert "ben" in known(world)
    assert "bad" not in known(world)
    assert "could not be compared" in caplog.text


# What happens while lists are being compared counts more than they do.


class Busy(MemoryChat):
    """A chat where something happens right after it answered."""

    def __init__(self, world: World, happens: Callable[[], Coroutine[Any, Any, None]]) -> None:
        before = world.chat()
        super().__init__("discord", people=before.people, channels=before.channels)
        self.happens = happens
        world.engine.dispatcher.add(self)

    async def roster(self, space: str, homes: Sequence[Home]) -> Roster:
        listed = await super().roster(space, homes)
        await self.happens()
        return listed

    async def present(self, space: str, user: str) -> Present | None:
        found = await super().present(space, user)
        await self.happens()
        return found


def test_who_came_and_went_since_they_were_listed_is_gone(world: World) -> None:
    ben = is_there(world, "ben")
    runtime = world.engine.runtime

    async def comes_and_goes() -> None:
        await runtime.happen("arrived", ben.who, key=ben.key)
        await runtime.happen("departed", ben.who)

    chat = Busy(world, comes_and_goes)
    world.looks()

    assert not known(world)["ben"]
    assert len([m for m in chat.messages if m.channel == "dm-ben"]) <= 1


def test_who_came_back_since_they_were_asked_for_is_there(world: World) -> None:
    ben = world.member("ben")
    world.clock.move(timedelta(hours=1))

    async def comes_back() -> None:
        world.clock.move(timedelta(seconds=1))
        await world.engine.runtime.happen("arrived", ben.account)

    Busy(world, comes_back)
    world.looks()

    assert known(world)["ben"]


# Gaps.


async def gaps_of(world: World, *gaps: tuple[str, str]) -> list[str]:
    asked: list[str] = []

    class Counted(MemoryChat):
        async def roster(self, space: str, homes: Sequence[Home]) -> Roster:
            asked.append(space)
            return await super().roster(space, homes)

    world.engine.dispatcher.ports["discord"] = Counted("discord", channels=world.chat().channels)
    for gap in gaps:
        world.engine.runtime.missed(*gap)
    running = asyncio.create_task(world.engine.reconciler.run())
    await world.engine.reconciler.settled()
    running.cancel()
    return asked


def test_a_gap_that_was_noticed_several_times_is_looked_at_once(world: World) -> None:
    world.opens("discord", "D2")

    async def both() -> list[str]:
        return await gaps_of(world, ("discord", ""), ("discord", "D1"), ("discord", ""), ("elsewhere", ""))

    assert world.wait(both()) == ["D1", "D2"]
    assert world.wait(gaps_of(world, ("discord", "D2"))) == ["D2"]


def test_a_list_that_failed_is_fetched_again_after_a_pause_that_grows(world: World) -> None:
    reconciler, world.chat().deaf = world.engine.reconciler, [Unsure("502"), Wait(90)]

    async def pauses() -> list[float]:
        found = []
        for _ in range(3):
            world.engine.runtime.missed("discord", "D1")
            await reconciler.catch_up()
            found += [timer.when() - asyncio.get_running_loop().time() for timer in reconciler._timers.values()]
            for timer in reconciler._timers.values():
                timer.cancel()
            reconciler._timers.clear()
        return found

    first, second = world.wait(pauses())
    assert (round(first), round(second)) == (30, 90)
    assert reconciler._pauses == {}


def test_a_chat_that_the_bot_was_removed_from_while_it_was_away_is_left_alone(world: World) -> None:
    world.chat().deaf = [Gone("unknown guild"), Gone("unknown guild")]

    world.looks()

    assert not world.read(lambda db: db.exec(select(Space.active)).one())


def test_one_answer_that_the_chat_is_gone_is_not_believed(world: World) -> None:
    world.chat().deaf = [Gone("unknown guild")]

    world.looks()

    assert world.read(lambda db: db.exec(select(Space.active)).one())


# Many people.


@pytest.mark.parametrize("apart, crowd", [(timedelta(minutes=5), False), (timedelta(seconds=1), True)])
def test_who_came_one_by_one_is_no_crowd_for_being_noticed_at_once(
    world: World, apart: timedelta, *, crowd: bool
) -> None:
    for number in range(35):
        is_there(world, f"p{number}", since=world.clock.now() + number * apart)
    world.clock.move(timedelta(hours=4))

    world.looks()

    greeted = world.read(lambda db: db.exec(select(Outbox).where(Outbox.op == "tell")).all())
    assert bool(world.community.settings.get("crowd")) == crowd
    assert (len(greeted) < 35) == crowd


def test_people_who_become_known_quietly_are_no_crowd(world: World) -> None:
    for number in range(35):
        is_there(world, f"p{number}", since=START - timedelta(days=1))
    ben = is_there(world, "ben")

    world.looks()

    assert not world.community.settings.get("crowd")
    assert len(world.person(ben.who.user).dms) == 1


def test_many_people_are_met_a_few_at_once_so_that_others_get_their_turn(world: World) -> None:
    for number in range(300):
        is_there(world, f"p{number}", since=START - timedelta(days=number))
    sizes: list[int] = []
    write = world.store.write

    async def counted(work, lane=""):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        before = await world.store.read(lambda db: db.exec(select(func.count()).select_from(Account)).one())
        done = await write(work, lane)
        after = await world.store.read(lambda db: db.exec(select(func.count()).select_from(Account)).one())
        sizes.append(after - before)
        return done

    world.store.write = counted  # type: ignore[method-assign]
    world.looks()

    assert sum(sizes) == 300
    assert max(sizes) <= 10
    assert world.read(lambda db: db.exec(select(Outbox).where(Outbox.state == PENDING)).all()) == []
