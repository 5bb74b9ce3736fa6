"""Slack's payloads as what the core understands.  Pure: whoever calls looks people up."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from adapters.slack.references import PERSON, plain
from bot.actions import Link
from bot.calls import Quoted, Raw, Spot

Json = dict[str, Any]

MENU = re.compile(r"([^\W\d]\w*)=(.+)", re.DOTALL)  # the field that a menu answers, and its link
PEOPLE = ("users_select", "multi_users_select")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an interaction comes from, and every way to answer it."""

    team: str
    user: str
    name: str = ""
    channel: str = ""
    trigger: str = ""  # opens one modal within three seconds
    response_url: str = ""
    message: str = ""  # the clicked message, when Slack keeps it
    thread: str = ""
    home: bool = False  # the Home tab was

    @property
    def private(self) -> bool:
        """No channel at all, or a conversation of two."""
        return not self.channel or self.channel.startswith("D")

    @property
    def spot(self) -> Spot:
        return Spot(self.channel, self.private)

    @property
    def key(self) -> str:
        return f"slack:{self.trigger}" if self.trigger else ""


def team_of(body: Json) -> str:
    """The workspace that the app is installed in; somebody from a connected one brings their own team along."""
    authorized = [a["team_id"] for a in body.get("authorizations") or [] if a.get("team_id")]
    view = body.get("view") or {}
    team = body.get("team") or {}
    found = authorized or [view.get("app_installed_team_id"), body.get("team_id"), team.get("id")]
    return next((str(each) for each in found if each), "")


def origin(body: Json) -> Origin:
    """Whatever kind of payload it is."""
    user = body.get("user") or {}
    view = body.get("view") or {}
    container = body.get("container") or {}
    channel = (body.get("channel") or {}).get("id") or body.get("channel_id") or container.get("channel_id") or ""
    standing = "" if container.get("is_ephemeral") else container.get("message_ts", "")
    return Origin(
        team=team_of(body),
        user=user.get("id") or body.get("user_id") or "",
        name=user.get("name") or user.get("username") or body.get("user_name") or "",
        channel=channel or (view.get("private_metadata") or ""),
        trigger=body.get("trigger_id") or "",
        response_url=body.get("response_url") or "",
        message=standing,
        thread=container.get("thread_ts") or "",
        home=view.get("type") == "home",
    )


@dataclass(frozen=True, slots=True)
class Acted:
    """A click or a choice; ``form`` is what a form is filled with that could not be opened in time."""

    link: Link
    answers: Mapping[str, Raw]
    form: Mapping[str, Raw] | None = None


def acted(action: Json) -> Acted | None:
    """What a button or menu means; None for a button that only opened an address."""
    raw = str(action.get("action_id", ""))
    if action.get("url") or not raw:
        return None
    menu = MENU.fullmatch(raw)
    if menu is None:
        return Acted(Link.parse(raw), {}, carried(str(action.get("value") or "")))
    chosen = action.get("selected_options")
    if chosen is not None:
        return Acted(Link.parse(menu[2]), {menu[1]: [str(o["value"]) for o in chosen]})
    return Acted(Link.parse(menu[2]), {menu[1]: [str((action.get("selected_option") or {}).get("value", ""))]})


def carried(value: str) -> dict[str, Raw] | None:
    """What a button brings back to fill a form with; None for a button that does something."""
    if not value.startswith("{"):
        return None
    try:
        found = json.loads(value)
    except ValueError:
        return None
    return {str(k): v for k, v in found.items() if isinstance(v, str | int | float | bool | list)}


def carry(filled: Mapping[str, Raw]) -> str:
    return json.dumps(dict(filled), ensure_ascii=False)


def submitted(view: Json) -> dict[str, Raw]:
    """The answers of a form; a field that was emptied answers with nothing, which is an answer too."""
    return {field_of(block): given(state) for block, state in inputs(view)}


def people_in(view: Json) -> set[str]:
    """Accounts that were picked."""
    found: set[str] = set()
    for _, state in inputs(view):
        if state.get("type") in PEOPLE:
            found |= {*(state.get("selected_users") or []), state.get("selected_user") or ""}
    return {each for each in found if PERSON.fullmatch(each)}


def inputs(view: Json) -> Iterator[tuple[str, Json]]:
    values = (view.get("state") or {}).get("values") or {}
    for block, elements in values.items():
        for state in elements.values():
            yield block, state


def field_of(block_id: str) -> str:
    """The parameter of an input block: its id says it, and which version of the form it was."""
    return block_id.partition("#")[0]


def given(state: Json) -> Raw:
    kind = str(state.get("type", ""))
    match kind:
        case "checkboxes":
            return bool(state.get("selected_options"))
        case "static_select" | "external_select" | "radio_buttons":
            return str((state.get("selected_option") or {}).get("value", ""))
        case "multi_static_select" | "multi_external_select":
            return [str(o["value"]) for o in state.get("selected_options") or []]
        case "datepicker":
            return str(state.get("selected_date") or "")
    for key in ("selected_users", "selected_conversations"):
        if kind.startswith("multi_") and key in state:
            return [str(each) for each in state[key] or []]
    return str(state.get("value") or state.get("selected_user") or state.get("selected_conversation") or "")


def blocks_of(view: Json) -> dict[str, str]:
    """Ids of the input blocks of a view, in order, by their parameter."""
    return {field_of(b["block_id"]): b["block_id"] for b in view.get("blocks") or [] if b.get("type") == "input"}


def quoted(body: Json, names: Mapping[str, str], address: str, bot: str) -> Quoted:
    """The message that a shortcut was used on.  ``names`` are those of people, ``address`` is the workspace's."""
    message = body.get("message") or {}
    channel, ts = (body.get("channel") or {}).get("id", ""), str(message.get("ts") or body.get("message_ts") or "")
    author = str(message.get("user") or message.get("bot_id") or "")
    text = str(message.get("text") or "")
    known = re.sub(r"<@(\w+)>", lambda found: f"<@{found[1]}|{names.get(found[1], found[1])}>", text)
    link = f"{address.rstrip('/')}/archives/{channel}/p{ts.replace('.', '')}"
    if message.get("thread_ts") and message["thread_ts"] != ts:
        link += f"?thread_ts={message['thread_ts']}&cid={channel}"
    by_bot = bool(message.get("bot_id")) or author == bot
    return Quoted(plain(known), link, author, names.get(author, ""), by_bot)
