"""When people and chats come, go and become one, seats and rooms follow."""

from tests.talks import becomes_one, inside, mirrored, starts
from tests.world import Actor, World


def test_whoever_comes_back_into_a_chat_gets_their_rooms_again(world: World, amara: Actor) -> None:
    world.links("slack", "S1")
    card = starts(amara, in_="announcements")
    hugo, also = world.member("hugo"), world.member("hugo-at-work", "slack", "S1")
    becomes_one(hugo, also)
    hugo.clicks("Join", on=card)
    assert mirrored(world, platform="slack") == {"hugo-at-work"}

    world.chat("slack").seats.clear()  # as the chat does with those who go
    also.arrives("departed")
    assert inside(world) == ["Hugo"]
    assert mirrored(world, platform="slack") == set()

    also.arrives()
    assert mirrored(world, platform="slack") == {"hugo-at-work"}
    assert mirrored(world) == {"hugo"}


def test_whoever_arrives_gets_no_room_of_a_group_that_they_wait_for(world: World, amara: Actor) -> None:
    card, hugo, keiko = starts(amara, capacity=1), world.member("hugo"), world.member("keiko")
    hugo.clicks("Join", on=card)
    keiko.clicks("Join", on=card)

    keiko.arrives()

    assert mirrored(world) == {"hugo"}


def test_both_accounts_of_a_person_get_the_rooms_of_their_groups(world: World, amara: Actor) -> None:
    world.links("slack", "S1")
    card = starts(amara, in_="announcements")
    hugo, also = world.member("hugo"), world.person("hugo-at-work", "slack", "S1")
    hugo.clicks("Join", on=card)
    assert mirrored(world, platform="slack") == set()

    becomes_one(hugo, also)

    assert mirrored(world) == {"hugo"}
    assert mirrored(world, platform="slack") == {"hugo-at-work"}


def test_a_person_who_had_two_seats_leaves_one_to_whoever_waits(world: World, amara: Actor) -> None:
    world.links("slack", "S1")
    card = starts(amara, in_="announcements", capacity=2)
    hugo, also, keiko = world.member("hugo"), world.member("hugo-at-work", "slack", "S1"), world.member("keiko")
    for actor in (hugo, also, keiko):
        actor.clicks("Join", on=card)
    assert "2 of 2 places. 1 person is waiting." in card.text

    becomes_one(hugo, also)

    assert len(inside(world)) == 2
    assert "Keiko" in inside(world)
    assert "2 of 2 places." in card.text
    assert "waiting" not in card.text
    assert [m for m in keiko.dms if "A place became free" in m.text]


def test_a_lead_who_waited_with_their_other_account_is_in_their_group(world: World, amara: Actor) -> None:
    world.links("slack", "S1")
    hugo, also = world.member("hugo"), world.member("hugo-at-work", "slack", "S1")
    card = starts(amara, in_="announcements", lead="hugo-at-work", capacity=1)
    world.member("keiko").clicks("Join", on=card)
    hugo.clicks("Join", on=card)

    becomes_one(hugo, also)

    assert inside(world) == ["Hugo"]
    assert inside(world, state="waiting") == ["Keiko"]
    assert mirrored(world) == {"hugo"}
    assert "Lead: Hugo. 1 of 1 place. 1 person is waiting." in card.text


def test_a_chat_that_is_linked_gets_a_room_for_every_group(world: World, amara: Actor) -> None:
    hugo = world.member("hugo")
    hugo.clicks("Join", on=starts(amara))
    starts(amara, "Old times")
    amara.uses("group close", group="Old times").clicks("Close it")
    world.opens("slack", "S1")
    eva = world.coordinator("eva", "slack", "S1")
    starts(eva, "Tea", lead="eva")

    world.links("slack", "S1")

    homes = set(world.chat("slack").homes) | set(world.chat().homes)
    assert homes == {
        ("D1", "mentor-retention"), ("S1", "mentor-retention"), ("D1", "tea"), ("S1", "tea"), ("D1", "old-times")
    }  # fmt: skip
    assert (mirrored(world), mirrored(world, platform="slack")) == ({"hugo"}, {"eva"})


def test_groups_whose_rooms_have_one_name_get_rooms_of_their_own_in_the_other_chat(world: World, amara: Actor) -> None:
    starts(amara, "C++", lead="amara")
    world.passes(hours=1)
    world.opens("slack", "S1")
    eva = world.coordinator("eva", "slack", "S1")
    starts(eva, "C#", lead="eva")
    assert ("D1", "c") in world.chat().homes
    assert ("S1", "c") in world.chat("slack").homes

    world.links("slack", "S1")

    assert ("S1", "c-2") in world.chat("slack").homes
    assert ("D1", "c-3") in world.chat().homes
    assert {c for _, c, _ in world.chat().seats} == {"home-c"}
    assert {c for _, c, _ in world.chat("slack").seats} == {"home-c"}


def test_who_is_in_with_one_account_and_waits_with_the_other_is_in(world: World, amara: Actor) -> None:
    world.links("slack", "T1")
    card = starts(amara, capacity=1)
    hugo, other = world.member("hugo"), world.member("hugo.b", "slack", "T1")
    hugo.clicks("Join", on=card)
    world.member("keiko").clicks("Join", on=card)
    other.clicks("Join", on=card)
    code = other.uses("me link").text.split("Your code is ")[1].split(".")[0]

    hugo.uses("me link", code=code).clicks("Yes, both are mine")

    assert inside(world) != ["Keiko"]
    assert len(inside(world)) == 1
