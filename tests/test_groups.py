"""Groups: started by facilitators, joined by button, with places, waiting lists, leads and privacy."""

import asyncio
from collections.abc import Mapping

import pytest
from sqlmodel import Session

from bot.actions import DeskPart, Link, Role
from bot.calls import Call, Raw, Spot, Turn
from bot.cards import Menu, texts
from bot.text import Reader, write
from storage.groups import Group, group_named, roster
from storage.people import space_of
from tests.world import Actor, Message, Seen, World

NAME = "Mentor Retention"
HOSTILE = "@everyone <!channel> [x](http://evil) **b**"


@pytest.fixture
def amara(world: World) -> Actor:
    return world.coordinator("amara")


def types_in(by: Actor, command: str, answers: Mapping[str, Raw], in_: str = "general") -> Seen:
    """Use a command with answers that are known only by name."""
    return by._run(by._call(by.world.engine.app.commands[command].link(), in_, answers))


def starts(by: Actor, name: str = NAME, **answers: Raw) -> Message:
    """Start a group and agree to the preview; its card."""
    given: dict[str, Raw] = {"name": name, "purpose": f"All about {name}.", **answers}
    types_in(by, "group create", given).clicks("Create it")
    return by.world.card(f"All about {name}.", channel="general")


def stored(world: World, name: str = NAME) -> Group:
    community = world.community.id
    found = world.read(lambda db: group_named(db, community, name))
    assert found is not None
    return found


def inside(world: World, name: str = NAME, state: str = "in") -> list[str]:
    group = stored(world, name)
    return [m.name for m in world.read(lambda db: roster(db, group.id, state))]


def desk(actor: Actor, part: DeskPart) -> list[str]:
    """Lines of a member's own page, in words."""
    world = actor.world

    def look(db: Session) -> list[str]:
        space = space_of(db, actor.account.platform, actor.account.space)
        assert space is not None
        turn: Turn = world.engine.runtime._turn(db, Call(Link("me"), actor.account, Spot(private=True)), space)
        return [write(row.text, Reader()) for row in world.engine.app.desk(part, turn)]

    return world.write(look)


def ticks(seen: Seen) -> dict[str, bool]:
    [menu] = [c for c in seen.card.controls if isinstance(c, Menu)]
    return {write(o.label, Reader()): o.chosen for o in menu.options}


def mirrored(world: World, *, platform: str = "discord") -> set[str]:
    """Who is in the group's channel."""
    return {user for _, _, user in world.chat(platform).seats}


# Starting a group.


def test_a_group_is_previewed_and_then_stands_in_the_channel(world: World, amara: Actor) -> None:
    world.member("imani")

    seen = amara.uses("group create", name=NAME, purpose="Keeping mentors past month 6.", capacity=6, lead="imani")
    assert "Its card will appear in #general. It gets a channel of its own, #mentor-retention." in seen.text
    assert world.chat().messages == []
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
    assert len(world.chat().messages) == 1


def test_a_group_without_a_lead_is_forming_and_coordinators_are_asked_for_one(world: World, amara: Actor) -> None:
    card = starts(amara)

    assert "Looking for a lead. 0 people." in card.text
    assert stored(world).status == "forming"
    assert desk(amara, "needs") == ["Mentor Retention is looking for a lead."]


def test_a_lead_named_by_somebody_else_is_told(world: World, amara: Actor) -> None:
    imani = world.member("imani")

    starts(amara, lead="imani")

    [dm] = [m for m in imani.dms if "You lead Mentor Retention now" in m.text]
    assert "You get this because you were named as the lead" in dm.text


def test_a_taken_name_shows_the_group_and_offers_to_join(world: World, amara: Actor) -> None:
    starts(amara)

    seen = amara.uses("group create", name="  mentor   RETENTION ", purpose="The same again")

    assert "There is a group Mentor Retention already: All about Mentor Retention." in seen.text
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

    [card] = [m.card for m in world.chat().messages]
    templates = [part.template for text in texts(card) for part in (text, *text.parts)]
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


# Places.


def test_the_last_place_goes_to_the_first_and_the_others_wait_in_order(world: World, amara: Actor) -> None:
    card = starts(amara, capacity=1)
    hugo, keiko, jonas = world.member("hugo"), world.member("keiko"), world.member("jonas")

    hugo.clicks("Join", on=card)
    assert "Full: whoever joins now waits for a place." in card.text
    assert "full. You are number 1 on the waiting list" in keiko.clicks("Join", on=card).text
    assert "number 2" in jonas.clicks("Join", on=card).text
    assert "already on the waiting list of Mentor Retention, number 2" in jonas.clicks("Join", on=card).text

    assert "1 of 1 place. 2 people are waiting." in card.text
    assert mirrored(world) == {"hugo"}
    assert desk(keiko, "groups") == ["Mentor Retention You are number 1 on the waiting list."]


def test_two_who_press_at_once_for_the_last_place_get_one_place(world: World, amara: Actor) -> None:
    card = starts(amara, capacity=1)
    people = [world.member(name) for name in ("hugo", "keiko", "jonas")]
    [join] = [c.then for c in card.card.controls if not isinstance(c, Menu) and c.label.template == "Join"]
    assert join is not None
    calls = [Call(join, actor.account, Spot("general"), key=actor.account.user) for actor in people]

    async def at_once() -> None:
        await asyncio.gather(*(world.engine.runtime.run(call) for call in calls))

    world.wait(at_once())
    world.settles()

    assert (len(inside(world)), len(inside(world, state="waiting"))) == (1, 2)
    assert len(mirrored(world)) == 1


def test_whoever_waits_first_gets_the_free_place_and_is_told(world: World, amara: Actor) -> None:
    card = starts(amara, capacity=1)
    hugo, keiko, jonas = world.member("hugo"), world.member("keiko"), world.member("jonas")
    for actor in (hugo, keiko, jonas):
        actor.clicks("Join", on=card)

    hugo.clicks("Leave", on=card)

    assert inside(world) == ["Keiko"]
    assert mirrored(world) == {"keiko"}
    [dm] = [m for m in keiko.dms if "A place became free" in m.text]
    assert "You get this because you were waiting for this place." in dm.text
    assert [m for m in jonas.dms if "A place" in m.text] == []
    assert "You are number 1" in jonas.uses("group show", group=NAME).text


def test_a_place_that_comes_a_second_time_is_news_again(world: World, amara: Actor) -> None:
    card = starts(amara, capacity=1)
    hugo, keiko = world.member("hugo"), world.member("keiko")
    hugo.clicks("Join", on=card)
    keiko.clicks("Join", on=card)
    hugo.clicks("Leave", on=card)
    hugo.clicks("Join", on=card)
    keiko.clicks("Leave", on=card)
    keiko.clicks("Join", on=card)
    world.passes(hours=2)

    hugo.clicks("Leave", on=card)

    assert len([m for m in keiko.dms if "A place became free" in m.text]) == 2


def test_leaving_the_waiting_list_moves_the_others_up(world: World, amara: Actor) -> None:
    card = starts(amara, capacity=1)
    hugo, keiko, jonas = world.member("hugo"), world.member("keiko"), world.member("jonas")
    for actor in (hugo, keiko, jonas):
        actor.clicks("Join", on=card)

    assert "off the waiting list" in keiko.clicks("Leave", on=card).text

    assert "number 1" in jonas.clicks("Join", on=card).text
    assert mirrored(world) == {"hugo"}


def test_more_places_let_those_who_wait_in(world: World, amara: Actor) -> None:
    card = starts(amara, capacity=1)
    for name in ("hugo", "keiko", "jonas"):
        world.member(name).clicks("Join", on=card)

    seen = amara.uses("group edit", group=NAME)
    assert seen.form.filled["capacity"] == 1
    seen.submits(capacity="2")

    assert inside(world) == ["Hugo", "Keiko"]
    assert "2 of 2 places. 1 person is waiting." in card.text
    amara.uses("group edit", group=NAME).submits(capacity="")
    assert len(inside(world)) == 3


def test_fewer_places_than_people_are_refused(world: World, amara: Actor) -> None:
    card = starts(amara)
    for name in ("hugo", "keiko"):
        world.member(name).clicks("Join", on=card)

    seen = amara.uses("group edit", group=NAME).submits(capacity=1)

    assert "2 people are in it. Give 2 or more, or leave it empty." in seen.text


def test_whoever_leaves_the_chat_frees_their_place(world: World, amara: Actor) -> None:
    card = starts(amara, capacity=1)
    hugo, keiko = world.member("hugo"), world.member("keiko")
    hugo.clicks("Join", on=card)
    keiko.clicks("Join", on=card)

    hugo.arrives("departed")

    assert inside(world) == ["Keiko"]


def test_whoever_leaves_the_community_counts_no_more(world: World, amara: Actor) -> None:
    card = starts(amara, capacity=1)
    hugo, keiko = world.member("hugo"), world.member("keiko")
    hugo.clicks("Join", on=card)

    hugo.uses("leave").clicks("Leave")

    assert "You are in Mentor Retention." in keiko.clicks("Join", on=card).text


def test_whoever_waits_gets_the_place_of_somebody_who_leaves_the_community(world: World, amara: Actor) -> None:
    card = starts(amara, capacity=1)
    hugo, keiko = world.member("hugo"), world.member("keiko")
    hugo.clicks("Join", on=card)
    keiko.clicks("Join", on=card)

    hugo.uses("leave").clicks("Leave")

    assert inside(world) == ["Keiko"]
    assert "A place became free" in keiko.dms[-1].text


# Leads.


def test_a_lead_who_leaves_is_asked_for_a_successor(world: World, amara: Actor) -> None:
    imani, hugo = world.member("imani"), world.member("hugo")
    card = starts(amara, lead="imani", capacity=1)

    seen = imani.clicks("Leave", on=card)
    assert "You lead Mentor Retention. Who takes over?" in seen.text
    assert inside(world) == ["Imani"]
    assert "That is you." in seen.clicks("Name a successor").submits(successor="imani").text
    world.person("guest").uses("me")
    assert "has not joined" in seen.clicks("Name a successor").submits(successor="guest").text
    done = seen.clicks("Name a successor").submits(successor="hugo")

    assert "You have left Mentor Retention. Hugo leads it now." in done.text
    assert inside(world) == ["Hugo"]
    assert "Lead: Hugo." in card.text
    assert mirrored(world) == {"hugo"}
    assert [m for m in hugo.dms if "You lead Mentor Retention now" in m.text]


def test_a_lead_is_not_blocked_from_leaving(world: World, amara: Actor) -> None:
    imani = world.member("imani")
    card = starts(amara, lead="imani")

    assert "You have left" in imani.clicks("Leave", on=card).clicks("Leave anyway").text

    assert "Looking for a lead." in card.text
    assert stored(world).status == "forming"
    assert "You do not lead" in imani.follows(Link("groups.go_anyway", (stored(world).id,))).text


def test_only_the_lead_or_a_coordinator_changes_a_group(world: World, amara: Actor) -> None:
    imani, hugo = world.member("imani"), world.member("hugo")
    card = starts(amara, lead="imani")

    assert "The lead of Mentor Retention can do that. You could ask Imani." in hugo.uses("group edit", group=NAME).text
    change = Link("groups.change", (stored(world).id,))
    assert "You could ask Imani" in hugo.sends(change, {"name": "Mine", "purpose": "Mine now"}).text

    assert "is changed" in imani.uses("group edit", group=NAME).submits(name="Keeping Mentors").text
    assert "Keeping Mentors" in card.text
    assert "Lead: Imani." in card.text


def test_renaming_to_a_taken_name_is_refused(world: World, amara: Actor) -> None:
    starts(amara)
    starts(amara, "Finance")

    seen = amara.uses("group edit", group="Finance").submits(name="MENTOR RETENTION")

    assert "There is a group Mentor Retention already" in seen.text
    assert "is changed" in amara.uses("group edit", group="Finance").submits(name="FINANCE").text


def test_a_new_lead_needs_a_place(world: World, amara: Actor) -> None:
    card = starts(amara, capacity=1)
    world.member("imani")
    world.member("hugo").clicks("Join", on=card)

    assert "It is full." in amara.uses("group edit", group=NAME).submits(lead="imani").text
    assert "is changed" in amara.uses("group edit", group=NAME).submits(lead="hugo").text
    assert "Lead: Hugo." in card.text


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


# The lists.


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


# Privacy.


def test_a_private_group_is_invisible_to_others(world: World, amara: Actor) -> None:
    imani, hugo = world.member("imani"), world.member("hugo")
    seen = amara.uses("group create", name="Safeguarding", purpose="Cases.", lead="imani", private=True)
    assert "Only its members and coordinators will see it." in seen.text
    seen.clicks("Create it")
    group = stored(world, "Safeguarding")

    assert [m for m in world.chat().messages if m.channel == "general"] == []
    for command in ("group list", "groups"):
        assert "Safeguarding" not in hugo.uses(command).text
        assert "Safeguarding" in imani.uses(command).text
        assert "Safeguarding" in amara.uses(command).text
    assert "Safeguarding" not in hugo.uses("group join", group="safeguardin").text
    assert hugo.types("group show", "group", "") == []
    for action in ("enter", "people", "look", "give_up", "amend"):
        assert "That group is not there." in hugo.follows(Link(f"groups.{action}", (group.id,))).text
    assert inside(world, "Safeguarding") == ["Imani"]


def test_its_name_is_not_told_to_somebody_who_wants_the_same(world: World, amara: Actor) -> None:
    amara.uses("group create", name="Safeguarding", purpose="Cases.", private=True).clicks("Create it")
    ben = world.member("ben", role=Role.FACILITATOR)

    seen = ben.uses("group create", name="safeguarding", purpose="Cases, too")

    assert "That name is not free." in seen.text
    assert "Join" not in seen.buttons


def test_people_come_into_a_private_group_by_invitation(world: World, amara: Actor) -> None:
    imani, hugo, keiko = world.member("imani"), world.member("hugo"), world.member("keiko")
    amara.uses("group create", name="Safeguarding", purpose="Cases.", lead="imani", private=True).clicks("Create it")

    assert "gets an invitation" in imani.uses("group invite", group="Safeguarding", member="hugo").text
    assert desk(hugo, "needs") == ["You are invited to Safeguarding."]
    assert ticks(hugo.uses("groups")) == {"Safeguarding": False}
    [dm] = [m for m in hugo.dms if "You are invited to Safeguarding: Cases." in m.text]
    assert "is invited" in imani.uses("group invite", group="Safeguarding", member="hugo").text
    assert "You are in Safeguarding." in hugo.clicks("Join", on=dm).text

    imani.uses("group invite", group="Safeguarding", member="keiko")
    [dm] = [m for m in keiko.dms if "You are invited" in m.text]
    assert "declined" in keiko.clicks("No, thanks", on=dm).text
    assert "not there" in keiko.clicks("Join", on=dm).text
    assert "You could ask Imani" in hugo.uses("group invite", group="Safeguarding", member="keiko").text


def test_another_communitys_group_does_not_exist(world: World, amara: Actor) -> None:
    card = starts(amara)
    world.opens("slack", "S2")
    stranger = world.coordinator("zoe", "slack", "S2")

    assert "That group is not there." in stranger.clicks("Join", on=card).text
    assert "No groups yet." in stranger.uses("group list").text
    assert "There are no groups yet." in stranger.uses("group join", group=NAME).text
    assert inside(world) == []
    assert stranger.uses("group create", name=NAME, purpose="Our own").buttons[0] == "Create it"


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
    amara.uses("group create", in_="announcements", name=NAME, purpose="All about it.").clicks("Create it")
    hugo = world.member("hugo", "slack", "S1")

    hugo.clicks("Join", on=world.card("All about it.", "slack"))

    assert mirrored(world, platform="slack") == {"hugo"}
    assert "1 person." in world.card("All about it.").text
    assert "1 person." in world.card("All about it.", "slack").text


def test_my_groups_are_on_my_page(world: World, amara: Actor) -> None:
    imani = world.member("imani")
    assert desk(imani, "groups") == ["You are in no group yet."]

    starts(amara, lead="imani")

    assert desk(imani, "groups") == ["Mentor Retention You lead it."]
    assert "Mentor Retention" in imani.home
