"""How what people do reaches the bot: over a socket, or as signed requests."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import aiohttp

from tests.slack import payloads
from tests.slack.sockets import NoSocket
from tests.slack.waiting import NotAcknowledged

if TYPE_CHECKING:
    from tests.slack.server import SlackServer
    from tests.slack.teams import Team

Json = dict[str, Any]

RETRIES = 3  # deliveries of an event after the first


@dataclass(frozen=True)
class Ack:
    """How the bot acknowledged: a payload where it sent one, and the status of its answer over HTTP."""

    payload: Json | None = None
    status: int = 200


@dataclass
class Missed:
    """An event that nobody took; Slack tries again."""

    outer: Json
    attempt: int


class Delivery:
    def __init__(self, server: "SlackServer") -> None:
        self.server = server
        self.missed: list[Missed] = []
        self.lost: list[Json] = []  # events given up after three retries
        self.sent: list[tuple[str, Json]] = []  # every payload, with its kind
        self._running: set[asyncio.Task[None]] = set()

    async def interaction(self, kind: str, payload: Json, *, forged: bool = False) -> Ack:
        """A command or an interaction: sent once, answered in time or failed."""
        if self.server.http_target:
            fields = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
            return await self._post(urlencode(fields), "application/x-www-form-urlencoded", forged=forged)
        self.sent.append((kind, payload))
        try:
            return Ack(await self.server.sockets.send(kind, payload))
        except NoSocket as nobody:
            raise NotAcknowledged(f"{payload.get('type') or payload.get('command')}: {nobody}") from nobody

    async def event(self, team: "Team", inner: Json) -> None:
        """An event, as often as `repeat_events` says, and again later when nobody took it."""
        if self.server.subscribed is not None and inner["type"] not in self.server.subscribed:
            return
        inner = {"event_ts": self.server.clock.ts(), **inner}
        outer = payloads.event(team, inner, self.server.new_id("Ev"), self.server.clock.now())
        self.sent.append(("events_api", outer))
        for attempt in range(self.server.repeat_events):
            await self._event(Missed(outer, attempt))

    async def _event(self, one: Missed) -> None:
        reason = "timeout" if one.attempt else ""
        try:
            if self.server.http_target:
                headers = {"X-Slack-Retry-Num": str(one.attempt), "X-Slack-Retry-Reason": "http_timeout"}
                extra = headers if one.attempt else {}
                ack = await self._post(json.dumps(one.outer), "application/json", extra)
                if ack.status >= 300 and not self.server.forged:
                    raise NotAcknowledged(f"{one.outer['event']['type']} was answered with {ack.status}")
            else:
                await self.server.sockets.send("events_api", one.outer, attempt=one.attempt, reason=reason)
        except (NoSocket, aiohttp.ClientConnectionError):
            if one.attempt >= RETRIES:
                self.lost.append(one.outer)
            else:
                self.missed.append(Missed(one.outer, one.attempt + 1))

    async def again(self, draw: Random, times: int) -> int:
        """Deliver what was sent before once more, each up to so many times, in any order, to whichever socket."""
        repeats = [one for one in self.sent for _ in range(draw.randint(0, times))]
        draw.shuffle(repeats)
        for kind, payload in repeats:
            await self.server.sockets.send(kind, payload, attempt=1, reason="timeout")
        return len(repeats)

    async def retry(self) -> None:
        """Sends again what nobody took, as Slack does at once, after one minute and after five."""
        missed, self.missed = self.missed, []
        for one in missed:
            await self._event(one)

    def retry_soon(self) -> None:
        if self.missed:
            self.soon(self.retry())

    def event_soon(self, team: "Team", inner: Json) -> None:
        """An event that follows from a call of the bot: it does not hold up the call's answer."""
        self.soon(self.event(team, inner))

    def soon(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(self._watched(work))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _watched(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except NotAcknowledged as failed:
            self.server.problems.append(str(failed))
        self.server.changes.happened()

    async def settled(self) -> None:
        """Until every event that followed from the bot's calls has been taken."""
        while self._running:
            await asyncio.wait(set(self._running))

    async def close(self) -> None:
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def verify_url(self) -> Ack:
        """What Slack asks when a request URL is entered: the answer has to be the challenge."""
        asked = {"type": "url_verification", "token": payloads.VERIFICATION, "challenge": "a challenge"}
        return await self._post(json.dumps(asked), "application/json")

    async def _post(
        self, body: str, content_type: str, headers: dict[str, str] | None = None, *, forged: bool = False
    ) -> Ack:
        target, at = self.server.http_target, str(int(time.time()))
        if not target:
            raise ValueError("there is no http_target to post to")
        secret = "a wrong secret" if forged or self.server.forged else self.server.signing_secret
        signature = hmac.new(secret.encode(), f"v0:{at}:{body}".encode(), hashlib.sha256).hexdigest()
        signed = {"X-Slack-Request-Timestamp": at, "X-Slack-Signature": f"v0={signature}", "Content-Type": content_type}
        limit = aiohttp.ClientTimeout(total=self.server.ack_within)
        try:
            async with (
                aiohttp.ClientSession(timeout=limit) as session,
                session.post(target, data=body.encode(), headers=signed | (headers or {})) as response,
            ):
                return Ack(read(await response.text(), response.content_type), response.status)
        except TimeoutError:
            raise NotAcknowledged(f"no answer within {self.server.ack_within:g} s") from None


def read(body: str, content_type: str) -> Json | None:
    """An acknowledgement's body: JSON, or the plain text of an answer to a command."""
    if not body:
        return None
    answer = json.loads(body) if content_type == "application/json" else {"text": body}
    return answer if isinstance(answer, dict) else {"text": answer}
