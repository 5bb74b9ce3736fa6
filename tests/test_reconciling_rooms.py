"""Channels, cards, rooms and seats that were deleted or changed by hand while the bot was away."""

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from bot.ports import Roster
from storage.outbox import DEAD, SENT, Outbox
from storage.people import Space
from storage.places import Channel
from tests.absence import a_day_old, is_there, missing
from tests.talks import inside, mirrored, starts, starts_private, stored
from tests.world import Actor, World


@pytest.fixture
def world(world: World) -> World:
    return a_day_old(world)


# Channels and messages.


def test_a_deleted_channel_is_noticed_and_told_to_coordinators_with_how_to_mend_it(world: World, amara: Actor) -> None:
    world.chat().gone.add("announcements")

    world.looks()

    assert missing(world) == {"announcements"}
    seen = amara.uses("community show").text
    assert "I cannot reach: announcements in Practice Circle (Discord)." in seen
    assert "/community place" in seen or "community place" in seen
    assert "cannot reach" not in world.member("ana").uses("community show").text


def test_a_channel_that_is_there_when_it_is_asked_for_is_not_lost(world: World) -> None:
    names = {ref: name for ref, name in world.chat().channels["D1"].items() if ref != "announcements"}
    world.chat().lists["D1"] = Roster("Practice Circle", None, names)

    world.looks()

    assert missing(world) == set()
    assert "announcements" in world.chat().asked


def test_a_channel_that_could_not_be_written_to_is_tried_again_when_it_is_listed(world: World, amara: Actor) -> None:
    world.chat().gone.add("announcements")
    world.looks()

    world.chat().gone.clear()
    world.looks()

    assert missing(world) == set()
    assert "cannot reach" not in amara.uses("community show").text


def test_a_channel_that_was_made_anew_serves_under_its_name(world: World, amara: Actor) -> None:
    chat = world.chat()
    chat.gone.add("welcome")
    chat.channels["D1"] = {**chat.channels["D1"], "welcome-2": "welcome"}

    world.looks()

    assert world.card("New here?", channel="welcome-2").text
    assert "cannot reach" not in amara.uses("community show").text


def test_the_front_desk_is_posted_again_and_other_cards_are_not(world: World, amara: Actor) -> None:
    starts(amara)
    desk = world.card("New here?")
    world.chat().messages.clear()

    world.looks()
    world.looks()

    again = world.card("New here?", channel="welcome")
    assert again.key != desk.key  # a platform that was told this key takes it for the deleted message
    assert len(world.chat().messages) == 1


def test_a_front_desk_whose_deletion_shows_at_an_edit_is_posted_again(world: World, amara: Actor) -> None:
    world.chat().messages.clear()

    amara.uses("community edit", purpose="Mentoring, together.")

    assert "Mentoring, together." in world.card("New here?", channel="welcome").text


def test_a_front_desk_in_a_channel_that_serves_no_more_is_not_posted_again(world: World, amara: Actor) -> None:
    amara.uses("community place", purpose="welcome", in_="general")
    [old] = [m for m in world.chat().messages if m.channel == "welcome"]
    world.chat().messages.remove(old)

    world.looks()

    assert [m.channel for m in world.chat().messages if "New here?" in m.text] == ["general"]


# Rooms and seats.


@pytest.fixture
def hugo(world: World, amara: Actor) -> Actor:
    """In a group, as all who are here are in the chat."""
    hugo = world.member("hugo")
    hugo.clicks("Join", on=starts(amara))
    for name in ("amara", "hugo"):
        is_there(world, name)
    world.clock.move(timedelta(hours=1))
    return hugo


def let_in(world: World, name: str) -> None:
    """Somebody lets a person into the group's channel by hand."""
    [home] = world.chat().homes.values()
    world.chat().seats.add(("D1", home.channel, name))


def test_who_was_put_out_of_the_channel_by_hand_is_let_in_again_once(world: World, hugo: Actor) -> None:
    world.chat().seats.clear()
    world.looks()
    assert mirrored(world) == {"hugo"}

    world.chat().seats.clear()
    world.clock.move(timedelta(days=1))
    world.looks()
    assert mirrored(world) == set()
    assert inside(world) == ["Hugo"]

    world.clock.move(timedelta(days=31))
    world.looks()
    assert mirrored(world) == {"hugo"}
    assert hugo.dms == []


def test_who_was_let_in_by_hand_is_in_an_open_group_from_then_on(world: World, hugo: Actor) -> None:
    world.member("keiko")
    is_there(world, "keiko")
    let_in(world, "keiko")

    world.looks()

    assert inside(world) == ["Hugo", "Keiko"]
    assert "2 people." in world.card("All about").text
    assert hugo.member.name == "Hugo"


def test_who_has_not_joined_the_community_is_reported_once_and_left_where_they_are(
    world: World, hugo: Actor, amara: Actor
) -> None:
    is_there(world, "guest")
    let_in(world, "guest")

    world.looks()
    world.clock.move(timedelta(days=1))
    world.looks()
    world.passes(days=1)

    [dm] = [m for m in amara.dms if "by hand" in m.text]
    assert "Somebody let Guest into the channel of Mentor Retention by hand, who is not in the group." in dm.text
    assert (dm.buttons, dm.edits) == (["Stop these"], 0)
    assert mirrored(world) == {"hugo", "guest"}
    assert inside(world) == ["Hugo"]
    assert hugo.dms == []


def test_the_lead_of_a_private_group_decides_about_who_was_let_in_by_hand(world: World, amara: Actor) -> None:
    lea, keiko = world.member("lea"), world.member("keiko")
    starts_private(amara, lead="lea")
    for name in ("amara", "lea", "keiko"):
        is_there(world, name)
    let_in(world, "keiko")
    world.clock.move(timedelta(hours=1))

    world.looks()
    world.passes(days=1)
    assert inside(world, "Safeguarding") == ["Lea"]
    [dm] = [m for m in lea.dms if "by hand" in m.text]
    assert "That group is not there" in keiko.clicks("Add Keiko", on=dm).text
    assert "Keiko is in Safeguarding now." in lea.clicks("Add Keiko", on=dm).text
    assert "Keiko is in Safeguarding now." in lea.clicks("Add Keiko", on=dm).text

    assert inside(world, "Safeguarding") == ["Lea", "Keiko"]


def test_who_is_on_their_way_out_is_not_taken_for_somebody_let_in(world: World, hugo: Actor) -> None:
    hugo.uses("group leave", group="Mentor Retention")
    let_in(world, "hugo")  # the list was fetched a moment before

    world.looks()

    assert inside(world) == []


def test_a_seat_that_could_not_be_taken_away_is_tried_again(world: World, hugo: Actor) -> None:
    hugo.uses("group leave", group="Mentor Retention")
    let_in(world, "hugo")

    def fail(db: Session) -> None:
        row = db.exec(select(Outbox).where(Outbox.op == "leave", Outbox.member_id == hugo_id)).one()
        row.state, row.error = DEAD, "the role stands above the bot"
        db.add(row)

    hugo_id = hugo.member.id
    world.write(fail)
    world.clock.move(timedelta(hours=1))
    world.looks()

    assert mirrored(world) == set()
    assert inside(world) == []


def test_a_room_that_was_deleted_is_opened_again_and_everybody_is_let_in(world: World, hugo: Actor) -> None:
    [home] = world.chat().homes.values()
    world.chat().gone.add(home.channel)
    world.chat().seats.clear()

    world.looks()

    [again] = world.chat().homes.values()
    assert again.channel != home.channel
    assert {(channel, user) for _, channel, user in world.chat().seats} == {(again.channel, "hugo")}
    assert hugo.dms == []


def test_a_seat_in_a_room_that_was_deleted_opens_it_again(world: World, hugo: Actor, amara: Actor) -> None:
    [home] = world.chat().homes.values()
    world.chat().gone.add(home.channel)

    world.member("keiko").clicks("Join", on=world.card("All about"))
    assert {channel for _, channel, user in world.chat().seats if user == "keiko"} == {f"{home.channel}1"}

    world.chat().gone.add(f"{home.channel}1")
    hugo.uses("group leave", group="Mentor Retention")
    states = world.read(lambda db: db.exec(select(Outbox.state).where(Outbox.op == "leave")).all())
    assert set(states) == {SENT}
    assert amara.dms == []


def test_a_room_that_is_missing_for_long_is_opened_first_and_its_people_follow(world: World, hugo: Actor) -> None:
    [home] = world.chat().homes.values()
    world.chat().gone.add(home.channel)
    place = stored(world).place_id

    def lose(db: Session) -> None:
        channel = db.get_one(Channel, (place, world_space(db)))
        channel.missing = True
        db.add(channel)

    world.write(lose)
    world.chat().seats.clear()
    world.looks()
    assert mirrored(world) == set()

    world.looks()
    assert mirrored(world) == {"hugo"}
    assert hugo.dms == []


def world_space(db: Session) -> str:
    return db.exec(select(Space.id)).one()
