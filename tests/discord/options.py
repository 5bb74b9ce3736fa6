"""Slash commands as a person sees them: only what the bot registered can be used, and only with values that fit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from tests.discord.check_commands import (
    ATTACHMENT,
    BOOLEAN,
    CHANNEL,
    CHAT_INPUT,
    GROUP,
    INTEGER,
    MEMBER,
    MENTIONABLE,
    NUMBER,
    ROLE,
    STRING,
    SUB,
)
from tests.discord.places import Channel, Role
from tests.discord.shapes import DM, Json

if TYPE_CHECKING:
    from tests.discord.people import Person

TYPES: dict[int, tuple[type, ...]] = {STRING: (str,), INTEGER: (int,), BOOLEAN: (bool,), NUMBER: (int, float)}


class Choice(NamedTuple):
    """A suggestion under an option that is being typed."""

    name: str
    value: str | float


def registered(person: Person, name: str, kind: int, channel: Channel) -> Json:
    """The command of this name that the person can use in this channel."""
    server = person.server
    here = [] if channel.type == DM else server.commands.get(person.guild.id, [])
    ours = [*here, *server.commands.get(None, [])]
    for command in ours:
        if command["name"] != name or command["type"] != kind:
            continue
        contexts = command.get("contexts")
        context = 1 if channel.type == DM else 0
        assert contexts is None or context in contexts, f"/{name} cannot be used in {channel}"
        assert command.get("dm_permission", True) or context == 0, f"/{name} cannot be used in direct messages"
        needed = int(command.get("default_member_permissions") or 0)
        assert person.may(needed, channel), f"{person} does not see /{name}: it is for those who may {needed}"
        return command
    raise AssertionError(f"no command {name!r} is registered; there are {sorted(one['name'] for one in ours)}")


def subcommand(command: Json, path: list[str]) -> tuple[Json, list[Json]]:
    """The command or subcommand at the end of a path, and the groups on the way to it."""
    way: list[Json] = []
    for step in path:
        inner = {one["name"]: one for one in command.get("options") or () if one["type"] in {SUB, GROUP}}
        assert step in inner, f"{command['name']} has no {step!r}; it has {sorted(inner)}"
        command = inner[step]
        way.append(command)
    nested = [one["name"] for one in command.get("options") or () if one["type"] in {SUB, GROUP}]
    assert not nested, f"{command['name']} cannot be used alone; it has {nested}"
    return command, way


class Filler:
    """Turns what a person gives into options, with the objects that they name."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.resolved: dict[str, Json] = {}

    def command(self, path: str, channel: Channel, given: Mapping[str, object], typing: tuple[str, str] | None) -> Json:
        """The data of an interaction with the command at this path; typing is an option and the text so far."""
        name, *rest = path.split()
        command = registered(self.person, name, CHAT_INPUT, channel)
        leaf, way = subcommand(command, rest)
        options = self.options(leaf, given, typing)
        for step in reversed(way):
            options = [{"type": step["type"], "name": step["name"], "options": options}]
        data: Json = {"id": command["id"], "name": name, "type": CHAT_INPUT, "options": options}
        if command.get("guild_id"):
            data["guild_id"] = command["guild_id"]
        return data | ({"resolved": self.resolved} if self.resolved else {})

    def options(self, leaf: Json, given: Mapping[str, object], typing: tuple[str, str] | None) -> list[Json]:
        declared = {option["name"]: option for option in leaf.get("options") or ()}
        found: dict[str, Json] = {}
        for key, value in given.items():
            name = key if key in declared else key.replace("_", "-")
            assert name in declared, f"{leaf['name']} has no option {key!r}; it has {sorted(declared)}"
            found[name] = {"name": name, "type": declared[name]["type"], "value": self.value(declared[name], value)}
        if typing is not None:
            option, text = typing
            assert option in declared, f"{leaf['name']} has no option {option!r}; it has {sorted(declared)}"
            assert declared[option].get("autocomplete"), f"{option} of {leaf['name']} does not complete itself"
            found[option] = {"name": option, "type": declared[option]["type"], "value": text, "focused": True}
            return list(found.values())
        missing = [name for name, option in declared.items() if option.get("required") and name not in found]
        assert not missing, f"{leaf['name']} needs {missing}"
        return [found[name] for name in declared if name in found]

    def value(self, option: Json, value: object) -> object:
        kind, name = option["type"], option["name"]
        if kind in {MEMBER, CHANNEL, ROLE, MENTIONABLE}:
            assert isinstance(value, self.entities(kind)), f"{name} takes {self.entities(kind)}, not {value!r}"
            allowed = option.get("channel_types")
            fits = not (isinstance(value, Channel) and allowed) or value.type in allowed
            assert fits, f"{name} takes channels of types {allowed}, not {value!r}"
            return self.entity(value)
        if kind == ATTACHMENT:
            return self.file(value)
        expected = TYPES[kind]
        fits = isinstance(value, expected) and isinstance(value, bool) == (kind == BOOLEAN)
        assert fits, f"{name} takes {expected}, not {value!r}"
        return self.limited(option, value)

    def limited(self, option: Json, value: object) -> object:
        name, choices = option["name"], option.get("choices") or ()
        if choices:
            for choice in choices:
                if value in {choice["name"], choice["value"]}:
                    return choice["value"]
            raise AssertionError(f"{name} offers {[choice['name'] for choice in choices]}, not {value!r}")
        size = len(value) if isinstance(value, str) else value
        measure = "length" if isinstance(value, str) else "value"
        least, most = option.get(f"min_{measure}"), option.get(f"max_{measure}")
        assert not isinstance(size, int | float) or least is None or size >= least, f"{name}: at least {least}"
        assert not isinstance(size, int | float) or most is None or size <= most, f"{name}: at most {most}"
        return value

    @staticmethod
    def entities(kind: int) -> tuple[type, ...]:
        from tests.discord.people import Person

        return {MEMBER: (Person,), CHANNEL: (Channel,), ROLE: (Role,)}.get(kind, (Person, Role))

    def entity(self, value: object) -> str:
        """Put a person, role or channel among the resolved objects; its id."""
        if isinstance(value, Role):
            self.resolved.setdefault("roles", {})[value.id] = value.json()
            return value.id
        if isinstance(value, Channel):
            permissions = {"permissions": str(self.person.permissions(value))}
            self.resolved.setdefault("channels", {})[value.id] = value.json() | permissions
            return value.id
        return self.somebody(value)

    def find(self, entity_id: str) -> object:
        """The person, role or channel with this id."""
        guild = self.person.guild
        everything = {**self.person.server.channels, **guild.role_by_id, **guild.members}
        return everything.get(entity_id)

    def somebody(self, value: object) -> str:
        from tests.discord.people import Person

        assert isinstance(value, Person), f"{value!r} is nothing that can be chosen"
        self.resolved.setdefault("users", {})[value.id] = value.user.json()
        if value.guild is self.person.guild and value.id in value.guild.members:
            member = value.json(with_user=False) | {"permissions": str(value.permissions())}
            self.resolved.setdefault("members", {})[value.id] = member
        return value.id

    def file(self, value: object) -> str:
        assert isinstance(value, tuple), f"a file is (name, bytes), not {value!r}"
        name, data = value
        attachment = self.person.server.keep_file(name, data)
        self.resolved.setdefault("attachments", {})[attachment["id"]] = attachment
        return str(attachment["id"])
