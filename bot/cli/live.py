"""Asking the platforms whether a token is right, whose it is, and what it may do.  It changes nothing there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import aiohttp

PATIENCE = aiohttp.ClientTimeout(total=10)  # seconds
AGENT = "DiscordBot (commonplace, 1)"  # Discord refuses requests without one of this form
MEMBERS_INTENT = 1 << 14 | 1 << 15  # application flags: granted by Discord, or switched on where there are few servers
SLACK_SAYS = {
    "invalid_auth": "Slack does not know this token. Copy it again",
    "not_authed": "Slack does not know this token. Copy it again",
    "token_revoked": "the token was revoked. Install the app again",
    "token_expired": "the token has expired. Install the app again, without token rotation",
    "account_inactive": "the app was removed from the workspace. Install it again",
    "not_allowed_token_type": "this is a token of another kind",
    "missing_scope": "the token lacks the scope connections:write. Make another app-level token with it",
}


class Refused(Exception):
    """A platform said no, or nothing; as a string, a sentence with what to do."""


@dataclass(frozen=True, slots=True)
class DiscordBot:
    """Whose token it is, and what Discord grants it."""

    name: str
    application_id: str
    members_intent: bool
    servers: tuple[str, ...]  # some of them
    skew: float  # seconds that this machine's clock is ahead


@dataclass(frozen=True, slots=True)
class SlackBot:
    """Whose token it is, and what Slack grants it."""

    name: str
    team: str
    scopes: frozenset[str]
    skew: float


@asynccontextmanager
async def asking(platform: str) -> AsyncIterator[aiohttp.ClientSession]:
    """A session whose failures are sentences."""
    try:
        async with aiohttp.ClientSession(timeout=PATIENCE) as session:
            yield session
    except TimeoutError as error:
        raise Refused(f"{platform} did not answer within {PATIENCE.total:.0f} seconds. Look at the network") from error
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise Refused(f"{platform} cannot be reached ({error}). Look at the network, and at the api setting") from error


async def ask_discord(api: str, token: str) -> DiscordBot:
    """Identity, application and servers of a bot token."""
    headers = {"Authorization": f"Bot {token}", "User-Agent": AGENT}
    base = api.rstrip("/")

    async def get(session: aiohttp.ClientSession, path: str) -> tuple[Any, float]:
        async with session.get(f"{base}{path}", headers=headers) as answer:
            if answer.status == HTTPStatus.UNAUTHORIZED:
                raise Refused(
                    "Discord does not know this token. Copy it again from the developer portal: your application, Bot, "
                    "Reset Token"
                )
            if answer.status != HTTPStatus.OK:
                raise Refused(f"Discord answered {answer.status} to {path}. Try again in a while")
            return await answer.json(content_type=None), skew_of(answer)

    async with asking("Discord") as session:
        me, skew = await get(session, "/users/@me")
        application, _ = await get(session, "/oauth2/applications/@me")
        guilds, _ = await get(session, "/users/@me/guilds")
    return DiscordBot(
        name=str(me["username"]),
        application_id=str(application["id"]),
        members_intent=bool(int(application.get("flags") or 0) & MEMBERS_INTENT),
        servers=tuple(str(guild["name"]) for guild in guilds),
        skew=skew,
    )


async def ask_slack(api: str, token: str) -> SlackBot:
    """Identity and scopes of a bot token."""
    answer, scopes, skew = await call_slack(api, "auth.test", token)
    granted = frozenset(scope.strip() for scope in scopes.split(",") if scope.strip())
    return SlackBot(str(answer.get("user", "")), str(answer.get("team", "")), granted, skew)


async def ask_slack_socket(api: str, app_token: str) -> None:
    """Whether an app-level token opens a socket.  The address that comes back is not used."""
    await call_slack(api, "apps.connections.open", app_token)


async def call_slack(api: str, method: str, token: str) -> tuple[dict[str, Any], str, float]:
    """One method's answer, the scopes of the token, and the clock's difference."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/x-www-form-urlencoded"}
    async with (
        asking("Slack") as session,
        session.post(f"{api.rstrip('/')}/{method}", headers=headers) as answer,
    ):
        if answer.status != HTTPStatus.OK:
            raise Refused(f"Slack answered {answer.status} to {method}. Try again in a while")
        body: dict[str, Any] = await answer.json(content_type=None)
        if not body.get("ok"):
            error = str(body.get("error"))
            raise Refused(SLACK_SAYS.get(error, f"Slack says {error}"))
        return body, answer.headers.get("x-oauth-scopes", ""), skew_of(answer)


def skew_of(answer: aiohttp.ClientResponse) -> float:
    """How far this machine's clock is ahead of the platform's; whole seconds, as the Date header tells."""
    told = answer.headers.get("Date")
    return 0.0 if told is None else (datetime.now(UTC) - parsedate_to_datetime(told)).total_seconds()
