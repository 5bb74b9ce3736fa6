"""The library: who leaves may take along what they shared, wrote beside it, and were quoted with."""

import pytest
from sqlalchemy import text
from sqlmodel import Session

from bot.actions import Link
from storage.finding import ranked
from storage.resources import split
from tests.doings import PAGE, finds, quote, resource_ids, saves, shares
from tests.rows import dump, naming
from tests.world import Actor, World

GUIDE = "https://example.org/guide"


def goes(actor: Actor, contributions: str = "delete mine") -> None:
    actor.uses("leave", contributions=contributions).clicks("Leave")


def notes(actor: Actor, why: str, on: str = "Say why it helps you") -> None:
    """Say why the only resource helps."""
    actor.clicks(on, on=actor.world.card(on)).submits(why=why)


def kept(world: World, words: str) -> list[str]:
    """Where these words still are, the search index included."""
    here = world.community.id

    def indexed(db: Session) -> bool:
        if world.store.dialect == "postgresql":  # keeps no words, but where their stems stand
            return bool(ranked(db, here, split(words)))
        return words in str(db.execute(text("SELECT title, tags, words FROM resource_search")).all())

    return naming(world.read(dump), words) + (["search"] if world.read(indexed) else [])


def test_who_leaves_may_take_everything_they_shared_along(world: World) -> None:
    ana, ben = world.member("ana"), world.member("ben")
    shares(ana, GUIDE, "It explains mentoring", tags="mentees")
    card = world.card("mentoring")

    goes(ana)

    for words in ("mentoring", "guide", "mentees"):
        assert kept(world, words) == []
        assert "Nothing about" in finds(ben, text=words)
    assert card.text == "This is no longer in the library."


@pytest.mark.parametrize("contributions", ["keep my name", "without my name"])
def test_who_leaves_may_leave_it_all_here(world: World, contributions: str) -> None:
    ana, ben = world.member("ana"), world.member("ben")
    shares(ana, GUIDE, "It explains mentoring")

    goes(ana, contributions)

    assert "It explains mentoring" in world.card("guide").text
    assert "guide" in finds(ben, text="mentoring")


def test_what_they_wrote_beside_the_resources_of_others_goes_along(world: World) -> None:
    ana, ben = world.member("ana"), world.member("ben")
    shares(ana, GUIDE, "It explains mentoring")
    notes(ben, "Parents like it")

    goes(ben)

    assert "Parents" not in world.card("guide").text
    assert "It explains mentoring" in world.card("guide").text
    assert "Nothing about" in finds(ana, text="parents")
    assert kept(world, "Parents") == []


def test_with_reasons_of_others_the_link_stays_and_nothing_of_who_shared_it(world: World) -> None:
    ana, ben, cleo = world.member("ana"), world.member("ben"), world.member("cleo")
    ana.uses("resource add", url=GUIDE, why="It explains mentoring", title="Anas pearl", tags="jewels")
    card = world.card("pearl")
    notes(ben, "Parents like it")

    goes(ana)

    assert card.text == f"guide (example.org)\n{GUIDE}\nBen: Parents like it\nlink\n[Say why it helps you]"
    for words in ("mentoring", "pearl", "jewels"):
        assert kept(world, words) == []
        assert "Nothing about" in finds(cleo, text=words)
    assert "guide (example.org), link\n" in finds(cleo, text="parents")
    assert "guide (example.org), link\n" in cleo.home
    assert "Only a coordinator can change that." in cleo.uses("resource edit", resource="guide (example.org)").text
    notes(cleo, "So do teachers")
    assert "Cleo: So do teachers" in card.text


def test_a_note_with_reasons_of_others_stays_for_their_sake(world: World) -> None:
    ana, ben = world.member("ana"), world.member("ben")
    shares(ana, "", "Ask the mentee first")
    notes(ben, "It saved me a week")

    goes(ana)

    assert world.card("saved me").text.startswith("A note of Monday 2 March 2026\nBen: It saved me a week\nnote")
    assert kept(world, "mentee") == []


def test_words_that_others_quoted_go_and_their_link_stays(world: World) -> None:
    ana, ben = world.member("ana"), world.member("ben")
    saves(ana, quote("Call the parents first"))
    ben.clicks("Allow", on=ben.dms[-1])
    card = world.card("“Call the parents first”, Ben")

    goes(ben)

    assert "parents" not in card.text
    assert "Ben" not in card.text
    assert card.text.startswith(
        "A message of Monday 2 March 2026\nhttps://chat.example/general/42\nnote, shared by Ana"
    )
    assert "Nothing about" in finds(ana, text="parents")
    assert kept(world, "Call the parents") == []


def test_words_that_wait_for_a_yes_go_with_who_said_them(world: World) -> None:
    ana, ben = world.member("ana"), world.member("ben")
    saves(ana, quote("Call the parents first"))
    question = ben.dms[-1].card

    goes(ben)
    world.passes(days=15)

    assert kept(world, "Call the parents") == []
    assert "not for you" in ben.clicks("Allow", on=question).text
    assert "Call the parents" not in world.card("shared by Ana").text


def test_nobody_is_asked_any_more_about_what_is_gone(world: World) -> None:
    ana, ben = world.member("ana"), world.member("ben")
    saves(ana, quote("Call the parents first"))

    goes(ana)

    assert "Your words are not kept, and the library no longer points to your message." in ben.dms[-1].text
    assert "May your words be kept" not in ben.home
    assert kept(world, "Call the parents") == []


def test_who_has_gone_with_their_words_is_nobody_to_ask(world: World) -> None:
    ana, ben = world.member("ana"), world.member("ben")
    ana.uses("resource add", url=GUIDE, why="It helps").clicks("Add details").submits(contact="Ben")
    assert "ask Ben about it" in world.card("guide").text

    goes(ben)

    assert "about it" not in world.card("guide").text


def test_what_was_erased_cannot_be_put_back(world: World) -> None:
    ana, cora = world.member("ana"), world.coordinator("cora")
    shares(ana, GUIDE, "It explains mentoring")
    shares(ana, PAGE, "It takes three minutes")
    removed = cora.uses("resource remove", resource="guide (example.org)")

    goes(ana)

    assert "cannot be put back any more" in removed.clicks("Put it back").text
    for one in resource_ids(world):
        assert "no longer in the library" in cora.follows(Link("resources.look", (one,))).text
    assert "No resources yet" in finds(cora)


def test_an_author_who_said_no_is_heard_even_after_the_saver_has_gone(world: World) -> None:
    ana, ben, cleo = world.member("ana"), world.member("ben"), world.member("cleo")
    saves(ana, quote("Call the parents first"))
    ben.clicks("No", on=ben.dms[-1])

    goes(ana)

    assert "would rather not" in saves(cleo, quote("Call the parents first"))
