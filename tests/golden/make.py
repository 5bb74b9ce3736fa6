"""Make the golden database of the revision that this checkout is at, from conversations with the bot itself."""

import gzip
import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from storage import schema
from tests.databases import Database, make_template
from tests.doings import PAGE, cards, comes, plans, quote, saves, shares
from tests.talks import asks, starts, starts_private, types_in
from tests.world import World

HERE = Path(__file__).parent


def live(world: World) -> None:
    """A community of some days: people, groups, open and closed polls, meetings ahead, words, and what went wrong."""
    world.links("slack", "T1")
    amara, fay = world.coordinator("amara"), world.coordinator("fay")
    ana, ben, cleo, dan = (world.member(name) for name in ("ana", "ben", "cleo", "dan"))
    sol = world.member("sol", "slack", "T1")
    world.person("gus").uses("me")  # a guest
    world.person("gus").uses("join").clicks("Questions first").submits(question="Is it for beginners?")

    mentors = starts(amara, "Mentors", lead="ben", capacity=1)
    for actor in (ana, cleo):
        actor.clicks("Join", on=mentors)  # waits
    starts_private(amara, "Safeguarding", lead="cleo")

    lunch = asks(ana, "Lunch?", closes="sunday 12:00")
    several = asks(ben, "Which days?", "Monday, Tuesday, Friday", several=True, closes="sunday 12:00")
    soon = asks(ana, "Tea?", "Green, Black", closes="today 18:00")
    ben.clicks("Sushi", on=lunch)
    ana.clicks("Pizza", on=lunch)
    ana.selects("Monday", "Friday", on=several)
    cleo.clicks("Black", on=soon)

    plans(fay, where="https://meet.example/x", about="Bring a case.")
    plans(fay, "every thursday 10:00", "Weekly tea")
    plans(fay, "friday 10:00", "Cancelled one")
    for card in cards(world)[:2]:
        comes(ana, card)
    comes(ben, cards(world)[0], "Maybe", "An hour before")
    fay.uses("meeting cancel", meeting="Cancelled one", reason="Rain").clicks("Cancel the meeting")

    shares(ana, why="It takes three minutes, and people like it", tags="intake, forms")
    shares(sol, "https://example.org/zürich", "Ein Weg, der für uns geht: ünïcödé ✓")
    ben.uses("resource add", url=PAGE, why="Parents like it").clicks("Add my reason")
    saves(cleo, quote("Call the parents first"))
    ben.uses("resource find", text="nothing like this")
    ana.uses("profile edit", work="Mentoring", goal="Learn", access="Captions, please")

    comes(dan, cards(world)[1], ahead="A day before")
    world.chat().closed.add("dan")
    fay.uses("meeting cancel", meeting="Weekly tea", reason="Holidays").clicks("Cancel the meeting")  # waits for Dan
    ana.clicks("Stop these", on=next(m for m in ana.dms if "Stop these" in m.buttons))
    ana.uses("me link")  # a code
    ana.uses("poll create", question="Not asked yet?", choices="Yes, No")  # a draft
    world.chat().gone.add("lost")
    types_in(ben, "poll create", {"question": "Anybody?", "choices": "Yes, No"}, "lost").clicks("Ask it")  # undelivered
    world.wait(world.engine.runtime.happen("arrived", world.person("hal").account, key="discord:D1:hal"))
    world.passes(hours=12)  # the poll about tea has closed
    cleo.uses("leave", contributions="without my name").clicks("Leave")
    asks(amara, "Where next?", "Berlin, Wien", closes="friday 12:00")


def make(target: Path) -> None:
    with TemporaryDirectory() as folder:
        path = make_template(Path(folder))
        world = World(Database(f"sqlite:///{path}", create_engine(f"sqlite:///{path}", poolclass=NullPool)))
        live(world)
        world.close()
        with closing(sqlite3.connect(path)) as db:
            db.execute("PRAGMA journal_mode=DELETE")
            db.execute("VACUUM")
        target.write_bytes(gzip.compress(path.read_bytes(), mtime=0))


if __name__ == "__main__":
    make(HERE / f"{schema.head()}.db.gz")
