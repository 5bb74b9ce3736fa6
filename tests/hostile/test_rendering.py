"""People's words on every chat: they ping nobody, hide no address, and are no markup, wherever a card shows them."""

from collections.abc import Callable

import pytest

from bot.actions import Link
from bot.cards import Button, Card, Fields, File, Menu, Note, Option, Picture, Prose, Row
from bot.text import ChannelRef, Href, Mention, Reader, Text, clean_text, joined, lines, listed, said, say
from tests.hostile.corpus import FAMILIES, HOSTILE
from tests.hostile.looks import look_on_discord, look_on_page, look_on_slack, looks

PAGE = "https://example.org/guide"
GO = Link("toys.go")
LONG = 4000  # characters: what people can send at once

Place = Callable[[str], Card]


def prose(*texts: Text) -> Card:
    return Card(blocks=tuple(map(Prose, texts)))


PLACES: dict[str, Place] = {
    "a paragraph": lambda w: prose(said(w)),
    "bold": lambda w: prose(say("So **{words}** it is", words=w)),
    "code": lambda w: prose(say("Type `{words}` here", words=w)),
    "a sentence": lambda w: prose(say("Hello {words}, and {words} again", words=w)),
    "a sentence in a sentence": lambda w: prose(say("“{inner}”", inner=say("**{words}**: {words}", words=w))),
    "a list": lambda w: prose(listed([said(w), said(w)]), joined((said(w), said("x"), said(w)), "")),
    "lines": lambda w: prose(lines(said("x"), said(w), said(w))),
    "a title": lambda w: Card(said(w), (Prose(said("x")),)),
    "a name of a field": lambda w: Card(blocks=(Fields(((said(w), said("x")), (said("y"), said("z")))),)),
    "a field": lambda w: Card(blocks=(Fields(((said("x"), said(w)), (said("y"), say("**{w}**", w=w)))),)),
    "a row": lambda w: Card(blocks=(Row(said(w), Button(said("Go"), GO)), Row(said(w)))),
    "small print": lambda w: Card(blocks=(Prose(said("x")), Note(said(w)))),
    "a button": lambda w: Card(blocks=(Prose(said("x")),), controls=(Button(said(w), GO), Button(said(w), url=PAGE))),
    "an address of a button": lambda w: Card(blocks=(Prose(said("x")),), controls=(Button(said("Open"), url=w),)),
    "a menu": lambda w: Card(
        blocks=(Prose(said("x")),),
        controls=(Menu(said(w), GO, "x", (Option("a", said(w), said(w)), Option("b", said("b")))),),
    ),
    "a picture": lambda w: Card(blocks=(Picture(File("x.png", b"x"), said(w)),)),
    "a person": lambda w: prose(say("{who} and {who}", who=Mention("m1", w))),
    "a channel": lambda w: prose(say("in {where}", where=ChannelRef("", w)), say("{w}", w=ChannelRef(w))),
    "words of a link": lambda w: prose(say("Read {link}.", link=Href(w, PAGE))),
    "an address": lambda w: prose(say("Read {link} or {bare}.", link=Href("this", w), bare=Href("", w))),
}  # fmt: skip
NAMES = list(PLACES)
ALSO = {place: {"link"} for place in ("words of a link", "an address", "a button")}  # shown as an address, or in words


def expected(place: str, chat: str) -> set[str]:
    """The kinds of markup that are ours there."""
    look = {"discord": look_on_discord, "slack": look_on_slack, "page": look_on_page}[chat](
        PLACES[place]("word"), Reader()
    )
    return look.kinds


OURS = {(place, chat): expected(place, chat) for place in PLACES for chat in ("discord", "slack", "page")}


def trouble(words: str, place: str) -> list[str]:
    """What goes wrong with these words in this place."""
    found: list[str] = []
    for look in looks(PLACES[place](words), Reader()):
        named = {f"<#{words}>"} if place == "a channel" else set()  # a reference is shown as the channel that it names
        more = (
            look.kinds - OURS[place, look.chat] - ALSO.get(place, set()) - ({"mention"} if words.isdigit() else set())
        )
        pings = [ping for ping in look.pings if ping not in named]
        found += [f"{look.chat}, {place}: {what}" for what in (*look.refused, *pings, *look.disguised, *more)]
    return found


@pytest.mark.parametrize("family", FAMILIES)
def test_words_stay_words_in_every_place_of_a_card(family: str, long_form: bool) -> None:
    for n, raw in enumerate(FAMILIES[family]):
        places = NAMES if long_form else NAMES[n % 4 :: 4]
        for words in dict.fromkeys((raw[:LONG], clean_text(raw)[:LONG])):
            problems = [problem for place in places for problem in trouble(words, place)]
            assert problems == [], f"{words[:200]!r}"


def test_the_corpus_is_large_and_every_string_is_another() -> None:
    assert len(HOSTILE) >= 1000
    assert len(set(HOSTILE)) == len(HOSTILE)
    assert all(FAMILIES.values())
