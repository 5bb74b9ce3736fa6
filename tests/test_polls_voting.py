"""Votes: one ballot a person, changed at will, from every chat."""

import asyncio

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from bot.actions import Link
from bot.calls import Call, Spot
from bot.cards import Button
from bot.text import Reader, write
from storage.polls import Vote
from tests.talks import asks, becomes_one, menu, only_poll, standing, votes
from tests.world import Actor, World

# Voting.


def test_everyone_votes_once_and_may_change_their_mind(world: World, ana: Actor, ben: Actor) -> None:
    card = asks(ana)

    seen = ben.clicks("Pizza", on=card)
    assert "Your vote: Pizza. You can change it until Monday 9 March 2026, 17:00." in seen.text
    ana.clicks("Pizza", on=card)
    assert "Pizza\n██████████ 2 votes (100 %)" in card.text

    ben.clicks("Sushi", on=card)

    assert "Pizza\n█████░░░░░ 1 vote (50 %)" in card.text
    assert "Sushi\n█████░░░░░ 1 vote (50 %)" in card.text
    assert "2 people have voted." in card.text
    assert len(standing(world)) == 1


def test_pressing_twice_is_one_vote(world: World, ana: Actor) -> None:
    card = asks(ana)

    ana.clicks("Pizza", on=card)
    edits = card.edits
    assert "Your vote: Pizza." in ana.clicks("Pizza", on=card).text

    assert votes(world) == 1
    assert card.edits == edits  # nothing changed, so nothing is sent


def test_votes_of_many_at_the_same_moment_all_count(world: World, ana: Actor) -> None:
    card = asks(ana)
    people = [world.member(f"m{n}") for n in range(20)]
    buttons = {write(c.label, Reader()): c.then for c in card.card.controls if isinstance(c, Button)}

    async def at_once() -> None:
        runs = []
        for n, person in enumerate(people):
            link = buttons["Pizza" if n % 2 else "Sushi"]
            assert link is not None
            runs += [world.engine.runtime.run(Call(link, person.account, Spot("general"))) for _ in range(2)]
        await asyncio.gather(*runs)

    world.wait(at_once())
    world.settles()

    assert votes(world) == 20
    assert "Pizza\n█████░░░░░ 10 votes (50 %)" in card.text
    assert card.edits < 20


def test_my_vote_is_shown_to_me_and_can_be_withdrawn(world: World, ana: Actor, ben: Actor) -> None:
    card = asks(ana)
    assert "You have not voted." in ben.clicks("My vote", on=card).text
    ben.clicks("Pizza", on=card)

    seen = ben.clicks("My vote", on=card)
    assert "Your vote: Pizza." in seen.text
    assert seen.buttons == ["Sushi", "Withdraw"]
    assert seen.outcome.shown[0].to == "private"  # type: ignore[union-attr]
    after = seen.clicks("Withdraw")

    assert "You have not voted." in after.text
    assert "0 people have voted." in card.text
    assert votes(world) == 0
    assert after.clicks("Sushi").outcome.shown[0].to == "replace"  # type: ignore[union-attr]
    assert "1 person has voted." in card.text


def test_nobody_sees_who_chose_what(world: World, ana: Actor, ben: Actor) -> None:
    card = asks(ana)
    ben.clicks("Pizza", on=card)

    assert "Ben" not in card.text
    assert "Ben" not in ana.clicks("My vote", on=card).text


def test_several_choices_are_one_ballot(world: World, ana: Actor, ben: Actor) -> None:
    card = asks(ana, "Which topics?", "Law, Money, People", several=True)
    assert "You may choose several." in card.text
    assert menu(card).most == 3

    assert "Your vote: Law, People." in ben.selects("Law", "People", on=card).text
    ana.selects("Law", on=card)
    assert "Law\n██████████ 2 votes (100 %)" in card.text
    assert "People\n█████░░░░░ 1 vote (50 %)" in card.text
    assert "2 people have voted." in card.text

    own = ben.clicks("My vote", on=card)
    assert [o.chosen for o in menu(own).options] == [True, False, True]
    after = own.selects("Money")
    assert "Your vote: Money." in after.text
    assert [o.chosen for o in menu(after).options] == [False, True, False]


def test_many_choices_are_a_menu(world: World, ana: Actor) -> None:
    card = asks(ana, choices=[f"Day {n}" for n in range(1, 26)])

    assert card.buttons == ["My vote"]
    assert (len(menu(card).options), menu(card).most) == (25, 1)
    assert "Your vote: Day 25." in ana.selects("Day 25", on=card).text
    assert "Day 25\n██████████ 1 vote" in card.text


def test_a_ballot_that_does_not_fit_the_poll_is_refused(world: World, ana: Actor) -> None:
    asks(ana)
    poll = only_poll(world)

    assert "not in this poll" in ana.follows(Link("polls.vote", (poll.id, "3"))).text
    assert "Choose one." in ana.follows(Link("polls.choose", (poll.id,)), chosen=["1", "2"]).text
    assert "older version" in ana.follows(Link("polls.vote", (poll.id, "x"))).text
    assert "That poll is not there." in ana.follows(Link("polls.vote", ("nothing", "1"))).text
    assert votes(world) == 0


def test_another_communitys_poll_does_not_exist(world: World, ana: Actor) -> None:
    card = asks(ana)
    world.opens("slack", "S2")
    zoe = world.coordinator("zoe", "slack", "S2")

    for button in ("Pizza", "My vote"):
        assert "That poll is not there." in zoe.clicks(button, on=card).text
    assert "That poll is not there." in zoe.follows(Link("polls.end", (only_poll(world).id,))).text
    assert "No poll is open." in zoe.uses("poll list").text
    assert "No poll asks" in zoe.uses("poll show", poll=only_poll(world).id).text
    assert votes(world) == 0


# Two chats.


def test_a_person_has_one_ballot_in_two_chats(world: World) -> None:
    world.links("slack", "S1")
    ana = world.member("ana")
    seen = ana.uses("poll create", in_="announcements", question="Lunch?", choices="Pizza, Sushi")
    assert "#announcements, in every chat" in seen.text
    seen.clicks("Ask it")
    here, there = world.card("Lunch?"), world.card("Lunch?", "slack")
    also = world.person("ana-at-work", "slack", "S1")
    becomes_one(ana, also)

    ana.clicks("Pizza", on=here)
    assert "Your vote: Pizza." in also.clicks("My vote", on=there).text
    also.clicks("Sushi", on=there)

    for card in (here, there):
        assert "Sushi\n██████████ 1 vote (100 %)" in card.text
        assert "1 person has voted." in card.text


def test_two_ballots_are_one_when_two_accounts_become_one_person(world: World) -> None:
    world.links("slack", "S1")
    ana, also = world.member("ana"), world.member("ana-at-work", "slack", "S1")
    here = asks(ana, in_="announcements")
    ana.clicks("Pizza", on=here)
    also.clicks("Pizza", on=here)
    assert "2 people have voted." in here.text

    becomes_one(ana, also)

    assert "1 person has voted." in here.text
    assert "1 person has voted." in world.card("Lunch?", "slack").text
    assert votes(world) == 1


def test_the_table_itself_allows_no_second_vote(world: World, ana: Actor) -> None:
    ana.clicks("Pizza", on=asks(ana))

    def second(db: Session) -> None:
        first = db.exec(select(Vote)).one()
        db.execute(insert(Vote).values(**{**first.model_dump(), "number": 2}))

    with pytest.raises(IntegrityError):
        world.write(second)
    assert world.read(lambda db: db.exec(select(Vote)).one().slot) == 0
