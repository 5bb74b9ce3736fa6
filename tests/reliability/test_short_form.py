"""The short form: the bot dies hundreds of times on both chats and both databases, and nobody notices."""

import time
from pathlib import Path

import pytest

from tests.databases import Files, Server
from tests.reliability.campaign import campaign
from tests.reliability.forms import SHORT, worlds_of
from tests.reliability.nursery import Nursery
from tests.reliability.report import promised, report

SEED = "short"  # what is drawn; when something happens is another draw every time


@pytest.mark.timeout(1200)
async def test_nothing_is_lost_doubled_early_or_out_of_order(
    nursery: Nursery, files: Files, server: Server, tmp_path: Path
) -> None:
    began = time.monotonic()
    worlds = worlds_of(SHORT, files, server)

    judged = await campaign(nursery, tmp_path, worlds, SEED)

    page = report(judged, SEED, time.monotonic() - began)
    assert all(one.verdict.good for one in judged), page
    assert sum(one.trial.figures.kills.total() for one in judged) >= 600
    assert promised(judged) >= 1500
    for one in judged:
        assert 0.13 < one.trial.weather.faults.total() / one.trial.weather.asked < 0.23, page
