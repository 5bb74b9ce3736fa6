"""What the log and the metrics tell of a call: ids and outcomes, and nothing that anybody wrote."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import pytest
import structlog

from bot import logs, metrics
from bot.actions import Feature, Link, Opt, Refuse, Role
from bot.calls import Call, Spot, Turn
from bot.cards import card
from bot.effects import Confirm, Effect, Post, Reply
from bot.kinds import kinds
from bot.text import say
from tests.databases import Database
from tests.signs import plans, row, shows, sign, signs
from tests.world import Actor, World

log = logging.getLogger("bot.features.toys")
toys = Feature("toys")


@toys.action("Make a toy", command="toy make", needs=Role.GUEST)
def make(turn: Turn, *, name: Annotated[str, Opt("What is it called?", max=40)]) -> list[Effect]:
    match name:
        case "bomb":
            raise Refuse("No bombs, please.", field="name")
        case "bug":
            raise RuntimeError
        case "palace" if not turn.confirmed:
            return [Confirm(card(say("Really?")))]
    log.info("made")
    return [Reply(card(say("Made.")))]


@toys.action("Sell all toys", command="toy sell", needs=Role.COORDINATOR)
def sell(turn: Turn) -> list[Effect]:
    return []


@pytest.fixture
def features(caplog: pytest.LogCaptureFixture) -> list[Feature]:
    caplog.set_level("INFO")
    return [toys]


@pytest.fixture
def ana(world: World) -> Actor:
    return world.person("ana")


def told(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    """Action and outcome of every call."""
    return [(record.action, record.outcome) for record in caplog.records if record.msg == "call"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "used,answers,outcome",
    [
        ("toy make", {"name": "ball"}, ("toys.make", "done")),
        ("toy make", {}, ("toys.make", "asked")),
        ("toy make", {"name": "palace"}, ("toys.make", "asked")),
        ("toy make", {"name": "bomb"}, ("toys.make", "refused")),
        ("toy make", {"name": "x" * 41}, ("toys.make", "refused")),
        ("toy make", {"name": "bug"}, ("toys.make", "failed")),
        ("toy sell", {}, ("toys.sell", "denied")),
    ],
)
def test_every_call_is_told_with_its_outcome(
    world: World, ana: Actor, caplog: pytest.LogCaptureFixture, used: str, answers: dict[str, str], outcome: Any
) -> None:
    action, how = outcome
    before = metrics.value("calls_total", action=action, outcome=how)
    ana.uses("toy make", name="ball")
    caplog.clear()

    ana.uses(used, **answers)

    assert told(caplog) == [outcome]
    [record] = [record for record in caplog.records if record.msg == "call"]
    assert record.community == world.community.id  # type: ignore[attr-defined]
    assert metrics.value("calls_total", action=action, outcome=how) >= before + 1


def test_a_repeated_delivery_is_told_and_counted(world: World, ana: Actor, caplog: pytest.LogCaptureFixture) -> None:
    before = metrics.value("inbox_duplicates_total", source="discord")
    call = Call(make.link(), ana.account, Spot("general"), {"name": "ball"}, key="discord:1")

    for _ in range(3):
        world.wait(world.engine.runtime.run(call))

    assert told(caplog) == [("toys.make", "done"), *[("toys.make", "repeated")] * 2]
    assert metrics.value("inbox_duplicates_total", source="discord") == before + 2


def test_a_repeated_event_is_counted(world: World, ana: Actor) -> None:
    before = metrics.value("inbox_duplicates_total", source="discord")

    for _ in range(2):
        world.wait(world.engine.runtime.happen("arrived", ana.account, key="discord:joined"))

    assert metrics.value("inbox_duplicates_total", source="discord") == before + 1


def test_a_made_up_link_makes_no_label(world: World, ana: Actor, caplog: pytest.LogCaptureFixture) -> None:
    world.wait(world.engine.runtime.run(Call(Link("ana.wrote.this"), ana.account, Spot("general"))))

    assert told(caplog) == [("unknown", "refused")]
    assert b"ana.wrote" not in metrics.exposition()


def test_nothing_that_people_wrote_is_in_the_log(world: World, ana: Actor, caplog: pytest.LogCaptureFixture) -> None:
    for name in ("Rosebud", "Rosebud" * 9, "bomb", "bug"):
        ana.uses("toy make", name=name)

    assert "made" in caplog.text
    for record in caplog.records:
        held = f"{record.getMessage()} {vars(record)}".casefold()
        assert "rosebud" not in held
        assert "'ana'" not in held


def test_commits_and_handlers_are_timed(world: World, ana: Actor) -> None:
    names = ("db_commit_seconds_count", "handler_seconds_count", "answer_seconds_count", "db_commit_writes_count")
    before = {name: metrics.value(name) for name in names}

    ana.uses("toy make", name="ball")

    assert all(metrics.value(name) > before[name] for name in names)


def test_every_delivery_is_told_by_its_ids(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    world = World(database, [signs, kinds])
    shows(world, a="Rosebud")
    stream = io.StringIO()
    with configured(stream):
        plans(world, Post("announcements", sign.link("a")))
        world.settles()
    row_id, community = row(world).id, world.community.id
    world.close()

    [told] = [each for each in map(json.loads, stream.getvalue().splitlines()) if each["event"] == "delivery"]
    ids = {name: told[name] for name in ("community", "outbox", "kind", "attempt", "outcome", "platform")}
    assert ids == {
        "community": community, "outbox": row_id, "kind": "post", "attempt": 1, "outcome": "sent",
        "platform": "discord",
    }  # fmt: skip
    assert "Rosebud" not in stream.getvalue()


@contextmanager
def configured(stream: io.StringIO) -> Iterator[None]:
    """The process's log goes there for as long as the block."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in (*logs.QUIET, *logs.DISCREET)}
    logs.configure("info", "json", (), stream)
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, old in levels.items():
        logging.getLogger(name).setLevel(old)
    structlog.reset_defaults()
