"""Trouble on purpose: refusals, delays, rate limits, lost connections and requests held back."""

import asyncio
import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from tests.discord.problems import KNOWN, Refused
from tests.discord.shapes import Json


def matcher(pattern: str) -> re.Pattern[str]:
    """A pattern such as "POST /channels/*/messages"; a star is one step of a path."""
    return re.compile("[^/ ]+".join(re.escape(part) for part in pattern.split("*")))


@dataclass(eq=False)
class Hold:
    """Requests that wait; `reached` says that one came, `release` lets them and all later ones go on."""

    reached_event: asyncio.Event = field(default_factory=asyncio.Event)
    open: asyncio.Event = field(default_factory=asyncio.Event)

    async def reached(self) -> None:
        await self.reached_event.wait()

    def release(self) -> None:
        self.open.set()


@dataclass(eq=False)
class Fault:
    """What happens to the next requests that match."""

    pattern: re.Pattern[str]
    times: int
    status: int | None = None
    code: int | None = None
    retry_after: float | None = None
    everywhere: bool = False
    via: bool = True
    drop: Literal["before", "after"] | None = None
    delay: float = 0
    hold: Hold | None = None
    stored: bool = False  # the request has its effect although the answer is a bad one
    cut_short: bool = False  # the answer is half of what it should be
    lag: float = 0  # seconds between the effect and the answer

    async def wait(self) -> None:
        if self.delay:
            await asyncio.sleep(self.delay)
        if self.hold:
            self.hold.reached_event.set()
            await self.hold.open.wait()

    @property
    def spoils(self) -> str:
        """How the bot's view of the answer is spoilt, where the request had its effect or may have had it."""
        if self.drop:
            return "no answer" if self.lag else "reset"
        if self.cut_short:
            return "cut short"
        return str(self.status) if (self.status or 0) >= 500 else ""

    def refusal(self) -> Refused | None:
        if self.status is None and self.code is None:
            return None
        status = self.status or KNOWN[self.code or 0][0]
        return refusal(status, self.code or 0, self.retry_after, everywhere=self.everywhere)


def refusal(status: int, code: int, retry_after: float | None, *, everywhere: bool = False) -> Refused:
    refused = Refused(code, status=status, message="" if code else f"{status}: simulated")
    if status == 429:
        limits: Json = {"retry_after": 0.05 if retry_after is None else retry_after, "global": everywhere}
        refused.body |= limits
        refused.body["message"] = refused.body["message"] if code else "You are being rate limited."
    return refused


@dataclass(eq=False)
class Limit:
    """So many requests per time, as a real rate limit bucket."""

    pattern: re.Pattern[str]
    requests: int
    per: float
    now: Callable[[], float]
    times: deque[float] = field(default_factory=deque)

    def take(self) -> tuple[int, float]:
        """How many are left after this one, negative if it was one too many, and when the bucket is whole again."""
        now = self.now()
        while self.times and self.times[0] <= now - self.per:
            self.times.popleft()
        left = self.requests - len(self.times) - 1
        if left >= 0:
            self.times.append(now)
        return left, self.times[0] + self.per - now


class Faults:
    """Every fault that a test asked for; each is used up by the requests that it meets."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._limits: list[Limit] = []
        self.weather: Callable[[str], Fault | None] | None = None  # asked where no fault was ordered

    def next(
        self,
        pattern: str,
        *,
        times: int = 1,
        status: int | None = None,
        code: int | None = None,
        retry_after: float | None = None,
        everywhere: bool = False,
        via: bool = True,
        drop: Literal["before", "after"] | None = None,
        delay: float = 0,
        stored: bool = False,
        cut_short: bool = False,
        lag: float = 0,
    ) -> None:
        """Trouble for the next requests: an answer by status or error code, a lost connection, or a delay.

        `drop="before"` closes the connection without doing anything, `drop="after"` when all is done but the answer.
        `everywhere` makes a 429 global; `via=False` makes it look like a ban by the network in front of Discord.
        `stored` does the work and then answers as badly as said; `cut_short` answers with half of the JSON.
        """
        fault = Fault(
            matcher(pattern), times, status, code, retry_after, everywhere, via, drop, delay,
            stored=stored, cut_short=cut_short, lag=lag,
        )  # fmt: skip
        self._faults.append(fault)

    def hold(self, pattern: str) -> Hold:
        """Keep requests waiting until the hold is released."""
        hold = Hold()
        self._faults.append(Fault(matcher(pattern), times=1_000_000, hold=hold))
        return hold

    def limit(self, pattern: str, requests: int, per: float) -> None:
        """A rate limit that is told in the headers and enforced."""
        self._limits.append(Limit(matcher(pattern), requests, per, asyncio.get_running_loop().time))

    def clear(self) -> None:
        """No more trouble; what is held goes on."""
        for fault in self._faults:
            if fault.hold:
                fault.hold.release()
        self._faults.clear()
        self.weather = None
        self._limits.clear()

    def take(self, what: str) -> Fault | None:
        for fault in self._faults:
            if fault.pattern.fullmatch(what):
                fault.times -= 1
                if not fault.times:
                    self._faults.remove(fault)
                return fault
        return self.weather(what) if self.weather else None

    def bucket(self, what: str) -> Limit | None:
        return next((limit for limit in self._limits if limit.pattern.fullmatch(what)), None)
