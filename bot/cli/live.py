"""Asking the platforms whether a token is right, whose it is, and what it may do.  It changes nothing there."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import aiohttp

Json = dict[str, Any]
Get = Callable[[str], Awaitable[tuple[Any, float]]]

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
    user_id: str
    application_id: str
    members_intent: bool
    guilds: tuple[Json, ...]  # some of them
    skew: float  # seconds that this machine's clock is ahead

    @property
    def servers(self) -> list[str]:
        return [str(guild["name"]) for guild in self.guilds]


@dataclass(frozen=True, slots=True)
class DiscordGuild:
    """A server as the bot finds it."""

    id: str
    name: str
    roles: list[Json]
    channels: dict[str, Json]  # by id; threads are not among them
    mine: frozenset[str]  # the bot's roles


@dataclass(frozen=True, slots=True)
class DiscordRegistry:
    """What Discord keeps about the bot: its commands, and how often it may still begin a session today."""

    commands: list[Json]
    sessions_left: int
    sessions_a_day: int


@dataclass(frozen=True, slots=True)
class SlackBot:
    """Whose token it is, and what Slack grants it."""

    name: str
    team: str
    team_id: str
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


@asynccontextmanager
async def asking_discord(api: str, token: str) -> AsyncIterator[Get]:
    """What gets a path: the answer, and how far this machine's clock is ahead."""
    headers = {"Authorization": f"Bot {token}", "User-Agent": AGENT}
    base = api.rstrip("/")

    async with asking("Discord") as session:

        async def get(path: str) -> tuple[Any, float]:
            async with session.get(f"{base}{path}", headers=headers) as answer:
                if answer.status == HTTPStatus.UNAUTHORIZED:
                    raise Refused(
                        "Discord does not know this token. Copy it again from the developer portal: your application, "
                        "Bot, Reset Token"
                    )
                if answer.status != HTTPStatus.OK:
                    raise Refused(f"Discord answered {answer.status} to {path}. Try again in a while")
                return await answer.json(content_type=None), skew_of(answer)

        yield get


async def ask_discord(api: str, token: str) -> DiscordBot:
    """Identity, application and servers of a bot token."""
    async with asking_discord(api, token) as get:
        me, skew = await get("/users/@me")
        application, _ = await get("/oauth2/applications/@me")
        guilds, _ = await get("/users/@me/guilds")
    return DiscordBot(
        name=str(me["username"]),
        user_id=str(me["id"]),
        application_id=str(application["id"]),
        members_intent=bool(int(application.get("flags") or 0) & MEMBERS_INTENT),
        guilds=tuple(guilds),
        skew=skew,
    )


async def ask_discord_registry(api: str, token: str, application: str) -> DiscordRegistry:
    async with asking_discord(api, token) as get:
        commands, _ = await get(f"/applications/{application}/commands?with_localizations=true")
        gateway, _ = await get("/gateway/bot")
    limit = gateway.get("session_start_limit") or {}
    total = int(limit.get("total") or 0)
    return DiscordRegistry(commands, int(limit.get("remaining", total)), total)


async def ask_discord_guild(api: str, token: str, guild: Json, me: str) -> DiscordGuild:
    """Roles and channels of one server, and the bot's place in it."""
    ref = str(guild["id"])
    async with asking_discord(api, token) as get:
        roles, _ = await get(f"/guilds/{ref}/roles")
        channels, _ = await get(f"/guilds/{ref}/channels")
        member, _ = await get(f"/guilds/{ref}/members/{me}")
    by_id = {str(channel["id"]): channel for channel in channels}
    return DiscordGuild(ref, str(guild["name"]), roles, by_id, frozenset(map(str, member["roles"])))


async def ask_slack(api: str, token: str) -> SlackBot:
    """Identity and scopes of a bot token."""
    answer, scopes, skew = await call_slack(api, "auth.test", token)
    granted = frozenset(scope.strip() for scope in scopes.split(",") if scope.strip())
    name, team, team_id = (str(answer.get(key, "")) for key in ("user", "team", "team_id"))
    return SlackBot(name, team, team_id, granted, skew)


async def ask_slack_channel(api: str, token: str, channel: str) -> Json | None:
    """A channel as the bot sees it; None when it does not."""
    try:
        answer, _, _ = await call_slack(api, "conversations.info", token, channel=channel)
    except Refused as no:
        if "channel_not_found" in str(no):
            return None
        raise
    return dict(answer["channel"])


async def ask_slack_socket(api: str, app_token: str) -> None:
    """Whether an app-level token opens a socket.  The address that comes back is not used."""
    await call_slack(api, "apps.connections.open", app_token)


async def call_slack(api: str, method: str, token: str, **fields: str) -> tuple[dict[str, Any], str, float]:
    """One method's answer, the scopes of the token, and the clock's difference."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/x-www-form-urlencoded"}
    async with (
        asking("Slack") as session,
        session.post(f"{api.rstrip('/')}/{method}", headers=headers, data=fields) as answer,
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
