"""What came of an interaction, shown to who acted: where it belongs, and where it can still arrive otherwise."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook.async_client import AsyncWebhookClient

from adapters.slack import sending
from adapters.slack.decode import Origin, blocks_of, carry
from adapters.slack.forms import modal
from adapters.slack.limits import BUTTON_VALUE
from adapters.slack.meaning import word_of
from adapters.slack.mrkdwn import Pen
from adapters.slack.render import message
from adapters.slack.team import Team, patiently
from bot.calls import Form, Outcome, Problem
from bot.cards import Button, Card, Note, Prose, card
from bot.effects import Attach, Reply
from bot.ports import Closed, Gone, Rejected, Unsure, Wait
from bot.text import lines, said, say

Json = dict[str, Any]

log = logging.getLogger(__name__)

LATE = frozenset({"expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id", "invalid_trigger"})
OK = 200


async def show(team: Team, came: Origin, outcome: Outcome, root: str) -> None:
    """Everything that the person is to see, in order.  What cannot arrive is a line in the log."""
    pen = Pen(outcome.reader, root)
    for shown in outcome.shown:
        try:
            match shown:
                case Form():
                    await ask(team, came, shown, pen)
                case Attach():
                    await attach(team, came, shown, pen)
                case Reply(card=what, to=to):
                    await reply(team, came, what, to, pen)
        except (Wait, Unsure, Gone, Closed, Rejected) as fault:
            log.warning("an answer did not arrive in %s: %s", team.id, fault)


async def reply(team: Team, came: Origin, what: Card, to: str, pen: Pen) -> None:
    if to == "public":
        await publicly(team, came, what, pen)
    elif to == "replace" and await in_place(team, came, what, pen):
        return
    else:
        await privately(team, came, what, pen)


async def privately(team: Team, came: Origin, what: Card, pen: Pen) -> None:
    """In the channel for them alone; by direct message when that cannot arrive; by the interaction's own address."""
    if not came.private:
        try:
            await patiently(lambda: sending.whisper(team, came.channel, came.user, what, pen, came.thread))
            return
        except (Gone, Closed, Rejected) as no:
            log.info("no private answer in %s: %s", came.channel, no)
    try:
        channel = await talk(team, came)
        await patiently(lambda: sending.send(team, channel, what, pen))
    except (Gone, Closed, Rejected):
        if not await by_address(team, came, what, pen):
            raise


async def talk(team: Team, came: Origin) -> str:
    """The conversation with who acted.  A command may come from a conversation of two others, where we are not."""
    return await patiently(lambda: team.direct(came.user))


async def publicly(team: Team, came: Origin, what: Card, pen: Pen) -> None:
    """For everybody in the channel; the interaction's own address reaches it where the bot is not a member."""
    if came.private:
        await privately(team, came, what, pen)
        return
    try:
        await patiently(lambda: sending.send(team, came.channel, what, pen, thread=came.thread))
    except (Gone, Rejected):
        if not await by_address(team, came, what, pen, response_type="in_channel"):
            await privately(team, came, what, pen)


async def in_place(team: Team, came: Origin, what: Card, pen: Pen) -> bool:
    """Instead of what was clicked; False when that is not there any more."""
    try:
        if came.home:
            await patiently(lambda: sending.publish(team, came.user, what, pen))
            return True
        if came.message:
            await patiently(lambda: sending.edit(team, came.channel, came.message, what, pen))
            return True
    except (Gone, Rejected) as no:
        log.info("cannot change what was clicked: %s", no)
    return await by_address(team, came, what, pen, replace_original=True)


async def by_address(team: Team, came: Origin, what: Card, pen: Pen, **how: Any) -> bool:
    """Through the interaction's response_url, which works five times in half an hour."""
    if not came.response_url:
        return False
    shown = message(what, pen)
    client = AsyncWebhookClient(came.response_url, session=team.session, retry_handlers=[], logger=team.client.logger)
    client.proxy = team.client.proxy  # it would look into the environment by itself
    to = {"response_type": "ephemeral"} | how
    try:
        answer = await client.send(text=shown.text, blocks=shown.blocks, **sending.NO_PREVIEW, **to)
    except (aiohttp.ClientError, SlackApiError, TimeoutError, OSError) as fault:
        log.info("the address of an interaction did not answer: %s", type(fault).__name__)
        return False
    return answer.status_code == OK


async def ask(team: Team, came: Origin, form: Form, pen: Pen) -> None:
    """Open a form.  Too late for that, a button opens it."""
    try:
        await team.call("views.open", trigger_id=came.trigger, view=modal(form, pen, came.channel))
    except (Gone, Closed, Rejected, Wait, Unsure) as no:
        if isinstance(no, Rejected) and word_of(no) not in LATE:
            log.warning("a form was refused: %s", no)
        await offer(team, came, form, pen)


async def offer(team: Team, came: Origin, form: Form, pen: Pen) -> None:
    """A button that brings back what the form was to be filled with; what is too long for that stands beside it."""
    value = carry(form.filled)
    kept = len(value) <= BUTTON_VALUE
    typed = [] if kept else [Note(lines(*(said(f"{k}: {v}") for k, v in form.filled.items())))]
    what = Card(
        blocks=(Prose(say("Your form is ready: **{title}**", title=form.title)), *typed),
        controls=(Button(say("Open the form"), form.link, "primary"),),
    )
    await privately(team, came, what, replace(pen, carried={str(form.link): value if kept else carry({})}))


async def attach(team: Team, came: Origin, attached: Attach, pen: Pen) -> None:
    """A file goes to the conversation with the person: a channel would show it to everybody."""
    try:
        channel = await talk(team, came)
        await patiently(lambda: sending.upload(team, attached.file, channel, pen.rich(attached.about)))
    except (Gone, Closed, Rejected) as no:
        log.warning("a file did not arrive in %s: %s", team.id, no)
        sorry = card(say("I could not send you the file {name} here.", name=attached.file.name), tone="watch")
        await privately(team, came, sorry, pen)


def acknowledgement(outcome: Outcome, view: Json, came: Origin, root: str) -> tuple[Json, Outcome]:
    """How a sent form is answered at once, and what is left to show: problems beside the fields, or the next form."""
    pen = Pen(outcome.reader, root)
    fields = blocks_of(view)
    if outcome.problems and fields:
        return {"response_action": "errors", "errors": errors(outcome.problems, fields, pen)}, replace(
            outcome, shown=()
        )
    forms = [shown for shown in outcome.shown if isinstance(shown, Form)]
    if not forms:
        return {}, outcome
    left = tuple(shown for shown in outcome.shown if shown is not forms[0])
    return {"response_action": "update", "view": modal(forms[0], pen, came.channel)}, replace(outcome, shown=left)


def errors(problems: Sequence[Problem], fields: dict[str, str], pen: Pen) -> dict[str, str]:
    """Problems by the block they stand at; what is about no field stands at the first."""
    found: dict[str, str] = {}
    for problem in problems:
        block = fields.get(problem.field) or next(iter(fields.values()))
        found[block] = "\n".join(filter(None, (found.get(block), pen.plain(problem.text))))
    return found
