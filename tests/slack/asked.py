"""One call of the Web API as a method sees it, and the ways to refuse it."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.slack.checks import check_blocks

if TYPE_CHECKING:
    from tests.slack.people import Person
    from tests.slack.server import SlackServer
    from tests.slack.teams import Channel, Team

Json = dict[str, Any]

TRUE = (True, 1, "1", "true", "True")
PREFIXES = {"public": "channels", "private": "groups", "im": "im", "mpim": "mpim"}


class Refused(Exception):
    """`ok: false`, with an error's name and what else the answer says."""

    def __init__(self, error: str, **more: Any) -> None:
        super().__init__(error)
        self.answer: Json = {"ok": False, "error": error, **more}


class TooFast(Refused):
    """One call too many; the answer says how long to wait."""

    def __init__(self, seconds: float) -> None:
        super().__init__("ratelimited")
        self.retry_after = math.ceil(seconds)


class Wrong(Refused):
    """A refusal no correct bot ever meets: it is kept as a problem."""

    def __init__(self, error: str, messages: list[str]) -> None:
        super().__init__(error, response_metadata={"messages": messages})
        self.messages = messages


@dataclass
class Asked:
    """One call: what was asked, of which workspace."""

    server: "SlackServer"
    team: "Team"
    method: str
    arguments: Json

    def text(self, name: str, default: str = "") -> str:
        return str(self.arguments.get(name) or default)

    def flag(self, name: str) -> bool:
        return self.arguments.get(name) in TRUE

    def many(self, name: str) -> list[str]:
        """A list, or its items with commas between them."""
        given = self.arguments.get(name) or []
        return given.split(",") if isinstance(given, str) else list(given)

    def allow(self, *any_of: str) -> None:
        if not self.team.scopes.intersection(any_of):
            provided = ",".join(sorted(self.team.scopes))
            raise Refused("missing_scope", needed=any_of[0], provided=provided)

    def allow_in(self, channel: "Channel", what: str) -> None:
        """Scopes of conversations.* depend on the kind of the channel."""
        prefix = PREFIXES[channel.kind]
        match what:
            case "read" | "history":
                self.allow(f"{prefix}:{what}")
            case "manage":
                self.allow("channels:manage" if prefix == "channels" else f"{prefix}:write")
            case _:
                whole = "channels:manage" if prefix == "channels" else f"{prefix}:write"
                self.allow(whole, f"{prefix}:write.{what}")

    def channel(self, name: str = "channel") -> "Channel":
        given = self.text(name).removeprefix("#")
        found = self.team.channels.get(given) or next((c for c in self.team.channels.values() if c.name == given), None)
        if found is None or (found.kind != "public" and self.team.bot.id not in found.members):
            raise Refused("channel_not_found")
        return found

    def person(self, name: str = "user", error: str = "user_not_found") -> "Person":
        found = self.team.known(self.text(name))
        if found is None:
            raise Refused(error)
        return found

    def blocks(self) -> list[Json]:
        """The blocks, if nothing is wrong with them."""
        given = self.arguments.get("blocks") or []
        if messages := check_blocks(given, "message"):
            raise Wrong("invalid_blocks", messages)
        blocks: list[Json] = given
        return blocks


class Method(NamedTuple):
    """What a method does, the arguments it needs, and the scope where it is always the same."""

    run: Callable[[Asked], Json]
    needs: tuple[str, ...] = ()
    scope: str = ""


def page(items: list[Any], asked: Asked, default: int = 100, most: int = 1000) -> tuple[list[Any], Json]:
    """One page of a list, and the cursor to the next one; the cursor is a number here, a riddle at Slack's."""
    limit = int(asked.arguments.get("limit") or default)
    if not 1 <= limit <= most:
        raise Refused("invalid_limit")
    cursor = asked.text("cursor", "0")
    if not cursor.isdigit():
        raise Refused("invalid_cursor")
    start, end = int(cursor), int(cursor) + limit
    return items[start:end], {"next_cursor": str(end) if end < len(items) else ""}
