"""Polls in lists and by name, and who does not see them there."""

from tests.talks import asks
from tests.world import Actor, World


def test_an_empty_list_teaches(world: World, ana: Actor) -> None:
    seen = ana.uses("poll list")

    assert "No poll is open. Ask something with" in seen.text
    assert seen.clicks("Ask something").form.fields[0].name == "question"


def test_the_list_shows_open_polls_with_my_vote(world: World, ana: Actor, ben: Actor) -> None:
    card = asks(ana)
    asks(ana, "Old?", closes="today 12:00")
    ben.clicks("Pizza", on=card)
    world.passes(hours=4)

    assert "Lunch?\nYour vote: Pizza." in ben.uses("poll list").text
    assert "Old?" not in ben.uses("poll list").text
    assert "Lunch?\nYou have not voted." in ana.uses("poll list").text
    assert "Your vote: Sushi." in ana.uses("poll list").clicks("Open").clicks("Sushi").text


def test_a_long_list_is_turned_in_pages(world: World, ana: Actor) -> None:
    for n in range(6):
        asks(ana, f"Question {n}?", closes=f"in {n + 2} days at 10:00")

    seen = ana.uses("poll list")
    assert "Question 0?" in seen.text
    assert "Question 5?" in seen.clicks("Next").text


def test_a_poll_is_found_by_a_part_of_its_question(world: World, ana: Actor, ben: Actor) -> None:
    asks(ana, "Lunch on Monday?")
    world.passes(minutes=5)
    asks(ana, "Lunch on Friday?")

    assert "Friday" in ben.uses("poll show", poll="friday").text
    assert "Perhaps one of these: Lunch on Friday?, Lunch on Monday?." in ben.uses("poll show", poll="lunch on").text
    assert "No poll asks “weather”." in ben.uses("poll show", poll="weather").text
    assert sorted(ben.types("poll show", "poll", "lunch")) == ["Lunch on Friday?", "Lunch on Monday?"]


def test_open_polls_wait_on_my_page_until_i_vote(world: World, ana: Actor, ben: Actor) -> None:
    card = asks(ana)
    assert "Lunch? Open until" in ben.home

    ben.clicks("Pizza", on=card)

    assert "Lunch?" not in ben.home
    assert "Lunch?" in ana.home


def test_what_is_kept_here_is_in_nobodys_lists_but_works_here(world: World, ana: Actor, ben: Actor) -> None:
    card = asks(ana, only_here=True)

    assert "Lunch?" not in ben.uses("poll list").text
    assert "Lunch?" not in ben.home
    assert ben.types("poll show", "poll", "") == []
    assert "Lunch?" in ana.uses("poll list").text
    ben.clicks("Pizza", on=card)
    assert "Lunch?" in ben.uses("poll list").text


def test_what_a_private_group_asks_stays_in_the_group(world: World, ana: Actor, ben: Actor) -> None:
    amara = world.coordinator("amara")
    amara.uses("group create", name="Cases", purpose="Hard cases.", lead="ana", private=True).clicks("Create it")

    seen = ana.uses("poll create", in_="home-cases", question="Which case?", choices="One, Two")
    assert "Only the people of this group see it." in seen.text
    seen.clicks("Ask it")

    card = world.card("Which case?")
    assert card.channel == "home-cases"
    assert "Which case?" in ana.uses("poll list").text
    for other in (ben, amara):
        assert "Which case?" not in other.uses("poll list").text
        assert "Which case?" not in other.home
        assert "That poll is not there." in other.clicks("One", on=card).text
        assert "No poll asks" in other.uses("poll show", poll="which case?").text
