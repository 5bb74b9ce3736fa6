"""The demo: a seeded community, the tour as text, and the page that opens."""

import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.playground.actor import Stumble, words
from adapters.playground.seed import MEETING, QUESTION, card_with
from adapters.playground.tour import tour
from bot.demo import build, demo, morning, payloads

THURSDAY = datetime(2026, 3, 5, 23, tzinfo=UTC)


async def test_the_seeded_community_shows_what_the_bot_does(tmp_path: Path) -> None:
    engine, playground = await build(tmp_path, draw=payloads(), today=THURSDAY)
    room = playground.room

    assert playground.clock.now().astimezone(morning(THURSDAY).tzinfo).strftime("%a %H:%M") == "Tue 10:00"
    assert "75 %" in words(card_with(room, QUESTION))
    assert "3 come" in words(card_with(room, MEETING))
    assert "in three sentences" in words(card_with(room, "The first message to a mentee"))
    assert "Case Table" in words(card_with(room, "Case Table", "announcements"))
    assert [n for n in room.unread("ana").values() if n] == [1], "only the welcome waits, and only for the newcomer"
    assert not any(room.unread("ben").values())
    await engine.stop()


async def test_the_tour_tells_it_all(capsys: pytest.CaptureFixture[str]) -> None:
    code = await demo(headless=True)

    said = capsys.readouterr().out
    assert code == 0
    order = ["Ana → /join", "You are in", "/groups", "Your vote", "Shared", "/resource find", "you are coming", MEETING]
    assert sorted(order, key=said.find) == order
    assert "You get this because you asked to be reminded of this meeting." in said


async def test_a_tour_that_goes_wrong_says_so(tmp_path: Path) -> None:
    engine, playground = await build(tmp_path, draw=payloads(), today=THURSDAY)
    room = playground.room
    room.messages["general"] = [m for m in room.messages["general"] if m.card is None]
    told: list[str] = []

    with pytest.raises(Stumble, match="no card in #general"):
        await tour(playground, told.append)

    assert "You are in" in "\n".join(told)
    await engine.stop()


async def test_a_port_that_is_taken_is_said_in_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        code = await demo(taken.getsockname()[1], open_browser=False)

    assert code == 1
    assert "Try another --port" in capsys.readouterr().err
