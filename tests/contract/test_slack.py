"""Whatever the features register or answer, Slack takes it."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from adapters.slack.answering import errors
from adapters.slack.decode import acted, blocks_of, submitted
from adapters.slack.forms import FORM_SIZE, modal, suggestions
from adapters.slack.grammar import read_command, usage
from adapters.slack.mrkdwn import Pen
from adapters.slack.render import home, message
from bot.actions import Action, App
from bot.calls import Form, Problem, Raw
from bot.cards import Card, Option
from bot.effects import Attach, Reply
from bot.features import find_features
from bot.forms import paged
from bot.text import Reader, languages, said
from tests.databases import Database
from tests.slack.checks import check_blocks, check_options, check_view
from tests.slack.controls import controls, pings
from tests.slack.forms import STATE, beginning
from tests.world import Actor, Seen, World

APP = App(find_features())
ASKING = [action for action in APP.actions.values() if action.asked]
PLAYERS = ("a guest", "a member", "a coordinator", "an admin")
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOSTILE = "@everyone <!channel> [x](http://evil) <@U1> *b*"


def check_card(shown: Card, reader: Reader) -> None:
    drawn = message(shown, Pen(reader))
    assert check_blocks(drawn.blocks, "message") == []
    assert 0 < len(drawn.text) <= 4000
    assert pings(drawn.text, drawn.blocks) == []
    assert check_view(home(shown, Pen(reader)), "home") == []
    clicked = [acted({"action_id": c.action_id}) for c in controls(drawn.blocks) if not c.element.get("url")]
    assert {a.link for a in clicked if a} <= set(shown.links())


def check_form(form: Form, reader: Reader) -> None:
    view = modal(form, Pen(reader), "C1")
    assert check_view(view, "modal") == []
    values = {c.block_id: {c.action_id: beginning(c)} for c in controls(view["blocks"]) if c.kind in STATE}
    assert set(submitted({"state": {"values": values}})) == {p.name for p in form.fields}
    shown = errors([Problem(p.name, said("No.")) for p in form.fields] + [Problem("", said("No."))],
                   blocks_of(view), Pen(reader))  # fmt: skip
    assert set(shown) == {b["block_id"] for b in view["blocks"] if b["type"] == "input"}


def check_seen(seen: Seen) -> None:
    for shown in seen.outcome.shown:
        match shown:
            case Reply(card=card):
                check_card(card, seen.outcome.reader)
            case Form():
                check_form(shown, seen.outcome.reader)
            case Attach():
                assert Pen(seen.outcome.reader).rich(shown.about)


@pytest.mark.parametrize("action", ASKING, ids=[a.name for a in ASKING])
@pytest.mark.parametrize("typed", ["", "x", HOSTILE, "a very long answer " * 300])
def test_every_form_is_taken_whatever_stands_in_it(action: Action, typed: str) -> None:
    filled: dict[str, Raw] = {p.name: [typed] if p.many else typed for p in action.asked} if typed else {}
    link = action.link(*("x" for p in action.carried if p.required))
    pages = paged(action.asked, FORM_SIZE)
    wrong = tuple(Problem(p.name, said(typed)) for p in action.asked) if typed else ()
    for language in languages():
        for number, fields in enumerate(pages, 1):
            check_form(Form(link, action.title, fields, filled, wrong, number, len(pages)), Reader(language))


@pytest.mark.parametrize("typed", ["", "x", "y" * 500])
def test_whatever_is_suggested_is_taken(typed: str) -> None:
    found = [Option(typed, said(typed)), Option("fine", said("Fine " * 50), said("about " * 30))]

    assert check_options({"options": suggestions("free:x", found, typed, Pen(Reader()))}) == []


def test_every_command_leads_to_its_action_and_shows_how_it_is_typed() -> None:
    for name, action in APP.commands.items():
        assert read_command(name, APP.commands, NOW).action is action
        assert usage("/cop", action).startswith(f"/cop {name}")


def play(world: World, who: str) -> Actor:
    match who:
        case "a member":
            return world.member("ana", "slack", "T1")
        case "a coordinator":
            return world.coordinator("ana", "slack", "T1")
        case "an admin":
            return world.person("ana", "slack", "T1", admin=True)
        case _:
            return world.person("ana", "slack", "T1")


@pytest.fixture
def slack_world(database: Database) -> Iterator[World]:
    world = World(database)
    world.form_size = FORM_SIZE
    world.opens("slack", "T1")
    yield world
    world.close()


@pytest.mark.parametrize("who", PLAYERS)
def test_every_answer_to_a_command_is_taken(slack_world: World, who: str) -> None:
    actor = play(slack_world, who)

    for command in slack_world.engine.app.commands:
        check_seen(actor.uses(command))

    for sent in slack_world.chat("slack").messages:
        check_card(sent.card, sent.reader)
    shown = slack_world.wait(slack_world.engine.runtime.home(actor.account))
    assert shown is not None
    check_card(*shown)
