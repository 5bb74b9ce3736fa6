"""How texts are written for Discord: people's words stay words, and no address is disguised."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.discord.dialect import MARKDOWN, DiscordMarkdown
from bot.text import ChannelRef, Command, Href, Mention, Moment, Reader, Text, Value, said, say, write

AT = datetime(2026, 3, 12, 17, 0, tzinfo=UTC)


def on_discord(text: Text, **refs: str) -> str:
    return write(text, Reader(refs=refs), MARKDOWN)


@pytest.mark.parametrize(
    "raw, written",
    [
        ("plain words, 3.5 of them (really)", "plain words, 3.5 of them (really)"),
        ("*b* _i_ ~~s~~ `c` ||sp||", r"\*b\* \_i\_ \~\~s\~\~ \`c\` \|\|sp\|\|"),
        ("a < b > c", r"a \< b > c"),
        ("# big", r"\# big"),
        ("one\n## two\n-# three\n- four\n> five\n1. six\n12) seven", None),
        ("#hashtag -5 3.14", "#hashtag -5 3.14"),
        ("@everyone and @here", "@\u200beveryone and @\u200bhere"),
        ("<@1> <@!1> <@&1> <#1> <:a:1> <a:a:1> <t:1:F> </poll:1>", None),
        ("back\\slash", r"back\\slash"),
        ("see https://example.org/a_b*c for more", None),
        ("https://example.org/a_b_c", "https://example.org/a_b_c"),
        ("[x](http://evil)", r"\[x\](http\://evil)"),
        ("[x]( <http://evil>)", r"\[x\]( \<http\://evil>)"),
    ],
)
def test_words_of_people_mean_nothing_to_discord(raw: str, written: str | None) -> None:
    found = on_discord(said(raw))

    if written is not None:
        assert found == written
    assert not re.search(r"^\s*(#{1,3}|-#|[-+*]|\d+[.)]|>)\s", found, re.MULTILINE)
    assert not re.search(r"<(@|#|:|a:|t:|/)", found)
    assert not re.search(r"@(everyone|here)", found)


MARKS = st.sampled_from([*"*_~`|[]()<>#-+>@!&:\\ \n19.", "http://", "https://e.org", "@everyone", "<@1>", "](", "word"])


@given(st.lists(MARKS, max_size=12).map("".join))
def test_no_words_at_all_ping_or_hide_a_link(raw: str) -> None:
    found = on_discord(say("{words}", words=raw))

    assert not re.search(r"@(everyone|here)|<@|<#|<t:", found)
    assert not re.search(r"(?<!\\)]\(", found.replace("\\\\", ""))
    assert not re.search(r"(?<!\\)[*`|]", found.replace("\\\\", ""))


@pytest.mark.parametrize(
    "value, written",
    [
        (Mention("m1", "Ana"), "<@77>"),
        (Mention("m2", "B*n"), r"B\*n"),
        (ChannelRef("5", "general"), "<#5>"),
        (ChannelRef("general"), "#general"),
        (Moment(AT), "<t:1773334800:F>"),
        (AT, "<t:1773334800:F>"),
        (Moment(AT, "date"), "<t:1773334800:D>"),
        (Moment(AT, "time"), "<t:1773334800:t>"),
        (Moment(AT, "relative"), "<t:1773334800:R>"),
        (Href("A _good_ read", "https://example.org/a_(b)"), r"[A \_good\_ read](<https://example.org/a_(b)>)"),
        (Href("x](http://evil)", "https://example.org"), r"x\](http\://evil) (<https://example.org>)"),
        (Href("paypal.com", "https://evil.org"), "paypal.com (<https://evil.org>)"),
        (Href("example.org tips", "https://www.example.org"), "[example.org tips](<https://www.example.org>)"),
        (Href("", "https://example.org"), "<https://example.org>"),
        (Href("x", "javascript:alert(1)"), "x (javascript:alert(1))"),
        (Href("x", "https://a.org> <@1>"), "x (https://a.org> \\<\u200b@1>)"),
        (Href("x", "https://you@evil.org"), "x (https://you@evil.org)"),
        (Command("poll create"), "`/poll create`"),
    ],
)
def test_values_are_written_as_discord_shows_them(value: Value, written: str) -> None:
    assert on_discord(say("{value}", value=value), m1="77") == written


def test_markup_of_templates_is_kept_and_code_is_not_escaped() -> None:
    assert (
        on_discord(say("**{who}** types `{what}`", who="a*b", what="snake_case`s")) == r"**a\*b** types `snake_caseˋs`"
    )


def test_commands_have_the_names_that_they_have_on_discord() -> None:
    assert DiscordMarkdown({"me": "me show"}).command("me") == "`/me show`"
