"""Ends of polls: on time or by hand, with a result for everybody and a word to whoever asked."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.actions import Link
from bot.calls import Call, Spot
from tests.talks import asks, only_poll, standing, votes
from tests.world import Actor, Seen, World


def test_a_poll_closes_on_time_with_its_result(world: World, ana: Actor, ben: Actor) -> None:
    card = asks(ana, closes="today 18:00")
    ben.clicks("Sushi", on=card)

    world.until(datetime(2026, 3, 2, 17, 0, tzinfo=UTC))

    assert "Closed Monday 2 March 2026, 18:00." in card.text
    assert "1 person has voted. Most votes: Sushi." in card.text
    assert card.buttons == ["My vote"]
    assert "You voted for Sushi." in ben.clicks("My vote", on=card).text
    assert "You did not vote." in ana.clicks("My vote", on=card).text
    assert len(standing(world)) == 1  # no post besides


@pytest.mark.parametrize(
    "ballots, result",
    [
        ((), "Nobody voted."),
        (("Pizza", "Sushi"), "A tie, with 1 vote each: Pizza, Sushi."),
        (("Pizza", "Pizza", "Sushi", "Soup"), "Most votes: Pizza."),
    ],
)
def test_a_result_says_a_tie_is_a_tie(world: World, ana: Actor, ballots: tuple[str, ...], result: str) -> None:
    card = asks(ana, choices="Pizza, Sushi, Soup")
    for n, choice in enumerate(ballots):
        world.member(f"m{n}").clicks(choice, on=card)

    world.passes(days=8)

    assert result in card.text


def test_the_bot_was_away_when_a_poll_should_have_closed(world: World, ana: Actor, ben: Actor) -> None:
    card = asks(ana, closes="today 18:00")
    ben.clicks("Pizza", on=card)
    world.clock.move(timedelta(hours=26))  # nothing runs meanwhile

    late = world.engine.runtime.run(Call(Link("polls.vote", (only_poll(world).id, "2")), ana.account, Spot("general")))
    outcome = world.wait(late)

    assert "This poll closed Monday 2 March 2026, 18:00. Most votes: Pizza." in Seen(ana, outcome).text
    world.restarts()
    assert "Closed Monday 2 March 2026, 18:00." in card.text
    assert only_poll(world).closed == datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
    assert votes(world) == 1


def test_after_a_restart_the_old_buttons_work(world: World, ana: Actor, ben: Actor) -> None:
    card = asks(ana)
    ben.clicks("Pizza", on=card)

    world.restarts()
    ben.clicks("Sushi", on=card)

    assert "Sushi\n██████████ 1 vote" in card.text
    assert len(standing(world)) == 1


def test_the_author_closes_early_after_a_look(world: World, ana: Actor, ben: Actor) -> None:
    card = asks(ana)
    ben.clicks("Pizza", on=card)

    seen = ana.uses("poll close", poll="lunch?")
    assert "1 person has voted. Close it now? It cannot be opened again." in seen.text
    assert "Pizza" in card.buttons
    assert "Closed. Most votes: Pizza." in seen.clicks("Close it").text

    assert card.buttons == ["My vote"]
    edits = card.edits
    world.passes(days=8)
    assert card.edits == edits  # its time has no more to do
    assert "This poll closed Monday 2 March" in ben.follows(Link("polls.vote", (only_poll(world).id, "2"))).text
    assert "This poll closed" in ana.uses("poll close", poll="lunch?").text


def test_only_its_author_or_a_coordinator_closes_a_poll(world: World, ana: Actor, ben: Actor) -> None:
    card = asks(ana)

    assert "Whoever asked can close it: Ana." in ben.uses("poll close", poll="Lunch?").text
    assert "Close it now" not in ben.clicks("My vote", on=card).buttons
    assert ben.types("poll close", "poll", "") == []
    carla = world.coordinator("carla")
    assert carla.types("poll close", "poll", "lun") == ["Lunch?"]
    carla.clicks("My vote", on=card).clicks("Close it now").clicks("Close it")
    assert "Closed" in card.text


# A word to whoever asked.


def test_whoever_asked_hears_the_result_once_and_nobody_else_does(world: World, ana: Actor, ben: Actor) -> None:
    card = asks(ana, closes="today 12:00")
    ben.clicks("Sushi", on=card)

    world.passes(hours=4)

    [dm] = ana.dms
    assert "Lunch?\nYour poll has closed. 1 person has voted. Most votes: Sushi." in dm.text
    assert "You get this because you asked this." in dm.text
    assert "You did not vote." in ana.clicks("Show it", on=dm).text
    assert ben.dms == []


def test_a_poll_without_votes_ends_with_a_way_forward(world: World, ana: Actor) -> None:
    asks(ana, closes="today 12:00")

    world.passes(hours=4)

    [dm] = ana.dms
    assert "Your poll has closed, and nobody voted this time. /poll create asks again." in dm.text


def test_the_result_of_a_poll_that_ends_in_the_evening_waits_for_the_morning(world: World, ana: Actor) -> None:
    card = asks(ana, closes="today 21:00")

    world.until(datetime(2026, 3, 3, 6, 0, tzinfo=UTC))
    assert "Closed" in card.text
    assert ana.dms == []

    world.until(datetime(2026, 3, 3, 7, 0, tzinfo=UTC))
    assert len(ana.dms) == 1


def test_whoever_closes_their_own_poll_sees_the_result_and_gets_no_message(world: World, ana: Actor) -> None:
    asks(ana)

    ana.uses("poll close", poll="Lunch?").clicks("Close it")
    world.passes(days=8)

    assert ana.dms == []


def test_whoever_asked_is_told_when_a_coordinator_closes_their_poll(world: World, ana: Actor, amara: Actor) -> None:
    asks(ana)

    amara.uses("poll close", poll="Lunch?").clicks("Close it")

    [dm] = ana.dms
    assert "Your poll has closed" in dm.text
    assert amara.dms == []


def test_results_can_be_switched_off(world: World, ana: Actor) -> None:
    asks(ana, closes="today 12:00")
    world.passes(hours=4)
    ana.clicks("Stop these", on=ana.dms[0])

    asks(ana, "Dinner?", closes="today 18:00")
    world.passes(hours=6)

    assert len(ana.dms) == 1
