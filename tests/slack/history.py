"""conversations.history and .replies: what was said, as a bot may look it up again."""

import math
from typing import Any

from tests.slack.asked import Asked, Method, Refused, page
from tests.slack.messages import Message
from tests.slack.teams import Channel

Json = dict[str, Any]


def readable(asked: Asked) -> Channel:
    channel = asked.channel()
    asked.allow_in(channel, "history")
    if asked.team.bot.id not in channel.members:
        raise Refused("not_in_channel")
    return channel


def between(asked: Asked, messages: list[Message]) -> list[Message]:
    """Those after `oldest` and before `latest`, the ends only with `inclusive`."""
    oldest, latest = float(asked.text("oldest", "0")), float(asked.text("latest", "inf"))
    ends = asked.flag("inclusive")
    lag = asked.server.history_lag
    until = asked.server.clock.now() - lag if lag else math.inf
    return [
        message
        for message in messages
        if float(message.ts) <= until
        and (oldest < float(message.ts) < latest or (ends and float(message.ts) in (oldest, latest)))
    ]


def pages(asked: Asked, messages: list[Message]) -> Json:
    found, more = page(between(asked, messages), asked, most=999)
    metadata = asked.flag("include_all_metadata")
    return {
        "messages": [message.payload(metadata=metadata) for message in found],
        "has_more": bool(more["next_cursor"]),
        "response_metadata": more,
    }


def history(asked: Asked) -> Json:
    channel = readable(asked)
    return pages(asked, [m for m in reversed(channel.messages) if m.thread_ts in (None, m.ts)])


def replies(asked: Asked) -> Json:
    channel, ts = readable(asked), asked.text("ts")
    thread = [message for message in channel.messages if ts in (message.ts, message.thread_ts)]
    if not thread:
        raise Refused("thread_not_found")
    return pages(asked, thread)


METHODS = {
    "conversations.history": Method(history, ("channel",)),
    "conversations.replies": Method(replies, ("channel", "ts")),
}
