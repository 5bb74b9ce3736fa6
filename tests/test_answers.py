"""Answers: every kind is read within its bounds, and whatever people type becomes a value or a sentence."""

import math
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Annotated, Any, Literal

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, select

from bot.actions import Feature, Link, Opt, Param, Refuse, Role, params
from bot.answers import Wrong, empty, missing, read, read_answers, read_carried, split
from bot.calls import Raw, Turn
from bot.cards import card
from bot.effects import Effect, Reply
from bot.forms import typed
from bot.people import person
from bot.text import ChannelRef, Reader, say, write
from bot.times import When
from storage.people import Community, Member
from storage.presence import presence
from tests.databases import Databases
from tests.world import World

HOSTILE_PIECES = (
    *("\x00", "\ud800", "\udfff", "\u202e", "\u2066", "\u200b", "\ufeff", "\r\n", "\u2028", "Ω", "👩\u200d👩"),
    *("'", '"', ";--", "%", "_", "\\", "{name}", "{0}", "%s", "**", "`", "$(x)", "../", "null", "&amp;", "<b>"),
    *("<@", "<@!1>", "<#", "|", ">", "@everyone", "@here", ":", "=", "-", ",", ".", "/", "+", "yes", "red"),
    *("nan", "inf", "1e999", "-0", "٣", "½", "²", "𝟙", "９", "9" * 50, "99"),
    *("tomorrow", "friday", "next", "every", "2026-13-45", "9999-12-31", "0001-01-01", "24:00", "61 min"),
)
HOSTILE = st.text(max_size=30) | st.lists(st.sampled_from(HOSTILE_PIECES), max_size=6).map("".join)
SURROGATES = st.text(st.characters() | st.characters(categories=["Cs"]), max_size=30)


class Size(Enum):
    SMALL = "Small"
    VERY_LARGE = "Really large"


def find(turn: Turn, typed: str) -> Community:
    """A record by name, as features find theirs."""
    found = turn.db.exec(select(Community).where(Community.name == typed)).first()
    if found is None:
        raise Refuse("There is no {typed}.", typed=typed)
    return found


def run(
    turn: Turn,
    *,
    text: Annotated[str, Opt("Text", min=2, max=20)],
    texts: Annotated[list[str], Opt("Texts", min=2, max=4)],
    integer: Annotated[int, Opt("Integer", min=1, max=9)],
    number: Annotated[float, Opt("Number")],
    flag: Annotated[bool, Opt("Flag")],
    day: Annotated[date, Opt("Day")],
    time: Annotated[datetime, Opt("Time")],
    when: Annotated[When, Opt("When")],
    span: Annotated[timedelta, Opt("Span")],
    colour: Annotated[Literal["red", "dark blue"], Opt("Colour")],
    size: Annotated[Size, Opt("Size")],
    sizes: Annotated[list[Size], Opt("Sizes")],
    member: Annotated[Member, Opt("Member")],
    members: Annotated[list[Member], Opt("Members")],
    channel: Annotated[ChannelRef, Opt("Channel")],
    record: Annotated[Community, Opt("Record", find=find)],
    note: Annotated[str, Opt("Note")] = "",
) -> None:
    """One field of each kind."""


ASKED = {p.name: p for p in params(run)[1]}
echo = Feature("echo")


@echo.action("Say it again", command="echo", needs=Role.GUEST)
def repeat(turn: Turn, *, words: Annotated[str, Opt("What?")]) -> list[Effect]:
    turn.community_row().purpose = words
    return [Reply(card(say("{words}", words=words)))]


@echo.action(needs=Role.GUEST)
def carry(turn: Turn, words: str, n: int = 0, at: datetime | None = None) -> list[Effect]:
    return [Reply(card(say("{words} {n}", words=words, n=n)))]


@pytest.fixture(scope="module")
def world(databases: Databases) -> Iterator[World]:
    database = databases.take()
    made = World(database, [echo])
    for name in ("ana", "ben", "dan", "dan2"):
        made.person(name).uses("echo", words="hello")
    made.person("dora", space="D2").uses("echo", words="hello")  # another community

    def join(db: Session) -> None:
        for member in db.exec(select(Member)):
            member.status = "member"
            member.name = member.name.capitalize().rstrip("2")

    made.write(join)
    yield made
    made.close()
    databases.give_back(database)


@pytest.fixture(scope="module")
def turn(world: World) -> Iterator[Turn]:
    """A turn of Ana's, on a session that is never written."""
    with Session(world.database.engine) as db:
        known = presence(db, "discord", "D1", "ana")
        assert known is not None
        who = person(known.member, known.community, known.account)
        yield Turn(who, known.community, world.clock.now(), db, world.engine.app, known.space)


def refusal(turn: Turn, param: Param, raw: Raw) -> str:
    with pytest.raises(Refuse) as no:
        read(turn, param, raw)
    return write(no.value.text, Reader())


@pytest.mark.parametrize(
    "name, raw, value",
    [
        ("text", "  hello  ", "hello"),
        ("text", "he\u202ello\x00\ud800", "hello"),
        ("text", ["first", "second"], "first"),
        ("texts", "a, b ,,c", ["a", "b", "c"]),
        ("texts", "a, b\nc\n\n", ["a, b", "c"]),
        ("texts", ["a", " ", "b"], ["a", "b"]),
        ("integer", "7", 7),
        ("integer", 7, 7),
        ("integer", " ٣ ", 3),
        ("number", "1,5", 1.5),
        ("number", -2.5, -2.5),
        ("flag", "YES", True),
        ("flag", "off", False),
        ("flag", True, True),
        ("flag", False, False),
        ("day", "2026-03-04", date(2026, 3, 4)),
        ("span", "1h30", timedelta(minutes=90)),
        ("colour", "RED", "red"),
        ("colour", " Dark Blue", "dark blue"),
        ("size", "small", Size.SMALL),
        ("size", "very large", Size.VERY_LARGE),
        ("sizes", ["SMALL", "VERY_LARGE"], [Size.SMALL, Size.VERY_LARGE]),
        ("channel", "<#C12|general>", ChannelRef("C12")),
        ("channel", "123", ChannelRef("123")),
    ],
)
def test_an_answer_becomes_what_was_declared(turn: Turn, name: str, raw: Raw, value: object) -> None:
    assert read(turn, ASKED[name], raw) == value


def test_times_are_read_in_the_zone_of_who_types(turn: Turn) -> None:
    assert read(turn, ASKED["time"], "tomorrow 18:00").isoformat() == "2026-03-03T17:00:00+00:00"
    assert read(turn, ASKED["when"], "every monday 18:00").rule == "FREQ=WEEKLY;BYDAY=MO"


@pytest.mark.parametrize("typed", ["ben", "<@ben>", "<@!ben>", "<@ben|Ben>", "@Ben", "BEN"])
def test_a_member_is_found_by_reference_and_by_name(turn: Turn, typed: str) -> None:
    assert read(turn, ASKED["member"], typed).name == "Ben"


def test_members_are_read_as_a_list(turn: Turn) -> None:
    assert [m.name for m in read(turn, ASKED["members"], "ana, ben")] == ["Ana", "Ben"]
    assert [m.name for m in read(turn, ASKED["members"], ["ana", "ben"])] == ["Ana", "Ben"]


@pytest.mark.parametrize(
    "name, raw, sentence",
    [
        ("text", "x" * 21, "At most 20 characters, please; this has 21."),
        ("text", "x", "At least 2 characters, please."),
        ("texts", "a", "Please give 2 to 4; this has 1. Put one on each line."),
        ("texts", list("abcde"), "At most 4, please; this has 5."),
        ("texts", ["a", "x" * 1001], "At most 1,000 characters, please; this has 1,001."),
        ("integer", "seven", "“seven” is not a number. Try 12."),
        ("integer", "1.5", "“1.5” is not a number. Try 12."),
        ("integer", 10, "From 1 to 9, please."),
        ("integer", 0, "From 1 to 9, please."),
        ("integer", "9" * 5000, "“" + "9" * 40 + "” is not a number. Try 12."),
        ("number", "nan", "“nan” is not a number I can use. Try 12."),
        ("number", "1e16", "“1e16” is not a number I can use. Try 12."),
        ("flag", "perhaps", "Say yes or no, not “perhaps”."),
        ("colour", "green", "There is no “green”. You can choose: red, dark blue."),
        ("colour", "dark bleu", "There is no “dark bleu”. Did you mean “dark blue”? You can choose: red, dark blue."),
        ("sizes", ["SMALL", "x" * 60], "There is no “" + "x" * 40 + "”. You can choose: SMALL, VERY_LARGE."),
        ("member", "zoe", "I know nobody called “zoe” here. They may not have joined yet."),
        ("member", "anna", "I know nobody called “anna”. Did you mean Ana?"),
        ("member", "@dan", "2 people here are called “@dan”. Choose the one you mean from the list."),
        ("member", "dora", "I know nobody called “dora” here. They may not have joined yet."),
        ("channel", "<#>", "“<#>” is no channel. Choose one from the list."),
        ("channel", "x" * 101, "“" + "x" * 40 + "” is no channel. Choose one from the list."),
        ("record", "nothing", "There is no nothing."),
        ("span", "90", "“90” needs a unit. Write for example “90 min”, “1h30”, “1 hour 30 minutes” or “2 days”."),
    ],
)
def test_what_cannot_be_used_is_said_with_what_could(turn: Turn, name: str, raw: Raw, sentence: str) -> None:
    assert refusal(turn, ASKED[name], raw) == sentence


@pytest.mark.parametrize(
    "opt, raw, sentence",
    [
        (Opt("x", min=5), 4, "At least 5, please."),
        (Opt("x", max=5), 6, "At most 5, please."),
        (Opt("x", max=0), 1, "At most 0, please."),
    ],
)
def test_one_bound_alone_is_said_alone(turn: Turn, opt: Opt, raw: Raw, sentence: str) -> None:
    assert refusal(turn, Param("n", "integer", int, many=False, opt=opt, required=True), raw) == sentence


@pytest.mark.parametrize(
    "raw", [None, "", "  ", "\n", "\u200b\ufeff", "\x00", "\u202e", "\ud800", [], [""], [" ", "\u200b"]]
)
def test_what_nobody_can_see_is_no_answer(turn: Turn, raw: Any) -> None:
    assert empty(raw)
    assert missing([ASKED["text"], ASKED["note"]], {"text": raw}) == [ASKED["text"]]
    with pytest.raises(Wrong) as wrong:
        read_answers(turn, [ASKED["text"], ASKED["note"]], {"text": raw, "note": raw})

    assert [(p.field, write(p.text, Reader())) for p in wrong.value.problems] == [("text", "Please fill in “Text”.")]


@pytest.mark.parametrize("raw", [0, 0.0, False, "0", "👩", ["0"]])
def test_nothing_is_not_the_same_as_no_answer(raw: Raw) -> None:
    assert not empty(raw)


def test_everything_wrong_is_told_at_once(turn: Turn) -> None:
    with pytest.raises(Wrong) as wrong:
        read_answers(turn, ASKED.values(), {"text": "x", "integer": "many", "number": "1", "unheard": "of"})

    told = [p.field for p in wrong.value.problems]
    assert told == [n for n in ASKED if n not in ("number", "note")]


def test_an_optional_answer_that_was_left_out_is_left_to_its_default(turn: Turn) -> None:
    assert read_answers(turn, [ASKED["note"]], {}) == {}


@pytest.mark.parametrize(
    "raw, items", [("", []), (",,", []), ("a", ["a"]), ("a,b", ["a", "b"]), ("a\r\nb", ["a", "b"])]
)
def test_a_typed_list_is_split_at_lines_or_commas(raw: str, items: list[str]) -> None:
    assert split(raw) == items


def keeps(db: Session, value: object) -> None:
    """What was read can be put into the database."""
    if isinstance(value, str):
        db.exec(select(Community).where(Community.name == value)).first()


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=HOSTILE | SURROGATES)
def test_whatever_is_typed_becomes_a_value_or_a_sentence(turn: Turn, raw: str) -> None:
    for param in ASKED.values():
        for given_ in (raw, [raw], [raw, raw]):
            try:
                value = read(turn, param, given_)
            except Refuse as no:
                write(no.text, Reader("de")).encode()
            else:
                for one in value if isinstance(value, list) else [value]:
                    keeps(turn.db, one)
                    assert not (isinstance(one, float) and math.isnan(one))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(args=st.lists(HOSTILE | SURROGATES, max_size=6))
def test_whatever_a_link_carries_becomes_values_or_a_sentence(turn: Turn, args: list[str]) -> None:
    link = Link.parse(":".join(["echo.carry", *args]))
    carried = echo.actions["echo.carry"].carried
    try:
        values = read_carried(turn, carried, link)
    except Refuse as no:
        values = []
        told = write(no.text, Reader())
    else:
        told = ""

    assert bool(values) != (told == "That button is from an older version of me. Please start again.")
    for value in values:
        keeps(turn.db, value)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=HOSTILE | SURROGATES, name=HOSTILE | SURROGATES, carried=HOSTILE | SURROGATES)
@example(words="\ud800", name="\ud800", carried="\ud800")
def test_hostile_words_and_names_are_answered_and_never_break_the_database(
    world: World, words: str, name: str, carried: str
) -> None:
    actor = world.person("eve")
    strange = type(actor)(world, type(actor.account)("discord", "D1", "eve", name, locale=name, zone=name))

    for seen in (
        strange.uses("echo", words=words),
        strange.follows(Link.parse(f"echo.carry:{carried}")),
        strange.sends(Link.parse(f"forms.page:{carried}:²"), {"words": words}),
    ):
        assert "Something went wrong" not in seen.text
        assert "could not save" not in seen.text
        seen.text.encode()


@pytest.mark.parametrize(
    "name, value",
    [
        ("text", "hello"),
        ("texts", ["a", "b, c"]),
        ("integer", 7),
        ("number", 1.5),
        ("flag", True),
        ("day", date(2026, 3, 4)),
        ("span", timedelta(days=1, hours=2, minutes=5)),
        ("colour", "dark blue"),
    ],
)
def test_what_fills_a_form_is_read_back_as_it_was(turn: Turn, name: str, value: object) -> None:
    assert read(turn, ASKED[name], typed(value, turn.who)) == value


def test_a_time_that_fills_a_form_is_read_back_as_it_was(turn: Turn) -> None:
    at = read(turn, ASKED["time"], "tomorrow 18:00")

    assert read(turn, ASKED["time"], typed(at, turn.who)) == at
