"""Forms as modals.  Pure: no network, no clock.  What was typed is never lost to a picker that could not show it."""

import re
from collections.abc import Callable
from datetime import date
from enum import Enum
from hashlib import sha256
from typing import Any

from adapters.slack import limits
from adapters.slack.limits import clip
from adapters.slack.mrkdwn import Pen
from adapters.slack.references import PERSON
from adapters.slack.render import context, option, plain, section, sections
from bot.actions import FieldKind, Param
from bot.calls import Form, Raw
from bot.cards import Option
from bot.text import Text, lines, said, say

Json = dict[str, Any]

CONVERSATION = re.compile(r"[CG][A-Z0-9]{2,}")
NUMBER = re.compile(r"-?[0-9]+")
DECIMAL = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
TEXT_MAX = 1000  # what the core takes when an Opt says nothing
FORM_SIZE = 50  # fields; half the blocks of a modal, so that explanations fit too
FREE = "free:"  # before the name of a field whose menu takes any text
YES, NO = Option("yes", say("Yes")), Option("no", say("No"))
HINTS: dict[FieldKind, Text] = {
    "date": say("3 April"),
    "time": say("friday 17:00"),
    "when": say("every other thursday 10:00"),
    "span": say("45 minutes"),
}


def modal(form: Form, pen: Pen, channel: str) -> Json:
    """A form; ``channel`` is where it was asked for, and comes back with the answers."""
    title = pen.plain(form.title)
    top: list[Json] = []
    if len(title) > limits.TITLE:
        top += sections(form.title, pen)
    if form.pages > 1:
        top.append(context(say("Part {page} of {pages}", page=form.page, pages=form.pages), pen))
    if form.problems:
        top += sections(lines(*(p.text for p in form.problems)), pen)
    mark = version(form)
    asked = [field(p, form.filled.get(p.name), pen, mark) for p in form.fields]
    last = form.page == form.pages
    return {
        "type": "modal",
        "callback_id": str(form.link),
        "private_metadata": channel,
        "title": plain(form.title, pen, limits.TITLE),
        "submit": plain(say("Send") if last else say("Next"), pen, limits.TITLE),
        "close": plain(say("Cancel"), pen, limits.TITLE),
        "blocks": [*top, *asked] or [section(pen.plain(form.title))],
    }


def version(form: Form) -> str:
    """Slack keeps what stands in a block of the same id when a modal changes, so a changed form has other ids."""
    return sha256(f"{form.link} {form.page} {sorted(form.filled.items())} {form.problems}".encode()).hexdigest()[:8]


def field(param: Param, filled: Raw | None, pen: Pen, mark: str) -> Json:
    given = default(param) if filled is None else filled
    made = {"action_id": param.name} | element(param, given, pen)
    about = pen.plain(say(param.opt.about)) if param.opt.about else ""
    block: Json = {
        "type": "input",
        "block_id": f"{param.name}#{mark}",
        "label": plain(say(param.label), pen, limits.INPUT_LABEL),
        "element": made,
        "optional": not param.required,
    }
    if about:
        block["hint"] = {"type": "plain_text", "text": clip(about, limits.INPUT_HINT)}
    return block


def default(param: Param) -> Raw | None:
    """What a field holds before anybody types."""
    return [name(v) for v in param.default] if isinstance(param.default, list) else raw(param.default)


def raw(value: Any) -> Raw | None:
    if value is None or isinstance(value, bool | int | float):
        return value
    return name(value)


def name(value: Any) -> str:
    return str(value.name if isinstance(value, Enum) else value)


def element(param: Param, given: Raw | None, pen: Pen) -> Json:
    """The control for a parameter; a text field when its own could not show what was given."""
    if param.opt.suggest is not None and fits_options(param, given):
        return external(param, given, pen)
    make = PICKERS.get(param.kind)
    made = make(param, given, pen) if make else None
    return made or text(param, given, pen)


def text(param: Param, given: Raw | None, pen: Pen) -> Json:
    """A text field, for texts and for everything that people can type in words."""
    typed = "\n".join(given) if isinstance(given, list) else "" if given is None else str(given)
    most = min(param.opt.max or TEXT_MAX, limits.INPUT_TEXT) if param.kind == "text" and not param.many else 0
    made: Json = {"type": "plain_text_input", "multiline": param.opt.long or param.many or "\n" in typed}
    if most >= len(typed) > 0 or (most and not typed):
        made["max_length"] = most
    if typed:
        made["initial_value"] = typed[: limits.INPUT_TEXT]
    hint = say(param.opt.hint) if param.opt.hint else HINTS.get(param.kind, Text())
    if hint:
        made["placeholder"] = plain(hint, pen, limits.PLACEHOLDER)
    return made


def number(param: Param, given: Raw | None, pen: Pen) -> Json | None:  # noqa: ARG001
    decimal = param.kind == "number"
    typed = "" if given is None else str(given)
    if param.many or (typed and not (DECIMAL if decimal else NUMBER).fullmatch(typed)):
        return None
    least, most = param.opt.min, param.opt.max
    if typed and ((least is not None and float(typed) < least) or (most is not None and float(typed) > most)):
        return None
    bounds = (("min_value", least), ("max_value", most))
    made: Json = {"type": "number_input", "is_decimal_allowed": decimal}
    made |= {key: str(bound) for key, bound in bounds if bound is not None}
    return made | ({"initial_value": typed} if typed else {})


def flag(param: Param, given: Raw | None, pen: Pen) -> Json | None:
    """A box to tick; two answers to choose from where there is no default."""
    if param.many:
        return None
    known = {True: "yes", False: "no"}.get(given) if isinstance(given, bool) else str(given or "").lower()
    yes, no = option(YES, pen), option(NO, pen)
    ticked = known in ("yes", "y", "true", "on", "1")
    if param.required:
        made: Json = {"type": "radio_buttons", "options": [yes, no]}
        return made | ({"initial_option": yes if ticked else no} if known else {})
    made = {"type": "checkboxes", "options": [yes]}
    return made | ({"initial_options": [yes]} if ticked else {})


def choice(param: Param, given: Raw | None, pen: Pen) -> Json | None:
    offered = [option(o, pen) for o in param.options[: limits.OPTIONS]]
    wanted = {item.lower().replace(" ", "_") for item in many(given)}
    chosen = [o for o in offered if o["value"].lower().replace(" ", "_") in wanted]
    if not param.many:
        return {"type": "static_select", "options": offered} | ({"initial_option": chosen[0]} if chosen else {})
    made: Json = {"type": "multi_static_select", "options": offered}
    if param.opt.max:
        made["max_selected_items"] = min(param.opt.max, limits.OPTIONS)
    return made | ({"initial_options": chosen} if chosen else {})


def person(param: Param, given: Raw | None, pen: Pen) -> Json | None:  # noqa: ARG001
    known = [item for item in many(given) if PERSON.fullmatch(item)]
    if not param.many:
        return {"type": "users_select"} | ({"initial_user": known[0]} if known else {})
    made: Json = {"type": "multi_users_select"}
    if param.opt.max:
        made["max_selected_items"] = min(param.opt.max, limits.OPTIONS)
    return made | ({"initial_users": known} if known else {})


def channel(param: Param, given: Raw | None, pen: Pen) -> Json | None:  # noqa: ARG001
    known = [item for item in many(given) if CONVERSATION.fullmatch(item)]
    only: Json = {"filter": {"include": ["public", "private"], "exclude_bot_users": True}}
    if not param.many:
        return {"type": "conversations_select"} | only | ({"initial_conversation": known[0]} if known else {})
    return {"type": "multi_conversations_select"} | only | ({"initial_conversations": known} if known else {})


def day(param: Param, given: Raw | None, pen: Pen) -> Json | None:  # noqa: ARG001
    """A calendar, unless something was typed that is no day of it, such as "31 Feb"."""
    if param.many:
        return None
    if not given:
        return {"type": "datepicker"}
    try:
        return {"type": "datepicker", "initial_date": date.fromisoformat(str(given)).isoformat()}
    except ValueError:
        return None


def fits_options(param: Param, given: Raw | None) -> bool:
    """Whether what can be answered fits the options of a menu that asks while somebody types."""
    short = param.kind != "text" or param.many or (param.opt.max or TEXT_MAX) <= limits.OPTION_VALUE
    return short and not param.opt.long and all(len(item) <= limits.OPTION_VALUE for item in many(given))


def external(param: Param, given: Raw | None, pen: Pen) -> Json:
    """A menu whose lines come from the core while somebody types."""
    chosen = [option(Option(item, said(item)), pen) for item in many(given)]
    made: Json = {"min_query_length": 0, "action_id": f"{FREE if param.kind == 'text' else ''}{param.name}"}
    if not param.many:
        return made | {"type": "external_select"} | ({"initial_option": chosen[0]} if chosen else {})
    made["type"] = "multi_external_select"
    if param.opt.max:
        made["max_selected_items"] = min(param.opt.max, limits.OPTIONS)
    return made | ({"initial_options": chosen} if chosen else {})


def many(given: Raw | None) -> list[str]:
    """Each of what was given; a typed list has commas or lines between."""
    if given is None or given == "":
        return []
    if isinstance(given, list):
        return [item for item in given if item]
    return [part.strip() for part in re.split(r"[\n,]", str(given)) if part.strip()]


def suggestions(action_id: str, found: list[Option], typed: str, pen: Pen) -> list[Json]:
    """Lines for a menu; where any text will do, what was typed is one of them."""
    fitting = [o for o in found if 0 < len(o.value) <= limits.OPTION_VALUE]
    own = typed.strip()[: limits.OPTION_VALUE]
    if action_id.startswith(FREE) and own and own not in {o.value for o in fitting}:
        fitting = [Option(own, said(own)), *fitting]
    return [option(o, pen) for o in fitting[: limits.OPTIONS]]


PICKERS: dict[FieldKind, Callable[[Param, Raw | None, Pen], Json | None]] = {
    "integer": number,
    "number": number,
    "flag": flag,
    "choice": choice,
    "member": person,
    "channel": channel,
    "date": day,
}
