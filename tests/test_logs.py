"""Logs: one line a record, for people or machines, and never a token in it."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from bot import logs

TOKENS = (
    "xoxb-1234-abcd",
    "xapp-1-A0-99",
    "MTA5ODc2NTQzMjEwOTg3NjU0Mw.GaBcDe.abcdefghijklmnopqrstuvwxyz012345678901",
    "signing",
)


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Where the log goes; the process's own logging is as before afterwards."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in logs.QUIET}
    yield io.StringIO()
    root.handlers[:] = before
    root.setLevel(level)
    for name, old in levels.items():
        logging.getLogger(name).setLevel(old)
    structlog.reset_defaults()


@pytest.mark.parametrize("style", ["human", "json"])
@pytest.mark.parametrize("token", TOKENS)
def test_no_token_is_ever_written(stream: io.StringIO, style: str, token: str) -> None:
    logs.configure("info", style, ["signing"], stream)  # type: ignore[arg-type]

    logging.getLogger("discord.gateway").warning("refused %s for %s", token, {"a": [token]})
    structlog.get_logger("bot").info("started", token=token, more={"deep": [token]})
    logging.getLogger("bot").error("failed", exc_info=ValueError(token))

    written = stream.getvalue()
    assert token not in written
    assert written.count(logs.HIDDEN) >= 4
    assert "ValueError" in written


def test_machines_get_a_line_of_json_for_each_record(stream: io.StringIO) -> None:
    logs.configure("info", "auto", (), stream)

    with structlog.contextvars.bound_contextvars(community="c1"):
        logging.getLogger("bot.outbox").warning("row %s ended", "r1", extra={"attempt": 2})
    logging.getLogger("bot").error("two\nlines")

    first, second = (json.loads(line) for line in stream.getvalue().splitlines())
    assert (first["event"], first["level"], first["logger"]) == ("row r1 ended", "warning", "bot.outbox")
    assert (first["community"], first["attempt"]) == ("c1", 2)
    assert first["timestamp"].endswith("Z")
    assert second["event"] == "two\nlines"


def test_people_get_plain_lines(stream: io.StringIO) -> None:
    logs.configure("info", "human", (), stream)

    logging.getLogger("bot").info("hello %s", "there")

    assert "hello there" in stream.getvalue()
    assert not stream.getvalue().startswith("{")


def test_chatty_libraries_are_heard_only_when_something_is_wrong(stream: io.StringIO) -> None:
    logs.configure("debug", "json", (), stream)

    for name in ("slack_bolt.AsyncApp", "discord.http"):
        logging.getLogger(name).info("bodies and headers")
        logging.getLogger(name).warning("trouble")

    assert stream.getvalue().count("trouble") == 2
    assert "bodies" not in stream.getvalue()
