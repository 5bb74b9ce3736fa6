"""The command reference, made from the registered actions: for programs, for people, and for docs/commands.md."""

import json
from collections.abc import Iterator
from datetime import timedelta
from enum import Enum
from typing import Any

from adapters.discord.commands import names_on_discord
from bot.actions import Action, App, Param, Role
from bot.features import find_features
from bot.text import PLAIN, Reader, Text, write

ROLES = {
    Role.GUEST: "anybody in the chat",
    Role.MEMBER: "members",
    Role.FACILITATOR: "facilitators",
    Role.COORDINATOR: "coordinators",
    Role.ADMINISTRATOR: "administrators",
}
KINDS = {
    "text": "text",
    "integer": "a whole number",
    "number": "a number",
    "flag": "yes or no",
    "date": "a date",
    "time": "a time of day",
    "when": "a time, such as `friday 17:00`",
    "span": "a length of time, such as `2 hours`",
    "choice": "one of",
    "member": "a person",
    "channel": "a channel",
    "record": "a name",
}
INTRODUCTION = """# Commands

Made by `commonplace commands --markdown` from what is registered; a test keeps this page true.

On Discord, commands are typed as they stand here, with a slash: `/poll create`.  On Slack they follow the bot's one
command: `/cop poll create`.  Whatever is left out and is needed, a form asks for.
"""


def every_command() -> dict[str, list[dict[str, Any]]]:
    """All that people can start something with: commands, entries in a message's menu, shortcuts."""
    app = App(find_features())
    called = names_on_discord(app)
    return {
        "commands": [
            described(app, action, {"discord": f"/{called.get(name, name)}", "slack": f"/cop {name}"})
            for name, action in sorted(app.commands.items())
        ],
        "message_commands": [
            described(app, action, {"discord": action.message, "slack": action.message})
            for action in app.messages.values()
        ],
        "shortcuts": [described(app, action, {"slack": action.anywhere}) for action in app.shortcuts.values()],
    }


def described(app: App, action: Action, platforms: dict[str, str]) -> dict[str, Any]:
    return {
        "command": action.command,
        "action": action.name,
        "feature": next(feature.name for feature in app.features if action.name in feature.actions),
        "about": english(action.about),
        "needs": action.needs.name.lower(),
        "reads": action.reads,
        "platforms": platforms,
        "options": [option(param) for param in action.asked],
    }


def option(param: Param) -> dict[str, Any]:
    return {
        "name": param.name,
        "label": param.label,
        "about": param.opt.about,
        "hint": param.opt.hint,
        "type": param.kind,
        "many": param.many,
        "required": param.required,
        "default": plain(param.default),
        "min": param.opt.min,
        "max": param.opt.max,
        "choices": [offered.value for offered in param.options],
        "suggests": param.suggests,
    }


def plain(value: Any) -> Any:
    """A default as JSON can have it."""
    match value:
        case Enum():
            return value.name
        case timedelta():
            return value.total_seconds()
        case None | bool() | int() | float() | str():
            return value
        case list() | tuple():
            return [plain(one) for one in value]
    return str(value)


def english(text: Text) -> str:
    return write(text, Reader(), PLAIN)


def as_json() -> str:
    return json.dumps(every_command(), indent=2, ensure_ascii=False)


def as_list() -> str:
    """A line for each command."""
    entries = every_command()["commands"]
    width = max(len(entry["command"]) for entry in entries)
    return "\n".join(f"{entry['command']:<{width}}  {entry['about']}" for entry in entries)


def as_markdown() -> str:
    """The page docs/commands.md."""
    found = every_command()
    about = {feature.name: english(feature.about) for feature in find_features()}
    parts = [INTRODUCTION]
    for feature in dict.fromkeys(entry["feature"] for entry in found["commands"]):
        heading = about[feature] or feature.capitalize()
        parts.append(f"## {heading}\n")
        parts += (section(entry) for entry in found["commands"] if entry["feature"] == feature)
    parts.append("## In the menu of a message\n")
    parts.append("\n".join(bullet(entry, "discord") for entry in found["message_commands"]) + "\n")
    if found["shortcuts"]:
        parts.append("## Slack's shortcuts\n")
        parts.append("\n".join(bullet(entry, "slack") for entry in found["shortcuts"]) + "\n")
    return "\n".join(parts)


def bullet(entry: dict[str, Any], platform: str) -> str:
    return f"- **{entry['platforms'][platform]}**: {entry['about']}.  For {role(entry)}."


def section(entry: dict[str, Any]) -> str:
    """One command: what it does, for whom, and a line for each option."""
    name, there = entry["command"], entry["platforms"]["discord"]
    lines = [f"### `{name}`", "", f"{entry['about']}.  For {role(entry)}."]
    if there != f"/{name}":
        lines[-1] += f"  On Discord: `{there}`."
    if entry["options"]:
        lines += ["", "| option | what | value |", "|---|---|---|"]
        lines += [f"| {' | '.join(cell(text) for text in row(given))} |" for given in entry["options"]]
    return "\n".join([*lines, ""])


def row(given: dict[str, Any]) -> Iterator[str]:
    yield f"`{given['name']}`" + ("" if given["required"] else " (optional)")
    yield given["about"]
    yield value(given)


def value(given: dict[str, Any]) -> str:
    """What may be given, in words."""
    kind = KINDS[given["type"]]
    if given["type"] == "choice":
        kind = f"one of {', '.join(f'`{choice}`' for choice in given['choices'])}"
    if given["many"]:
        unit = ""
        kind = f"several: {kind}"
    else:
        unit = " characters" if given["type"] == "text" else ""
    match given["min"], given["max"]:
        case None, None:
            return kind
        case None, most:
            return f"{kind}, at most {most}{unit}"
        case least, None:
            return f"{kind}, at least {least}{unit}"
        case least, most:
            return f"{kind}, {least} to {most}{unit}"
    return kind


def cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def role(entry: dict[str, Any]) -> str:
    return ROLES[Role[entry["needs"].upper()]]
