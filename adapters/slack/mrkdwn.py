"""How Slack writes: mrkdwn in which people's words show as they are, ping nobody and link to nothing by themselves."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from adapters.slack.limits import clip
from bot.addresses import followable, promises_another
from bot.text import Plain, Reader, Text, TimeStyle, moment, write

ROOT = "/cop"

# No backslash escapes a marker in mrkdwn.  Slack formats only between a boundary and a non-space, so a marker with a
# joiner (no boundary) before it and a zero-width space (no word) after it stays a character.
JOINER, SPACE = "\u2060", "\u200b"
MARKER = re.compile(r"(?<![^\W_])[*_~`]|[*_~`](?![^\W_])")  # within a word, as in snake_case, nothing is formatted
QUOTE = re.compile(r"^(&gt;)", re.MULTILINE)  # would start a quotation
CHANNEL = re.compile(r"[CG][A-Z0-9]{2,}")
LABEL = 300  # characters of links and code: neither is cut with its message, so neither may fill one
IN_ADDRESS = {"<": "%3C", ">": "%3E", "|": "%7C", '"': "%22", "&": "&amp;"}
STYLES: dict[TimeStyle, str] = {
    "full": "{date_long_pretty} {time}",
    "date": "{date_long}",
    "time": "{time}",
    "relative": "{date_short_pretty} {time}",
}


def escape(raw: str) -> str:
    """The three characters that Slack reads as its own; without them there is no mention and no link."""
    return raw.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


class Mrkdwn:
    """Slack's dialect; ``root`` is the command that all others begin with."""

    def __init__(self, root: str = ROOT) -> None:
        self.root = root

    def words(self, raw: str) -> str:
        marked = MARKER.sub(lambda mark: f"{JOINER}{mark[0]}{SPACE}", raw)
        return QUOTE.sub(rf"{JOINER}\1", escape(marked))

    def bold(self, inner: str) -> str:
        """Stars work only around words: blanks stay outside, and each line has its own."""
        return "\n".join(starred(line) for line in inner.split("\n"))

    def code(self, inner: str) -> str:
        """Within code nothing is formatted, so what is copied from it should be exactly what was meant."""
        exact = inner.replace(JOINER, "").replace(SPACE, "").replace("`", "'").replace("\n", " ")
        return f"`{clip(exact, LABEL)}`" if exact.strip() else exact

    def mention(self, ref: str, name: str) -> str:  # noqa: ARG002  # a reference would notify them
        return self.words(name)

    def channel(self, ref: str, name: str) -> str:
        return f"<#{ref}>" if CHANNEL.fullmatch(ref) else self.words(f"#{name or ref}")

    def href(self, label: str, url: str) -> str:
        """A link under words only where the words do not promise another address."""
        if not followable(url):
            return self.words(url if label in ("", url) else f"{label} ({url})")
        address = "".join(IN_ADDRESS.get(c, c) for c in url)
        label = clip(" ".join(label.split()), LABEL)
        if label in ("", url):
            return f"<{address}>"
        if promises_another(label, url):
            return f"{self.words(label)} (<{address}>)"
        return f"<{address}|{self.words(label).replace('|', '¦')}>"

    def moment(self, at: datetime, style: TimeStyle, reader: Reader) -> str:
        """Slack shows it in each reader's own zone; the fallback, for old clients, names the zone that it is in."""
        fallback = escape(f"{moment(at, style, reader)} ({reader.zone.key})").replace("|", "¦")
        return f"<!date^{int(at.timestamp())}^{STYLES[style]}|{fallback}>"

    def command(self, name: str) -> str:
        return self.code(self.words(f"{self.root} {name}"))


class Flat(Plain):
    """Where Slack formats nothing."""

    def __init__(self, root: str = ROOT) -> None:
        self.root = root

    def command(self, name: str) -> str:
        return f"{self.root} {name}"


@dataclass(frozen=True, slots=True)
class Pen:
    """Writes for one reader on Slack; ``carried`` is what buttons bring back instead of their link, by that link."""

    reader: Reader = Reader()
    root: str = ROOT
    carried: Mapping[str, str] = field(default_factory=dict)

    def rich(self, text: Text) -> str:
        """As mrkdwn."""
        return write(text, self.reader, Mrkdwn(self.root))

    def plain(self, text: Text) -> str:
        """As plain text: buttons, titles, options."""
        return write(text, self.reader, Flat(self.root))

    def bold(self, text: Text) -> str:
        return Mrkdwn(self.root).bold(self.rich(text))


def starred(line: str) -> str:
    inner = line.strip(" ")
    if not inner:
        return line
    before, after = line[: len(line) - len(line.lstrip(" "))], line[len(line.rstrip(" ")) :]
    return f"{before}*{inner}*{after}"


def pieces(text: str, most: int) -> list[str]:
    """A long text in parts that fit, cut between lines, else between words, never inside a link or an entity."""
    found = []
    while len(text) > most:
        cut = cutting_point(text, most)
        found.append(text[:cut].rstrip())
        text = text[cut:].lstrip("\n")
    return [part for part in (*found, text) if part.strip()]


def cutting_point(text: str, most: int) -> int:
    line = text.rfind("\n", 1, most)
    if line > most // 2:
        return line
    blank = text.rfind(" ", most // 2, most)
    cut = blank if blank > 0 else most
    opened = text.rfind("<", 0, cut)
    if opened > text.rfind(">", 0, cut) and opened > 0:
        return opened
    entity = text.rfind("&", max(0, cut - 5), cut)
    if entity > 0 and ";" not in text[entity:cut]:
        return entity
    return cut


def clip_mrkdwn(text: str, most: int) -> str:
    """The beginning of a text, and a sign that there was more."""
    if len(text) <= most:
        return text
    return "".join(pieces(text.strip(), most - 1)[:1]) + "…"
