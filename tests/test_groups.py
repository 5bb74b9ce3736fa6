"""Groups: started by facilitators after a preview, joined and left by button, with a room in every chat."""

import pytest

from bot.calls import Raw
from bot.cards import texts
from tests.talks import HOSTILE, NAME, desk, inside, mirrored, standing, starts, stored, types_in
from tests.world import Actor, World

# Starting a group.


def test_a_group_is_previewed_and_then_stands_in_the_channel(world: World, amara: Actor) -> None:
    world.member("imani")

    seen = amara.uses("group create", name=NAME, purpose="Keeping mentors past month 6.", capacity=6, lead="imani")
    assert "Its card will appear in #general. It gets a channel of its own, #mentor-retention." in seen.text
    assert standing(world) == []
    seen.clicks("Create it")

    card = world.card("Keeping mentors", channel="general")
    assert card.channel == "general"
    assert "Mentor Retention" in card.text
    assert "Lead: Imani. 1 of 6 places." in card.text
    assert card.buttons == ["Join", "Leave", "Who is in it"]
    assert mirrored(world) == {"imani"}
    assert ("D1", "mentor-retention") in world.chat().homes


def test_agreeing_twice_starts_one_group(world: World, amara: Actor) -> None:
    seen = amara.uses("group create", name=NAME, purpose="Keeping mentors.")
    seen.clicks("Create it")

    assert "no longer open" in seen.clicks("Create it").text
    assert len(standing(world)) == 1


def test_a_group_without_a_lead_is_forming_and_coordinators_are_asked_for_one(world: World, amara: Actor) -> None:
    card = starts(amara)

    assert "Looking for a lead. 0 people." in card.text
    assert stored(world).status == "forming"
    assert desk(amara, "needs") == ["Mentor Retention is looking for a lead."]


def test_whoever_starts_a_group_leads_it_when_nobody_else_is_named(world: World, amara: Actor) -> None:
    seen = amara.uses("group create", name=NAME, purpose="Keeping mentors.")
    assert "You, as nobody else was named" in seen.text
    seen.clicks("Create it")

    assert "Lead: Amara. 1 person." in world.card("Keeping mentors.", channel="general").text
    assert mirrored(world) == {"amara"}
    assert [m for m in amara.dms if "You lead" in m.text] == []  # nobody else named them


def test_a_lead_named_by_somebody_else_is_told(world: World, amara: Actor) -> None:
    imani = world.member("imani")

    starts(amara, lead="imani")

    [dm] = [m for m in imani.dms if "You lead Mentor Retention now" in m.text]
    assert "You get this because you were named as the lead" in dm.text


def test_a_taken_name_shows_the_group_and_offers_to_join(world: World, amara: Actor) -> None:
    starts(amara)

    seen = amara.uses("group create", name="  mentor   RETENTION ", purpose="The same again")

    assert "There is a group Mentor Retention already (“All about Mentor Retention.”). Join it" in seen.text
    assert "You are in Mentor Retention." in seen.clicks("Join").text
    assert amara.uses("group create", name="Other", purpose="Another one").buttons[0] == "Create it"


@pytest.mark.parametrize(
    "answers, said",
    [
        ({"name": "x"}, "At least 2 characters"),
        ({"name": "!!!"}, "A name needs a letter or a number."),
        ({"name": "n" * 61}, "At most 60 characters"),
        ({"purpose": "p" * 301}, "At most 300 characters"),
        ({"capacity": "0"}, "From 1 to 1,000"),
        ({"capacity": "some"}, "is not a number"),
        ({"lead": "nobody"}, "I know nobody called"),
        ({"private": "perhaps"}, "Say yes or no"),
    ],
)
def test_bad_input_is_explained_and_kept(world: World, amara: Actor, answers: dict[str, Raw], said: str) -> None:
    given: dict[str, Raw] = {"name": "A name", "purpose": "A purpose", **answers}

    seen = types_in(amara, "group create", given)

    assert said in seen.text
    assert seen.clicks("Open the form again").form.filled == given


def test_a_guest_cannot_be_made_the_lead(world: World, amara: Actor) -> None:
    world.person("guest").uses("me")

    assert "has not joined" in amara.uses("group create", name=NAME, purpose="Why not", lead="guest").text


def test_members_are_told_who_can_start_a_group(world: World, amara: Actor) -> None:
    ana = world.member("ana")

    assert "needs a facilitator. You could ask Amara" in ana.uses("group create", name="x", purpose="y").text


def test_names_that_look_alike_in_a_channel_get_channels_of_their_own(world: World, amara: Actor) -> None:
    starts(amara, "C++")
    starts(amara, "C#")
    starts(amara, "Announcements")

    homes = {name for _, name in world.chat().homes}
    assert homes == {"c", "c-2", "announcements-2"}


def test_hostile_words_are_only_words(world: World, amara: Actor) -> None:
    amara.uses("group create", name=HOSTILE, purpose=HOSTILE).clicks("Create it")

    [posted] = standing(world)
    templates = [part.template for text in texts(posted.card) for part in (text, *text.parts)]
    assert not [t for t in templates if "everyone" in t or "evil" in t]  # values, which every dialect escapes
    assert all(c.isalnum() or c in "-_" for _, name in world.chat().homes for c in name)


# Joining and leaving.


def test_joining_and_leaving_by_button_is_mirrored_and_the_card_changes(world: World, amara: Actor) -> None:
    card, hugo = starts(amara), world.member("hugo")

    assert "You are in Mentor Retention." in hugo.clicks("Join", on=card).text
    assert "1 person." in card.text
    assert mirrored(world) == {"hugo"}
    assert "already in" in hugo.clicks("Join", on=card).text
    assert "1 person." in card.text

    assert "You have left Mentor Retention." in hugo.clicks("Leave", on=card).text
    assert "0 people." in card.text
    assert mirrored(world) == set()
    assert "You are not in Mentor Retention." in hugo.clicks("Leave", on=card).text


def test_a_member_is_told_where_the_group_meets(world: World, amara: Actor) -> None:
    card, hugo = starts(amara), world.member("hugo")

    assert "You meet the others in #mentor-retention." in hugo.clicks("Join", on=card).text


def test_a_guest_is_offered_to_join_the_community_first(world: World, amara: Actor) -> None:
    card = starts(amara)

    assert "Join first" in world.person("guest").clicks("Join", on=card).text
    assert inside(world) == []


def test_joining_and_leaving_by_name(world: World, amara: Actor) -> None:
    starts(amara)
    hugo = world.member("hugo")

    assert "You are in Mentor Retention." in hugo.uses("group join", group="mentor retention").text
    assert hugo.types("group leave", "group", "ment") == ["Mentor Retention: 1 person."]
    assert "You have left" in hugo.uses("group leave", group=NAME).text
    assert hugo.types("group leave", "group", "") == []
    assert hugo.types("group join", "group", "about") == ["Mentor Retention: 0 people."]


def test_an_unknown_name_gets_the_three_nearest(world: World, amara: Actor) -> None:
    for name in (NAME, "Mentor Training", "Mentee Retention", "Finance"):
        starts(amara, name)

    hugo = world.member("hugo")
    text = hugo.uses("group join", group="Retension").text
    assert "No group “Retension”. Did you mean Mentor Retention or Mentee Retention?" in text or (
        "No group “Retension”. Did you mean Mentee Retention or Mentor Retention?" in text
    )
    assert text.count("Men") <= 3
    assert "shows them all" in hugo.uses("group join", group="zzzz").text
    assert hugo.uses("group join").form.fields[0].name == "group"


def test_who_is_in_it_names_the_lead_and_those_who_wait(world: World, amara: Actor) -> None:
    imani, hugo = world.member("imani"), world.member("hugo")
    card = starts(amara, lead="imani", capacity=1)
    hugo.clicks("Join", on=card)

    seen = imani.clicks("Who is in it", on=card)

    assert "Imani (lead)" in seen.text
    assert "Waiting: Hugo." in seen.text


def test_many_people_are_shown_in_pages(world: World, amara: Actor) -> None:
    card = starts(amara)
    for n in range(31):
        world.member(f"m{n}").clicks("Join", on=card)

    first = amara.clicks("Who is in it", on=card)
    assert "Page 1 of 2" in first.text
    assert "M30" in first.clicks("Next").text


# Time and more than one chat.


def test_after_a_restart_the_old_buttons_work_and_the_line_is_kept(world: World, amara: Actor) -> None:
    card = starts(amara, capacity=1)
    hugo, keiko = world.member("hugo"), world.member("keiko")
    hugo.clicks("Join", on=card)
    keiko.clicks("Join", on=card)

    world.restarts()
    hugo.clicks("Leave", on=card)

    assert inside(world) == ["Keiko"]
    assert len([m for m in world.chat().messages if m.channel == "general"]) == 1


def test_a_group_has_a_channel_in_every_chat(world: World) -> None:
    world.links("slack", "S1")
    amara = world.coordinator("amara")
    here = starts(amara, in_="announcements")
    there, hugo = world.card("All about", "slack"), world.member("hugo", "slack", "S1")

    hugo.clicks("Join", on=there)

    assert mirrored(world, platform="slack") == {"hugo"}
    assert "1 person." in here.text
    assert "1 person." in there.text


def test_my_groups_are_on_my_page(world: World, amara: Actor) -> None:
    imani = world.member("imani")
    assert desk(imani, "groups") == ["You are in no group yet."]

    starts(amara, lead="imani")

    assert desk(imani, "groups") == ["Mentor Retention You lead it."]
    assert "Mentor Retention" in imani.home
