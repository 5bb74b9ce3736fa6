"""Rights: the running bot does what docs/rights.md says of every action, and runs nothing that was not allowed."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlmodel import Session

from bot import runtime
from bot.actions import Action, App, Link, Refuse, Role
from bot.calls import Call, Turn
from bot.cli.rights import COLUMNS, actions, allowed, as_markdown
from bot.features import find_features
from bot.forms import FORMS
from bot.runtime import Declined
from bot.watching import Watched
from storage.people import Member
from tests.databases import Databases, lent
from tests.links import answers, carried
from tests.rows import Row, fill
from tests.world import Actor, World, buttons, found

ROOT = Path(__file__).parent.parent
APP = App(find_features())
ACTIONS = actions(APP)
NAMES = {"group": "something", "poll": "Something poll question", "meeting": "Something meeting title",
         "resource": "Something resource title", "language": "en"}  # fmt: skip
ELSEWHERE = {"meetings.create", "resources.answer"}  # own in the channel of one's group; own when asked for a quotation
OUTSIDE = {"an ex-member": "Guest", "a stranger": "Guest", "a coordinator of another community": "Guest"}


class Undone(Exception):
    """The outcome of a call that left nothing behind."""


@dataclass
class Office:
    """A community in which everything belongs to Zoe, and somebody of each kind."""

    world: World
    people: dict[str, Actor]
    rows: dict[str, Row]

    def tries(self, who: str, action: Action) -> str:
        """What comes of it: done, denied, or refused for another reason."""
        zoe = self.people["Own"].account.user
        naming = {
            p.name: zoe if p.kind == "member" else NAMES[p.name] for p in action.asked if p.kind in ("member", "record")
        }
        link = Link(action.name, carried(action.carried, "", self.rows))
        call = self.people[who]._call(link, "general", answers(action.asked, **naming))

        def work(db: Session) -> None:
            try:
                self.world.engine.runtime._handle(db, call, Watched())
            except Declined as no:
                raise Undone("denied" if isinstance(no.refuse, Refuse) and no.refuse.denied else "refused") from no
            raise Undone("done")

        with pytest.raises(Undone) as undone:
            self.world.write(work)
        return str(undone.value)


@pytest.fixture(scope="module")
def office(databases: Databases) -> Iterator[Office]:
    with lent(databases) as database:
        yield from staffed(World(database))


def staffed(world: World) -> Iterator[Office]:
    world.opens("discord", "D2")
    zoe, left = world.member("zoe"), world.member("left")
    left.uses("leave").clicks("Leave")
    away = world.coordinator("away", space="D2")
    people = {
        "Guest": world.person("gus"),
        "Member": world.member("ana"),
        "Own": zoe,
        "Facilitator": world.member("fay", role=Role.FACILITATOR),
        "Coordinator": world.coordinator("amara"),
        "Admin": world.person("boss", admin=True),
        "an ex-member": left,
        "a stranger": world.person("stranger"),
        "a coordinator of another community": replace(away, account=replace(away.account, space="D1")),
    }
    for guest in ("Guest", "Admin", "a stranger"):
        people[guest].uses("help")
    member = zoe.member.id
    rows = world.write(lambda db: fill(db, db.get_one(Member, member), "Something"))
    yield Office(world, people, rows)
    world.close()


def test_the_page_is_what_is_registered() -> None:
    assert (ROOT / "docs" / "rights.md").read_text("utf-8") == as_markdown(), (
        "run: commonplace commands --rights > docs/rights.md"
    )


@pytest.mark.parametrize("action", ACTIONS, ids=lambda a: a.name)
def test_everybody_may_do_what_the_page_says_and_nothing_else(office: Office, action: Action) -> None:
    for who in (*COLUMNS, *OUTSIDE):
        column = OUTSIDE.get(who, who)
        outcome = office.tries(who, action)

        if allowed(action, column):
            assert outcome != "denied" or (column == "Own" and action.name in ELSEWHERE), who
        else:
            assert outcome != "done", who


@pytest.mark.parametrize("action", APP.actions.values(), ids=lambda a: a.name)
def test_nobody_runs_what_is_the_clocks(office: Office, action: Action) -> None:
    if action.needs is Role.SYSTEM:
        assert {office.tries(who, action) for who in office.people} == {"refused"}


def runs_of(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Calls of an action's or a view's function, with the function that they stand in."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            for node in ast.walk(function):
                match node:
                    case ast.Call(func=ast.Attribute(attr="run"), args=[ast.Name(id="turn" | "later"), *_]):
                        yield function.name, node


def test_the_core_runs_handlers_in_no_other_places() -> None:
    """Behind authorize; by the clock; for events of the platforms; after a restore; and views, which change nothing."""
    places = {
        (path.name, where)
        for path in (ROOT / "bot").glob("*.py")
        for where, _ in runs_of(ast.parse(path.read_text("utf-8")))
    }

    assert places == {
        ("runtime.py", "_handle"),
        ("runtime.py", "run_due"),
        ("erasing.py", "erase_again"),
        ("answers.py", "draw"),
        ("runtime.py", "_home"),
        ("actions.py", "tells"),
    }


@pytest.mark.parametrize("action", ACTIONS, ids=lambda a: a.name)
def test_nothing_runs_that_authorize_did_not_allow(
    office: Office, action: Action, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def nobody(turn: Turn, asked_for: Action) -> None:
        asked.append(asked_for.name)
        raise Refuse("No.", denied=True)

    monkeypatch.setattr(runtime, "authorize", nobody)

    assert {office.tries(who, action) for who in office.people} == {"denied"}
    assert asked == [action.name] * len(office.people)


def test_continuing_a_form_asks_again_who_may(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    world, boss = office.world, office.people["Coordinator"]
    seen = boss.uses("community edit", zone="nowhere")
    again = found(next(b.then for b in buttons(seen.card) if b.then and b.then.name in FORMS))

    def nobody(turn: Turn, action: Action) -> None:
        raise Refuse("No.", denied=True)

    monkeypatch.setattr(runtime, "authorize", nobody)

    assert "No." in boss.follows(again).text
    assert world.wait(world.engine.runtime.suggest(Call(again, boss.account), "zone", "x"))[0] == []
