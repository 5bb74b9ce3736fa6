"""Meetings in time: series across a clock change, reminders, nudges, moves, cancellations, and what a pause changes."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from bot.actions import Link, Role
from storage.meetings import Occurrence
from tests.world import Actor, Message, Seen, World

START_OF_IT = datetime(2026, 3, 5, 17, tzinfo=UTC)  # Thursday 18:00 in Berlin
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def fay(world: World) -> Actor:
    """A facilitator."""
    return world.member("fay", role=Role.FACILITATOR)


def plans(actor: Actor, when: str = "thursday 18:00", title: str = "Case Table", **more: str) -> Seen:
    return actor.uses("meeting create", title=title, when=when, **more).clicks("Post it")


def cards(world: World) -> list[Message]:
    """Cards of dates, in the order in which they were posted."""
    return [m for m in world.chat().messages if m.channel == "general" and "Length" in m.text]


def nudges(world: World) -> list[Message]:
    return [m for m in world.chat().messages if m.channel == "general" and "starts" in m.text]


def told(actor: Actor, words: str) -> list[Message]:
    return [m for m in actor.dms if words in m.text]


def comes(actor: Actor, card: Message, answer: str = "Yes", ahead: str = "Both") -> None:
    actor.clicks(answer, on=card).clicks(ahead)


def starts(world: World) -> list[datetime]:
    return list(world.read(lambda db: db.exec(select(Occurrence.starts).order_by(Occurrence.starts)).all()))  # type: ignore[arg-type]


# Reminders


def test_those_who_want_it_are_reminded_a_day_and_an_hour_before(world: World, fay: Actor) -> None:
    ana, ben, cleo = (world.member(name) for name in ("ana", "ben", "cleo"))
    plans(fay, where="https://meet.example/x")
    [card] = cards(world)
    comes(ana, card)
    comes(ben, card, "Maybe", "An hour before")
    cleo.clicks("Yes", on=card)

    world.until(START_OF_IT - DAY - HOUR)
    assert told(ana, "starts") == []
    world.until(START_OF_IT - DAY)
    [first] = told(ana, "starts")
    assert "Case Table starts Thu 5 Mar, 18:00" in first.text
    assert "https://meet.example/x" in first.text
    assert "You get this because you asked to be reminded of this meeting." in first.text
    assert "Stop these" in first.buttons

    world.until(START_OF_IT - HOUR)
    assert [len(told(who, "starts")) for who in (ana, ben, cleo)] == [2, 1, 0]
    world.until(START_OF_IT + DAY)
    assert [len(told(who, "starts")) for who in (ana, ben, cleo)] == [2, 1, 0]


def test_a_reminder_is_never_for_somebody_who_no_longer_comes(world: World, fay: Actor) -> None:
    ana, ben = world.member("ana"), world.member("ben")
    plans(fay)
    [card] = cards(world)
    comes(ana, card)
    comes(ben, card)

    ana.clicks("No", on=card)
    ben.clicks("Remind me", on=card).clicks("No reminder")
    world.until(START_OF_IT)

    assert told(ana, "starts") == []
    assert told(ben, "starts") == []


def test_an_answer_can_be_given_back_from_the_reminder(world: World, fay: Actor) -> None:
    ana = world.member("ana")
    plans(fay)
    comes(ana, cards(world)[0], ahead="A day before")

    world.until(START_OF_IT - DAY)
    ana.clicks("I cannot come", on=told(ana, "starts")[0])

    assert "Nobody has answered" in cards(world)[0].text


def test_a_choice_that_has_passed_is_not_offered(world: World, fay: Actor) -> None:
    ana = world.member("ana")
    plans(fay, "today 18:00")
    [card] = cards(world)

    assert ana.clicks("Yes", on=card).buttons == ["An hour before", "Add to my calendar"]
    world.passes(hours=7, minutes=30)
    assert "It starts soon, so I will not remind you." in ana.clicks("Yes", on=card).text
    assert ana.follows(Link("meetings.remind", (card_id(card), "both"))).text.startswith("It starts soon")
    world.passes(hours=1)
    assert told(ana, "starts") == []


def test_only_those_who_come_or_might_choose_reminders(world: World, fay: Actor) -> None:
    ana = world.member("ana")
    plans(fay)
    [card] = cards(world)

    seen = ana.clicks("Remind me", on=card)
    assert "I remind those who come or might. Do you?" in seen.text
    assert seen.buttons == ["Yes", "Maybe"]
    assert "Shall I remind you?" in seen.clicks("Maybe").text


def test_who_wanted_reminders_of_a_series_gets_them_for_its_next_date_too(world: World, fay: Actor) -> None:
    ana = world.member("ana")
    plans(fay, "every thursday 18:00")
    comes(ana, cards(world)[0])
    world.until(START_OF_IT + DAY)

    seen = ana.clicks("Yes", on=cards(world)[1])

    assert "I will remind you a day before and an hour before." in seen.text
    world.until(START_OF_IT + timedelta(days=7))
    assert len(told(ana, "starts Thu 12 Mar")) == 2


def test_a_kind_that_was_stopped_is_never_sent_again(world: World, fay: Actor) -> None:
    ana = world.member("ana")
    plans(fay)
    comes(ana, cards(world)[0])
    world.until(START_OF_IT - DAY)

    ana.clicks("Stop these", on=told(ana, "starts")[0])
    world.until(START_OF_IT)

    assert len(told(ana, "starts")) == 1


# The channel


def test_the_channel_is_nudged_once_an_hour_before(world: World, fay: Actor) -> None:
    ana = world.member("ana")
    plans(fay)

    world.until(START_OF_IT - HOUR - timedelta(minutes=1))
    assert nudges(world) == []
    world.passes(minutes=1)
    [nudge] = nudges(world)
    ana.clicks("I am coming", on=nudge)

    world.until(START_OF_IT + DAY)
    assert len(nudges(world)) == 1
    assert "1 comes: Ana" in cards(world)[0].text


@pytest.mark.parametrize("minutes, before", [("15", timedelta(minutes=15)), ("1440", DAY), ("0", None)])
def test_a_meeting_chooses_when_its_channel_is_nudged(
    world: World, fay: Actor, minutes: str, before: timedelta | None
) -> None:
    plans(fay, nudge=minutes)

    if before:
        world.until(START_OF_IT - before)
        assert len(nudges(world)) == 1
    world.until(START_OF_IT + DAY)
    assert len(nudges(world)) == (1 if before else 0)


# After a pause of the bot


def sleeps(world: World, until: datetime) -> None:
    """Time goes by, and nobody serves the outbox."""
    world.clock.move(until - world.clock.now())
    world.restarts()


def test_after_a_pause_there_is_one_reminder_and_one_nudge(world: World, fay: Actor) -> None:
    ana = world.member("ana")
    plans(fay)
    comes(ana, cards(world)[0])

    sleeps(world, START_OF_IT - timedelta(minutes=40))

    assert len(told(ana, "starts")) == 1
    assert len(nudges(world)) == 1


def test_after_a_pause_over_the_start_nothing_is_late(world: World, fay: Actor) -> None:
    ana = world.member("ana")
    plans(fay)
    comes(ana, cards(world)[0])

    sleeps(world, START_OF_IT + timedelta(minutes=5))

    assert told(ana, "starts") == []
    assert nudges(world) == []


def test_a_late_reminder_still_comes_when_it_is_the_only_one(world: World, fay: Actor) -> None:
    ana = world.member("ana")
    plans(fay, nudge="0")
    comes(ana, cards(world)[0], ahead="A day before")

    sleeps(world, START_OF_IT - HOUR)

    assert len(told(ana, "starts")) == 1


def test_weeks_without_the_bot_leave_one_card_of_the_next_date(world: World, fay: Actor) -> None:
    plans(fay, "every thursday 18:00")

    sleeps(world, START_OF_IT + timedelta(days=40))

    assert len(cards(world)) == 2
    assert "This meeting is over." in cards(world)[0].text
    assert "Thursday 16 April 2026, 18:00" in cards(world)[1].text
    assert len([d for d in starts(world) if d > world.clock.now()]) == 4
    assert nudges(world) == []


# Series


def test_a_series_keeps_its_time_of_day_when_the_clocks_change(world: World, fay: Actor) -> None:
    plans(fay, "every other thursday 10:00")

    world.until(datetime(2026, 4, 3, tzinfo=UTC))

    assert [d.hour for d in starts(world)[:4]] == [9, 9, 8, 8]
    assert ["10:00" in card.text for card in cards(world)] == [True] * 4


def test_the_next_date_is_shown_when_the_last_one_is_over(world: World, fay: Actor) -> None:
    plans(fay, "every thursday 18:00")
    world.until(START_OF_IT + timedelta(minutes=59))
    assert len(cards(world)) == 1

    world.restarts()
    world.passes(minutes=1)

    assert "12 March" in cards(world)[1].text
    assert len([d for d in starts(world) if d > START_OF_IT]) == 4


def test_a_series_that_ends_is_not_planned_on(world: World, fay: Actor) -> None:
    plans(fay, "every thursday 18:00 2 times")

    world.passes(days=30)

    assert len(starts(world)) == 2
    assert len(cards(world)) == 2
    assert len(nudges(world)) == 2


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
    world.until(START_OF_IT - DAY)
    assert len(told(ana, "starts")) == 1

    fay.uses("meeting move", meeting="Case Table", when="saturday 18:00").clicks("Move it")
    world.until(START_OF_IT + HOUR)
    assert len(told(ana, "starts")) == 1
    assert nudges(world) == []

    world.until(START_OF_IT + 2 * DAY + HOUR)
    assert len(told(ana, "starts Sat 7 Mar, 18:00")) == 2
    assert len(nudges(world)) == 1


def test_one_date_of_a_series_moves_and_the_others_stay(world: World, fay: Actor) -> None:
    plans(fay, "every thursday 18:00")

    fay.uses("meeting move", meeting="Case Table", when="friday 10:00").clicks("Move it")

    assert [d.day for d in starts(world)] == [6, 12, 19, 26]
    world.until(START_OF_IT + timedelta(days=2))
    assert "12 March" in cards(world)[-1].text


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
    assert "was cancelled" in ana.follows(Link("meetings.rsvp", (first_id(world), "yes"))).text
    world.until(START_OF_IT + DAY)
    assert told(ana, "starts") == []
    assert nudges(world) == []
    assert "No meetings are planned" in ana.uses("meeting list").text


def test_one_date_is_cancelled_and_the_next_one_is_shown(world: World, fay: Actor) -> None:
    plans(fay, "every thursday 18:00")

    seen = fay.uses("meeting cancel", meeting="Case Table")
    assert "Other dates of the series stay." in seen.text
    seen.clicks("Cancel the meeting")

    assert "12 March" in cards(world)[-1].text
    world.until(START_OF_IT + timedelta(days=7))
    assert len(nudges(world)) == 1


def test_a_whole_series_is_cancelled_with_one_notice_to_each(world: World, fay: Actor) -> None:
    ana = world.member("ana")
    plans(fay, "every thursday 18:00")
    comes(ana, cards(world)[0])
    ana.follows(Link("meetings.rsvp", (ids(world)[1], "yes")))

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
    one = first_id(world)

    world.until(START_OF_IT + timedelta(minutes=10))
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
    world.until(START_OF_IT)
    assert len(told(ana, "Case Table II starts")) == 2


def test_another_name_is_told_to_nobody(world: World, fay: Actor) -> None:
    ana = world.member("ana")
    plans(fay)
    comes(ana, cards(world)[0])

    fay.uses("meeting edit", meeting="Case Table").submits(title="Round Table", nudge="0")

    assert ana.dms == []
    assert "Round Table" in cards(world)[0].text
    world.until(START_OF_IT)
    assert nudges(world) == []
    assert len(told(ana, "Round Table starts")) == 2


def ids(world: World) -> list[str]:
    return list(world.read(lambda db: db.exec(select(Occurrence.id).order_by(Occurrence.starts)).all()))  # type: ignore[arg-type]


def first_id(world: World) -> str:
    return ids(world)[0]


def card_id(card: Message) -> str:
    return next(link.args[0] for link in card.card.links())
