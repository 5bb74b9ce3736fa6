"""What could not be delivered: coordinators see it with the reason, mend it, decide about it, or stop everything."""

from datetime import timedelta

import pytest

from bot.actions import Feature
from bot.effects import Post, Refresh, Tell
from bot.features import find_features
from bot.ports import CannotLook, Gone, Unsure
from storage.outbox import DEAD, HELD, SENT, SKIPPED
from tests.signs import NEWS, SlowChat, later, planning, plans, rows, shows, sign, signs, stands
from tests.world import Actor, World


@pytest.fixture
def features() -> list[Feature]:
    return [*find_features(), signs]


@pytest.fixture
def chat(world: World) -> SlowChat:
    return SlowChat.of(world)


def deliveries(who: Actor) -> str:
    return who.uses("admin deliveries").text


def state_of(world: World, link: str) -> tuple[str, str]:
    [row] = [r for r in rows(world) if r.link == link and r.op == "post"]
    return row.state, row.reason


def test_a_message_to_a_channel_that_is_gone_can_be_sent_once_the_place_has_another(
    world: World, chat: SlowChat, amara: Actor
) -> None:
    shows(world, a="here")
    chat.gone.add("announcements")
    plans(world, Post("announcements", sign.link("a")))
    world.settles()

    seen = amara.uses("admin deliveries").clicks("Look")
    assert "the channel is gone, or I may not write there" in seen.text
    assert "name another one with" in seen.text
    amara.uses("community place", in_="news", purpose="announcements")
    assert "trying again" in seen.clicks("Try again").text

    assert stands(world, "news") == ["a here"]
    assert "Everything was delivered" in deliveries(amara)


def test_what_found_no_channel_is_planned_anew(world: World, amara: Actor) -> None:
    shows(world, a="here")
    plans(world, Post("library", sign.link("a")))

    seen = amara.uses("admin deliveries")
    assert "no channel serves library yet" in seen.text
    assert "There is no channel for library yet" in seen.clicks("Look").clicks("Try again").text
    assert state_of(world, "signs.sign:a") == (DEAD, "nowhere")


def test_what_is_dropped_is_not_sent(world: World, chat: SlowChat, amara: Actor) -> None:
    shows(world, a="here")
    chat.gone.add("announcements")
    plans(world, Post("announcements", sign.link("a")))
    world.settles()

    look = amara.uses("admin deliveries").clicks("Look")
    assert "Dropped" in look.clicks("Drop it").text
    assert "settled already" in look.clicks("Try again").text
    chat.gone.clear()
    world.passes(days=1)

    assert stands(world) == []


def test_only_coordinators_see_and_decide(world: World, chat: SlowChat, ana: Actor, amara: Actor) -> None:
    shows(world, a="here")
    chat.gone.add("announcements")
    plans(world, Post("announcements", sign.link("a")))
    world.settles()
    look = amara.uses("admin deliveries").clicks("Look")

    assert "needs a coordinator" in deliveries(ana)
    assert "needs a coordinator" in ana.clicks("Try again", on=look).text
    assert "needs a coordinator" in ana.uses("admin halt").text


def test_coordinators_see_on_their_own_page_that_something_did_not_get_through(
    world: World, chat: SlowChat, ana: Actor, amara: Actor
) -> None:
    shows(world, a="here")
    chat.gone.add("announcements")
    plans(world, Post("announcements", sign.link("a")))
    world.settles()

    assert "1 message could not be delivered." in amara.home
    assert "could not be delivered" not in ana.home


# Where the history may not be read.


class Blind(SlowChat):
    """A chat that takes messages and shows no history."""

    async def find(self, space: str, channel: str, key: str, since: object) -> str | None:
        raise CannotLook("no scope for that")


@pytest.fixture
def blind(world: World) -> Blind:
    chat = Blind()
    world.chats[chat.platform] = chat
    world.engine.dispatcher.add(chat)
    return chat


def test_where_nobody_can_look_a_post_waits_for_a_coordinator(world: World, blind: Blind, amara: Actor) -> None:
    shows(world, a="here")
    blind.lost.append(Unsure("502"))
    plans(world, Post("announcements", sign.link("a")))
    world.settles()
    world.passes(minutes=1)
    assert state_of(world, "signs.sign:a") == (HELD, "unsure")

    [asked] = [m for m in amara.dms if "Shall I send them?" in m.text]
    assert "I cannot find out whether it arrived" in asked.text
    look = amara.clicks("Show them", on=asked).clicks("Look")
    assert "If it is there, drop this" in look.text
    look.clicks("Drop it")

    assert stands(world) == ["a here"]


def test_where_nobody_can_look_a_post_that_is_not_there_is_sent_again(world: World, blind: Blind, amara: Actor) -> None:
    shows(world, a="here")
    blind.faults.append(Unsure("502"))
    plans(world, Post("announcements", sign.link("a")))
    world.settles()
    world.passes(minutes=1)
    assert stands(world) == []

    amara.uses("admin deliveries").clicks("Look").clicks("Try again")

    assert stands(world) == ["a here"]


def test_where_nobody_can_look_a_person_gets_a_message_rather_than_none(world: World, blind: Blind, ana: Actor) -> None:
    shows(world, a="here")
    blind.faults.append(Unsure("502"))
    plans(world, Tell(ana.member.id, sign.link("a"), NEWS))
    world.settles()
    world.passes(minutes=1)

    assert [m.text.splitlines()[0] for m in ana.dms if "a here" in m.text] == ["a here"]


# A decision after a long absence.


def test_after_a_week_away_nothing_is_sent_before_a_coordinator_has_decided(world: World, amara: Actor) -> None:
    shows(world, a=1, b=2, c=3)
    world.restarts()
    for n, name in enumerate("abc"):
        plans(world, Post("announcements", sign.link(name), at=later(world, days=1 + n)))
    world.clock.move(timedelta(days=8))
    world.restarts()

    assert stands(world) == []
    [asked] = [m for m in amara.dms if "Shall I send them?" in m.text]
    assert "3 messages wait: I was away for more than a week when it was due." in asked.text
    assert "3 messages are on their way" in amara.clicks("Send the held ones", on=asked).text
    assert stands(world) == ["a 1", "b 2", "c 3"]
    assert "Decided" in asked.text


def test_what_is_dropped_after_a_long_absence_is_gone(world: World, amara: Actor) -> None:
    shows(world, a=1)
    world.restarts()
    plans(world, Post("announcements", sign.link("a"), at=later(world, days=1)))
    world.clock.move(timedelta(days=8))
    world.restarts()

    assert "1 message dropped" in amara.uses("admin deliveries").clicks("Drop the held ones").text
    world.passes(days=1)
    assert (stands(world), state_of(world, "signs.sign:a")) == ([], (SKIPPED, "dropped"))


def test_after_six_days_away_what_is_still_good_is_sent(world: World) -> None:
    shows(world, a=1)
    world.restarts()
    plans(world, Post("announcements", sign.link("a"), at=later(world, days=1)))
    world.clock.move(timedelta(days=6))
    world.restarts()

    assert stands(world) == ["a 1"]


# The switch.


def test_while_sending_is_stopped_nothing_is_sent_and_people_are_still_answered(
    world: World, amara: Actor, ana: Actor
) -> None:
    shows(world, a=1)
    assert "I will post nothing" in amara.uses("admin halt").text
    amara.uses("admin halt").clicks("Stop sending")
    plans(world, Post("announcements", sign.link("a")), Tell(ana.member.id, sign.link("a"), NEWS))
    before = len(ana.dms)
    world.passes(hours=3)

    assert (stands(world), len(ana.dms)) == ([], before)
    assert "Sending is stopped" in deliveries(amara)
    assert "Your settings" in ana.uses("settings").text

    assert "2 messages were due meanwhile" in amara.uses("admin resume").text
    assert (stands(world), len(ana.dms)) == (["a 1"], before + 1)
    assert "Nothing is stopped" in amara.uses("admin resume").text


def test_the_switch_of_one_community_stops_no_other(world: World, amara: Actor) -> None:
    world.opens("slack", "S1")
    amara.uses("admin halt").clicks("Stop sending")
    ben = world.member("ben", "slack", "S1")
    ben.arrives()

    assert len(ben.dms) == 1


def test_what_stands_is_not_edited_while_sending_is_stopped(world: World, amara: Actor) -> None:
    shows(world, a="old")
    plans(world, Post("announcements", sign.link("a")))
    world.settles()
    amara.uses("admin halt").clicks("Stop sending")
    shows(world, a="new")
    plans(world, Refresh(sign.link("a")))
    world.settles()
    assert stands(world) == ["a old"]

    amara.uses("admin resume")
    assert stands(world) == ["a new"]


# One channel that fails.


def test_a_message_that_fails_holds_back_its_channel_for_a_quarter_of_an_hour_at_most(
    world: World, chat: SlowChat
) -> None:
    shows(world, a=1, b=2)
    chat.faults += [Unsure("down")] * 12
    plans(world, Post("announcements", sign.link("a")))
    world.settles()
    plans(world, Post("announcements", sign.link("b")))
    for _ in range(14):
        world.passes(minutes=1)
        if not chat.faults:
            break
    assert stands(world) == []
    for _ in range(3):
        world.passes(minutes=1)
        chat.faults[:] = chat.faults[:0]

    assert sorted(stands(world)) == ["a 1", "b 2"]


def test_a_poisoned_message_does_not_hold_back_its_channel_past_that(world: World, chat: SlowChat) -> None:
    shows(world, a="poisoned", b=2)
    real = chat.send

    async def send(space: str, channel: str, card: object, reader: object, key: str) -> str:
        if key == poisoned:
            raise Unsure("always")
        return await real(space, channel, card, reader, key)  # type: ignore[arg-type]

    chat.send = send  # type: ignore[method-assign]
    world.write(planning(world, Post("announcements", sign.link("a"))))
    poisoned = rows(world)[-1].id
    plans(world, Post("announcements", sign.link("b")))
    world.passes(minutes=10)
    assert stands(world) == []
    world.passes(hours=1)

    assert stands(world) == ["b 2"]


def test_what_nobody_can_reach_is_told_with_its_reason(world: World, chat: SlowChat, ana: Actor, amara: Actor) -> None:
    shows(world, a=1)
    member_id = ana.member.id
    chat.closed.add("ana")
    plans(world, Tell(member_id, sign.link("a"), NEWS))
    world.settles()

    look = amara.uses("admin deliveries").clicks("Look")
    assert "their chats take no direct messages" in look.text
    assert look.buttons == ["Drop it"]
    assert "a 1" not in look.text


def test_a_platform_that_forbids_writing_is_told_once_as_it_is(world: World, chat: SlowChat, amara: Actor) -> None:
    shows(world, a=1)
    chat.faults.append(Gone("Discord: 403/50013 Missing Permissions"))
    plans(world, Post("announcements", sign.link("a")))
    world.settles()

    assert state_of(world, "signs.sign:a") == (DEAD, "gone")
    assert deliveries(amara).count("I may not write there") == 1
    assert SENT not in {state for state, _ in [state_of(world, "signs.sign:a")]}
