"""Series: they keep their time of day, and may get another rhythm, time or length."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.actions import Link
from tests.doings import DAY, THURSDAY, cards, date_ids, nudges, plans, starts, told
from tests.world import HOUR, Actor, Message, Seen, World, found, rows

WEEK = timedelta(days=7)


def test_a_series_keeps_its_time_of_day_when_the_clocks_change(world: World, fay: Actor) -> None:
    plans(fay, "every other thursday 10:00")

    world.until(datetime(2026, 4, 3, tzinfo=UTC))

    assert [d.hour for d in starts(world)[:4]] == [9, 9, 8, 8]
    assert ["10:00" in card.text for card in cards(world)] == [True] * 4


def test_the_next_date_is_shown_when_the_last_one_is_over(world: World, fay: Actor) -> None:
    plans(fay, "every thursday 18:00")
    world.until(THURSDAY + timedelta(minutes=59))
    assert len(cards(world)) == 1

    world.restarts()
    world.passes(minutes=1)

    assert "12 March" in cards(world)[1].text
    assert len([d for d in starts(world) if d > THURSDAY]) == 4


def test_a_series_that_ends_is_not_planned_on(world: World, fay: Actor) -> None:
    plans(fay, "every thursday 18:00 2 times")

    world.passes(days=30)

    assert len(starts(world)) == 2
    assert len(cards(world)) == 2
    assert len(nudges(world)) == 2


# Another rhythm, time or length


def changes(actor: Actor, when: str, **more: str) -> Seen:
    return actor.uses("meeting move", meeting="Case Table", when=when, all_dates=True, **more)


def answers(actor: Actor, date: int, answer: str = "yes", ahead: str = "none") -> None:
    """Say whether one comes to a date of the series, the first one being 0."""
    one = date_ids(actor.world)[date]
    actor.follows(Link("meetings.rsvp", (one, answer)))
    actor.follows(Link("meetings.remind", (one, ahead)))


def notice(world: World) -> Message:
    return world.card("New times: Case Table", channel="general")


def days(world: World) -> list[tuple[int, int, int]]:
    """Month, day and hour in UTC of each planned date."""
    return [(d.month, d.day, d.hour) for d in starts(world)]


def test_all_dates_change_only_after_old_and_new_and_the_next_three_were_seen(world: World, fay: Actor) -> None:
    ana = world.member("ana")
    plans(fay, "every thursday 18:00")
    answers(ana, 0)

    seen = changes(fay, "every other friday 10:00", length="90 min", reason="The room is free then")

    assert "Change all dates of “Case Table”?" in seen.text
    assert "Until now\nevery Thursday\nThursday 5 March 2026, 18:00 (Europe/Berlin)\n1 hour" in seen.text
    assert "From now on\nevery other Friday\n1 hour 30 minutes" in seen.text
    for day in ("6 March", "20 March", "3 April"):
        assert f"Friday {day} 2026, 10:00 (Europe/Berlin)" in seen.text
    assert "Reason: The room is free then" in seen.text
    assert "Answers stay where the day stays; the others are asked again." in seen.text
    assert "1 person who comes or might is told." in seen.text
    assert days(world)[0] == (3, 5, 17)
    assert told(ana, "New times") == []

    assert "Changed. Next is Friday 6 March 2026, 10:00" in seen.clicks("Change all dates").text
    assert days(world) == [(3, 6, 9), (3, 20, 9), (4, 3, 8), (4, 17, 8)]


def test_who_answered_any_coming_date_is_told_once_with_old_and_new(world: World, fay: Actor) -> None:
    ana, ben, cleo, dan = (world.member(name) for name in ("ana", "ben", "cleo", "dan"))
    plans(fay, "every thursday 18:00")
    for date in (0, 1, 2):
        answers(ana, date)
    answers(ben, 3, "maybe")
    cleo.follows(Link("meetings.rsvp", (date_ids(world)[0], "no")))

    changes(fay, "every friday 10:00", length="90 min", reason="Room").clicks("Change all dates")

    for who in (ana, ben):
        [news] = told(who, "New times: Case Table")
        assert "Until now\nevery Thursday, 18:00, 1 hour" in news.text
        assert "From now on\nevery Friday, 10:00, 1 hour 30 minutes" in news.text
        assert "Friday 6 March 2026, 10:00\nNot answered yet." in news.text
        assert "Reason: Room" in news.text
        assert "By Fay." in news.text
    assert [told(who, "New times") for who in (cleo, dan, fay)] == [[], [], []]
    assert "Friday 6 March 2026, 10:00\nFriday 13 March 2026, 10:00" in notice(world).text
    assert "Not answered yet" not in notice(world).text


def test_answers_stay_where_the_day_stays_and_the_others_are_asked_again(world: World, fay: Actor) -> None:
    ana, ben = world.member("ana"), world.member("ben")
    plans(fay, "every thursday 18:00")
    for date in (0, 1):
        answers(ana, date)
        answers(ben, date, "maybe")

    changes(fay, "every other thursday 19:00 from 12 march").clicks("Change all dates")

    assert days(world) == [(3, 12, 18), (3, 26, 18), (4, 9, 17), (4, 23, 17)]
    assert "1 comes: Ana" in cards(world)[-1].text
    assert "1 might come" in cards(world)[-1].text
    [news] = told(ana, "New times")
    assert "Thursday 12 March 2026, 19:00\nYou are coming." in news.text
    assert "Thursday 26 March 2026, 19:00\nNot answered yet." in news.text
    assert ana.follows(found(rows(news.card)[0].then)).buttons[:3] == ["Yes", "Maybe", "No"]


def test_the_card_of_a_date_that_is_no_more_says_so_and_the_next_one_is_shown(world: World, fay: Actor) -> None:
    ana = world.member("ana")
    plans(fay, "every thursday 18:00")
    [old] = cards(world)
    yes = old.card

    changes(fay, "every friday 10:00").clicks("Change all dates")

    assert old.text == "Other dates now: Case Table is not on Thursday 5 March 2026, 18:00 any more."
    assert "has other dates now. /meeting list shows them." in ana.clicks("Yes", on=yes).text
    assert "Friday 6 March 2026, 10:00" in cards(world)[-1].text
    assert "5 March" not in ana.uses("meeting list").text
    world.until(THURSDAY + 2 * WEEK)
    assert [("6 March" in c.text, "13 March" in c.text, "20 March" in c.text) for c in cards(world)] == [
        (True, False, False),
        (False, True, False),
        (False, False, True),
    ]


def test_reminders_and_nudges_follow_the_new_rhythm(world: World, fay: Actor) -> None:
    ana, ben = world.member("ana"), world.member("ben")
    plans(fay, "every thursday 18:00")
    answers(ana, 0, ahead="both")
    answers(ben, 1, ahead="both")

    changes(fay, "every thursday 12:00 from 12 march").clicks("Change all dates")
    world.until(THURSDAY + DAY)
    assert told(ana, "starts") == []
    assert nudges(world) == []

    world.until(THURSDAY + WEEK + HOUR)
    assert told(ana, "starts") == []
    assert len(told(ben, "starts Thu 12 Mar, 12:00")) == 2
    assert len(nudges(world)) == 1


def test_what_has_begun_or_is_over_stays_as_it_was(world: World, fay: Actor) -> None:
    ana = world.member("ana")
    plans(fay, "every thursday 18:00")
    answers(ana, 0)
    world.until(THURSDAY + timedelta(minutes=30))

    changes(fay, "every day 20:00", length="2 hours").clicks("Change all dates")

    assert days(world)[:3] == [(3, 5, 17), (3, 6, 19), (3, 7, 19)]
    assert "Length\n1 hour\n" in cards(world)[0].text
    assert "1 comes: Ana" in cards(world)[0].text
    world.until(THURSDAY + 2 * HOUR)
    assert "This meeting is over." in cards(world)[0].text
    assert "Length\n2 hours\n" in cards(world)[1].text


def test_a_length_alone_changes_and_every_answer_stays(world: World, fay: Actor) -> None:
    ana = world.member("ana")
    plans(fay, "every thursday 18:00")
    answers(ana, 1)

    changes(fay, "every thursday 18:00", length="2 hours").clicks("Change all dates")

    assert days(world) == [(3, 5, 17), (3, 12, 17), (3, 19, 17), (3, 26, 17)]
    assert "Length\n2 hours" in cards(world)[0].text
    assert "12 March 2026, 18:00\nYou are coming." in told(ana, "New times")[0].text


def test_a_cancelled_date_stays_cancelled_in_the_new_rhythm(world: World, fay: Actor) -> None:
    plans(fay, "every thursday 18:00")
    fay.uses("meeting cancel", meeting=date_ids(world)[1]).clicks("Cancel the meeting")

    seen = changes(fay, "every thursday 19:00")
    assert "12 March" not in seen.text
    seen.clicks("Change all dates")

    assert days(world) == [(3, 5, 18), (3, 19, 18), (3, 26, 18), (4, 2, 17)]


def test_a_date_that_was_moved_onto_a_cancelled_one_does_not_bring_it_back(world: World, fay: Actor) -> None:
    plans(fay, "every thursday 18:00")
    first, second, *_ = date_ids(world)
    fay.uses("meeting cancel", meeting=second).clicks("Cancel the meeting")
    fay.uses("meeting move", meeting=first, when="thursday 12 march 12:00").clicks("Move it")

    changes(fay, "every thursday 19:00").clicks("Change all dates")

    assert days(world) == [(3, 5, 18), (3, 19, 18), (3, 26, 18), (4, 2, 17)]


def test_dates_that_were_moved_follow_the_new_rhythm_by_the_day_on_which_they_are(world: World, fay: Actor) -> None:
    ana, ben = world.member("ana"), world.member("ben")
    plans(fay, "every thursday 18:00")
    fay.uses("meeting move", meeting="Case Table", when="friday 10:00").clicks("Move it")
    answers(ana, 0)
    answers(ben, 1)

    seen = changes(fay, "every friday 11:00")
    assert "Dates that were moved follow the new rhythm as well." in seen.text
    seen.clicks("Change all dates")

    assert days(world) == [(3, 6, 10), (3, 13, 10), (3, 20, 10), (3, 27, 10)]
    assert "1 comes: Ana" in cards(world)[0].text


def test_two_dates_that_changed_places_each_keep_their_day(world: World, fay: Actor) -> None:
    ana = world.member("ana")
    plans(fay, "every day 18:00")
    first, second, *_ = date_ids(world)
    fay.uses("meeting move", meeting=first, when="tomorrow 12:00").clicks("Move it")
    fay.uses("meeting move", meeting=second, when="today 19:00").clicks("Move it")
    ana.follows(Link("meetings.rsvp", (second, "yes")))

    changes(fay, "every day 20:00").clicks("Change all dates")

    assert days(world) == [(3, 2, 19), (3, 3, 19), (3, 4, 19), (3, 5, 19)]
    assert "Monday 2 March 2026, 20:00\nYou are coming." in ana.uses("meeting list").text


def test_a_rhythm_may_come_back_to_days_that_it_left(world: World, fay: Actor) -> None:
    ana = world.member("ana")
    plans(fay, "every thursday 18:00")
    answers(ana, 0)

    changes(fay, "every friday 10:00").clicks("Change all dates")
    changes(fay, "every thursday 18:00").clicks("Change all dates")

    assert days(world) == [(3, 5, 17), (3, 12, 17), (3, 19, 17), (3, 26, 17)]
    assert "Nobody has answered yet" in cards(world)[-1].text
    world.until(THURSDAY + WEEK)
    assert len(starts(world)) == 5


def test_a_denser_rhythm_keeps_later_answers_and_fills_the_days_before(world: World, fay: Actor) -> None:
    ana = world.member("ana")
    plans(fay, "every thursday 18:00")
    answers(ana, 3)

    changes(fay, "every day 18:00").clicks("Change all dates")

    assert days(world) == [(3, d, 17) for d in (2, 3, 4, 5, 12, 19, 26)]
    assert "26 March 2026, 18:00\nYou are coming." in ana.uses("meeting list").clicks("Next").text
    world.until(THURSDAY + HOUR)
    assert days(world)[4:8] == [(3, 6, 17), (3, 7, 17), (3, 8, 17), (3, 9, 17)]


def test_a_new_rhythm_may_end(world: World, fay: Actor) -> None:
    plans(fay, "every thursday 18:00")

    changes(fay, "every friday 10:00 2 times").clicks("Change all dates")
    world.passes(days=30)

    assert days(world) == [(3, 6, 9), (3, 13, 9)]


def test_the_new_time_is_that_of_whoever_types_it(world: World, fay: Actor) -> None:
    plans(fay, "every thursday 18:00")

    seen = changes(fay, "every thursday 12:00 new york")

    assert "Thursday 5 March 2026, 12:00 (America/New_York)" in seen.text
    assert "It keeps this time of America/New_York all year" in seen.text
    seen.clicks("Change all dates")
    assert days(world)[:2] == [(3, 5, 17), (3, 12, 16)]


@pytest.mark.parametrize(
    "when, more, why",
    [
        ("friday 10:00", {}, "Write how often all dates repeat, such as every friday 17:00."),
        ("every thursday 18:00", {}, "planned for exactly those times"),
        ("every thursday 18:00", {"length": "1 hour"}, "planned for exactly those times"),
        ("every friday 10:00", {"length": "25 hours"}, "5 minutes to 24 hours"),
    ],
)
def test_no_other_rhythm_is_refused(world: World, fay: Actor, when: str, more: dict[str, str], why: str) -> None:
    plans(fay, "every thursday 18:00")

    seen = changes(fay, when, **more)

    assert why in seen.text
    assert seen.clicks("Open the form again").form.filled["when"] == when


def test_a_change_of_all_dates_is_for_hosts_and_facilitators(world: World, fay: Actor) -> None:
    plans(fay, "every thursday 18:00")

    assert "Only Fay or a facilitator" in changes(world.member("ben"), "every friday 10:00").text


def test_a_preview_of_all_dates_survives_a_restart(world: World, fay: Actor) -> None:
    plans(fay, "every thursday 18:00")
    seen = changes(fay, "every friday 10:00")

    world.restarts()
    seen.clicks("Change all dates")
    world.restarts()

    assert days(world) == [(3, 6, 9), (3, 13, 9), (3, 20, 9), (3, 27, 9)]
    assert "every Friday" in notice(world).text
