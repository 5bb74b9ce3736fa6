"""Quota: how much one person may ask for, so that nobody takes the bot from everybody else."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

from bot.calls import AccountRef, Outcome
from bot.cards import Card, Prose
from bot.effects import Reply
from bot.text import Reader, say

BURST = 2.0  # minutes' worth of calls that may come at once: filling in a form and correcting it takes a dozen
TYPING = 0.25  # of a call: suggestions are asked for with every letter or two
REMEMBERED = 10_000  # people; who was forgotten has waited longer than everybody who was not


@dataclass(slots=True)
class Bucket:
    """What somebody may still ask for, and when that was true."""

    left: float
    at: float


class Quota:
    """A token bucket for each person, in memory: it is asked before anything else is done."""

    def __init__(self, calls_per_minute: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._most = calls_per_minute / 60, calls_per_minute * BURST
        self._clock = clock
        self._buckets: OrderedDict[tuple[str, str, str], Bucket] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def wait(self, who: AccountRef, cost: float = 1.0) -> float:
        """Take a call; 0 when it may go on, else the seconds until it might."""
        now, key = self._clock(), (who.platform, who.space, who.user)
        bucket = self._buckets.setdefault(key, Bucket(self._most, now))
        self._buckets.move_to_end(key)
        if len(self._buckets) > REMEMBERED:
            self._buckets.popitem(last=False)
        bucket.left = min(self._most, bucket.left + (now - bucket.at) * self._rate)
        bucket.at = now
        if bucket.left < cost:
            return (cost - bucket.left) / self._rate
        bucket.left -= cost
        return 0.0


def too_much(account: AccountRef, seconds: float) -> Outcome:
    """Somebody asks for more than their share; nothing was done, and nothing was even looked up."""
    text = say("That was a lot at once. I did nothing this time; please try again in {n} seconds.", n=ceil(seconds))
    return Outcome((Reply(Card(blocks=(Prose(text),), tone="watch")),), Reader(account.locale or "en"))
