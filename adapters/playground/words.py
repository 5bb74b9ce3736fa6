"""Texts as trees that a page can draw without ever reading markup: strings, and nodes that say what they are."""

import json
import re
from datetime import datetime
from typing import Any, TypeAlias

from bot.addresses import followable, promises_another
from bot.text import PLAIN, Reader, Text, TimeStyle, moment, write

Node: TypeAlias = "str | dict[str, Any]"

# While a text is put together its marks are control characters, which `words` takes out of what people wrote.
OPEN, SHUT = "\x01", "\x02"
BOLD, CODE, LEAF = "b", "c", "l"
MARKS = re.compile(f"({OPEN}.|{SHUT})", re.DOTALL)
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f]")


class Marked:
    """The playground's dialect: marks that ``nodes`` reads back."""

    def words(self, raw: str) -> str:
        return CONTROL.sub("", raw)

    def bold(self, inner: str) -> str:
        return f"{OPEN}{BOLD}{inner}{SHUT}"

    def code(self, inner: str) -> str:
        return f"{OPEN}{CODE}{inner}{SHUT}"

    def mention(self, ref: str, name: str) -> str:
        return leaf({"is": "person", "ref": ref, "words": name})

    def channel(self, ref: str, name: str) -> str:
        return leaf({"is": "channel", "ref": ref, "words": name or ref})

    def href(self, label: str, url: str) -> str:
        """A link under words only where the words do not promise another address."""
        if not followable(url):
            return self.words(PLAIN.href(label, url))
        if label and promises_another(label, url):
            return self.words(f"{label} (") + leaf({"is": "link", "url": url, "words": url}) + ")"
        return leaf({"is": "link", "url": url, "words": label or url})

    def moment(self, at: datetime, style: TimeStyle, reader: Reader) -> str:
        return leaf({"is": "time", "at": at.timestamp(), "style": style, "words": moment(at, style, reader)})

    def command(self, name: str) -> str:
        return leaf({"is": "command", "words": f"/{name}"})


MARKED = Marked()


def leaf(node: dict[str, Any]) -> str:
    return f"{OPEN}{LEAF}{json.dumps(node)}{SHUT}"  # JSON escapes control characters


def nodes(text: Text, reader: Reader) -> list[Node]:
    """The text as this reader sees it, as a tree."""
    stack: list[tuple[str, list[Node]]] = [("", [])]
    for piece in MARKS.split(write(text, reader, MARKED)):
        if piece.startswith(OPEN):
            stack.append((piece[1], []))
        elif piece == SHUT:
            kind, inner = stack.pop()
            stack[-1][1].append(closed(kind, inner))
        elif piece:
            stack[-1][1].append(piece)
    return stack[0][1]


def closed(kind: str, inner: list[Node]) -> Node:
    if kind == LEAF:
        found: dict[str, Any] = json.loads(str(inner[0]))
        return found
    return {"is": "bold" if kind == BOLD else "code", "of": inner}
