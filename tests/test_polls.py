"""Polls: asked after a preview that says what was assumed."""

from datetime import UTC, datetime

import pytest

from bot.calls import Quoted, Raw
from bot.cards import texts
from tests.talks import HOSTILE, asks, only_poll, standing, types_in, votes
from tests.world import Actor, World


def test_a_question_is_previewed_with_its_end_and_place_before_it_is_asked(world: World, ana: Actor) -> None:
    seen = ana.uses("poll create", question="Lunch?", choices="Pizza, Sushi", closes="friday 12:00")

    assert "Lunch?\n• Pizza\n• Sushi" in seen.text
    assert "Closes Friday 6 March 2026, 12:00 (Europe/Berlin)." in seen.text
    assert "Everybody has one vote." in seen.text
    assert "It will appear in #general. Members also find it with poll list." in seen.text.replace("/", "")
    assert standing(world) == []

    seen.clicks("Ask it")
    card = world.card("Lunch?")
    assert card.channel == "general"
    assert card.buttons == ["Pizza", "Sushi", "My vote"]
    assert "Votes are open: the bot knows who voted, the card shows only counts." in card.text
    assert "Asked by Ana." in card.text
    assert "Open until Friday 6 March 2026, 12:00." in card.text


def test_without_an_end_a_poll_is_open_for_a_week_as_the_preview_said(world: World, ana: Actor) -> None:
    seen = ana.uses("poll create", question="Lunch?", choices="Pizza, Sushi")
    assert "Closes Monday 9 March 2026, 17:00 (Europe/Berlin)." in seen.text

    world.passes(hours=3)
    seen.clicks("Ask it")

    assert only_poll(world).closes == datetime(2026, 3, 9, 16, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "closes, end, note",
    [
        ("friday", "Friday 6 March 2026, 10:00 (Europe/Berlin)", "No time was given, so I took 10:00."),
        (
            "2026-03-29 02:30",
            "Sunday 29 March 2026, 03:30 (Europe/Berlin)",
            "the clocks leave out 02:30, so it is Sunday 29 March 2026, 03:30.",
        ),
        ("2026-10-25 02:30", "Sunday 25 October 2026, 02:30 (Europe/Berlin)", "show 02:30 twice, and it is the first"),
        (
            "tomorrow midnight",
            "Tuesday 3 March 2026, 00:00 (Europe/Berlin)",
            "Midnight is 00:00, when that day",
        ),
        ("friday 17:00 tokyo", "Friday 6 March 2026, 17:00 (Asia/Tokyo)", ""),
    ],
)
def test_what_was_assumed_about_the_end_is_told_before(
    world: World, ana: Actor, closes: str, end: str, note: str
) -> None:
    seen = ana.uses("poll create", question="Lunch?", choices="Pizza, Sushi", closes=closes)

    assert f"Closes {end}." in seen.text
    assert note in seen.text


def test_agreeing_twice_asks_once(world: World, ana: Actor) -> None:
    seen = ana.uses("poll create", question="Lunch?", choices="Pizza, Sushi")
    seen.clicks("Ask it")

    assert "no longer open" in seen.clicks("Ask it").text
    assert len(standing(world)) == 1


@pytest.mark.parametrize(
    "answers, said",
    [
        ({"choices": "Pizza"}, "Please give 2 to 25; this has 1. Put one on each line."),
        ({"choices": ", ".join(map(str, range(26)))}, "At most 25, please; this has 26."),
        ({"choices": ["Pizza", " "]}, "Please give 2 to 25; this has 1."),
        (
            {"choices": "Pizza, sushi, PIZZA, Sushi"},
            "more than once: Pizza, sushi. Please keep each of them once.",
        ),
        ({"choices": f"a, {'b' * 81}"}, "is too long for a button: it has 81 characters, and 80 fit."),
        ({"question": "q" * 301}, "At most 300 characters"),
        ({"question": "?"}, "At least 2 characters"),
        ({"closes": "yesterday 10:00"}, "Closes:"),
        ({"closes": "2020-01-01 10:00"}, "Closes:"),
        ({"closes": "31 Feb 10:00"}, "Closes:"),
        ({"closes": "every friday 17:00"}, "A poll closes once. Write a single time, such as “friday 17:00”."),
        ({"several": "perhaps"}, "Say yes or no"),
    ],
)
def test_bad_input_is_explained_and_kept(world: World, ana: Actor, answers: dict[str, Raw], said: str) -> None:
    given: dict[str, Raw] = {"question": "Lunch?", "choices": "Pizza, Sushi", **answers}

    seen = types_in(ana, "poll create", given)

    assert said in seen.text
    assert seen.clicks("Open the form again").form.filled == given
    assert standing(world) == []


def test_an_end_that_passed_while_the_preview_was_looked_at_is_refused(world: World, ana: Actor) -> None:
    seen = ana.uses("poll create", question="Lunch?", choices="Pizza, Sushi", closes="today 12:00")
    world.passes(hours=4)

    assert "That time has passed." in seen.clicks("Ask it").text


def test_choices_with_commas_are_written_one_a_line(world: World, ana: Actor) -> None:
    card = asks(ana, choices="Pizza, with cheese\nSushi")

    assert card.buttons == ["Pizza, with cheese", "Sushi", "My vote"]


def test_what_is_missing_is_asked_for(world: World, ana: Actor) -> None:
    seen = ana.uses("poll create")

    assert [f.name for f in seen.form.fields] == ["question", "choices", "closes", "several", "only_here"]
    assert "Closes" in seen.submits(question="Lunch?", choices="Pizza\nSushi").text


def test_a_message_becomes_a_question(world: World, ana: Actor) -> None:
    quoted = Quoted("Shall we meet\n on Monday?", "http://chat/1", "ben")

    seen = ana.quotes("polls.from_message", quoted)

    assert seen.form.filled == {"question": "Shall we meet on Monday?"}
    seen.submits(choices="Yes, No").clicks("Ask it")
    assert world.card("Shall we meet on Monday?").channel == "general"


def test_a_long_or_empty_message_still_opens_the_form(world: World, ana: Actor) -> None:
    long = ana.quotes("polls.from_message", Quoted("w" * 2000, "http://chat/1", "ben"))
    assert len(str(long.form.filled["question"])) == 300

    assert ana.quotes("polls.from_message", Quoted("", "http://chat/2", "ben")).form.filled == {}


def test_asking_from_anywhere_goes_to_the_announcements(world: World, amara: Actor) -> None:
    [shortcut] = [a for a in world.engine.app.shortcuts.values() if a.anywhere == "Ask the community"]

    seen = amara.follows(shortcut.link(), in_="dm", question="Lunch?", choices="Pizza, Sushi")
    assert "It will appear in #announcements." in seen.text
    seen.clicks("Ask it")

    assert world.card("Lunch?").channel == "announcements"


def test_a_flood_of_polls_is_stopped(world: World, ana: Actor) -> None:
    for n in range(10):
        asks(ana, f"Question {n}?")

    assert "a lot of polls" in ana.uses("poll create", question="One more?", choices="a, b").text
    world.passes(minutes=2)
    assert "One more?" in asks(ana, "One more?").text


def test_guests_are_offered_to_join(world: World, ana: Actor) -> None:
    card, guest = asks(ana), world.person("guest")

    assert "Join first" in guest.uses("poll create", question="Mine?", choices="a, b").text
    assert "Join first" in guest.clicks("Pizza", on=card).text
    assert votes(world) == 0


def test_hostile_words_are_only_words(world: World, ana: Actor) -> None:
    card = asks(ana, HOSTILE, f"{HOSTILE}\nplain")
    ana.clicks(HOSTILE, on=card)

    said = [t for text in texts(card.card) for t in (text, *text.parts)]
    assert not [
        t for t in said if "everyone" in t.template or "evil" in t.template
    ]  # values: every dialect escapes them
