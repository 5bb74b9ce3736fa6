"""What an answer of Discord means for the outbox: sent, wait, look first, gone, closed, never.

Codes: https://discord.com/developers/docs/topics/opcodes-and-status-codes#json
"""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from json import JSONDecodeError

import aiohttp
import discord

from bot.ports import Closed, Gone, Rejected, Unsure, Wait

CLOSED = {50007, 50278}  # takes no direct messages, shares no server with the bot
GONE = {50001, 50013, 50083}  # no access, no permission, an archived thread
LOST = {10003, 10011}  # the channel and the role of a home
FULL = {30005, 30013}  # the most roles, the most channels
NO_RIGHT = {50001, 50013}
OPENS_TOO_FAST = 40003  # direct messages
ANSWERED = 40060  # the interaction was answered already
TOO_LATE = {10062, 10015}  # the interaction's token is dead
NO_CHANNEL = 10003
NO_GUILD = {10004, 50001}  # unknown, or no access
NO_MEMBER = 10007
NO_MESSAGE = 10008
NO_USER = 10013
ARCHIVED = 50083
BANNED_FOR = 60.0  # seconds, where a refusal by the network in front of Discord names none
OPENINGS_CLOSED_FOR = 600.0  # seconds without opening another direct message
SIGNED_OUT_FOR = 300.0  # seconds: the token was changed; the rows wait until somebody gives the new one


@contextmanager
def translated() -> Iterator[None]:
    """Failures of Discord as those of a port."""
    try:
        yield
    except discord.RateLimited as limited:
        raise Wait(limited.retry_after) from limited
    except discord.DiscordServerError as fault:
        raise Unsure(f"Discord answered {fault.status}") from fault
    except discord.HTTPException as refusal:
        raise meaning(refusal) from refusal
    except (aiohttp.ClientError, TimeoutError, OSError, JSONDecodeError) as lost:  # also half an answer
        raise Unsure(f"no answer from Discord: {type(lost).__name__}") from lost


def meaning(refusal: discord.HTTPException) -> Exception:
    """What a refusal means for the message that was refused."""
    said = f"Discord: {refusal.status}/{refusal.code} {refusal.text}"
    if refusal.status == HTTPStatus.TOO_MANY_REQUESTS:
        if refusal.code == OPENS_TOO_FAST:
            return Wait(max(retry_after(refusal), OPENINGS_CLOSED_FOR), "opening")
        return Wait(retry_after(refusal), "channel" if "Via" in refusal.response.headers else "all")
    if refusal.code == OPENS_TOO_FAST:
        return Wait(OPENINGS_CLOSED_FOR, "opening")
    if refusal.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Unsure(said)
    if refusal.code in CLOSED:
        return Closed(said)
    if refusal.status == HTTPStatus.UNAUTHORIZED:
        return Wait(SIGNED_OUT_FOR, "all")
    if refusal.status == HTTPStatus.NOT_FOUND or refusal.code in GONE:
        return Gone(said)
    return Rejected(said)


def retry_after(refusal: discord.HTTPException) -> float:
    try:
        return float(refusal.response.headers.get("Retry-After") or BANNED_FOR)
    except ValueError:
        return BANNED_FOR
