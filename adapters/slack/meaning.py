"""What Slack's refusals mean for the core: wait, look again, it is gone, they are closed, never."""

from collections.abc import Mapping
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.ports import CannotStart, Closed, Gone, Rejected, Unsure, Wait

TOO_MANY = 429
BROKEN = 500  # and above: whether it was done, nobody knows
WAIT = 10.0  # seconds, when Slack asks to wait and does not say how long

RATE = frozenset({"ratelimited", "rate_limited"})
# the reference of the methods: "some aspect of the operation may have succeeded"
AMBIGUOUS = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout"})
UNINSTALLED = frozenset(
    {"account_inactive", "app_uninstalled", "invalid_auth", "not_authed", "token_expired", "token_revoked"}
)
# and among these, that somebody of the workspace wanted it so
REMOVED = frozenset({"account_inactive", "app_uninstalled", "token_revoked", "tokens_revoked"})
CLOSED = frozenset(
    {"cannot_dm_bot", "messages_tab_disabled", "user_disabled", "user_not_found", "user_not_visible"}
    | {"users_not_found", "cannot_find_user", "team_access_not_granted"}
)
GONE = frozenset(
    {"channel_not_found", "is_archived", "not_in_channel", "user_not_in_channel", "message_not_found"}
    | {"cant_update_message", "edit_window_closed", "thread_not_found", "restricted_action"}
    | {"restricted_action_read_only_channel", "restricted_action_thread_only_channel"}
    | {"restricted_action_non_threadable_channel", "restricted_action_thread_locked", "no_permission"}
)
BAD_BLOCKS = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long"})


class BadToken(CannotStart):
    """Slack does not know a token: somebody has to give another one."""


def meaning(refused: SlackApiError) -> Exception:
    """The port's error for a refusal.  It begins with Slack's own word for it."""
    status, data, headers = read(refused)
    word = str(data.get("error") or f"status {status}")
    if status == TOO_MANY or word in RATE:
        return Wait(seconds(headers))
    if status >= BROKEN or status == 0 or word in AMBIGUOUS:
        return Unsure(word)
    if word in CLOSED:
        return Closed(word)
    if word in GONE:
        return Gone(word)
    if word == "missing_scope":
        return Rejected(f"{word}: {data.get('needed', '')}")
    return Rejected(f"{word}: {details(data)}" if details(data) else word)


def read(refused: SlackApiError) -> tuple[int, Mapping[str, Any], Mapping[str, str]]:
    """Status, body and headers; an answer that could not be read has no status."""
    response = refused.response
    if not isinstance(response, AsyncSlackResponse):
        return 0, {}, {}
    data = response.data if isinstance(response.data, dict) else {}
    return response.status_code, data, response.headers


def seconds(headers: Mapping[str, str]) -> float:
    found = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    return float(found) if found.isdigit() else WAIT


def details(data: Mapping[str, Any]) -> str:
    """Where exactly a payload was wrong, without what it said."""
    metadata = data.get("response_metadata")
    messages = metadata.get("messages") if isinstance(metadata, dict) else None
    return "; ".join(map(str, messages))[:500] if isinstance(messages, list) else ""


def word_of(error: Exception) -> str:
    """Slack's own word."""
    return str(error).partition(":")[0]
