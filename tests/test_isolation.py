"""Isolation: whatever a link or an answer names in another community is neither found, nor shown, nor changed."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from sqlmodel import Session, col, select

from bot.actions import Action, App, Link, Role, View
from bot.calls import Raw
from bot.effects import Effect, Later, Post
from bot.features import find_features
from bot.planning import plan
from storage.outbox import Outbox
from storage.people import Community, Member
from tests.databases import Database, Databases, lent
from tests.links import answers, carried, goes_ahead
from tests.rows import Row, dump, fill, tables
from tests.turns import ticking
from tests.world import Actor, Seen, World

MARK = "Theirs"
CORE = {"audit", "draft", "inbox", "outbox", "account"}
CALLED = {"name", "title", "question", "key", "url"}
APP = App(find_features())
ACTIONS = [a for a in APP.actions.values() if not a.on]
CARRYING = [a for a in ACTIONS if any(p.kind == "text" for p in a.carried)]
ASKING = [a for a in ACTIONS if any(p.kind in ("record", "member") for p in a.asked)]


@dataclass
class Neighbours:
    """Our community, and another one with a row in every table."""

    world: World
    theirs: dict[str, Row]
    before: dict[str, list[Row]]

    @property
    def their_id(self) -> str:
        return str(self.theirs["community"]["id"])

    @property
    def ids(self) -> list[str]:
        """Everything that names a row of theirs, but for what only the core reads."""
        rows = [row for table, row in self.theirs.items() if table not in CORE]
        return sorted({str(row["id"]) for row in rows if "id" in row})

    @property
    def words(self) -> list[str]:
        """Everything that people wrote there."""
        return sorted({v for row in self.theirs.values() for v in row.values() if isinstance(v, str) and MARK in v})

    @property
    def names(self) -> list[str]:
        """What people call things there, and what they would find by a slip of the finger."""
        called = {v for row in self.theirs.values() for name, v in row.items() if name in CALLED and MARK in str(v)}
        return sorted(called | {name[:-1] for name in called})

    def acts(self, name: str, role: Role) -> Actor:
        """Somebody of ours with every right that is a person's."""
        actor = self.world.person(name.replace(".", "-"), admin=role >= Role.ADMINISTRATOR)
        actor.follows(Link("kinds.start", ("unheard of",)))

        def join(db: Session) -> None:
            member = db.get_one(Member, member_id)
            member.status, member.role = "member", min(role, Role.ADMINISTRATOR)
            db.add(member)

        member_id = actor.member.id
        self.world.write(join)
        return actor

    def plans(self, *effects: Effect) -> None:
        """What our community is to do later."""

        def work(db: Session) -> None:
            ours = db.exec(select(Community).where(Community.id != self.their_id)).one()
            plan(ticking(self.world, db, ours.id), effects)

        self.world.write(work)
        self.world.settles()

    def shows_nothing_of_theirs(self, seen: Seen, typed: str = "") -> None:
        said = seen.text.replace(typed, "") if typed else seen.text
        assert [w for w in self.words if w in said] == [], said
        assert "Something went wrong" not in said

    def are_untouched(self) -> None:
        assert self.world.read(lambda db: dump(db, self.their_id)) == self.before
        assert self.world.read(self._strays) == []
        posted = [m.text for chat in self.world.chats.values() for m in chat.messages]
        assert [text for text in posted if MARK in text] == []

    def _strays(self, db: Session) -> list[tuple[str, str]]:
        """Columns of ours that point to a row of theirs."""
        rows = {name: [r for r in found if r not in self.before.get(name, [])] for name, found in dump(db).items()}
        pointing = [(t.name, c.name) for t in tables() for c in t.columns if c.foreign_keys or c.name.endswith("_id")]
        return [(t, c) for t, c in pointing if any(r[c] in self.ids for r in rows[t])]


@pytest.fixture(scope="module")
def neighbours(databases: Databases) -> Iterator[Neighbours]:
    with lent(databases) as database:
        yield from settled(World(database))


@pytest.fixture
def twins(database: Database) -> Iterator[Neighbours]:
    """Neighbours who call everything by the same names."""
    yield from settled(World(database))


def settled(world: World) -> Iterator[Neighbours]:
    world.opens("discord", "D2")
    zoe = world.person("zoe", space="D2")
    zoe.follows(Link("kinds.start", ("unheard of",)))
    member = zoe.member

    def settle(db: Session) -> dict[str, Row]:
        row = db.get_one(Member, member.id)
        row.status, row.name = "member", f"{MARK} Zoe"
        db.add(row)
        db.flush()
        return fill(db, member, MARK)

    theirs = world.write(settle)
    theirs["member"]["name"] = f"{MARK} Zoe"
    yield Neighbours(world, theirs, world.read(lambda db: dump(db, member.community_id)))
    world.close()


def does(actor: Actor, link: Link, given: dict[str, Raw], in_: str = "general") -> Seen:
    return actor.again(actor._call(link, in_, given))


def links(target: Action | View, neighbours: Neighbours) -> list[Link]:
    """Links of theirs: first to rows that belong together, then with each id in every place."""
    return [Link(target.name, carried(target.carried, id_, neighbours.theirs)) for id_ in ("", *neighbours.ids)]


@pytest.mark.parametrize("action", CARRYING, ids=lambda a: a.name)
def test_a_link_to_their_rows_finds_nothing(neighbours: Neighbours, action: Action) -> None:
    member = neighbours.acts(f"{action.name}-member", Role.MEMBER)
    boss = neighbours.acts(f"{action.name}-boss", Role.ADMINISTRATOR)
    matching, *others = links(action, neighbours)

    for actor, link in ((member, matching), *((boss, link) for link in (matching, *others))):
        seen = goes_ahead(actor, does(actor, link, answers(action.asked)))
        neighbours.shows_nothing_of_theirs(seen)

    neighbours.are_untouched()


@pytest.mark.parametrize("action", ASKING, ids=lambda a: a.name)
def test_a_name_of_theirs_names_nothing(neighbours: Neighbours, action: Action) -> None:
    actor = neighbours.acts(f"{action.name}-names", Role.ADMINISTRATOR)
    naming = [p for p in action.asked if p.kind in ("record", "member")]
    link = Link(action.name, carried(action.carried, "", neighbours.theirs))

    for typed in (*neighbours.ids, *neighbours.names, "zoe", "<@zoe>"):
        given = answers(action.asked, **{p.name: [typed] if p.many else typed for p in naming})
        neighbours.shows_nothing_of_theirs(goes_ahead(actor, does(actor, link, given)), typed)

    neighbours.are_untouched()


@pytest.mark.parametrize("action", [a for a in ACTIONS if a not in CARRYING and a not in ASKING], ids=lambda a: a.name)
def test_what_names_nothing_shows_nothing_of_theirs(neighbours: Neighbours, action: Action) -> None:
    actor = neighbours.acts(f"{action.name}-plain", Role.ADMINISTRATOR)

    for in_ in ("general", "dm"):
        link = Link(action.name, carried(action.carried, "", {}))
        neighbours.shows_nothing_of_theirs(goes_ahead(actor, does(actor, link, answers(action.asked), in_)))

    neighbours.are_untouched()


@pytest.mark.parametrize("action", [a for a in ACTIONS if a.needs is Role.SYSTEM], ids=lambda a: a.name)
def test_the_clock_does_nothing_to_their_rows(neighbours: Neighbours, action: Action) -> None:
    now = neighbours.world.clock.now()

    for n, link in enumerate(links(action, neighbours)):
        neighbours.plans(Later(now, link, key=f"{action.name}-{n}"))

    neighbours.are_untouched()
    assert mistakes(neighbours.world, action.name) == []


@pytest.mark.parametrize("view", [v for v in APP.views.values() if v.carried], ids=lambda v: v.name)
def test_a_post_of_their_rows_says_nothing(neighbours: Neighbours, view: View) -> None:
    neighbours.plans(*(Post("announcements", link) for link in links(view, neighbours)))

    neighbours.are_untouched()
    assert mistakes(neighbours.world, view.name) == []


def mistakes(world: World, name: str) -> list[str]:
    """Why planned things could not even be tried."""
    planned = world.read(lambda db: list(db.exec(select(Outbox).where(col(Outbox.link).startswith(name)))))
    return [row.error for row in planned if row.error.startswith("something went wrong")]


def test_typing_suggests_nothing_of_theirs(neighbours: Neighbours, caplog: pytest.LogCaptureFixture) -> None:
    actor = neighbours.acts("typing", Role.ADMINISTRATOR)
    helped = [(a, p) for a in ACTIONS for p in a.asked if p.suggests]

    for action, param in helped:
        call = actor._call(Link(action.name, carried(action.carried, "", neighbours.theirs)), "general", {})
        for typed in ("", MARK, "t"):
            options, _ = neighbours.world.wait(neighbours.world.engine.runtime.suggest(call, param.name, typed))
            assert [o for o in options if any(w in str(o) for w in neighbours.words)] == []

    assert helped
    assert [r for r in caplog.records if r.levelno >= logging.ERROR] == []


def test_a_persons_own_page_shows_nothing_of_theirs(neighbours: Neighbours) -> None:
    assert MARK not in neighbours.acts("page", Role.ADMINISTRATOR).home


def test_a_repeated_delivery_of_theirs_is_not_answered_to_ours(neighbours: Neighbours) -> None:
    zoe, ana = neighbours.world.person("zoe", space="D2"), neighbours.acts("repeat", Role.MEMBER)
    call = replace(zoe._call(Link("community.show"), "general", {}), key="same")

    zoe.again(call)

    assert "Practice Circle" in ana.again(replace(call, account=ana.account)).text


def test_a_name_that_both_communities_use_is_our_own(twins: Neighbours) -> None:
    boss = twins.acts("twin", Role.ADMINISTRATOR)
    member = boss.member.id

    def same_names(db: Session) -> None:
        made = fill(db, db.get_one(Member, member), "Ours")
        for table in tables():
            called = {c: twins.theirs[table.name][c] for c in CALLED & set(made[table.name]) if table.name != "space"}
            if called and "id" in table.c:
                db.execute(table.update().where(table.c.id == made[table.name]["id"]).values(called))

    twins.world.write(same_names)

    for action in ASKING:
        link = Link(action.name, carried(action.carried, "", twins.theirs))
        naming = [p for p in action.asked if p.kind in ("record", "member")]
        for typed in twins.names:
            given = answers(action.asked, **{p.name: [typed] if p.many else typed for p in naming})
            goes_ahead(boss, does(boss, link, given))

    assert twins.world.read(lambda db: dump(db, twins.their_id)) == twins.before
    assert twins.world.read(twins._strays) == []
