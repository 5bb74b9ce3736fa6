"""A message as it stands in a channel, or before one person."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.slack.controls import controls, pings, shown_text
from tests.slack.forms import STATE, Values

if TYPE_CHECKING:
    from tests.slack.people import Person
    from tests.slack.teams import Channel, Team

Json = dict[str, Any]


class File(NamedTuple):
    id: str
    name: str
    title: str
    content: bytes


class Version(NamedTuple):
    """What a message said before it was changed."""

    text: str
    blocks: list[Json]


@dataclass(eq=False)
class Message:
    """It changes when the bot changes it; `edits` keeps what it said before."""

    channel: "Channel"
    ts: str
    author: str  # a user's id
    fallback: str  # the text beside the blocks, which notifications show
    blocks: list[Json]
    by_bot: bool = True
    to: "Person | None" = None  # an ephemeral message has one reader
    thread_ts: str | None = None
    metadata: Json = field(default_factory=dict)
    files: list[File] = field(default_factory=list)
    edits: list[Version] = field(default_factory=list)
    chosen: Values = field(default_factory=dict)
    at_words: bool = False  # sent with link_names or parse=full
    deleted: bool = False

    @property
    def ephemeral(self) -> bool:
        return self.to is not None

    @property
    def shown(self) -> str:
        """What is seen in the channel."""
        return shown_text(self.blocks) if self.blocks else self.fallback

    @property
    def text(self) -> str:
        """The blocks' words, then the fallback."""
        return "\n".join(part for part in (shown_text(self.blocks), self.fallback) if part)

    @property
    def buttons(self) -> list[str]:
        return [control.label for control in controls(self.blocks) if control.kind == "button"]

    @property
    def menus(self) -> list[str]:
        """Placeholders of what can be chosen from; an action_id where there is none."""
        return [c.label or c.action_id for c in controls(self.blocks) if c.kind in STATE]

    @property
    def pings(self) -> list[str]:
        return pings(self.fallback, self.blocks, at_words=self.at_words)

    def __repr__(self) -> str:
        state = "deleted " if self.deleted else ""
        reader = f" to {self.to.name}" if self.to else ""
        return f"<{state}message in {self.channel.name}{reader}: {self.text!r} {self.buttons}>"

    def change(self, text: str, blocks: list[Json]) -> None:
        self.edits.append(Version(self.fallback, self.blocks))
        self.fallback, self.blocks = text, blocks

    def payload(self, *, metadata: bool = False) -> Json:
        """The message as the API and interactions show it."""
        team = self.channel.team
        body: Json = {"type": "message", "user": self.author, "text": self.fallback, "ts": self.ts, "team": team.id}
        if self.by_bot:
            body |= {"bot_id": team.bot_id, "app_id": team.app_id, "bot_profile": team.bot_profile}
        if self.blocks:
            body["blocks"] = self.blocks
        if self.thread_ts:
            body["thread_ts"] = self.thread_ts
        if self.edits:
            body["edited"] = {"user": self.author, "ts": self.ts}
        if self.files:
            body["files"] = [{"id": f.id, "name": f.name, "title": f.title, "size": len(f.content)} for f in self.files]
        if metadata and self.metadata:
            body["metadata"] = self.metadata
        return body


async def arrival(
    team: "Team",
    seen: Callable[[], list[Message]],
    wanted: Callable[[Message], bool],
    after: Message | None,
    where: str,
) -> Message:
    """Waits for a message among those seen somewhere."""

    def find() -> Message | None:
        there = [m for m in seen() if after is None or m.ts > after.ts]
        return next((message for message in reversed(there) if wanted(message)), None)

    return await team.server.changes.until(
        find,
        lambda: f"no such message arrived {where}; there are {seen()}\nproblems: {team.server.problems}",
    )
