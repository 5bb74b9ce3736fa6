"""Limits: how fast the bot writes.  Platforms say what they take; what they find suspicious is ours to avoid.

Discord takes 50 requests a second of one bot and quarantines bots that open too many direct messages; Slack takes one
message a second in a channel.  Both count per token, so replicas share what one may do.
"""

import asyncio
import random
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import Session

from bot.ports import Port, Wait
from storage.people import Space, openings_since

BURST = 1.0  # seconds' worth of requests that may be made at once
MINUTE = timedelta(minutes=1)


@dataclass(slots=True)
class Limits:
    """What was used of each limit.  Instants of the monotonic clock, since platforms count real time."""

    openings: int = 10  # first direct messages a minute in one chat
    replicas: int = 1  # how many processes share the tokens
    _used: dict[str, float] = field(default_factory=dict)  # by platform: when everything taken so far is paid for
    _closed: dict[tuple[str, ...], float] = field(default_factory=dict)  # until when the platform wants nothing

    def pause(self, port: Port, space: str, channel: str) -> float:
        """Seconds until the platform takes something in this channel."""
        now = time.monotonic()
        told = max(self._closed.get(scope, 0.0) for scope in ((port.platform,), (port.platform, space))) - now
        return max(told, port.pause(space, channel), 0.0)

    def told(self, port: Port, space: str, wait: Wait) -> None:
        """The platform asked to wait; everything under that limit does."""
        now = time.monotonic()
        self._closed = {key: until for key, until in self._closed.items() if until > now}
        match wait.scope:
            case "all":
                self._closed[port.platform,] = now + wait.seconds
            case "space":
                self._closed[port.platform, space] = now + wait.seconds
            case "opening":
                self._closed[port.platform, space, "opening"] = now + wait.seconds
            case "channel":
                pass  # the row waits, and its lane with it

    async def take(self, port: Port, cost: float = 1.0) -> None:
        """Wait for one request's turn under the platform's limit for everything together."""
        now = time.monotonic()
        paid = max(self._used.get(port.platform, 0.0), now) + cost * self.replicas / port.rate
        self._used[port.platform] = paid
        if paid > now + BURST:
            await asyncio.sleep(paid - now - BURST)

    def room(self, port: Port) -> float:
        """How many requests would not have to wait for their turn."""
        ahead = max(self._used.get(port.platform, 0.0) - time.monotonic(), 0.0)
        return max(BURST - ahead, 0.0) * port.rate / self.replicas

    def opening(self, db: Session, space: Space, now: datetime) -> datetime | None:
        """When a first direct message may be tried again; None when it may be sent now."""
        closed = self._closed.get((space.platform, space.ref, "opening"), 0.0)
        if closed < time.monotonic() and openings_since(db, space.id, now - MINUTE) < self.openings:
            return None
        return now + MINUTE * random.uniform(0.5, 1.0)  # so that those who wait do not all come back together
