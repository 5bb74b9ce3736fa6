"""What a person sees of blocks, and what of it they can press, open or fill in."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.slack.checks import interactive
from tests.slack.elements import offered
from tests.slack.waiting import CannotDo

Json = dict[str, Any]

PINGS = re.compile(r"<!(?:channel|here|everyone|subteam\^\w+)(?:\|[^>]*)?>|<@[UW]\w+(?:\|[^>]*)?>")
AT_WORDS = re.compile(r"(?<!\w)@(?:channel|here|everyone)\b")
RICH = {"broadcast": "<!{range}>", "user": "<@{user_id}>", "usergroup": "<!subteam^{usergroup_id}>"}


@dataclass(frozen=True)
class Control:
    """One element and the block it stands in."""

    block: Json
    element: Json

    @property
    def kind(self) -> str:
        return str(self.element["type"])

    @property
    def action_id(self) -> str:
        return str(self.element["action_id"])

    @property
    def block_id(self) -> str:
        return str(self.block["block_id"])

    @property
    def label(self) -> str:
        """What a person would call it: a field's label, a button's text, a menu's placeholder."""
        words = self.block.get("label") or self.element.get("text") or self.element.get("placeholder") or {}
        return str(words.get("text", ""))

    @property
    def is_field(self) -> bool:
        return bool(self.block["type"] == "input")

    @property
    def options(self) -> list[Json]:
        return offered(self.element)


def controls(blocks: list[Json]) -> list[Control]:
    return [Control(block, element) for block in blocks for element in interactive(block)]


def named(blocks: list[Json], name: str, beside: str = "") -> Control:
    """The one control of that label, action_id or block_id; `beside` is some text of its block or the block above."""
    near = [control for control in controls(blocks) if not beside or beside in surroundings(blocks, control)]
    ways: list[Callable[[Control], bool]] = [
        lambda control: name in (control.label, control.action_id),
        lambda control: name == control.block_id,
        lambda control: control.kind == "overflow" and name in [option["text"]["text"] for option in control.options],
        lambda control: control.label.casefold().startswith(name.casefold()),
    ]
    for fits in ways:
        found = [control for control in near if fits(control)]
        if len(found) == 1:
            return found[0]
        if found:
            raise CannotDo(f"{name!r} is there {len(found)} times; say action_id= or beside=")
    raise CannotDo(f"there is no {name!r}, only {[control.label or control.action_id for control in near]}")


def surroundings(blocks: list[Json], control: Control) -> str:
    if control.block["type"] != "actions":
        return "\n".join(block_text(control.block))
    above = blocks[: blocks.index(control.block)][-1:]
    return "\n".join(line for block in above for line in block_text(block))


def block_text(block: Json) -> Iterator[str]:
    """The words of a block, controls apart."""
    match block["type"]:
        case "section":
            yield from (part["text"] for part in [block.get("text"), *(block.get("fields") or [])] if part)
        case "header":
            yield block["text"]["text"]
        case "context":
            yield " ".join(part.get("text") or part.get("alt_text", "") for part in block["elements"])
        case "markdown":
            yield block["text"]
        case "image":
            yield from [block["title"]["text"]] if block.get("title") else []
            yield block["alt_text"]
        case "input":
            yield block["label"]["text"]
            yield from [block["hint"]["text"]] if block.get("hint") else []
        case "rich_text":
            yield "".join(rich_words(block))


def rich_words(part: Json) -> Iterator[str]:
    if part["type"] in RICH:
        yield RICH[part["type"]].format(**part)
    else:
        yield str(part.get("text") or part.get("url") or "")
    for inner in part.get("elements") or []:
        yield from rich_words(inner)


def shown_text(blocks: list[Json]) -> str:
    return "\n".join(line for block in blocks for line in block_text(block))


def markup(blocks: list[Json]) -> Iterator[str]:
    """The texts that Slack parses for mentions; plain text it never does."""
    for block in blocks:
        if block["type"] in ("markdown", "rich_text"):
            yield from block_text(block)
        parts = [block.get("text"), *(block.get("fields") or []), *(block.get("elements") or [])]
        yield from (part["text"] for part in parts if isinstance(part, dict) and part.get("type") == "mrkdwn")


def pings(text: str, blocks: list[Json], *, at_words: bool = False) -> list[str]:
    """Whom a message would call: `<!channel>`, `<@U…>`; and `@channel` as a word where the sender asked for that."""
    parsed = [text, *markup(blocks)]
    found = [ping for part in parsed for ping in PINGS.findall(part)]
    return found + [word for part in parsed if at_words for word in AT_WORDS.findall(part)]


def with_ids(blocks: list[Json], taken: Iterator[int]) -> list[Json]:
    """The blocks as Slack keeps them: every block and every control has an id."""
    kept = []
    for block in blocks:
        mine = {"block_id": f"b{next(taken)}", **block}
        if "accessory" in mine:
            mine["accessory"] = with_action_id(mine["accessory"], taken)
        if "element" in mine:
            mine["element"] = with_action_id(mine["element"], taken)
        if mine["type"] == "actions":
            mine["elements"] = [with_action_id(item, taken) for item in mine["elements"]]
        kept.append(mine)
    return kept


def with_action_id(element: Json, taken: Iterator[int]) -> Json:
    return element if element["type"] == "image" else {"action_id": f"a{next(taken)}", **element}
