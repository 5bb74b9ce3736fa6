"""What Slack sends when people do something: commands, clicks, forms and events."""

from typing import TYPE_CHECKING, Any

from tests import canaries
from tests.slack.forms import STATE, View, state_of
from tests.slack.messages import Message

if TYPE_CHECKING:
    from tests.slack.controls import Control
    from tests.slack.people import Person
    from tests.slack.teams import Channel, Team

Json = dict[str, Any]

VERIFICATION = canaries.SLACK_VERIFICATION


def someone(person: "Person") -> Json:
    return {"id": person.id, "username": person.handle, "name": person.handle, "team_id": person.team.id}


def frame(kind: str, person: "Person") -> Json:
    """What all interactions have in common."""
    team = person.team
    return {
        "type": kind,
        "token": VERIFICATION,
        "api_app_id": team.app_id,
        "team": {"id": team.id, "domain": team.domain},
        "enterprise": None,
        "is_enterprise_install": False,
        "user": someone(person),
    }


def place(channel: "Channel") -> Json:
    names = {"im": "directmessage", "private": "privategroup"}
    return {"id": channel.id, "name": names.get(channel.kind, channel.name)}


def command(person: "Person", channel: "Channel", typed: str, trigger: str, response_url: str) -> Json:
    name, _, text = typed.partition(" ")
    return {
        "token": VERIFICATION,
        "team_id": person.team.id,
        "team_domain": person.team.domain,
        "channel_id": channel.id,
        "channel_name": place(channel)["name"],
        "user_id": person.id,
        "user_name": person.handle,
        "command": name,
        "text": text.strip(),
        "api_app_id": person.team.app_id,
        "is_enterprise_install": "false",
        "response_url": response_url,
        "trigger_id": trigger,
    }


def standing(on: Message | View) -> Json:
    """Where an element stands: its container, and the message or view itself."""
    if isinstance(on, View):
        return {"container": {"type": "view", "view_id": on.id}, "view": view(on)}
    container = {"type": "message", "message_ts": on.ts, "channel_id": on.channel.id, "is_ephemeral": on.ephemeral}
    if on.thread_ts:
        container["thread_ts"] = on.thread_ts
    body = {"container": container, "channel": place(on.channel), "state": state_of(on.chosen)}
    return body if on.ephemeral else body | {"message": on.payload()}  # Slack keeps no ephemeral message to show


def action(control: "Control", chosen: Json | None, action_ts: str) -> Json:
    """One entry of `actions`: a button with its value, or an element with what was chosen."""
    body = {
        "type": control.kind,
        "action_id": control.action_id,
        "block_id": control.block_id,
        "action_ts": action_ts,
    }
    if chosen:
        return body | chosen
    kept = {name: control.element[name] for name in ("text", "value", "style", "url") if name in control.element}
    return body | kept


def block_actions(person: "Person", on: Message | View, acted: Json, trigger: str, response_url: str) -> Json:
    body = frame("block_actions", person) | standing(on) | {"trigger_id": trigger, "actions": [acted]}
    return body | {"response_url": response_url} if response_url else body


def block_suggestion(person: "Person", on: Message | View, control: "Control", typed: str) -> Json:
    names = {"action_id": control.action_id, "block_id": control.block_id, "value": typed}
    return frame("block_suggestion", person) | standing(on) | names


def view(shown: View) -> Json:
    """A modal or home tab as payloads and the views methods show it."""
    team = shown.owner.team
    optional = {"private_metadata": "", "callback_id": "", "external_id": "", "title": None, "submit": None}
    flags = {"close": None, "clear_on_close": False, "notify_on_close": False, "submit_disabled": False}
    return (
        optional
        | flags
        | shown.body
        | {
            "id": shown.id,
            "team_id": team.id,
            "state": shown.state,
            "hash": shown.hash,
            "root_view_id": shown.root_id,
            "previous_view_id": shown.previous_id,
            "app_id": team.app_id,
            "app_installed_team_id": team.id,
            "bot_id": team.bot_id,
        }
    )


def view_submission(person: "Person", shown: View, trigger: str) -> Json:
    return frame("view_submission", person) | {"trigger_id": trigger, "view": view(shown), "response_urls": []}


def view_closed(person: "Person", shown: View, *, cleared: bool) -> Json:
    return frame("view_closed", person) | {"view": view(shown), "is_cleared": cleared}


def shortcut(person: "Person", callback_id: str, trigger: str, action_ts: str) -> Json:
    return frame("shortcut", person) | {"callback_id": callback_id, "trigger_id": trigger, "action_ts": action_ts}


def message_shortcut(person: "Person", callback_id: str, message: Message, trigger: str, response_url: str) -> Json:
    return frame("message_action", person) | {
        "callback_id": callback_id,
        "trigger_id": trigger,
        "action_ts": message.ts,
        "message_ts": message.ts,
        "channel": place(message.channel),
        "message": message.payload(),
        "response_url": response_url,
    }


def event(team: "Team", inner: Json, event_id: str, at: float) -> Json:
    return {
        "type": "event_callback",
        "token": VERIFICATION,
        "team_id": team.id,
        "api_app_id": team.app_id,
        "event": inner,
        "event_id": event_id,
        "event_time": int(at),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": team.id,
                "user_id": team.bot.id,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": f"4-{event_id}",
    }


def picked(control: "Control", chosen: Json) -> Json:
    """For a menu, what was chosen, as an action carries it: the type is said once already."""
    name = STATE[control.kind][0]
    return {name: chosen[name]}
