"""Gaps: Slack repeats an event for some minutes and to any socket, but not for as long as nobody may have listened."""

import asyncio
from collections.abc import Awaitable, Callable

GAP_SECONDS = 5.0  # without any socket; a change of sockets takes one or two
LOOK_SECONDS = 1.0


class Gaps:
    """Counts how long nobody listened.  ``missed`` is called when somebody does again after too long."""

    def __init__(self, missed: Callable[[], None], longest: float = GAP_SECONDS) -> None:
        self._missed, self._longest = missed, longest
        self._heard: float | None = None

    def look(self, now: float, *, connected: bool) -> None:
        """At this moment."""
        if not connected:
            return
        if self._heard is not None and now - self._heard > self._longest:
            self._missed()
        self._heard = now

    async def watch(self, connected: Callable[[], Awaitable[bool]]) -> None:
        """Look for ever."""
        clock = asyncio.get_running_loop().time
        while True:
            self.look(clock(), connected=await connected())
            await asyncio.sleep(LOOK_SECONDS)
