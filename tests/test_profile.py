"""Profiles: in one's own words, seen by those whom the member chooses."""

from tests.world import World


def test_a_profile_is_written_and_seen_by_members(world: World) -> None:
    ana, ben = world.member("ana"), world.member("ben")
    ana.uses("profile edit", work="Mentoring", region="somewhere north of here")

    seen = ben.uses("profile show", member="ana").text
    assert "Mentoring" in seen
    assert "somewhere north of here" in seen


def test_an_empty_field_stays_as_it_was(world: World) -> None:
    ana = world.member("ana")
    ana.uses("profile edit", work="Mentoring", goal="Learn")
    ana.uses("profile edit", goal="Teach")

    seen = ana.uses("profile show").text
    assert "What I do: Mentoring" in seen
    assert "Teach" in seen


def test_the_form_has_what_is_there(world: World) -> None:
    ana = world.member("ana")
    ana.uses("profile edit", work="Mentoring")

    form = ana.uses("profile show").clicks("Edit")
    assert form.form.filled == {"name": "Ana", "work": "Mentoring"}


def test_on_a_small_form_the_profile_is_asked_in_pages(world: World) -> None:
    world.form_size = 5
    ana = world.member("ana")

    first = ana.uses("profile show").clicks("Edit")
    second = first.submits(work="Mentoring").clicks("Continue")

    assert "Learn" in second.submits(goal="Learn").text
    assert "Mentoring" in ana.uses("profile show").text


def test_a_field_can_be_for_oneself_alone(world: World) -> None:
    ana, ben = world.member("ana"), world.member("ben")
    ana.uses("profile edit", work="Mentoring", goal="Learn")
    ana.uses("profile show").selects("goal")

    seen = ben.uses("profile show", member="ana").text
    assert "Learn" in seen
    assert "Mentoring" not in seen


def test_access_needs_are_for_those_who_host(world: World) -> None:
    ana, ben, carla = world.member("ana"), world.member("ben"), world.coordinator("carla")
    ana.uses("profile edit", access="Captions, please")

    assert "Captions" not in ben.uses("profile show", member="ana").text
    assert "Captions" in carla.uses("profile show", member="ana").text


def test_an_unknown_person_is_answered_with_the_nearest(world: World) -> None:
    world.member("imani")

    assert "Did you mean Imani?" in world.member("ana").uses("profile show", member="@Imany").text


def test_who_takes_everything_along_leaves_no_profile(world: World) -> None:
    ana = world.member("ana")
    ana.uses("profile edit", work="Mentoring")
    ana.uses("leave", contributions="delete mine").clicks("Leave")
    ana.uses("join").clicks("Join")

    assert "Your profile is empty." in ana.uses("profile show").text
