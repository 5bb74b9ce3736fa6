"""Forms as Discord's modals: a label each, with a text or a choice under it.  Pure."""

import re
from collections.abc import Iterable
from enum import Enum

from adapters.discord import limits
from adapters.discord.dialect import MARKDOWN
from adapters.discord.limits import Json, clip
from adapters.discord.render import draw_option
from bot.actions import Param
from bot.answers import TEXT_MAX
from bot.calls import Form, Raw
from bot.cards import Option
from bot.text import Reader, lines, say, write

FORM_SIZE = limits.MODAL_PARTS  # fields of one form
SHORT, LONG = 1, 2  # styles of a text input
SNOWFLAKE = re.compile(r"\d{15,20}")


def modal(form: Form, reader: Reader) -> Json:
    """A form with its values filled in.  What is wrong stands on top, or beside the fields where there is no room."""
    title = write(form.title, reader)
    if form.pages > 1:
        part = f" ({form.page}/{form.pages})"
        title = clip(title, limits.MODAL_TITLE - len(part)) + part
    fields = form.fields[:FORM_SIZE]
    wrong = {p.field: write(p.text, reader) for p in form.problems}
    parts = [label(param, form.filled.get(param.name), reader, wrong.get(param.name, "")) for param in fields]
    if form.problems and len(fields) < limits.MODAL_PARTS:
        told = write(lines(*(p.text for p in form.problems)), reader, MARKDOWN)
        parts.insert(0, {"type": limits.TEXT, "content": clip(told, limits.MESSAGE_TEXT)})
    return {
        "title": clip(title or write(say("Your answer"), reader), limits.MODAL_TITLE),
        "custom_id": str(form.link),
        "components": parts,
    }


def label(param: Param, filled: Raw | None, reader: Reader, wrong: str) -> Json:
    """One field with its label, and under it what it is for, or what is wrong with it."""
    made: Json = {
        "type": limits.LABELLED,
        "label": clip(write(say(param.label), reader), limits.LABEL),
        "component": field(param, default(param) if filled is None else filled, reader),
    }
    about = clip(wrong or write(say(param.opt.about), reader), limits.LABEL_ABOUT)
    return made | ({"description": about} if about else {})


def field(param: Param, filled: Raw | None, reader: Reader) -> Json:
    match param.kind:
        case "flag":
            options = (Option("yes", say("Yes")), Option("no", say("No")))
            said = {True: "yes", False: "no"}.get(filled, str(filled)) if isinstance(filled, bool) else filled
            return select(param, options, said, reader)
        case "choice" if len(param.options) <= limits.SELECT_OPTIONS:
            return select(param, param.options, filled, reader)
        case "member":
            return entities(param, limits.USERS, "user", filled)
        case "channel":
            return entities(param, limits.CHANNELS, "channel", filled) | {"channel_types": list(limits.WRITTEN)}
        case _:
            return text_input(param, filled, reader)


def text_input(param: Param, filled: Raw | None, reader: Reader) -> Json:
    """A line or several.  Its bounds give way to what was typed before, so that nobody loses a long text."""
    value = "\n".join(map(str, filled)) if isinstance(filled, list) else "" if filled is None else str(filled)
    value = value[: limits.INPUT_TEXT]
    made: Json = {
        "type": limits.INPUT,
        "custom_id": param.name,
        "style": LONG if param.many or param.opt.long or "\n" in value else SHORT,
        "required": param.required,
        "max_length": limits.INPUT_TEXT,
    }
    if param.kind == "text" and not param.many:
        made["max_length"] = min(max(param.opt.max or TEXT_MAX, len(value), 1), limits.INPUT_TEXT)
        least = min(param.opt.min or 0, made["max_length"])
        if least and not 0 < len(value) < least:
            made["min_length"] = least
    hint = clip(write(say(param.opt.hint), reader), limits.INPUT_PLACEHOLDER)
    return made | ({"value": value} if value else {}) | ({"placeholder": hint} if hint else {})


def select(param: Param, options: Iterable[Option], filled: Raw | None, reader: Reader) -> Json:
    given = {str(one).lower() for one in (filled if isinstance(filled, list) else [] if filled is None else [filled])}
    offered = [o for o in options if 0 < len(o.value) <= limits.OPTION_TEXT][: limits.SELECT_OPTIONS]
    least, most = bounds(param, len(offered))
    chosen = [o.value for o in offered if {o.value.lower(), o.value.lower().replace("_", " ")} & given][:most]
    return {
        "type": limits.SELECT,
        "custom_id": param.name,
        "required": param.required,
        "min_values": least,
        "max_values": most,
        "options": [draw_option(o, reader, chosen=o.value in chosen) for o in offered],
    }


def entities(param: Param, kind: int, called: str, filled: Raw | None) -> Json:
    """People or channels to choose from, as Discord knows them."""
    given = filled if isinstance(filled, list) else [] if filled is None else [str(filled)]
    least, most = bounds(param, limits.SELECT_OPTIONS)
    known = [found.group() for one in given if (found := SNOWFLAKE.search(str(one)))]
    made: Json = {
        "type": kind,
        "custom_id": param.name,
        "required": param.required,
        "min_values": least,
        "max_values": most,
    }
    defaults = [{"id": one, "type": called} for one in dict.fromkeys(known)][:most]
    return made | ({"default_values": defaults} if defaults else {})


def bounds(param: Param, options: int) -> tuple[int, int]:
    """How many may be chosen."""
    if not param.many:
        return int(param.required), 1
    most = min(param.opt.max or limits.SELECT_OPTIONS, options)
    return min(max(param.opt.min or 0, int(param.required)), most) if param.required else 0, most


def default(param: Param) -> Raw | None:
    """What a field starts with, where its default can be shown."""
    match param.default:
        case Enum():
            return param.default.name
        case bool() | int() | float() | str():
            return param.default
        case _:
            return None
