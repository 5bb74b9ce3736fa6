"""Answers as JSON and back, so that a delivery that comes twice is answered twice and done once."""

import json
from base64 import b64decode, b64encode
from dataclasses import fields, is_dataclass
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


def encode(value: object) -> str:
    """JSON of frozen values: our own dataclasses by name, tuples as lists, times as ISO text."""
    return json.dumps(plain(value), ensure_ascii=False, separators=(",", ":"))


def decode(raw: str) -> Any:
    """The values again, equal to what was encoded."""
    return value_of(json.loads(raw))


def plain(value: object) -> object:
    match value:
        case None | bool() | int() | float() | str():
            return value
        case tuple() | list():
            return [plain(item) for item in value]
        case datetime():
            return {"": "datetime", "at": value.isoformat()}
        case date():
            return {"": "date", "at": value.isoformat()}
        case timedelta():
            return {"": "timedelta", "s": value.total_seconds()}
        case bytes():
            return {"": "bytes", "b": b64encode(value).decode()}
        case _ if is_dataclass(value) and type(value).__name__ in KNOWN:
            kept = {f.name: plain(getattr(value, f.name)) for f in fields(value) if getattr(value, f.name) != f.default}
            return {"": type(value).__name__, **kept}
    message = f"a {type(value).__name__} is no part of an answer"
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
