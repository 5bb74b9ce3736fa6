"""What the judge takes for disorder, and what it does not."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.record import SHOWN, Entry
from tests.reliability.drill import Item
from tests.reliability.promises import Promise
from tests.reliability.verdict import overtaken

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def tried(minutes: float, outcome: str) -> Entry:
    return Entry(at(minutes), "discord", "c", "post", "k", "t", outcome, "", 1)


@pytest.mark.parametrize(
    "first_try, shown, other_shown, disorder",
    [
        (2, 2, 1, True),
        (0, 14, 13, True),
        (0, 16, 14, False),  # it was put aside
        (30, 30, 16, False),  # it may have been: who dies before the platform is asked has tried as well
    ],
)
def test_what_was_due_first_is_seen_first_unless_it_may_have_been_put_aside(
    first_try: float, shown: float, other_shown: float, disorder: bool
) -> None:
    late, other = (Promise(Item(name, "", at(due)), "c", at(-5)) for name, due in (("late", 0), ("other", 0.5)))
    attempts = {"late": [tried(first_try, "503"), tried(shown, SHOWN)], "other": [tried(other_shown, SHOWN)]}

    assert overtaken(late, other, at(shown), attempts) is disorder
