"""Interactions: what a person did, what the bot answered, and what became of the answer."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from tests import canaries
from tests.discord.checks import FILE_MAX
from tests.discord.messages import Message, numbered
from tests.discord.shapes import DM, Allow, Intent, Json, Kind, walk

if TYPE_CHECKING:
    from tests.discord.options import Choice
    from tests.discord.people import Person
    from tests.discord.places import Channel
    from tests.discord.server import DiscordServer

ANSWER_WITHIN = timedelta(seconds=3)
TOKEN_LIVES = timedelta(minutes=15)
COMMAND, COMPONENT, AUTOCOMPLETE, SUBMIT = 2, 3, 4, 5
KINDS = {4: "message", 5: "defer", 6: "defer_update", 7: "update", 8: "autocomplete", 9: "modal"}


class Modal:
    """A form that the bot opened for somebody."""

    def __init__(self, opened_by: Interaction, data: Json) -> None:
        self.opened_by = opened_by
        self.title: str = data["title"]
        self.custom_id: str = data["custom_id"]
        self.components = numbered(data["components"])

    def fields(self) -> Iterator[tuple[str, Json]]:
        """Every field that can be filled in, with its label."""
        for top in self.components:
            if top["type"] == Kind.LABEL:
                yield top["label"], top["component"]
            for field in top.get("components") or ():
                yield field["label"], field

    @property
    def labels(self) -> list[str]:
        return [label for label, _ in self.fields()]

    @property
    def values(self) -> dict[str, object]:
        """What stands in the text fields already, by label."""
        return {label: field.get("value") or "" for label, field in self.fields() if field["type"] == Kind.INPUT}

    @property
    def text(self) -> str:
        """All that can be read on it."""
        parts = [self.title]
        for component in walk(self.components):
            parts += [component[key] for key in ("label", "description", "content") if component.get(key)]
        return "\n".join(parts)


class Interaction:
    """One thing that a person did with the bot, and all of the answer to it."""

    def __init__(
        self,
        person: Person,
        channel: Channel,
        kind: int,
        data: Json,
        *,
        message: Message | None = None,
        cause: Interaction | None = None,
    ) -> None:
        self.server: DiscordServer = person.server
        self.person: Person = person
        self.channel = channel
        self.type = kind
        self.data = data
        self.clicked = message
        self.cause = cause
        self.id = self.server.clock.snowflake()
        self.token = f"{canaries.INTERACTION}{secrets.token_urlsafe(24)}"
        self.born = self.server.clock.lived
        self.kind: str | None = None
        self.original: Message | None = None
        self.followups: list[Message] = []
        self.modal: Modal | None = None
        self.choices: list[Choice] = []
        self.waiting = False  # deferred, and not completed yet
        self.server.interactions[self.token] = self

    def __repr__(self) -> str:
        return f"<answer {self.kind} to {self.data.get('name') or self.data.get('custom_id')}: {self.text[:60]!r}>"

    @property
    def message(self) -> Message | None:
        """The message that answers, or the one that was changed."""
        return self.original

    @property
    def ephemeral(self) -> bool:
        return self.original is not None and self.original.ephemeral

    @property
    def text(self) -> str:
        """All that the bot said to this."""
        said = [self.modal.text] if self.modal else []
        said += [message.text for message in (self.original, *self.followups) if message and not message.deleted]
        return "\n".join(said)

    async def arrives(self) -> Interaction:
        """Wait for the first answer."""

        def look() -> Interaction | None:
            return self if self.kind else None

        await self.server.bell.until(look, lambda: f"the application did not respond to {self.data}")
        return self

    async def final(self) -> Interaction:
        """Wait until a deferred answer is completed."""

        def look() -> Interaction | None:
            return self if self.kind and not self.waiting else None

        await self.server.bell.until(look, lambda: f"the application is still thinking about {self.data}")
        return self

    @property
    def late(self) -> bool:
        return self.server.clock.lived - self.born > ANSWER_WITHIN

    @property
    def expired(self) -> bool:
        return self.server.clock.lived - self.born > TOKEN_LIVES

    def completed(self) -> None:
        self.waiting = False
        self.server.bell.ring()

    def metadata(self) -> Json:
        made: Json = {
            "id": self.id,
            "type": self.type,
            "user": self.person.user.json(),
            "authorizing_integration_owners": self.owners(),
        }
        if self.type == COMMAND:
            made |= {"name": self.data["name"], "command_type": self.data["type"]}
        if self.clicked and self.type == COMPONENT:
            made["interacted_message_id"] = self.clicked.id
        if self.cause:
            made["triggering_interaction_metadata"] = self.cause.metadata()
        return made

    def owners(self) -> Json:
        guild = self.channel.guild
        return {"0": guild.id if guild else "0"}

    def json(self) -> Json:
        """As the gateway tells it."""
        guild, direct = self.channel.guild, self.channel.type == DM
        channel = self.channel.json()
        made: Json = {
            "id": self.id,
            "application_id": self.server.application_id,
            "type": self.type,
            "token": self.token,
            "version": 1,
            "data": self.data,
            "channel_id": self.channel.id,
            "channel": channel,
            "locale": self.person.locale,
            "app_permissions": str(int(Allow.SEND | Allow.EMBED | Allow.ATTACH | Allow.HISTORY)),
            "entitlements": [],
            "entitlement_sku_ids": [],
            "authorizing_integration_owners": self.owners(),
            "attachment_size_limit": FILE_MAX,
            "context": 1 if direct else 0,
        }
        if self.clicked is not None:
            made["message"] = self.clicked.json()
        if guild is None:
            return made | {"user": self.person.user.json()}
        permissions = str(self.person.permissions(self.channel))
        channel["permissions"] = permissions
        return made | {
            "guild_id": guild.id,
            "guild_locale": guild.locale,
            "guild": {"id": guild.id, "locale": guild.locale, "features": ["COMMUNITY"]},
            "member": self.person.json() | {"permissions": permissions},
            "app_permissions": str(guild.me.permissions(self.channel)),
        }

    def send(self) -> Interaction:
        """Give it to the bot."""
        guild = self.channel.guild
        self.server.gateway.dispatch("INTERACTION_CREATE", self.json(), Intent.NONE, guild.id if guild else None)
        return self
