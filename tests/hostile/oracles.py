"""What the chats make of what we send: read as their clients read it, without our renderers' help.

Each reading names what it found: who would be pinged, which links there are under which words, and which kinds of
markup.  Pings are looked for everywhere, also where a client would show code, since servers do not read markup.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

Json = dict[str, Any]

HOSTS = re.compile(r"(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W\d_]{2,}")
SAFE_SCHEMES = ("http", "https")


@dataclass(frozen=True, slots=True)
class Linked:
    """Something that leads somewhere when it is pressed, and what it says."""

    words: str
    url: str

    @property
    def disguised(self) -> bool:
        """Whether the words name a host that is not the one it leads to, or it leads out of the web."""
        if self.words == self.url:
            return False
        try:
            parts = urlsplit(self.url)
        except ValueError:
            return True
        plain = unicodedata.normalize("NFKC", "".join(c for c in self.words if unicodedata.category(c) != "Cf"))
        if parts.scheme.lower() not in SAFE_SCHEMES or parts.username is not None:
            return True
        host = (parts.hostname or "").removeprefix("www.")
        return any(named.lower().removeprefix("www.") != host for named in HOSTS.findall(plain))


@dataclass(slots=True)
class Reading:
    """What a client finds in one text."""

    kinds: set[str] = field(default_factory=set)
    links: list[Linked] = field(default_factory=list)
    pings: list[str] = field(default_factory=list)


def parts(made: Any) -> Iterator[Json]:
    """Every object of a payload, however deep."""
    match made:
        case dict():
            yield made
            for inner in made.values():
                yield from parts(inner)
        case list() | tuple():
            for inner in made:
                yield from parts(inner)


# How Discord reads: the page “Message Formatting” of its reference, and its help page on markdown.

DISCORD_TEXT = 10  # the type of a text display
DISCORD_PINGS = re.compile(r"@(?:everyone|here)|<@[!&]?\d+>|<@&|<#\d+>|<id:\w+>|</[^>]+:\d+>", re.IGNORECASE)
DISCORD_LINES = (
    ("heading", re.compile(r"^\s*#{1,3}\s+\S")),
    ("small", re.compile(r"^\s*-#\s+\S")),
    ("list", re.compile(r"^\s*(?:[-*]|\d+\.)\s+\S")),
    ("quote", re.compile(r"^\s*>(?:>>)?\s")),
)
SCHEMES = "(?:https?|discord|steam|mailto|tel)"
DISCORD_INLINE = (
    ("escape", re.compile(r"\\([^0-9A-Za-z\s])")),
    ("block", re.compile(r"```(.+?)```", re.DOTALL)),
    ("code", re.compile(r"(`+)(?!`)(.*?[^`])\1(?!`)", re.DOTALL)),
    ("link", re.compile(rf"\[((?:\\.|[^\[\]\\]|\[[^\]]*\])+)\]\(\s*<?({SCHEMES}:?[^)\s>]*)>?[^)]*\)", re.IGNORECASE)),
    ("angle", re.compile(rf"<({SCHEMES}:[^>\s]+|\+[\d-]+|[^\s@<>]+@[^\s@<>]+\.\w+)>", re.IGNORECASE)),
    ("time", re.compile(r"<t:-?\d+(?::\w)?>")),
    ("emoji", re.compile(r"<a?:\w+:\d+>|<sound:\d+:\d+>")),
    ("mention", re.compile(r"<(?:@[!&]?|#)\d+>|@(?:everyone|here)|<id:\w+>|</[^>]+:\d+>")),
    ("bold", re.compile(r"\*\*((?:\\.|[^\\])+?)\*\*(?!\*)", re.DOTALL)),
    ("underline", re.compile(r"__((?:\\.|[^\\])+?)__(?!_)", re.DOTALL)),
    ("italic", re.compile(r"\*(?=\S)((?:\\.|\*\*|[^\\*])+?)(?<!\s)\*(?!\*)|\b_((?:\\.|__|[^\\_])+?)_\b", re.DOTALL)),
    ("strike", re.compile(r"~~((?:\\.|[^\\])+?)~~", re.DOTALL)),
    ("spoiler", re.compile(r"\|\|((?:\\.|[^\\])+?)\|\|", re.DOTALL)),
    ("bare", re.compile(r"(?:https?|steam)://[^\s<]+[^<.,:;\"'\]\s]", re.IGNORECASE)),
)  # fmt: skip
NESTING = {"bold", "underline", "italic", "strike", "spoiler", "link"}


def on_discord(content: str) -> Reading:
    """One text display."""
    found = Reading(pings=DISCORD_PINGS.findall(content))
    for line in content.split("\n"):
        found.kinds |= {kind for kind, form in DISCORD_LINES if form.match(line)}
    discord_inline(content, found)
    return found


def discord_inline(text: str, found: Reading) -> str:
    """What is seen of it; markup is written down."""
    seen, at = [], 0
    while at < len(text):
        kind, match = next(((k, m) for k, form in DISCORD_INLINE if (m := form.match(text, at))), ("", None))
        if match is None:
            seen.append(text[at])
            at += 1
            continue
        inner = next((g for g in match.groups() if g is not None), match[0])
        if kind == "escape":
            seen.append(inner)
        elif kind == "link":
            words = discord_inline(inner, found)
            found.links.append(Linked(words, match[2]))
            seen.append(words)
        elif kind in ("angle", "bare"):
            found.links.append(Linked(inner, inner))
            seen.append(inner)
        else:
            seen.append(discord_inline(inner, found) if kind in NESTING else match[0])
        if kind not in ("escape", "bare", "angle"):  # an address that shows itself is no markup
            found.kinds.add(kind)
        at = match.end()
    return "".join(seen)


def discord_texts(body: Json) -> Iterator[str]:
    """Everything in a body that is read as markdown."""
    return (part["content"] for part in parts(body) if part.get("type") == DISCORD_TEXT)


def discord_buttons(body: Json) -> Iterator[Linked]:
    """Buttons that open an address."""
    return (Linked(part["label"], part["url"]) for part in parts(body) if part.get("type") == 2 and "url" in part)


# Slack: docs.slack.dev/messaging/formatting-message-text.

SLACK_ENTITY = re.compile(r"<([^<>]*)>")
SLACK_MARKS = {"*": "bold", "_": "italic", "~": "strike", "`": "code"}


def slack_pair(mark: str) -> re.Pattern[str]:
    """A mark between an edge and a word, and another one between a word and an edge, on one line."""
    edge, mark = r"(?:^|(?<=[\s(\[{\"'“.,;:!?*_~`-]))", re.escape(mark)
    return re.compile(rf"{edge}{mark}(?![\s\u200b{mark}])[^\n{mark}]*?(?<![\s\u2060]){mark}(?![^\W_])", re.MULTILINE)


SLACK_INLINE = [(kind, slack_pair(mark)) for mark, kind in SLACK_MARKS.items()]
SLACK_CODE = slack_pair("`")
SLACK_LINES = (("quote", re.compile(r"^&gt;", re.MULTILINE)), ("block", re.compile(r"```.+?```", re.DOTALL)))


def on_slack(text: str) -> Reading:
    """One text of mrkdwn."""
    found = Reading()
    for entity in SLACK_ENTITY.findall(text):
        target, bar, label = entity.partition("|")
        if target.startswith("!date^"):
            found.kinds.add("time")
        elif target.startswith(("@", "!", "#")):
            found.kinds.add("channel" if target.startswith("#") else "ping")
            if not target.startswith("#"):
                found.pings.append(entity)
        else:
            found.kinds.add("link")
            found.links.append(Linked(entities(label) if bar else entities(target), entities(target)))
    bare = SLACK_ENTITY.sub("x", text)
    bare, codes = SLACK_CODE.subn("x", bare)
    found.kinds |= {"code"} if codes else set()
    if "<" in bare or ">" in bare:
        found.pings.append(f"an angle bracket that nothing closes or opens in {bare[:80]!r}")
    found.kinds |= {kind for kind, form in (*SLACK_LINES, *SLACK_INLINE) if form.search(bare)}
    return found


def entities(text: str) -> str:
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        text = text.replace(entity, character)
    return text


def slack_texts(blocks: list[Json]) -> Iterator[str]:
    """Everything in blocks that is read as mrkdwn; it has to forbid Slack to find addresses in it by itself."""
    for part in parts(blocks):
        if part.get("type") == "mrkdwn":
            assert part.get("verbatim") is True, part
            yield part["text"]


def slack_buttons(blocks: list[Json]) -> Iterator[Linked]:
    return (Linked(p["text"]["text"], p["url"]) for p in parts(blocks) if p.get("type") == "button" and "url" in p)


# The playground: trees of nodes that its page turns into elements with text in them.

NODES = {
    "bold": {"is", "of"},
    "code": {"is", "of"},
    "person": {"is", "ref", "words"},
    "channel": {"is", "ref", "words"},
    "command": {"is", "words"},
    "link": {"is", "url", "words"},
    "time": {"is", "at", "style", "words"},
}


def on_page(nodes: Iterable[Any]) -> Reading:
    """A tree of the playground's."""
    found = Reading()
    for node in nodes:
        if isinstance(node, str):
            continue
        found.kinds.add(node["is"])
        assert set(node) == NODES[node["is"]], node
        if node["is"] == "link":
            found.links.append(Linked(node["words"], node["url"]))
        inner = on_page(node.get("of") or ())
        found.kinds |= inner.kinds
        found.links += inner.links
    return found


def page_texts(drawn: Any) -> Iterator[list[Any]]:
    """Every tree of nodes in a drawing."""
    return ([part] for part in parts(drawn) if part.get("is") in NODES)


def page_buttons(drawn: Any) -> Iterator[Linked]:
    return (Linked(part["label"], part["url"]) for part in parts(drawn) if part.get("is") == "button" and part["url"])
