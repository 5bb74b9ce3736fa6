"""Answers to one interaction: what an outcome looks like on Discord, within three seconds and for fifteen minutes."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Any, Protocol, assert_never

import aiohttp
import discord

from adapters.discord import limits
from adapters.discord.dialect import DiscordMarkdown
from adapters.discord.faults import ANSWERED, TOO_LATE
from adapters.discord.limits import Json
from adapters.discord.modals import modal
from adapters.discord.render import Drawn, attachment, message
from bot.calls import Form, Outcome
from bot.cards import Button, Card, File, card
from bot.effects import Attach, Reply
from bot.text import Reader, say

log = logging.getLogger(__name__)

ORIGINAL = "/webhooks/{webhook_id}/{webhook_token}/messages/@original"
FOLLOW_UP = "/webhooks/{webhook_id}/{webhook_token}"
CALLBACK = "/interactions/{webhook_id}/{webhook_token}/callback"

DONE = card(say("Done."))
UNSHOWN = card(say("Discord would not show this. What you did is done; use `me` to see how things stand."), tone="bad")


class Speaks(Protocol):
    """What sends an answer."""

    async def answer(
        self, method: str, path: str, body: Json | None, files: Sequence[File] = (), **ids: Any
    ) -> Any: ...


class Answer:
    """What one interaction has been told so far, and so how the next word has to be sent."""

    def __init__(self, wire: Speaks, payload: Json, dialect: DiscordMarkdown) -> None:
        self._wire = wire
        self._dialect = replace(dialect, locale=payload.get("locale") or "")
        self._id: str = payload["id"]
        self._token: str = payload["token"]
        self._application: str = payload["application_id"]
        self._form_may_come = payload["type"] != limits.SUBMITTED  # Discord allows no form after a form
        self._on_message = payload["type"] != limits.COMMAND_USED and "message" in payload
        self._begun = False
        self._thinking = False  # Discord shows "is thinking", which somebody has to end
        self._replaced = False
        self.space = ""

    async def defer(self) -> None:
        """Say that it takes longer.  On a message nothing is shown; after a command only the person sees it."""
        try:
            if self._on_message:
                await self._callback(limits.DEFER_UPDATE)
            else:
                await self._callback(limits.DEFER, {"flags": limits.EPHEMERAL})
                self._thinking = True
        except discord.HTTPException as refusal:
            log.warning("Discord took no notice that an answer takes longer: %s", refusal.code)

    async def show(self, outcome: Outcome) -> None:
        """Everything that the person sees, in order; what replaces the clicked card comes first."""
        shown = sorted(outcome.shown, key=lambda one: not (isinstance(one, Reply) and one.to == "replace"))
        for one in shown:
            await self._show(one, outcome.reader)
        if shown:
            return
        if not self._on_message:
            await self._say(self._draw(DONE, outcome.reader), private=True)
        elif not self._begun:
            await self._callback(limits.DEFER_UPDATE)

    async def suggest(self, choices: list[Json]) -> None:
        await self._callback(limits.SUGGEST, {"choices": choices})

    async def _show(self, one: Reply | Form | Attach, reader: Reader) -> None:
        try:
            await self._send(one, reader)
        except discord.HTTPException as refusal:
            if refusal.code in TOO_LATE:
                log.warning("an interaction was answered too late: %s", refusal.code)
                return
            log.error("Discord refused an answer: %s %s", refusal.status, refusal.text)  # noqa: TRY400  # its words say it
            if refusal.status == HTTPStatus.BAD_REQUEST:
                await self._say(self._draw(UNSHOWN, reader), private=True)

    async def _send(self, one: Reply | Form | Attach, reader: Reader) -> None:
        match one:
            case Form() if self._form_may_come and not self._begun:
                await self._callback(limits.MODAL, modal(one, reader))
            case Form():
                await self._say(self._draw(door(one), reader), private=True)
            case Reply(card=shown, to="replace") if self._on_message and not self._replaced:
                await self._replace(self._draw(shown, reader))
            case Reply(card=shown, to=to):
                await self._say(self._draw(shown, reader), private=to != "public")
            case Attach():
                await self._say(attachment(one, reader, space=self.space), private=True)
            case _:
                assert_never(one)

    def _draw(self, shown: Card, reader: Reader) -> Drawn:
        return message(shown, reader, space=self.space, dialect=self._dialect)

    async def _replace(self, drawn: Drawn) -> None:
        """Put a card in place of the one that was clicked."""
        if self._begun:
            await self._call("PATCH", ORIGINAL, drawn.body, drawn.files)
        else:
            await self._callback(limits.UPDATE, drawn.body, drawn.files)
        self._replaced = True

    async def _say(self, drawn: Drawn, *, private: bool) -> None:
        body = drawn.body
        if private:
            body = body | {"flags": body["flags"] | limits.EPHEMERAL}
        if not self._begun:
            await self._callback(limits.ANSWER, body, drawn.files)
            return
        if self._thinking:
            self._thinking = False
            if private:
                await self._call("PATCH", ORIGINAL, drawn.body, drawn.files)
                return
            await self._call("DELETE", ORIGINAL)  # what only the person sees cannot become public
        await self._call("POST", FOLLOW_UP, body, drawn.files)

    async def _callback(self, kind: int, data: Json | None = None, files: Sequence[File] = ()) -> None:
        """The first answer.  A lost connection is tried again: Discord takes only one, and says when it has it."""
        body = {"type": kind} | ({"data": data} if data is not None else {})
        ids = {"webhook_id": self._id, "webhook_token": self._token}
        try:
            try:
                await self._wire.answer("POST", CALLBACK, body, files, **ids)
            except (aiohttp.ClientError, OSError) as lost:
                log.warning("the way to Discord broke under an answer: %s", type(lost).__name__)
                await self._wire.answer("POST", CALLBACK, body, files, **ids)
        except discord.HTTPException as refusal:
            if refusal.code != ANSWERED:
                raise
        self._begun = True

    async def _call(self, method: str, path: str, body: Json | None = None, files: Sequence[File] = ()) -> None:
        ids = {"webhook_id": self._application, "webhook_token": self._token}
        await self._wire.answer(method, path, body, files, **ids)


def door(form: Form) -> Card:
    """A button to a form, where Discord lets no form follow."""
    return card(say("One more step: {form}.", form=form.title), Button(say("Open the form"), form.link, "primary"))


def choices_of(found: Sequence[tuple[str, str]], *, number: bool) -> list[Json]:
    """Suggestions as Discord takes them: names and values, no value twice, numbers where numbers are asked for."""
    made: dict[str, Json] = {}
    for name, value in found:
        given: str | float | None = as_number(value) if number else value
        if given is not None and value and len(value) <= limits.CHOICE_TEXT:
            made.setdefault(value, {"name": limits.clip(name or value, limits.CHOICE_TEXT), "value": given})
    return list(made.values())[: limits.COMMAND_CHOICES]


def as_number(value: str) -> float | None:
    try:
        return int(value)
    except ValueError:
        pass
    try:
        return float(value)
    except ValueError:
        return None
