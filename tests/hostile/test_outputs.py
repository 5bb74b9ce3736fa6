"""Hostile strings in everything else that leaves the bot: calendars, tables, log lines, answers that are kept."""

import csv
import io
import json
import logging
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Literal

import pytest
import structlog
from icalendar import Calendar

from bot import codec, logs
from bot.cards import card
from bot.effects import Reply
from bot.features.meetings.invitation import invitation
from bot.tables import sheet
from bot.text import Href, Mention, clean_text, say
from storage.meetings import Meeting, Occurrence
from tests.hostile.corpus import FAMILIES, HOSTILE

AT = datetime(2026, 3, 5, 17, tzinfo=UTC)
ONCE = {"VERSION", "PRODID", "METHOD", "UID", "SEQUENCE", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "STATUS"}
PERHAPS = {"LOCATION", "DESCRIPTION"}
LINE = re.compile(rb"([A-Z-]+)((?:;[A-Z-]+=[^:;]*)*):(.*)", re.DOTALL)


def unfolded(data: bytes) -> list[bytes]:
    """Lines of a calendar as RFC 5545 reads them; nothing but CR LF ends one."""
    lines = data.split(b"\r\n")
    assert lines.pop() == b""
    assert not any(b"\r" in line or b"\n" in line for line in lines)
    whole: list[bytes] = []
    for line in lines:
        assert len(line) <= 75
        if line.startswith(b" "):
            whole[-1] += line[1:]
        else:
            whole.append(line)
    return whole


def said_in(value: bytes) -> str:
    """The text of a property."""
    return re.sub(r"\\([\\;,nN])", lambda m: "\n" if m[1] in "nN" else m[1], value.decode())


def planned(words: str) -> tuple[Meeting, Occurrence]:
    meeting = Meeting(
        community_id="c", host_id="m", creator_id="m", place_id="p", zone="UTC", minutes=60, title=words, about=words,
        start=AT.replace(tzinfo=None), created=AT,
    )  # fmt: skip
    date = Occurrence(
        community_id="c", meeting_id=meeting.id, local_date=AT.date(), planned=AT, starts=AT, ends=AT, revision=1
    )
    return meeting, date


@pytest.mark.parametrize("family", FAMILIES)
def test_a_calendar_has_no_line_of_anybody_elses(family: str) -> None:
    for raw in FAMILIES[family]:
        for words in dict.fromkeys((clean_text(raw)[:500], raw[:500].encode(errors="replace").decode())):
            meeting, date = planned(words)

            data = invitation(date, meeting, words, AT).data

            found = [LINE.fullmatch(line) for line in unfolded(data)]
            assert all(found), words
            names = Counter(m[1].decode() for m in found if m)
            assert names.pop("BEGIN") == names.pop("END") == 2
            assert set(names) - PERHAPS == ONCE
            assert set(names.values()) == {1}
            values = {m[1].decode(): m[3] for m in found if m}
            assert said_in(values["SUMMARY"]).split() == words.replace("\r", "\n").split() or words != clean_text(words)
            [event] = Calendar.from_ical(data).walk("VEVENT")
            assert set(event) <= ONCE | PERHAPS


STARTS = re.compile(r"\s*[=+\-@＝＋－＠]")


def cells(text: str, between: str) -> Iterator[str]:
    """Cells as a spreadsheet of some country takes a file apart."""
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=between):
        yield from row


@pytest.mark.parametrize("family", FAMILIES)
def test_no_cell_of_a_table_is_a_formula(family: str) -> None:
    for raw in FAMILIES[family]:
        for words in dict.fromkeys((raw[:4000].encode(errors="replace").decode(), clean_text(raw)[:4000])):
            smuggled = f"x;{words};y\t{words}\n{words}"
            made = sheet("x.csv", ["Title", words], [[words, "x", words], ["x", smuggled, words]])

            text = made.data.decode("utf-8-sig")
            assert made.data.startswith(b"\xef\xbb\xbf")
            for between in ",;\t":
                assert [cell for cell in cells(text, between) if STARTS.match(cell)] == [], between
            rows = list(csv.reader(io.StringIO(text, newline="")))
            assert [len(row) for row in rows] == [2, 3, 3]
            assert rows[1][0].replace("'", "") == words.replace("'", "")


@contextmanager
def logged(style: Literal["human", "json"]) -> Iterator[io.StringIO]:
    """What the whole process logs, and nothing else hears."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.StringIO()
    logs.configure("info", style, stream=stream)
    yield stream
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


def broken(words: str) -> None:
    raise ValueError(words)


def test_every_record_is_one_line_of_json() -> None:
    log = logging.getLogger("tests.hostile")
    with logged("json") as lines:
        for words in HOSTILE:
            log.info("%s", words, extra={"ref": words})
            try:
                broken(words)
            except ValueError:
                log.exception("failed")

    found = lines.getvalue().encode().splitlines()

    assert len(found) == len(lines.getvalue().splitlines()) == 2 * len(HOSTILE)
    assert {json.loads(line)["logger"] for line in found} == {"tests.hostile"}
    assert {json.loads(line)["level"] for line in found} == {"info", "error"}


def test_no_words_end_a_line_or_steer_a_terminal() -> None:
    log = logging.getLogger("tests.hostile")
    with logged("human") as lines:
        for words in HOSTILE:
            log.info("%s", words, extra={"ref": words})

    found = lines.getvalue()

    assert found.count("\n") == len(HOSTILE)
    assert re.findall(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]", found) == []


def test_a_traceback_has_no_line_that_looks_like_a_record() -> None:
    with logged("human") as lines:
        for words in FAMILIES["logs"]:
            try:
                broken(words)
            except ValueError:
                logging.getLogger("tests.hostile").exception("failed")

    starts = [line for line in lines.getvalue().split("\n") if line.startswith(("2", "["))]

    assert len(starts) == len(FAMILIES["logs"])


@pytest.mark.parametrize("family", FAMILIES)
def test_an_answer_that_is_kept_comes_back_as_it_was(family: str) -> None:
    for raw in FAMILIES[family]:
        words = clean_text(raw)
        shown = Reply(
            card(
                say("{a} {b} {c}", a=words, b=Mention("m", words), c=Href(words, words)), title=say("**{w}**", w=words)
            )
        )

        kept = codec.encode([shown])

        assert codec.decode(kept) == (shown,)
        kept.encode()
