"""A person's own page, settings, help, one person on two accounts, one community on two chats."""

from tests.world import World


def test_a_guest_sees_what_joining_means(world: World) -> None:
    assert "not yet a member" in world.person("ben").home


def test_nothing_needs_you_is_said_kindly(world: World) -> None:
    assert "Nothing needs you. Enjoy your day." in world.member("ana").uses("me").text


def test_a_time_zone_is_found_by_city(world: World) -> None:
    ana = world.member("ana")

    assert "Your time zone is America/New_York." in ana.uses("settings zone", city="new york").text
    assert "America/New_York" in ana.uses("settings").text


def test_an_unclear_time_zone_is_answered_with_names_to_choose(world: World) -> None:
    seen = world.member("ana").uses("settings zone", city="CET")

    assert "Europe/" in seen.text
    assert seen.clicks("Open the form again").form.filled == {"city": "CET"}


def test_kinds_of_messages_are_switched_off_by_unticking(world: World) -> None:
    ana = world.member("ana")
    ana.uses("settings").selects()
    ana.arrives()

    assert ana.dms == []


def test_quiet_hours_are_read_strictly(world: World) -> None:
    ana = world.member("ana")

    assert "“late” is no time of day. Try 20:00." in ana.uses("settings quiet", start="late", end="8:00").text
    assert "Quiet from 21:30 to 07:00" in ana.uses("settings quiet", start="21:30", end="7.00").text


def test_help_begins_with_what_most_people_want(world: World) -> None:
    assert "me: What needs you" in world.member("ana").uses("help").text
    assert "join: Join the community" in world.person("ben").uses("help").text


def test_help_on_an_unknown_topic_names_the_nearest(world: World) -> None:
    seen = world.member("ana").uses("help", topic="setings")

    assert "I have no help on “setings”. Nearest: settings" in seen.text


def test_two_chats_become_one_community_after_both_sides_agree(world: World) -> None:
    world.opens("slack", "T1")
    first, second = world.person("carla", admin=True), world.person("sam", "slack", "T1", admin=True)
    offer = first.uses("community link")
    code = offer.text.split("The code is ")[1].split(".")[0]

    assert "Nobody has used the code yet." in offer.clicks("They have used it").text

    second.uses("community link", code=code).clicks("Link them")
    assert second.member.community_id != first.member.community_id

    offer.clicks("They have used it").clicks("Yes, link")
    assert second.member.community_id == first.member.community_id
    assert "Slack" in first.uses("community show").text


def test_a_code_works_once_and_for_an_hour(world: World) -> None:
    world.opens("slack", "T1")
    first, second = world.person("carla", admin=True), world.person("sam", "slack", "T1", admin=True)
    code = first.uses("community link").text.split("The code is ")[1].split(".")[0]
    world.passes(hours=2)

    assert "older than an hour" in second.uses("community link", code=code).text
    assert "older than an hour" in second.uses("community link", code="nonsense").text


def test_a_members_code_links_no_communities(world: World) -> None:
    world.opens("slack", "T1")
    code = world.member("ana").uses("me link").text.split("Your code is ")[1].split(".")[0]

    assert "unknown" in world.person("sam", "slack", "T1", admin=True).uses("community link", code=code).text


def test_two_accounts_become_one_person(world: World) -> None:
    world.links("slack", "T1")
    ana, other = world.member("ana"), world.person("a.smith", "slack", "T1")
    code = ana.uses("me link").text.split("Your code is ")[1].split(".")[0]

    seen = other.uses("me link", code=code)
    assert "Is this account yours, too? Ana in Practice Circle (Discord)" in seen.text
    seen.clicks("Yes, both are mine")

    assert other.member.id == ana.member.id


def test_a_name_in_a_profile_proves_nothing(world: World) -> None:
    world.links("slack", "T1")
    eve, cora = world.member("eve"), world.coordinator("cora", "slack", "T1")
    eve.uses("profile edit", name="Cora")
    code = eve.uses("me link").text.split("Your code is ")[1].split(".")[0]

    seen = cora.uses("me link", code=code)

    assert "Is this account yours, too? Eve in Practice Circle (Discord)" in seen.text
    assert "Whoever holds that account becomes you." in seen.text


def test_nobody_becomes_somebody_else_of_the_same_chat(world: World) -> None:
    code = world.member("eve").uses("me link").text.split("Your code is ")[1].split(".")[0]

    assert "in this same chat" in world.coordinator("cora").uses("me link", code=code).text


def test_a_code_that_one_chat_used_is_not_used_by_another(world: World) -> None:
    world.opens("slack", "T1")
    world.opens("slack", "T2")
    first = world.person("carla", admin=True)
    sam, tom = world.person("sam", "slack", "T1", admin=True), world.person("tom", "slack", "T2", admin=True)
    offer = first.uses("community link")
    code = offer.text.split("The code is ")[1].split(".")[0]
    sam.uses("community link", code=code).clicks("Link them")

    assert "Another chat has used that code already." in tom.uses("community link", code=code).text
    assert "administrator here, too" in offer.clicks("They have used it").text


def test_the_same_letters_in_two_workspaces_are_two_people(world: World) -> None:
    world.links("slack", "T1")
    world.links("slack", "T2")
    one, other = world.member("u1", "slack", "T1"), world.member("u1", "slack", "T2")

    assert one.member.id != other.member.id


def test_one_discord_user_in_two_servers_is_one_member(world: World) -> None:
    world.links("discord", "D2")
    one, other = world.member("u1"), world.person("u1", "discord", "D2")
    other.uses("me")

    assert one.member.id == other.member.id


def test_accounts_of_different_communities_do_not_link(world: World) -> None:
    world.opens("slack", "T1")
    code = world.member("ana").uses("me link").text.split("Your code is ")[1].split(".")[0]

    assert "belongs to another community" in world.person("sam", "slack", "T1").uses("me link", code=code).text


def test_a_coordinator_gives_and_takes_roles(world: World) -> None:
    carla, ana = world.coordinator("carla"), world.member("ana")
    world.person("guest").uses("help")

    assert "Ana is a facilitator now." in carla.uses("community role", member="ana", role="facilitator").text
    assert "Ana is a member now." in carla.uses("community role", member="ana", role="member").text
    assert "has not joined yet" in carla.uses("community role", member="guest", role="coordinator").text
    assert "needs a coordinator" in ana.uses("community role", member="ana", role="coordinator").text


def test_coordinators_see_what_could_not_be_delivered(world: World) -> None:
    carla, ben = world.coordinator("carla"), world.person("ben")
    assert "Everything was delivered." in carla.uses("admin deliveries").text

    world.chat().closed.add("ben")
    ben.arrives()

    assert "Welcome messages for Ben" in carla.uses("admin deliveries").text
    assert "needs a coordinator" in world.member("ana").uses("admin deliveries").text
