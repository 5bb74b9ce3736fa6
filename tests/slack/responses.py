"""Answers to a command or a click that are not API calls: acknowledgements with words, and response URLs."""

from typing import TYPE_CHECKING, Any

from tests.slack.asked import Refused, Wrong
from tests.slack.checks import check_blocks
from tests.slack.records import ResponseUrl

if TYPE_CHECKING:
    from tests.slack.people import Person
    from tests.slack.server import SlackServer
    from tests.slack.teams import Channel

Json = dict[str, Any]

URL_LIFE = 30 * 60.0  # seconds
URL_USES = 5
KNOWN = {
    "text",
    "blocks",
    "response_type",
    "replace_original",
    "delete_original",
    "thread_ts",
    "unfurl_links",
    "unfurl_media",
    "metadata",
}


def answer_url(server: "SlackServer", url: ResponseUrl | None, arguments: Json) -> Json:
    """A post to a response_url: a new message, or the clicked one replaced or deleted."""
    if url is None:
        raise Wrong("invalid_url", ["[ERROR] no such response_url"])
    if server.clock.added - url.at > URL_LIFE:
        raise Refused("expired_url")
    if url.uses >= URL_USES:
        raise Refused("used_url")
    url.uses += 1
    if arguments.get("delete_original"):
        if url.message:
            url.message.deleted = True
            url.channel.team.shown.append(url.message)
        server.changes.happened()
        return {"ok": True}
    show(url, arguments)
    return {"ok": True}


def show(url: ResponseUrl, arguments: Json) -> None:
    """Puts the words of an answer where they belong: in place, in the channel, or before one person."""
    text, blocks = str(arguments.get("text") or ""), arguments.get("blocks") or []
    messages = check_blocks(blocks, "message")
    messages += [f"[ERROR] unknown field: {name}" for name in sorted(arguments.keys() - KNOWN)]
    if not text:
        messages.append("[ERROR] an answer needs a text, blocks or not [json-pointer:/text]")
    if messages:
        raise Wrong("invalid_blocks", messages)
    team = url.channel.team
    if arguments.get("replace_original") and url.message:
        team.change(url.message, text, blocks)
        return
    reader = None if arguments.get("response_type") == "in_channel" else url.person
    team.post(url.channel, text, blocks, to=reader)


def show_ack(person: "Person", channel: "Channel", words: Json) -> None:
    """A command may be acknowledged with the words of its answer."""
    try:
        show(ResponseUrl(person, channel, 0), words)
    except Wrong as wrong:
        person.team.server.problems += [f"acknowledgement: {line}" for line in wrong.messages]
