"""Groups that rest, wake, and are closed for good."""

from bot.actions import Link, Role
from tests.talks import NAME, asks, desk, inside, mirrored, standing, starts, starts_private, stored, ticks
from tests.world import Actor, World


def test_a_resting_group_keeps_its_people_and_takes_nobody_in(world: World, amara: Actor) -> None:
    card = starts(amara)
    hugo, keiko = world.member("hugo"), world.member("keiko")
    hugo.clicks("Join", on=card)

    amara.uses("group edit", group=NAME).submits(resting=True)

    assert card.buttons == ["Leave", "Who is in it"]
    assert "Resting for now." in card.text
    assert "is resting" in keiko.uses("group join", group=NAME).text
    assert keiko.uses("group list").buttons == []
    assert ticks(hugo.uses("groups")) == {NAME: True}


def test_a_resting_group_is_woken_by_a_button(world: World, amara: Actor) -> None:
    card, hugo, keiko = starts(amara, lead="amara", capacity=2), world.member("hugo"), world.member("keiko")
    hugo.clicks("Join", on=card)
    keiko.clicks("Join", on=card)
    amara.uses("group edit", group=NAME).submits(resting=True)
    hugo.clicks("Leave", on=card)
    assert inside(world) == ["Amara"]
    assert "Wake it up" not in keiko.uses("group show", group=NAME).buttons

    seen = amara.uses("group show", group=NAME).clicks("Wake it up")

    assert "Mentor Retention is awake: people can join it." in seen.text
    assert inside(world) == ["Amara", "Keiko"]
    assert "Lead: Amara. 2 of 2 places." in card.text
    assert stored(world).status == "active"
    hugo.follows(Link("groups.wake", (stored(world).id,)))
    assert stored(world).status == "active"


def test_only_those_who_may_change_a_group_wake_it(world: World, amara: Actor) -> None:
    starts(amara, lead="amara")
    amara.uses("group edit", group=NAME).submits(resting=True)

    hugo = world.member("hugo")

    assert "You could ask Amara" in hugo.follows(Link("groups.wake", (stored(world).id,))).text
    assert stored(world).status == "resting"


def test_a_closed_group_says_so_and_its_people_leave_its_room(world: World, amara: Actor) -> None:
    card = starts(amara, lead="amara", capacity=2)
    hugo, keiko = world.member("hugo"), world.member("keiko")
    hugo.clicks("Join", on=card)
    keiko.clicks("Join", on=card)

    seen = amara.uses("group close", group=NAME)
    assert "2 people leave its channel. What was shared in it stays" in seen.text
    assert "It cannot be opened again." in seen.text
    assert "1 person is waiting" in card.text
    assert "Mentor Retention is closed." in seen.clicks("Close it").text

    assert "This group is closed. What was shared in it stays." in card.text
    assert card.buttons == []
    assert mirrored(world) == set()
    assert desk(amara, "groups") == desk(keiko, "groups") == ["You are in no group yet."]
    assert desk(amara, "needs") == []
    for command in ("group list", "groups"):
        assert NAME not in hugo.uses(command).text
    assert hugo.types("group show", "group", "") == []
    assert [m for m in keiko.dms if "A place became free" in m.text] == []


def test_old_buttons_of_a_closed_group_say_that_it_is_closed(world: World, amara: Actor) -> None:
    card, hugo = starts(amara, lead="amara"), world.member("hugo")
    group, old = stored(world), card.card
    starts(amara, "Another one")
    picker, again = hugo.uses("groups"), amara.uses("group close", group=NAME)
    amara.uses("group close", group=NAME).clicks("Close it")

    for label in ("Join", "Leave", "Who is in it"):
        assert "Mentor Retention is closed." in hugo.clicks(label, on=old).text
    for action in ("amend", "wake", "look", "go_anyway"):
        assert "Mentor Retention is closed." in amara.follows(Link(f"groups.{action}", (group.id,))).text
    assert "nothing was done" in picker.selects(group.id).text
    assert "No group “Mentor Retention”." in again.clicks("Close it").text
    assert mirrored(world) == set()


def test_the_name_of_a_closed_group_is_free_and_its_room_is_not_given_to_others(world: World, amara: Actor) -> None:
    old = starts(amara, lead="amara")
    amara.uses("group close", group=NAME).clicks("Close it")

    amara.uses("group create", name=NAME, purpose="A new beginning.").clicks("Create it")
    amara.uses("group close", group=NAME).clicks("Close it")
    amara.uses("group create", name=NAME, purpose="A third one.").clicks("Create it")

    assert [m.buttons for m in standing(world)] == [[], [], ["Join", "Leave", "Who is in it"]]
    assert "closed" in old.text
    assert {name for _, name in world.chat().homes} == {f"mentor-retention{n}" for n in ("", "-2", "-3")}


def test_only_the_lead_or_a_coordinator_closes_a_group(world: World, amara: Actor) -> None:
    imani, fay = world.member("imani"), world.member("fay", role=Role.FACILITATOR)
    starts(amara, "Alpha", lead="imani")
    starts(amara, "Beta")

    assert "You could ask Imani" in fay.uses("group close", group="Alpha").text
    assert "A coordinator can do that: Beta has no lead now." in fay.uses("group close", group="Beta").text
    assert fay.types("group close", "group", "") == []
    assert imani.types("group close", "group", "") == ["Alpha: 1 person."]
    assert "is closed" in imani.uses("group close", group="Alpha").clicks("Close it").text
    assert "is closed" in amara.uses("group close", group="Beta").clicks("Close it").text


def test_what_was_asked_in_a_private_group_stays_with_those_who_were_in_it(world: World, amara: Actor) -> None:
    imani, hugo = world.member("imani"), world.member("hugo")
    group = starts_private(amara, lead="imani")
    imani.uses("group invite", group="Safeguarding", member="hugo")
    hugo.follows(Link("groups.enter", (group.id,)))
    asks(imani, "Which case?", "One, Two", in_="home-safeguarding")

    imani.uses("group close", group="Safeguarding").clicks("Close it")

    assert "Which case?" in hugo.uses("poll list").text
    assert "Which case?" not in amara.uses("poll list").text
    assert "That group is not there." in world.member("ben").follows(Link("groups.enter", (group.id,))).text

    hugo.uses("leave").clicks("Leave")
    hugo.uses("join").clicks("Join")
    assert "Which case?" not in hugo.uses("poll list").text
