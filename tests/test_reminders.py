"""Reminders: for those who want them, once, at the right time, also after a pause."""

from datetime import datetime, timedelta

import pytest

from bot.actions import Link
from tests.doings import DAY, THURSDAY, cards, comes, nudges, plans, starts, told
from tests.world import HOUR, Actor, Message, World

# Reminders


def test_those_who_want_it_are_reminded_a_day_and_an_hour_before(world: World, fay: Actor) -> None:
    ana, ben, cleo = (world.member(name) for name in ("ana", "ben", "cleo"))
    plans(fay, where="https://meet.example/x")
    [card] = cards(world)
    comes(ana, card)
    comes(ben, card, "Maybe", "An hour before")
    cleo.clicks("Yes", on=card)

    world.until(THURSDAY - DAY - HOUR)
    assert told(ana, "starts") == []
    world.until(THURSDAY - DAY)
    [first] = told(ana, "starts")
    assert "Case Table starts Thu 5 Mar, 18:00" in first.text
    assert "https://meet.example/x" in first.text
    assert "You get this because you asked to be reminded of this meeting." in first.text
    assert "Stop these" in first.buttons

    world.until(THURSDAY - HOUR)
    assert [len(told(who, "starts")) for who in (ana, ben, cleo)] == [2, 1, 0]
    world.until(THURSDAY + DAY)
    assert [len(told(who, "starts")) for who in (ana, ben, cleo)] == [2, 1, 0]


def test_a_reminder_is_never_for_somebody_who_no_longer_comes(world: World, fay: Actor) -> None:
    ana, ben = world.member("ana"), world.member("ben")
    plans(fay)
    [card] = cards(world)
    comes(ana, card)
    comes(ben, card)

    ana.clicks("No", on=card)
    ben.clicks("Remind me", on=card).clicks("No reminder")
    world.until(THURSDAY)

    assert told(ana, "starts") == []
    assert told(ben, "starts") == []


def test_an_answer_can_be_given_back_from_the_reminder(world: World, fay: Actor) -> None:
    ana = world.member("ana")
    plans(fay)
    comes(ana, cards(world)[0], ahead="A day before")

    world.until(THURSDAY - DAY)
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
    world.until(THURSDAY + DAY)

    seen = ana.clicks("Yes", on=cards(world)[1])

    assert "I will remind you a day before and an hour before." in seen.text
    world.until(THURSDAY + timedelta(days=7))
    assert len(told(ana, "starts Thu 12 Mar")) == 2


def test_a_kind_that_was_stopped_is_never_sent_again(world: World, fay: Actor) -> None:
    ana = world.member("ana")
    plans(fay)
    comes(ana, cards(world)[0])
    world.until(THURSDAY - DAY)

    ana.clicks("Stop these", on=told(ana, "starts")[0])
    world.until(THURSDAY)

    assert len(told(ana, "starts")) == 1


# The channel


def test_the_channel_is_nudged_once_an_hour_before(world: World, fay: Actor) -> None:
    ana = world.member("ana")
    plans(fay)

    world.until(THURSDAY - HOUR - timedelta(minutes=1))
    assert nudges(world) == []
    world.passes(minutes=1)
    [nudge] = nudges(world)
    ana.clicks("I am coming", on=nudge)

    world.until(THURSDAY + DAY)
    assert len(nudges(world)) == 1
    assert "1 comes: Ana" in cards(world)[0].text


@pytest.mark.parametrize("minutes, before", [("15", timedelta(minutes=15)), ("1440", DAY), ("0", None)])
def test_a_meeting_chooses_when_its_channel_is_nudged(
    world: World, fay: Actor, minutes: str, before: timedelta | None
) -> None:
    plans(fay, nudge=minutes)

    if before:
        world.until(THURSDAY - before)
        assert len(nudges(world)) == 1
    world.until(THURSDAY + DAY)
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

    sleeps(world, THURSDAY - timedelta(minutes=40))

    assert len(told(ana, "starts")) == 1
    assert len(nudges(world)) == 1


def test_after_a_pause_over_the_start_nothing_is_late(world: World, fay: Actor) -> None:
    ana = world.member("ana")
    plans(fay)
    comes(ana, cards(world)[0])

    sleeps(world, THURSDAY + timedelta(minutes=5))

    assert told(ana, "starts") == []
    assert nudges(world) == []


def test_a_late_reminder_still_comes_when_it_is_the_only_one(world: World, fay: Actor) -> None:
    ana = world.member("ana")
    plans(fay, nudge="0")
    comes(ana, cards(world)[0], ahead="A day before")

    sleeps(world, THURSDAY - HOUR)

    assert len(told(ana, "starts")) == 1


def test_weeks_without_the_bot_leave_one_card_of_the_next_date(world: World, fay: Actor) -> None:
    plans(fay, "every thursday 18:00")

    sleeps(world, THURSDAY + timedelta(days=40))

    assert len(cards(world)) == 2
    assert "This meeting is over." in cards(world)[0].text
    assert "Thursday 16 April 2026, 18:00" in cards(world)[1].text
    assert len([d for d in starts(world) if d > world.clock.now()]) == 4
    assert nudges(world) == []


def card_id(card: Message) -> str:
    return next(link.args[0] for link in card.card.links())
