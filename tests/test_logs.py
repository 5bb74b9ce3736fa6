"""Logs: one line a record, for people or machines, and never a token in it."""

import io
import json
import logging
import threading
from collections.abc import Iterator

import pytest
import structlog

from bot import logs
from bot.redaction import HIDDEN, hider

TOKENS = (
    "xoxb-1234-abcd",
    "xoxe.xoxp-1-Mi0yLTEyMzQ",
    "xapp-1-A0-99",
    "MTA5ODc2NTQzMjEwOTg3NjU0Mw.GaBcDe.abcdefghijklmnopqrstuvwxyz012345678901",
    "aW50ZXJhY3Rpb246MTIzNDU2Nzg5OmFiYw",
    "signing",
)
LOGGERS = (*logs.QUIET, *logs.DISCREET)

# Names as people might type them, to end a line, to write one of their own, or to steer whoever reads it.
HOSTILE = (
    'Ana\n{"event": "ready", "level": "info"}',
    "Ana\r\n2026-01-01T00:00:00Z [info     ] stopped",
    "Ana\x0bBen\x0cCid\x1cDan\x1dEve\x1eFay",
    "Ana\x85Ben\u2028Cid\u2029Dan",
    "\x1b[2J\x1b]0;title\x07\x9b31m",
    "\u202egnp.exe\u2066\u200b\ufeff",
    "\ud800 alone",
    "\x00\x7f",
    '"}\', {"a": 1}',
    "%s %(name)s {0} {event}",
    "\U000e0041\U0001f600",
)


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Where the log goes; the process's own logging is as before afterwards."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in LOGGERS}
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
    assert written.count(HIDDEN) >= 4
    assert "ValueError" in written


@pytest.mark.parametrize(
    "text,left",
    [
        ("Authorization: Bot abc", "Authorization: Bot ***"),
        ("{'authorization': 'Bearer abc'}", "{'authorization': 'Bearer ***'}"),
        (r"{\"Authorization\": \"Basic YTpi\"}", r"{\"Authorization\": \"Basic ***\"}"),
        ("Authorization: Basic YT/pi+=", "Authorization: Basic ***"),
        ("('Authorization', 'abc')", "('Authorization', '***')"),
        ("Bearer abcdefgh1", "Bearer ***"),
        (
            "POST https://discord.com/api/webhooks/12/Ab-c_9?wait=1",
            "POST https://discord.com/api/webhooks/12/***?wait=1",
        ),
        ("/webhooks/12/Ab-c/messages/@original", "/webhooks/12/***/messages/@original"),
        ("/interactions/12/Ab-c/callback", "/interactions/12/***/callback"),
        ("https://hooks.slack.com/services/T1/B2/abc", "https://hooks.slack.com/services/T1/B2/***"),
        ("https://hooks.slack.com/actions/T1/2/abc", "https://hooks.slack.com/actions/T1/2/***"),
        ("wss://wss.slack.com/link/?ticket=1-2&app_id=4", "wss://wss.slack.com/link/?ticket=***&app_id=4"),
        ("postgresql+asyncpg://bot:ge:h@im@db:5432/x", "postgresql+asyncpg://bot:***@db:5432/x"),
        ("host=db password=geheim dbname=x", "host=db password=*** dbname=x"),
        ("?client_secret=abc&x=1", "?client_secret=***&x=1"),
    ],
)
def test_what_opens_a_door_is_hidden_and_what_says_which_door_stays(text: str, left: str) -> None:
    assert hider()(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "https://example.org:8080/people/@ana",
        "the bearer of good news",
        "row 0f3k2a9s1d ended: too late",
        "ready: Discord in Practice; Slack in Practice",
        "2026-11-22T10:00:00.123456Z",
    ],
)
def test_what_is_no_secret_stays_as_it_is(text: str) -> None:
    assert hider()(text) == text


def test_a_known_secret_is_hidden_in_every_form_that_it_takes() -> None:
    hide = hider(['pa"ss wörd/'])

    for form in ('pa"ss wörd/', "pa%22ss%20w%C3%B6rd%2F", r"pa\"ss w\u00f6rd/"):
        assert hide(f"<{form}>") == f"<{HIDDEN}>"


def test_hiding_takes_no_longer_for_what_was_made_to_take_long() -> None:
    hide = hider(["signing"])

    for part in ("://a:", "a.", "-" * 28 + ".", "authorization", "token", "xoxb", "/webhooks/1"):
        text = part * (200_000 // len(part))
        assert len(hide(text)) <= len(text)  # under the time limit of a test, which a search that starts over is not


def test_machines_get_a_line_of_json_for_each_record(stream: io.StringIO) -> None:
    logs.configure("info", "auto", (), stream)

    with logs.about(community="c1", kind=""):
        logging.getLogger("bot.outbox").warning("row %s ended", "r1", extra={"attempt": 2})
    logging.getLogger("bot").error("two\nlines")

    first, second = (json.loads(line) for line in stream.getvalue().splitlines())
    assert (first["event"], first["level"], first["logger"]) == ("row r1 ended", "warning", "bot.outbox")
    assert (first["community"], first["attempt"]) == ("c1", 2)
    assert "kind" not in first
    assert first["timestamp"].endswith("Z")
    assert second["event"] == "two\nlines"


@pytest.mark.parametrize("name", HOSTILE)
def test_every_record_is_one_line_of_json_whatever_somebody_is_called(stream: io.StringIO, name: str) -> None:
    logs.configure("info", "json", (), stream)

    logging.getLogger("bot").info("hello %s", name)
    logging.getLogger("bot").info(name, extra={"name_": name, "more": {name: [name]}})
    logging.getLogger("bot").error("failed", exc_info=ValueError(name))

    written = stream.getvalue()
    lines = written.splitlines()  # at everything that any program takes for the end of a line
    assert len(lines) == written.count("\n") == 3
    assert [json.loads(line)["level"] for line in lines] == ["info", "info", "error"]
    assert written.isprintable() or all(line.isprintable() for line in lines)
    assert written.encode()


@pytest.mark.parametrize("name", HOSTILE)
def test_people_see_no_line_that_somebody_made_up(stream: io.StringIO, name: str) -> None:
    logs.configure("info", "human", (), stream)

    logging.getLogger("bot").info("hello %s", name, extra={"who": name})
    logging.getLogger("bot").error("failed", exc_info=ValueError(name))

    lines = stream.getvalue().splitlines()
    records = [line for line in lines if not line.startswith("  ")]
    assert len(records) == 2
    assert all(line.isprintable() for line in lines)


def test_a_record_that_cannot_be_written_is_told_of_without_what_it_held(stream: io.StringIO) -> None:
    logs.configure("info", "json", (), stream)

    logging.getLogger("discord.http").warning("%d of them", "xoxb-1234-abcd")

    [line] = stream.getvalue().splitlines()
    told = json.loads(line)
    assert told["level"] == "error"
    assert "a record of discord.http" in told["event"]
    assert "TypeError" in told["event"]
    assert "xoxb" not in line


def test_work_on_another_thread_carries_what_it_was_given(stream: io.StringIO) -> None:
    logs.configure("info", "json", (), stream)
    with logs.about(action="polls.vote"):
        work = logs.carrying(lambda number: logging.getLogger("bot").info("vote %s", number))

    thread = threading.Thread(target=work, args=(3,))
    thread.start()
    thread.join()

    told = json.loads(stream.getvalue())
    assert (told["event"], told["action"]) == ("vote 3", "polls.vote")


def test_errors_of_postgresql_are_told_without_the_values_of_a_row(stream: io.StringIO) -> None:
    logs.configure("info", "json", (), stream)

    error = ValueError('duplicate key value violates "uq_name"\nDETAIL:  Key (name)=(Ana Ruiz) already exists.')
    logging.getLogger("bot").error("failed", exc_info=error)

    assert "uq_name" in stream.getvalue()
    assert "Ana Ruiz" not in stream.getvalue()


def test_people_get_plain_lines(stream: io.StringIO) -> None:
    logs.configure("info", "human", (), stream)

    logging.getLogger("bot").info("hello %s", "there")

    assert "hello there" in stream.getvalue()
    assert not stream.getvalue().startswith("{")


def test_chatty_libraries_are_heard_only_when_something_is_wrong(stream: io.StringIO) -> None:
    logs.configure("debug", "json", (), stream)

    for name in ("slack_bolt.AsyncApp", "slack_sdk.web", "discord.http", "discord.webhook.async_", "sqlalchemy.engine"):
        logging.getLogger(name).info("bodies and headers")
        logging.getLogger(name).warning("trouble")
    logging.getLogger("discord.gateway").debug("what somebody wrote")

    assert stream.getvalue().count("trouble") == 5
    assert "bodies" not in stream.getvalue()
    assert "wrote" not in stream.getvalue()
