"""views.*: modals, three deep, and home tabs; and what an acknowledged submission does to them."""

import secrets
from typing import TYPE_CHECKING, Any

from tests.slack.asked import Asked, Method, Refused, Wrong
from tests.slack.checks import check_view, too_large
from tests.slack.controls import with_ids
from tests.slack.forms import View
from tests.slack.payloads import view as payload
from tests.slack.records import Trigger

if TYPE_CHECKING:
    from tests.slack.people import Person
    from tests.slack.server import SlackServer

Json = dict[str, Any]

STACK_MAX = 3  # open, and two pushes
TRIGGER_LIFE = 3.0  # seconds


def checked(asked: Asked, *kinds: str) -> Json:
    body: Json = asked.arguments["view"]
    if messages := check_view(body, *kinds):
        raise Wrong("invalid_arguments", messages)
    if too_large(body):
        raise Wrong("view_too_large", ["[ERROR] a view has at most 250 kB"])
    return body


def fresh(asked: Asked) -> Trigger:
    """The trigger, used up by this very call."""
    trigger = asked.server.triggers.get(asked.text("trigger_id"))
    if trigger is None or trigger.person.team is not asked.team:
        raise Refused("invalid_trigger_id")
    if trigger.used:
        raise Refused("exchanged_trigger_id")
    if asked.server.clock.added - trigger.at > TRIGGER_LIFE:
        raise Refused("expired_trigger_id")
    return trigger


def open_(asked: Asked) -> Json:
    trigger, body = fresh(asked), checked(asked, "modal")
    unique(asked.server, body, None)
    trigger.used = True
    close_all(trigger.person)
    return {"view": payload(put(asked.server, trigger.person, body))}


def push(asked: Asked) -> Json:
    trigger, body = fresh(asked), checked(asked, "modal")
    if not trigger.view or not trigger.view.open:
        raise Refused("not_found")
    if len(trigger.person.modals) >= STACK_MAX:
        raise Refused("push_limit_reached")
    unique(asked.server, body, None)
    trigger.used = True
    return {"view": payload(put(asked.server, trigger.person, body))}


def update(asked: Asked) -> Json:
    external = asked.text("external_id")
    found = asked.server.views.get(asked.text("view_id")) or next(
        (v for v in asked.server.views.values() if external and v.open and v.body.get("external_id") == external), None
    )
    if found is None or not found.open or found.owner.team is not asked.team:
        raise Refused("not_found")
    body = checked(asked, found.type)
    same_hash(asked, found)
    unique(asked.server, body, found)
    replace(asked.server, found, body)
    return {"view": payload(found)}


def publish(asked: Asked) -> Json:
    person, body = asked.person("user_id", "invalid_arguments"), checked(asked, "home")
    if person.home:
        same_hash(asked, person.home)
        replace(asked.server, person.home, body)
    else:
        person.home = made(asked.server, person, body, None)
        person.shown_views.append(person.home)
    asked.server.changes.happened()
    return {"view": payload(person.home)}


def same_hash(asked: Asked, view: View) -> None:
    if asked.text("hash") and asked.text("hash") != view.hash:
        raise Refused("hash_conflict")


def unique(server: "SlackServer", body: Json, view: View | None) -> None:
    name = body.get("external_id")
    if name and any(v.open and v is not view and v.body.get("external_id") == name for v in server.views.values()):
        raise Refused("duplicate_external_id")


def made(server: "SlackServer", person: "Person", body: Json, below: View | None) -> View:
    body = body | {"blocks": with_ids(body["blocks"], server.numbers)}
    key = server.new_id("V")
    view = View(key, person, body, new_hash(server), below.root_id if below else key, below.id if below else None)
    view.settle()
    server.views[key] = view
    return view


def put(server: "SlackServer", person: "Person", body: Json) -> View:
    """Shows a modal above those that are open."""
    view = made(server, person, body, person.modal)
    person.modals.append(view)
    person.shown_views.append(view)
    server.changes.happened()
    return view


def replace(server: "SlackServer", view: View, body: Json) -> None:
    view.body = body | {"blocks": with_ids(body["blocks"], server.numbers)}
    view.hash = new_hash(server)
    view.settle()
    view.owner.shown_views.append(view)
    server.changes.happened()


def new_hash(server: "SlackServer") -> str:
    return f"{int(server.clock.now())}.{secrets.token_hex(4)}"


def close_top(person: "Person") -> None:
    person.modals.pop().open = False


def close_all(person: "Person") -> None:
    while person.modals:
        close_top(person)


def after_submission(server: "SlackServer", view: View, answer: Json | None) -> None:
    """Does what the acknowledgement of a view_submission says; nothing said closes the modal."""
    person, action = view.owner, (answer or {}).get("response_action")
    if not view.open:
        return
    match action:
        case None:
            close_top(person)
        case "clear":
            close_all(person)
        case "errors":
            check_errors(server, view, (answer or {}).get("errors"))
        case "update" | "push":
            body = (answer or {}).get("view") or {}
            problems = check_view(body, "modal")
            if action == "push" and len(person.modals) >= STACK_MAX:
                problems.append("push_limit_reached")
            if problems:
                server.problems += [f"response_action {action}: {line}" for line in problems]
            elif action == "push":
                put(server, person, body)
            else:
                replace(server, view, body)
        case _:
            server.problems.append(f"unknown response_action: {action}")
    server.changes.happened()


def check_errors(server: "SlackServer", view: View, errors: Any) -> None:
    """Slack shows an error under an input block, and fails where there is no such block."""
    inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors or not errors.keys() <= inputs:
        server.problems.append(f"response_action errors: {errors} does not fit the input blocks {sorted(inputs)}")


METHODS = {
    "views.open": Method(open_, ("trigger_id", "view")),
    "views.push": Method(push, ("trigger_id", "view")),
    "views.update": Method(update, ("view",)),
    "views.publish": Method(publish, ("user_id", "view")),
}
