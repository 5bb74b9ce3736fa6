"""Payloads that Slack refuses are refused here, and those it takes pass."""

from typing import Any

import pytest

from tests.slack.checks import check_blocks, check_options, check_view
from tests.slack.echo import CARD, FORM, options, plain

Json = dict[str, Any]


def actions(*elements: Json, **more: Any) -> Json:
    return {"type": "actions", "elements": list(elements), **more}


def button(text: str = "Go", **more: Any) -> Json:
    return {"type": "button", "text": plain(text), **more}


def menu(**more: Any) -> Json:
    return {"type": "static_select", **more}


def section(text: str = "x", **more: Any) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def field(element: Json, **more: Any) -> Json:
    return {"type": "input", "label": plain("Name"), "element": element, **more}


TEXT = {"type": "plain_text_input"}


@pytest.mark.parametrize(
    "blocks",
    [
        CARD,
        FORM["blocks"],
        [section("x" * 3000), {"type": "divider"}, {"type": "header", "text": plain("x" * 150)}],
        [section(accessory=button(value="x" * 2000, action_id="x" * 255))],
        [actions(*[button(action_id=str(n)) for n in range(25)])],
        [{"type": "context", "elements": [plain("x"), {"type": "image", "image_url": "https://x", "alt_text": "x"}]}],
        [actions(menu(options=options("A"), initial_option=options("A")[0]))],
        [{"type": "markdown", "text": "**x**"}],
        [section()] * 50,
    ],
)
def test_what_slack_takes_is_taken(blocks: list[Json]) -> None:
    assert check_blocks(blocks, "message") == []


@pytest.mark.parametrize(
    "block, said",
    [
        (section(""), "more than 0 characters"),
        (section("x" * 3001), "less than 3001 characters"),
        ({"type": "section"}, "must have text or fields"),
        ({"type": "section", "fields": [plain("x")] * 11}, "no more than 10 items"),
        ({"type": "header", "text": plain("x" * 151)}, "less than 151 characters"),
        ({"type": "header", "text": {"type": "mrkdwn", "text": "x"}}, "unsupported type: mrkdwn"),
        ({"type": "context", "elements": [plain("x")] * 11}, "no more than 10 items"),
        ({"type": "context", "elements": [button()]}, "unsupported type: button"),
        ({"type": "divider", "text": "x"}, "invalid additional property: text"),
        ({"type": "poem"}, "unsupported type: poem"),
        (actions(), "no fewer than 1 items"),
        (actions(*[button()] * 26), "no more than 25 items"),
        (actions(button("x" * 76)), "less than 76 characters"),
        (actions(button(value="x" * 2001)), "less than 2001 characters"),
        (actions(button(style="loud")), "must be one of: primary, danger"),
        (actions(button(action_id="x" * 256)), "less than 256 characters"),
        (actions(button(action_id="a"), button(action_id="a")), "`action_id` a already exists"),
        (actions(button(confirm={"title": plain("x")})), "missing required field"),
        (actions(TEXT), "unsupported element in a block of type actions"),
        (actions(menu()), "either options or option_groups"),
        (actions(menu(options=options(*map(str, range(101))))), "no more than 100 items"),
        (actions(menu(options=options("x" * 76))), "less than 76 characters"),
        (actions(menu(options=[{"text": plain("x"), "value": "x" * 151}])), "less than 151 characters"),
        (actions(menu(options=options("A"), initial_option=options("B")[0])), "must be one of the options"),
        (actions({"type": "overflow", "options": options(*"ABCDEF")}), "no more than 5 items"),
        (actions({"type": "checkboxes", "options": options(*"ABCDEFGHIJK")}), "no more than 10 items"),
        (field(button()), "unsupported element in a block of type input"),
        (field(TEXT | {"max_length": 3001}), "between 1 and 3000"),
        (field(TEXT | {"max_length": 3, "initial_value": "long"}), "longer than max_length"),
        (field(TEXT | {"placeholder": plain("x" * 151)}), "less than 151 characters"),
        (field({"type": "timepicker", "initial_time": "24:00"}), "a time such as"),
        ({"type": "image", "alt_text": "x"}, "either image_url or slack_file"),
        ({"type": "markdown", "text": "x" * 12001}, "less than 12001 characters"),
    ],
)
def test_what_slack_refuses_is_refused(block: Json, said: str) -> None:
    (found, *_) = check_blocks([block], "message")

    assert said in found
    assert "[json-pointer:/blocks/0" in found


def test_a_message_has_fifty_blocks_and_a_modal_a_hundred() -> None:
    assert check_blocks([section()] * 51, "message")
    assert check_blocks([section()] * 100, "modal") == []
    assert check_blocks([section()] * 101, "modal")


def test_block_ids_are_unique_in_a_message() -> None:
    assert check_blocks([section(block_id="a"), section(block_id="b")], "message") == []
    assert "already exists" in check_blocks([section(block_id="a"), section(block_id="a")], "message")[0]


def test_a_modal_with_fields_has_a_submit_button_and_a_short_title() -> None:
    assert check_view(FORM, "modal") == []
    assert "submit button" in check_view({**FORM, "submit": None}, "modal")[-1]
    assert "less than 25" in check_view(FORM | {"title": plain("x" * 25)}, "modal")[0]
    assert "less than 3001" in check_view(FORM | {"private_metadata": "x" * 3001}, "modal")[0]
    assert "expected modal" in check_view({"type": "home", "blocks": CARD}, "modal")[0]


def test_a_home_tab_has_blocks_and_no_title() -> None:
    assert check_view({"type": "home", "blocks": CARD}, "home") == []
    assert "additional property" in check_view({"type": "home", "blocks": CARD, "title": plain("x")}, "home")[0]


def test_suggestions_are_options_or_groups() -> None:
    assert check_options({"options": options("A")}) == []
    assert check_options({"options": []}) == []
    assert check_options(None)
    assert check_options({"options": options("x" * 76)})
