"""The settings as a commented file: the example, and what the wizard writes."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from bot.config import CONVENTIONAL, Settings

HEADING = """\
# The settings of Commonplace, as `commonplace config example` prints them; a copy named config.toml is read by
# `commonplace run`.  Every setting can also be given in the environment, which wins: as COMMONPLACE_<SECTION>__<KEY>,
# or in a file that COMMONPLACE_<SECTION>__<KEY>_FILE names.  Keep tokens out of this file: "$NAME" is replaced by the
# environment variable NAME, and a .env beside this file is read too.
"""
ESCAPES = {"\\": "\\\\", '"': '\\"'}


def example(values: Mapping[tuple[str, str], Any] | None = None) -> str:
    """All settings with what they mean; ``values`` by section and key stand in place of the defaults."""
    return "\n".join([HEADING, *sections(values or {})])


def sections(values: Mapping[tuple[str, str], Any]) -> Iterator[str]:
    for name, info in Settings.model_fields.items():
        model = info.annotation
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            raise TypeError(f"{name} is no section")
        yield f"# {' '.join((model.__doc__ or '').split())}\n[{name}]"
        tables = []
        for key, field in model.model_fields.items():
            if field.annotation is not None and "Workspace" in str(field.annotation):
                tables.append(f'# {field.description}\n# [[{name}.{key}]]\n# bot_token = "$SECOND_BOT_TOKEN"')
            else:
                yield f"# {field.description}\n{line(name, key, field, values)}"
        yield from tables
        yield ""


def line(section: str, key: str, field: FieldInfo, values: Mapping[tuple[str, str], Any]) -> str:
    """One setting; a secret without a value is shown as the variable that would hold it."""
    value = values.get((section, key), field.default)
    if value is not None:
        return f"{key} = {toml(value)}"
    variable = next(name for name, path in reversed(CONVENTIONAL.items()) if path == (section, key))
    return f"# {key} = {toml(f'${variable}')}"


def toml(value: str | int) -> str:
    """A value as TOML writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    escaped = "".join(ESCAPES.get(c, c if c.isprintable() else f"\\u{ord(c):04x}") for c in value)
    return f'"{escaped}"'
