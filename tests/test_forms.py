"""Forms: asked in pages, kept for a day for one person, and done once however often somebody presses."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated

import pytest
from sqlmodel import select

from bot.actions import Feature, Link, Opt, Refuse, Role
from bot.calls import Turn
from bot.cards import Button, card
from bot.effects import Ask, Confirm, Effect, Reply
from bot.engine import DRAFTS_KEPT, INBOX_KEPT
from bot.text import Zoned, say
from storage.ledger import Draft, Inbox
from tests.databases import Database
from tests.turns import keep
from tests.world import World

clubs = Feature("clubs")


@clubs.action("Found a club", command="club found", needs=Role.GUEST)
def found(
    turn: Turn,
    *,
    name: Annotated[str, Opt("What is it called?", max=20)],
    size: Annotated[int, Opt("How big?", min=1, max=9)] = 1,
    starts: Annotated[datetime | None, Opt("When does it start?")] = None,
    motto: Annotated[str, Opt("What is its motto?")] = "",
    colour: Annotated[str, Opt("Which colour?")] = "red",
) -> list[Effect]:
    if name == "taken":
        raise Refuse("There is one already.", field="name")
    if starts and not turn.confirmed:
        return [Confirm(card(say("Start {at}?", at=Zoned(starts, str(turn.who.zone)))))]
    if name == "full":  # only found out when it is done
        raise Refuse("All is full.")
    clubs_ = turn.community.settings.get("clubs", [])
    keep(turn, clubs=[*clubs_, f"{name} {size} {starts and starts.isoformat()} {motto} {colour}"])
    return [Reply(card(say("Founded {name}.", name=name)))]


@clubs.action("Close all clubs", command="club close", needs=Role.GUEST)
def close(turn: Turn) -> list[Effect]:
    if not turn.confirmed:
        return [Confirm(card(say("Close all?")), say("Close them"))]
    keep(turn, closed=turn.community.settings.get("closed", 0) + 1)
    return [Reply(card(say("Closed.")))]


@clubs.action("Found another", needs=Role.GUEST)
def another(turn: Turn) -> list[Effect]:
    return [Ask(found.link(), {"name": "Readers", "starts": turn.now, "size": 3, "unheard": "of"})]


@clubs.action("Only with a name", command="club hint", needs=Role.GUEST)
def hint(turn: Turn, *, name: Annotated[str, Opt("Name")] = "") -> list[Effect]:
    raise Refuse("Not like this.", offer=[Button(say("Like that"), found.link())])


@pytest.fixture
def world(database: Database) -> Iterator[World]:
    made = World(database, [clubs])
    yield made
    made.close()


def drafts(world: World) -> list[Draft]:
    return world.read(lambda db: list(db.exec(select(Draft))))


def sweep(world: World) -> None:
    world.wait(world.engine._sweep())


def clubs_of(world: World) -> list[str]:
    return list(world.community.settings.get("clubs", []))


def test_a_form_of_three_pages_is_asked_page_by_page_and_done_at_the_end(world: World) -> None:
    world.form_size = 2
    first = world.person("ana").uses("club found")
    assert ([f.name for f in first.form.fields], first.form.page, first.form.pages) == (["name", "size"], 1, 3)

    between = first.submits(name="Readers", size=2)
    assert "Part 2 of 3 is next." in between.text
    between = between.clicks("Continue").submits(motto="Read!")
    assert "Part 3 of 3 is next." in between.text
    assert clubs_of(world) == []

    assert between.clicks("Continue").submits(colour="blue").text == "Founded Readers."
    assert clubs_of(world) == ["Readers 2 None Read! blue"]
    assert drafts(world) == []


def test_answers_of_a_command_fill_the_first_page_of_its_form(world: World) -> None:
    world.form_size = 2
    seen = world.person("ana").uses("club found", colour="blue")
    assert seen.form.filled == {"colour": "blue"}

    last = seen.submits(name="Readers").clicks("Continue").submits().clicks("Continue")
    assert last.form.filled["colour"] == "blue"


def test_a_mistake_on_the_first_page_is_told_and_corrected_there(world: World) -> None:
    world.form_size = 2
    seen = world.person("ana").uses("club found").submits(name="taken", size=2)
    seen = seen.clicks("Continue").submits().clicks("Continue").submits()
    assert "Name: There is one already." in seen.text
    assert clubs_of(world) == []

    again = seen.clicks("Open the form again")
    assert (again.form.page, again.form.filled["name"], again.form.filled["size"]) == (1, "taken", 2)
    seen = again.submits(name="Readers").clicks("Continue").submits().clicks("Continue").submits()
    assert clubs_of(world) == ["Readers 2 None  red"]


def test_a_field_that_was_emptied_is_empty(world: World) -> None:
    seen = world.person("ana").uses("club found", name="taken", motto="Read!")

    seen.clicks("Open the form again").submits(name="Readers", motto="")

    assert clubs_of(world) == ["Readers 1 None  red"]


def test_a_page_that_does_not_exist_is_the_nearest_one(world: World) -> None:
    world.form_size = 2
    ana = world.person("ana")
    ana.uses("club found").submits(name="Readers")
    [draft] = drafts(world)

    for page, nearest in (("99", 3), ("0", 1), ("²", 1), ("x", 1), ("", 1)):
        assert ana.follows(Link("forms.page", (draft.id, page))).form.page == nearest


@pytest.mark.parametrize("step", ["again", "page", "confirm", "drop"])
def test_the_form_of_another_person_is_not_open(world: World, step: str) -> None:
    world.person("ana").uses("club found", name="Readers", starts="tomorrow 18:00")
    [draft] = drafts(world)
    link = Link(f"forms.{step}", (draft.id,))

    stranger = world.person("ben")
    elsewhere = world.person("ana", space="D2")  # the same name in another community
    for somebody in (stranger, elsewhere):
        assert "no longer open" in somebody.follows(link).text
        assert "no longer open" in somebody.sends(link, {"name": "Mine"}).text

    assert [d.answers["name"] for d in drafts(world)] == ["Readers"]
    assert clubs_of(world) == []


@pytest.mark.parametrize("args", [(), ("unheard",), ("",)])
def test_a_form_that_never_was_is_not_open(world: World, args: tuple[str, ...]) -> None:
    assert "no longer open" in world.person("ana").follows(Link("forms.confirm", args)).text


def test_going_ahead_twice_has_one_effect(world: World) -> None:
    preview = world.person("ana").uses("club found", name="Readers", starts="tomorrow 18:00")

    assert preview.clicks("Go ahead").text == "Founded Readers."
    assert "no longer open" in preview.clicks("Go ahead").text
    assert "no longer open" in preview.clicks("Change").text
    assert len(clubs_of(world)) == 1


def test_what_asks_nothing_is_confirmed_as_well_and_once(world: World) -> None:
    preview = world.person("ana").uses("club close")
    assert preview.buttons == ["Close them", "Cancel"]

    preview.clicks("Close them")
    preview.clicks("Close them")

    assert world.community.settings == {"closed": 1}


def test_going_ahead_means_what_was_shown_even_later(world: World) -> None:
    preview = world.person("ana").uses("club found", name="Readers", starts="in 2 hours")
    world.passes(hours=10)

    preview.clicks("Go ahead")

    assert clubs_of(world) == ["Readers 1 2026-03-02T11:00:00+00:00  red"]


def test_what_is_typed_again_later_counts_from_then(world: World) -> None:
    seen = world.person("ana").uses("club found", name="taken", starts="in 2 hours")
    world.passes(hours=10)

    preview = seen.clicks("Open the form again").submits(name="Readers", starts="in 2 hours")
    preview.clicks("Go ahead")

    assert clubs_of(world) == ["Readers 1 2026-03-02T21:00:00+00:00  red"]


def test_a_preview_can_be_changed_and_then_only_the_change_is_done(world: World) -> None:
    preview = world.person("ana").uses("club found", name="Readers", starts="tomorrow 18:00")

    changed = preview.clicks("Change").submits(name="Writers")
    assert "You changed that since." in preview.clicks("Go ahead").text
    assert clubs_of(world) == []
    changed.clicks("Go ahead")

    assert "no longer open" in preview.clicks("Go ahead").text
    assert [club.split()[0] for club in clubs_of(world)] == ["Writers"]


def test_a_refused_go_ahead_can_be_corrected_and_is_done_once(world: World) -> None:
    preview = world.person("ana").uses("club found", name="full", starts="tomorrow 18:00")
    [draft] = drafts(world)
    refused = preview.clicks("Go ahead")
    assert "All is full." in refused.text
    assert [d.id for d in drafts(world)] == [draft.id]
    assert "All is full." in preview.clicks("Go ahead").text

    refused.clicks("Open the form again").submits(name="Writers").clicks("Go ahead")
    assert "no longer open" in preview.clicks("Go ahead").text
    assert len(clubs_of(world)) == 1


def test_cancelling_does_nothing_and_ends_it(world: World) -> None:
    preview = world.person("ana").uses("club found", name="Readers", starts="tomorrow 18:00")

    assert preview.clicks("Cancel").text == "All right, nothing was done."
    assert "no longer open" in preview.clicks("Go ahead").text
    assert (clubs_of(world), drafts(world)) == ([], [])


def test_what_was_typed_is_kept_for_a_day_after_the_last_time(world: World) -> None:
    seen = world.person("ana").uses("club found", name="taken")
    world.clock.move(DRAFTS_KEPT - timedelta(minutes=1))
    sweep(world)
    seen = seen.clicks("Open the form again").submits(name="taken")

    world.clock.move(DRAFTS_KEPT - timedelta(minutes=1))
    sweep(world)
    assert seen.clicks("Open the form again").form.filled["name"] == "taken"

    world.clock.move(timedelta(minutes=2))
    sweep(world)
    assert "no longer open" in seen.clicks("Open the form again").text


def test_a_delivery_is_remembered_for_a_week(world: World) -> None:
    ana = world.person("ana")
    call = replace(ana._call(found.link(), "general", {"name": "Readers"}), key="discord:1")
    ana.again(call)
    world.clock.move(INBOX_KEPT - timedelta(minutes=1))
    sweep(world)
    ana.again(call)
    assert len(clubs_of(world)) == 1

    world.clock.move(timedelta(minutes=2))
    sweep(world)
    assert world.read(lambda db: list(db.exec(select(Inbox)))) == []


def test_a_form_is_filled_with_what_is_known_in_the_way_people_type_it(world: World) -> None:
    seen = world.person("ana").follows(another.link())

    assert seen.form.filled == {"name": "Readers", "starts": "2026-03-02 10:00", "size": 3}
    assert "Start Monday 2 March 2026, 10:05 (Europe/Berlin)?" in seen.submits(starts="10:05").text


def test_a_refusal_offers_its_way_forward_beside_the_form(world: World) -> None:
    seen = world.person("ana").uses("club hint", name="x")

    assert seen.buttons == ["Like that", "Open the form again"]


def test_a_form_answers_where_it_was_asked(world: World) -> None:
    ana = world.person("ana")
    preview = ana.uses("club found", in_="resources", name="Readers", starts="tomorrow 18:00")

    preview.clicks("Change")

    assert [d.where["channel"] for d in drafts(world)] == ["resources"]


def test_the_problems_of_a_sent_form_are_told_beside_its_fields(world: World) -> None:
    ana = world.person("ana")

    assert [p.field for p in ana.uses("club found").submits(name="x" * 21, size="12").outcome.problems] == [
        "name",
        "size",
    ]
    assert ana.uses("club found", name="x" * 21).outcome.problems == ()  # no form is open to show them in
