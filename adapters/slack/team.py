"""One workspace: its token, its people, its channels, and every call of the Web API."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.meaning import REMOVED, UNINSTALLED, BadToken, meaning, read
from adapters.slack.people import People
from bot.ports import Rejected, Unsure, Wait

Json = dict[str, Any]
T = TypeVar("T")

log = logging.getLogger(__name__)

UNINSTALLED_WAIT = 3600.0  # seconds: what waits for a workspace that removed the app is kept, and nobody is called
PATIENCE = 3  # times that an answer to a person waits for Slack
PATIENCE_SECONDS = 30.0
PAGE = 200  # channels a page; Slack recommends no more


@dataclass(slots=True, eq=False)
class Team:
    """A workspace with the app installed."""

    client: AsyncWebClient
    session: aiohttp.ClientSession
    front_desk: str = "welcome"  # name or id of the channel whose newcomers are greeted
    id: str = ""
    name: str = ""
    url: str = ""
    user: str = ""  # the bot's own account
    bot: str = ""
    channels: dict[str, str] = field(default_factory=dict)  # names by id
    conversations: dict[str, str] = field(default_factory=dict)  # direct messages by person
    uninstalled: bool = False
    spoke: dict[str, float] = field(default_factory=dict)  # when something was last posted, by channel
    removed: bool = False  # by somebody of the workspace; a token that is only wrong is not that
    people: People = field(init=False)
    locks: dict[str, asyncio.Lock] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.people = People(self.call)

    async def call(self, method: str, **arguments: Any) -> Json:
        """One method of the Web API.  Whatever goes wrong is one of the port's errors."""
        if self.uninstalled:
            raise Wait(UNINSTALLED_WAIT, "space")
        ask: Callable[..., Awaitable[Any]] = getattr(self.client, method.replace(".", "_"))
        try:
            answer = await ask(**arguments)
        except SlackApiError as refused:
            if read(refused)[1].get("error") in UNINSTALLED:
                self.uninstall(str(read(refused)[1]["error"]))
            raise meaning(refused) from refused
        except (aiohttp.ClientError, TimeoutError, OSError) as fault:
            raise Unsure(f"{method}: {type(fault).__name__}") from fault
        data = answer.data
        return data if isinstance(data, dict) else {}

    def uninstall(self, how: str) -> None:
        """The token is worth nothing any more: nothing is sent until somebody gives a new one."""
        if not self.uninstalled:
            log.error("workspace %s: the bot's token is not accepted (%s); install the app again", self.id, how)
        self.uninstalled = True
        self.removed = self.removed or how in REMOVED

    async def greet(self) -> None:
        """Who we are here.  Raises BadToken when the token is not valid."""
        try:
            me = await self.call("auth.test")
        except Rejected as no:
            if self.uninstalled:
                raise BadToken(f"Slack does not accept a bot token ({no}). It begins with xoxb-.") from no
            raise
        self.id, self.name, self.url = me["team_id"], me.get("team", ""), me.get("url", "")
        self.user, self.bot = me.get("user_id", ""), me.get("bot_id", "")
        self.people.team = self.id

    async def look_around(self) -> dict[str, str]:
        """The channels that the bot can see, their names by id."""
        found = await self.pages("conversations.list", "channels", types=["public_channel", "private_channel"])
        self.channels = {c["id"]: c["name"] for c in found if c.get("name") and not c.get("is_archived")}
        return self.channels

    async def pages(self, method: str, what: str, most: int = 500, **arguments: Any) -> list[Any]:
        """All items of a list that comes in pages; a list that does not end is none."""
        found: list[Any] = []
        cursor = ""
        for _ in range(most):
            after = {"cursor": cursor} if cursor else {}
            answer = await patiently(partial(self.call, method, limit=PAGE, **after, **arguments))
            found += answer.get(what) or []
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return found
        raise Rejected(f"{method}: more than {most} pages")

    async def direct(self, user: str) -> str:
        """The conversation with a person."""
        if user not in self.conversations:
            answer = await self.call("conversations.open", users=[user])
            self.conversations[user] = str(answer["channel"]["id"])
        return self.conversations[user]

    def is_front_desk(self, channel: str) -> bool:
        return self.front_desk in (channel, self.channels.get(channel)) if self.front_desk else False

    def lock(self, what: str) -> asyncio.Lock:
        """One at a time: some of Slack's lists can only be replaced as a whole."""
        return self.locks.setdefault(what, asyncio.Lock())


async def patiently(ask: Callable[[], Awaitable[T]]) -> T:
    """Ask again when Slack asks to wait; for what a person waits for, and what has no row in the outbox."""
    for left in range(PATIENCE, -1, -1):
        try:
            return await ask()
        except Wait as wait:
            if not left or wait.seconds > PATIENCE_SECONDS:
                raise
            await asyncio.sleep(wait.seconds)
    raise AssertionError("the last round returns or raises")
