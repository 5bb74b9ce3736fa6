"""Cards and forms as Discord gets them: whatever a feature makes, it fits."""

from datetime import datetime
from enum import Enum
from typing import Annotated, Any, Literal

import pytest

from adapters.discord.marks import key_mark, numbers, space_mark
from adapters.discord.modals import modal
from adapters.discord.render import Drawn, attachment, message, texts_in
from bot.actions import Feature, Link, Opt
from bot.calls import Form, Problem, Raw, Turn
from bot.cards import Button, Card, Fields, File, Menu, Note, Option, Picture, Prose, Row, Rule, Tone, card
from bot.effects import Attach, Effect
from bot.text import ChannelRef, Reader, said, say
from storage.people import Member
from tests.discord.check_modals import ModalCheck
from tests.discord.checks import check_message
from tests.discord.problems import Findings
from tests.discord.shapes import Json

LONG = "word " * 2000


def go(number: int) -> Link:
    return Link("toys.go", (str(number),))


def drawn(shown: Card, space: str = "", key: str = "") -> Drawn:
    made = message(shown, Reader(), space=space, key=key)
    assert faults(made) == []
    return made


def faults(made: Drawn) -> list[str]:
    find = Findings()
    files = {f.name: f.data for f in made.files}
    check_message(find, {k: v for k, v in made.body.items() if k != "attachments"}, files)
    return find.lines()


def inside(made: Drawn) -> list[Json]:
    found: list[Json] = made.body["components"][0]["components"]
    return found


def words(made: Drawn) -> str:
    return "\n".join(t["content"] for part in inside(made) for t in texts_in(part))


def test_a_card_is_one_container_with_a_title_blocks_and_rows_of_controls() -> None:
    buttons = tuple(Button(said(str(n)), go(n)) for n in range(7))
    shown = Card(
        say("Title"),
        (
            Prose(say("Text")),
            Fields(((say("When"), say("now")),)),
            Row(say("One"), Button(say("Do"), go(9))),
            Row(say("Two")),
            Rule(),
            Picture(File("a b.png", b"x"), say("A chart")),
            Note(say("small\nprint")),
        ),
        (*buttons, Menu(say("Choose"), go(8), "x", (Option("a", say("A")), Option("b", say("B"), chosen=True)))),
    )

    made = drawn(shown)

    assert [part["type"] for part in inside(made)] == [10, 10, 10, 9, 10, 14, 12, 10, 1, 1, 1]
    assert words(made) == "### Title\nText\n**When**: now\nOne\nTwo\n-# small\n-# print"
    assert [len(row["components"]) for row in inside(made)[-3:]] == [5, 2, 1]
    assert made.files[0].name == "a_b.png"
    assert inside(made)[6]["items"] == [{"media": {"url": "attachment://a_b.png"}, "description": "A chart"}]


@pytest.mark.parametrize("tone, told", [("watch", "-# Please note"), ("bad", "-# Something is wrong"), ("good", "")])
def test_a_tone_is_a_colour_and_never_a_colour_alone(tone: Tone, told: str) -> None:
    made = drawn(card(say("Text"), tone=tone))

    assert "accent_color" in made.body["components"][0]
    assert told in words(made)


@pytest.mark.parametrize(
    "shown",
    [
        card(said(LONG)),
        Card(said(LONG), tuple(Prose(said(LONG)) for _ in range(9))),
        Card(said("t"), tuple(Row(said(LONG), Button(said(LONG), go(n))) for n in range(40))),
        Card(said("t"), (), tuple(Button(said(str(n)), go(n)) for n in range(60))),
        Card(said("t"), (Prose(said("x")),) * 60, tuple(Button(said(str(n)), go(n)) for n in range(25))),
        Card(said("t"), (), tuple(Menu(said(LONG), go(n), "f", (Option("a", said(LONG)),)) for n in range(30))),
        Card(said("t"), (), (Menu(say("m"), go(1), "f", tuple(Option(str(n), said(LONG)) for n in range(40)), 9, 99),)),
        Card(said("t"), (Fields(tuple((said(LONG), said(LONG)) for _ in range(50))),)),
        Card(said("t"), (Picture(File("x" * 300 + ".png", b"1"), said(LONG)),) * 12),
        Card(said("t"), (Picture(File("a.png", b"1"), said("")), Picture(File("a.png", b"2"), said("")))),
        Card(),
        Card(blocks=(Prose(said("")), Note(said(" ")), Row(said("")), Fields(()))),
        Card(blocks=(Row(said(""), Button(said(""), go(1))),)),
        Card(controls=(Button(said("x"), go(1)),)),
        Card(controls=(Menu(said(""), go(1), "f", ()),)),
        Card(controls=(Button(said("x"), url="ftp://x"), Button(said("y"), url="https://x.org/" + "a" * 600))),
    ],
)
def test_whatever_the_card_it_fits(shown: Card) -> None:
    drawn(shown)


def test_what_does_not_fit_is_left_out_of_the_middle_and_said() -> None:
    rows = tuple(Row(said(f"row {n}"), Button(said("Do"), go(n))) for n in range(30))

    told = words(drawn(Card(say("Title"), rows)))

    assert "### Title" in told
    assert "row 0" in told
    assert "row 29" in told
    assert "-# Some of this is too long to show here and was left out." in told


def test_an_address_that_no_button_may_have_is_shown_in_words() -> None:
    made = drawn(Card(controls=(Button(say("See"), url="ftp://x.org"),)))

    assert words(made) == "See (ftp://x.org)"


def test_marks_say_which_message_and_which_server_it_is() -> None:
    made = drawn(Card(say("Title"), (Prose(say("x")),), (Button(say("x"), go(1)),)), space="77", key="abc")

    found = set(numbers(made.body["components"]))
    assert {space_mark("77"), key_mark("abc")} <= found
    assert key_mark("abd") not in found


def test_a_file_comes_with_words() -> None:
    made = attachment(Attach(File("my report.csv", b"a", "text/csv"), say("Your export")), Reader())

    assert faults(made) == []
    assert words(made) == "Your export"
    assert inside(made)[1] == {"type": 13, "file": {"url": "attachment://my_report.csv"}}


def test_an_edit_without_a_picture_takes_the_old_one_away() -> None:
    assert drawn(card(say("x"))).body["attachments"] == []


# Forms.

toys = Feature("toys")


class Shade(Enum):
    DARK = "dark"
    LIGHT = "light"


@toys.action("Make a toy that has a very long name which nobody could ever read in one go", command="toy make")
def make(
    turn: Turn,
    *,
    name: Annotated[str, Opt("What is it called?", label="n" * 60, max=20, min=3, hint="h" * 200)],
    colours: Annotated[list[Literal["red", "green", "blue"]], Opt("Which?", min=1, max=2)],
    shade: Annotated[Shade, Opt("How dark?")] = Shade.LIGHT,
    soft: Annotated[bool | None, Opt("Soft?")] = None,
    owner: Annotated[Member | None, Opt("Whose?")] = None,
    friends: Annotated[list[Member] | None, Opt("Who else?", max=4)] = None,
    channel: Annotated[ChannelRef | None, Opt("Where?")] = None,
    size: Annotated[int, Opt("How big?", min=1, max=9)] = 1,
    when: Annotated[datetime | None, Opt("When?")] = None,
    parts: Annotated[list[str] | None, Opt("Which parts?")] = None,
) -> list[Effect]:
    return []


def form(*names: str, problems: tuple[Problem, ...] = (), **filled: Raw) -> Json:
    fields = tuple(p for p in make.asked if p.name in names)
    made = modal(Form(make.link(), make.about, fields, filled, problems, 1, 2), Reader())
    find = Findings()
    ModalCheck(find).modal(made)
    assert find.lines() == []
    return made


def field(made: Json, number: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = made["components"][number]["component"]
    return found


def test_a_form_has_a_label_and_a_fitting_field_for_each_answer() -> None:
    first = form("name", "colours", "shade", "soft", "owner")
    second = form("friends", "channel", "size", "when", "parts")

    assert first["title"].endswith("… (1/2)")
    assert [field(first, n)["type"] for n in range(5)] == [4, 3, 3, 3, 5]
    assert [field(second, n)["type"] for n in range(5)] == [5, 8, 4, 4, 4]
    assert [option["label"] for option in field(first, 1)["options"]] == ["red", "green", "blue"]
    assert field(first, 1)["max_values"] == 2
    assert [o["value"] for o in field(first, 2)["options"] if o["default"]] == ["LIGHT"]
    assert [option["label"] for option in field(first, 3)["options"]] == ["Yes", "No"]
    assert field(second, 4)["style"] == 2


def test_what_was_typed_stands_in_the_form_even_when_it_was_too_much() -> None:
    made = form(
        "name",
        "colours",
        "owner",
        "size",
        name="a name far too long for it",
        colours=["red"],
        owner="<@123456789012345678>",
    )

    assert field(made, 0)["value"] == "a name far too long for it"
    assert [o["value"] for o in field(made, 1)["options"] if o["default"]] == ["red"]
    assert field(made, 2)["default_values"] == [{"id": "123456789012345678", "type": "user"}]
    assert field(made, 3)["value"] == "1"
    assert field(form("name", name="x"), 0)["value"] == "x"


def test_what_is_wrong_stands_on_top_or_beside_the_field() -> None:
    wrong = (Problem("name", say("Too rude.")),)

    roomy = form("name", "size", problems=wrong)
    full = form("name", "colours", "shade", "soft", "owner", problems=wrong)

    assert roomy["components"][0] == {"type": 10, "content": "Too rude."}
    assert full["components"][0]["description"] == "Too rude."
