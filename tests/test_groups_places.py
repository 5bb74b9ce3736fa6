"""Places in a group: the last one goes to the first, the others wait in order, and a free one is news."""

import asyncio

from bot.calls import Call, Spot
from bot.cards import Menu
from storage.groups import WAITING, place_in_line, sit
from tests.talks import NAME, desk, inside, mirrored, starts, stored
from tests.world import START, Actor, World


def test_the_last_place_goes_to_the_first_and_the_others_wait_in_order(world: World, amara: Actor) -> None:
    card = starts(amara, capacity=1)
    hugo, keiko, jonas = world.member("hugo"), world.member("keiko"), world.member("jonas")

    hugo.clicks("Join", on=card)
    assert "Full: whoever joins now waits for a place." in card.text
    assert "full. You are number 1 on the waiting list" in keiko.clicks("Join", on=card).text
    assert "number 2" in jonas.clicks("Join", on=card).text
    assert "already on the waiting list of Mentor Retention, number 2" in jonas.clicks("Join", on=card).text

    assert "1 of 1 place. 2 people are waiting." in card.text
    assert mirrored(world) == {"hugo"}
    assert desk(keiko, "groups") == ["Mentor Retention You are number 1 on the waiting list."]


def test_somebody_who_counts_nowhere_still_has_a_number_in_the_line(world: World, amara: Actor) -> None:
    card, guest = starts(amara, capacity=1), world.person("guest", admin=True)
    guest.uses("me")
    world.member("hugo").clicks("Join", on=card)
    world.member("keiko").clicks("Join", on=card)
    assert "Join first" in guest.clicks("Join", on=card).text

    group, member = stored(world), guest.member
    number = world.write(lambda db: place_in_line(db, sit(db, group, member.id, WAITING, START)))

    assert number == 2


def test_two_who_press_at_once_for_the_last_place_get_one_place(world: World, amara: Actor) -> None:
    card = starts(amara, capacity=1)
    people = [world.member(name) for name in ("hugo", "keiko", "jonas")]
    [join] = [c.then for c in card.card.controls if not isinstance(c, Menu) and c.label.template == "Join"]
    assert join is not None
    calls = [Call(join, actor.account, Spot("general"), key=actor.account.user) for actor in people]

    async def at_once() -> None:
        await asyncio.gather(*(world.engine.runtime.run(call) for call in calls))

    world.wait(at_once())
    world.settles()

    assert (len(inside(world)), len(inside(world, state="waiting"))) == (1, 2)
    assert len(mirrored(world)) == 1


def test_whoever_waits_first_gets_the_free_place_and_is_told(world: World, amara: Actor) -> None:
    card = starts(amara, capacity=1)
    hugo, keiko, jonas = world.member("hugo"), world.member("keiko"), world.member("jonas")
    for actor in (hugo, keiko, jonas):
        actor.clicks("Join", on=card)

    hugo.clicks("Leave", on=card)

    assert inside(world) == ["Keiko"]
    assert mirrored(world) == {"keiko"}
    [dm] = [m for m in keiko.dms if "A place became free" in m.text]
    assert "You get this because you were waiting for this place." in dm.text
    assert [m for m in jonas.dms if "A place" in m.text] == []
    assert "You are number 1" in jonas.uses("group show", group=NAME).text


def test_a_place_that_comes_a_second_time_is_news_again(world: World, amara: Actor) -> None:
    card = starts(amara, capacity=1)
    hugo, keiko = world.member("hugo"), world.member("keiko")
    hugo.clicks("Join", on=card)
    keiko.clicks("Join", on=card)
    hugo.clicks("Leave", on=card)
    hugo.clicks("Join", on=card)
    keiko.clicks("Leave", on=card)
    keiko.clicks("Join", on=card)
    world.passes(hours=2)

    hugo.clicks("Leave", on=card)

    assert len([m for m in keiko.dms if "A place became free" in m.text]) == 2


def test_leaving_the_waiting_list_moves_the_others_up(world: World, amara: Actor) -> None:
    card = starts(amara, capacity=1)
    hugo, keiko, jonas = world.member("hugo"), world.member("keiko"), world.member("jonas")
    for actor in (hugo, keiko, jonas):
        actor.clicks("Join", on=card)

    assert "off the waiting list" in keiko.clicks("Leave", on=card).text

    assert "number 1" in jonas.clicks("Join", on=card).text
    assert mirrored(world) == {"hugo"}


def test_more_places_let_those_who_wait_in(world: World, amara: Actor) -> None:
    card = starts(amara, capacity=1)
    for name in ("hugo", "keiko", "jonas"):
        world.member(name).clicks("Join", on=card)

    seen = amara.uses("group edit", group=NAME)
    assert seen.form.filled["capacity"] == 1
    seen.submits(capacity="2")

    assert inside(world) == ["Hugo", "Keiko"]
    assert "2 of 2 places. 1 person is waiting." in card.text
    amara.uses("group edit", group=NAME).submits(capacity="")
    assert len(inside(world)) == 3


def test_fewer_places_than_people_are_refused(world: World, amara: Actor) -> None:
    card = starts(amara)
    for name in ("hugo", "keiko"):
        world.member(name).clicks("Join", on=card)

    seen = amara.uses("group edit", group=NAME).submits(capacity=1)

    assert "2 people are in it. Give 2 or more, or leave it empty." in seen.text


def test_whoever_leaves_the_chat_frees_their_place(world: World, amara: Actor) -> None:
    card = starts(amara, capacity=1)
    hugo, keiko = world.member("hugo"), world.member("keiko")
    hugo.clicks("Join", on=card)
    keiko.clicks("Join", on=card)

    hugo.arrives("departed")

    assert inside(world) == ["Keiko"]


def test_whoever_leaves_the_community_counts_no_more(world: World, amara: Actor) -> None:
    card = starts(amara, capacity=1)
    hugo, keiko = world.member("hugo"), world.member("keiko")
    hugo.clicks("Join", on=card)

    hugo.uses("leave").clicks("Leave")

    assert "You are in Mentor Retention." in keiko.clicks("Join", on=card).text


def test_whoever_waits_gets_the_place_of_somebody_who_leaves_the_community(world: World, amara: Actor) -> None:
    card = starts(amara, capacity=1)
    hugo, keiko = world.member("hugo"), world.member("keiko")
    hugo.clicks("Join", on=card)
    keiko.clicks("Join", on=card)

    hugo.uses("leave").clicks("Leave")

    assert inside(world) == ["Keiko"]
    assert "A place became free" in keiko.dms[-1].text
