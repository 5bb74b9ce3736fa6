"""A community that is there already: people, polls with votes, and their cards in a channel."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session, SQLModel

from bot.actions import Feature, Link
from bot.calls import AccountRef, Call, Spot
from bot.engine import Engine
from bot.features import find_features
from bot.features.polls.voting import show_card, vote
from storage.outbox import SENT, Outbox
from storage.people import Account, Community, Member, Space
from storage.places import Channel, Place
from storage.polls import Poll, PollOption, Vote
from storage.store import open_store
from tests.databases import make_template

BEGAN = datetime(2026, 3, 2, 9, tzinfo=UTC)
NOW = BEGAN + timedelta(hours=1)
CLOSES = BEGAN + timedelta(days=365)
CHOICES = 5
AT_ONCE = 500  # rows of one insert


def now() -> datetime:
    return NOW


@dataclass(frozen=True, slots=True)
class Town:
    """How many people and polls there are, and how many have voted in each."""

    people: int = 97  # prime to the number of polls, so that people and polls meet in ever new pairs
    polls: int = 200
    voted: int = 75
    space: str = "D1"
    platform: str = "discord"
    users: tuple[str, ...] = ()  # the platform's references of the people, when it has some already
    channel: str = "general"

    def user(self, number: int) -> str:
        return self.users[number % self.people] if self.users else f"u{number % self.people}"

    def caller(self, number: int) -> AccountRef:
        return AccountRef(self.platform, self.space, self.user(number), f"Person {number % self.people}")

    def choice(self, number: int) -> int:
        """Another one than this person had in this poll before."""
        return (number % self.people + number // (self.people * self.polls) + 1) % CHOICES + 1

    def voting(self, number: int) -> Call:
        """The click of somebody who changes their mind each time that they come round."""
        link = Link(vote.name, (f"p{number % self.polls}", str(self.choice(number))))
        return Call(link, self.caller(number), Spot(self.channel), key=f"{self.platform}:{number}")

    def fill(self, db: Session) -> None:
        """Everything, in as few statements as possible."""
        for model, rows in (
            (Community, self.communities()),
            (Space, self.spaces()),
            (Member, self.members()),
            (Account, self.accounts()),
            (Place, self.places()),
            (Channel, self.channels()),
            (Poll, self.asked()),
            (PollOption, self.options()),
            (Vote, self.votes()),
            (Outbox, self.cards()),
        ):
            put(db, model, rows)

    def communities(self) -> Iterator[dict[str, Any]]:
        yield Community(id="c", name="Practice Circle", zone="Europe/Berlin", created=BEGAN).model_dump()

    def spaces(self) -> Iterator[dict[str, Any]]:
        yield Space(id="s", community_id="c", platform=self.platform, ref=self.space, created=BEGAN).model_dump()

    def members(self) -> Iterator[dict[str, Any]]:
        like = Member(community_id="c", name="", status="member", created=BEGAN).model_dump()
        return ({**like, "id": f"m{n}", "name": f"Person {n}"} for n in range(self.people))

    def accounts(self) -> Iterator[dict[str, Any]]:
        like = Account(
            community_id="c", member_id="", space_id="s", platform=self.platform, ref="", seen=NOW, opened=BEGAN
        ).model_dump()
        for n in range(self.people):
            yield {**like, "id": f"a{n}", "member_id": f"m{n}", "ref": self.user(n), "name": f"Person {n}"}

    def places(self) -> Iterator[dict[str, Any]]:
        yield Place(id="g", community_id="c", purpose="announcements").model_dump()

    def channels(self) -> Iterator[dict[str, Any]]:
        yield Channel(place_id="g", space_id="s", community_id="c", ref=self.channel).model_dump()

    def asked(self) -> Iterator[dict[str, Any]]:
        like = Poll(community_id="c", author_id="m0", place_id="g", question="", closes=CLOSES, created=BEGAN)
        return ({**like.model_dump(), "id": f"p{n}", "question": f"Question {n}?"} for n in range(self.polls))

    def options(self) -> Iterator[dict[str, Any]]:
        for n in range(self.polls):
            for number in range(1, CHOICES + 1):
                yield {"poll_id": f"p{n}", "number": number, "community_id": "c", "text": f"Choice {number}"}

    def votes(self) -> Iterator[dict[str, Any]]:
        for poll in range(self.polls):
            for n in range(min(self.voted, self.people)):
                yield {
                    "poll_id": f"p{poll}", "member_id": f"m{n}", "slot": 0,
                    "number": n % CHOICES + 1, "community_id": "c", "at": BEGAN,
                }  # fmt: skip

    def cards(self) -> Iterator[dict[str, Any]]:
        """The card of each poll, standing in the channel."""
        like = Outbox(
            seq=0, community_id="c", op="post", key="", lane=f"s:{self.channel}", place_id="g", space_id="s",
            channel=self.channel, due=BEGAN, sent=BEGAN, state=SENT, shown=1, created=BEGAN,
        ).model_dump()  # fmt: skip
        for n in range(self.polls):
            link = str(show_card.link(f"p{n}"))
            yield {**like, "id": f"o{n}", "seq": n, "key": f"{link}@s:{self.channel}", "link": link, "ref": f"r{n}"}


def put(db: Session, model: type[SQLModel], rows: Iterator[dict[str, Any]]) -> None:
    """Insert many rows, past the unit of work."""
    statement, waiting = insert(model), []
    for row in rows:
        waiting.append(row)
        if len(waiting) == AT_ONCE:
            db.connection().execute(statement, waiting)
            waiting = []
    if waiting:
        db.connection().execute(statement, waiting)


class Builder:
    """New databases at the newest revision, in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._template = make_template(folder)
        self._number = 0

    def new(self) -> Path:
        self._number += 1
        path = self.folder / f"{self._number}.db"
        shutil.copy(self._template, path)
        return path

    async def bot(self, town: Town, *features: Feature) -> Engine:
        """The bot on a new database with this town in it, connected to nothing."""
        store = open_store(f"sqlite:///{self.new()}")
        await store.write(town.fill)
        return Engine(store, [*find_features(), *features], now)


def reopened(path: Path) -> Engine:
    """The bot again, on a database that is there."""
    return Engine(open_store(f"sqlite:///{path}"), find_features(), now)
