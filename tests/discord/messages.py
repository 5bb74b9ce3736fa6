"""Messages as they stand in a channel: what they say, what can be pressed, and whom they ping."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from tests.discord.shapes import DM, SELECTS, Flag, Intent, Json, Kind, walk
from tests.discord.waiting import PATIENCE

if TYPE_CHECKING:
    from tests.discord.interactions import Interaction
    from tests.discord.people import User
    from tests.discord.places import Channel
    from tests.discord.server import DiscordServer

EVERYBODY = re.compile(r"@(?:everyone|here)\b")
PERSON = re.compile(r"<@!?(\d+)>")
ROLE = re.compile(r"<@&(\d+)>")


def pings(text: str, allowed: Json | None) -> set[str]:
    """Whom this text notifies, for a bot that may mention everybody: the worst that can happen.

    Without allowed_mentions everything in the text pings; with it, what it parses or lists.
    """
    rules = {"parse": ["everyone", "users", "roles"]} if allowed is None else allowed
    parse = rules.get("parse") or ()
    found = set(EVERYBODY.findall(text)) if "everyone" in parse else set()
    for kind, pattern, mark in (("users", PERSON, "<@{}>"), ("roles", ROLE, "<@&{}>")):
        listed = {str(one) for one in rules.get(kind) or ()}
        found |= {mark.format(one) for one in pattern.findall(text) if kind in parse or one in listed}
    return found


def numbered(components: Iterable[Json]) -> list[Json]:
    """Components with an integer id each, as Discord gives one where the bot gave none."""
    made = list(components)
    taken = {component["id"] for component in walk(made) if component.get("id")}
    free = (number for number in range(1, 1000) if number not in taken)
    for component in walk(made):
        component["id"] = component.get("id") or next(free)
    return made


def shown_text(components: Iterable[Json]) -> list[str]:
    return [component["content"] for component in walk(components) if component["type"] == Kind.TEXT]


def embed_text(embed: Json) -> list[str]:
    fields = [part for field in embed.get("fields") or () for part in (field["name"], field["value"])]
    texts = [embed.get("title"), embed.get("description"), *fields, (embed.get("footer") or {}).get("text")]
    return [text for text in texts if text]


def words(body: Json) -> str:
    """All that can be read in the body of a message, whatever it is worth."""
    embeds = (text for embed in body.get("embeds") or () for text in embed_text(embed))
    return "\n".join(text for text in (body.get("content"), *embeds, *shown_text(body.get("components") or ())) if text)


class Message:
    """One message, kept until the end of the test even when it is deleted."""

    def __init__(
        self,
        server: DiscordServer,
        channel: Channel,
        author: User,
        body: Json,
        *,
        files: dict[str, bytes] | None = None,
        answers: Interaction | None = None,
    ) -> None:
        self.server = server
        self.channel = channel
        self.author = author
        self.id = server.clock.snowflake()
        self.time = server.clock.now()
        self.edited: str | None = None
        self.edits = 0
        self.deleted = False
        self.flags = Flag(body.get("flags") or 0)
        self.nonce: str | int | None = body.get("nonce")
        self.reference: Json | None = body.get("message_reference")
        self.answers = answers
        self.seen_by: User | None = answers.person.user if answers and self.flags & Flag.EPHEMERAL else None
        self.content = ""
        self.embeds: list[Json] = []
        self.components: list[Json] = []
        self.attachments: list[Json] = []
        self.files: dict[str, bytes] = {}
        self.allowed_mentions: Json | None = None
        self.pings: set[str] = set()
        self.reactions: list[str] = []
        self.thread: Channel | None = None
        self.take(body, files or {})
        self.ping()
        server.messages[self.id] = self
        channel.posted.append(self)
        server.bell.ring()

    def __repr__(self) -> str:
        return f"<message {self.text[:60]!r}>"

    def take(self, body: Json, files: dict[str, bytes]) -> None:
        """Put what this body has into the message; what it has not stays."""
        self.content = (body["content"] or "") if "content" in body else self.content
        self.embeds = (body["embeds"] or []) if "embeds" in body else self.embeds
        if "components" in body:
            self.components = numbered(body["components"] or [])
        if body.get("attachments") is not None:
            kept = {attachment.get("id") for attachment in body["attachments"]}
            self.attachments = [attachment for attachment in self.attachments if attachment["id"] in kept]
        for name, data in files.items():
            self.attachments.append(self.server.keep_file(name, data))
            self.files[name] = data
        self.allowed_mentions = body.get("allowed_mentions")

    def ping(self) -> None:
        """Notify those whom the text names; only a new message does."""
        texts = [self.content, *shown_text(self.components)]
        self.pings |= pings("\n".join(texts), self.allowed_mentions)
        replied = self.server.messages.get((self.reference or {}).get("message_id", ""))
        if replied and (self.allowed_mentions or {}).get("replied_user", self.allowed_mentions is None):
            self.pings.add(replied.author.mention)

    def edit(self, body: Json, files: dict[str, bytes]) -> None:
        self.flags = self.after(body)["flags"]
        self.take(body, files)
        if self.flags & Flag.LOADING:
            self.flags &= ~Flag.LOADING
            self.ping()
        else:
            self.edits += 1
            self.edited = self.server.clock.stamp()
        self.announce("MESSAGE_UPDATE")
        self.server.bell.ring()

    async def becomes(self, wanted: Callable[[Message], object], within: float = PATIENCE) -> Message:
        """Wait until this message is as it is wanted."""

        def look() -> Message | None:
            return self if wanted(self) else None

        return await self.server.bell.until(
            look, lambda: f"the message stays {self.text!r} with {self.buttons}", within
        )

    def after(self, body: Json) -> Json:
        """What an edit would make of this message, to be checked as a whole."""
        may_change = Flag.SUPPRESS_EMBEDS | Flag.V2
        flags = self.flags
        if body.get("flags") is not None and isinstance(body["flags"], int):
            flags = (flags & ~Flag.SUPPRESS_EMBEDS) | (Flag(body["flags"]) & may_change)
        kept = body["attachments"] if body.get("attachments") is not None else self.attachments
        mine = {attachment["id"]: attachment for attachment in self.attachments}
        stands = {"content": self.content, "embeds": self.embeds, "components": self.components}
        known = [mine.get(attachment.get("id"), attachment) for attachment in kept]
        return stands | body | {"flags": flags, "attachments": known}

    def delete(self) -> None:
        self.deleted = True
        data = {"id": self.id, "channel_id": self.channel.id}
        if self.channel.guild:
            data["guild_id"] = self.channel.guild.id
        if not self.ephemeral:
            guild_id = self.channel.guild.id if self.channel.guild else None
            self.server.gateway.dispatch("MESSAGE_DELETE", data, self.intent, guild_id)
        self.server.bell.ring()

    def announce(self, event: str) -> None:
        """Tell the gateway; an ephemeral message is nobody's business."""
        if self.ephemeral:
            return
        guild = self.channel.guild
        data = self.json()
        if guild:
            data["guild_id"] = guild.id
            author = guild.members.get(self.author.id)
            data |= {"member": author.json(with_user=False)} if author else {}
        self.server.gateway.dispatch(event, data, self.intent, guild.id if guild else None)

    @property
    def intent(self) -> Intent:
        return Intent.DIRECT_MESSAGES if self.channel.type == DM else Intent.MESSAGES

    @property
    def ephemeral(self) -> bool:
        return bool(self.flags & Flag.EPHEMERAL)

    @property
    def text(self) -> str:
        """All that can be read, top to bottom."""
        said = [self.content, *(text for embed in self.embeds for text in embed_text(embed))]
        return "\n".join(text for text in [*said, *shown_text(self.components)] if text)

    @property
    def buttons(self) -> list[str]:
        """What is written on the buttons."""
        return [button_label(one) for one in walk(self.components) if one["type"] == Kind.BUTTON]

    @property
    def menus(self) -> list[Json]:
        return [component for component in walk(self.components) if component["type"] in SELECTS]

    @property
    def controls(self) -> list[Json]:
        """Buttons and menus as they were sent."""
        return [component for component in walk(self.components) if component["type"] in SELECTS | {Kind.BUTTON}]

    def json(self, *, whole: bool = False) -> Json:
        """As the bot is shown it: a person's words are left out if the bot may not read them."""
        readable = whole or self.may_be_read()
        users = self.server.users
        mentioned = [users[one].json() for one in PERSON.findall(self.content) if one in users]
        made: Json = {
            "id": self.id,
            "channel_id": self.channel.id,
            "type": self.type,
            "author": self.author.json(),
            "content": self.content if readable else "",
            "embeds": [{"type": "rich"} | embed for embed in self.embeds] if readable else [],
            "attachments": self.attachments if readable else [],
            "components": self.components if readable else [],
            "flags": int(self.flags),
            "timestamp": self.time.isoformat(),
            "edited_timestamp": self.edited,
            "mentions": mentioned,
            "mention_roles": ROLE.findall(self.content),
            "mention_everyone": "@everyone" in self.pings,
            "pinned": self in self.channel.pins,
            "tts": False,
        }
        if self.nonce is not None:
            made["nonce"] = self.nonce
        if self.reference:
            made["message_reference"] = {"type": 0, "channel_id": self.channel.id} | self.reference
        if self.author is self.server.bot:
            made["application_id"] = self.server.application_id
        if self.answers:
            made |= {"webhook_id": self.server.application_id, "interaction_metadata": self.answers.metadata()}
        return made

    @property
    def type(self) -> int:
        if self.answers is None:
            return 19 if self.reference else 0
        menu = self.answers.type == 2 and self.answers.data.get("type") != 1
        return 23 if menu else 20 if self.answers.type == 2 and self is self.answers.original else 0

    def may_be_read(self) -> bool:
        if self.server.message_content_intent or self.author is self.server.bot or self.channel.type == DM:
            return True
        return self.server.bot.id in PERSON.findall(self.content)


def button_label(button: Json) -> str:
    emoji = (button.get("emoji") or {}).get("name") or ""
    return button.get("label") or emoji


def loading(flags: int) -> Json:
    """The body of a message that says that the bot is thinking."""
    return {"flags": int(flags) | Flag.LOADING, "content": ""}
