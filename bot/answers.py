"""Answers: what people gave, turned into what a handler declared, and bounded."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import date, datetime, timedelta
from difflib import get_close_matches
from enum import Enum
from typing import Any, get_args, get_origin

from bot.actions import FieldKind, Link, Param, Refuse
from bot.calls import Problem, Raw, Turn
from bot.cards import Card
from bot.people import member_by_ref
from bot.text import ChannelRef, clean_text, count, listed, said, say
from bot.times import Unreadable, When, read_date, read_span, read_when
from storage.people import Member

KINDS: Mapping[Any, FieldKind] = {
    str: "text",
    int: "integer",
    float: "number",
    bool: "flag",
    date: "date",
    datetime: "time",
    When: "when",
    timedelta: "span",
    Member: "member",
    ChannelRef: "channel",
}

TEXT_MAX = 1000  # characters of a text whose Opt says nothing
LIST_MAX = 25
REF_MAX = 100  # characters of a platform's reference; theirs have about 20
NUMBER_MAX = 10**15  # whole numbers stay exact as floats
YES, NO = {"yes", "y", "true", "on", "1"}, {"no", "n", "false", "off", "0"}


class Wrong(Exception):
    """Some answers cannot be used; all of them are told at once."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(f"{len(self.problems)} wrong answers")


def missing(asked: Iterable[Param], given: Mapping[str, Raw]) -> list[Param]:
    """Required parameters that nobody answered yet."""
    return [p for p in asked if p.required and empty(given.get(p.name))]


def empty(raw: Raw | None) -> bool:
    """Nothing that anybody could see."""
    if isinstance(raw, list):
        return all(empty(item) for item in raw)
    return raw is None or (isinstance(raw, str) and not clean_text(raw))


def read_answers(turn: Turn, asked: Iterable[Param], given: Mapping[str, Raw]) -> dict[str, Any]:
    """Typed values of the answers that were given.  Raises Wrong with everything that is wrong."""
    values, problems = {}, []
    for param in asked:
        raw = given.get(param.name)
        if empty(raw) or raw is None:
            if param.required:
                problems.append(Problem(param.name, say("Please fill in “{field}”.", field=say(param.label))))
            continue
        try:
            values[param.name] = read(turn, param, raw)
        except Refuse as no:
            problems.append(Problem(param.name, no.text))
    if problems:
        raise Wrong(problems)
    return values


def read_carried(turn: Turn, params: tuple[Param, ...], link: Link) -> list[Any]:
    """Arguments that travelled inside a link.  A link that does not fit is from another time."""
    if sum(p.required for p in params) <= len(link.args) <= len(params):
        with suppress(Refuse):
            return [read(turn, param, raw) for param, raw in zip(params, link.args, strict=False)]
    raise Refuse("That button is from an older version of me. Please start again.")


def draw(turn: Turn, raw: str) -> Card | None:
    """What a link to a view shows now, to who reads it; None when there is nothing to say or no such view."""
    link = Link.parse(raw)
    view = turn.app.views.get(link.name)
    return None if view is None else view.run(turn, *read_carried(turn, view.carried, link))


def read(turn: Turn, param: Param, raw: Raw) -> Any:
    """One answer, or each item of a list of them."""
    if not param.many:
        if isinstance(raw, list):
            raw = raw[0] if raw else ""
        return read_one(turn, param, raw)
    items = [item for item in raw if not empty(item)] if isinstance(raw, list) else split(str(raw))
    most = param.opt.max or LIST_MAX
    least = param.opt.min or 0
    if len(items) < least:
        few = "Please give {least} to {most}; this has {n}. Put one on each line."
        raise Refuse(few, field=param.name, least=least, most=most, n=len(items))
    if len(items) > most:
        raise Refuse("At most {most}, please; this has {n}.", field=param.name, most=most, n=len(items))
    return [read_one(turn, param, item) for item in items]


def split(raw: str) -> list[str]:
    """Items of a typed list: one a line, or between commas when it is one line."""
    parts = raw.splitlines() if "\n" in raw.strip() else raw.split(",")
    return [part.strip() for part in parts if part.strip()]


def read_one(turn: Turn, param: Param, raw: str | float) -> Any:
    """One value of the declared type, within its bounds."""
    typed = clean_text(str(raw))
    match param.kind:
        case "text":
            return text(param, typed)
        case "integer" | "number":
            return bounded(param, number(param, typed))
        case "flag":
            return raw if isinstance(raw, bool) else flag(param, typed)
        case "choice":
            return choice(param, typed)
        case "member":
            return member_by_ref(turn, typed, param.name)
        case "channel":
            return channel(param, typed)
        case "record":
            if param.opt.find is None:
                message = f"{param.name} has nothing to find its record with"
                raise TypeError(message)
            return param.opt.find(turn, typed)
        case "date" | "time" | "when" | "span":
            return time_like(turn, param, typed)


def channel(param: Param, typed: str) -> ChannelRef:
    """A channel by the platform's reference, as people or platforms write it."""
    ref = typed.strip("<#>").partition("|")[0].strip()
    if not ref or len(ref) > REF_MAX:
        raise Refuse("“{typed}” is no channel. Choose one from the list.", field=param.name, typed=typed[:40])
    return ChannelRef(ref)


def time_like(turn: Turn, param: Param, typed: str) -> Any:
    """A date, a time, a recurrence or a length of time, as the person types it in their zone."""
    try:
        match param.kind:
            case "date":
                return read_date(typed, turn.now, turn.who.zone)
            case "span":
                return read_span(typed)
            case "time":
                return read_when(typed, turn.now, turn.who.zone, repeats=False).at
            case _:
                return read_when(typed, turn.now, turn.who.zone)
    except Unreadable as problem:
        raise Refuse(say(problem.template, **problem.values), field=param.name) from None


def text(param: Param, typed: str) -> str:
    most, least = param.opt.max or TEXT_MAX, (param.opt.min or 0) if not param.many else 0
    if param.many:
        most = TEXT_MAX
    if len(typed) > most:
        raise Refuse("At most {most} characters, please; this has {n}.", field=param.name, most=most, n=len(typed))
    if len(typed) < least:
        raise Refuse(
            count("At least {n} character, please.", "At least {n} characters, please.", least), field=param.name
        )
    return typed


def number(param: Param, typed: str) -> float:
    try:
        value = int(typed) if param.kind == "integer" else float(typed.replace(",", "."))
    except ValueError:
        raise Refuse("“{typed}” is not a number. Try 12.", field=param.name, typed=typed[:40]) from None
    if value != value or abs(value) > NUMBER_MAX:  # noqa: PLR0124  # not a number is not equal to itself
        raise Refuse("“{typed}” is not a number I can use. Try 12.", field=param.name, typed=typed[:40])
    return value


def bounded(param: Param, value: float) -> float:
    least, most = param.opt.min, param.opt.max
    if (least is not None and value < least) or (most is not None and value > most):
        if least is not None and most is not None:
            raise Refuse("From {least} to {most}, please.", field=param.name, least=least, most=most)
        if least is not None:
            raise Refuse("At least {least}, please.", field=param.name, least=least)
        raise Refuse("At most {most}, please.", field=param.name, most=most or 0)
    return value


def flag(param: Param, typed: str) -> bool:
    if typed.lower() in YES | NO:
        return typed.lower() in YES
    raise Refuse("Say yes or no, not “{typed}”.", field=param.name, typed=typed[:40])


def choice(param: Param, typed: str) -> Any:
    """A literal or an enum member, by name, whatever the case."""
    names = {o.value.lower(): o.value for o in param.options}
    found = names.get(typed.lower()) or names.get(typed.lower().replace(" ", "_"))
    if found is None:
        close = get_close_matches(typed.lower(), names, 1)
        choices = listed(said(o.value) for o in param.options)
        if close:
            raise Refuse(
                "There is no “{typed}”. Did you mean “{near}”? You can choose: {choices}.",
                field=param.name, typed=typed[:40], near=names[close[0]], choices=choices,
            )  # fmt: skip
        raise Refuse(
            "There is no “{typed}”. You can choose: {choices}.", field=param.name, typed=typed[:40], choices=choices
        )
    if get_origin(param.type) is not None:
        return next(value for value in get_args(param.type) if str(value) == found)
    enum: type[Enum] = param.type
    return enum[found]
