"""What the trials plan: a feature whose messages say what they are, and a plan that the judge can work out as well."""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

from sqlmodel import select

from bot.actions import Feature, Opt, Role
from bot.calls import Turn
from bot.cards import Card, card
from bot.effects import Effect, Post, Refresh, Reply, Tell
from bot.text import say
from storage.people import Community, members

drill = Feature("drill", say("Drills"))
NEWS = drill.kind("drill", "Drills", "you take part in a drill", "now")

WITHIN = 30  # seconds in which a batch falls due
SHORT_LIVED = 0.08  # share of direct messages that are worth nothing some minutes later
LIVES = timedelta(minutes=20)
SILENT = 0  # the version of what was cancelled
POISON = "poison"  # a batch with this in its name cannot be rendered
NAMED = re.compile(r"item ([\w]+-\d+-\d+), version (\d+)\.")


@dataclass(frozen=True, slots=True)
class Item:
    """One message of a batch."""

    id: str
    person: str  # whom it is for; the channel of the batch when empty
    due: datetime
    expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Some messages to one channel and some people, worked out from its name alone."""

    world: str
    number: int
    start: int  # seconds since 1970
    people: int = 0  # who may be told
    posts: int = 6
    tells: int = 4

    @classmethod
    def parse(cls, name: str) -> "Batch":
        world, *figures = name.split("-")
        return cls(world, *map(int, figures))

    def __str__(self) -> str:
        figures = (self.number, self.start, self.people, self.posts, self.tells)
        return "-".join((self.world, *map(str, figures)))

    @property
    def items(self) -> Iterator[Item]:
        draw = random.Random(f"{self.world}-{self.number}")
        start = datetime.fromtimestamp(self.start, UTC)
        moments = sorted(draw.sample(range(WITHIN * 1000), self.posts + self.tells))  # no two at once
        posts = set(draw.sample(range(self.posts + self.tells), self.posts))
        chosen = draw.sample(range(self.people), self.tells)
        for n, moment in enumerate(moments):
            due = start + timedelta(milliseconds=moment)
            person = "" if n in posts else name_of(chosen.pop())
            expires = due + LIVES if person and draw.random() < SHORT_LIVED else None
            yield Item(f"{self.world}-{self.number}-{n}", person, due, expires)


def name_of(number: int) -> str:
    return f"Pia{number:02d}"


def keep(turn: Turn, item: str, version: int) -> None:
    """Which items are not as they were planned.  Whoever changes them is alone in doing so."""
    mine = select(Community).where(Community.id == turn.community.id).with_for_update()
    here = turn.db.exec(mine.execution_options(populate_existing=True)).one()
    kept = dict(here.settings.get("drill", {}))
    kept[item] = kept.get(item, 1) if version != SILENT and kept.get(item, 1) > version else version
    here.settings = {**here.settings, "drill": kept}
    turn.db.add(here)


@drill.view()
def note(turn: Turn, item: str) -> Card | None:
    version = turn.community.settings.get("drill", {}).get(item, 1)
    if item.startswith(POISON):
        raise RuntimeError("this one cannot be drawn")
    return None if version == SILENT else card(say("This is item {item}, version {v}.", item=item, v=version))


@drill.action("Plan a batch of messages", command="drill plan", needs=Role.GUEST)
def plan(turn: Turn, *, batch: Annotated[str, Opt("Its name", max=80)]) -> list[Effect]:
    wanted = Batch.parse(batch)
    people = {member.name: member.id for member in members(turn.db, turn.community.id)}
    effects: list[Effect] = []
    for item in wanted.items:
        link = note.link(item.id)
        if item.person:
            effects.append(Tell(people[item.person], link, NEWS, item.due, item.expires, item.id))
        else:
            effects.append(Post(turn.here(), link, item.due, item.id))
    return [*effects, Reply(card(say("Planned {batch}.", batch=batch)))]


@drill.action("Cancel a message", command="drill cancel", needs=Role.GUEST)
def cancel(turn: Turn, *, item: Annotated[str, Opt("Which?", max=60)]) -> list[Effect]:
    keep(turn, item, SILENT)
    return [Reply(card(say("Cancelled {item}.", item=item)))]


@drill.action("Change a message", command="drill change", needs=Role.GUEST)
def change(turn: Turn, *, item: Annotated[str, Opt("Which?", max=60)],
           version: Annotated[int, Opt("To what?", min=1)] = 2) -> list[Effect]:  # fmt: skip
    keep(turn, item, version)
    return [Refresh(note.link(item)), Reply(card(say("Changed {item} to {v}.", item=item, v=version)))]
