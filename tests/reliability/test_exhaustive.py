"""Dying at the first, the second, the third… transaction and request of a scenario, until it is through."""

from pathlib import Path

import pytest

from tests.databases import Files, lent
from tests.reliability.nursery import Nursery
from tests.reliability.scenario import Delivery, Recovery, Scenario, Voting

pytestmark = pytest.mark.timeout(900)


@pytest.mark.parametrize(
    "scenario,platform,transactions,requests",
    [(Delivery, "slack", 8, 10), (Voting, "discord", 6, 8), (Recovery, "discord", 10, 24)],
)
async def test_a_death_at_any_step_is_noticed_by_nobody(
    nursery: Nursery,
    files: Files,
    tmp_path: Path,
    scenario: type[Scenario],
    platform: str,
    transactions: int,
    requests: int,
) -> None:
    with lent(files) as database:
        steps = await scenario(nursery, tmp_path, platform, database).exhaust()

    assert steps.broken == []
    assert steps.transactions >= transactions, "it did not die as often as it has steps"
    assert steps.requests >= requests
