"""Hostile strings through every field of every action of the bot, and through every name that a chat tells it."""

import itertools
import logging
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from bot.actions import Action, App, Link, Param, Role
from bot.calls import AccountRef, Call, Form, Quoted, Raw, Spot
from bot.cards import Card
from bot.characters import UNMEANT
from bot.effects import Attach, Reply
from bot.features import find_features
from bot.forms import sorry
from bot.text import Reader, clean_text
from storage.people import Member
from tests.databases import Databases, lent
from tests.hostile.corpus import FAMILIES, HOSTILE
from tests.hostile.ear import heard
from tests.hostile.looks import looks
from tests.links import answers, carried, goes_ahead
from tests.rows import Row, dump, fill
from tests.world import Actor, Seen, World

APP = App(find_features())
FIELDS = [(a, p) for a in APP.actions.values() if a.needs is not Role.SYSTEM for p in a.asked]
MESSAGES = list(APP.messages.values())
OWN = ("link", "answer")  # columns with links, and with answers as JSON
SOME = 5  # strings of different families a field; with the fields' number they come to be all of them


@dataclass
class Stage:
    """A community with something of everything, and somebody who may do everything in it."""

    world: World
    boss: Actor
    rows: dict[str, Row]

    def sees(self, seen: Seen) -> None:
        """What came of it is shown on every chat, and does no harm on any."""
        for shown in seen.outcome.shown:
            match shown:
                case Reply(card=card):
                    harmless(card, seen.outcome.reader)
                case Form():
                    harmless(sorry(shown.problems, None, None, (), 5).card, seen.outcome.reader)
                case Attach(about=about):
                    harmless(Card(about), seen.outcome.reader)
        for chat in self.world.chats.values():
            for message in chat.messages:
                harmless(message.card, message.reader)
            chat.messages.clear()


def harmless(card: Card, reader: Reader) -> None:
    for look in looks(card, reader):
        assert (look.pings, look.disguised, look.refused) == ([], [], ()), look.chat


@pytest.fixture(scope="module")
def stage(databases: Databases) -> Iterator[Stage]:
    with lent(databases) as database:
        yield from set_up(World(database))


def set_up(world: World) -> Iterator[Stage]:
    boss = world.person("boss", admin=True)
    boss.uses("join").clicks("Join")
    member = boss.member
    rows = world.write(lambda db: fill(db, db.get_one(Member, member.id), "Something"))
    with heard() as words:
        yield Stage(world, boss, rows)
    assert words == []  # no address that anybody gave was opened
    kept = world.read(dump)
    world.close()
    assert [found for found in stored(kept) if clean_text(found[2]) != found[2]] == []
    noted = [f"{row['action']} {row['detail']} {row['outcome']}" for row in kept["audit"]]
    assert [n for n in noted if "evil" in n or any(unicodedata.category(c) in UNMEANT for c in n)] == []


def stored(kept: dict[str, list[Row]]) -> Iterator[tuple[str, str, str]]:
    """Every text of every table, but for what the core wrote itself."""
    for table, rows in kept.items():
        for row in rows:
            yield from ((table, name, v) for name, v in row.items() if isinstance(v, str) and name not in OWN)


def strings(nth: int, *, everything: bool) -> Iterator[str]:
    """Some of the corpus, from families in turn; every string for some number."""
    if everything:
        yield from HOSTILE
        return
    families = list(FAMILIES.values())
    for n in range(SOME):
        family = families[(nth * SOME + n) % len(families)]
        yield family[(nth * SOME + n) // len(families) * 7 % len(family)]


@pytest.mark.timeout(3600)
@pytest.mark.parametrize(
    "nth, action, param", [(n, *f) for n, f in enumerate(FIELDS)], ids=lambda x: getattr(x, "name", str(x))
)
def test_whatever_is_typed_into_a_field_harms_nobody(
    stage: Stage, nth: int, action: Action, param: Param, long_form: bool, caplog: pytest.LogCaptureFixture
) -> None:
    link = Link(action.name, carried(action.carried, "", stage.rows))
    for words in strings(nth, everything=long_form):
        typed: Raw = [words, f"{words} 2"] if param.many else words
        call = stage.boss._call(link, "general", answers(action.asked, **{param.name: typed}))

        seen = stage.boss.again(replace(call, submitted=len(words) % 2 == 0))
        stage.sees(seen)
        stage.sees(goes_ahead(stage.boss, seen))

    assert [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR] == []


@pytest.mark.parametrize("action", MESSAGES, ids=lambda a: a.name)
def test_a_hostile_message_may_be_quoted(stage: Stage, action: Action, caplog: pytest.LogCaptureFixture) -> None:
    for words in itertools.islice(HOSTILE, 5, None, 61):
        quoted = Quoted(words, "https://chat.example/1", "author", words)
        stage.sees(stage.boss.quotes(action.name, quoted))

    assert [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR] == []


def test_a_hostile_name_names_nobody_else(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    for n, words in enumerate(itertools.islice(HOSTILE, 7, None, 41)):
        actor = Actor(stage.world, AccountRef("discord", "D1", f"u{n}", words, locale=words, zone=words))
        seen = actor.uses("join")
        stage.sees(seen)
        stage.sees(seen.clicks("Join"))
        stage.sees(actor.uses("profile show"))
        assert clean_text(actor.member.name) == actor.member.name != ""

    assert [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR] == []


def test_a_hostile_chat_settles(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    for n, words in enumerate(itertools.islice(HOSTILE, 3, None, 97)):
        stage.world.wait(
            stage.world.engine.runtime.settle("discord", f"G{n}", words, {words: words, "c": "announcements"})
        )
        stage.sees(stage.world.person("ada", space=f"G{n}", admin=True).uses("community show"))

    assert [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR] == []


def test_suggestions_for_hostile_beginnings_are_lines_of_text(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    helped = [(a, p) for a, p in FIELDS if p.suggests]
    for n, words in enumerate(itertools.islice(HOSTILE, 1, None, 23)):
        action, param = helped[n % len(helped)]
        call = Call(Link(action.name, carried(action.carried, "", stage.rows)), stage.boss.account, Spot("general"))
        stage.world.wait(stage.world.engine.runtime.suggest(call, param.name, words))

    assert [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR] == []
