"""The weekly budget: what nobody asked for comes three times a week at most; the rest waits for Monday's digest."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.actions import Feature
from bot.calls import Turn
from bot.cards import Card, card
from bot.effects import Tell
from bot.features import find_features
from bot.text import said
from storage.outbox import KEPT, SENT
from tests.signs import plans, rows
from tests.world import Actor, World

offers = Feature("offers")
IDEAS = offers.kind("ideas", "Ideas", "somebody thought of you", unasked=True)
ASKED = offers.kind("asked", "What you asked for", "you asked for it")


@offers.view()
def idea(turn: Turn, name: str) -> Card | None:
    return None if name in turn.community.settings.get("over", ()) else card(said(f"Idea {name}"))


@pytest.fixture
def features() -> list[Feature]:
    return [*find_features(), offers]


def thinks(world: World, of: Actor, *names: str, expires: datetime | None = None) -> None:
    for name in names:
        plans(world, Tell(of.member.id, idea.link(name), IDEAS, expires=expires))
    world.settles()


def ideas(who: Actor) -> list[str]:
    return [m.text.splitlines()[0] for m in who.dms if m.text.startswith("Idea")]


def digests(who: Actor) -> list[str]:
    return [m.text for m in who.dms if m.text.startswith("What waited for you")]


def test_of_five_messages_that_nobody_asked_for_three_come_at_once_and_two_with_the_digest(
    world: World, ana: Actor
) -> None:
    thinks(world, ana, "one", "two", "three", "four", "five")
    assert ideas(ana) == ["Idea one", "Idea two", "Idea three"]
    ledger = [(r.state, r.reason) for r in rows(world) if r.kind == IDEAS.name]
    assert ledger == [(SENT, "")] * 3 + [(KEPT, "budget")] * 2

    world.until(datetime(2026, 3, 9, 7, 59, tzinfo=UTC))
    assert digests(ana) == []
    world.passes(minutes=2)  # Monday at nine in Berlin

    [letter] = ana.dms[-1:]
    assert "Idea four" in letter.text
    assert "Idea five" in letter.text
    assert "Idea one" not in letter.text
    assert "You get this because more came up for you than I send one by one" in letter.text
    assert [(r.state, r.reason) for r in rows(world) if r.kind == IDEAS.name][3:] == [(SENT, "digest")] * 2
    assert ana.clicks("Show", on=Card(blocks=letter.card.blocks[:1])).text.startswith("Idea four")


def test_what_was_asked_for_always_comes(world: World, ana: Actor) -> None:
    thinks(world, ana, *"abcd")
    for name in "efgh":
        plans(world, Tell(ana.member.id, idea.link(name), ASKED))
    world.settles()

    assert ideas(ana) == [f"Idea {n}" for n in "abcefgh"]


def test_a_week_later_there_is_room_again(world: World, ana: Actor) -> None:
    thinks(world, ana, *"abcd")
    world.passes(days=8)
    thinks(world, ana, *"efgh")

    assert ideas(ana) == [f"Idea {n}" for n in "abcefg"]


def test_one_member_s_budget_is_not_another_s(world: World, ana: Actor, ben: Actor) -> None:
    thinks(world, ana, *"abcd")
    thinks(world, ben, "a")

    assert ideas(ben) == ["Idea a"]


def test_with_nothing_waiting_there_is_no_digest(world: World, ana: Actor) -> None:
    thinks(world, ana, *"abc")
    world.passes(days=14)

    assert digests(ana) == []


def test_the_digest_can_be_asked_for_and_does_not_come_again(world: World, ana: Actor) -> None:
    assert "Nothing waits for you" in ana.uses("digest").text
    thinks(world, ana, *"abcd")

    assert "Idea d" in ana.uses("digest").text
    assert "Nothing waits for you" in ana.uses("digest").text
    world.passes(days=8)
    assert digests(ana) == []


def test_what_is_over_by_monday_is_left_out(world: World, ana: Actor) -> None:
    thinks(world, ana, *"abcd", expires=world.clock.now() + timedelta(days=2))
    thinks(world, ana, "e")
    world.passes(days=8)

    [letter] = digests(ana)
    assert ("Idea d" in letter, "Idea e" in letter) == (False, True)


def test_who_switched_the_digest_off_gets_none_and_may_still_look(world: World, ana: Actor) -> None:
    thinks(world, ana, *"abcd")
    world.passes(days=8)
    ana.clicks("Stop these", on=ana.dms[-1])
    thinks(world, ana, *"efghi")
    world.passes(days=8)

    assert len(digests(ana)) == 1
    assert "Idea i" in ana.uses("digest").text


def test_a_kind_switched_off_meanwhile_is_not_in_the_digest(world: World, ana: Actor) -> None:
    thinks(world, ana, *"abcd")
    ana.clicks("Stop these", on=next(m for m in ana.dms if "Idea a" in m.text))
    world.passes(days=8)

    assert digests(ana) == []


def test_a_long_digest_shows_ten_lines_and_counts_the_rest(world: World, ana: Actor) -> None:
    thinks(world, ana, *(f"n{n}" for n in range(16)))
    world.passes(days=8)

    [letter] = digests(ana)
    assert letter.count("[Show]") == 1 or letter.count("Idea") == 10
    assert "And 3 more." in letter


def test_somebody_else_s_message_is_not_shown(world: World, ana: Actor, ben: Actor) -> None:
    thinks(world, ana, *"abcd")
    [kept] = [r for r in rows(world) if r.state == KEPT]

    link = world.engine.app.actions["digest.show"].link(kept.id)
    assert "That is over" in ben.follows(link).text
    assert "Idea d" in ana.follows(link).text
