"""For those who look after the community: what will be sent, what could not be, who changed what, and its channels."""

from bot.actions import Role
from tests.world import World


def test_what_will_be_sent_is_a_question_away(world: World) -> None:
    carla = world.coordinator("carla")
    assert "Nothing is planned" in carla.uses("admin coming").text

    carla.uses("meeting create", title="Case Table", when="thursday 10:00").clicks("Post it")

    seen = carla.uses("admin coming").text
    assert "The next seven days" in seen
    assert "Plan meetings, say whether you come" in seen


def test_changes_are_listed_with_whom_they_concerned_and_never_with_words(world: World) -> None:
    root, ana = world.person("root", admin=True), world.member("ana")
    root.uses("community role", member="ana", role="facilitator")
    ana.uses("profile edit", work="Something private")

    seen = root.uses("admin audit").text
    assert f"Root: Give somebody a role member={ana.member.id} role=facilitator" in seen
    assert "Something private" not in seen


def test_a_channel_and_a_time_are_written_down_without_what_was_typed(world: World) -> None:
    root, fay = world.person("root", admin=True), world.member("fay", role=Role.FACILITATOR)
    root.uses("community place", purpose="welcome", channel="lobby")
    fay.uses("meeting create", title="Case Table", when="thursday at 9").clicks("Post it")

    seen = root.uses("admin audit").text
    assert "channel=lobby" in seen
    assert "when=2026-03-05T08:00:00+00:00" in seen
    assert "at 9" not in seen


def test_a_refused_change_is_written_down(world: World) -> None:
    ana = world.member("ana")
    ana.uses("community edit", name="Ana's place")

    seen = world.person("root", admin=True).uses("admin audit").text
    assert "Ana: Change the community's name, purpose or time zone, denied" in seen


def test_the_list_of_changes_is_for_those_who_manage_the_chat(world: World) -> None:
    carla = world.member("carla", role=Role.COORDINATOR)

    assert "needs an administrator" in carla.uses("admin audit").text


def test_a_channel_is_given_a_purpose(world: World) -> None:
    carla = world.coordinator("carla")

    assert "serves welcome from now on" in carla.uses("community place", in_="lobby", purpose="welcome").text
    assert "What joining means" in world.card("it takes a minute", channel="lobby").buttons
    assert "“lounge” is not one of them" in carla.uses("community place", purpose="lounge").text
    assert "Use this in the channel" in carla.uses("community place", in_="dm", purpose="welcome").text


def test_a_purpose_is_edited_from_what_is_there(world: World) -> None:
    carla = world.coordinator("carla")
    carla.uses("community edit", purpose="For mentors")

    form = carla.uses("community edit")
    assert form.form.filled["purpose"] == "For mentors"
    assert "Saved." in form.submits(name="Mentors").text
    assert "For mentors" in carla.uses("community show").text
