"""Actions: links read back as they were written, and signatures that no platform could ask for are refused."""

from datetime import date, datetime, timedelta
from enum import Enum
from typing import Annotated, Any, Literal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.actions import LINK_MAX, App, Feature, Link, Opt, Refuse, Role, params
from bot.calls import Turn
from bot.cards import Card, Row
from bot.effects import Effect
from bot.features import find_features
from bot.text import ChannelRef, Reader, say, write
from bot.times import When
from storage.columns import ID_LENGTH, new_id
from storage.people import Member

NAMES = st.from_regex(r"[a-z]{1,10}\.[a-z_]{1,20}", fullmatch=True)
LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0") | st.sampled_from(":%3A25")
ARGS = st.lists(st.text(alphabet=LETTERS), max_size=5)


class Size(Enum):
    SMALL = "Small"
    LARGE = "Really large"


def fits(name: str, args: list[str]) -> bool:
    return len(name) + sum(1 + len(a) + 2 * (a.count("%") + a.count(":")) for a in args) <= LINK_MAX


@given(name=NAMES, args=ARGS)
def test_a_link_is_read_back_as_it_was_written_or_refused_at_once(name: str, args: list[str]) -> None:
    if not fits(name, args):
        with pytest.raises(ValueError, match="fits no button"):
            Link(name, tuple(args))
        return

    link = Link(name, tuple(args))

    assert Link.parse(str(link)) == link
    assert len(str(link)) <= LINK_MAX


@given(args=st.lists(st.sampled_from(["", ":", "%", "%3A", "%25", "%253A", "::", "a:b", "100%", "%:"]), max_size=8))
def test_colons_and_percents_survive(args: list[str]) -> None:
    link = Link("a.b", tuple(args))

    assert Link.parse(str(link)).args == tuple(args)


@given(raw=st.text() | st.text(alphabet="%:3A25\ud800\x00", max_size=200))
@example("a:" + "%" * 98)
def test_anything_at_all_is_a_link_though_perhaps_to_nothing(raw: str) -> None:
    link = Link.parse(raw)

    str(link).encode()
    assert len(str(link)) <= LINK_MAX
    assert Link.parse(str(link)) == link


def test_a_link_of_exactly_the_limit_fits_and_one_more_does_not() -> None:
    assert len(str(Link("a", ("x" * (LINK_MAX - 2),)))) == LINK_MAX
    with pytest.raises(ValueError, match="more than 100 characters"):
        Link("a", ("x" * (LINK_MAX - 1),))
    with pytest.raises(ValueError, match="more than 100 characters"):
        Link("a", (":" * 40,))  # each takes three


def test_a_link_of_two_ids_and_any_of_our_actions_fits() -> None:
    app = App(find_features())

    for name in (*app.actions, *app.views):
        Link(name, (new_id(), new_id(), "x" * ID_LENGTH))


def test_a_link_is_made_with_the_arguments_that_its_function_carries() -> None:
    things = Feature("things")

    @things.action()
    def move(turn: Turn, thing: str, by: int = 1) -> list[Effect]:
        return []

    assert str(move.link("a:b", 2)) == "things.move:a%3Ab:2"
    assert str(move.link("a")) == "things.move:a"
    for wrong in ((), ("a", 1, 2)):
        with pytest.raises(TypeError, match=r"things\.move carries 1 to 2 arguments"):
            move.link(*wrong)


def test_what_stands_before_the_star_travels_and_what_stands_behind_it_is_asked() -> None:
    def run(turn: Turn, poll: str, n: int = 0, *, why: Annotated[str, Opt("Why?")] = "") -> None: ...

    carried, asked = params(run)

    assert [(p.name, p.kind, p.required) for p in carried] == [("poll", "text", True), ("n", "integer", False)]
    assert [(p.name, p.kind, p.required, p.default) for p in asked] == [("why", "text", False, "")]


@pytest.mark.parametrize(
    "declared, kind, many",
    [
        (str, "text", False),
        (int, "integer", False),
        (float, "number", False),
        (bool, "flag", False),
        (date, "date", False),
        (datetime, "time", False),
        (When, "when", False),
        (timedelta, "span", False),
        (Member, "member", False),
        (ChannelRef, "channel", False),
        (Literal["a", "b"], "choice", False),
        (Size, "choice", False),
        (list[str], "text", True),
        (list[Member], "member", True),
        (datetime | None, "time", False),
        (list[str] | None, "text", True),
    ],
)
def test_the_type_says_what_to_ask_for(declared: Any, kind: str, many: bool) -> None:
    def run(turn: Turn, *, it: Any) -> None: ...

    run.__annotations__["it"] = Annotated[declared, Opt("It")]
    [param] = params(run)[1]

    assert (param.kind, param.many, param.label) == (kind, many, "It")


def test_choices_are_named_by_their_words() -> None:
    def run(
        turn: Turn, *, size: Annotated[Size, Opt("Size")], tone: Annotated[Literal["warm", "cool"], Opt("Tone")]
    ) -> None: ...

    size, tone = params(run)[1]

    assert [(o.value, write(o.label, Reader())) for o in size.options] == [
        ("SMALL", "Small"),
        ("LARGE", "Really large"),
    ]
    assert [(o.value, write(o.label, Reader())) for o in tone.options] == [("warm", "warm"), ("cool", "cool")]


def test_signatures_that_cannot_be_asked_for_are_refused_when_they_are_declared() -> None:
    def without_opt(turn: Turn, *, name: str) -> None: ...
    def with_opt(turn: Turn, name: Annotated[str, Opt("Name")]) -> None: ...
    def unknown(turn: Turn, *, row: Annotated[Card, Opt("Row")]) -> None: ...

    for run, why in ((without_opt, "needs Opt"), (with_opt, "needs Opt"), (unknown, "give its Opt a find")):
        with pytest.raises(TypeError, match=why):
            params(run)


def test_a_view_asks_nothing() -> None:
    things = Feature("things")

    def show(turn: Turn, *, name: Annotated[str, Opt("Name")]) -> Card | None: ...

    with pytest.raises(TypeError, match="a view asks nothing"):
        things.view()(show)


def test_features_together_are_found_by_name_command_event_and_heading() -> None:
    things = Feature("things")

    @things.action("Make", command="thing make", message="Make a thing of this", anywhere="Make a thing")
    def make(turn: Turn) -> list[Effect]:
        return []

    @things.action(on="arrived", needs=Role.GUEST)
    def greet(turn: Turn) -> list[Effect]:
        return []

    @things.view(home=True)
    def front(turn: Turn) -> Card | None:
        return None

    @things.desk("needs")
    def needs(turn: Turn) -> list[Row]:
        return [Row(say("a thing"))]

    app = App([things, Feature("others")])

    assert app.actions == {"things.make": make, "things.greet": greet}
    assert app.commands == {"thing make": make}
    assert app.messages == app.shortcuts == {"things.make": make}
    assert app.listeners("arrived") == [greet]
    assert app.listeners("departed") == []
    assert app.home == front
    assert greet.needs is Role.SYSTEM  # nobody can follow a link to what only a platform may tell
    assert app.desk("needs", None) == [Row(say("a thing"))]  # type: ignore[arg-type]
    assert app.desk("ideas", None) == []  # type: ignore[arg-type]


def test_a_refusal_carries_its_words_and_the_field_at_fault() -> None:
    no = Refuse("No {thing}.", field="name", thing="bombs")

    assert (write(no.text, Reader()), no.field, str(no)) == ("No bombs.", "name", "No {thing}.")
    assert Refuse(say("Never {x}.", x=1)).text == say("Never {x}.", x=1)
