"""Messages that Slack keeps: posted, found again, changed; and files."""

import asyncio
import logging
import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import aiohttp

from adapters.slack.meaning import BAD_BLOCKS, word_of
from adapters.slack.mrkdwn import Pen
from adapters.slack.render import Shown, home, message
from adapters.slack.team import Team
from bot.cards import Card, File, Picture
from bot.ports import CannotLook, Closed, Gone, Rejected, Unsure

Json = dict[str, Any]

log = logging.getLogger(__name__)

# nobody is notified and nothing is linked or unfolded but by our own markup
QUIET: Json = {"link_names": False, "parse": "none"}
NO_PREVIEW: Json = {"unfurl_links": False, "unfurl_media": False}
EVENT_TYPE = "cop_delivery"
A_MESSAGE_EVERY = 1.0  # seconds in one channel: https://docs.slack.dev/apis/web-api/rate-limits
HISTORY_PAGES = 5  # of what stood in a channel since an attempt
PICTURE_TRIES = 3  # a file is not ready at once after its upload, and nothing tells when it is
PICTURE_PAUSE = 1.0
CUT = 0.001


async def send(team: Team, channel: str, card: Card, pen: Pen, *, key: str = "", thread: str = "") -> str:
    """Post a card; its timestamp, which is its reference."""
    more: Json = {"channel": channel, **QUIET, **NO_PREVIEW}
    if key:
        more["metadata"] = {"event_type": EVENT_TYPE, "event_payload": {"k": key}}
    if thread:
        more["thread_ts"] = thread
    team.spoke[channel] = time.monotonic()
    answer = await shown_somehow(team, "chat.postMessage", card, pen, more)
    return str(answer["ts"])


def pause(team: Team, channel: str) -> float:
    """Seconds until Slack takes another message in a channel."""
    return max(0.0, team.spoke.get(channel, -A_MESSAGE_EVERY) + A_MESSAGE_EVERY - time.monotonic())


async def edit(team: Team, channel: str, ref: str, card: Card, pen: Pen) -> None:
    await shown_somehow(team, "chat.update", card, pen, {"channel": channel, "ts": ref, **QUIET})


async def whisper(team: Team, channel: str, user: str, card: Card, pen: Pen, thread: str = "") -> None:
    """Show a card to one person in a channel."""
    more: Json = {"channel": channel, "user": user, **QUIET} | ({"thread_ts": thread} if thread else {})
    await shown_somehow(team, "chat.postEphemeral", card, pen, more)


async def shown_somehow(team: Team, method: str, card: Card, pen: Pen, more: Json) -> Json:
    """As it should look; if Slack does not take that, then without pictures, and at last as mere text."""
    pictures = await upload_pictures(team, card)
    looks = list(ways(card, pen, pictures))
    for look in looks[:-1]:
        try:
            return await team.call(method, blocks=look.blocks, text=look.text, **more)
        except Rejected as no:
            if word_of(no) not in BAD_BLOCKS:
                raise
            log.warning("%s refused blocks: %s", method, no)
        if pictures:
            await asyncio.sleep(PICTURE_PAUSE)
    return await team.call(method, blocks=[], text=looks[-1].text, **more)


def ways(card: Card, pen: Pen, pictures: Mapping[int, str]) -> Iterator[Shown]:
    for _ in range(PICTURE_TRIES if pictures else 0):
        yield message(card, pen, pictures)
    plain = message(card, pen)
    yield plain
    yield plain


async def find(team: Team, channel: str, key: str, since: datetime) -> str | None:
    """The message that carries a key, if there is one.  Raises CannotLook without the scope that reads
    history, and where too much was written since.
    """
    cursor = ""
    try:
        for _ in range(HISTORY_PAGES):
            after = {"cursor": cursor} if cursor else {}
            answer = await team.call(
                "conversations.history",
                channel=channel,
                oldest=f"{since.timestamp() - CUT:.6f}",
                inclusive=True,
                include_all_metadata=True,
                limit=200,
                **after,
            )
            for found in answer.get("messages") or []:
                metadata = found.get("metadata") or {}
                carried = metadata.get("event_payload") or {}
                if metadata.get("event_type") == EVENT_TYPE and carried.get("k") == key:
                    return str(found["ts"])
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return None
    except Rejected as no:
        raise CannotLook(f"the bot may not read the history here: {no}") from no
    except Gone as no:
        log.warning("cannot look for an earlier attempt in %s: %s", channel, no)
        return None
    raise CannotLook("too much was written in this channel since")


async def publish(team: Team, user: str, card: Card, pen: Pen) -> None:
    """Show a person's own page."""
    await team.call("views.publish", user_id=user, view=home(card, pen))


async def upload_pictures(team: Team, card: Card) -> dict[int, str]:
    """Ids of the card's pictures by the position of their block; what is refused is told in words instead."""
    found: dict[int, str] = {}
    for position, block in enumerate(card.blocks):
        if isinstance(block, Picture):
            try:
                found[position] = await upload(team, block.file)
            except (Rejected, Gone, Closed) as no:
                log.warning("a picture was refused: %s", no)
    return found


async def upload(team: Team, file: File, channel: str = "", comment: str = "") -> str:
    """A file, in a conversation or for a picture in a message; its id."""
    place = await team.call("files.getUploadURLExternal", filename=file.name, length=len(file.data))
    try:
        async with team.session.post(place["upload_url"], data=file.data) as answer:
            if answer.status != 200:  # noqa: PLR2004
                raise Unsure(f"upload: status {answer.status}")
    except (aiohttp.ClientError, TimeoutError, OSError) as fault:
        raise Unsure(f"upload: {type(fault).__name__}") from fault
    more = {"channel_id": channel, "initial_comment": comment} if channel else {}
    done = {"id": place["file_id"], "title": file.name}
    await team.call("files.completeUploadExternal", files=[done], **more)
    return str(place["file_id"])
