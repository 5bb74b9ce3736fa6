"""Newcomers: one greeting with one ask, membership by their own act, pauses, leaving, coming back."""

from dataclasses import replace
from datetime import timedelta

from tests.world import World


def test_a_newcomer_gets_one_message_with_one_ask(world: World) -> None:
    world.coordinator("carla")
    ben = world.person("ben")
    ben.arrives()

    [dm] = ben.dms
    assert "Welcome, Ben." in dm.text
    assert "Being in this chat is not yet membership." in dm.text
    assert "People who can help: Carla." in dm.text
    assert dm.buttons == ["What joining means", "Stop these"]
    assert ben.member.status == "guest"


def test_joining_is_a_persons_own_act_after_reading_what_it_means(world: World) -> None:
    ben = world.person("ben")
    card = ben.uses("join")

    assert "Kept about you" in card.text
    assert ben.member.status == "guest"

    assert "You are in, Ben." in card.clicks("Join").text
    assert (ben.member.status, ben.member.consent) == ("member", "1")


def test_joining_twice_changes_nothing(world: World) -> None:
    ben = world.member("ben")
    joined = ben.member.joined

    assert "a member already" in ben.uses("join").text
    assert ben.member.joined == joined


def test_a_changed_consent_text_is_read_again_before_it_counts(world: World) -> None:
    ben = world.person("ben")
    card = ben.uses("join")

    community = world.community
    community.consent = "2"
    world.write(lambda db: db.merge(community))

    assert "has changed since" in card.clicks("Join").text
    assert ben.member.status == "guest"


def test_not_now_is_respected(world: World) -> None:
    ben = world.person("ben")

    assert "nobody will ask again" in ben.uses("join").clicks("Not now").text
    assert ben.dms == []


def test_a_question_before_joining_reaches_the_coordinators_alone(world: World) -> None:
    carla, ana = world.coordinator("carla"), world.member("ana")
    ben = world.person("ben")

    form = ben.uses("join").clicks("Questions first")
    assert "Carla will read it" in form.submits(question="Is this for beginners?").text

    [dm] = carla.dms
    assert "Is this for beginners?" in dm.text
    assert ana.dms == []
    assert [m for m in world.chat().messages if "beginners" in m.text] == [dm]


def test_a_question_is_answered_once_and_in_private(world: World) -> None:
    carla, dora = world.coordinator("carla"), world.coordinator("dora")
    ben = world.person("ben")
    ben.uses("join").clicks("Questions first").submits(question="Is this for beginners?")

    assert "Sent." in carla.clicks("Answer", on=carla.dms[-1]).submits(text="Very much so.").text

    assert "Carla answers: Very much so." in ben.dms[-1].text
    assert "Carla answered: Very much so." in dora.dms[-1].text
    assert dora.dms[-1].buttons == ["Stop these"]


def test_a_question_is_deleted_after_90_days_wherever_it_stands(world: World) -> None:
    carla, ben = world.coordinator("carla"), world.person("ben")
    ben.uses("join").clicks("Questions first").submits(question="Is this for beginners?")

    world.clock.move(timedelta(days=91))
    world.settles()

    assert "beginners" not in carla.dms[-1].text
    assert "deleted, as promised" in carla.dms[-1].text


def test_the_front_desk_stands_in_the_welcome_channel_for_whom_messages_do_not_reach(world: World) -> None:
    world.coordinator("carla")
    desk = world.card("Have a look at what joining means; it takes a minute.")

    assert desk.channel == "welcome"
    assert "Kept about you" in world.person("ben").clicks("What joining means", on=desk).text


def test_managing_the_chat_is_not_membership(world: World) -> None:
    root = world.person("root", admin=True)

    assert "Join first" in root.uses("pause", until="2026-03-10").text
    assert "not yet a member" in root.uses("me").text
    assert "Saved." in root.uses("community edit", purpose="Mentoring").text


def test_the_first_who_manages_the_chat_and_joins_is_the_person_to_ask(world: World) -> None:
    root = world.person("root", admin=True)
    root.uses("join").clicks("Join")

    assert "People who can help: Root." in world.person("ben").uses("welcome").text


def test_a_name_follows_the_chat_until_somebody_chooses_their_own(world: World) -> None:
    ben = world.member("ben")
    renamed = replace(ben, account=replace(ben.account, name="Benjamin"))
    renamed.uses("me")
    assert ben.member.name == "Benjamin"

    renamed.uses("profile edit", name="Benno")
    replace(ben, account=replace(ben.account, name="B.")).uses("me")
    assert ben.member.name == "Benno"


def test_the_time_it_takes_is_on_the_join_card(world: World) -> None:
    world.coordinator("carla").uses("community edit", effort="About 2 hours a month")

    assert "About 2 hours a month" in world.person("ben").uses("join").text


def test_a_question_that_is_too_long_is_kept_and_said(world: World) -> None:
    world.coordinator("carla")
    form = world.person("ben").uses("join").clicks("Questions first")

    seen = form.submits(question="x" * 1001)

    assert "At most 1,000 characters, please; this has 1,001." in seen.text
    assert seen.clicks("Open the form again").form.filled == {"question": "x" * 1001}


def test_a_closed_inbox_loses_nobody(world: World) -> None:
    ben = world.person("ben")
    world.chat().closed.add("ben")
    ben.arrives()

    assert ben.dms == []
    assert "Welcome, Ben." in ben.uses("help").text  # the greeting waited for the first visit
    assert "Welcome, Ben." not in ben.uses("help").text


def test_who_comes_back_is_welcomed_back(world: World) -> None:
    ben = world.member("ben")
    ben.arrives("departed")
    world.passes(hours=2)
    ben.arrives()

    assert "Welcome back to Practice Circle, Ben. Your place was kept." in ben.dms[-1].text


def test_the_welcome_can_be_read_again(world: World) -> None:
    assert "What joining means" in world.person("ben").uses("welcome").text
    assert "Your place was kept" in world.member("ana").uses("welcome").text


def test_the_front_desk_greets_newcomers_and_not_members(world: World) -> None:
    ana, ben = world.member("ana"), world.person("ben")
    ana.arrives("entered")
    ben.arrives("entered")

    assert ana.dms == []
    assert len(ben.dms) == 1


def test_an_arrival_told_twice_greets_once(world: World) -> None:
    ben = world.person("ben")
    ben.arrives()
    ben.arrives()

    assert len(ben.dms) == 1


def test_a_pause_ends_by_itself_or_when_somebody_is_back(world: World) -> None:
    ben = world.member("ben")
    seen = ben.uses("pause", until="2026-03-10")

    assert "until Tuesday 10 March 2026" in seen.text
    assert ben.member.status == "paused"

    world.passes(days=9)
    assert ben.member.status == "member"


def test_a_paused_member_resumes_with_one_press(world: World) -> None:
    ben = world.member("ben")
    ben.uses("pause", until="2026-03-10").clicks("I am back")

    assert ben.member.status == "member"


def test_a_pause_in_the_past_is_refused_with_an_example(world: World) -> None:
    assert "such as 2026-09-01" in world.member("ben").uses("pause", until="2026-01-01").text


def test_leaving_is_confirmed_and_never_blocked(world: World) -> None:
    carla = world.coordinator("carla")
    seen = carla.uses("leave")

    assert "You hold a role here." in seen.text
    assert carla.member.status == "member"

    assert "You have left." in seen.clicks("Leave").text
    assert (carla.member.status, carla.member.role) == ("left", 1)


def test_who_leaves_may_take_their_name_along(world: World) -> None:
    ben = world.member("ben")
    ben.uses("leave", contributions="without my name").clicks("Leave")

    assert ben.member.name == "A former member"

    assert "You are in, Ben." in ben.uses("join").clicks("Join").text
