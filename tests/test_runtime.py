"""How a call runs: permission, answers, forms, drafts, confirmation, errors, and what a restart keeps."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Annotated, Literal

import pytest

from bot.actions import Feature, Opt, Refuse, Role
from bot.calls import Call, Spot, Turn
from bot.cards import Button, Card, card
from bot.effects import Confirm, Effect, Later, Post, Refresh, Reply, Tell
from bot.text import Zoned, said, say
from storage.people import Member
from tests.databases import Database
from tests.turns import keep
from tests.world import World

toys = Feature("toys")
NEWS = toys.kind("news", "News about toys", "you like toys")


@toys.action("Join", command="join", needs=Role.GUEST)
def join(turn: Turn) -> list[Effect]:
    return [Reply(card(say("Come in."), Button(say("Join"), enter.link())))]


@toys.action(needs=Role.GUEST)
def enter(turn: Turn) -> list[Effect]:
    row = turn.db.get_one(Member, turn.who.id)
    row.status = "member"
    turn.db.add(row)
    return []


@toys.action("Make a toy", command="toy make")
def make(
    turn: Turn,
    *,
    name: Annotated[str, Opt("What is it called?", max=20)],
    colour: Annotated[Literal["red", "blue"], Opt("Which colour?")] = "red",
    when: Annotated[datetime | None, Opt("When is it ready?")] = None,
    size: Annotated[int, Opt("How big?", min=1, max=9)] = 1,
) -> list[Effect]:
    if name == "bomb":
        raise Refuse("No bombs, please.", field="name")
    if name == "bug":
        raise RuntimeError(name)
    if when and not turn.confirmed:
        return [Confirm(card(say("Ready {when}?", when=Zoned(when, str(turn.who.zone)))))]
    keep(turn, toy=name, colour=colour, size=size)
    return [Post(turn.here(), show.link()), Reply(card(say("Made {name}.", name=name)))]


@toys.action("Rename", command="toy rename")
def rename(turn: Turn, *, name: Annotated[str, Opt("Name")]) -> list[Effect]:
    keep(turn, toy=name)
    return [Refresh(show.link())]


@toys.view()
def show(turn: Turn) -> Card | None:
    name = turn.community.settings.get("toy")
    return card(said(f"toy {name}")) if name else None


@toys.action("Tell me", command="toy tell", needs=Role.GUEST)
def tell(turn: Turn) -> list[Effect]:
    return [Tell(turn.who.id, show.link(), NEWS), Later(turn.now + timedelta(hours=1), tick.link(0), key="tick")]


@toys.action(needs=Role.SYSTEM)
def tick(turn: Turn, n: int) -> list[Effect]:
    keep(turn, toy=f"tick {n}")
    return [Later(turn.now + timedelta(hours=1), tick.link(n + 1), key="tick"), Refresh(show.link())]


@toys.action("For coordinators", command="toy rule", needs=Role.COORDINATOR)
def rule(turn: Turn) -> list[Effect]:
    return [Reply(card(say("Ruled.")))]


@pytest.fixture
def world(database: Database) -> Iterator[World]:
    from bot.kinds import kinds

    made = World(database, [toys, kinds])
    yield made
    made.close()


def test_a_guest_is_offered_to_join(world: World) -> None:
    seen = world.person("ana").uses("toy make", name="car")

    assert "Join first" in seen.text
    assert seen.buttons[0] == "Join"


def test_a_required_answer_is_asked_for(world: World) -> None:
    seen = world.member("ana").uses("toy make")

    assert [f.name for f in seen.form.fields] == ["name", "colour", "when", "size"]

    assert seen.submits(name="car").text == "Made car."
    assert world.card("toy car").channel == "general"


def test_everything_wrong_is_told_at_once_and_what_was_typed_is_kept(world: World) -> None:
    seen = world.member("ana").uses("toy make", name="x" * 30, colour="green", size="12")

    assert "Name: At most 20 characters, please; this has 30." in seen.text
    assert "Colour: There is no “green”." in seen.text
    assert "Size: From 1 to 9, please." in seen.text

    form = seen.clicks("Open the form again")
    assert form.form.filled["name"] == "x" * 30
    assert form.submits(name="car", colour="blue", size=3).text == "Made car."


def test_a_refusal_of_the_handler_keeps_the_form_too(world: World) -> None:
    seen = world.member("ana").uses("toy make", name="bomb", colour="blue")

    assert "Name: No bombs, please." in seen.text
    assert seen.clicks("Open the form again").form.filled == {"name": "bomb", "colour": "blue"}


def test_what_will_happen_is_shown_and_done_only_after_a_yes(world: World) -> None:
    seen = world.member("ana").uses("toy make", name="car", when="tomorrow 18:00")

    assert "Ready Tuesday 3 March 2026, 18:00 (Europe/Berlin)?" in seen.text
    assert world.chat().messages == []

    world.passes(days=1)  # "tomorrow" still means what was shown
    assert "Made car." in seen.clicks("Go ahead").text


def test_a_form_that_is_too_small_is_asked_in_pages(world: World) -> None:
    ana = world.member("ana")
    world.form_size = 2

    first = ana.uses("toy make")
    assert [f.name for f in first.form.fields] == ["name", "colour"]
    between = first.submits(name="car", colour="blue")
    second = between.clicks("Continue")
    assert [f.name for f in second.form.fields] == ["when", "size"]

    assert second.submits(size=2).text == "Made car."
    assert world.community.settings == {"toy": "car", "colour": "blue", "size": 2}


def test_nobody_continues_the_form_of_another(world: World) -> None:
    ana, ben = world.member("ana"), world.member("ben")
    seen = ana.uses("toy make", name="bomb")

    assert "no longer open" in ben.clicks("Open the form again", on=seen).text


def test_a_bug_is_answered_with_a_reference_that_the_log_has(world: World, caplog: pytest.LogCaptureFixture) -> None:
    seen = world.member("ana").uses("toy make", name="bug")

    reference = seen.text.split("mention ")[1].strip(".")
    assert reference in caplog.text


def test_an_unknown_link_is_a_polite_answer(world: World) -> None:
    from bot.actions import Link

    ana = world.member("ana")

    assert "older version" in ana.follows(Link("toys.nothing")).text
    assert "older version" in ana.follows(Link("toys.make", ("too", "many"))).text
    assert "older version" in ana.follows(Link("toys.tick", ("1",))).text  # the clock's, never a person's


def test_a_coordinators_command_names_who_could_do_it(world: World) -> None:
    ana = world.member("ana")
    assert "needs a coordinator" in ana.uses("toy rule").text

    world.coordinator("carla")
    assert "You could ask Carla" in ana.uses("toy rule").text
    assert world.person("root", admin=True).uses("toy rule").text == "Ruled."


def test_the_same_delivery_twice_has_one_effect(world: World) -> None:
    ana = world.member("ana")
    link = world.engine.app.commands["toy make"].link()
    call = Call(link, ana.account, Spot("general"), {"name": "car"}, key="event-1")

    assert ana.again(call).text == "Made car."
    assert ana.again(call).text == "Made car."  # the first one's answer
    assert len(world.chat().messages) == 1


def test_many_changes_become_one_edit_that_shows_the_last(world: World) -> None:
    ana = world.member("ana")
    ana.uses("toy make", name="car")

    ana.uses("toy rename", name="bus")
    ana.uses("toy rename", name="boat")

    assert world.card("toy").text == "toy boat"


def test_what_was_planned_survives_a_restart_and_repeats(world: World) -> None:
    world.member("ana").uses("toy tell")
    world.restarts()

    world.passes(hours=3)

    assert world.community.settings["toy"] == "tick 2"


def test_nothing_to_say_is_not_sent(world: World) -> None:
    ana = world.member("ana")
    ana.uses("toy tell")

    assert ana.dms == []


def test_a_direct_message_says_why_and_how_to_stop_it(world: World) -> None:
    ana = world.member("ana")
    ana.uses("toy make", name="car")
    ana.uses("toy tell")

    [dm] = ana.dms
    assert "You get this because you like toys." in dm.text
    assert "Stopped: News about toys." in ana.clicks("Stop these", on=dm).text


def test_a_refused_direct_message_waits_for_the_next_visit(world: World) -> None:
    ana = world.member("ana")
    world.chat().closed.add("ana")
    ana.uses("toy make", name="car")
    ana.uses("toy tell")

    seen = ana.uses("toy rename", name="bus")
    assert "toy bus" in seen.text
    assert "toy bus" not in ana.uses("toy rename", name="bus").text  # once
