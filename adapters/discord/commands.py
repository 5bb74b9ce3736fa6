"""Commands as Discord registers them, made from the actions; nothing is registered again that is registered already."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import Any

from adapters.discord import limits
from adapters.discord.limits import Json, clip
from bot.actions import Action, App, Param
from bot.answers import TEXT_MAX
from bot.cards import Option
from bot.text import Reader, Text, languages, name_in, say, write

SHOW = "show"  # Discord has no command that can be used beside its subcommands: "me" becomes "/me show"
NAME = re.compile(r"[-_'\w\u0900-\u097f\u0e00-\u0e7f]{1,32}")  # and only lower case, where a script has it
IN_GUILDS, IN_DMS = 0, 1

# Discord's names for languages: https://discord.com/developers/docs/reference#locales
LOCALES = frozenset((
    "id", "da", "de", "en-GB", "en-US", "es-ES", "es-419", "fr", "hr", "it", "lt", "hu", "nl", "no", "pl", "pt-BR",
    "ro", "fi", "sv-SE", "vi", "tr", "cs", "el", "bg", "ru", "uk", "hi", "th", "zh-CN", "ja", "zh-TW", "ko",
))  # fmt: skip
REGIONAL = {"es": ("es-ES", "es-419"), "pt": ("pt-BR",), "sv": ("sv-SE",), "zh": ("zh-CN",), "nb": ("no",)}

OPTION_TYPES = {
    "integer": limits.INTEGER,
    "number": limits.NUMBER,
    "flag": limits.BOOLEAN,
    "member": limits.USER,
    "channel": limits.CHANNEL,
}


def registered(app: App) -> list[Json]:
    """Every command of the bot, as Discord is told about it."""
    return [*slash_commands(app), *message_commands(app)]


def slash_commands(app: App) -> list[Json]:
    """One command for each first word, with the second words as subcommands."""
    grouped: dict[str, dict[str, Action]] = {}
    for path, action in app.commands.items():
        first, _, second = path.partition(" ")
        grouped.setdefault(first, {})[second] = action
    return [slash_command(app, name, actions) for name, actions in grouped.items()]


def slash_command(app: App, name: str, actions: dict[str, Action]) -> Json:
    made: Json = {"type": limits.CHAT_INPUT, "contexts": [IN_GUILDS, IN_DMS], "integration_types": [0]}
    if set(actions) == {""}:
        return made | named(name) | about(actions[""].about) | {"options": options(actions[""])}
    subcommands = [
        {"type": limits.SUBCOMMAND, **named(second or SHOW), **about(action.about), "options": options(action)}
        for second, action in actions.items()
    ]
    return made | named(name) | about(group_about(app, actions)) | {"options": subcommands}


def names_on_discord(app: App) -> dict[str, str]:
    """Commands that are called otherwise here: those with others beside them."""
    firsts = {path.partition(" ")[0] for path in app.commands if " " in path}
    return {path: f"{path} {SHOW}" for path in app.commands if path in firsts}


def group_about(app: App, actions: dict[str, Action]) -> Text:
    """What a group of commands is about: its feature, or its first command."""
    first = actions.get("") or next(iter(actions.values()))
    feature = next((f for f in app.features if first.name in f.actions), None)
    return (feature.about if feature else Text()) or first.about


def message_commands(app: App) -> list[Json]:
    """Commands in the menu of a message; their titles may be any words."""
    return [
        {
            "type": limits.MESSAGE_COMMAND,
            "name": title(action),
            "name_localizations": translated(say(action.message), limits.COMMAND_NAME, lambda _: True),
            "contexts": [IN_GUILDS, IN_DMS],
            "integration_types": [0],
        }
        for action in app.messages.values()
    ]


def title(action: Action) -> str:
    return clip(action.message, limits.COMMAND_NAME)


def options(action: Action) -> list[Json]:
    """What can be given with a command.  Nothing is required there: what is missing, the form asks for."""
    return [option(param) for param in action.asked]


def option(param: Param) -> Json:
    made: Json = {**named(param.name), **about(say(param.opt.about or param.label))}
    made["type"] = limits.STRING if param.many else OPTION_TYPES.get(param.kind, limits.STRING)
    if param.many:
        return made | ({"autocomplete": True} if param.opt.suggest else {})
    match param.kind:
        case "text":
            made |= bounds("length", param.opt.min, min(param.opt.max or TEXT_MAX, limits.STRING_MAX))
        case "integer" | "number":
            made |= bounds("value", param.opt.min, param.opt.max)
        case "channel":
            made["channel_types"] = list(limits.WRITTEN)
        case "choice" if len(param.options) <= limits.COMMAND_CHOICES:
            return made | {"choices": [choice(o) for o in param.options]}
    takes_help = made["type"] in (limits.STRING, limits.INTEGER, limits.NUMBER)
    helped = param.suggests or param.kind == "choice"  # a long choice is found by typing
    return made | ({"autocomplete": True} if helped and takes_help else {})


def choice(offered: Option) -> Json:
    name = clip(write(offered.label, Reader()) or offered.value, limits.CHOICE_TEXT)
    words = translated(offered.label, limits.CHOICE_TEXT, bool)
    return {"name": name, "name_localizations": words, "value": offered.value}


def bounds(of: str, least: int | None, most: int | None) -> Json:
    return {key: value for key, value in ((f"min_{of}", least), (f"max_{of}", most)) if value is not None}


def named(name: str) -> Json:
    """A name to type, and what it is in the languages that have their own; Discord takes one in lower case only."""
    own = {language: word for language in languages() if (word := name_in(language, name)) != name and valid_name(word)}
    return {
        "name": name,
        "name_localizations": {tag: word for language, word in own.items() for tag in discord_locales(language)},
    }


def about(text: Text) -> Json:
    words = clip(write(text, Reader()), limits.COMMAND_ABOUT) or "…"
    return {"description": words, "description_localizations": translated(text, limits.COMMAND_ABOUT, bool)}


def translated(text: Text, most: int, valid: Callable[[str], object]) -> dict[str, str]:
    """The text in every language that has it and that Discord knows; English is the default there."""
    english = write(text, Reader())
    found: dict[str, str] = {}
    for language in languages():
        words = clip(write(text, Reader(language)), most)
        if words != clip(english, most) and valid(words):
            found |= dict.fromkeys(discord_locales(language), words)
    return found


def discord_locales(language: str) -> tuple[str, ...]:
    tag = language.replace("_", "-")
    known = REGIONAL.get(tag, (tag,))
    return tuple(one for one in known if one in LOCALES)


def valid_name(name: str) -> bool:
    composed = unicodedata.normalize("NFC", name)
    return bool(NAME.fullmatch(composed)) and composed == composed.lower()


# What is registered, and what is new.


def same(ours: Iterable[Json], theirs: Iterable[Json]) -> bool:
    """Whether Discord knows these commands already, whatever it added to them by itself."""
    return sorted(map(essence, ours), key=repr) == sorted(map(essence, theirs), key=repr)


def essence(command: Json) -> dict[str, Any]:
    """What makes a command or an option what it is, with Discord's defaults filled in."""
    return {
        "type": command.get("type") or limits.CHAT_INPUT,
        "name": command["name"],
        "names": sorted((command.get("name_localizations") or {}).items()),
        "about": command.get("description") or "",
        "abouts": sorted((command.get("description_localizations") or {}).items()),
        "options": [essence(one) for one in command.get("options") or ()],
        "choices": [
            (c["name"], c["value"], sorted((c.get("name_localizations") or {}).items()))
            for c in command.get("choices") or ()
        ],
        "flags": [bool(command.get(key)) for key in ("required", "autocomplete", "nsfw")],
        "bounds": [command.get(key) for key in ("min_value", "max_value", "min_length", "max_length")],
        "channels": sorted(command.get("channel_types") or ()),
        "contexts": sorted(command.get("contexts") or ()),
        "for": command.get("default_member_permissions"),
    }
