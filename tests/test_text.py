"""Texts: values stay what they are, whatever is in them; words and times are each reader's own."""

import html
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import text
from bot.characters import isolated
from bot.text import (
    PLAIN,
    ChannelRef,
    Command,
    Href,
    Mention,
    Moment,
    Reader,
    Text,
    TimeStyle,
    Zoned,
    count,
    joined,
    lines,
    listed,
    said,
    say,
    span,
    write,
)

AT = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
BERLIN = Reader("en", ZoneInfo("Europe/Berlin"))
MARKS = (
    "**bold**",
    "`code`",
    "{name}",
    "{n}",
    "%(n)s",
    "<b>",
    "&amp;",
    "\\",
    "@everyone",
    "<@U1>",
    "{",
    "}",
    "**",
    "`",
)
HOSTILE = st.text() | st.sampled_from(MARKS)
GERMAN = r"""
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"

msgid "Hello **{name}**"
msgstr "**{name}**, hallo"

msgid "{n} vote"
msgid_plural "{n} votes"
msgstr[0] "{n} Stimme"
msgstr[1] "{n} Stimmen"

msgid "Good night"
msgstr "Gute Nacht, {unheard} of"

msgid "yes"
msgstr "ja"
"""
POLISH = r"""
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\n"
"Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);\n"

msgid "{n} vote"
msgid_plural "{n} votes"
msgstr[0] "{n} głos"
msgstr[1] "{n} głosy"
msgstr[2] "{n} głosów"
"""


class Html:
    """A platform with markup that values must not become."""

    def words(self, raw: str) -> str:
        return html.escape(raw)

    def bold(self, inner: str) -> str:
        return f"<b>{inner}</b>"

    def code(self, inner: str) -> str:
        return f"<code>{inner}</code>"

    def mention(self, ref: str, name: str) -> str:
        return f"<at {html.escape(ref)}>{html.escape(name)}</at>"

    def channel(self, ref: str, name: str) -> str:
        return html.escape(PLAIN.channel(ref, name))

    def href(self, label: str, url: str) -> str:
        return html.escape(PLAIN.href(label, url))

    def moment(self, at: datetime, style: TimeStyle, reader: Reader) -> str:
        return html.escape(PLAIN.moment(at, style, reader))

    def command(self, name: str) -> str:
        return html.escape(PLAIN.command(name))


HTML = Html()


def without_tags(marked: str) -> str:
    return html.unescape(re.sub(r"<[^<>]*>", "", marked))


@pytest.fixture
def words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Catalogues of a test instead of ours."""
    monkeypatch.setattr(text, "WORDS", tmp_path)
    for locale, source in (("de", GERMAN), ("pl", POLISH)):
        folder = tmp_path / locale / "LC_MESSAGES"
        folder.mkdir(parents=True)
        (folder / "messages.po").write_text(source.lstrip(), "utf-8")
    text.catalogue.cache_clear()
    text.languages.cache_clear()
    yield tmp_path
    text.catalogue.cache_clear()
    text.languages.cache_clear()


@given(name=HOSTILE, other=HOSTILE)
def test_a_value_is_never_markup_nor_a_placeholder(name: str, other: str) -> None:
    shown = write(say("**{name}** likes `{other}` & {name}", name=name, other=other), BERLIN, HTML)

    name, other = html.escape(isolated(name)), html.escape(isolated(other))
    assert shown == f"<b>{name}</b> likes <code>{other}</code> &amp; {name}"


@given(words=HOSTILE)
def test_somebodys_words_are_shown_as_they_are(words: str) -> None:
    assert write(said(words), BERLIN) == isolated(words)
    assert html.unescape(write(said(words), BERLIN, HTML)) == isolated(words)


@given(template=HOSTILE, values=st.dictionaries(st.sampled_from(["name", "n", "x"]), HOSTILE, max_size=3))
def test_a_platform_changes_the_looks_and_never_the_words(template: str, values: dict[str, str]) -> None:
    made = Text(template, tuple(values.items()))
    marked = write(made, BERLIN, HTML)

    assert without_tags(marked) == write(made, BERLIN)
    assert marked.count("<b>") <= template.count("**") // 2
    assert marked.count("<b>") == marked.count("</b>")


@given(words=HOSTILE)
def test_words_inside_words_stay_words(words: str) -> None:
    inner = say("**{words}**", words=words)

    assert write(say("“{inner}”", inner=inner), BERLIN, HTML) == f"“<b>{html.escape(isolated(words))}</b>”"


@given(name=HOSTILE)
def test_mentions_channels_links_and_commands_are_the_dialects(name: str) -> None:
    reader, shown = Reader(refs={"m1": "U1"}), html.escape(isolated(name))

    assert write(say("{who}", who=Mention("m1", name)), reader, HTML) == f"<at U1>{shown}</at>"
    assert write(say("{who}", who=Mention("m2", name)), reader, HTML) == f"<at >{shown}</at>"
    assert write(say("{at}", at=ChannelRef("C1", "general")), reader) == "#general"
    assert write(say("{at}", at=ChannelRef("C1")), reader) == "#C1"
    assert write(say("{to}", to=Href("Guide", "https://a.example")), reader) == "Guide (https://a.example)"
    assert write(say("{to}", to=Href("", "https://a.example")), reader) == "https://a.example"
    assert write(say("{type}", type=Command("poll create")), reader) == "/poll create"


@pytest.mark.parametrize(
    "template, shown",
    [
        ("**{a}", "**1"),  # a mark that is never closed is just a mark
        ("`{a}", "`1"),
        ("** {a} `x** y`", "** 1 `x** y`"),  # marks that cross
        ("{b}", "{b}"),  # a value that nobody gave
        ("{ a }", "{ a }"),
        ("", ""),
    ],
)
def test_a_template_that_is_not_right_is_shown_as_it_is(template: str, shown: str) -> None:
    assert without_tags(write(say(template, a=1), BERLIN, HTML)) == without_tags(shown)


def test_texts_are_joined_and_empty_ones_take_no_room() -> None:
    parts = (say("a"), Text(), say("{b}", b="b"))

    assert write(lines(*parts), BERLIN) == "a\nb"
    assert write(listed(parts), BERLIN) == "a, b"
    assert write(joined([], " and "), BERLIN) == ""
    assert not joined([], ", ")
    assert not Text()
    assert say("a")


def test_a_text_is_in_the_language_of_its_reader(words: Path) -> None:
    made = say("Hello **{name}**", name="Ana")

    assert write(made, Reader("de"), HTML) == "<b>Ana</b>, hallo"
    assert write(made, Reader("en"), HTML) == "Hello <b>Ana</b>"


@pytest.mark.parametrize(
    "locale, n, shown",
    [
        ("en", 1, "1 vote"),
        ("en", 0, "0 votes"),
        ("en", 2000, "2,000 votes"),
        ("de", 1, "1 Stimme"),
        ("de", 2000, "2.000 Stimmen"),
        ("pl", 1, "1 głos"),
        ("pl", 3, "3 głosy"),
        ("pl", 5, "5 głosów"),
        ("pl", 22, "22 głosy"),
    ],
)
def test_numbers_are_said_as_each_language_does(words: Path, locale: str, n: int, shown: str) -> None:
    assert write(count("{n} vote", "{n} votes", n), Reader(locale)) == shown


@pytest.mark.parametrize("locale", ["de", "de-AT", "de_AT", "de-DE-1996"])
def test_a_regional_language_falls_back_to_the_language(words: Path, locale: str) -> None:
    assert write(say("{flag}", flag=True), Reader(locale)) == "ja"


@pytest.mark.parametrize("locale", ["fr", "xx", "", "../de", "de/../../etc", "zh-Hant-TW", "C", "\x00", "deutsch" * 99])
def test_a_language_that_nobody_translated_is_english(words: Path, locale: str) -> None:
    assert write(say("{flag}", flag=True), Reader(locale)) == "yes"
    assert write(say("{flag}", flag=False), Reader(locale)) == "no"


def test_a_language_is_offered_when_it_has_a_catalogue(words: Path) -> None:
    assert text.languages() == ("en", "de", "pl")


def test_a_translation_with_an_unknown_placeholder_is_still_shown(words: Path) -> None:
    assert write(say("Good night"), Reader("de")) == "Gute Nacht, {unheard} of"


def test_somebodys_words_are_never_translated(words: Path) -> None:
    assert write(said("yes"), Reader("de")) == "yes"
    assert write(say("{name}", name="Good night"), Reader("de")) == "Good night"


@pytest.mark.parametrize(
    "zone, shown",
    [
        ("UTC", "Wednesday 1 July 2026, 22:30"),
        ("Europe/Berlin", "Thursday 2 July 2026, 00:30"),
        ("America/New_York", "Wednesday 1 July 2026, 18:30"),
        ("Asia/Kathmandu", "Thursday 2 July 2026, 04:15"),
    ],
)
def test_a_time_is_shown_in_each_readers_zone(zone: str, shown: str) -> None:
    reader = Reader("en", ZoneInfo(zone))

    assert write(say("{at}", at=AT), reader) == shown
    assert write(say("{at}", at=Moment(AT)), reader) == shown
    assert write(say("{at}", at=Moment(AT, "time")), reader) == shown[-5:]
    assert write(say("{at}", at=Moment(AT, "relative")), reader).endswith(shown[-5:])
    assert shown.split(maxsplit=1)[0] in write(say("{at}", at=Moment(AT, "date")), reader)


def test_the_echo_of_a_typed_time_is_in_its_own_zone_for_everybody() -> None:
    echo = say("{at}", at=Zoned(AT, "Asia/Tokyo"))

    assert write(echo, BERLIN) == "Thursday 2 July 2026, 07:30 (Asia/Tokyo)"
    assert write(echo, Reader("de", ZoneInfo("UTC"))) == "Donnerstag, 2. Juli 2026, 07:30 (Asia/Tokyo)"


@given(at=st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1), timezones=st.timezones()))  # noqa: DTZ001
def test_a_time_read_again_in_the_readers_zone_is_the_same_minute(at: datetime) -> None:
    shown = write(say("{at}", at=at), BERLIN)

    again = datetime.strptime(shown, "%A %d %B %Y, %H:%M")  # noqa: DTZ007  # compared on the reader's wall
    assert again == at.astimezone(BERLIN.zone).replace(tzinfo=None, second=0, microsecond=0, fold=0)


@pytest.mark.parametrize(
    "length, shown",
    [
        ({"minutes": 1}, "1 minute"),
        ({"hours": 1, "minutes": 30}, "1 hour 30 minutes"),
        ({"days": 1, "hours": 12}, "1 day 12 hours"),
        ({"days": 14}, "14 days"),
        ({"days": 1, "minutes": 5}, "1 day 5 minutes"),
        ({"seconds": 59}, "0 minutes"),
        ({}, "0 minutes"),
    ],
)
def test_a_length_of_time_is_said_in_words(length: dict[str, float], shown: str) -> None:
    assert write(say("{span}", span=timedelta(**length)), BERLIN) == shown


def test_a_length_of_time_is_in_the_readers_language() -> None:
    assert span(timedelta(hours=2, minutes=1), "de-AT") == "2 Stunden 1 Minute"


def test_dates_and_numbers_are_written_as_the_reader_does() -> None:
    made = say("{day}, {n}, {x}", day=date(2026, 3, 2), n=1234567, x=1234.5)

    assert write(made, Reader("en")) == "Monday 2 March 2026, 1,234,567, 1,234.5"
    assert write(made, Reader("de")) == "Montag, 2. März 2026, 1.234.567, 1.234,5"
