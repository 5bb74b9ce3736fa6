"""What conversations about the library and about meetings begin with, and how their ends are looked at."""

from datetime import UTC, datetime, timedelta

from sqlmodel import Session, select

from bot.calls import Quoted
from storage.groups import IN, Group, sit
from storage.meetings import Occurrence
from storage.people import space_of
from storage.places import make_place, put_channel
from storage.resources import Resource
from tests.world import START, Actor, Message, Seen, World

HOSTILE = "@everyone <!channel> [x](http://evil) **b** `c` {why} {when}"


def private_group(world: World, lead: Actor, *others: Actor) -> str:
    """A private group whose home is the channel “den”; its id."""

    def make(db: Session) -> str:
        first = lead._member(db)
        space = space_of(db, "discord", "D1")
        assert space is not None
        place = make_place(db, first.community_id, "group:den", "Den")
        put_channel(db, place, space.id, "den")
        group = Group(
            community_id=first.community_id,
            name="Den",
            key="den",
            purpose="",
            lead_id=first.id,
            private=True,
            place_id=place.id,
            created=START,
        )
        db.add(group)
        db.flush()
        for actor in (lead, *others):
            sit(db, group, actor._member(db).id, IN, START)
        return group.id

    return world.write(make)


# The library.

PAGE = "https://example.org/three-question-intake.pdf"
TITLE = "three question intake (example.org)"  # of that page, when nobody says otherwise


def shares(actor: Actor, url: str = PAGE, why: str = "It takes three minutes", **more: str) -> str:
    return actor.uses("resource add", url=url, why=why, **more).text


def finds(actor: Actor, **terms: str) -> str:
    return actor.uses("resource find", **terms).text


def saves(actor: Actor, quoted: Quoted) -> str:
    return actor.quotes("resources.save", quoted).text


def quote(text: str, author: str = "ben", **more: bool) -> Quoted:
    """A message that somebody wrote."""
    return Quoted(text, "https://chat.example/general/42", author, author.capitalize(), **more)


def resource_ids(world: World) -> list[str]:
    return list(world.read(lambda db: db.exec(select(Resource.id).order_by(Resource.number)).all()))  # type: ignore[arg-type]


# Meetings.

THURSDAY = datetime(2026, 3, 5, 17, tzinfo=UTC)  # 18:00 in Berlin, where the usual meeting begins
DAY = timedelta(days=1)


def plans(actor: Actor, when: str = "thursday 18:00", title: str = "Case Table", **more: str) -> Seen:
    return actor.uses("meeting create", title=title, when=when, **more).clicks("Post it")


def cards(world: World) -> list[Message]:
    """Cards of dates, in the order in which they were posted."""
    return [m for m in world.chat().messages if m.channel == "general" and "Length" in m.text]


def table(world: World) -> Message:
    """The newest card of a case table, in whatever channel."""
    return [m for m in world.chat().messages if "Case Table" in m.text and "When" in m.text][-1]


def nudges(world: World) -> list[Message]:
    return [m for m in world.chat().messages if m.channel == "general" and "starts" in m.text]


def told(actor: Actor, words: str) -> list[Message]:
    return [m for m in actor.dms if words in m.text]


def comes(actor: Actor, card: Message, answer: str = "Yes", ahead: str = "Both") -> None:
    actor.clicks(answer, on=card).clicks(ahead)


def starts(world: World) -> list[datetime]:
    """When the dates that are planned begin, or began."""
    chosen = select(Occurrence.starts).where(Occurrence.state == "planned").order_by(Occurrence.starts)  # type: ignore[arg-type]
    return list(world.read(lambda db: db.exec(chosen).all()))


def date_ids(world: World) -> list[str]:
    return list(world.read(lambda db: db.exec(select(Occurrence.id).order_by(Occurrence.starts)).all()))  # type: ignore[arg-type]
