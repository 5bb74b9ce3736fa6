"""Meetings: planned and previewed, answered, listed, and who knows of them."""

from datetime import UTC, datetime

import pytest
from sqlmodel import Session

from bot.actions import Link, Role
from tests.doings import HOSTILE, date_ids, plans, private_group, starts, table
from tests.talks import becomes_one
from tests.world import Actor, Message, World

# Planning


def test_nothing_is_posted_before_weekday_date_time_and_zone_were_seen(world: World, fay: Actor) -> None:
    seen = fay.uses("meeting create", title="Case Table", when="thursday 18:00", where="https://meet.example/x")

    assert "Plan “Case Table”?" in seen.text
    assert "Thursday 5 March 2026, 18:00 (Europe/Berlin)" in seen.text
    assert "1 hour" in seen.text
    assert "https://meet.example/x" in seen.text
    assert posted(world) == []

    assert "Planned: Case Table, Thursday 5 March 2026, 18:00" in seen.clicks("Post it").text
    card = table(world)
    assert card.channel == "general"
    assert "Host\nFay" in card.text
    assert "Nobody has answered yet" in card.text
    assert card.buttons == ["Yes", "Maybe", "No", "Remind me", "Add to my calendar"]


def test_a_series_is_previewed_with_its_next_three_dates(world: World, fay: Actor) -> None:
    seen = fay.uses("meeting create", title="Case Table", when="every other thursday 10:00")

    assert "every other Thursday" in seen.text
    for day in ("5 March", "19 March", "2 April"):
        assert f"Thursday {day} 2026, 10:00 (Europe/Berlin)" in seen.text


def test_the_time_is_that_of_whoever_types_it(world: World) -> None:
    fay = Actor(world, world.person("fay", zone="America/New_York").account)
    fay.uses("join").clicks("Join")
    world.write(lambda db: promote(db, fay))

    seen = fay.uses("meeting create", title="Case Table", when="every thursday 10:00")

    assert "Thursday 5 March 2026, 10:00 (America/New_York)" in seen.text
    assert "It keeps this time of America/New_York all year" in seen.text
    seen.clicks("Post it")
    assert starts(world)[0] == datetime(2026, 3, 5, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    "when, told",
    [
        ("31 Feb 10:00", "does not exist"),
        ("yesterday 10:00", "has already passed"),
        ("2026-03-01 10:00", "has already passed"),
        ("4/5 10:00", "different dates in different countries"),
        ("9", "could mean several things"),
        ("whenever", "could not read"),
    ],
)
def test_a_time_that_cannot_be_is_refused_and_the_rest_is_kept(world: World, fay: Actor, when: str, told: str) -> None:
    seen = fay.uses("meeting create", title="Case Table", when=when, where="Room 5")

    assert told in seen.text
    assert seen.clicks("Open the form again").form.filled == {"title": "Case Table", "when": when, "where": "Room 5"}
    assert posted(world) == []


def test_an_hour_that_the_clocks_leave_out_is_said(world: World, fay: Actor) -> None:
    seen = fay.uses("meeting create", title="Night watch", when="29 march 02:30")

    assert "03:30" in seen.text
    assert "02:30" in seen.text


def test_a_time_that_passed_during_the_preview_is_refused(world: World, fay: Actor) -> None:
    seen = fay.uses("meeting create", title="Case Table", when="today 11:00")
    world.passes(hours=2)

    assert "That time has passed meanwhile" in seen.clicks("Post it").text
    assert posted(world) == []


@pytest.mark.parametrize(
    "length, told", [("0 min", "longer than nothing"), ("25 hours", "5 minutes to 24 hours"), ("90", "unit")]
)
def test_a_length_has_bounds(fay: Actor, length: str, told: str) -> None:
    assert told in fay.uses("meeting create", title="Case Table", when="friday 10:00", length=length).text


@pytest.mark.parametrize(
    "where, warns",
    [("http://meet.example", True), ("javascript://x", True), ("https://meet.example", False), ("Room 5", False)],
)
def test_a_link_without_https_is_warned_about(fay: Actor, where: str, warns: bool) -> None:
    seen = fay.uses("meeting create", title="Case Table", when="friday 10:00", where=where)

    assert ("does not begin with https" in seen.text) is warns
    assert "Post it" in seen.buttons


def test_two_meetings_at_one_time_are_warned_about(world: World, fay: Actor) -> None:
    plans(fay, title="Book club")

    assert (
        "At that time there is also Book club."
        in fay.uses("meeting create", title="Case Table", when="thursday 18:30").text
    )


def test_planning_is_for_facilitators_and_for_those_who_lead_a_group(world: World, fay: Actor) -> None:
    ana, ben = world.member("ana"), world.member("ben")
    private_group(world, ana, ben)

    assert (
        "needs a facilitator. You could ask Fay"
        in ana.uses("meeting create", title="Case Table", when="friday 10:00").text
    )
    assert "needs a facilitator" in ben.uses("meeting create", in_="den", title="Case Table", when="friday 10:00").text
    assert "Plan “Case Table”?" in ana.uses("meeting create", in_="den", title="Case Table", when="friday 10:00").text


def test_a_host_has_to_be_a_member(world: World, fay: Actor) -> None:
    gus = world.person("gus")
    gus.uses("meeting list")

    assert "Gus is not a member yet" in fay.uses("meeting create", title="T", when="friday 10:00", host="gus").text


def test_a_meeting_from_a_private_chat_goes_to_the_announcements(world: World, fay: Actor) -> None:
    fay.uses("meeting create", in_="dm", title="Case Table", when="friday 10:00").clicks(
        "Post it",
    )

    assert table(world).channel == "announcements"


def test_a_card_says_what_sort_of_meeting_it_is(world: World, fay: Actor) -> None:
    seen = fay.uses("meeting create", title="Case Table", when="friday 10:00", kind="case table")
    assert "Kind\ncase table" in seen.text
    seen.clicks("Post it")
    plans(fay, title="Round")

    assert "Kind\ncase table" in table(world).text
    assert "Kind" not in world.card("Round").text
    assert "There is no “party”." in fay.uses("meeting create", title="T", when="friday 10:00", kind="party").text


def test_words_of_people_stay_words(world: World, fay: Actor) -> None:
    plans(fay, title=HOSTILE, about=HOSTILE, where=HOSTILE)

    [card] = posted(world)
    assert card.text.count(HOSTILE) == 3
    assert [value for _, value in card.card.title.values] == [HOSTILE]


def posted(world: World) -> list[Message]:
    return [m for m in world.chat().messages if m.channel == "general"]


def promote(db: Session, actor: Actor) -> None:
    row = actor._member(db)
    row.role = Role.FACILITATOR
    db.add(row)


# Answering


def test_people_change_their_mind_and_only_those_who_come_are_named(world: World, fay: Actor) -> None:
    ana, ben, cleo = (world.member(name) for name in ("ana", "ben", "cleo"))
    plans(fay)
    card = table(world)

    ana.clicks("Yes", on=card)
    ben.clicks("Maybe", on=card)
    cleo.clicks("No", on=card)
    assert "1 comes: Ana" in card.text
    assert "1 might come" in card.text
    assert "Ben" not in card.text
    assert "Cleo" not in card.text

    cleo.clicks("Yes", on=card)
    ana.clicks("No", on=card)
    assert "1 comes: Cleo" in card.text
    assert "Ana" not in card.text


def test_whoever_leaves_the_community_is_expected_no_more(world: World, fay: Actor) -> None:
    plans(fay)
    ben = world.member("ben")
    ben.clicks("Yes", on=table(world))
    assert "Ben" in table(world).text

    ben.uses("leave").clicks("Leave")

    assert "Ben" not in table(world).text


def test_pressing_twice_is_pressing_once(world: World, fay: Actor) -> None:
    ana = world.member("ana")
    plans(fay)
    card = table(world)

    ana.clicks("Yes", on=card)
    edits = card.edits
    assert "you are coming to Case Table" in ana.clicks("Yes", on=card).text

    assert card.edits == edits
    assert "1 comes: Ana" in card.text


def test_after_the_start_nobody_answers_any_more(world: World, fay: Actor) -> None:
    ana = world.member("ana")
    plans(fay)
    card = table(world).card

    world.until(datetime(2026, 3, 5, 17, 10, tzinfo=UTC))
    assert "“Case Table” has started. Just come in" in ana.clicks("Yes", on=card).text
    world.passes(hours=1)
    assert "is over" in ana.clicks("Yes", on=card).text
    assert "This meeting is over." in table(world).text
    assert table(world).buttons == []


def test_a_guest_is_asked_to_join_first(world: World, fay: Actor) -> None:
    plans(fay)

    assert "Join first" in world.person("gus").clicks("Yes", on=table(world)).text


def test_a_guarded_place_is_shown_to_those_who_come(world: World, fay: Actor) -> None:
    ana, ben = world.member("ana"), world.member("ben")
    plans(fay, where="https://meet.example/secret", guarded="yes")
    card = table(world)

    assert "secret" not in card.text
    assert "shown to those who come" in card.text
    assert "secret" not in ben.uses("meeting show", meeting="Case Table").text
    assert "secret" in ana.clicks("Yes", on=card).text
    assert "secret" in ana.uses("meeting show", meeting="Case Table").text
    assert "secret" not in ben.clicks("No", on=card).text
    assert "secret" not in card.text


def test_a_vote_from_either_chat_is_one_answer_on_both_cards(world: World, fay: Actor) -> None:
    world.links("slack", "S1")
    zoe = world.member("zoe", "slack", "S1")
    fay.uses("meeting create", in_="announcements", title="Case Table", when="friday 10:00").clicks("Post it")

    zoe.clicks("Yes", on=world.card("Case Table", "slack"))

    assert "1 comes: Zoe" in world.card("Case Table", "slack").text
    assert "1 comes: Zoe" in world.card("Case Table").text


def test_two_accounts_that_become_one_person_come_once(world: World, fay: Actor) -> None:
    world.links("slack", "S1")
    ana, again = world.member("ana"), world.member("ana-too", "slack", "S1")
    plans(fay)
    card = table(world)
    ana.clicks("Yes", on=card)
    again.clicks("Yes", on=card)
    assert "2 come" in card.text

    becomes_one(ana, again)

    assert "1 comes: Ana" in card.text


# Lists


def test_an_empty_list_teaches(world: World) -> None:
    assert (
        "No meetings are planned. A facilitator plans one with /meeting create."
        in world.member("ana").uses("meeting list").text
    )


def test_the_list_has_pages_and_the_readers_own_answers(world: World, fay: Actor) -> None:
    ana = world.member("ana")
    plans(fay, "every thursday 18:00")
    plans(fay, "friday 10:00", title="Book club")
    plans(fay, "saturday 10:00", title="Walk")
    ana.clicks("Maybe", on=world.card("Book club"))

    first = ana.uses("meeting list")
    assert "6 dates, Page 1 of 2" in first.text
    assert "Book club, Friday 6 March 2026, 10:00\nYou might come." in first.text
    assert "Not answered yet." in first.text
    assert "Page 2 of 2" in first.clicks("Next").text


def test_the_own_page_shows_the_next_three_dates(world: World, fay: Actor) -> None:
    ana = world.member("ana")
    plans(fay, "every thursday 18:00")
    ana.clicks("Yes", on=table(world))

    assert "Case Table, Thursday 5 March 2026, 18:00\nYou are coming." in ana.home
    assert "19 March" in ana.home
    assert "26 March" not in ana.home


def test_dates_are_suggested_while_typing_and_a_wrong_name_gets_the_nearest(world: World, fay: Actor) -> None:
    plans(fay, "every thursday 18:00")

    assert fay.types("meeting show", "meeting", "case")[:2] == [
        "Case Table, Thu 5 Mar, 18:00",
        "Case Table, Thu 12 Mar, 18:00",
    ]
    assert "Did you mean Case Table?" in fay.uses("meeting show", meeting="Case Tabel").text
    assert "/meeting list shows what is" in fay.uses("meeting show", meeting="zzz").text


# Who sees what


def test_a_meeting_of_a_private_group_is_known_to_its_members(world: World, fay: Actor) -> None:
    ana, ben = world.member("ana"), world.member("ben")
    private_group(world, fay, ana)
    fay.uses("meeting create", in_="den", title="Case Table", when="friday 10:00").clicks("Post it")
    [one] = date_ids(world)

    assert world.card("Case Table").channel == "den"
    assert "Case Table" in ana.uses("meeting list").text
    assert "No meetings are planned" in ben.uses("meeting list").text
    assert ben.types("meeting show", "meeting", "case") == []
    for action in ("meetings.look", "meetings.calendar", "meetings.reminders"):
        assert "does not exist" in ben.follows(Link(action, (one,))).text
    assert "does not exist" in ben.follows(Link("meetings.rsvp", (one, "yes"))).text


def test_another_community_knows_nothing_of_a_meeting(world: World, fay: Actor) -> None:
    plans(fay)
    [one] = date_ids(world)
    world.opens("discord", "D9")
    zoe = world.member("zoe", space="D9", role=Role.COORDINATOR)

    assert "No meetings are planned" in zoe.uses("meeting list").text
    assert "does not exist" in zoe.follows(Link("meetings.rsvp", (one, "yes"))).text
    assert "No meeting called" in zoe.uses("meeting cancel", meeting=one).text
    assert "No meeting called" in zoe.uses("meeting show", meeting="Case Table").text
    assert "Nobody has answered" in table(world).text
