"""Leads of groups: named, asked for a successor, and who may change what."""

from bot.actions import Link, Role
from tests.talks import NAME, inside, mirrored, starts, stored
from tests.world import Actor, World


def test_a_lead_who_leaves_is_asked_for_a_successor(world: World, amara: Actor) -> None:
    imani, hugo = world.member("imani"), world.member("hugo")
    card = starts(amara, lead="imani", capacity=1)

    seen = imani.clicks("Leave", on=card)
    assert "You lead Mentor Retention. Who takes over?" in seen.text
    assert inside(world) == ["Imani"]
    assert "That is you." in seen.clicks("Name a successor").submits(successor="imani").text
    world.person("guest").uses("me")
    assert "has not joined" in seen.clicks("Name a successor").submits(successor="guest").text
    done = seen.clicks("Name a successor").submits(successor="hugo")

    assert "You have left Mentor Retention. Hugo leads it now." in done.text
    assert inside(world) == ["Hugo"]
    assert "Lead: Hugo." in card.text
    assert mirrored(world) == {"hugo"}
    assert [m for m in hugo.dms if "You lead Mentor Retention now" in m.text]


def test_a_lead_is_not_blocked_from_leaving(world: World, amara: Actor) -> None:
    imani = world.member("imani")
    card = starts(amara, lead="imani")

    assert "You have left" in imani.clicks("Leave", on=card).clicks("Leave anyway").text

    assert "Looking for a lead." in card.text
    assert stored(world).status == "forming"
    assert "You do not lead" in imani.follows(Link("groups.go_anyway", (stored(world).id,))).text


def test_only_the_lead_or_a_coordinator_changes_a_group(world: World, amara: Actor) -> None:
    imani, hugo = world.member("imani"), world.member("hugo")
    card = starts(amara, lead="imani")

    assert "The lead of Mentor Retention can do that. You could ask Imani." in hugo.uses("group edit", group=NAME).text
    change = Link("groups.change", (stored(world).id,))
    assert "You could ask Imani" in hugo.sends(change, {"name": "Mine", "purpose": "Mine now"}).text

    assert "is changed" in imani.uses("group edit", group=NAME).submits(name="Keeping Mentors").text
    assert "Keeping Mentors" in card.text
    assert "Lead: Imani." in card.text


def test_renaming_to_a_taken_name_is_refused(world: World, amara: Actor) -> None:
    starts(amara)
    starts(amara, "Finance")

    seen = amara.uses("group edit", group="Finance").submits(name="MENTOR RETENTION")

    assert "There is a group Mentor Retention already" in seen.text
    assert "is changed" in amara.uses("group edit", group="Finance").submits(name="FINANCE").text


def test_a_new_lead_needs_a_place(world: World, amara: Actor) -> None:
    card = starts(amara, capacity=1)
    world.member("imani")
    world.member("hugo").clicks("Join", on=card)

    assert "It is full." in amara.uses("group edit", group=NAME).submits(lead="imani").text
    assert "is changed" in amara.uses("group edit", group=NAME).submits(lead="hugo").text
    assert "Lead: Hugo." in card.text


def test_facilitators_change_what_they_lead_and_what_nobody_leads(world: World, amara: Actor) -> None:
    fay, imani = world.member("fay", role=Role.FACILITATOR), world.member("imani")
    starts(amara, "Alpha")
    starts(amara, "Beta", lead="imani")
    starts(fay, "Gamma", lead="fay")

    assert fay.types("group edit", "group", "") == ["Alpha: 0 people.", "Gamma: 1 person."]
    assert imani.types("group edit", "group", "") == ["Beta: 1 person."]
    assert len(amara.types("group edit", "group", "")) == 3
    assert "is changed" in fay.uses("group edit", group="Alpha").submits(lead="imani").text
    assert "You could ask Imani" in fay.uses("group edit", group="Alpha").text
    assert "You could ask Imani" in fay.uses("group edit", group="Beta").text
    assert "is changed" in fay.uses("group edit", group="Gamma").submits(purpose="Something else").text
    assert "has no lead now" in imani.uses("group edit", group=leaderless(amara)).text


def leaderless(by: Actor) -> str:
    starts(by, "Delta")
    return "Delta"
