"""Cards: what they say and lead to can be found, lists turn their pages, and an answer can be kept and given again."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import codec
from bot.actions import Kind, Link
from bot.cards import Button, Card, Fields, File, Menu, Note, Option, Picture, Prose, Row, Rule, card, mentioned, texts
from bot.effects import Attach, Reply
from bot.kinds import with_reason
from bot.pages import SIZE, page
from bot.text import (
    ChannelRef,
    Command,
    Href,
    Mention,
    Moment,
    Reader,
    Text,
    Value,
    Zoned,
    count,
    lines,
    listed,
    said,
    say,
    write,
)

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
HERE, THERE = Link("polls.card", ("a",)), Link("polls.card", ("b",))
EVERYTHING = Card(
    say("title"),
    (
        Prose(say("prose")),
        Fields(((say("name"), say("value")), (say("other"), Text()))),
        Row(say("row"), Button(say("beside"), HERE)),
        Row(say("bare row")),
        Picture(File("chart.png", b"\x89PNG\x00\xff", "image/png"), say("alt")),
        Rule(),
        Note(say("note")),
    ),
    (
        Button(say("button"), THERE, "danger"),
        Button(say("address"), url="https://a.example"),
        Menu(say("menu"), Link("polls.vote"), "choice", (Option("1", say("one"), say("about"), chosen=True),), 0, 1),
    ),
    "watch",
)


def test_every_word_of_a_card_is_found() -> None:
    words = [write(t, Reader()) for t in texts(EVERYTHING)]

    expected = "title, prose, name, value, other, , row, beside, bare row, alt, note, button, address, menu, one, about"
    assert words == expected.split(", ")


def test_every_link_of_a_card_is_found() -> None:
    assert list(EVERYTHING.links()) == [HERE, THERE, Link("polls.vote")]


def test_two_controls_with_one_link_are_our_mistake() -> None:
    with pytest.raises(ValueError, match=r"no platform can tell apart: .*polls\.card:a"):
        Card(blocks=(Row(say("a"), Button(say("b"), HERE)),), controls=(Button(say("c"), HERE),))

    Card(controls=(Button(say("a"), url="https://a.example"), Button(say("b"), url="https://a.example")))


def test_who_is_named_is_found_however_deep() -> None:
    ana, ben, cem, dua = (Mention(name, name) for name in ("ana", "ben", "cem", "dua"))
    made = Card(
        say("{who}", who=ana),
        (Prose(lines(say("a"), listed([say("{who}", who=ben)]))), Fields(((say("by"), say("{who}", who=cem)),))),
        (Button(say("{all}", all=say("{who}", who=dua)), HERE),),
    )

    assert mentioned(made) == {"ana", "ben", "cem", "dua"}
    assert mentioned(None) == set()


def test_a_direct_message_keeps_what_it_is_and_adds_why_it_came() -> None:
    kind = Kind("polls.results", say("Results"), say("you voted"))

    made = with_reason(EVERYTHING, kind)

    assert made.blocks[:-1] == EVERYTHING.blocks
    assert "You get this because you voted." in [write(t, Reader()) for t in texts(made)]
    assert made.controls[:-1] == EVERYTHING.controls
    assert list(made.links())[-1] == Link("kinds.stop", ("polls.results",))
    assert (made.title, made.tone) == (EVERYTHING.title, EVERYTHING.tone)


@given(total=st.integers(0, 60), number=st.integers(-5, 30), size=st.integers(1, 7))
def test_pages_hold_every_item_once_and_a_number_outside_is_the_nearest(total: int, number: int, size: int) -> None:
    items = list(range(total))
    pages = page(items, 1, size).pages

    assert [x for n in range(1, pages + 1) for x in page(items, n, size).items] == items
    assert page(items, number, size).number == min(max(number, 1), pages)


@pytest.mark.parametrize(
    "number, turns", [(1, ["Next"]), (2, ["Previous", "Next"]), (3, ["Previous"]), (99, ["Previous"])]
)
def test_pages_lead_to_those_before_and_after(number: int, turns: list[str]) -> None:
    shown = page(range(SIZE * 2 + 1), number)

    buttons = shown.turns(lambda n: Link("list", (str(n),)))

    assert [write(b.label, Reader()) for b in buttons] == turns
    assert write(shown.caption, Reader()) == f"Page {shown.number} of 3"


def test_one_page_says_nothing_about_pages() -> None:
    shown = page([1, 2], 1)

    assert not shown.caption
    assert shown.turns(lambda n: Link("list", (str(n),))) == ()


VALUES: st.SearchStrategy[Value] = st.one_of(
    st.text(),
    st.integers(-(10**15), 10**15),
    st.booleans(),
    st.floats(allow_nan=False),
    st.datetimes(timezones=st.just(UTC)),
    st.dates(),
    st.timedeltas(timedelta(0), timedelta(days=9999)).map(lambda d: timedelta(seconds=int(d.total_seconds()))),
    st.builds(Mention, st.text(), st.text()),
    st.builds(Href, st.text(), st.text()),
    st.builds(ChannelRef, st.text(), st.text()),
    st.builds(Command, st.text()),
    st.just(Moment(AT, "relative")),
    st.just(Zoned(AT, "Asia/Tokyo")),
    st.builds(said, st.text()),
    st.builds(lambda n: count("{n} a", "{n} b", n), st.integers(0, 9)),
    st.builds(lambda words: lines(*map(said, words)), st.lists(st.text())),
)


@given(values=st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), VALUES))
def test_an_answer_that_is_kept_is_the_same_when_it_is_given_again(values: dict[str, Value]) -> None:
    shown = (
        Reply(card(Text("{a} and {b}", tuple(values.items()))), "public"),
        Reply(EVERYTHING, "replace"),
        Attach(File("all.csv", bytes(range(256)), "text/csv"), say("All of it")),
    )

    assert codec.decode(codec.encode(shown)) == shown


def test_only_parts_of_answers_can_be_kept() -> None:
    for other in (object(), {"a": 1}, Kind("a", Text(), Text())):
        with pytest.raises(TypeError, match="is no part of an answer"):
            codec.encode(other)


def test_a_date_is_not_taken_for_a_time() -> None:
    kept = codec.decode(codec.encode([date(2026, 3, 2), AT]))

    assert [type(value) for value in kept] == [date, datetime]
