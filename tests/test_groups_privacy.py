"""Private groups: known to their people and coordinators, and entered by invitation."""

from bot.actions import Link, Role
from tests.talks import NAME, desk, inside, starts, stored, ticks
from tests.world import Actor, World


def test_a_private_group_is_invisible_to_others(world: World, amara: Actor) -> None:
    imani, hugo = world.member("imani"), world.member("hugo")
    seen = amara.uses("group create", name="Safeguarding", purpose="Cases.", lead="imani", private=True)
    assert "Only its members and coordinators will see it." in seen.text
    seen.clicks("Create it")
    group = stored(world, "Safeguarding")

    assert [m for m in world.chat().messages if m.channel == "general"] == []
    for command in ("group list", "groups"):
        assert "Safeguarding" not in hugo.uses(command).text
        assert "Safeguarding" in imani.uses(command).text
        assert "Safeguarding" in amara.uses(command).text
    assert "Safeguarding" not in hugo.uses("group join", group="safeguardin").text
    assert hugo.types("group show", "group", "") == []
    for action in ("enter", "people", "look", "give_up", "amend"):
        assert "That group is not there." in hugo.follows(Link(f"groups.{action}", (group.id,))).text
    assert inside(world, "Safeguarding") == ["Imani"]


def test_its_name_is_not_told_to_somebody_who_wants_the_same(world: World, amara: Actor) -> None:
    amara.uses("group create", name="Safeguarding", purpose="Cases.", private=True).clicks("Create it")
    ben = world.member("ben", role=Role.FACILITATOR)

    seen = ben.uses("group create", name="safeguarding", purpose="Cases, too")

    assert "That name is not free." in seen.text
    assert "Join" not in seen.buttons


def test_people_come_into_a_private_group_by_invitation(world: World, amara: Actor) -> None:
    imani, hugo, keiko = world.member("imani"), world.member("hugo"), world.member("keiko")
    amara.uses("group create", name="Safeguarding", purpose="Cases.", lead="imani", private=True).clicks("Create it")

    assert "gets an invitation" in imani.uses("group invite", group="Safeguarding", member="hugo").text
    assert desk(hugo, "needs") == ["You are invited to Safeguarding."]
    assert ticks(hugo.uses("groups")) == {"Safeguarding": False}
    [dm] = [m for m in hugo.dms if "You are invited to Safeguarding (“Cases.”)." in m.text]
    assert "is invited" in imani.uses("group invite", group="Safeguarding", member="hugo").text
    assert "You are in Safeguarding." in hugo.clicks("Join", on=dm).text

    imani.uses("group invite", group="Safeguarding", member="keiko")
    [dm] = [m for m in keiko.dms if "You are invited" in m.text]
    assert "declined" in keiko.clicks("No, thanks", on=dm).text
    assert "not there" in keiko.clicks("Join", on=dm).text
    assert "You could ask Imani" in hugo.uses("group invite", group="Safeguarding", member="keiko").text


def test_another_communitys_group_does_not_exist(world: World, amara: Actor) -> None:
    card = starts(amara)
    world.opens("slack", "S2")
    stranger = world.coordinator("zoe", "slack", "S2")

    assert "That group is not there." in stranger.clicks("Join", on=card).text
    assert "No groups yet." in stranger.uses("group list").text
    assert "There are no groups yet." in stranger.uses("group join", group=NAME).text
    assert inside(world) == []
    assert stranger.uses("group create", name=NAME, purpose="Our own").buttons[0] == "Create it"
