"""What people type after /cop becomes a command and its answers, and no word of it gets lost."""

from datetime import UTC, datetime
from typing import Annotated, Literal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.slack.grammar import Typed, read_command, usage
from bot.actions import App, Feature, Opt
from bot.calls import Raw, Turn
from bot.effects import Effect
from tests.slack.toy import Toys

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
APP = App([Toys().feature])


def read(text: str) -> Typed:
    return read_command(text, APP.commands, NOW)


def answers(text: str) -> dict[str, Raw]:
    typed = read(text)
    assert typed.action is not None, typed
    assert typed.extra == ""
    return dict(typed.answers)


@pytest.mark.parametrize(
    "text, expected",
    [
        (
            'poll create "Lunch?" Pizza, Sushi closes: friday 12:00',
            {"question": "Lunch?", "choices": ["Pizza", "Sushi"], "closes": "friday 12:00"},
        ),
        ("poll create “Lunch today?” Pizza,Sushi", {"question": "Lunch today?", "choices": ["Pizza", "Sushi"]}),
        ("POLL Create Lunch? Pizza, Fish and chips", {"question": "Lunch?", "choices": ["Pizza", "Fish and chips"]}),
        ("poll create Where do we go? A, B", {"question": "Where do we go?", "choices": ["A", "B"]}),
        ('poll create "Where?" "New York, NY" "Rome"', {"question": "Where?", "choices": ["New York, NY", "Rome"]}),
        ('poll create "Where?" "New York, NY", Rome', {"question": "Where?", "choices": ["New York, NY", "Rome"]}),
        (
            'poll create closes: "friday 12:00" several: yes "Lunch?" Pizza, Sushi',
            {"question": "Lunch?", "choices": ["Pizza", "Sushi"], "closes": "friday 12:00", "several": "yes"},
        ),
        ('poll create closes:"friday 12:00" "Lunch?"', {"question": "Lunch?", "closes": "friday 12:00"}),
        ("poll create closes=friday question=Lunch today", {"question": "Lunch today", "closes": "friday"}),
        ('poll create question: He said "hi" to me', {"question": 'He said "hi" to me'}),
        ("shout R&amp;D &lt;3 &lt;!channel&gt;", {"words": "R&D <3 <!channel>"}),
        ("shout thank <@U123|ana> in <#C1|general>", {"words": "thank @ana in #general"}),
        ("shout <https://a.org/x?a=1&amp;b=2|a.org>", {"words": "https://a.org/x?a=1&b=2"}),
        ("shout or <mailto:a@b.org|a@b.org>", {"words": "or a@b.org"}),
        ("shout <!subteam^S12|@team> and <!here>", {"words": "@team and @here"}),
        ('shout "all of it" and more', {"words": '"all of it" and more'}),
        ("shout at: noon", {"words": "at: noon"}),
        ("fields Ana number=7 colour: red keep: no", {"name": "Ana", "number": "7", "colour": "red", "keep": "no"}),
        ("fields A who: <@U12> others: <@U1> <@U2>,<@W3|z>", {"name": "A", "who": "U12", "others": ["U1", "U2", "W3"]}),
        ("fields Ana where: <#C12|general> tool: hammer", {"name": "Ana", "where": "C12", "tool": "hammer"}),
        ("must yes", {"sure": "yes"}),
        ("hello", {}),
        ("/hello", {}),
        ("", {}),
        ("  ", {}),
    ],
)  # fmt: skip
def test_values_are_found_by_name_or_in_their_order(text: str, expected: dict[str, Raw]) -> None:
    assert answers(text) == expected


def test_nothing_typed_is_help() -> None:
    typed = read("")

    assert typed.action is not None
    assert typed.action.command == "help"


def test_people_are_known_by_their_accounts() -> None:
    assert read("fields Ana who: <@U123|ana> others: <@U1|x>").people == {"U123", "U1"}


def test_an_unknown_command_is_answered_with_the_nearest_three() -> None:
    typed = read("pol creat Lunch")

    assert typed.action is None
    assert typed.extra == "pol creat Lunch"
    assert typed.near[0].command == "poll create"
    assert len(typed.near) <= 3


def test_half_a_command_is_answered_with_those_of_its_area() -> None:
    assert {a.command for a in read("group").near[:2]} == {"group make", "group quit"}


def test_what_fits_nowhere_is_given_back() -> None:
    typed = read("must yes please do")

    assert typed.answers == {"sure": "yes"}
    assert typed.extra == "please do"


def test_a_time_takes_as_many_words_as_it_can_be_read_from() -> None:
    app = App([meeting_feature()])

    typed = read_command('meet "Book club" next friday 17:00 Room 5', app.commands, NOW)

    assert typed.answers == {"title": "Book club", "starts": "next friday 17:00", "where": "Room 5"}


def test_optional_numbers_and_choices_are_skipped_by_words_of_another_kind() -> None:
    typed = read_command("list later design", App([meeting_feature()]).commands, NOW)

    assert typed.answers == {"order": "later", "topic": "design"}


def test_usage_shows_how_a_command_is_typed() -> None:
    create = APP.commands["poll create"]

    assert usage("/cop", create) == '/cop poll create "question" choices, … [closes: …] [several: …]'


WORDS = st.from_regex(r"[a-z0-9äß]{1,8}", fullmatch=True)
BITS = st.one_of(
    st.sampled_from(['"', "“", "”", ",", "\n", ":", "closes:", "choices=", "<@U1|ana>", "<", ">", "&lt;", "="]),
    WORDS,
)


@given(st.sampled_from(sorted(APP.commands)), st.lists(WORDS, max_size=12), st.sampled_from([" ", ", ", '" "', "\n"]))
@example("poll create", ["a"], " ")
def test_every_word_is_in_an_answer_or_given_back(command: str, words: list[str], between: str) -> None:
    typed = read(f"{command} {between.join(words)}")

    kept = " ".join([typed.extra, *(" ".join(v) if isinstance(v, list) else str(v) for v in typed.answers.values())])
    assert typed.action is not None
    if words != ["show"]:
        assert all(word in kept for word in words), (typed, words)


@given(st.lists(BITS, max_size=15).map("".join))
def test_anything_can_be_typed(text: str) -> None:
    for command in APP.commands:
        read(f"{command} {text}")
    read(text)


@given(st.text())
def test_any_text_at_all_can_be_typed(text: str) -> None:
    read(text)
    read(f"fields {text}")


def meeting_feature() -> Feature:
    feature = Feature("meetings")

    @feature.action("Plan", command="meet")
    def plan(
        turn: Turn,
        *,
        title: Annotated[str, Opt("Title")],
        starts: Annotated[datetime, Opt("When")],
        where: Annotated[str, Opt("Where")] = "",
    ) -> list[Effect]:
        return []

    @feature.action("List", command="list")
    def show(
        turn: Turn,
        *,
        n: Annotated[int, Opt("How many")] = 5,
        order: Annotated[Literal["soon", "later"], Opt("Order")] = "soon",
        topic: Annotated[str, Opt("Topic")] = "",
    ) -> list[Effect]:
        return []

    return feature
