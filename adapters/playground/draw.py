"""Cards, forms and commands as JSON for the page: the playground's own look, and the list of what can be typed."""

from collections.abc import Iterable
from enum import Enum
from typing import Any, assert_never

from adapters.playground.words import nodes
from bot.actions import Action, App, Param
from bot.addresses import promises_another
from bot.calls import Form, Problem
from bot.cards import Block, Button, Card, Control, Fields, Menu, Note, Option, Picture, Prose, Row, Rule
from bot.text import Reader, say, write

JSON = dict[str, Any]


def draw_card(card: Card, reader: Reader) -> JSON:
    """A card in the playground's own look."""
    numbers = iter(range(len(card.blocks)))
    return {
        "title": nodes(card.title, reader),
        "tone": card.tone,
        "blocks": [draw_block(block, reader, numbers) for block in card.blocks],
        "controls": [draw_control(control, reader) for control in card.controls],
    }


def draw_block(block: Block, reader: Reader, numbers: Iterable[int]) -> JSON:
    match block:
        case Prose(text=text):
            return {"is": "prose", "text": nodes(text, reader)}
        case Note(text=text):
            return {"is": "note", "text": nodes(text, reader)}
        case Rule():
            return {"is": "rule"}
        case Row(text=text, accessory=accessory):
            button = draw_control(accessory, reader) if accessory else None
            return {"is": "row", "text": nodes(text, reader), "button": button}
        case Fields(pairs=pairs):
            return {"is": "fields", "pairs": [[nodes(name, reader), nodes(value, reader)] for name, value in pairs]}
        case Picture(alt=alt):
            return {"is": "picture", "file": next(iter(numbers)), "alt": write(alt, reader)}
        case _:
            assert_never(block)


def draw_control(control: Control, reader: Reader) -> JSON:
    match control:
        case Button():
            link = str(control.then) if control.then else ""
            label = write(control.label, reader)
            if control.url and promises_another(label, control.url):
                label = control.url
            return {"is": "button", "label": label, "link": link, "url": control.url, "style": control.style}
        case Menu():
            return {
                "is": "menu",
                "label": write(control.label, reader),
                "link": str(control.then),
                "field": control.field,
                "least": control.least,
                "most": control.most,
                "options": [draw_option(option, reader) for option in control.options],
            }
        case _:
            assert_never(control)


def draw_option(option: Option, reader: Reader) -> JSON:
    label, about = write(option.label, reader), write(option.about, reader)
    return {"value": option.value, "label": label, "about": about, "chosen": option.chosen}


def draw_form(form: Form, reader: Reader) -> JSON:
    """A page of a form, with what is filled in already."""
    return {
        "link": str(form.link),
        "title": write(form.title, reader),
        "fields": [draw_param(param, reader) for param in form.fields],
        "filled": dict(form.filled),
        "problems": draw_problems(form.problems, reader),
        "page": form.page,
        "pages": form.pages,
    }


def draw_problems(problems: Iterable[Problem], reader: Reader) -> list[JSON]:
    return [{"field": problem.field, "text": nodes(problem.text, reader)} for problem in problems]


def draw_param(param: Param, reader: Reader) -> JSON:
    return {
        "name": param.name,
        "label": write(say(param.label), reader),
        "about": write(say(param.opt.about), reader),
        "hint": param.opt.hint,
        "kind": param.kind,
        "many": param.many,
        "required": param.required,
        "long": param.opt.long,
        "max": param.opt.max if param.kind == "text" and not param.many else None,
        "default": plain_default(param.default),
        "options": [draw_option(option, reader) for option in param.options],
        "suggests": param.suggests,
    }


def plain_default(default: object) -> str | float | None:
    """A default as people would type it; None when there is nothing to show."""
    match default:
        case Enum():
            return default.name
        case bool() | int() | float() | str():
            return default
        case _:
            return None


def draw_commands(app: App, reader: Reader) -> list[JSON]:
    """Everything that can be typed, by name."""
    return [draw_command(app.commands[name], reader) for name in sorted(app.commands)]


def draw_command(action: Action, reader: Reader) -> JSON:
    return {
        "command": action.command,
        "about": write(action.about, reader),
        "needs": action.needs.name.lower(),
        "options": [draw_param(param, reader) for param in action.asked],
    }


def draw_message_actions(app: App) -> list[JSON]:
    """What can be done with somebody's message."""
    return [{"name": action.name, "title": action.message} for action in app.messages.values()]
