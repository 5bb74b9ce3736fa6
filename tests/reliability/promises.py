"""What the bot has promised so far, as the people know it: by what it answered them, and by nothing else."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from tests.reliability.drill import Batch, Item


@dataclass(slots=True)
class Promise:
    """One message that somebody was told is planned."""

    item: Item
    lane: str
    planned: datetime | None = None  # when the bot said so
    cancelling: bool = False  # somebody asked for it, and nobody knows yet
    cancelled: datetime | None = None
    cancelled_in: int = 0  # the life that said so
    asked_version: int = 1
    version: int = 1  # that the bot said it shows


@dataclass(slots=True)
class Ballot:
    """What one person was told of their vote."""

    counted: str = ""
    since: list[str] = field(default_factory=list)  # tried later, without an answer: any of them may have counted

    @property
    def possible(self) -> set[str]:
        return {self.counted, *self.since} - {""}


@dataclass(slots=True)
class Promises:
    """Everything in one world."""

    items: dict[str, Promise] = field(default_factory=dict)
    asked: dict[str, tuple[Batch, str]] = field(default_factory=dict)  # batches without an answer yet, and their place
    ballots: dict[int, Ballot] = field(default_factory=dict)

    def asking(self, batch: Batch, place: str) -> None:
        self.asked[str(batch)] = (batch, place)

    def planned(self, batch: Batch, lane: str, at: datetime) -> None:
        """The bot answered that these will be sent."""
        del self.asked[str(batch)]
        for item in batch.items:
            promise = Promise(item, item.person or lane, at)
            self.items[item.id] = promise

    def open(self, shown: set[str]) -> Iterator[Promise]:
        """What has to become visible yet."""
        for promise in self.items.values():
            silent = promise.cancelled or promise.cancelling or promise.item.expires
            if promise.item.id not in shown and not silent:
                yield promise
