"""The limits of Block Kit's elements: buttons, menus, pickers and fields."""

from typing import Any

from tests.slack.shapes import (
    ID_MAX,
    Rule,
    Shape,
    anything,
    boolean,
    chars,
    listed,
    matching,
    one_of,
    plain,
    report,
    text,
    whole,
)

OPTION_TEXT = 75
OPTION_VALUE = 150  # the SDK's and the current documentation's number
OPTIONS = 100
TYPED = 3000

CONFIRM = Shape(
    needs={"title": plain(100), "text": text(300), "confirm": plain(30), "deny": plain(30)},
    may={"style": one_of("primary", "danger")},
)
MENU_OPTION = Shape({"text": plain(OPTION_TEXT), "value": chars(OPTION_VALUE)}, {"description": plain(75)})
MARKED_OPTION = Shape({"text": text(OPTION_TEXT), "value": chars(OPTION_VALUE)}, {"description": text(75)})
OVERFLOW_OPTION = Shape(MENU_OPTION.needs, {"description": plain(75), "url": chars(3000)})
GROUP = Shape({"label": plain(75), "options": listed(MENU_OPTION.check, 1, OPTIONS)})

EVERYWHERE = frozenset({"section", "actions", "input"})
CLICKED = frozenset({"section", "actions"})
TYPED_IN = frozenset({"input"})

ACTION: dict[str, Rule] = {"action_id": chars(ID_MAX)}
FIELD = ACTION | {"placeholder": plain(150), "focus_on_load": boolean}
PICKED = FIELD | {"confirm": CONFIRM.check}
MANY: dict[str, Rule] = {"max_selected_items": whole(1, OPTIONS)}
TYPING: dict[str, Rule] = {"dispatch_action_config": anything}
DAY = matching(r"\d{4}-\d{2}-\d{2}", "a date such as 2030-01-31")
CHOICE = MENU_OPTION.check
CHOICES = listed(MENU_OPTION.check, 1, OPTIONS)
IDS = listed(chars(ID_MAX), 1, OPTIONS)
STATIC: dict[str, Rule] = {"options": CHOICES, "option_groups": listed(GROUP.check, 1, OPTIONS)}
CONVERSATIONS: dict[str, Rule] = {"default_to_current_conversation": boolean, "filter": anything}
ONCE: dict[str, Rule] = {"response_url_enabled": boolean}
TICKED = ACTION | {"focus_on_load": boolean, "confirm": CONFIRM.check}
TEN = listed(MARKED_OPTION.check, 1, 10)

IMAGE = Shape({"alt_text": chars(2000)}, {"image_url": chars(3000), "slack_file": anything}, frozenset({"section"}))

ELEMENTS: dict[str, Shape] = {
    "button": Shape(
        needs={"text": plain(75)},
        may=ACTION
        | {
            "value": chars(2000, 0),
            "url": chars(3000),
            "style": one_of("primary", "danger"),
            "confirm": CONFIRM.check,
            "accessibility_label": chars(75),
        },
        within=CLICKED,
    ),
    "overflow": Shape(
        needs={"options": listed(OVERFLOW_OPTION.check, 1, 5)}, may=ACTION | {"confirm": CONFIRM.check}, within=CLICKED
    ),
    "static_select": Shape({}, PICKED | STATIC | {"initial_option": CHOICE}, EVERYWHERE),
    "multi_static_select": Shape({}, PICKED | STATIC | MANY | {"initial_options": CHOICES}, EVERYWHERE),
    "external_select": Shape({}, PICKED | {"min_query_length": whole(0, 100), "initial_option": CHOICE}, EVERYWHERE),
    "multi_external_select": Shape(
        {}, PICKED | MANY | {"min_query_length": whole(0, 100), "initial_options": CHOICES}, EVERYWHERE
    ),
    "users_select": Shape({}, PICKED | {"initial_user": chars(ID_MAX)}, EVERYWHERE),
    "multi_users_select": Shape({}, PICKED | MANY | {"initial_users": IDS}, EVERYWHERE),
    "conversations_select": Shape(
        {}, PICKED | CONVERSATIONS | ONCE | {"initial_conversation": chars(ID_MAX)}, EVERYWHERE
    ),
    "multi_conversations_select": Shape({}, PICKED | CONVERSATIONS | MANY | {"initial_conversations": IDS}, EVERYWHERE),
    "channels_select": Shape({}, PICKED | ONCE | {"initial_channel": chars(ID_MAX)}, EVERYWHERE),
    "multi_channels_select": Shape({}, PICKED | MANY | {"initial_channels": IDS}, EVERYWHERE),
    "datepicker": Shape({}, PICKED | {"initial_date": DAY}, EVERYWHERE),
    "timepicker": Shape(
        {},
        PICKED
        | {"initial_time": matching(r"([01]\d|2[0-3]):[0-5]\d", "a time such as 23:59"), "timezone": chars(ID_MAX)},
        EVERYWHERE,
    ),
    "datetimepicker": Shape(
        {}, TICKED | {"initial_date_time": whole(10**9, 10**10 - 1)}, frozenset({"actions", "input"})
    ),
    "radio_buttons": Shape({"options": TEN}, TICKED | {"initial_option": MARKED_OPTION.check}, EVERYWHERE),
    "checkboxes": Shape({"options": TEN}, TICKED | {"initial_options": TEN}, EVERYWHERE),
    "plain_text_input": Shape(
        {},
        FIELD
        | TYPING
        | {
            "multiline": boolean,
            "initial_value": chars(TYPED, 0),
            "min_length": whole(0, TYPED),
            "max_length": whole(1, TYPED),
        },
        TYPED_IN,
    ),
    "email_text_input": Shape({}, FIELD | TYPING | {"initial_value": chars(TYPED, 0)}, TYPED_IN),
    "url_text_input": Shape({}, FIELD | TYPING | {"initial_value": chars(TYPED, 0)}, TYPED_IN),
    "number_input": Shape(
        {"is_decimal_allowed": boolean},
        FIELD | TYPING | {"initial_value": chars(TYPED, 0), "min_value": chars(TYPED), "max_value": chars(TYPED)},
        TYPED_IN,
    ),
    "rich_text_input": Shape({}, FIELD | TYPING | {"initial_value": anything}, TYPED_IN),
    "image": IMAGE,
}


def element(block: str) -> Rule:
    """Any element that this kind of block may hold."""

    def rule(found: list[str], at: str, value: Any) -> None:
        kind = value.get("type") if isinstance(value, dict) else None
        shape = ELEMENTS.get(str(kind))
        if shape is None or block not in shape.within:
            report(found, at, f"unsupported element in a block of type {block}: {kind}")
            return
        shape.check(found, at, value)
        check_choices(found, at, value)

    return rule


def context_element(found: list[str], at: str, value: Any) -> None:
    if isinstance(value, dict) and value.get("type") == "image":
        IMAGE.check(found, at, value)
        return
    text(3000)(found, at, value)


def check_choices(found: list[str], at: str, value: dict[str, Any]) -> None:
    """A static menu has options or groups; what is chosen at first is one of them, in every detail."""
    if value["type"] in ("static_select", "multi_static_select") and ("options" in value) == ("option_groups" in value):
        report(found, at, "must have either options or option_groups")
    options = offered(value)
    for name in ("initial_option", "initial_options"):
        initial = value.get(name)
        for chosen in initial if isinstance(initial, list) else [initial] if initial else []:
            if options and chosen not in options:
                report(found, f"{at}/{name}", "must be one of the options")
    if len(str(value.get("initial_value") or "")) > int(value.get("max_length") or TYPED):
        report(found, f"{at}/initial_value", "must not be longer than max_length")


def offered(value: dict[str, Any]) -> list[dict[str, Any]]:
    """The options of a menu, those in groups included."""
    groups = value.get("option_groups") or []
    return [*(value.get("options") or []), *(option for group in groups for option in group.get("options", []))]
