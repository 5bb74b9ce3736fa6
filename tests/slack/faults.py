"""What can go wrong between the bot and Slack, said in advance by a test."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

Json = dict[str, Any]

UNCERTAIN = {"internal_error", "fatal_error"}  # of which Slack says that some of it may have succeeded


class Gate:
    """Holds one request until the test lets it pass."""

    def __init__(self) -> None:
        self.arrived = asyncio.Event()
        self._open = asyncio.Event()

    def release(self) -> None:
        self._open.set()

    async def passed(self) -> None:
        self.arrived.set()
        await self._open.wait()


@dataclass
class Fault:
    """One way to fail.  `stored` says whether the call has its effect although its answer is bad."""

    method: str
    times: int
    where: Callable[[Json], bool] | None = None
    status: int = 200
    error: str = ""
    retry_after: int | None = None
    drop: Literal["", "before", "after"] = ""
    body: str | None = None
    stored: bool = False
    delay: float = 0
    gate: Gate | None = None
    lag: float = 0  # seconds between the effect and the end of the connection

    @property
    def spoils(self) -> str:
        """How the bot's view of the answer is spoilt, where the call had its effect or may have had it."""
        if self.drop:
            return "no answer" if self.lag else "reset"
        if self.body is not None:
            return "cut short"
        return (self.error or str(self.status)) if self.status >= 500 or self.error in UNCERTAIN else ""

    @property
    def answers(self) -> bool:
        """Whether it replaces the answer; a delay or a gate alone does not."""
        return bool(self.error or self.drop or self.body is not None or self.status != 200)

    @property
    def effective(self) -> bool:
        """Whether the call does its work all the same."""
        return self.stored or self.drop == "after" or not self.answers


@dataclass
class Faults:
    """Faults in the order they were asked for.  `"*"` is any method; `"response_url"` and `"upload"` are some too."""

    waiting: list[Fault] = field(default_factory=list)
    weather: Callable[[str, Json], Fault | None] | None = None  # asked where no fault was ordered

    def next(self, method: str, *, times: int = 1, **how: Any) -> None:
        """The next call of a method fails: status=, error=, retry_after=, drop=, body=, stored=, delay=, where=."""
        if how.get("status") == 429:
            how.setdefault("error", "ratelimited")
            how.setdefault("retry_after", 1)
        self.waiting.append(Fault(method, times, **how))

    def always(self, method: str, **how: Any) -> None:
        """Every call fails, until `clear`."""
        self.next(method, times=10**9, **how)

    def hold(self, method: str, *, where: Callable[[Json], bool] | None = None) -> Gate:
        """The next call waits before it has any effect: `await gate.arrived.wait()`, then `gate.release()`."""
        gate = Gate()
        self.waiting.append(Fault(method, 1, where=where, gate=gate))
        return gate

    def clear(self) -> None:
        self.waiting.clear()
        self.weather = None

    def take(self, method: str, arguments: Json) -> Fault | None:
        for fault in self.waiting:
            if fault.method in (method, "*") and (fault.where is None or fault.where(arguments)):
                fault.times -= 1
                if fault.times <= 0:
                    self.waiting.remove(fault)
                return fault
        return self.weather(method, arguments) if self.weather else None
