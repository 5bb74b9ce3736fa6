"""Calls of any action: what its link carries, good answers to what it asks, and agreeing to what it previews."""

from bot.actions import Param
from bot.calls import Raw
from tests.rows import Row
from tests.world import Actor, Seen, buttons

OURS = {  # an answer of each kind that names nobody and nothing
    "text": "ours alone", "integer": 1, "number": 1.5, "flag": True, "date": "tomorrow", "time": "tomorrow 18:00",
    "when": "tomorrow 18:00", "span": "1 hour", "channel": "general",
}  # fmt: skip


def answers(asked: tuple[Param, ...], **named: Raw) -> dict[str, Raw]:
    """A good answer to everything that names nothing, so that only what it names can be refused."""
    made: dict[str, Raw] = {}
    for param in asked:
        if param.kind == "choice":
            made[param.name] = param.options[0].value
        elif param.kind in OURS:
            made[param.name] = OURS[param.kind]  # type: ignore[assignment]
            if param.many:
                made[param.name] = [str(OURS[param.kind]), f"{OURS[param.kind]} too"]
    return made | named


def carried(params: tuple[Param, ...], id_: str, theirs: dict[str, Row]) -> tuple[str, ...]:
    """Arguments of a link: rows of theirs by the parameter's name, this one for what has another name."""
    made = []
    for param in params:
        row = theirs.get(param.name.removesuffix("_id"), {})
        match param.kind:
            case "text":
                made.append(id_ or str(row.get("id", "")))
            case "choice":
                made.append(param.options[0].value)
            case _:
                made.append("1")
    return tuple(made)


def goes_ahead(actor: Actor, seen: Seen) -> Seen:
    """Press what agrees to a preview, if there is one."""
    cards = [s.card for s in seen.outcome.shown if hasattr(s, "card")]
    agree = [b.then for b in buttons(*cards) if b.then and b.then.name == "forms.confirm"]
    return actor.follows(agree[0]) if agree else seen
