"""The playground as a port: what the bot sends, edits and looks for, and who sits where."""

from datetime import timedelta

import pytest

from adapters.playground.actor import words
from adapters.playground.app import Playground
from adapters.playground.room import KEPT, Channel, Room
from bot.cards import card
from bot.ports import Gone, Home
from bot.text import Reader, say
from tests.playground.party import PEOPLE, START, Party

HELLO = card(say("Hello"))


@pytest.fixture
def playground(party: Party) -> Playground:
    return party.playground


async def test_what_is_sent_stands_there_and_can_be_edited(party: Party, playground: Playground) -> None:
    ref = await playground.send("playground", "general", HELLO, Reader(), "k1")
    await playground.edit("playground", "general", ref, card(say("Good bye")), Reader())

    [message] = party.room.messages["general"]
    assert (message.ref, words(message), message.edits) == (ref, "Good bye", 1)


async def test_what_is_gone_says_so(playground: Playground) -> None:
    for missing in (
        playground.send("playground", "nowhere", HELLO, Reader(), ""),
        playground.edit("playground", "general", "99", HELLO, Reader()),
        playground.direct("playground", "nobody"),
    ):
        with pytest.raises(Gone):
            await missing


async def test_a_message_is_found_by_its_key(playground: Playground) -> None:
    ref = await playground.send("playground", "general", HELLO, Reader(), "k1")

    assert await playground.find("playground", "general", "k1", START) == ref
    assert await playground.find("playground", "general", "k2", START) is None


async def test_a_group_has_a_channel_that_only_its_people_see(party: Party, playground: Playground) -> None:
    home = await playground.open("playground", "First Meetings")
    again = await playground.open("playground", "First Meetings")

    await playground.seat("playground", home, "ben")
    await playground.seat("playground", home, "ben")
    assert again == home
    assert party.room.channels[home.channel].seen_by("ben")
    assert not party.room.channels[home.channel].seen_by("ana")

    listed = await playground.roster("playground", [home, Home("nowhere")])
    assert (listed.people, listed.seats) == (None, {home.channel: frozenset({"ben"})})
    assert (listed.channels or {})["general"] == "general"
    await playground.unseat("playground", home, "ben")
    await playground.unseat("playground", home, "ben")
    assert not party.room.channels[home.channel].seen_by("ben")


async def test_time_passes_step_by_step(party: Party, playground: Playground) -> None:
    await party.asks("Tea or coffee?", "Tea", "Coffee", closes="today 12:00")
    await party.asks("Cake?", "Yes", "No", closes="tomorrow 12:00")

    await playground.move_to_next()
    assert playground.clock.now() == START + timedelta(hours=2)
    assert "Closed" in words(party.card("Tea or coffee?"))
    assert "Closed" not in words(party.card("Cake?"))

    await playground.move(timedelta(days=2))
    assert playground.clock.now() == START + timedelta(days=2, hours=2)
    assert "Closed" in words(party.card("Cake?"))

    before = playground.clock.now()
    await playground.move_to_next()
    assert playground.clock.now() == before, "nothing is planned, so nothing happens"


async def test_somebody_who_arrives_is_greeted_in_private(party: Party, playground: Playground) -> None:
    await playground.arrive(party.room.people["ana"])
    await playground.settled()

    [greeting] = party.room.seen("ana", "dm-ana")
    assert "Welcome" in words(greeting)
    assert party.room.unread("ana")["dm-ana"] == 1
    assert not party.room.seen("ben", "dm-ana")

    party.room.read("ana", "dm-ana")
    assert party.room.unread("ana")["dm-ana"] == 0


def test_a_channel_keeps_its_newest_messages() -> None:
    room = Room(PEOPLE, [Channel("general", "general")])
    for n in range(KEPT + 3):
        room.say("ben", "general", START, str(n))

    kept = room.seen("ana", "general")
    assert (len(kept), kept[0].text, kept[-1].text) == (KEPT, "3", str(KEPT + 2))
