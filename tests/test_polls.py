"""Polls: asked after a preview, one ballot a person, changed at will, closed on time, and a result for everybody."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from bot.actions import Link
from bot.calls import Call, Quoted, Raw, Spot
from bot.cards import Button, Menu, texts
from bot.text import Reader, write
from storage.polls import Poll, Vote
from tests.world import Actor, Message, Seen, World

HOSTILE = "@everyone <!channel> [x](http://evil) **b**"


@pytest.fixture
def ana(world: World) -> Actor:
    return world.member("ana")


@pytest.fixture
def ben(world: World) -> Actor:
    return world.member("ben")


def types_in(by: Actor, command: str, answers: Mapping[str, Raw], in_: str = "general") -> Seen:
    """Use a command with answers that are known only by name."""
    return by._run(by._call(by.world.engine.app.commands[command].link(), in_, answers))


def asks(
    by: Actor, question: str = "Lunch?", choices: Raw = "Pizza, Sushi", in_: str = "general", **more: Raw
) -> Message:
    """Ask and agree to the preview; the card."""
    types_in(by, "poll create", {"question": question, "choices": choices, **more}, in_).clicks("Ask it")
    return by.world.card(question)


def votes(world: World) -> int:
    return len(world.read(lambda db: db.exec(select(Vote)).all()))


def only_poll(world: World) -> Poll:
    return world.read(lambda db: db.exec(select(Poll)).one())


def menu(of: Seen | Message) -> Menu:
    [found] = [c for c in of.card.controls if isinstance(c, Menu)]
    return found


# Asking.


def test_a_question_is_previewed_with_its_end_and_place_before_it_is_asked(world: World, ana: Actor) -> None:
    seen = ana.uses("poll create", question="Lunch?", choices="Pizza, Sushi", closes="friday 12:00")

    assert "Lunch?\n• Pizza\n• Sushi" in seen.text
    assert "Closes Friday 6 March 2026, 12:00 (Europe/Berlin)." in seen.text
    assert "Everybody has one vote." in seen.text
    assert "It will appear in #general. Members also find it with poll list." in seen.text.replace("/", "")
    assert world.chat().messages == []

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


def test_agreeing_twice_asks_once(world: World, ana: Actor) -> None:
    seen = ana.uses("poll create", question="Lunch?", choices="Pizza, Sushi")
    seen.clicks("Ask it")

    assert "no longer open" in seen.clicks("Ask it").text
    assert len(world.chat().messages) == 1


@pytest.mark.parametrize(
    "answers, said",
    [
        ({"choices": "Pizza"}, "Choices: Give 2 to 25, not 1."),
        ({"choices": ", ".join(map(str, range(26)))}, "Choices: Give 2 to 25, not 26."),
        ({"choices": ["Pizza", " "]}, "Choices: Give 2 to 25, not 1."),
        ({"choices": "Pizza, sushi, PIZZA, Sushi"}, "These stand there twice: Pizza, sushi."),
        ({"choices": f"a, {'b' * 81}"}, "has 81 characters; a choice takes 80."),
        ({"question": "q" * 301}, "At most 300 characters"),
        ({"question": "?"}, "At least 2 characters"),
        ({"closes": "yesterday 10:00"}, "Closes:"),
        ({"closes": "2020-01-01 10:00"}, "Closes:"),
        ({"closes": "31 Feb 10:00"}, "Closes:"),
        ({"several": "perhaps"}, "Say yes or no"),
    ],
)
def test_bad_input_is_explained_and_kept(world: World, ana: Actor, answers: dict[str, Raw], said: str) -> None:
    given: dict[str, Raw] = {"question": "Lunch?", "choices": "Pizza, Sushi", **answers}

    seen = types_in(ana, "poll create", given)

    assert said in seen.text
    assert seen.clicks("Open the form again").form.filled == given
    assert world.chat().messages == []


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


def test_asking_from_anywhere_goes_to_the_announcements(world: World, ana: Actor) -> None:
    [shortcut] = [a for a in world.engine.app.shortcuts.values() if a.anywhere == "Ask the community"]

    seen = ana.follows(shortcut.link(), in_="dm", question="Lunch?", choices="Pizza, Sushi")
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


# Voting.


def test_everyone_votes_once_and_may_change_their_mind(world: World, ana: Actor, ben: Actor) -> None:
    card = asks(ana)

    seen = ben.clicks("Pizza", on=card)
    assert "Your vote: Pizza. You can change it until Monday 9 March 2026, 17:00." in seen.text
    ana.clicks("Pizza", on=card)
    assert "Pizza\n██████████ 2 votes (100 %)" in card.text

    ben.clicks("Sushi", on=card)

    assert "Pizza\n█████░░░░░ 1 vote (50 %)" in card.text
    assert "Sushi\n█████░░░░░ 1 vote (50 %)" in card.text
    assert "2 people have voted." in card.text
    assert len(world.chat().messages) == 1


def test_pressing_twice_is_one_vote(world: World, ana: Actor) -> None:
    card = asks(ana)

    ana.clicks("Pizza", on=card)
    edits = card.edits
    assert "Your vote: Pizza." in ana.clicks("Pizza", on=card).text

    assert votes(world) == 1
    assert card.edits == edits  # nothing changed, so nothing is sent


def test_votes_of_many_at_the_same_moment_all_count(world: World, ana: Actor) -> None:
    card = asks(ana)
    people = [world.member(f"m{n}") for n in range(20)]
    buttons = {write(c.label, Reader()): c.then for c in card.card.controls if isinstance(c, Button)}

    async def at_once() -> None:
        runs = []
        for n, person in enumerate(people):
            link = buttons["Pizza" if n % 2 else "Sushi"]
            assert link is not None
            runs += [world.engine.runtime.run(Call(link, person.account, Spot("general"))) for _ in range(2)]
        await asyncio.gather(*runs)

    world.wait(at_once())
    world.settles()

    assert votes(world) == 20
    assert "Pizza\n█████░░░░░ 10 votes (50 %)" in card.text
    assert card.edits < 20


def test_my_vote_is_shown_to_me_and_can_be_withdrawn(world: World, ana: Actor, ben: Actor) -> None:
    card = asks(ana)
    assert "You have not voted." in ben.clicks("My vote", on=card).text
    ben.clicks("Pizza", on=card)

    seen = ben.clicks("My vote", on=card)
    assert "Your vote: Pizza." in seen.text
    assert seen.buttons == ["Sushi", "Withdraw"]
    assert seen.outcome.shown[0].to == "private"  # type: ignore[union-attr]
    after = seen.clicks("Withdraw")

    assert "You have not voted." in after.text
    assert "0 people have voted." in card.text
    assert votes(world) == 0
    assert after.clicks("Sushi").outcome.shown[0].to == "replace"  # type: ignore[union-attr]
    assert "1 person has voted." in card.text


def test_nobody_sees_who_chose_what(world: World, ana: Actor, ben: Actor) -> None:
    card = asks(ana)
    ben.clicks("Pizza", on=card)

    assert "Ben" not in card.text
    assert "Ben" not in ana.clicks("My vote", on=card).text


def test_several_choices_are_one_ballot(world: World, ana: Actor, ben: Actor) -> None:
    card = asks(ana, "Which topics?", "Law, Money, People", several=True)
    assert "You may choose several." in card.text
    assert menu(card).most == 3

    assert "Your vote: Law, People." in ben.selects("Law", "People", on=card).text
    ana.selects("Law", on=card)
    assert "Law\n██████████ 2 votes (100 %)" in card.text
    assert "People\n█████░░░░░ 1 vote (50 %)" in card.text
    assert "2 people have voted." in card.text

    own = ben.clicks("My vote", on=card)
    assert [o.chosen for o in menu(own).options] == [True, False, True]
    after = own.selects("Money")
    assert "Your vote: Money." in after.text
    assert [o.chosen for o in menu(after).options] == [False, True, False]


def test_many_choices_are_a_menu(world: World, ana: Actor) -> None:
    card = asks(ana, choices=[f"Day {n}" for n in range(1, 26)])

    assert card.buttons == ["My vote"]
    assert (len(menu(card).options), menu(card).most) == (25, 1)
    assert "Your vote: Day 25." in ana.selects("Day 25", on=card).text
    assert "Day 25\n██████████ 1 vote" in card.text


def test_a_ballot_that_does_not_fit_the_poll_is_refused(world: World, ana: Actor) -> None:
    asks(ana)
    poll = only_poll(world)

    assert "not in this poll" in ana.follows(Link("polls.vote", (poll.id, "3"))).text
    assert "Choose one." in ana.follows(Link("polls.choose", (poll.id,)), chosen=["1", "2"]).text
    assert "older version" in ana.follows(Link("polls.vote", (poll.id, "x"))).text
    assert "That poll is not there." in ana.follows(Link("polls.vote", ("nothing", "1"))).text
    assert votes(world) == 0


def test_another_communitys_poll_does_not_exist(world: World, ana: Actor) -> None:
    card = asks(ana)
    world.opens("slack", "S2")
    zoe = world.coordinator("zoe", "slack", "S2")

    for button in ("Pizza", "My vote"):
        assert "That poll is not there." in zoe.clicks(button, on=card).text
    assert "That poll is not there." in zoe.follows(Link("polls.end", (only_poll(world).id,))).text
    assert "No poll is open." in zoe.uses("poll list").text
    assert "No poll asks" in zoe.uses("poll show", poll=only_poll(world).id).text
    assert votes(world) == 0


# Closing.


def test_a_poll_closes_on_time_with_its_result(world: World, ana: Actor, ben: Actor) -> None:
    card = asks(ana, closes="today 18:00")
    ben.clicks("Sushi", on=card)

    world.until(datetime(2026, 3, 2, 17, 0, tzinfo=UTC))

    assert "Closed Monday 2 March 2026, 18:00." in card.text
    assert "1 person has voted. Most votes: Sushi." in card.text
    assert card.buttons == ["My vote"]
    assert "You voted for Sushi." in ben.clicks("My vote", on=card).text
    assert "You did not vote." in ana.clicks("My vote", on=card).text
    assert len(world.chat().messages) == 1  # no post besides, and no message to anybody


@pytest.mark.parametrize(
    "ballots, result",
    [
        ((), "Nobody voted."),
        (("Pizza", "Sushi"), "A tie, with 1 vote each: Pizza, Sushi."),
        (("Pizza", "Pizza", "Sushi", "Soup"), "Most votes: Pizza."),
    ],
)
def test_a_result_says_a_tie_is_a_tie(world: World, ana: Actor, ballots: tuple[str, ...], result: str) -> None:
    card = asks(ana, choices="Pizza, Sushi, Soup")
    for n, choice in enumerate(ballots):
        world.member(f"m{n}").clicks(choice, on=card)

    world.passes(days=8)

    assert result in card.text


def test_the_bot_was_away_when_a_poll_should_have_closed(world: World, ana: Actor, ben: Actor) -> None:
    card = asks(ana, closes="today 18:00")
    ben.clicks("Pizza", on=card)
    world.clock.move(timedelta(hours=26))  # nothing runs meanwhile

    late = world.engine.runtime.run(Call(Link("polls.vote", (only_poll(world).id, "2")), ana.account, Spot("general")))
    outcome = world.wait(late)

    assert "This poll closed Monday 2 March 2026, 18:00. Most votes: Pizza." in Seen(ana, outcome).text
    world.restarts()
    assert "Closed Monday 2 March 2026, 18:00." in card.text
    assert only_poll(world).closed == datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
    assert votes(world) == 1


def test_after_a_restart_the_old_buttons_work(world: World, ana: Actor, ben: Actor) -> None:
    card = asks(ana)
    ben.clicks("Pizza", on=card)

    world.restarts()
    ben.clicks("Sushi", on=card)

    assert "Sushi\n██████████ 1 vote" in card.text
    assert len(world.chat().messages) == 1


def test_the_author_closes_early_after_a_look(world: World, ana: Actor, ben: Actor) -> None:
    card = asks(ana)
    ben.clicks("Pizza", on=card)

    seen = ana.uses("poll close", poll="lunch?")
    assert "1 person has voted. Close it now? It cannot be opened again." in seen.text
    assert "Pizza" in card.buttons
    assert "Closed. Most votes: Pizza." in seen.clicks("Close it").text

    assert card.buttons == ["My vote"]
    edits = card.edits
    world.passes(days=8)
    assert card.edits == edits  # its time has no more to do
    assert "This poll closed Monday 2 March" in ben.follows(Link("polls.vote", (only_poll(world).id, "2"))).text
    assert "This poll closed" in ana.uses("poll close", poll="lunch?").text


def test_only_its_author_or_a_coordinator_closes_a_poll(world: World, ana: Actor, ben: Actor) -> None:
    card = asks(ana)

    assert "Whoever asked can close it: Ana." in ben.uses("poll close", poll="Lunch?").text
    assert "Close it now" not in ben.clicks("My vote", on=card).buttons
    assert ben.types("poll close", "poll", "") == []
    carla = world.coordinator("carla")
    assert carla.types("poll close", "poll", "lun") == ["Lunch?"]
    carla.clicks("My vote", on=card).clicks("Close it now").clicks("Close it")
    assert "Closed" in card.text


# Lists and finding.


def test_an_empty_list_teaches(world: World, ana: Actor) -> None:
    seen = ana.uses("poll list")

    assert "No poll is open. Ask something with" in seen.text
    assert seen.clicks("Ask something").form.fields[0].name == "question"


def test_the_list_shows_open_polls_with_my_vote(world: World, ana: Actor, ben: Actor) -> None:
    card = asks(ana)
    asks(ana, "Old?", closes="today 12:00")
    ben.clicks("Pizza", on=card)
    world.passes(hours=4)

    assert "Lunch?\nYour vote: Pizza." in ben.uses("poll list").text
    assert "Old?" not in ben.uses("poll list").text
    assert "Lunch?\nYou have not voted." in ana.uses("poll list").text
    assert "Your vote: Sushi." in ana.uses("poll list").clicks("Open").clicks("Sushi").text


def test_a_long_list_is_turned_in_pages(world: World, ana: Actor) -> None:
    for n in range(6):
        asks(ana, f"Question {n}?", closes=f"in {n + 2} days at 10:00")

    seen = ana.uses("poll list")
    assert "Question 0?" in seen.text
    assert "Question 5?" in seen.clicks("Next").text


def test_a_poll_is_found_by_a_part_of_its_question(world: World, ana: Actor, ben: Actor) -> None:
    asks(ana, "Lunch on Monday?")
    world.passes(minutes=5)
    asks(ana, "Lunch on Friday?")

    assert "Friday" in ben.uses("poll show", poll="friday").text
    assert "Perhaps one of these: Lunch on Friday?, Lunch on Monday?." in ben.uses("poll show", poll="lunch on").text
    assert "No poll asks “weather”." in ben.uses("poll show", poll="weather").text
    assert sorted(ben.types("poll show", "poll", "lunch")) == ["Lunch on Friday?", "Lunch on Monday?"]


def test_open_polls_wait_on_my_page_until_i_vote(world: World, ana: Actor, ben: Actor) -> None:
    card = asks(ana)
    assert "Lunch? Open until" in ben.home

    ben.clicks("Pizza", on=card)

    assert "Lunch?" not in ben.home
    assert "Lunch?" in ana.home


def test_what_is_kept_here_is_in_nobodys_lists_but_works_here(world: World, ana: Actor, ben: Actor) -> None:
    card = asks(ana, only_here=True)

    assert "Lunch?" not in ben.uses("poll list").text
    assert "Lunch?" not in ben.home
    assert ben.types("poll show", "poll", "") == []
    assert "Lunch?" in ana.uses("poll list").text
    ben.clicks("Pizza", on=card)
    assert "Lunch?" in ben.uses("poll list").text


def test_what_a_private_group_asks_stays_in_the_group(world: World, ana: Actor, ben: Actor) -> None:
    amara = world.coordinator("amara")
    amara.uses("group create", name="Cases", purpose="Hard cases.", lead="ana", private=True).clicks("Create it")

    seen = ana.uses("poll create", in_="home-cases", question="Which case?", choices="One, Two")
    assert "Only the people of this group see it." in seen.text
    seen.clicks("Ask it")

    card = world.card("Which case?")
    assert card.channel == "home-cases"
    assert "Which case?" in ana.uses("poll list").text
    for other in (ben, amara):
        assert "Which case?" not in other.uses("poll list").text
        assert "Which case?" not in other.home
        assert "That poll is not there." in other.clicks("One", on=card).text
        assert "No poll asks" in other.uses("poll show", poll="which case?").text


# Two chats.


def test_a_person_has_one_ballot_in_two_chats(world: World) -> None:
    world.links("slack", "S1")
    ana = world.member("ana")
    seen = ana.uses("poll create", in_="announcements", question="Lunch?", choices="Pizza, Sushi")
    assert "#announcements, in every chat" in seen.text
    seen.clicks("Ask it")
    here, there = world.card("Lunch?"), world.card("Lunch?", "slack")
    also = world.person("ana-at-work", "slack", "S1")
    code = ana.uses("me link").text.split("Your code is ")[1].split(".")[0]
    also.uses("me link", code=code).clicks("Yes, that is me")

    ana.clicks("Pizza", on=here)
    assert "Your vote: Pizza." in also.clicks("My vote", on=there).text
    also.clicks("Sushi", on=there)

    for card in (here, there):
        assert "Sushi\n██████████ 1 vote (100 %)" in card.text
        assert "1 person has voted." in card.text


def test_the_table_itself_allows_no_second_vote(world: World, ana: Actor) -> None:
    ana.clicks("Pizza", on=asks(ana))

    def second(db: Session) -> None:
        first = db.exec(select(Vote)).one()
        db.execute(insert(Vote).values(**{**first.model_dump(), "number": 2}))

    with pytest.raises(IntegrityError):
        world.write(second)
    assert world.read(lambda db: db.exec(select(Vote)).one().slot) == 0
