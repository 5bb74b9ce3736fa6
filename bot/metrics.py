"""What the bot counts and times about itself, for /metrics and benchmarks: numbers of the process, never of a person.

Labels are of few values, written in the code: a platform, an outcome, an action.  No ids, no names.
"""

import time
from collections import deque
from collections.abc import Callable
from functools import partial

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)

TEN_MINUTES = 600.0  # seconds: Discord bans an address for 10,000 refused requests in as much
DAY = 86_400.0  # seconds: Discord counts a bot's IDENTIFYs over as much, and resets the token beyond 1,000

FAST = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
LATE = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0, 3600.0, 21_600.0, 86_400.0)
GROUPS = (1, 2, 4, 8, 16, 32, 64)

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second line for each, which nobody asks for
registry = CollectorRegistry()
counter = partial(Counter, namespace="commonplace", registry=registry)
gauge = partial(Gauge, namespace="commonplace", registry=registry)
histogram = partial(Histogram, namespace="commonplace", registry=registry)


class Recently:
    """How often something happened within the last so many seconds."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._clock = seconds, clock
        self._at: deque[float] = deque()

    def happened(self) -> None:
        self._at.append(self._clock())
        self.count()  # so that it cannot grow for ever where nobody reads it

    def count(self) -> float:
        while self._at and self._at[0] <= self._clock() - self._seconds:
            self._at.popleft()
        return float(len(self._at))


class Beat:
    """When something that comes round again and again did so last."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last: float | None = None

    def beat(self) -> None:
        self._last = self._clock()

    def rest(self) -> None:
        """It comes round no more, until it begins anew."""
        self._last = None

    def age(self) -> float | None:
        """Seconds since then; None before the first time, and after the last."""
        return None if self._last is None else self._clock() - self._last


# The outbox.  ``dispatcher.beat()`` at the begin of each round, whatever becomes of it.
dispatcher = Beat()
outbox_pending = gauge("outbox_pending", "Rows that are due and not yet sent.")
outbox_oldest_due = gauge("outbox_oldest_due_seconds", "How long the oldest of them has been due: the one to alarm on.")
outbox_planned = gauge("outbox_planned", "Rows for later.")
delivery_lateness = histogram(
    "delivery_lateness_seconds", "From when a message was due until a platform had it.", buckets=LATE
)
deliveries = counter(
    "delivery", "Attempts, by what became of them: sent, waits, unsure, gone, …", ["outcome", "platform"]
)
ambiguous = counter(
    "ambiguous",
    "Attempts without an answer, by how it ended: found (had arrived), repeated, held.",
    ["resolution"],
)
dead_letters = gauge("dead_letters", "Messages that could not be delivered and wait for a coordinator's decision.")
held = gauge("held", "Messages that wait for a person, since nobody can tell whether they arrived.")

# What people do.
calls = counter(
    "calls",
    "Calls of actions, by how they ended: done, asked, refused, denied, repeated, failed.",
    ["action", "outcome"],
)
handler_seconds = histogram("handler_seconds", "A handler in its transaction, without the commit.", buckets=FAST)
answer_seconds = histogram(
    "answer_seconds", "From a call to its outcome, with the wait for the writer and the commit.", buckets=FAST
)
inbox_duplicates = counter("inbox_duplicates", "Deliveries of what was known already.", ["source"])

# The database.
commit_seconds = histogram("db_commit_seconds", "Durable commits.", buckets=FAST)
commit_writes = histogram("db_commit_writes", "Writes that one commit carried.", buckets=GROUPS)
write_queue = gauge("db_write_queue", "Writes that waited at the begin of the last commit.")
unavailable = counter("db_unavailable", "Calls for which people were told that nothing could be saved.")
backup_taken = gauge("backup_timestamp_seconds", "When the newest checked backup was taken, in seconds since 1970.")

# The platforms.  ``invalid_requests(platform)``, ``identified()``: call them when it happens.
connected = gauge(
    "platform_connected", "1 while there is a connection over which a platform tells us things.", ["platform"]
)
gateway_resumes = counter("gateway_resumes", "Sessions of Discord's gateway that were taken up again.")
rate_limited = counter("rate_limited", "Answers that said: too many requests.", ["platform"])
requests = counter("requests", "Requests to a platform, by the class of the answer.", ["platform", "status"])
_invalid: dict[str, Recently] = {}
_invalid_gauge = gauge("invalid_requests_10m", "Answers 401, 403 and 429 of the last ten minutes.", ["platform"])
_identifies = Recently(DAY)
gauge("identify_today", "IDENTIFYs of this process within 24 hours.").set_function(_identifies.count)

# The process.
loop_lag = histogram("loop_lag_seconds", "How late the event loop woke who asked to be woken.", buckets=FAST)
build = gauge("build_info", "Always 1; the version is its label.", ["version"])


def invalid_request(platform: str) -> None:
    """A platform answered 401, 403 or 429."""
    if platform not in _invalid:
        _invalid[platform] = Recently(TEN_MINUTES)
        _invalid_gauge.labels(platform).set_function(_invalid[platform].count)
    _invalid[platform].happened()


def identified() -> None:
    """A session of Discord's gateway was begun anew."""
    _identifies.happened()


def committed(writes: int, seconds: float, waiting: int) -> None:
    """So many writes became durable together, in so many seconds, while so many others waited."""
    commit_seconds.observe(seconds)
    commit_writes.observe(writes)
    write_queue.set(waiting)


def value(name: str, **labels: str) -> float:
    """One number, by the name that /metrics has for it; 0 when nothing was counted yet."""
    return registry.get_sample_value(f"commonplace_{name}", labels) or 0.0


def exposition() -> bytes:
    """Everything, as Prometheus reads it."""
    return generate_latest(registry)
