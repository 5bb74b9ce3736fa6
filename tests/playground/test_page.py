"""The page's server: who may connect, what people do over the connection, and what every page is told."""

import json
from typing import Any

import pytest
from aiohttp import ClientSession, WSServerHandshakeError

from adapters.playground.actor import words
from adapters.playground.decode import ANSWER_MAX, ANSWERS_MAX
from adapters.playground.page import local
from bot.cards import Card, File, Picture, Prose
from bot.text import Reader, say
from tests.playground.party import Party, Tab, open_tab

HOSTILE = "<img src=x onerror=alert(1)> @everyone <!channel>"
PIXEL = File("a pixel.png", b"\x89PNG\r\n", "image/png")


# The doors.


@pytest.mark.parametrize("origin", ["http://evil.example", "null", ""])
async def test_other_pages_may_not_connect(party: Party, session: ClientSession, origin: str) -> None:
    with pytest.raises(WSServerHandshakeError, match="403"):
        await session.ws_connect(f"{party.playground.url}ws", headers={"Origin": origin} if origin else {})


async def test_other_names_do_not_lead_here(party: Party, session: ClientSession) -> None:
    async with session.get(party.playground.url, headers={"Host": "evil.example"}) as refused:
        assert refused.status == 403


@pytest.mark.parametrize(
    "host, is_local",
    [
        ("127.0.0.1:8420", True),
        ("localhost:8420", True),
        ("localhost", True),
        ("[::1]:8420", True),
        ("[::1]", True),
        ("evil.example:8420", False),
        ("localhost.evil.example", False),
        ("10.0.0.1", False),
        ("", False),
    ],
)
def test_only_this_machine_is_local(host: str, is_local: bool) -> None:
    assert local(host) is is_local


@pytest.mark.parametrize("path", ["", "static/app.js", "static/style.css", "static/icon.svg", "nothing"])
async def test_every_answer_says_how_to_treat_it(party: Party, session: ClientSession, path: str) -> None:
    async with session.get(party.playground.url + path) as answer:
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.status == (404 if path == "nothing" else 200)


# What somebody sees and does.


async def test_a_page_is_told_everything_when_it_comes(party: Party, tab: Tab) -> None:
    await party.asks("Tea or coffee?", "Tea", "Coffee")

    state = await tab.is_("ana")

    assert [p["name"] for p in state["people"]] == ["Ana Ribeiro", "Ben Hollis", "Chiara Conti"]
    assert [c["name"] for c in state["channels"]] == ["general", "announcements", "Commonplace"]
    assert {"join", "poll create", "meeting create"} <= {c["command"] for c in state["commands"]}
    assert [m["title"] for m in state["actions"]]
    assert state["looks"] == ["playground", "discord", "slack"]
    assert state["messages"]["general"][0]["card"]["title"] == ["Tea or coffee?"]
    assert state["clock"]["coming"]


async def test_what_is_missing_is_asked_and_what_is_wrong_is_said_beside_it(tab: Tab) -> None:
    await tab.is_("chiara")

    [form] = (await tab.asks("command", command="poll create", used="/poll create"))["forms"]
    assert [f["name"] for f in form["fields"]][:3] == ["question", "choices", "closes"]

    wrong = await tab.asks("submit", link=form["link"], answers={"question": "Tea?", "choices": "yes", "closes": "4/5"})
    assert [p["field"] for p in wrong["problems"]] == ["choices", "closes"]

    right = {"question": "Tea?", "choices": "yes\nno", "closes": "tomorrow 12:00"}
    done = await tab.asks("submit", link=form["link"], answers=right, used="/poll create")
    assert not done["problems"]
    assert any("Ask it" in str(news) for news in tab.heard)


async def test_a_form_on_discord_comes_in_parts(tab: Tab) -> None:
    await tab.is_("chiara", look="discord")

    [form] = (await tab.asks("command", command="meeting create"))["forms"]
    assert (form["page"], len(form["fields"]), form["pages"] > 1) == (1, 5, True)

    first = {"title": "Tea", "when": "tomorrow 12:00"}
    answer = await tab.asks("submit", link=form["link"], answers=first)
    assert not answer["forms"], "no form follows a form: a button leads on"
    message = await tab.card("Part 2") if not seen(tab, "Part 2") else said_last(tab, "Part 2")
    [go_on, _] = message["card"]["controls"]

    [second] = (await tab.asks("press", link=go_on["link"], message=message["ref"]))["forms"]
    assert second["page"] == 2


async def test_a_vote_changes_the_card_on_every_page(party: Party, tab: Tab, session: ClientSession) -> None:
    poll = await party.asks("Tea or coffee?", "Tea", "Coffee")
    other = await open_tab(session, party.playground)
    await other.is_("chiara")
    await tab.is_("ben")
    link = str(poll.card.controls[0].then) if poll.card else ""

    await tab.asks("press", link=link, message=poll.ref, used="Tea")

    changed = await other.card("1 vote (")
    assert (changed["ref"], changed["edits"]) == (poll.ref, 1)
    assert not seen(other, "Your vote"), "the answer is for Ben alone"
    assert said_last(tab, "Your vote")["only"]


async def test_the_same_press_twice_counts_once(party: Party, tab: Tab) -> None:
    poll = await party.asks("Tea or coffee?", "Tea", "Coffee")
    await tab.is_("ben")
    link = str(poll.card.controls[0].then) if poll.card else ""

    for _ in range(2):
        await tab.asks("press", link=link, message=poll.ref, id="same")
    await party.playground.settled()

    assert (poll.edits, "1 vote (100 %)" in words(poll)) == (1, True)


async def test_a_guest_is_told_to_join_first(party: Party, tab: Tab) -> None:
    poll = await party.asks("Tea or coffee?", "Tea", "Coffee")
    await tab.is_("ana")

    await tab.asks("press", link=str(poll.card.controls[0].then) if poll.card else "", message=poll.ref)

    assert "Join first" in str(said_last(tab, "Join"))


async def test_typing_is_helped(tab: Tab) -> None:
    await tab.is_("chiara")

    number = await tab.does("suggest", command="poll create", field="closes", typed="friday 17:00")
    [when] = (await tab.until("suggestions", id=number))["options"]

    assert when["label"] == "friday 17:00: Friday 6 March 2026, 17:00 (Europe/Rome)"


async def test_a_message_can_become_a_poll(party: Party, tab: Tab) -> None:
    await tab.is_("ben")
    await tab.does("say", text="Shall we meet on Mondays?")
    message = (await tab.until("message"))["message"]
    action = party.engine.app.messages["polls.from_message"].name

    [form] = (await tab.asks("use", action=action, message=message["ref"]))["forms"]

    assert form["filled"]["question"] == "Shall we meet on Mondays?"


async def test_a_private_answer_can_be_put_away_by_its_owner_alone(party: Party, tab: Tab) -> None:
    await tab.is_("ben")
    await tab.asks("command", command="me", used="/me")
    answer = said_last(tab, "Hello Ben")

    await tab.is_("chiara")
    await tab.does("dismiss", message=answer["ref"])
    await tab.is_("ben")
    assert party.room.find("general", answer["ref"])

    await tab.does("dismiss", message=answer["ref"])
    await tab.until("gone", ref=answer["ref"])
    assert party.room.find("general", answer["ref"]) is None


async def test_what_is_read_is_no_news_any_more(party: Party, tab: Tab) -> None:
    party.room.say("chiara", "announcements", party.playground.clock.now(), "Hello all")
    state = await tab.is_("ben")
    assert state["unread"]["channels"]["announcements"] == 1

    await tab.does("read", channel="announcements")

    assert (await tab.until("unread"))["channels"]["announcements"] == 0


async def test_moving_the_clock_is_told(party: Party, tab: Tab) -> None:
    await tab.is_("ben")
    before = party.playground.clock.now()

    await tab.does("clock", move="day")

    told = await tab.until("clock")
    assert told["clock"]["now"] - before.timestamp() == 86400


async def test_each_look_has_the_payload_of_its_platform(party: Party, tab: Tab) -> None:
    await party.asks(HOSTILE, "Tea", "Coffee")

    plain = (await tab.is_("ben"))["messages"]["general"][-1]
    discord = (await tab.is_("ben", look="discord"))["messages"]["general"][-1]["payload"]
    slack = (await tab.is_("ben", look="slack"))["messages"]["general"][-1]["payload"]

    assert "payload" not in plain
    assert plain["card"]["title"] == [HOSTILE]
    assert discord["components"][0]["type"] == 17
    assert discord["allowed_mentions"]["parse"] == []
    assert "<!channel>" not in json.dumps(slack["blocks"][1:])
    assert slack["blocks"][0]["type"] == "header"


async def test_pictures_are_shown_and_other_files_only_handed_over(party: Party, session: ClientSession) -> None:
    playground, url = party.playground, party.playground.url
    shown = Card(blocks=(Prose(say("Look")), Picture(PIXEL, say("A pixel"))))
    ref = await playground.send("playground", "general", shown, Reader(), "")

    async with session.get(f"{url}files/general/{ref}/0") as answer:
        assert (answer.content_type, await answer.read()) == ("image/png", PIXEL.data)
    party.room.messages["general"][-1].card = Card(blocks=(Picture(File("x.html", b"<b>", "text/html"), say("?")),))
    async with session.get(f"{url}files/general/{ref}/0") as answer:
        assert answer.content_type == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment")
    for nothing in (f"general/{ref}/1", "general/99/0", "nowhere/1/0"):
        async with session.get(f"{url}files/{nothing}") as answer:
            assert answer.status == 404


@pytest.mark.parametrize(
    "gesture",
    [
        "no json",
        "[]",
        {"do": "dance"},
        {"do": "be", "person": "nobody"},
        {"do": "say", "channel": "dm-ana", "text": "not mine"},
        {"do": "say", "channel": "general", "text": "x" * 3000},
        {"do": "command", "channel": "general", "command": "no such command"},
        {"do": "use", "channel": "general", "action": "polls.from_message", "message": "99"},
        {"do": "press", "channel": "general", "link": "x" * 101},
        {"do": "press", "channel": "general", "link": 7},
        {"do": "command", "channel": "general", "command": "me", "answers": {"a": "x" * (ANSWER_MAX + 1)}},
        {"do": "command", "channel": "general", "command": "me", "answers": {"a": [1]}},
        {"do": "command", "channel": "general", "command": "me", "answers": {"a": None}},
        {
            "do": "command",
            "channel": "general",
            "command": "me",
            "answers": dict.fromkeys(map(str, range(ANSWERS_MAX + 1)), ""),
        },
    ],
)
async def test_what_the_page_never_sends_is_refused_and_the_page_goes_on(tab: Tab, gesture: Any) -> None:
    await tab.is_("ben")

    await tab.socket.send_str(gesture if isinstance(gesture, str) else json.dumps(gesture))

    assert "odd" in (await tab.until("refused"))["text"]
    await tab.is_("ana")


def seen(tab: Tab, words: str) -> bool:
    return any(words in str(news) for news in tab.heard)


def said_last(tab: Tab, words: str) -> dict[str, Any]:
    """The newest message that says this, among what was told."""
    found: dict[str, Any] = next(
        news["message"] for news in reversed(tab.heard) if news["is"] == "message" and words in str(news)
    )
    return found
