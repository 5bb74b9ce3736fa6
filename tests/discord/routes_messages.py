"""Routes about messages: send once, edit, delete, read back, pin and react."""

from __future__ import annotations

from datetime import timedelta

from tests.discord.checks import CREATE_FIELDS, EDIT_FIELDS, check_message, refuse_empty
from tests.discord.messages import Message
from tests.discord.places import Channel
from tests.discord.problems import Findings, Refused
from tests.discord.rest import Handler, Request
from tests.discord.shapes import DM, Allow, Flag, Json
from tests.record import EDITED, KNOWN, SHOWN

HISTORY_MAX = 100
REACTIONS_MAX = 20


def message_of(request: Request, channel: Channel) -> Message:
    message = request.server.messages.get(request.args["message"])
    if message is None or message.deleted or message.ephemeral or message.channel is not channel:
        raise Refused(10008)
    return message


def may_send(request: Request, channel: Channel) -> None:
    """Raise what Discord answers when the bot cannot write here."""
    if channel.type == DM:
        assert channel.recipient is not None
        if not any(channel.recipient.id in guild.members and guild.has_bot for guild in request.server.guilds):
            raise Refused(50278)
        if channel.recipient.dms_closed:
            raise Refused(50007)
        return
    needed = Allow.SEND_IN_THREADS if channel.is_thread else Allow.SEND
    if request.files:
        needed |= Allow.ATTACH
    request.server.need(channel, needed)
    if channel.archived and channel.locked:
        raise Refused(50083)


def send(request: Request) -> Json:
    channel = request.server.reach_channel(request)
    body = request.body
    findings = Findings()
    check_message(findings, body, request.files, known=CREATE_FIELDS)
    request.refuse_if_wrong(findings)
    refuse_empty(body, request.files)
    may_send(request, channel)
    first = repeated(request, channel)
    if first is not None:
        request.outcome = KNOWN
        return first.json()
    reference = str((body.get("message_reference") or {}).get("message_id", ""))
    if reference and reference not in request.server.messages:
        raise Refused(10008)
    channel.archived = False
    message = Message(request.server, channel, request.server.bot, body, files=request.files)
    request.outcome = SHOWN
    keep_nonce(request, channel, message)
    message.announce("MESSAGE_CREATE")
    return message.json()


def repeated(request: Request, channel: Channel) -> Message | None:
    """The first message with an enforced nonce; when somebody deleted it meanwhile, it is unknown."""
    nonce = request.body.get("nonce")
    if not request.body.get("enforce_nonce") or nonce is None:
        return None
    message, until = request.server.nonces.get((channel.id, str(nonce)), (None, None))
    if message is None or until is None or request.server.clock.now() > until:
        return None
    if message.deleted:
        raise Refused(10008)
    return message


def keep_nonce(request: Request, channel: Channel, message: Message) -> None:
    if message.nonce is not None:
        until = message.time + request.server.nonce_kept()
        request.server.nonces[channel.id, str(message.nonce)] = (message, until)


def edit(request: Request) -> Json:
    channel = request.server.reach_channel(request)
    message = message_of(request, channel)
    if message.author is not request.server.bot:
        raise Refused(50005)
    change(request, message, request.body)
    request.outcome = EDITED
    return message.json()


def change(request: Request, message: Message, body: Json) -> None:
    """Edit a message, after looking at what the whole of it would be."""
    findings = Findings()
    findings.fields("", body, {*EDIT_FIELDS, "tts", "poll"})
    whole = message.after(body)
    check_message(findings, {key: value for key, value in whole.items() if key in EDIT_FIELDS}, request.files)
    request.refuse_if_wrong(findings)
    refuse_empty(whole, request.files)
    message.edit(body, request.files)


def get(request: Request) -> Json:
    channel = request.server.reach_channel(request)
    request.server.need(channel, Allow.HISTORY)
    return message_of(request, channel).json()


def history(request: Request) -> list[Json]:
    """The newest first; `after` begins with the oldest that are newer."""
    channel = request.server.reach_channel(request)
    request.server.need(channel, Allow.HISTORY)
    limit = int(request.query.get("limit", 50))
    findings = Findings()
    findings.number("limit", limit, 1, HISTORY_MAX)
    request.refuse_if_wrong(findings)
    until = request.server.clock.now() - timedelta(seconds=request.server.history_lag)
    found = sorted((m for m in channel.messages if m.time <= until), key=lambda message: int(message.id))
    if "before" in request.query:
        found = [message for message in found if int(message.id) < int(request.query["before"])]
    if "after" in request.query:
        found = [message for message in found if int(message.id) > int(request.query["after"])][:limit]
    if "around" in request.query:
        middle = int(request.query["around"])
        found = sorted(sorted(found, key=lambda m: abs(int(m.id) - middle))[:limit], key=lambda m: int(m.id))
    return [message.json() for message in reversed(found[-limit:])]


def delete(request: Request) -> None:
    channel = request.server.reach_channel(request)
    message = message_of(request, channel)
    if message.author is not request.server.bot:
        request.server.need(channel, Allow.MANAGE_MESSAGES)
    message.delete()


def pin(request: Request) -> None:
    channel = request.server.reach_channel(request)
    request.server.need(channel, Allow.PIN_MESSAGES)
    message = message_of(request, channel)
    if message not in channel.pins:
        channel.pins.append(message)


def unpin(request: Request) -> None:
    channel = request.server.reach_channel(request)
    request.server.need(channel, Allow.PIN_MESSAGES)
    message = message_of(request, channel)
    if message in channel.pins:
        channel.pins.remove(message)


def pins(request: Request) -> Json:
    channel = request.server.reach_channel(request)
    stamp = request.server.clock.stamp()
    items = [{"pinned_at": stamp, "message": message.json()} for message in channel.pins if not message.deleted]
    return {"items": items, "has_more": False}


def react(request: Request) -> None:
    channel = request.server.reach_channel(request)
    request.server.need(channel, Allow.ADD_REACTIONS | Allow.HISTORY)
    message = message_of(request, channel)
    emoji = request.args["emoji"]
    if emoji in message.reactions:
        return
    if len(message.reactions) >= REACTIONS_MAX:
        raise Refused(30010, message="Maximum number of reactions reached (20)")
    message.reactions.append(emoji)


def unreact(request: Request) -> None:
    message = message_of(request, request.server.reach_channel(request))
    if request.args["emoji"] in message.reactions:
        message.reactions.remove(request.args["emoji"])


def typing(request: Request) -> None:
    may_send(request, request.server.reach_channel(request))


def sends_ephemeral(body: Json) -> bool:
    return bool(int(body.get("flags") or 0) & Flag.EPHEMERAL)


MESSAGES = "/channels/{channel}/messages"
ROUTES: dict[str, Handler] = {
    f"POST {MESSAGES}": send,
    f"GET {MESSAGES}": history,
    f"GET {MESSAGES}/{{message}}": get,
    f"PATCH {MESSAGES}/{{message}}": edit,
    f"DELETE {MESSAGES}/{{message}}": delete,
    f"GET {MESSAGES}/pins": pins,
    f"PUT {MESSAGES}/pins/{{message}}": pin,
    f"DELETE {MESSAGES}/pins/{{message}}": unpin,
    "PUT /channels/{channel}/pins/{message}": pin,
    "DELETE /channels/{channel}/pins/{message}": unpin,
    f"PUT {MESSAGES}/{{message}}/reactions/{{emoji}}/@me": react,
    f"DELETE {MESSAGES}/{{message}}/reactions/{{emoji}}/@me": unreact,
    "POST /channels/{channel}/typing": typing,
}
