"""Clocks and zones: no change of the clocks breaks a series, and people may name a zone as they know it."""

import re
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.times import (
    Unreadable,
    describe,
    describe_rule,
    find_zone,
    gap_or_overlap,
    last_day,
    occurrences,
    read_when,
    resolve,
    suggest_zones,
)

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 25, 17, 30, tzinfo=UTC)
ODD_ZONES = [
    ZoneInfo(name)
    for name in (
        *("Australia/Lord_Howe", "Antarctica/Troll", "Africa/Casablanca", "Pacific/Apia", "Europe/Dublin"),
        *("America/Caracas", "Pacific/Kwajalein", "Asia/Pyongyang", "Europe/Berlin", "America/New_York", "UTC"),
    )
]
MINUTES = int(timedelta(days=365 * 60).total_seconds()) // 60
WALLS = st.integers(0, MINUTES).map(lambda n: datetime.fromisoformat("1972-01-01T00:00") + timedelta(minutes=n))
LONG_AGO = datetime(1960, 1, 1, tzinfo=UTC)


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def local(instants: list[datetime], zone: ZoneInfo) -> list[str]:
    return [f"{instant.astimezone(zone):%Y-%m-%d %H:%M%z}" for instant in instants]


# Clocks that change


@pytest.mark.parametrize(
    "zone,typed,kind,really",
    [
        ("Europe/Berlin", "2026-03-29 02:30", "gap", "2026-03-29 03:30+0200"),
        ("Europe/Berlin", "2026-10-25 02:30", "overlap", "2026-10-25 02:30+0200"),
        ("Europe/Berlin", "2026-10-25 03:00", "", "2026-10-25 03:00+0100"),
        ("Europe/Dublin", "2026-03-29 01:30", "gap", "2026-03-29 02:30+0100"),
        ("Australia/Lord_Howe", "2026-10-04 02:15", "gap", "2026-10-04 02:45+1100"),
        ("Australia/Lord_Howe", "2026-04-05 01:45", "overlap", "2026-04-05 01:45+1100"),
        ("Antarctica/Troll", "2026-03-29 01:30", "gap", "2026-03-29 03:30+0200"),
        ("Pacific/Apia", "2011-12-30 10:00", "gap", "2011-12-31 10:00+1400"),
    ],
)
def test_a_time_left_out_moves_forward_and_of_two_the_first_is_taken(
    zone: str, typed: str, kind: str, really: str
) -> None:
    assert gap_or_overlap(wall(typed), ZoneInfo(zone)) == kind
    assert local([resolve(wall(typed), ZoneInfo(zone))], ZoneInfo(zone)) == [really]


@settings(deadline=None)
@given(WALLS, st.sampled_from(ODD_ZONES))
def test_only_a_time_left_out_is_changed_by_resolving_it(naive: datetime, zone: ZoneInfo) -> None:
    back = resolve(naive, zone).astimezone(zone)

    assert (back.replace(tzinfo=None) == naive) == (gap_or_overlap(naive, zone) != "gap")
    assert back.replace(tzinfo=None) >= naive
    assert back.fold == 0


def test_a_meeting_stays_at_ten_when_the_clocks_change() -> None:
    instants = occurrences(wall("2026-03-19 10:00"), BERLIN, "FREQ=WEEKLY;INTERVAL=2;BYDAY=TH", LONG_AGO, 3)

    assert local(instants, BERLIN) == ["2026-03-19 10:00+0100", "2026-04-02 10:00+0200", "2026-04-16 10:00+0200"]


def test_a_day_that_samoa_left_out_has_no_meeting_of_its_own() -> None:
    apia = ZoneInfo("Pacific/Apia")

    instants = occurrences(wall("2011-12-28 10:00"), apia, "FREQ=DAILY", LONG_AGO, 4)

    assert [day[:10] for day in local(instants, apia)] == ["2011-12-28", "2011-12-29", "2011-12-31", "2012-01-01"]


def test_occurrences_are_strictly_after_and_end_with_the_rule() -> None:
    rule = "FREQ=MONTHLY;BYDAY=1MO;UNTIL=20260604T235959"
    start = wall("2026-04-06 09:30")

    assert local(occurrences(start, BERLIN, rule, resolve(start, BERLIN), 9), BERLIN) == [
        "2026-05-04 09:30+0200",
        "2026-06-01 09:30+0200",
    ]
    moved = wall("2026-03-29 02:30")  # to 03:30, which is later than what the clocks show below
    assert local(occurrences(moved, BERLIN, "FREQ=DAILY", resolve(wall("2026-03-29 03:15"), BERLIN), 1), BERLIN) == [
        "2026-03-29 03:30+0200"
    ]
    assert last_day(rule) == date(2026, 6, 4)
    assert occurrences(start, BERLIN, "", LONG_AGO, 9) == [resolve(start, BERLIN)]
    assert occurrences(start, BERLIN, rule, LONG_AGO, 0) == []


RULES = ["FREQ=DAILY", "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO", "FREQ=MONTHLY;BYDAY=-1SU", "FREQ=MONTHLY;BYMONTHDAY=30"]


@settings(max_examples=200, deadline=None)
@given(WALLS, st.sampled_from(ODD_ZONES), st.sampled_from(RULES), st.integers(0, 400))
@example(wall("2011-12-25 10:00"), ZoneInfo("Pacific/Apia"), "FREQ=DAILY", 3)
@example(wall("2026-03-01 01:30"), ZoneInfo("Antarctica/Troll"), "FREQ=DAILY", 20)
@example(wall("2026-02-01 02:30"), ZoneInfo("Africa/Casablanca"), "FREQ=DAILY", 5)
def test_occurrences_grow_and_keep_their_time_of_day(start: datetime, zone: ZoneInfo, rule: str, days: int) -> None:
    after = resolve(start, zone) + timedelta(days)

    instants = occurrences(start, zone, rule, after, 20)

    assert all(earlier < later for earlier, later in pairwise([after, *instants]))
    for instant in instants:
        shown = instant.astimezone(zone).replace(tzinfo=None, fold=0)
        if shown.time() != start.time():
            assert any(
                gap_or_overlap(wall_time, zone) == "gap" and resolve(wall_time, zone) == instant
                for wall_time in (datetime.combine(shown.date() - timedelta(back), start.time()) for back in (0, 1))
            )


# Zones


@pytest.mark.parametrize(
    "typed,key",
    {
        "Europe/Berlin": "Europe/Berlin",
        "europe/berlin": "Europe/Berlin",
        "berlin": "Europe/Berlin",
        "Berlin, Germany": "Europe/Berlin",
        "Portland": "America/Los_Angeles",
        "New York": "America/New_York",
        "são paulo": "America/Sao_Paulo",
        "St. John's": "America/St_Johns",
        "Calcutta": "Asia/Kolkata",
        "Mumbai": "Asia/Kolkata",
        "Japan": "Asia/Tokyo",
        "UTC": "UTC",
    }.items(),
)
def test_a_zone_is_found_by_its_name_its_city_or_its_country(typed: str, key: str) -> None:
    assert find_zone(typed).key == key


@pytest.mark.parametrize(
    "typed,proposed",
    {
        "CET": "Europe/Berlin, Europe/Paris, ",
        "GMT+5": "Asia/Karachi, ",
        "UTC+5:30": "Asia/Kolkata, Asia/Colombo.",
        "+5:45": "Asia/Kathmandu.",
        "USA": "America/New_York, America/Chicago, ",
        "San Juan": "America/Argentina/San_Juan, America/Puerto_Rico",
        "berln": "Europe/Berlin, ",
        "": "Europe/London, ",
    }.items(),
)
def test_what_is_no_single_zone_is_refused_with_proposals(typed: str, proposed: str) -> None:
    with pytest.raises(Unreadable, match=re.escape(proposed)):
        find_zone(typed, now=NOW)


def test_nonsense_is_no_zone_and_no_file() -> None:
    for typed in ("../../etc/passwd", "xyzzyx", "\x00", "x" * 5000):
        with pytest.raises(Unreadable, match="I do not know the time zone"):
            find_zone(typed)


def test_zones_are_suggested_while_somebody_types() -> None:
    assert suggest_zones("lon", 1) == ["Europe/London"]
    assert suggest_zones("berlin") == ["Europe/Berlin"]
    assert suggest_zones("new y") == ["America/New_York"]
    assert suggest_zones("germ") == ["Europe/Berlin", "Europe/Busingen"]
    assert len(suggest_zones("a")) == len(suggest_zones("")) == 25
    assert suggest_zones("gmt+1", 2, now=NOW) == ["Europe/Berlin", "Europe/Paris"]


# Saying it


def test_a_time_is_said_with_its_weekday_and_zone() -> None:
    ten = datetime(2026, 3, 12, 9, 0, tzinfo=UTC)

    assert describe(ten, BERLIN) == "Thursday 12 March 2026, 10:00 (Europe/Berlin)"
    assert describe(wall("2026-03-12 10:00"), BERLIN, "de") == "Donnerstag, 12. März 2026, 10:00 (Europe/Berlin)"
    assert describe(wall("2026-03-29 02:30"), BERLIN) == "Sunday 29 March 2026, 03:30 (Europe/Berlin)"


@pytest.mark.parametrize(
    "typed",
    [
        "every day",
        "every other day",
        "every 3 days",
        "every weekday",
        "every Monday",
        "every other Thursday",
        "every Monday and Thursday",
        "every 3 weeks on Monday, Wednesday, and Friday",
        "the first Monday of every month",
        "the last Friday of every month",
        "the 1st and 3rd Monday of every month",
        "the 2nd Monday of every 3 months",
        "the second Monday of every month",
        "the third Monday of every month",
        "the fourth Monday of every month",
        "day 15 of every month",
        "day 15 of every 3 months",
        "the last day of every month",
        "every year on April 3",
    ],
)
def test_a_rhythm_is_said_in_words_that_would_be_read_again(typed: str) -> None:
    template, values = describe_rule(read_when(f"{typed} 10:00", NOW, BERLIN).rule)

    assert template.format(**values) == typed


def test_a_rhythm_is_said_in_the_readers_language_as_far_as_names_go() -> None:
    assert describe_rule("FREQ=WEEKLY;INTERVAL=2;BYDAY=TH", "de") == ("every other {day}", {"day": "Donnerstag"})
    assert describe_rule("FREQ=MONTHLY;BYDAY=5MO")[0] == "the fifth {day} of a month that has one"
    assert describe_rule("FREQ=HOURLY") == ("by the rule {rule}", {"rule": "FREQ=HOURLY"})
