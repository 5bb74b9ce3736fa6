"""What the server remembers of requests, triggers and response URLs."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.slack.forms import View
    from tests.slack.messages import Message
    from tests.slack.people import Person
    from tests.slack.teams import Channel, Team

Json = dict[str, Any]


@dataclass(frozen=True)
class Request:
    """One request of the bot: the method, its merged arguments, and the answer (None when the connection was cut)."""

    method: str
    arguments: Json
    answer: Json | None
    team: "Team | None"


@dataclass
class Trigger:
    person: "Person"
    at: float
    view: "View | None" = None
    used: bool = False


@dataclass
class ResponseUrl:
    person: "Person"
    channel: "Channel"
    at: float
    message: "Message | None" = None
    uses: int = 0


@dataclass
class Upload:
    name: str
    length: int
    team: "Team"
    content: bytes | None = None
