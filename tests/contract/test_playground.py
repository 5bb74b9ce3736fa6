"""Whatever the features register or answer, the playground's page can draw and send back."""

import json
from collections.abc import Iterator

import pytest

from adapters.playground.draw import draw_card, draw_commands, draw_form, draw_message_actions
from bot.actions import Action, App, Link
from bot.calls import Form, Problem, Raw
from bot.cards import Card
from bot.effects import Reply
from bot.features import find_features
from bot.forms import FORMS
from bot.text import Reader, languages, said
from tests.world import Seen, World

APP = App(find_features())
ASKING = [action for action in APP.actions.values() if action.asked]
KNOWN = {*APP.actions, *FORMS}


def links(drawn: object) -> Iterator[str]:
    """Every link that a press on the page would follow."""
    match drawn:
        case {"link": str(link), **rest} if link:
            yield link
            yield from links(rest)
        case dict():
            for value in drawn.values():
                yield from links(value)
        case list():
            for value in drawn:
                yield from links(value)


def check(drawn: dict[str, object]) -> None:
    """It survives the way to the page, and what can be pressed there leads somewhere."""
    assert json.loads(json.dumps(drawn)) == drawn
    assert {Link.parse(link).name for link in links(drawn)} <= KNOWN


def check_card(card: Card, reader: Reader) -> None:
    drawn = draw_card(card, reader)
    check(drawn)
    assert len(drawn["blocks"]) == len(card.blocks)
    assert len(drawn["controls"]) == len(card.controls)


def check_seen(seen: Seen) -> None:
    for shown in seen.outcome.shown:
        match shown:
            case Reply(card=card):
                check_card(card, seen.outcome.reader)
            case Form():
                check(draw_form(shown, seen.outcome.reader))


@pytest.mark.parametrize("action", ASKING, ids=[a.name for a in ASKING])
@pytest.mark.parametrize("typed", ["", "<b>x</b>"])
def test_every_form_is_drawn_with_what_was_typed(action: Action, typed: str) -> None:
    filled: dict[str, Raw] = {p.name: [typed] if p.many else typed for p in action.asked} if typed else {}
    wrong = tuple(Problem(p.name, said(typed)) for p in action.asked) if typed else ()
    link = action.link(*("x" for p in action.carried if p.required))
    for language in languages():
        drawn = draw_form(Form(link, action.title, action.asked, filled, wrong), Reader(language))
        check(drawn)
        assert [field["name"] for field in drawn["fields"]] == [p.name for p in action.asked]
        assert drawn["filled"] == filled


@pytest.mark.parametrize("role", ["guest", "member", "coordinator"])
def test_every_answer_to_a_command_is_drawn(world: World, role: str) -> None:
    match role:
        case "member":
            actor = world.member("ana")
        case "coordinator":
            actor = world.coordinator("ana")
        case _:
            actor = world.person("ana")

    for command in world.engine.app.commands:
        check_seen(actor.uses(command))

    for sent in world.chat().messages:
        check_card(sent.card, sent.reader)


def test_everything_that_can_be_typed_is_offered() -> None:
    offered = draw_commands(APP, Reader())

    assert {one["command"] for one in offered} == set(APP.commands)
    assert {one["name"] for one in draw_message_actions(APP)} == set(APP.messages)
