"""The rules for application commands: names, descriptions, options, choices, counts and translations."""

import unicodedata
from collections import Counter

from tests.discord.problems import Findings
from tests.discord.shapes import Json

CHAT_INPUT, USER, MESSAGE = 1, 2, 3
COUNTS = {CHAT_INPUT: 100, USER: 15, MESSAGE: 15}  # 15 each since March 2026
SUB, GROUP, STRING, INTEGER, BOOLEAN, MEMBER, CHANNEL, ROLE, MENTIONABLE, NUMBER, ATTACHMENT = range(1, 12)
WORDS_MAX = 8000  # names, descriptions and values of one command together
INDIC_AND_THAI = ((0x0900, 0x097F), (0xA8E0, 0xA8FF), (0x0E00, 0x0E7F))  # with their vowel signs, which are marks
LANGUAGES = "id da de fr hr it lt hu nl no pl ro fi vi tr cs el bg ru uk hi th ja ko"
LOCALES = {*LANGUAGES.split(), "en-GB", "en-US", "es-ES", "es-419", "pt-BR", "sv-SE", "zh-CN", "zh-TW"}
COMMAND_FIELDS = (
    *("id", "type", "name", "name_localizations", "description", "description_localizations", "options", "nsfw"),
    *("default_member_permissions", "dm_permission", "contexts", "integration_types", "handler", "default_permission"),
)
OPTION_FIELDS = (
    *("type", "name", "name_localizations", "description", "description_localizations", "required", "choices"),
    *("options", "channel_types", "min_value", "max_value", "min_length", "max_length", "autocomplete"),
)


def check_commands(find: Findings, commands: object) -> None:
    """Check a whole set of commands."""
    given = find.many("", commands, sum(COUNTS.values()))
    for kind, count in Counter(command.get("type") or CHAT_INPUT for command in given).items():
        if count > COUNTS.get(kind, 0):
            find.add("", "BASE_TYPE_MAX_LENGTH", f"{count} commands of type {kind}, {COUNTS.get(kind, 0)} are allowed.")
    seen: set[tuple[int, object]] = set()
    for number, command in enumerate(given):
        check_command(find, f"{number}", command)
        key = (command.get("type") or CHAT_INPUT, command.get("name"))
        if key in seen:
            find.add(f"{number}.name", "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names are unique.")
        seen.add(key)


def check_command(find: Findings, path: str, command: Json) -> None:
    kind = command.get("type") or CHAT_INPUT
    find.fields(path, command, COMMAND_FIELDS)
    find.one_of(f"{path}.type", kind, COUNTS)
    check_context(find, path, command)
    if kind != CHAT_INPUT:
        find.text(f"{path}.name", command.get("name"), 32, least=1)
        for field in ("description", "options", "description_localizations"):
            if command.get(field):
                find.add(f"{path}.{field}", "APPLICATION_COMMANDS_NOT_ALLOWED", "Context menus have no such field.")
        return
    check_words(find, path, command)
    check_options(find, path, command.get("options"), depth=0)
    words = count_words(command)
    if words > WORDS_MAX:
        find.add(path, "APPLICATION_COMMAND_TOO_LARGE", f"Command exceeds maximum size of {WORDS_MAX}: {words}.")


def check_context(find: Findings, path: str, command: Json) -> None:
    for field, most in (("contexts", 2), ("integration_types", 1)):
        for value in command.get(field) or ():
            find.one_of(f"{path}.{field}", value, range(most + 1))
    permissions = command.get("default_member_permissions")
    if permissions is not None and not str(permissions).isdigit():
        find.add(f"{path}.default_member_permissions", "NUMBER_TYPE_COERCE", f"{permissions!r} is no permission set.")


def check_words(find: Findings, path: str, thing: Json) -> None:
    check_name(find, f"{path}.name", thing.get("name"))
    find.text(f"{path}.description", thing.get("description"), 100, least=1)
    for locale, name in check_locales(find, f"{path}.name_localizations", thing.get("name_localizations")):
        check_name(find, f"{path}.name_localizations.{locale}", name)
    for locale, text in check_locales(
        find, f"{path}.description_localizations", thing.get("description_localizations")
    ):
        find.text(f"{path}.description_localizations.{locale}", text, 100, least=1)


def check_locales(find: Findings, path: str, words: Json | None) -> list[tuple[str, object]]:
    for locale in words or {}:
        find.one_of(f"{path}.{locale}", locale, LOCALES)
    return list((words or {}).items())


def check_name(find: Findings, path: str, name: object) -> None:
    find.text(path, name, 32, least=1)
    if not isinstance(name, str):
        return
    if not all(may_stand_in_name(char) for char in name) or name != name.lower():
        find.add(path, "APPLICATION_COMMAND_INVALID_NAME", f"{name!r}: lower case letters, digits, - _ and ' only.")


def may_stand_in_name(char: str) -> bool:
    if char in "-_'" or unicodedata.category(char)[0] in "LN":
        return True
    return any(first <= ord(char) <= last for first, last in INDIC_AND_THAI)


def check_options(find: Findings, path: str, options: object, *, depth: int) -> None:
    """A command holds groups, subcommands or plain options; a group holds subcommands; nothing is deeper."""
    given = find.many(f"{path}.options", options, 25)
    allowed = (range(1, 12), range(1, 2), range(3, 12))[depth]
    plain = [option.get("type") not in {SUB, GROUP} for option in given]
    if any(plain) and not all(plain):
        find.add(f"{path}.options", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Sub-commands and options do not mix.")
    optional_before = False
    seen: set[object] = set()
    for number, option in enumerate(given):
        place = f"{path}.options.{number}"
        find.fields(place, option, OPTION_FIELDS)
        find.one_of(f"{place}.type", option.get("type"), allowed)
        check_words(find, place, option)
        if option.get("name") in seen:
            find.add(f"{place}.name", "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", "Option name already exists.")
        seen.add(option.get("name"))
        if option.get("type") in {SUB, GROUP}:
            check_options(find, place, option.get("options"), depth=1 if option["type"] == GROUP else 2)
            continue
        if option.get("required") and optional_before:
            find.add(f"{place}.required", "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", "Required options go first.")
        optional_before |= not option.get("required")
        check_values(find, place, option)


def check_values(find: Findings, path: str, option: Json) -> None:
    kind = option.get("type")
    choices = find.many(f"{path}.choices", option.get("choices"), 25)
    if choices and option.get("autocomplete"):
        find.add(f"{path}.autocomplete", "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_CHOICES", "Choices exclude it.")
    if (choices or option.get("autocomplete")) and kind not in {STRING, INTEGER, NUMBER}:
        find.add(f"{path}.choices", "APPLICATION_COMMAND_OPTIONS_CHOICES_INVALID", f"Type {kind} has no choices.")
    names: set[object] = set()
    for number, choice in enumerate(choices):
        check_choice(find, f"{path}.choices.{number}", choice, kind)
        if choice.get("name") in names:
            find.add(
                f"{path}.choices.{number}.name", "APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_ALREADY_EXISTS", "Twice."
            )
        names.add(choice.get("name"))
    find.number(f"{path}.min_length", option.get("min_length"), 0, 6000)
    find.number(f"{path}.max_length", option.get("max_length"), 1, 6000)
    for field, kinds in {
        "min_length": {STRING},
        "max_length": {STRING},
        "min_value": {INTEGER, NUMBER},
        "max_value": {INTEGER, NUMBER},
        "channel_types": {CHANNEL},
    }.items():
        if option.get(field) is not None and kind not in kinds:
            find.add(f"{path}.{field}", "APPLICATION_COMMAND_OPTIONS_FIELD_INVALID", f"Type {kind} has no {field}.")


def check_choice(find: Findings, path: str, choice: Json, kind: object) -> None:
    """Check one choice, of a command or of an autocomplete answer."""
    find.fields(path, choice, ("name", "name_localizations", "value"))
    find.text(f"{path}.name", choice.get("name"), 100, least=1)
    for locale, name in check_locales(find, f"{path}.name_localizations", choice.get("name_localizations")):
        find.text(f"{path}.name_localizations.{locale}", name, 100, least=1)
    if kind == STRING:
        find.text(f"{path}.value", choice.get("value"), 100)
    else:
        find.number(f"{path}.value", choice.get("value"), -(2**53), 2**53, optional=False)


def count_words(thing: Json) -> int:
    """Name, description and values, each in the longest of its languages."""
    words = 0
    for field in ("name", "description"):
        said = [thing.get(field) or "", *(thing.get(f"{field}_localizations") or {}).values()]
        words += max(len(str(text)) for text in said)
    words += len(thing["value"]) if isinstance(thing.get("value"), str) else 0
    return words + sum(count_words(part) for key in ("options", "choices") for part in thing.get(key) or ())
