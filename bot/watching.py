"""A call seen from outside: for the log, the metrics and the audit, in ids and outcomes, never in words."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from sqlmodel import Session

from bot import logs, metrics
from bot.actions import Action
from bot.calls import Call
from bot.text import ChannelRef
from bot.times import When

T = TypeVar("T")
log = logging.getLogger(__name__)

DETAIL_MAX = 200  # characters of the audit


@dataclass(slots=True)
class Watched:
    """What is known of a call so far; whoever handles it fills in the rest."""

    action: str = "unknown"  # unless there is one of this name: what stands in a link may be made up
    community: str = ""
    outcome: str = "done"  # or asked, repeated, refused, denied, failed

    def inside(self, work: Callable[[Session], T]) -> Callable[[Session], T]:
        """The work of the transaction, timed, and with this call's ids in its own records."""

        def timed(db: Session) -> T:
            with metrics.handler_seconds.time():
                return work(db)

        return logs.carrying(timed)


@contextmanager
def watched(call: Call) -> Iterator[Watched]:
    """Tell how a call ended."""
    seen, began = Watched(), time.perf_counter()
    with logs.about(platform=call.account.platform, call=call.key):
        yield seen
        seconds = time.perf_counter() - began
        metrics.calls.labels(seen.action, seen.outcome).inc()
        metrics.answer_seconds.observe(seconds)
        if seen.outcome == "repeated":
            metrics.inbox_duplicates.labels(call.account.platform).inc()
        told = {"community": seen.community, "action": seen.action, "outcome": seen.outcome}
        log.info("call", extra={**told, "seconds": round(seconds, 4)})


def concerning(action: Action, answers: Mapping[str, object]) -> str:
    """Whom and what a change concerned, for the audit: ids, choices and times, never what people wrote."""
    told = {p.name: answers[p.name] for p in action.asked if p.kind != "text" and p.name in answers}
    return " ".join(f"{name}={in_short(value)}" for name, value in told.items())[:DETAIL_MAX]


def in_short(value: object) -> object:
    """A record by its id, a channel by its reference, a time as an instant: a reading carries what was typed."""
    match value:
        case list():
            return ",".join(str(in_short(item)) for item in value)
        case ChannelRef(ref=ref):
            return ref
        case When(at=at):
            return at.isoformat()
        case _:
            return getattr(value, "id", value)
