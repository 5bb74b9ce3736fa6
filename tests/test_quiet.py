"""Quiet hours: what can wait comes in the morning, a reminder comes the evening before, an answer comes at once."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.actions import Kind
from bot.quiet import after, asleep, before, moved
from bot.text import Text
from storage.people import Member

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = Member(
    community_id="c", name="Ana", quiet_from="20:00", quiet_to="08:00", created=datetime(2026, 1, 1, tzinfo=UTC)
)
NAP = Member(
    community_id="c", name="Ben", quiet_from="12:00", quiet_to="14:00", created=datetime(2026, 1, 1, tzinfo=UTC)
)
NONE = Member(
    community_id="c", name="Eve", quiet_from="00:00", quiet_to="00:00", created=datetime(2026, 1, 1, tzinfo=UTC)
)
INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


@pytest.mark.parametrize(
    "at, comes",
    [
        ("2026-03-02 15:00", "2026-03-02 15:00"),
        ("2026-03-02 22:30", "2026-03-03 08:00"),
        ("2026-03-03 03:00", "2026-03-03 08:00"),
        ("2026-03-06 21:00", "2026-03-09 08:00"),  # Friday evening: on Monday
        ("2026-03-28 12:00", "2026-03-30 08:00"),  # a weekend in which the clocks change
    ],
)
def test_what_can_wait_comes_when_the_quiet_is_over(at: str, comes: str) -> None:
    assert after(berlin(at), NIGHT, BERLIN) == berlin(comes)


def test_a_reminder_comes_before_the_night() -> None:
    assert before(berlin("2026-03-03 07:00"), NIGHT, BERLIN) == berlin("2026-03-02 20:00")
    assert before(berlin("2026-03-02 21:00"), NIGHT, BERLIN) == berlin("2026-03-02 20:00")
    assert before(berlin("2026-03-02 13:00"), NAP, BERLIN) == berlin("2026-03-02 12:00")


def test_a_reminder_whose_evening_has_passed_comes_as_asked() -> None:
    kind = Kind("meetings.reminder", Text(), Text(), "early")
    at, now = berlin("2026-03-03 07:00"), berlin("2026-03-02 23:00")

    assert moved(at, now, kind, NIGHT, BERLIN) == at


def test_what_people_wait_for_comes_at_once() -> None:
    at = berlin("2026-03-02 23:00")

    assert moved(at, at, Kind("joining.welcome", Text(), Text(), "now"), NIGHT, BERLIN) == at


@given(INSTANTS)
def test_waiting_ends_outside_the_quiet_and_never_earlier(at: datetime) -> None:
    late = after(at, NIGHT, BERLIN)

    assert at <= late <= at + timedelta(days=4)
    assert not asleep(late.astimezone(BERLIN).time(), NIGHT)
    assert late.astimezone(BERLIN).weekday() < 5


@given(INSTANTS)
def test_without_quiet_hours_nothing_moves_on_a_working_day(at: datetime) -> None:
    assert before(at, NONE, BERLIN) == at
    assert after(at, NONE, BERLIN) == at or at.astimezone(BERLIN).weekday() >= 5
