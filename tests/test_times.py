"""Times as people type them: what is read, and what is refused and why."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.times import Unreadable, find_zone, read_date, read_span, read_when

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 25, 17, 30, tzinfo=UTC)  # Wednesday, 18:30 in Berlin, four days before summer time

READ = {
    "tomorrow 18:00": "2026-03-26 18:00",
    "TOMORROW\u00a0\u3000１８:００.": "2026-03-26 18:00",
    "tomorrow at 9": "2026-03-26 09:00",
    "tomorrow noon": "2026-03-26 12:00",
    "noon": "2026-03-26 12:00",
    "midnight": "2026-03-26 00:00",
    "20:00": "2026-03-25 20:00",
    "15:00": "2026-03-26 15:00",
    "3pm": "2026-03-26 15:00",
    "5 p.m.": "2026-03-26 17:00",
    "17h30": "2026-03-26 17:30",
    "9 o’clock tomorrow": "2026-03-26 09:00",
    "17:00 on friday": "2026-03-27 17:00",
    "tonight": "2026-03-25 20:00",
    "tonight at 8": "2026-03-25 20:00",
    "tomorrow morning": "2026-03-26 09:00",
    "tomorrow afternoon at 3": "2026-03-26 15:00",
    "the day after tomorrow 8pm": "2026-03-27 20:00",
    "friday": "2026-03-27 10:00",
    "fri 17:00": "2026-03-27 17:00",
    "friday 17.30": "2026-03-27 17:30",
    "tuesday 3pm": "2026-03-31 15:00",
    "next tuesday 3pm": "2026-03-31 15:00",
    "next friday 3pm": "2026-03-27 15:00",
    "wednesday 17:00": "2026-04-01 17:00",
    "wednesday 19:00": "2026-03-25 19:00",
    "next wednesday 19:00": "2026-04-01 19:00",
    "tuesday next week 10:00": "2026-03-31 10:00",
    "next week": "2026-03-30 10:00",
    "end of month": "2026-03-31 10:00",
    "last day of next month 9am": "2026-04-30 09:00",
    "the 15th 12:00": "2026-04-15 12:00",
    "next month": "2026-04-01 10:00",
    "31st of this month": "2026-03-31 10:00",
    "in 90 minutes": "2026-03-25 20:00",
    "in an hour and a half": "2026-03-25 20:00",
    "in 1h30": "2026-03-25 20:00",
    "in 2 weeks": "2026-04-08 18:30",
    "in 2 weeks at 10:00": "2026-04-08 10:00",
    "a month from now": "2026-04-25 18:30",
    "2026-04-12 10:00": "2026-04-12 10:00",
    "2026-04-12T10:00": "2026-04-12 10:00",
    "2026-04-12T10:00+01:00": "2026-04-12 11:00",
    "2026-04-12T10:00-05:00": "2026-04-12 17:00",
    "2026-04-12 10:00:00+00:00": "2026-04-12 12:00",
    "2026-04-12T10:00:00.000Z": "2026-04-12 10:00 UTC",
    "3 April 5pm": "2026-04-03 17:00",
    "April 3rd at 5:30 pm": "2026-04-03 17:30",
    "Friday, 3 April 2026, 17:00": "2026-04-03 17:00",
    "24 march 10:00": "2027-03-24 10:00",
    "first monday of may 10am": "2026-05-04 10:00",
    "first monday of march 10am": "2027-03-01 10:00",
    "second friday of april 2027": "2027-04-09 10:00",
    "last friday of next month": "2026-04-24 10:00",
    "monday 9:30 utc": "2026-03-30 09:30 UTC",
    "friday 17:00 Europe/Paris": "2026-03-27 17:00 Europe/Paris",
    "monday 9:30 new york": "2026-03-30 09:30 America/New_York",
    "10:00 são paulo time": "2026-03-26 10:00 America/Sao_Paulo",
    "sunday 2:30": "2026-03-29 02:30",
    "every day at 8": "2026-03-26 08:00 FREQ=DAILY",
    "every weekday at 9:15": "2026-03-26 09:15 FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
    "mondays 10:00": "2026-03-30 10:00 FREQ=WEEKLY;BYDAY=MO",
    "every other thursday 10:00": "2026-03-26 10:00 FREQ=WEEKLY;INTERVAL=2;BYDAY=TH",
    "every second week on thursday 10:00": "2026-03-26 10:00 FREQ=WEEKLY;INTERVAL=2;BYDAY=TH",
    "fortnightly on thursdays 10:00": "2026-03-26 10:00 FREQ=WEEKLY;INTERVAL=2;BYDAY=TH",
    "every mon, wed and fri 10:00 from 1 june": "2026-06-01 10:00 FREQ=WEEKLY;BYDAY=MO,WE,FR",
    "every monday and thursday 12:30 until 1 June": "2026-03-26 12:30 FREQ=WEEKLY;BYDAY=MO,TH;UNTIL=20260601T235959",
    "every day 19:00 until wednesday": "2026-03-25 19:00 FREQ=DAILY;UNTIL=20260325T235959",
    "every monday 10:00 6 times": "2026-03-30 10:00 FREQ=WEEKLY;BYDAY=MO;UNTIL=20260504T235959",
    "first monday of the month 09:30": "2026-04-06 09:30 FREQ=MONTHLY;BYDAY=1MO",
    "last friday of the month": "2026-03-27 10:00 FREQ=MONTHLY;BYDAY=-1FR",
    "first tuesday of every month 17:00": "2026-04-07 17:00 FREQ=MONTHLY;BYDAY=1TU",
    "second and fourth monday of each month 17:00": "2026-04-13 17:00 FREQ=MONTHLY;BYDAY=2MO,4MO",
    "every week 18:00": "2026-03-26 18:00 FREQ=WEEKLY;BYDAY=TH",
    "every year 18:00": "2026-03-26 18:00 FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=26",
    "every month at 18:00": "2026-03-26 18:00 FREQ=MONTHLY;BYMONTHDAY=26",
    "every month on the 15th 18:00": "2026-04-15 18:00 FREQ=MONTHLY;BYMONTHDAY=15",
    "every month 18:00 from 2026-03-01": "2026-04-01 18:00 FREQ=MONTHLY;BYMONTHDAY=1",
    "every week 18:00 starting 3 april": "2026-04-03 18:00 FREQ=WEEKLY;BYDAY=FR",
    "last day of every month 18:00": "2026-03-31 18:00 FREQ=MONTHLY;BYMONTHDAY=-1",
    "quarterly 18:00": "2026-03-26 18:00 FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=26",
    "every 3 april 18:00": "2026-04-03 18:00 FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=3",
}

NOTED = {
    "tomorrow at 9": "I read “at 9” as 09:00.",
    "tonight at 8": "I read “at 8” as 20:00.",
    "friday": "No time was given, so I took 10:00.",
    "midnight": "Midnight is 00:00, when that day begins.",
    "next friday 3pm": "I read this as Friday 27 March 2026. If you mean Friday 3 April 2026, write that date.",
    "24 march 10:00": "Tuesday 24 March 2026 has passed, so I read this as Wednesday 24 March 2027.",
    "sunday 2:30": (
        "On Sunday 29 March 2026 the clocks leave out 02:30, so it is Sunday 29 March 2026, 03:30 (Europe/Berlin)."
    ),
    "25 october 2:30": "On Sunday 25 October 2026 the clocks show 02:30 twice, and it is the first of the two.",
    "every sunday 2:30 from 1 june": (
        "On Sunday 25 October 2026 the clocks show 02:30 twice, and it is the first of the two."
    ),
    "every month 18:00": "No day was given, so it begins on Thursday 26 March 2026.",
    "the 31st of every month 18:00": "Months without day 31 are left out.",
}

REFUSED = {
    "": "Write when, for example “next tuesday 3pm”",
    "gibberish": "I could not read “gibberish”. Write for example “next tuesday 3pm”",
    "mardi prochain à 15h": "I could not read “mardi prochain à 15h”",
    "every blue moon": "I could not read “every blue moon”",
    "tuesday 10:00 or so": "I could not read “or so”",
    "x" * 121: "That is too long to read. Use at most 120 characters",
    "ﷺ" * 100: "That is too long to read",
    "9": "“9” alone could mean several things. Write for example “at 9”, “9:00”, “9 pm” or “9 April”.",
    "tomorrow 9": "“9” alone could mean several things",
    "4/5 5pm": "“4/5” means different dates in different countries. Write the month in letters, for example “4 May” or",
    "30/2": "Write the month in letters, for example “4 May”",
    "13.04.2026 10:00": "“13.04.2026” means different dates",
    "friday 17.05": "“17.05” could be a time or a date. Write for example “17:05” or “17 May”.",
    "31 Feb": "31 February does not exist. Write for example “28 February”",
    "2027-02-29 10:00": "29 February 2027 does not exist. Write for example “28 February 2027”",
    "2027-02-29T10:00Z": "29 February 2027 does not exist",
    "2026-13-01": "There is no month 13",
    "thursday 27 march": "Friday 27 March 2026 is not a Thursday. Write the date alone, such as “27 March 2026”.",
    "tuesday 25:00": "“25:00” is not a time of day. Write for example “17:00” or “5 pm”.",
    "17:00 pm": "“17:00 pm” is not a time of day",
    "tue 3-4pm": "“3-4pm” is a range. Write only when it begins, for example “tuesday 3pm”.",
    "2026-04-12 10:00-11:00": "“10:00-11:00” is a range",
    "tomorrow evening 9am": "09:00 is not in the evening",
    "2026-03-12 10:00": "Thursday 12 March 2026, 10:00 (Europe/Berlin) has already passed. Write a later time",
    "2026-03-12T10:00Z": "Thursday 12 March 2026, 10:00 (UTC) has already passed",
    "yesterday": "Tuesday 24 March 2026, 10:00 (Europe/Berlin) has already passed",
    "in 1000 years": "That is more than ten years ahead",
    "2099-01-01": "That is more than ten years ahead",
    "31st of next month": "That month does not have this day. Write for example “last day of next month”.",
    "2026-04-12T10:00+19:00": "“+19:00” is no offset from UTC",
    "in 30 minutes 1 hour": "I could not read “in 30 minutes 1 hour” as a distance",
    "every monday 0 times": "Something that repeats happens at least once",
    "every monday until 1 june 6 times": "“until 1 june” and “6 times” do not go together",
    "tomorrow friday": "“tomorrow” and “friday” do not go together. Write one of them",
    "in 2 hours at 10:00": "“in 2 hours” and “at 10:00” do not go together",
    "in 2.5 weeks": "Days and longer go by the calendar, so “in 2.5 weeks” cannot be read",
    "friday 10:00 until 1 june": "“until 1 june” goes with something that repeats. Write for example “every monday",
    "every monday until yesterday": "It would end on Tuesday 24 March 2026, before it begins on Monday 30 March 2026",
    "every monday until late": "After “until” comes a date",
    "every second thursday": "“every second thursday” has two readings. Write one of “every other thursday” or",
    "biweekly 10:00": "“biweekly” has two readings",
    "every 0 weeks": "“every 0 weeks” would never come",
    "fifth monday of the month": "Not every month has a fifth monday. Write for example “last monday of the month”.",
    "first monday": "“first monday” of which month? Write for example “first monday of the month”",
    "utc": "Write when as well",
    "monday 9:30 cet": "“cet” does not say when the clocks change. Name a city instead, such as Europe/Berlin, ",
    "monday 9:30 gmt+5": "“gmt+5” does not say when the clocks change. Name a city instead, such as Asia/Karachi",
    "monday 9:30 nowhere/land": "I do not know the time zone “nowhere/land”",
}

WORDS = sorted({word for typed in (*READ, *NOTED, *REFUSED) if len(typed) < 80 for word in typed.split()})
ZONES = [ZoneInfo(name) for name in ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Antarctica/Troll")]


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def refusal(text: str, *, repeats: bool = True) -> str:
    with pytest.raises(Unreadable) as refused:
        read_when(text, NOW, BERLIN, repeats=repeats)
    return str(refused.value)


def notes(text: str) -> list[str]:
    return [str(note) for note in read_when(text, NOW, BERLIN).notes]


# What is read


@pytest.mark.parametrize("typed", READ)
def test_what_people_type_is_read_as_they_mean_it(typed: str) -> None:
    when = read_when(typed, NOW, BERLIN)

    zone = "" if when.zone == BERLIN else when.zone.key
    assert " ".join(filter(None, [f"{when.start:%Y-%m-%d %H:%M}", zone, when.rule])) == READ[typed]


@pytest.mark.parametrize("typed", NOTED)
def test_what_was_assumed_is_told(typed: str) -> None:
    assert NOTED[typed] in notes(typed)


def test_nothing_is_told_where_nothing_was_assumed() -> None:
    assert notes("next tuesday 3pm") == notes("in 90 minutes") == notes("every other thursday 10:00") == []


def test_of_the_month_is_one_date_where_nothing_repeats() -> None:
    once = read_when("first monday of the month 09:30", NOW, BERLIN, repeats=False)

    assert (once.start, once.rule) == (wall("2026-04-06 09:30"), "")


def test_a_repeat_is_refused_where_nothing_repeats() -> None:
    assert refusal("every monday 10:00", repeats=False).startswith("“every monday” repeats, but this happens once.")


def test_weeks_keep_the_wall_clock_and_minutes_pass_by_the_stopwatch() -> None:
    evening = datetime(2026, 3, 28, 22, 30, tzinfo=UTC)  # half an hour before midnight, summer time begins at two

    assert read_when("in 1 day", evening, BERLIN).at == datetime(2026, 3, 29, 21, 30, tzinfo=UTC)
    assert read_when("in 24 hours", evening, BERLIN).at == datetime(2026, 3, 29, 22, 30, tzinfo=UTC)


def test_elapsed_time_can_end_in_the_second_of_two_equal_hours() -> None:
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # 02:30 in Berlin, for the first time

    when = read_when("in 60 minutes", first, BERLIN)

    assert when.start == wall("2026-10-25 02:30")
    assert when.at == first + timedelta(hours=1)
    assert when.instants(first, 3) == [when.at]


def test_an_instant_can_be_typed_with_its_offset() -> None:
    assert read_when("2026-10-25T02:30+01:00", NOW, BERLIN).at == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert read_when("2026-10-25T02:30+02:00", NOW, BERLIN).at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_a_leap_day_is_found_in_the_year_that_has_it() -> None:
    assert read_date("29 february", datetime(2027, 3, 1, tzinfo=UTC), BERLIN) == date(2028, 2, 29)


def test_a_typed_zone_wins_over_the_members() -> None:
    assert read_when("monday 9:30 utc", NOW, BERLIN).at == datetime(2026, 3, 30, 9, 30, tzinfo=UTC)


def test_dates_are_read_without_a_time_and_may_have_passed() -> None:
    for typed, day in {
        "yesterday": date(2026, 3, 24),
        "2020-01-01": date(2020, 1, 1),
        "3 April": date(2026, 4, 3),
        "wednesday": date(2026, 3, 25),
        "in 2 weeks": date(2026, 4, 8),
    }.items():
        assert read_date(typed, NOW, BERLIN) == day
    with pytest.raises(Unreadable, match=r"Here I need a date alone, without “17:00”."):
        read_date("friday 17:00", NOW, BERLIN)
    with pytest.raises(Unreadable, match=r"without “in 90 minutes”"):
        read_date("in 90 minutes", NOW, BERLIN)


@pytest.mark.parametrize(
    "typed,minutes",
    {
        "90 min": 90,
        "1h30": 90,
        "1:30": 90,
        "1 hour 30 minutes": 90,
        "an hour and a half": 90,
        "1.5 hours": 90,
        "half an hour": 30,
        "1 hour, 5 minutes": 65,
        "2 days": 2880,
        "a fortnight": 20160,
    }.items(),
)
def test_lengths_are_read_with_their_units(typed: str, minutes: int) -> None:
    assert read_span(typed) == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    "typed,why",
    {
        "90": "“90” needs a unit. Write for example “90 min”",
        "0 min": "A length must be longer than nothing",
        "2 months": "Months and years differ in length",
        "1:75": "I could not read “1:75” as a length",
        "30 min 1 hour": "I could not read “30 min 1 hour” as a length",
        "and 5 min": "I could not read",
        "": "I could not read “” as a length",
    }.items(),
)
def test_lengths_without_a_single_meaning_are_refused(typed: str, why: str) -> None:
    with pytest.raises(Unreadable, match=re.escape(why)):
        read_span(typed)


# What is refused


@pytest.mark.parametrize("typed", REFUSED)
def test_what_has_no_single_reading_is_refused_with_the_reason(typed: str) -> None:
    assert REFUSED[typed] in refusal(typed)


@pytest.mark.parametrize("typed", REFUSED)
def test_every_example_in_a_refusal_would_be_read(typed: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read_when(typed, NOW, BERLIN)

    for suggestion in re.findall("“(.+?)”", str(refused.value.values.get("examples", ""))):
        read_when(suggestion, NOW, BERLIN)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=130), st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join)))
@example("2026-03-12t10:00+99:99")
@example("in 9999 years")
@example("31st of the month")
@example("every 99 years 29 february")
def test_no_text_at_all_does_more_than_being_refused(typed: str) -> None:
    for read in (read_when, read_date):
        try:
            read(typed, NOW, BERLIN)
        except Unreadable as problem:
            assert str(problem)  # noqa: PT017
    for find in (read_span, find_zone):
        try:
            find(typed)
        except Unreadable as problem:
            assert str(problem)  # noqa: PT017


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join), st.sampled_from(ZONES))
def test_what_is_read_is_always_still_to_come(typed: str, zone: ZoneInfo) -> None:
    try:
        when = read_when(typed, NOW, zone)
    except Unreadable:
        return

    assert when.at > NOW
    assert when.instants(NOW, 1) == [when.at]
