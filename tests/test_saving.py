"""Saving a message to the library: its link at once, its words only when its author says yes."""

import pytest
from sqlmodel import select

from bot.actions import Link
from bot.calls import Call, Spot
from storage.resources import QuoteRequest
from tests.doings import PAGE, finds, quote, saves
from tests.world import World


def test_a_saved_message_is_only_a_link_until_its_author_allows_more(world: World) -> None:
    ana, ben = world.member("ana"), world.member("ben")

    assert "I ask Ben whether the words may be kept" in saves(ana, quote("Call the parents first"))
    assert "A message of Monday 2 March 2026, note by Ana" in finds(ana)
    assert "Call the parents" not in finds(ana)
    assert "Call the parents" not in world.card("shared by Ana").text
    assert "https://chat.example/general/42" in world.card("shared by Ana").text

    question = ben.dms[-1]
    assert "Ana saved a message (https://chat.example/general/42) of yours" in question.text
    assert question.buttons == ["Allow", "Keep only the link", "No", "Stop these"]

    ben.clicks("Allow", on=question)
    assert "“Call the parents first”, Ben" in world.card("shared by Ana").text
    assert "Call the parents first, note by Ana" in finds(ana, text="parents")


@pytest.mark.parametrize("button, stays", [("Keep only the link", True), ("No", False)])
def test_an_author_may_say_no(world: World, button: str, stays: bool) -> None:
    ana, ben = world.member("ana"), world.member("ben")
    saves(ana, quote("Call the parents first"))

    ben.clicks(button, on=ben.dms[-1])

    assert "All right." in ben.dms[-1].text
    assert ("A message of" in finds(ana)) is stays
    assert waiting_words(world) == [""]
    again = saves(ana, quote("Call the parents first"))
    assert ("in the library already" in again) is stays
    assert ("would rather not" in again) is not stays


def test_a_no_keeps_the_page_that_the_message_named_and_nothing_of_the_message(world: World) -> None:
    ana, ben = world.member("ana"), world.member("ben")
    saves(ana, quote(f"Look at {PAGE}, my notes on Mia"))

    ben.clicks("No", on=ben.dms[-1])

    card = world.card("three question")
    assert PAGE in card.text
    assert "chat.example" not in card.text
    assert "Mia" not in card.text


def test_fourteen_silent_days_mean_that_only_the_link_stays(world: World) -> None:
    ana, ben = world.member("ana"), world.member("ben")
    saves(ana, quote("Call the parents first"))
    question = ben.dms[-1].card

    world.passes(days=13)
    world.restarts()
    assert waiting_words(world) == ["Call the parents first"]
    world.passes(days=2)

    assert waiting_words(world) == [""]
    assert "A message of" in finds(ana)
    assert "Only the link is kept" in ben.dms[-1].text
    assert "Only the link is kept" in ben.clicks("Allow", on=question).text
    assert "Call the parents" not in world.card("shared by Ana").text


def test_a_question_is_for_its_author_alone(world: World) -> None:
    ana, ben = world.member("ana"), world.member("ben")
    saves(ana, quote("Call the parents first"))
    [request] = world.read(lambda db: db.exec(select(QuoteRequest.id)).all())

    assert "not for you" in ana.follows(Link("resources.answer", (request, "allowed"))).text
    assert "not for you" in ben.follows(Link("resources.answer", (request, "whatever"))).text
    assert "not for you" in ana.follows(Link("resources.consider", (request,))).text
    assert "Call the parents" not in world.card("shared by Ana").text


def test_an_author_whose_messages_are_closed_finds_the_question_on_their_own_page(world: World) -> None:
    ana, ben = world.member("ana"), world.member("ben")
    world.chat().closed.add("ben")

    saves(ana, quote("Call the parents first"))

    assert "May your words be kept in the library? “Call the parents first”" in ben.home


@pytest.mark.parametrize("author, by_bot", [("ana", False), ("commonplace", True)], ids=["their own", "the bot's"])
def test_nobody_is_asked_about(world: World, author: str, by_bot: bool) -> None:
    ana = world.member("ana")

    assert "Saved." in saves(ana, quote("Poll result: 12 to 3", author, by_bot=by_bot))

    assert "“Poll result: 12 to 3”" in world.card("Poll result").text
    assert waiting_words(world) == []


@pytest.mark.parametrize("author", ["stranger", "gus"], ids=["never seen", "a guest"])
def test_who_never_joined_is_not_written_to(world: World, author: str) -> None:
    ana, gus = world.member("ana"), world.person("gus")
    gus.uses("resource find")

    assert "Saved, with its link only." in saves(ana, quote("Call the parents first", author))

    assert gus.dms == []
    assert "Call the parents" not in world.card("shared by Ana").text


def test_the_link_within_a_message_is_what_is_kept(world: World) -> None:
    ana, ben = world.member("ana"), world.member("ben")

    saves(ana, quote(f"See <{PAGE}>!"))

    assert f"{PAGE}\nFrom this message (https://chat.example/general/42)" in world.card("three question").text
    assert "in the library already" in saves(ben, quote("the same message again", "ben"))


def test_a_bare_link_leaves_nothing_to_ask_about(world: World) -> None:
    ana, ben = world.member("ana"), world.member("ben")

    saves(ana, quote(PAGE))

    assert ben.dms == []


def test_after_saving_one_may_say_why(world: World) -> None:
    ana = world.member("ana")
    seen = ana.quotes("resources.save", quote("Poll result", "ana"))

    seen.clicks("Say why it helps").submits(why="For the board", title="Result")

    assert "For the board" in world.card("Result").text


def test_a_private_conversation_is_not_saved(world: World) -> None:
    ana = world.member("ana")
    call = Call(Link("resources.save"), ana.account, Spot("dm", private=True), quoted=quote("psst"))

    assert "This conversation is private" in ana.again(call).text
    assert "No resources yet" in finds(ana)


def test_saving_without_a_message_says_how(world: World) -> None:
    assert "Use this on a message" in world.member("ana").follows(Link("resources.save")).text


def waiting_words(world: World) -> list[str]:
    return list(world.read(lambda db: db.exec(select(QuoteRequest.words)).all()))
