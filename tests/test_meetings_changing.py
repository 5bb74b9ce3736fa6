"""Changed meetings: moved, cancelled, at another place, and who is told of it."""

from datetime import timedelta

import pytest

from bot.actions import Link
from tests.doings import DAY, THURSDAY, cards, comes, date_ids, nudges, plans, starts, told
from tests.world import HOUR, Actor, World

# Moving


def test_a_move_is_told_at_once_with_the_old_and_the_new_time(world: World, fay: Actor) -> None:
    ana, ben, cleo = (world.member(name) for name in ("ana", "ben", "cleo"))
    plans(fay)
    [card] = cards(world)
    comes(ana, card)
    ben.clicks("Maybe", on=card)
    cleo.clicks("No", on=card)

    seen = fay.uses("meeting move", meeting="Case Table", when="friday 10:00", reason="Room is taken")
    assert "Thursday 5 March 2026, 18:00 (Europe/Berlin)" in seen.text
    assert "Friday 6 March 2026, 10:00 (Europe/Berlin)" in seen.text
    assert "2 people who come or might are told." in seen.text
    assert "5 March" in card.text
    seen.clicks("Move it")

    assert "Friday 6 March 2026, 10:00" in card.text
    for who in (ana, ben):
        [notice] = told(who, "Moved: Case Table")
        assert "From Thursday 5 March 2026, 18:00 to Friday 6 March 2026, 10:00." in notice.text
        assert "Room is taken" in notice.text
        assert "By Fay." in notice.text
    assert told(cleo, "Moved") == []
    assert "Room is taken" in world.card("Moved: Case Table", channel="general").text


def test_reminders_and_nudges_follow_a_move(world: World, fay: Actor) -> None:
    ana = world.member("ana")
    plans(fay)
    comes(ana, cards(world)[0])
    world.until(THURSDAY - DAY)
    assert len(told(ana, "starts")) == 1

    fay.uses("meeting move", meeting="Case Table", when="saturday 18:00").clicks("Move it")
    world.until(THURSDAY + HOUR)
    assert len(told(ana, "starts")) == 1
    assert nudges(world) == []

    world.until(THURSDAY + 2 * DAY + HOUR)
    assert len(told(ana, "starts Sat 7 Mar, 18:00")) == 2
    assert len(nudges(world)) == 1


def test_one_date_of_a_series_moves_and_the_others_stay(world: World, fay: Actor) -> None:
    plans(fay, "every thursday 18:00")

    fay.uses("meeting move", meeting="Case Table", when="friday 10:00").clicks("Move it")

    assert [d.day for d in starts(world)] == [6, 12, 19, 26]
    world.until(THURSDAY + timedelta(days=2))
    assert "12 March" in cards(world)[-1].text


def test_one_date_gets_another_length(world: World, fay: Actor) -> None:
    ana = world.member("ana")
    plans(fay, "every thursday 18:00")
    comes(ana, cards(world)[0])

    seen = fay.uses("meeting move", meeting="Case Table", when="thursday 18:00", length="2 hours")
    assert "Thursday 5 March 2026, 18:00 (Europe/Berlin)\n1 hour" in seen.text
    assert "Thursday 5 March 2026, 18:00 (Europe/Berlin)\n2 hours" in seen.text
    seen.clicks("Move it")

    assert "Length\n2 hours" in cards(world)[0].text
    assert "Moved: Case Table\nIt takes 2 hours now.\nBy Fay." in told(ana, "Moved")[0].text
    world.until(THURSDAY + 3 * HOUR)
    assert "Length\n1 hour" in cards(world)[1].text


@pytest.mark.parametrize(
    "when, why",
    [
        ("every friday 10:00", "One date moves at a time"),
        ("thursday 18:00", "planned for exactly that time"),
        ("yesterday 10:00", "has already passed"),
        ("31 Feb 10:00", "does not exist"),
    ],
)
def test_a_move_to_no_other_time_is_refused(world: World, fay: Actor, when: str, why: str) -> None:
    plans(fay)

    seen = fay.uses("meeting move", meeting="Case Table", when=when)

    assert why in seen.text
    assert seen.clicks("Open the form again").form.filled["when"] == when


def test_a_move_into_another_meeting_is_warned_about(world: World, fay: Actor) -> None:
    plans(fay)
    plans(fay, "friday 10:00", title="Book club")

    assert "there is also Book club" in fay.uses("meeting move", meeting="Case Table", when="friday 10:30").text


def test_only_hosts_and_facilitators_change_a_meeting(world: World, fay: Actor) -> None:
    ana, ben = world.member("ana"), world.member("ben")
    plans(fay, host="ana")

    assert "Only Ana or a facilitator" in ben.uses("meeting move", meeting="Case Table", when="friday 10:00").text
    assert "Only Ana or a facilitator" in ben.uses("meeting cancel", meeting="Case Table").text
    assert "Move “Case Table”?" in ana.uses("meeting move", meeting="Case Table", when="friday 10:00").text


# Cancelling


def test_a_cancellation_is_told_at_once_and_silences_everything(world: World, fay: Actor) -> None:
    ana = world.member("ana")
    plans(fay)
    [card] = cards(world)
    comes(ana, card)

    seen = fay.uses("meeting cancel", meeting="Case Table", reason="I am ill")
    assert "1 person who comes or might is told." in seen.text
    seen.clicks("Cancel the meeting")

    assert "Cancelled: Case Table on Thursday 5 March 2026, 18:00" in card.text
    [notice] = told(ana, "Cancelled: Case Table")
    assert "does not take place" in notice.text
    assert "I am ill" in notice.text
    assert "was cancelled" in ana.follows(Link("meetings.rsvp", (date_ids(world)[0], "yes"))).text
    world.until(THURSDAY + DAY)
    assert told(ana, "starts") == []
    assert nudges(world) == []
    assert "No meetings are planned" in ana.uses("meeting list").text


def test_one_date_is_cancelled_and_the_next_one_is_shown(world: World, fay: Actor) -> None:
    plans(fay, "every thursday 18:00")

    seen = fay.uses("meeting cancel", meeting="Case Table")
    assert "Other dates of the series stay." in seen.text
    seen.clicks("Cancel the meeting")

    assert "12 March" in cards(world)[-1].text
    world.until(THURSDAY + timedelta(days=7))
    assert len(nudges(world)) == 1


def test_a_whole_series_is_cancelled_with_one_notice_to_each(world: World, fay: Actor) -> None:
    ana = world.member("ana")
    plans(fay, "every thursday 18:00")
    comes(ana, cards(world)[0])
    ana.follows(Link("meetings.rsvp", (date_ids(world)[1], "yes")))

    seen = fay.uses("meeting cancel", meeting="Case Table", all_dates=True)
    assert "All dates from Thursday 5 March 2026, 18:00 on." in seen.text
    seen.clicks("Cancel the meeting")

    assert len(told(ana, "Cancelled: Case Table")) == 1
    world.passes(days=30)
    assert told(ana, "starts") == []
    assert cards(world) == []
    assert nudges(world) == []


def test_what_has_begun_or_is_over_is_not_cancelled(world: World, fay: Actor) -> None:
    plans(fay)
    one = date_ids(world)[0]

    world.until(THURSDAY + timedelta(minutes=10))
    assert "has started" in fay.uses("meeting cancel", meeting="Case Table").text
    world.passes(hours=2)
    assert "is over" in fay.uses("meeting cancel", meeting=one).text
    assert "No meeting called" in fay.uses("meeting cancel", meeting="Case Table").text


def test_a_preview_survives_a_restart(world: World, fay: Actor) -> None:
    ana = world.member("ana")
    plans(fay)
    comes(ana, cards(world)[0])
    seen = fay.uses("meeting cancel", meeting="Case Table")

    world.restarts()
    seen.clicks("Cancel the meeting")

    assert len(told(ana, "Cancelled: Case Table")) == 1


def test_a_notice_that_cannot_arrive_waits_for_the_next_visit(world: World, fay: Actor) -> None:
    ana = world.member("ana")
    plans(fay)
    ana.clicks("Yes", on=cards(world)[0])
    world.chat().closed.add("ana")

    fay.uses("meeting cancel", meeting="Case Table").clicks("Cancel the meeting")

    assert ana.dms == []
    assert "Cancelled: Case Table" in ana.uses("meeting list").text


def test_who_is_away_learns_of_a_cancellation_when_they_are_back(world: World, fay: Actor) -> None:
    ana = world.member("ana")
    plans(fay, "friday 13 march 18:00")
    comes(ana, cards(world)[0])
    ana.uses("pause", until="2026-03-09")

    fay.uses("meeting move", meeting="Case Table", when="thursday 12 march 18:00").clicks("Move it")
    fay.uses("meeting cancel", meeting="Case Table", reason="I am ill").clicks("Cancel the meeting")
    world.until(THURSDAY + 5 * DAY)
    assert ana.dms == []

    seen = ana.uses("meeting list")
    assert "Cancelled: Case Table\nThursday 12 March 2026, 18:00 does not take place.\nReason: I am ill" in seen.text
    assert "Moved" not in seen.text
    assert "Cancelled" not in ana.uses("meeting list").text


def test_a_cancellation_is_no_news_once_its_time_has_passed(world: World, fay: Actor) -> None:
    ana = world.member("ana")
    plans(fay)
    comes(ana, cards(world)[0])
    ana.uses("pause", until="2026-03-09")

    fay.uses("meeting cancel", meeting="Case Table").clicks("Cancel the meeting")
    world.until(THURSDAY + 5 * DAY)

    assert "Cancelled" not in ana.uses("meeting list").text


# Another place, another name


def test_another_place_is_told_to_those_who_come(world: World, fay: Actor) -> None:
    ana = world.member("ana")
    plans(fay, where="Room 5", guarded="yes")
    comes(ana, cards(world)[0])

    form = fay.uses("meeting edit", meeting="Case Table")
    assert form.form.filled["where"] == "Room 5"
    form.submits(where="Room 7", title="Case Table II")

    assert "It is now here: Room 7" in told(ana, "New place: Case Table II")[0].text
    assert "Room 7" not in world.card("New place", channel="general").text
    assert "Case Table II" in cards(world)[0].text
    world.until(THURSDAY)
    assert len(told(ana, "Case Table II starts")) == 2


def test_another_name_is_told_to_nobody(world: World, fay: Actor) -> None:
    ana = world.member("ana")
    plans(fay)
    comes(ana, cards(world)[0])

    fay.uses("meeting edit", meeting="Case Table").submits(title="Round Table", nudge="0")

    assert ana.dms == []
    assert "Round Table" in cards(world)[0].text
    world.until(THURSDAY)
    assert nudges(world) == []
    assert len(told(ana, "Round Table starts")) == 2


def test_another_kind_is_told_to_nobody(world: World, fay: Actor) -> None:
    ana = world.member("ana")
    plans(fay)
    comes(ana, cards(world)[0])

    form = fay.uses("meeting edit", meeting="Case Table")
    assert form.form.filled["kind"] == "meeting"
    form.submits(kind="reading")

    assert "Kind\nreading" in cards(world)[0].text
    assert ana.dms == []


def test_a_change_by_somebody_who_may_not_is_written_down(world: World, fay: Actor) -> None:
    ben, boss = world.member("ben"), world.person("boss", admin=True)
    plans(fay)

    ben.uses("meeting cancel", meeting="Case Table")

    assert "Ben: Cancel one date of a meeting, or all of them, denied" in boss.uses("admin audit").text
