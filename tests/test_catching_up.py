"""After an outage or a restart: what is late comes once, in its new words, the urgent first, and never in a burst."""

from datetime import timedelta

import pytest

from bot.actions import Feature
from bot.effects import Post, Tell
from bot.features import find_features
from bot.outbox.dispatcher import in_turn
from bot.ports import Unsure, Wait
from storage import outbox
from storage.outbox import SKIPPED, Due
from tests.signs import NEWS, SlowChat, later, plans, rows, shows, sign, signs, stands
from tests.world import START, Actor, World


class Fragile(SlowChat):
    """A platform that can be out of reach."""

    down = False

    async def send(self, space: str, channel: str, *rest: object) -> str:
        if self.down:
            raise Unsure("out of reach")
        return await super().send(space, channel, *rest)  # type: ignore[arg-type]

    async def direct(self, space: str, user: str) -> str:
        if self.down:
            raise Unsure("out of reach")
        return await super().direct(space, user)


@pytest.fixture
def features() -> list[Feature]:
    return [*find_features(), signs]


@pytest.fixture
def chat(world: World) -> Fragile:
    found = Fragile.of(world)
    assert isinstance(found, Fragile)
    return found


def meeting(world: World, *people: Actor, when: str = "tomorrow at 11:00") -> None:
    """Somebody plans one, and everybody comes and wants both reminders."""
    people[0].uses("meeting create", title="Case Table", when=when, length="2 hours").clicks("Post it")
    for person in people:
        seen = person.clicks("Yes", on=world.card("Add to my calendar"))
        if "Both" in seen.buttons:
            seen.clicks("Both")
        elif "An hour before" in seen.buttons:
            seen.clicks("An hour before")


def about_it(who: Actor) -> list[str]:
    return [m.text for m in who.dms if "Case Table" in m.text]


def steps(world: World, minutes: int) -> None:
    for _ in range(minutes):
        world.passes(minutes=1)


def test_a_change_and_a_reminder_that_are_late_together_are_one_message(
    world: World, chat: Fragile, amara: Actor, ana: Actor
) -> None:
    meeting(world, amara, ana, when="today at 12:00")  # the reminder is due at 11:00, which is in an hour
    chat.down = True
    world.passes(minutes=50)
    amara.uses("meeting move", meeting="Case Table", when="today at 12:10", reason="Bus").clicks("Move it")
    world.passes(minutes=21)
    chat.down = False
    steps(world, 10)

    [message] = about_it(ana)
    assert "Moved: Case Table" in message
    assert [r.reason for r in rows(world) if r.member_id == ana.member.id and r.state == SKIPPED].count("merged") >= 1


def test_a_reminder_that_comes_late_says_how_it_is_now(world: World, chat: Fragile, amara: Actor, ana: Actor) -> None:
    meeting(world, amara, ana, when="today at 12:00")
    chat.down = True
    world.passes(minutes=100)
    chat.down = False
    steps(world, 10)

    [message] = about_it(ana)
    assert ("starts" in message, "has begun" in message) == (True, False)


def test_a_meeting_that_has_begun_is_still_told_until_half_of_it_is_over(
    world: World, chat: Fragile, amara: Actor, ana: Actor
) -> None:
    meeting(world, amara, ana, when="today at 12:00")
    chat.down = True
    world.passes(hours=2, minutes=10)
    chat.down = False
    steps(world, 10)

    [message] = about_it(ana)
    assert "has begun" in message


def test_a_meeting_that_is_half_over_is_not_told_any_more(
    world: World, chat: Fragile, amara: Actor, ana: Actor
) -> None:
    meeting(world, amara, ana, when="today at 12:00")
    chat.down = True
    world.passes(hours=3, minutes=10)
    chat.down = False
    world.passes(hours=3)

    assert about_it(ana) == []


def test_while_one_platform_is_out_of_reach_the_other_goes_on(world: World, chat: Fragile, amara: Actor) -> None:
    world.links("discord", "D2")
    world.links("slack", "S1")
    shows(world, a=1)
    chat.down = True
    plans(world, Post("announcements", sign.link("a")))
    steps(world, 60)

    assert stands(world, platform="slack") == ["a 1"]
    assert stands(world) == []
    chat.down = False
    steps(world, 10)
    assert stands(world).count("a 1") == 2  # two channels of Discord, one message each


def test_what_a_platform_asks_of_everything_is_kept_by_everything(world: World, chat: Fragile) -> None:
    shows(world, a=1, b=2)
    chat.faults.append(Wait(3600, "all"))
    plans(world, Post("announcements", sign.link("a")))
    world.settles()
    plans(world, Post("welcome", sign.link("b")))
    world.passes(hours=2)  # real time has not passed

    assert "b 2" not in stands(world, "welcome")


def test_urgent_rows_come_first_late_ones_last_and_communities_in_turn() -> None:
    def due(name: str, community: str, priority: int = 5, minutes: int = 0) -> Due:
        return Due(name, name, "tell", "", priority, START - timedelta(minutes=minutes), 1, community, "")

    many = [due(f"big{n}", "big") for n in range(5)]
    others = [
        due("small", "small"),
        due("late", "small", 4, 60),
        due("urgent", "big", 2, 1),
        due("close", "big", 3, 60),
    ]

    order = [turn[-1].id for turn in sorted(in_turn([*many, *others], START))]
    assert order[:2] == ["urgent", "close"]
    assert order[-1] == "late"
    assert order.index("small") <= 3


def test_a_community_with_much_to_say_does_not_hide_what_others_have(world: World) -> None:
    world.opens("slack", "S1")
    ben = world.person("ben", "slack", "S1")
    ben.uses("settings")
    first, now = world.community.id, world.clock.now()
    other = ben.member.community_id

    def waiting(n: int, community_id: str) -> outbox.Outbox:
        return outbox.Outbox(
            seq=n, community_id=community_id, op="run", key=f"k{n}", lane=f"lane{n}", created=now,
            due=now - timedelta(minutes=5 - n // 1000), link="signs.beat:x",
        )  # fmt: skip

    world.write(lambda db: db.add_all([waiting(n, first) for n in range(2000)] + [waiting(3000, other)]))

    found = world.wait(world.engine.dispatcher._read())
    assert other in {turn[-1].community_id for turn in found}


def test_two_kinds_about_different_things_are_both_told(world: World, chat: Fragile, ana: Actor) -> None:
    shows(world, a=1, b=2)
    plans(world, Tell(ana.member.id, sign.link("a"), NEWS, at=later(world, minutes=1), about="one"))
    plans(world, Tell(ana.member.id, sign.link("b"), NEWS, at=later(world, minutes=1), about="two"))
    world.clock.move(timedelta(hours=2))
    world.settles()

    assert [m.text.splitlines()[0] for m in ana.dms[-2:]] == ["a 1", "b 2"]
