"""Cards, forms and texts as Slack takes them: within every limit, and with people's words as they wrote them."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack.forms import modal
from adapters.slack.mrkdwn import JOINER, SPACE, Mrkdwn, Pen, clip_mrkdwn, pieces
from adapters.slack.render import home, message
from bot.actions import App, Link
from bot.calls import Form
from bot.cards import Button, Card, Fields, Menu, Note, Option, Prose, Row, card
from bot.text import Command, Href, Mention, Moment, Reader, Text, lines, said, say
from tests.slack.checks import check_blocks, check_view
from tests.slack.controls import pings
from tests.slack.toy import Toys

PEN = Pen(Reader("en", ZoneInfo("Europe/Berlin")))
SLACK = Mrkdwn()
INVISIBLE = str.maketrans("", "", JOINER + SPACE)
AT = datetime(2026, 3, 6, 11, 0, tzinfo=UTC)


def visible(written: str) -> str:
    """What a person sees of a text without markup."""
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        written = written.replace(entity, character)
    return written.translate(INVISIBLE)


@given(st.text(st.characters(exclude_characters=JOINER + SPACE)))
def test_peoples_words_show_as_they_are_and_ping_nobody(raw: str) -> None:
    written = SLACK.words(raw)

    assert visible(written) == raw
    assert "<" not in written
    assert pings(written, []) == []


@pytest.mark.parametrize("raw", ["*bold*", "_it_", "~gone~", "`code`", "a *b* c", "(*x*)", "```x```"])
def test_no_marker_touches_a_word(raw: str) -> None:
    written = SLACK.words(raw)

    assert all(written[i - 1] == JOINER and written[i + 1] == SPACE for i, c in enumerate(written) if c in "*_~`")


def test_names_with_underscores_stay_as_they_are() -> None:
    assert SLACK.words("snake_case 2*3*4") == "snake_case 2*3*4"


def test_a_line_cannot_pretend_to_be_a_quotation() -> None:
    assert SLACK.words("a\n> b") == f"a\n{JOINER}&gt; b"


@pytest.mark.parametrize(
    "label, url, expected",
    [
        ("Docs", "https://a.org/x?a=1&b=2", "<https://a.org/x?a=1&amp;b=2|Docs>"),
        ("", "https://a.org", "<https://a.org>"),
        ("a|b>c", "https://a.org/|>", "<https://a.org/%7C%3E|a¦b&gt;c>"),
        ("https://ba.nk", "https://evil.example/x", "https://ba.nk (<https://evil.example/x>)"),
        ("bank.example", "https://evil.example", "bank.example (<https://evil.example>)"),
        ("Click", "javascript:alert(1)", "Click (javascript:alert(1))"),
        ("Click", "https://a.org/ <!channel>", "Click (https://a.org/ &lt;!channel&gt;)"),
        ("<!channel>", "https://a.org", "<https://a.org|&lt;!channel&gt;>"),
    ],
)  # fmt: skip
def test_a_link_shows_where_it_leads(label: str, url: str, expected: str) -> None:
    assert SLACK.href(label, url) == expected


@given(st.text(), st.text())
def test_no_link_carries_a_second_command(label: str, rest: str) -> None:
    written = SLACK.href(label, f"https://a.org/{rest}")

    assert pings(written, []) == []
    assert written.count("<") <= 1
    assert "<" not in written or written.count("|") <= 1  # outside of a link a bar is a bar


def test_people_are_named_and_not_notified() -> None:
    reader = Reader("en", ZoneInfo("UTC"), {"m1": "U123"})

    assert Pen(reader).rich(say("Hello {who}", who=Mention("m1", "Ana"))) == "Hello Ana"


def test_times_are_shown_in_each_readers_zone_and_name_theirs_where_they_cannot() -> None:
    written = PEN.rich(say("At {at}", at=Moment(AT)))

    assert written.startswith(
        f"At <!date^{int(AT.timestamp())}^{{date_long_pretty}} {{time}}|Friday 6 March 2026, 12:00"
    )
    assert written.endswith("(Europe/Berlin)>")
    assert PEN.plain(say("At {at}", at=Moment(AT))) == "At Friday 6 March 2026, 12:00"


def test_commands_are_shown_as_they_are_typed() -> None:
    pen = Pen(root="/guild")

    assert pen.rich(say("Use {c}.", c=Command("poll create"))) == "Use `/guild poll create`."
    assert pen.plain(say("Use {c}.", c=Command("poll create"))) == "Use /guild poll create."


def test_what_stands_in_code_can_be_copied() -> None:
    assert PEN.rich(say("Enter `{code}`", code="A_B *x*`")) == "Enter `A_B *x*'`"


def test_bold_keeps_to_lines_and_words() -> None:
    assert PEN.rich(say("**{a}**", a="one\ntwo ")) == "*one*\n*two* "


LONG = st.text(st.sampled_from("ab <>&*\n|"), max_size=400)


@given(LONG, st.integers(20, 60))
def test_long_texts_are_cut_between_things(raw: str, most: int) -> None:
    parts = pieces(SLACK.words(raw), most)

    assert all(len(part) <= most for part in parts)
    assert "".join("".join(parts).split()) == "".join(SLACK.words(raw).split())
    assert all(part.rfind("&") <= part.rfind(";") for part in parts)


def test_a_link_is_never_cut() -> None:
    text = f"{'x' * 30} <https://example.org/a|A label> and more"

    assert clip_mrkdwn(text, 45) == f"{'x' * 30}…"


TEXTS: st.SearchStrategy[Text] = st.one_of(
    st.text(max_size=3500).map(said),
    st.builds(lambda a: say("**{a}** at {t}", a=a, t=Moment(AT)), st.text(max_size=50)),
    st.builds(lambda a, u: say("{h}", h=Href(a, u)), st.text(max_size=30), st.text(max_size=30)),
    st.just(Text()),
)
BUTTONS = st.integers().flatmap(
    lambda n: st.builds(
        Button, TEXTS, st.just(Link("toys.x", (str(n),))), st.sampled_from(["plain", "primary", "danger"])
    )
)
BLOCKS = st.one_of(
    st.builds(Prose, TEXTS),
    st.builds(Note, TEXTS),
    st.builds(Row, TEXTS, st.none()),
    st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=14).map(lambda pairs: Fields(tuple(pairs))),
)


@given(
    st.builds(
        Card,
        TEXTS,
        st.lists(BLOCKS, max_size=8).map(tuple),
        st.lists(BUTTONS, max_size=30, unique_by=lambda b: b.then).map(tuple),
        st.sampled_from(["plain", "good", "watch", "bad"]),
    )
)
def test_whatever_a_card_holds_slack_takes_it(shown: Card) -> None:
    made = message(shown, PEN)

    assert check_blocks(made.blocks, "message") == []
    assert 0 < len(made.text) <= 4000
    assert pings(made.text, made.blocks) == []
    assert check_view(home(shown, PEN), "home") == []


def test_a_card_that_is_too_large_is_shortened_and_keeps_its_buttons() -> None:
    rows = tuple(Row(said(f"Line {n}"), Button(said("Go"), Link("toys.x", (str(n),)))) for n in range(80))
    made = message(Card(said("Many"), rows, (Button(said("Next"), Link("toys.next")),)), PEN)

    assert len(made.blocks) == 50
    assert made.blocks[-1]["elements"][0]["text"]["text"] == "Next"
    assert "There is more" in made.blocks[-2]["elements"][0]["text"]


def test_what_a_screen_reader_reads_is_the_whole_card() -> None:
    body = (Prose(said("One")), Fields(((said("Two"), said("three")),)), Note(said("Four")))

    assert message(Card(said("Title"), body, (), "watch"), PEN).text.split("\n") == [
        "Title",
        "⚠️ Please look",
        "One",
        "Two: three",
        "Four",
    ]


def test_a_menu_shows_what_is_chosen() -> None:
    options = (Option("a", said("Anchor"), said("heavy"), chosen=True), Option("b", said("Boat")))
    menu = Menu(said("Pick"), Link("toys.pick"), "items", options, 1, 2)
    [section] = message(Card(controls=(menu,)), PEN).blocks

    assert section["text"]["text"] == "Pick"
    element = section["accessory"]
    assert element["action_id"] == "items=toys.pick"
    assert [o["value"] for o in element["initial_options"]] == ["a"]
    assert element["options"][0]["description"]["text"] == "heavy"


def test_a_menu_that_may_be_empty_can_be_emptied() -> None:
    menu = Menu(said("Pick"), Link("toys.pick"), "items", (Option("a", said("Anchor"), chosen=True),), 0, 1)
    [section] = message(Card(controls=(menu,)), PEN).blocks

    assert section["accessory"]["type"] == "multi_static_select"


def test_a_button_that_slack_would_not_open_is_text() -> None:
    made = message(card(said("Hi"), Button(said("Go"), url="ftp://a.org")), PEN)

    assert "Go: ftp://a.org" in made.blocks[-1]["elements"][0]["text"]


def form(action_name: str, /, **filled: Any) -> Form:
    action = App([Toys().feature]).actions[action_name]
    return Form(action.link(), action.title, action.asked, filled)


def test_a_form_that_changed_has_other_blocks() -> None:
    first, second = (modal(form("toys.shout", words=words), PEN, "C1") for words in ("a", "b"))

    assert first["blocks"][0]["block_id"] != second["blocks"][0]["block_id"]
    assert modal(form("toys.shout", words="a"), PEN, "C1") == first


@given(st.dictionaries(st.sampled_from([p.name for p in form("toys.fields").fields]), st.text(max_size=200)))
def test_whatever_was_typed_before_slack_takes_the_form(filled: dict[str, str]) -> None:
    assert check_view(modal(form("toys.fields", **filled), PEN, "C1"), "modal") == []


def test_lines_and_lists_stay_lines() -> None:
    view = modal(form("toys.create", choices=["Pizza", "Sushi"]), PEN, "C1")
    element = next(b["element"] for b in view["blocks"] if b["block_id"].startswith("choices#"))

    assert element["initial_value"] == "Pizza\nSushi"
    assert element["multiline"] is True
    assert PEN.rich(lines(said("a"), said("b"))) == "a\nb"
