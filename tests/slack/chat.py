"""chat.*: messages of the bot, and their limits."""

from typing import Any

from tests.slack.asked import Asked, Method, Refused, Wrong
from tests.slack.checks import check_metadata
from tests.slack.messages import Message
from tests.slack.teams import Channel

Json = dict[str, Any]

TEXT_MAX = 40_000  # chat.postMessage cuts what is longer
UPDATE_TEXT_MAX = 4_000
MARKDOWN_TEXT_MAX = 12_000


def post_message(asked: Asked) -> Json:
    channel = destination(asked)
    writable(asked, channel)
    reachable(channel)
    asked.server.pace.keep(channel)
    if asked.text("thread_ts") and not any(m.ts == asked.text("thread_ts") for m in channel.messages):
        raise Refused("thread_not_found")
    message = asked.team.post(
        channel,
        *content(asked, TEXT_MAX),
        metadata=metadata(asked),
        thread_ts=asked.text("thread_ts") or None,
        at_words=asked.flag("link_names") or asked.text("parse") == "full",
    )
    return {"channel": channel.id, "ts": message.ts, "message": message.payload(metadata=True)}


def post_ephemeral(asked: Asked) -> Json:
    channel = destination(asked)
    writable(asked, channel)
    person = asked.person()
    if person.id not in channel.members:
        raise Refused("user_not_in_channel")
    at_words = asked.flag("link_names") or asked.text("parse") == "full"
    message = asked.team.post(channel, *content(asked, TEXT_MAX), to=person, at_words=at_words)
    return {"message_ts": message.ts}


def update(asked: Asked) -> Json:
    message = mine(asked, "cant_update_message")
    if asked.arguments.get("blocks") is None and asked.arguments.get("text") is None:
        raise Refused("no_text")
    if len(asked.text("text")) > UPDATE_TEXT_MAX:
        raise Wrong("msg_too_long", [f"[ERROR] text must be less than {UPDATE_TEXT_MAX + 1} characters"])
    text, blocks = content(asked, UPDATE_TEXT_MAX)
    if asked.arguments.get("metadata") is not None:
        message.metadata = metadata(asked)
    asked.team.change(message, text, blocks)
    return {"channel": message.channel.id, "ts": message.ts, "text": text, "message": message.payload(metadata=True)}


def delete(asked: Asked) -> Json:
    message = mine(asked, "cant_delete_message")
    message.deleted = True
    asked.server.changes.happened()
    return {"channel": message.channel.id, "ts": message.ts}


def permalink(asked: Asked) -> Json:
    channel = asked.channel()
    ts = asked.text("message_ts")
    if not any(message.ts == ts for message in channel.messages):
        raise Refused("message_not_found")
    link = f"https://{asked.team.domain}.slack.com/archives/{channel.id}/p{ts.replace('.', '')}"
    return {"channel": channel.id, "permalink": link}


def destination(asked: Asked) -> Channel:
    """A channel, or the conversation with a person whose id was given instead."""
    person = asked.team.people.get(asked.text("channel"))
    return asked.team.dm(person) if person else asked.channel()


def writable(asked: Asked, channel: Channel) -> None:
    if channel.archived:
        raise Refused("is_archived")
    if asked.team.bot.id not in channel.members and "chat:write.public" not in asked.team.scopes:
        raise Refused("not_in_channel")
    if asked.team.bot.id not in channel.members and asked.method == "chat.postEphemeral":
        raise Refused("not_in_channel")


def reachable(channel: Channel) -> None:
    """A direct message may be refused, and each person says how."""
    if channel.kind != "im":
        return
    person = channel.team.people[channel.members[0]]
    if person.deactivated:
        raise Refused("user_disabled")
    if person.dms_closed:
        raise Refused("cannot_dm_bot" if person.dms_closed is True else person.dms_closed)


def content(asked: Asked, most: int) -> tuple[str, list[Json]]:
    """Text and blocks; blocks without a text for notifications and screen readers are a mistake of ours."""
    text, markdown, blocks = asked.text("text"), asked.text("markdown_text"), asked.blocks()
    if markdown and (text or blocks):
        raise Wrong("markdown_text_conflict", ["[ERROR] markdown_text stands alone"])
    if len(markdown) > MARKDOWN_TEXT_MAX:
        raise Wrong("msg_too_long", [f"[ERROR] markdown_text must be less than {MARKDOWN_TEXT_MAX + 1} characters"])
    if not (text or markdown or blocks):
        raise Wrong("no_text", ["[ERROR] there is neither text nor blocks"])
    if blocks and not text:
        raise Wrong("invalid_arguments", ["[ERROR] blocks need a text as their fallback [json-pointer:/text]"])
    if len(text) > most:
        asked.server.problems.append(f"{asked.method}: Slack would cut the text after {most} characters")
    return (text or markdown)[:most], blocks


def metadata(asked: Asked) -> Json:
    given: Json = asked.arguments.get("metadata") or {}
    if given and (error := check_metadata(given)):
        raise Wrong(error, [f"[ERROR] metadata: {given}"])
    return given


def mine(asked: Asked, error: str) -> Message:
    """A message of the bot's own; an ephemeral one cannot be found again."""
    channel, ts = asked.channel(), asked.text("ts")
    for message in channel.messages:
        if message.ts == ts:
            if not message.by_bot:
                raise Refused(error)
            return message
    raise Refused("message_not_found")


METHODS = {
    "chat.postMessage": Method(post_message, ("channel",), "chat:write"),
    "chat.postEphemeral": Method(post_ephemeral, ("channel", "user"), "chat:write"),
    "chat.update": Method(update, ("channel", "ts"), "chat:write"),
    "chat.delete": Method(delete, ("channel", "ts"), "chat:write"),
    "chat.getPermalink": Method(permalink, ("channel", "message_ts")),
}
