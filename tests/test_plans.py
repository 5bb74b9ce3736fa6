"""How SQLite finds what every call asks for: by keys and indices, never by looking through a table."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, Select

from storage.outbox import READY, URGENT
from storage.polls import BOOTH, TALLY, VOTERS
from storage.presence import ONE_COMMUNITY, PRESENCE
from storage.sending import FREE
from storage.store.sqlite import open_engine

AT = datetime(2026, 3, 2, tzinfo=UTC)
POLL, VISIT = {"poll": "p"}, {"platform": "discord", "space": "s", "user": "u", "key": "k"}


@pytest.fixture(scope="module")
def connection(template: Path) -> Iterator[Connection]:
    engine = open_engine(template, readonly=True)
    with engine.connect() as opened:
        yield opened
    engine.dispose()


def plan(connection: Connection, asked: Select[*tuple[object, ...]]) -> str:
    written = asked.compile(connection.engine, compile_kwargs={"literal_binds": True})
    return "\n".join(row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {written}"))


@pytest.mark.parametrize(
    "asked",
    [
        PRESENCE.params(VISIT),
        ONE_COMMUNITY.params(id="c"),
        BOOTH.params(POLL, member="m"),
        TALLY.params(POLL),
        VOTERS.params(POLL),
    ],
    ids=["who acts", "their community", "a poll", "its tally", "its voters"],
)
def test_what_every_call_asks_for_is_found_by_an_index(
    connection: Connection, asked: Select[*tuple[object, ...]]
) -> None:
    assert "SCAN" not in plan(connection, asked)


def test_a_ballot_is_found_by_its_whole_key_however_many_there_are(connection: Connection) -> None:
    found = plan(connection, BOOTH.params(POLL, member="m"))

    assert "SEARCH vote USING INDEX sqlite_autoindex_vote_1 (poll_id=? AND member_id=? AND slot=?)" in found


def test_votes_are_counted_without_being_read(connection: Connection) -> None:
    assert "SEARCH vote USING COVERING INDEX ix_vote_tally (poll_id=?)" in plan(connection, TALLY.params(POLL))


@pytest.mark.parametrize("asked", [READY, URGENT, FREE], ids=["what is due", "what is urgent", "what is free"])
def test_what_comes_first_in_a_lane_is_found_by_the_index_of_open_rows(
    connection: Connection, asked: Select[*tuple[object, ...]]
) -> None:
    found = plan(connection, asked.params(now=AT, parked=AT, besides=["c"], most=500, rows=["r"]))

    assert "SEARCH outbox_1 USING INDEX ix_outbox_open (lane=?)" in found
    assert "SCAN outbox" not in found
