"""Modals and home tabs: what they ask, and what people choose and type, as Slack reports it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from tests.slack.controls import Control, controls, named, shown_text
from tests.slack.waiting import CannotDo

if TYPE_CHECKING:
    from tests.slack.people import Person

Json = dict[str, Any]
Values = dict[tuple[str, str], Json]  # by block_id and action_id

OPTION_KINDS = ("static_select", "external_select", "radio_buttons")
# element → the field of its value, the field of the value it starts with
STATE = (
    dict.fromkeys(("plain_text_input", "email_text_input", "url_text_input"), ("value", "initial_value"))
    | {"number_input": ("value", "initial_value"), "rich_text_input": ("rich_text_value", "initial_value")}
    | dict.fromkeys(OPTION_KINDS, ("selected_option", "initial_option"))
    | {"overflow": ("selected_option", "")}
    | {f"multi_{kind}": ("selected_options", "initial_options") for kind in ("static_select", "external_select")}
    | {"checkboxes": ("selected_options", "initial_options")}
    | {f"{kind}s_select": (f"selected_{kind}", f"initial_{kind}") for kind in ("user", "conversation", "channel")}
    | {
        f"multi_{kind}s_select": (f"selected_{kind}s", f"initial_{kind}s")
        for kind in ("user", "conversation", "channel")
    }
    | {"datepicker": ("selected_date", "initial_date"), "timepicker": ("selected_time", "initial_time")}
    | {"datetimepicker": ("selected_date_time", "initial_date_time")}
)
LISTS = {kind for kind, (name, _) in STATE.items() if name.startswith("selected_") and name.endswith("s")}


@dataclass(eq=False)
class View:
    """A modal or a home tab as one person has it open."""

    id: str
    owner: "Person"
    body: Json
    hash: str
    root_id: str
    previous_id: str | None
    values: Values = field(default_factory=dict)
    open: bool = True

    @property
    def type(self) -> str:
        return str(self.body["type"])

    @property
    def blocks(self) -> list[Json]:
        blocks: list[Json] = self.body["blocks"]
        return blocks

    @property
    def title(self) -> str:
        return str(self.body.get("title", {}).get("text", ""))

    @property
    def callback_id(self) -> str:
        return str(self.body.get("callback_id", ""))

    @property
    def private_metadata(self) -> str:
        return str(self.body.get("private_metadata", ""))

    @property
    def text(self) -> str:
        return shown_text(self.blocks)

    @property
    def fields(self) -> list[str]:
        """The labels of its input blocks."""
        return [control.label for control in controls(self.blocks) if control.is_field]

    @property
    def buttons(self) -> list[str]:
        return [control.label for control in controls(self.blocks) if control.kind == "button"]

    @property
    def menus(self) -> list[str]:
        return [c.label for c in controls(self.blocks) if not c.is_field and c.kind != "button"]

    def options(self, name: str) -> list[str]:
        """What a menu offers."""
        return [option["text"]["text"] for option in named(self.blocks, name).options]

    def value(self, name: str) -> Any:
        """What a field holds now, in the form Slack gives it."""
        control = named(self.blocks, name)
        return self.values[control.block_id, control.action_id].get(STATE[control.kind][0])

    def settle(self) -> None:
        """Takes what the elements start with, and keeps what was chosen before where block and action are the same."""
        self.values = {
            (c.block_id, c.action_id): self.values.get((c.block_id, c.action_id)) or beginning(c)
            for c in controls(self.blocks)
            if c.kind in STATE and c.kind != "overflow"
        }

    @property
    def state(self) -> Json:
        return state_of(self.values)


def state_of(values: Values) -> Json:
    """The chosen values as payloads carry them."""
    state: dict[str, dict[str, Json]] = {}
    for (block_id, action_id), value in values.items():
        state.setdefault(block_id, {})[action_id] = value
    return {"values": state}


def beginning(control: Control) -> Json:
    name, initial = STATE[control.kind]
    return {"type": control.kind, name: control.element.get(initial, [] if control.kind in LISTS else None)}


def chosen(control: Control, value: Any, suggested: Iterable[Json] = ()) -> Json:
    """What a person typed or picked, as the state of its element."""
    name = STATE[control.kind][0]
    if control.kind not in LISTS:
        return {"type": control.kind, name: None if value is None else one(control, value, suggested)}
    many = value if isinstance(value, list | tuple | set) else [value]
    most = control.element.get("max_selected_items", 10**6)
    if len(many) > most:
        raise CannotDo(f"{control.label!r} takes {most} choices at most")
    return {"type": control.kind, name: [one(control, item, suggested) for item in many]}


def one(control: Control, value: Any, suggested: Iterable[Json]) -> Any:
    match STATE[control.kind][0]:
        case "selected_option" | "selected_options":
            return option(control, value, [*control.options, *suggested])
        case "value":
            return typed(control, str(value))
        case "rich_text_value":
            words = {"type": "rich_text_section", "elements": [{"type": "text", "text": str(value)}]}
            return {"type": "rich_text", "elements": [words]}
        case "selected_date":
            return value.isoformat() if isinstance(value, date) else date.fromisoformat(value).isoformat()
        case "selected_time":
            given = value if isinstance(value, time) else time.fromisoformat(value)
            return f"{given:%H:%M}"
        case "selected_date_time":
            if isinstance(value, datetime) and value.tzinfo is None:
                raise CannotDo("a datetimepicker needs a datetime with its zone")
            return int(value.timestamp()) if isinstance(value, datetime) else int(value)
        case _:
            return getattr(value, "id", value)  # a person or a channel, or its id


def option(control: Control, value: Any, choices: list[Json]) -> Json:
    for choice in choices:
        if value in (choice["text"]["text"], choice["value"]):
            return choice
    raise CannotDo(f"{control.label!r} offers no {value!r}, only {[choice['text']['text'] for choice in choices]}")


def typed(control: Control, value: str) -> str | None:
    """Slack's own app minds length and kind before it sends anything; an empty field is none."""
    least, most = int(control.element.get("min_length", 0)), int(control.element.get("max_length", 3000))
    if value and not least <= len(value) <= most:
        raise CannotDo(f"{control.label!r} takes {least} to {most} characters, not {len(value)}")
    if control.kind == "number_input" and value:
        check_number(control, value)
    return value or None


def check_number(control: Control, value: str) -> None:
    if not control.element["is_decimal_allowed"] and not value.lstrip("-").isdigit():
        raise CannotDo(f"{control.label!r} takes a whole number, not {value!r}")
    least, most = control.element.get("min_value", "-inf"), control.element.get("max_value", "inf")
    if not float(least) <= float(value) <= float(most):
        raise CannotDo(f"{control.label!r} takes {least} to {most}, not {value}")


def missing(view: View) -> list[str]:
    """Labels of required fields that are empty."""
    return [
        control.label
        for control in controls(view.blocks)
        if control.is_field
        and not control.block.get("optional")
        and not view.values[control.block_id, control.action_id].get(STATE[control.kind][0])
    ]
