"""Slack's limit on messages: one a second in a channel, with short bursts allowed."""

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.slack.asked import TooFast

if TYPE_CHECKING:
    from tests.slack.teams import Channel

BURST = 5  # messages that may come at once, in as many seconds


class Pace:
    """Limits nothing until a test says so."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._posted: dict[str, deque[float]] = {}
        self.kept = False

    def keep(self, channel: "Channel") -> None:
        """Raise when this channel gets too much at once."""
        if not self.kept:
            return
        posted, now = self._posted.setdefault(channel.id, deque()), self._now()
        while posted and posted[0] <= now - BURST:
            posted.popleft()
        if len(posted) >= BURST:
            raise TooFast(posted[0] + BURST - now)
        posted.append(now)
