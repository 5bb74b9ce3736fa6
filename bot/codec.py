"""Answers as JSON and back, so that a delivery that comes twice is answered twice and done once."""

import json
from base64 import b64decode, b64encode
from dataclasses import fields
from datetime import date, datetime, timedelta
from typing import Any

from bot import cards, effects, text
from bot.actions import Link

KNOWN: dict[str, type] = {
    made.__name__: made
    for made in (
        Link,
        effects.Reply,
        effects.Attach,
        *(cards.Card, cards.File, cards.Button, cards.Option, cards.Menu),
        *(cards.Prose, cards.Fields, cards.Row, cards.Picture, cards.Rule, cards.Note),
        *(text.Text, text.Mention, text.Href, text.ChannelRef, text.Moment, text.Zoned, text.Command),
    )
}
PLAIN = {str, int, float, bool, type(None)}
SHAPES = {made: tuple((f.name, f.default) for f in fields(made)) for made in KNOWN.values()}
WRITER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def encode(value: object) -> str:
    """JSON of frozen values: our own dataclasses by name, tuples as lists, times as ISO text."""
    return WRITER.encode(plain(value))


def decode(raw: str) -> Any:
    """The values again, equal to what was encoded."""
    return value_of(json.loads(raw))


def plain(value: object) -> object:
    kind = type(value)
    if kind in PLAIN:
        return value
    if kind in SHAPES:
        kept = {name: plain(item) for name, usual in SHAPES[kind] if (item := getattr(value, name)) != usual}
        return {"": kind.__name__, **kept}
    match value:
        case tuple() | list():
            return [plain(item) for item in value]
        case int() | float() | str():  # an enum's member is its value
            return value
        case datetime():
            return {"": "datetime", "at": value.isoformat()}
        case date():
            return {"": "date", "at": value.isoformat()}
        case timedelta():
            return {"": "timedelta", "s": value.total_seconds()}
        case bytes():
            return {"": "bytes", "b": b64encode(value).decode()}
    message = f"a {kind.__name__} is no part of an answer"
    raise TypeError(message)


def value_of(raw: Any) -> Any:
    match raw:
        case list():
            return tuple(value_of(item) for item in raw)
        case {"": "datetime", "at": at}:
            return datetime.fromisoformat(at)
        case {"": "date", "at": at}:
            return date.fromisoformat(at)
        case {"": "timedelta", "s": seconds}:
            return timedelta(seconds=seconds)
        case {"": "bytes", "b": data}:
            return b64decode(data)
        case {"": str(name), **kept}:
            return KNOWN[name](**{str(key): value_of(item) for key, item in kept.items()})
        case _:
            return raw
