"""Cards as Block Kit.  Pure: no network, no clock.  What is too large is shortened, and says so."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from adapters.slack import limits
from adapters.slack.limits import clip
from adapters.slack.mrkdwn import Pen, clip_mrkdwn, pieces
from bot.addresses import followable, promises_another
from bot.cards import Block, Button, Card, Control, Fields, Menu, Note, Option, Picture, Prose, Row, Rule, Tone
from bot.text import Text, lines, say

Json = dict[str, Any]

NOTHING = "–"  # Block Kit refuses empty texts
TONES: dict[Tone, Text] = {
    "plain": Text(),
    "good": say("✅ Good"),
    "watch": say("⚠️ Please look"),
    "bad": say("🛑 Trouble"),
}
SHORTENED = say("There is more than fits into one message here.")


@dataclass(frozen=True, slots=True)
class Shown:
    """A message: its blocks, and the text for notifications and screen readers."""

    blocks: list[Json]
    text: str


def message(card: Card, pen: Pen, pictures: Mapping[int, str] | None = None) -> Shown:
    """A card as a message.  ``pictures`` are ids of uploaded files, by the position of their block."""
    return Shown(blocks(card, pen, pictures or {}, limits.MESSAGE_BLOCKS), fallback(card, pen))


def home(card: Card, pen: Pen) -> Json:
    """A card as a Home tab."""
    return {"type": "home", "blocks": blocks(card, pen, {}, limits.VIEW_BLOCKS)}


def blocks(card: Card, pen: Pen, pictures: Mapping[int, str], most: int) -> list[Json]:
    head = [header(card.title, pen)] if pen.plain(card.title).strip() else []
    tone = [context(TONES[card.tone], pen)] if card.tone != "plain" else []
    body = [made for n, block in enumerate(card.blocks) for made in block_of(block, pen, pictures.get(n, ""))]
    ends = list(controls(card.controls, pen))
    room = most - len(head) - len(tone) - len(ends)
    if len(body) > room:
        body = [*body[: room - 1], context(SHORTENED, pen)]
    return [*head, *tone, *body, *ends] or [section(NOTHING)]


def fallback(card: Card, pen: Pen) -> str:
    """Everything that a card says, one line after another: screen readers read this and not the blocks."""
    parts = [card.title, TONES[card.tone], *(words(block) for block in card.blocks)]
    said = "\n".join(line for part in parts if (line := pen.rich(part)).strip())
    if not said:
        said = ", ".join(pen.rich(control.label) for control in card.controls)
    return clip_mrkdwn(said.strip() or NOTHING, limits.FALLBACK_TEXT)


def words(block: Block) -> Text:
    match block:
        case Prose(text=text) | Note(text=text) | Row(text=text) | Picture(alt=text):
            return text
        case Fields(pairs=pairs):
            return lines(*(say("{name}: {value}", name=name, value=value) for name, value in pairs))
        case Rule():
            return Text()


def block_of(block: Block, pen: Pen, picture: str) -> list[Json]:
    match block:
        case Prose(text=text):
            return sections(text, pen)
        case Fields(pairs=pairs):
            cells = [cell(name, value, pen) for name, value in pairs]
            most = limits.SECTION_FIELDS
            return [{"type": "section", "fields": cells[i : i + most]} for i in range(0, len(cells), most)]
        case Row(text=text, accessory=accessory):
            return row(text, accessory, pen)
        case Picture(alt=alt):
            shown = clip(pen.plain(alt) or NOTHING, limits.IMAGE_ALT)
            if not picture:
                return [context(alt, pen)] if alt else []
            return [{"type": "image", "slack_file": {"id": picture}, "alt_text": shown}]
        case Rule():
            return [{"type": "divider"}]
        case Note(text=text):
            return [context(text, pen)] if pen.plain(text).strip() else []


def sections(text: Text, pen: Pen) -> list[Json]:
    return [section(part) for part in pieces(pen.rich(text), limits.SECTION_TEXT)]


def section(written: str) -> Json:
    return {"type": "section", "text": mrkdwn(written)}


def row(text: Text, accessory: Button | None, pen: Pen) -> list[Json]:
    """A text with its button beside its first part."""
    made = sections(text, pen) or [section(NOTHING)]
    if accessory is None:
        return made
    beside = button(accessory, pen, 0)
    return [made[0] | {"accessory": beside}, *made[1:]] if beside else [*made, address(accessory, pen)]


def controls(given: Iterable[Control], pen: Pen) -> Iterator[Json]:
    """Buttons side by side; each menu beside its name, which a placeholder loses once something is chosen."""
    for kind, group in groupby(given, type):
        if kind is Menu:
            yield from (menu(one, pen) for one in group if isinstance(one, Menu) and one.options)
            continue
        items = [one for one in group if isinstance(one, Button)]
        made = [(one, button(one, pen, n)) for n, one in enumerate(items)]
        elements = [element for _, element in made if element]
        most = limits.ACTIONS_ELEMENTS
        for start in range(0, len(elements), most):
            yield {"type": "actions", "elements": elements[start : start + most]}
        yield from (address(one, pen) for one, element in made if not element)


def button(item: Button, pen: Pen, number: int) -> Json | None:
    """A button; None when its address is none that Slack would open, or its words promise another one."""
    made: Json = {"type": "button", "text": plain(item.label, pen, limits.BUTTON_TEXT)}
    if item.style != "plain":
        made["style"] = item.style
    if item.then is not None:
        link = str(item.then)
        return made | {"action_id": link, "value": pen.carried.get(link, link)}
    if (
        not followable(item.url)
        or len(item.url) > limits.BUTTON_URL
        or promises_another(made["text"]["text"], item.url)
    ):
        return None
    return made | {"action_id": f"url:{number}", "url": item.url}


def address(item: Button, pen: Pen) -> Json:
    """What would be a button if its address could be opened."""
    return context(say("{label}: {url}", label=item.label, url=item.url), pen)


def menu(item: Menu, pen: Pen) -> Json:
    """What is chosen answers a field, which travels before the link."""
    offered = [option(one, pen) for one in item.options[: limits.OPTIONS]]
    chosen = [made for one, made in zip(item.options, offered, strict=False) if one.chosen]
    many = item.most > 1 or item.least == 0  # a single select cannot be emptied again
    element: Json = {
        "type": "multi_static_select" if many else "static_select",
        "action_id": f"{item.field}={item.then}",
        "placeholder": plain(item.label, pen, limits.PLACEHOLDER),
        "options": offered,
    }
    if many:
        element["max_selected_items"] = min(item.most, len(offered))
    if chosen:
        element |= {"initial_options": chosen[: item.most]} if many else {"initial_option": chosen[0]}
    return section(clip_mrkdwn(pen.rich(item.label), limits.SECTION_TEXT) or NOTHING) | {"accessory": element}


def option(item: Option, pen: Pen) -> Json:
    made: Json = {"text": plain(item.label, pen, limits.OPTION_TEXT), "value": item.value}
    if about := pen.plain(item.about).strip():
        made["description"] = {"type": "plain_text", "text": clip(about, limits.OPTION_ABOUT)}
    return made


def header(text: Text, pen: Pen) -> Json:
    return {"type": "header", "text": plain(text, pen, limits.HEADER_TEXT)}


def context(text: Text, pen: Pen) -> Json:
    written = clip_mrkdwn(pen.rich(text), limits.CONTEXT_TEXT)
    return {"type": "context", "elements": [mrkdwn(written)]}


def cell(name: Text, value: Text, pen: Pen) -> Json:
    written = f"{pen.bold(name)}\n{pen.rich(value) or NOTHING}"
    return mrkdwn(clip_mrkdwn(written, limits.FIELD_TEXT))


def mrkdwn(written: str) -> Json:
    """``verbatim`` keeps Slack from making links of addresses and channel names that stand in people's words."""
    return {"type": "mrkdwn", "text": written or NOTHING, "verbatim": True}


def plain(text: Text, pen: Pen, most: int) -> Json:
    return {"type": "plain_text", "text": clip(pen.plain(text).strip() or NOTHING, most)}
