"""Reading the settings: where each value comes from, and one sentence for everything that is wrong."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeAlias

from pydantic import BaseModel, ValidationError
from pydantic_settings import BaseSettings, DotEnvSettingsSource

from bot.config.sections import Settings, Workspace

PREFIX, BETWEEN = "COMMONPLACE_", "__"
CONVENTIONAL = {  # later ones win
    "DISCORD_BOT_TOKEN": ("discord", "token"),
    "DISCORD_TOKEN": ("discord", "token"),
    "DISCORD_API_BASE": ("discord", "api"),
    "SLACK_BOT_TOKEN": ("slack", "bot_token"),
    "SLACK_APP_TOKEN": ("slack", "app_token"),
    "SLACK_SIGNING_SECRET": ("slack", "signing_secret"),
    "SLACK_API_BASE": ("slack", "api"),
    "DATABASE_URL": ("database", "url"),
    "LOG_LEVEL": ("log", "level"),
}
TOLD_MAX = 60  # characters of a value that are repeated to who wrote it
VARIABLE = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?")

Where: TypeAlias = tuple[str, ...]  # section and key


class BadSettings(Exception):
    """What is wrong with the settings; as a string, one line a mistake."""

    def __init__(self, where: str, mistakes: list[str]) -> None:
        count = "a mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
        super().__init__("\n".join([f"{where} has {count}:", *(f"  {mistake}" for mistake in mistakes)]))
        self.mistakes = mistakes


@dataclass(frozen=True, slots=True)
class Given:
    """A value, and what to call the place that it came from; ``name`` is empty for the file."""

    value: Any
    name: str = ""


@dataclass(slots=True)
class Reading:
    """What was found so far, by section and key, and what was wrong with it."""

    file: Path | None
    environ: Mapping[str, str]
    found: dict[Where, Given] = field(default_factory=dict)
    mistakes: list[str] = field(default_factory=list)

    @property
    def where(self) -> str:
        return str(self.file) if self.file else "The configuration"


def load(file: Path | None, environ: Mapping[str, str], given: Mapping[tuple[str, str], Any] | None = None) -> Settings:
    """The settings, or BadSettings with everything that is wrong.  ``given`` comes from the command line."""
    read = Reading(file, environ)
    if file is not None:
        read_file(read, file)
    read_conventional(read)
    read_prefixed(read)
    read.found |= {path: Given(value, option(path)) for path, value in (given or {}).items() if value is not None}
    fill_in(read)
    settings: Settings | None = None
    try:
        settings = Settings(**nested(read.found))
    except ValidationError as invalid:
        read.mistakes += explain(invalid, read)
    if read.mistakes or settings is None:
        raise BadSettings(read.where, list(dict.fromkeys(read.mistakes)))
    return settings


def option(where: tuple[str, str]) -> str:
    """How the command line calls a setting."""
    section, key = where
    return {"database": "--database", "log": f"--log-{key}"}.get(section, f"--{key}")


def with_dotenv(environ: Mapping[str, str], folder: Path) -> dict[str, str]:
    """The environment, with what a ``.env`` in the folder says and the environment does not."""
    source = DotEnvSettingsSource(BaseSettings, env_file=folder / ".env", case_sensitive=True)
    return {name: value for name, value in source.env_vars.items() if value is not None} | dict(environ)


def read_file(read: Reading, file: Path) -> None:
    try:
        text = file.read_text("utf-8")
        tables = tomllib.loads(text)
    except OSError as error:
        raise BadSettings(str(file), [f"it cannot be read: {error.strerror}"]) from error
    except UnicodeDecodeError as error:
        raise BadSettings(str(file), ["it is not text in UTF-8"]) from error
    except tomllib.TOMLDecodeError as error:
        raise BadSettings(str(file), [f"it is not TOML: {error}"]) from error
    for section, content in tables.items():
        if content and isinstance(content, dict):
            read.found |= {(section, key): Given(value) for key, value in content.items()}
        else:
            read.found[section,] = Given(content)


def read_conventional(read: Reading) -> None:
    for name, path in CONVENTIONAL.items():
        value = variable(read, name)
        if value or (value is not None and path == ("database", "url")):
            read.found[path] = Given(value, name)


def read_prefixed(read: Reading) -> None:
    """COMMONPLACE_<SECTION>__<KEY>; names without the double underscore are somebody else's."""
    names = {n.removesuffix("_FILE") for n in read.environ if n.upper().startswith(PREFIX) and BETWEEN in n}
    for name in sorted(names):
        section, _, key = name[len(PREFIX) :].lower().partition(BETWEEN)
        value = variable(read, name)
        if value is not None:
            read.found[section, key] = Given(value, name)


def variable(read: Reading, name: str) -> str | None:
    """An environment variable, or what the file holds that <NAME>_FILE names."""
    value = read.environ.get(name)
    file = read.environ.get(f"{name}_FILE")
    if value or not file:
        return value
    try:
        return Path(file).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text in UTF-8"
        read.mistakes.append(f"{name}_FILE: {file} cannot be read: {why}")
        return None


def fill_in(read: Reading) -> None:
    """Replace each "$NAME" of the file that nothing else has replaced."""

    def filled(value: Any, label: str) -> Any:
        match value:
            case list():
                return [filled(one, label) for one in value]
            case dict():
                return {key: filled(one, f"{label} {key}") for key, one in value.items()}
            case str() if name := VARIABLE.fullmatch(value):
                found = variable(read, name[1])
                if found is None:
                    read.mistakes.append(f"{label}: refers to ${name[1]}, which is not set")
                return found
        return value

    for path, given in list(read.found.items()):
        if not given.name:
            value = filled(given.value, labelled(path))
            if value is None:
                del read.found[path]
            else:
                read.found[path] = Given(value)


def nested(found: Mapping[Where, Given]) -> dict[str, Any]:
    """Sections with their keys, as the settings class takes them."""
    tree: dict[str, Any] = {}
    for path, given in found.items():
        match path:
            case (section,):
                tree[section] = {} if given.value == {} else given.value
            case (section, key):
                inner = tree.setdefault(section, {})
                if isinstance(inner, dict):
                    inner[key] = given.value
    return tree


# What went wrong, in words.


def explain(invalid: ValidationError, read: Reading) -> Iterator[str]:
    for error in invalid.errors(include_url=False):
        where = tuple(map(str, error["loc"]))
        if error["type"] == "value_error" and len(where) == 1:  # a section whose values do not go together
            for line in error["msg"].removeprefix("Value error, ").splitlines():
                key, _, text = line.partition(": ")
                yield f"{label(read, (*where, key))}: {text}"
        else:
            yield f"{label(read, where)}{sentence(error, where)}"


def label(read: Reading, where: Where) -> str:
    """What a person calls the place: the variable that they set, or where it stands in the file."""
    given = read.found.get(where[:2]) or next((g for w, g in read.found.items() if w[:1] == where), None)
    if given is not None and given.name:
        return given.name
    return labelled(where)


def labelled(where: Where) -> str:
    section, *keys = where
    return f"[{section}] {' '.join(keys)}" if keys else f"[{section}]"


def sentence(error: Mapping[str, Any], where: Where) -> str:
    """What is wrong with one value; secrets are never repeated."""
    given = error["input"]
    told = (
        isinstance(given, str | int | float)
        and not re.search("token|secret", where[-1])
        and len(str(given)) <= TOLD_MAX
    )
    instead = f", not {given!r}" if told else ""
    match error["type"]:
        case "extra_forbidden":
            return f" is not a setting{meant(where)}"
        case "missing":
            return " is missing"
        case "value_error":
            return f": {error['msg'].removeprefix('Value error, ')}"
        case "model_type":
            return f": write it as a section, [{where[-1]}]"
        case "int_parsing" | "int_type" | "int_from_float":
            return f": must be a whole number{instead}"
        case "string_too_long":
            return f": must have at most {error['ctx']['max_length']} characters"
    wrong = error["msg"].replace("Input should be", "must be").replace("a valid string", "a text")
    return f": {wrong[:1].lower()}{wrong[1:]}{instead}"


def meant(where: Where) -> str:
    """What somebody may have meant: a name that is near, or the section that the key belongs into."""
    *outer, key = where
    known = keys_of(outer)
    if near := get_close_matches(key, known, 1, 0.6):
        return f". Did you mean {near[0]}?" if outer else f". Did you mean [{near[0]}]?"
    homes = [name for name in Settings.model_fields if not outer and key in keys_of([name])]
    if homes:
        return f". It belongs into the section [{homes[0]}]"
    return f". There are {', '.join(known)}"


def keys_of(where: list[str]) -> list[str]:
    """The names that exist at this place of the file."""
    match where:
        case []:
            return list(Settings.model_fields)
        case [section]:
            model = Settings.model_fields[section].annotation
            return list(model.model_fields) if isinstance(model, type) and issubclass(model, BaseModel) else []
    return list(Workspace.model_fields)
