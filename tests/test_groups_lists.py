"""Groups to read and to tick."""

from tests.talks import inside, starts, ticks
from tests.world import Actor, World


def test_an_empty_list_teaches(world: World, amara: Actor) -> None:
    assert "No groups yet. Start the first with" in amara.uses("group list").text
    assert amara.uses("groups").clicks("Start a group").form.fields[0].name == "name"
    assert "Ask a coordinator" in world.member("ana").uses("group list").text


def test_the_list_shows_what_each_group_means_to_me(world: World, amara: Actor) -> None:
    full, hugo = starts(amara, "Alpha", capacity=1), world.member("hugo")
    starts(amara, "Beta")
    world.member("keiko").clicks("Join", on=full)

    seen = hugo.uses("group list")
    assert seen.buttons == ["Wait", "Join"]
    after = seen.clicks("Join")
    assert "You are in Beta." in after.text
    assert after.buttons == ["Wait", "Leave"]
    last = after.clicks("Leave").clicks("Wait")
    assert "You are number 1 on the waiting list" in last.text
    assert last.buttons == ["Leave", "Join"]


def test_a_long_list_is_turned_in_pages(world: World, amara: Actor) -> None:
    for n in range(6):
        starts(amara, f"Group {n}")

    seen = amara.uses("group list")
    assert "Page 1 of 2" in seen.text
    assert "Group 5" in seen.clicks("Next").text
    assert "Group 0" in seen.clicks("Next").clicks("Previous").text


def test_the_picker_shows_the_present_state_and_sets_all_in_one_go(world: World, amara: Actor) -> None:
    card, hugo = starts(amara, "Alpha"), world.member("hugo")
    starts(amara, "Beta")
    starts(amara, "Gamma")
    hugo.clicks("Join", on=card)

    seen = hugo.uses("groups")
    assert ticks(seen) == {"Alpha": True, "Beta": False, "Gamma": False}
    after = seen.selects("Beta", "Gamma")

    assert "You have left Alpha.\nYou are in Beta.\nYou are in Gamma." in after.text
    assert ticks(after) == {"Alpha": False, "Beta": True, "Gamma": True}
    assert "Nothing was changed." in after.selects("Beta", "Gamma").text
    assert {c for _, c, _ in world.chat().seats} == {"home-beta", "home-gamma"}
    assert ticks(after.selects()) == {"Alpha": False, "Beta": False, "Gamma": False}


def test_the_picker_changes_only_what_the_person_changed(world: World, amara: Actor) -> None:
    alpha, hugo = starts(amara, "Alpha"), world.member("hugo")
    starts(amara, "Beta")
    old = hugo.uses("groups")
    hugo.clicks("Join", on=alpha)

    old.selects("Beta")

    assert inside(world, "Alpha") == ["Hugo"]  # joined after the menu was shown, so not unticked there
    assert inside(world, "Beta") == ["Hugo"]


def test_a_picker_from_before_a_new_group_changes_nothing(world: World, amara: Actor) -> None:
    starts(amara, "Beta")
    hugo = world.member("hugo")
    old = hugo.uses("groups")
    starts(amara, "Alpha")

    seen = old.selects("Beta")

    assert "nothing was done" in seen.text
    assert ticks(seen) == {"Alpha": False, "Beta": False}


def test_a_lead_cannot_untick_their_group_by_accident(world: World, amara: Actor) -> None:
    imani = world.member("imani")
    starts(amara, lead="imani")

    assert "You lead Mentor Retention: leave it with" in imani.uses("groups").selects().text
    assert inside(world) == ["Imani"]


def test_more_groups_than_a_menu_has_lines_are_paged(world: World, amara: Actor) -> None:
    for n in range(26):
        starts(amara, f"Group {n:02}")
    hugo = world.member("hugo")

    second = hugo.uses("groups").clicks("Next")
    assert list(ticks(second)) == ["Group 25"]
    assert "You are in Group 25." in second.selects("Group 25").text
