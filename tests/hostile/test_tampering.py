"""Links, drafts and kept answers as somebody else would write them: they lead to nothing, and break nothing."""

import json
import logging
import random
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import codec
from bot.actions import LINK_MAX, App, Link
from bot.calls import Form
from bot.features import find_features
from bot.forms import FORMS
from storage.people import Member
from storage.resources import Resource, search, split
from tests.databases import Databases, lent
from tests.hostile.corpus import HOSTILE
from tests.rows import dump, fill
from tests.world import START, Actor, World, buttons

APP = App(find_features())
NAMES = [*APP.actions, *APP.views, *FORMS, "", "forms", "polls", "event.arrived", "polls.nothing", "x" * 60]
FUZZED = 400
REFUSALS = ("Something went wrong", "I could not save that")


@pytest.fixture(scope="module")
def world(databases: Databases) -> Iterator[World]:
    """A community with a row in every table, which are Zoe's."""
    with lent(databases) as database:
        yield from filled(World(database))


def filled(made: World) -> Iterator[World]:
    member = made.member("zoe").member.id
    made.write(lambda db: fill(db, db.get_one(Member, member), "Something"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def mallory(world: World) -> Actor:
    return world.member("mallory")


def links(world: World, draw: random.Random) -> Iterator[str]:
    """Links that are one thing away from a good one, and links that are nothing like one."""
    ids = [str(row["id"]) for rows in world.read(dump).values() for row in rows if "id" in row]
    odd = [
        "",
        "0",
        "-1",
        "1",
        "99999999999999999999",
        "null",
        "%",
        "%3A",
        "%25",
        ":",
        "'",
        "../..",
        "\x00",
        "\ud800",
        *ids,
    ]
    while True:
        name = draw.choice(NAMES)
        args = [draw.choice(odd + list(HOSTILE)) for _ in range(draw.randrange(5))]
        whole = ":".join((name, *args))
        yield whole
        at = draw.randrange(len(whole) + 1)
        yield whole[:at] + chr(draw.randrange(0x110000)) + whole[at + 1 :]
        yield whole[:at]
        yield whole * draw.randrange(1, 4)


def test_no_link_that_anybody_makes_up_breaks_anything(
    world: World, mallory: Actor, caplog: pytest.LogCaptureFixture
) -> None:
    draw = random.Random(20260302)
    made = links(world, draw)

    for _ in range(FUZZED):
        raw = next(made)
        seen = mallory.again(mallory._call(Link.parse(raw), "general", {"x": raw, "chosen": [raw]}))
        assert not any(words in seen.text for words in REFUSALS), raw

    assert [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR] == []


@pytest.mark.parametrize("step", FORMS)
def test_nobody_continues_somebody_elses_form(world: World, mallory: Actor, step: str) -> None:
    zoe = world.person("zoe")
    shown = zoe.uses("settings zone", city="nowhere at all")
    [again] = [b.then for b in buttons(shown.card) if b.then and b.then.name in FORMS]
    draft = again.args[0]

    for args in ((draft,), (draft, "1"), (draft, "0"), (draft, "-1"), (draft, "9" * 40), (draft[:-1], "1"), ("",), ()):
        seen = mallory.follows(Link(step, args))
        assert "That form is no longer open." in seen.text
    assert isinstance(zoe.follows(Link("forms.again", (draft,))).outcome.shown[0], Form)


@given(st.text(st.characters() | st.sampled_from(":%25A3\ud800"), max_size=150))
def test_any_text_is_a_link_that_can_be_written_again(raw: str) -> None:
    link = Link.parse(raw)

    assert len(str(link)) <= LINK_MAX
    assert Link.parse(str(link)) == link


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8) | st.just(""), inner, max_size=4),
    max_leaves=12,
)


@given(JSONS)
def test_an_answer_from_elsewhere_is_read_as_data_or_not_at_all(value: object) -> None:
    """It comes from our own database; still, it names no class that an answer is not made of."""
    try:
        found = codec.decode(json.dumps(value))
    except (KeyError, TypeError, ValueError):
        return
    assert type(found).__module__ in ("builtins", "datetime", "bot.cards", "bot.effects", "bot.text", "bot.actions")


def searches(world: World, words: str) -> list[Resource]:
    today = START.date()
    member = world.person("zoe").member
    return world.read(lambda db: search(db, member.community_id, member.id, today, words=words))


@settings(deadline=None)  # it asks a database
@given(words=st.text(max_size=60) | st.sampled_from(HOSTILE))
def test_no_words_are_a_query_of_their_own(world: World, words: str) -> None:
    assert len(searches(world, words)) <= 1


def test_what_looks_like_a_query_finds_its_words() -> None:
    assert split('title:"NEAR(x* y)" AND -z') == ["title", "near", "x", "y", "and", "z"]
