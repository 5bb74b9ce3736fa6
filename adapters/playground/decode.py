"""From what the page sends to calls: bounded, and nothing taken on trust."""

import json
from collections.abc import Mapping
from typing import Any

from adapters.playground.room import BOT, Channel, Message, Persona, Room
from bot.actions import LINK_MAX, App, Link
from bot.calls import AccountRef, Call, Quoted, Raw, Spot

PLATFORM = SPACE = "playground"

ANSWERS_MAX = 50
ANSWER_MAX = 4000  # characters, what Discord takes in one field
ITEMS_MAX = 100
WORD_MAX = 200  # ids, names of commands and fields
DISCORD_FORM = 5  # fields of a form on Discord
ANY_FORM = 100  # what Slack takes, and the page as well


class Malformed(ValueError):
    """The page sent something that it never sends by itself."""


def gesture(raw: str) -> dict[str, Any]:
    """What somebody did, as the page tells it."""
    try:
        sent = json.loads(raw)
    except ValueError as problem:
        message = "a gesture has to be JSON"
        raise Malformed(message) from problem
    if not isinstance(sent, dict):
        message = "a gesture has to be an object"
        raise Malformed(message)
    return sent


def account(person: Persona) -> AccountRef:
    """How this chat knows somebody."""
    return AccountRef(PLATFORM, SPACE, person.id, person.name, "", person.zone, person.admin)


def word(sent: Mapping[str, Any], name: str, most: int = WORD_MAX) -> str:
    """A short text; empty when it was left out."""
    found = sent.get(name, "")
    if not isinstance(found, str) or len(found) > most:
        message = f"{name} has to be a text of at most {most} characters"
        raise Malformed(message)
    return found


def answers(sent: Mapping[str, Any]) -> dict[str, Raw]:
    found = sent.get("answers", {})
    if not isinstance(found, dict) or len(found) > ANSWERS_MAX:
        message = f"answers have to be at most {ANSWERS_MAX} by name"
        raise Malformed(message)
    return {str(name)[:WORD_MAX]: answer(value) for name, value in found.items()}


def answer(value: object) -> Raw:
    match value:
        case bool() | int() | float():
            return value
        case str() if len(value) <= ANSWER_MAX:
            return value
        case list() if len(value) <= ITEMS_MAX:
            items = [item for item in value if isinstance(item, str) and len(item) <= ANSWER_MAX]
            if len(items) == len(value):
                return items
    message = "an answer is too long or of a strange kind"
    raise Malformed(message)


def call(room: Room, app: App, person: Persona, channel: Channel, sent: Mapping[str, Any], look: str) -> Call:
    """The call that a gesture on the page means."""
    spot = Spot(channel.id, private=channel.kind == "direct" or bool(sent.get("home")))
    key = word(sent, "id")
    given = answers(sent)
    return Call(
        link(app, sent),
        account(person),
        spot,
        given,
        key=f"{PLATFORM}:{person.id}:{key}" if key else "",
        submitted=sent.get("do") == "submit",
        form_size=DISCORD_FORM if look == "discord" else ANY_FORM,
        quoted=quoted(room, channel, sent) if sent.get("do") == "use" else None,
        people=named(room, given),
    )


def named(room: Room, given: Mapping[str, Raw]) -> dict[str, str]:
    """Names of the people whom answers mention."""
    items = {str(item) for value in given.values() for item in (value if isinstance(value, list) else [value])}
    return {ref: room.people[ref].name for ref in items if ref in room.people}


def link(app: App, sent: Mapping[str, Any]) -> Link:
    """Where a command, a button, a form or a message command leads."""
    match sent.get("do"):
        case "command":
            action = app.commands.get(word(sent, "command"))
        case "use":
            action = app.messages.get(word(sent, "action"))
        case _:
            return Link.parse(word(sent, "link", LINK_MAX))
    if action is None:
        message = "no such command"
        raise Malformed(message)
    return action.link()


def quoted(room: Room, channel: Channel, sent: Mapping[str, Any]) -> Quoted:
    message = room.find(channel.id, word(sent, "message"))
    if message is None:
        problem = "no such message"
        raise Malformed(problem)
    return quote(room, message)


def quote(room: Room, message: Message) -> Quoted:
    """A message that a message command is used on."""
    author = room.people.get(message.by)
    url = f"http://playground.invalid/{message.channel}/{message.ref}"
    name = author.name if author else "Commonplace"
    return Quoted(message.text, url, message.by, name, by_bot=message.by == BOT)
