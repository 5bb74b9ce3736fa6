"""Very many newcomers at once: greeting stops, a coordinator is asked, and messages are opened at a modest pace."""

from datetime import timedelta

from tests.world import Actor, World


def come(world: World, n: int, start: int = 0) -> list[Actor]:
    people = [world.person(f"new{number}") for number in range(start, start + n)]
    for person in people:
        world.wait(world.engine.runtime.happen("arrived", person.account))
    world.settles()
    return people


def greeted(people: list[Actor]) -> int:
    return sum(bool(person.dms) for person in people)


def test_a_raid_stops_the_greetings_and_asks_a_coordinator(world: World, amara: Actor) -> None:
    people = come(world, 60)
    world.passes(hours=1)

    assert greeted(people) <= 30
    [asked] = [m for m in amara.dms if "A crowd of newcomers" in m.text]
    assert "60 people came within a short time" in asked.text

    amara.clicks("Greet nobody of them", on=asked)
    for _ in range(5):
        world.passes(minutes=1)
    assert greeted(people) == 30
    assert "Decided" in asked.text
    assert greeted(come(world, 1, start=100)) == 1


def test_a_crowd_that_is_welcome_is_greeted_bit_by_bit(world: World, amara: Actor) -> None:
    people = come(world, 60)
    [asked] = [m for m in amara.dms if "A crowd of newcomers" in m.text]
    assert "people are greeted, bit by bit" in amara.clicks("Greet them", on=asked).text
    assert greeted(people) <= 11

    for _ in range(15):
        before = greeted(people)
        world.clock.move(timedelta(minutes=1))
        world.settles()
        assert greeted(people) - before <= 10
    assert greeted(people) == 60
    assert [len(person.dms) for person in people] == [1] * 60


def test_a_few_newcomers_are_greeted_at_once(world: World, amara: Actor) -> None:
    assert greeted(come(world, 8)) == 8
    assert [m for m in amara.dms if "crowd" in m.text] == []


def test_who_was_written_to_before_is_not_counted_again(world: World, ana: Actor) -> None:
    come(world, 9)
    ana.arrives()
    ana.arrives()

    assert len([m for m in ana.dms if "Good to see you again" in m.text]) >= 1


def test_how_fast_messages_are_opened_is_for_the_host_to_say(world: World) -> None:
    world.engine.dispatcher.limits.openings = 3

    people = come(world, 8)

    assert greeted(people) == 3
    world.passes(minutes=1)
    assert greeted(people) == 6
