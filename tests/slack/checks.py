"""The limits of Block Kit's blocks and views, as Slack's server enforces them."""

import json
from collections.abc import Iterator
from typing import Any

from tests.slack.elements import ELEMENTS, GROUP, MENU_OPTION, OPTIONS, context_element, element
from tests.slack.shapes import ID_MAX, Rule, Shape, anything, boolean, chars, listed, plain, report, text

Json = dict[str, Any]

BLOCKS_MAX = {"message": 50, "modal": 100, "home": 100}
MARKDOWN_MAX = 12_000  # of all markdown blocks of a message together
VIEW_BYTES = 250_000
METADATA_BYTES = 8_000

IMAGE_FIELDS: dict[str, Rule] = {"image_url": chars(3000), "slack_file": anything, "title": plain(2000)}

BLOCKS: dict[str, Shape] = {
    "section": Shape(
        may={
            "text": text(3000),
            "fields": listed(text(2000), 1, 10),
            "accessory": element("section"),
            "expand": boolean,
        }
    ),
    "header": Shape({"text": plain(150)}),
    "divider": Shape(),
    "context": Shape({"elements": listed(context_element, 1, 10)}),
    "actions": Shape({"elements": listed(element("actions"), 1, 25)}),
    "input": Shape(
        {"label": plain(2000), "element": element("input")},
        {"hint": plain(2000), "optional": boolean, "dispatch_action": boolean},
    ),
    "image": Shape({"alt_text": chars(2000)}, IMAGE_FIELDS),
    "rich_text": Shape({"elements": listed(anything, 1, 1000)}),
    "markdown": Shape({"text": chars(MARKDOWN_MAX)}),
}

VIEW: dict[str, Rule] = {
    "private_metadata": chars(3000, 0),
    "callback_id": chars(ID_MAX, 0),
    "external_id": chars(ID_MAX, 0),
}
VIEWS: dict[str, Shape] = {
    "modal": Shape(
        {"title": plain(24), "blocks": anything},
        VIEW
        | {
            "submit": plain(24),
            "close": plain(24),
            "clear_on_close": boolean,
            "notify_on_close": boolean,
            "submit_disabled": boolean,
        },
    ),
    "home": Shape({"blocks": anything}, VIEW),
}


def check_blocks(blocks: Any, surface: str) -> list[str]:
    """Everything wrong with the blocks of a message, a modal or a home tab."""
    found: list[str] = []
    listed(anything, 0 if surface == "message" else 1, BLOCKS_MAX[surface])(found, "/blocks", blocks)
    if not isinstance(blocks, list):
        return found
    for number, block in enumerate(blocks):
        check_block(found, f"/blocks/{number}", block)
    if found:
        return found
    check_ids(found, blocks)
    if sum(bool(item.get("focus_on_load")) for block in blocks for item in interactive(block)) > 1:
        report(found, "/blocks", "only one element may have focus_on_load")
    prose = [block["text"] for block in blocks if block["type"] == "markdown"]
    if prose and surface != "message":
        report(found, "/blocks", f"markdown blocks are not supported in a {surface}")
    if sum(map(len, prose)) > MARKDOWN_MAX:
        report(found, "/blocks", f"markdown blocks must be less than {MARKDOWN_MAX + 1} characters together")
    return found


def check_block(found: list[str], at: str, block: Any) -> None:
    kind = str(block.get("type")) if isinstance(block, dict) else str(block)
    shape = BLOCKS.get(kind)
    if shape is None:
        report(found, at, f"unsupported type: {kind}")
        return
    Shape(shape.needs, {**shape.may, "block_id": chars(ID_MAX)}).check(found, at, block)
    if block["type"] == "section" and not (block.get("text") or block.get("fields")):
        report(found, at, "must have text or fields")
    if block["type"] == "image" and ("image_url" in block) == ("slack_file" in block):
        report(found, at, "must have either image_url or slack_file")


def check_ids(found: list[str], blocks: list[Json]) -> None:
    """A block_id is unique in its message or view, an action_id in its block."""
    seen: set[str] = set()
    for number, block in enumerate(blocks):
        name = block.get("block_id")
        if name in seen:
            report(found, f"/blocks/{number}/block_id", f"`block_id` {name} already exists")
        seen |= {name} if name else set()
        actions = [item["action_id"] for item in interactive(block) if item.get("action_id")]
        found.extend(
            f"[ERROR] `action_id` {action} already exists in this block [json-pointer:/blocks/{number}]"
            for action in sorted({action for action in actions if actions.count(action) > 1})
        )


def interactive(block: Json) -> Iterator[Json]:
    """The elements of a block that a person can use."""
    held = [block.get("accessory"), block.get("element"), *(block.get("elements") or [])]
    for item in held:
        if isinstance(item, dict) and item.get("type") in ELEMENTS and item["type"] != "image":
            yield item


def check_view(view: Any, *expected: str) -> list[str]:
    """Everything wrong with a modal or a home tab."""
    kind = view.get("type") if isinstance(view, dict) else None
    if kind not in expected:
        return [f"[ERROR] unsupported type: {kind}, expected {' or '.join(expected)} [json-pointer:/view/type]"]
    found: list[str] = []
    VIEWS[kind].check(found, "/view", view)
    found += [line.replace("[json-pointer:", "[json-pointer:/view") for line in check_blocks(view.get("blocks"), kind)]
    asks = any(isinstance(block, dict) and block.get("type") == "input" for block in view.get("blocks") or [])
    if kind == "modal" and asks and not view.get("submit"):
        report(found, "/view/submit", "a modal with input blocks must have a submit button")
    return found


def too_large(view: Json) -> bool:
    return len(json.dumps(view, ensure_ascii=False).encode()) > VIEW_BYTES


def check_options(payload: Any) -> list[str]:
    """Everything wrong with the answer to someone typing in a menu."""
    shape = Shape(
        may={"options": listed(MENU_OPTION.check, 0, OPTIONS), "option_groups": listed(GROUP.check, 0, OPTIONS)}
    )
    found: list[str] = []
    shape.check(found, "", payload)
    if isinstance(payload, dict) and ("options" in payload) == ("option_groups" in payload):
        report(found, "", "must have either options or option_groups")
    return found


def check_metadata(metadata: Any) -> str:
    """The error that Slack would answer, or nothing."""
    shape = Shape({"event_type": chars(ID_MAX), "event_payload": anything})
    found: list[str] = []
    shape.check(found, "/metadata", metadata)
    if found or not isinstance(metadata["event_payload"], dict):
        return "invalid_metadata_format"
    return "metadata_too_large" if len(json.dumps(metadata)) > METADATA_BYTES else ""
