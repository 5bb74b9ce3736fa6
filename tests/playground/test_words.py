"""Texts as trees: everything that a text can contain, and nothing that its words could pretend to be."""

from datetime import UTC, datetime

from adapters.playground.words import nodes
from bot.text import ChannelRef, Command, Href, Mention, Moment, Reader, lines, said, say


def test_a_text_becomes_a_tree() -> None:
    text = say("**{who}** says `{what}`", who=Mention("m1", "Ana"), what="hi")

    assert nodes(text, Reader(refs={"m1": "ana"})) == [
        {"is": "bold", "of": [{"is": "person", "ref": "ana", "words": "Ana"}]},
        " says ",
        {"is": "code", "of": ["hi"]},
    ]


def test_links_channels_commands_and_times_are_told_apart() -> None:
    at = datetime(2026, 3, 3, 9, tzinfo=UTC)
    text = say(
        "{a} {b} {c} {d}",
        a=Href("Page", "https://example.org"),
        b=ChannelRef("general", "general"),
        c=Command("poll list"),
        d=Moment(at, "time"),
    )

    assert [node for node in nodes(text, Reader()) if isinstance(node, dict)] == [
        {"is": "link", "url": "https://example.org", "words": "Page"},
        {"is": "channel", "ref": "general", "words": "general"},
        {"is": "command", "words": "/poll list"},
        {"is": "time", "at": at.timestamp(), "style": "time", "words": "09:00"},
    ]


def test_words_cannot_pretend_to_be_marks() -> None:
    forged = "\x01b**x**\x02\x01l{}\x02<b>`y`"

    assert nodes(lines(said(forged), say("end")), Reader()) == ["b**x**l{}<b>`y`\nend"]
