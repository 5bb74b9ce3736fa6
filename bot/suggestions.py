"""Suggestions while somebody types into a field."""

from bot.actions import Param
from bot.answers import empty
from bot.calls import Turn
from bot.cards import Option
from bot.text import say
from bot.times import Unreadable, describe, read_date, read_when


def helped(turn: Turn, param: Param, typed: str) -> list[Option]:
    """Suggestions for one field: what its Opt knows, or how a time would be read."""
    if param.opt.suggest is not None:
        return param.opt.suggest(turn, typed)
    needle = typed.strip().lower()
    if param.kind == "choice":
        return [o for o in param.options if needle in o.value.lower()]
    try:
        match param.kind:
            case "time" | "when":
                when = read_when(typed, turn.now, turn.who.zone, repeats=param.kind == "when")
                return [
                    Option(
                        typed,
                        say("{typed}: {reading}", typed=typed, reading=describe(when.at, when.zone, turn.who.locale)),
                    )
                ]
            case "date":
                return [
                    Option(typed, say("{typed}: {day}", typed=typed, day=read_date(typed, turn.now, turn.who.zone)))
                ]
            case _:
                return []
    except Unreadable as problem:
        return [] if empty(typed) else [Option(typed, say(problem.template, **problem.values))]
