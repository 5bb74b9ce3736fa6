"""Asking a question: what is wrong with it, what it will look like, and putting it out."""

from collections import Counter
from datetime import datetime, time, timedelta
from typing import Annotated

from sqlmodel import col

from bot.actions import Opt, Refuse
from bot.calls import Turn
from bot.cards import Card, Note, Prose, card
from bot.effects import Ask, Confirm, Effect, Later, Post, Reply
from bot.features.polls.feature import CHOICES_MAX, polls
from bot.features.polls.voting import show_card, shut
from bot.text import Command, Moment, Text, Zoned, joined, lines, listed, said, say
from bot.times import When
from storage.audience import group_at
from storage.counting import how_many
from storage.places import Place
from storage.polls import Poll, PollOption, asked_since

QUESTION_MAX = 300
CHOICE_MAX = 80  # a button's label, on Discord
USUAL_DAYS, USUAL_TIME = 7, time(17)  # a week to answer, until the end of a working day
OPEN_MINE, OPEN_OURS = 20, 200  # polls that are open at a time, of one person and of a community
AT_ONCE, WITHIN = 10, timedelta(minutes=1)  # polls of one person: more is a flood


@polls.action("Ask the community a question", command="poll create", anywhere="Ask the community")
def create(
    turn: Turn,
    *,
    question: Annotated[str, Opt("What do you want to know?", min=2, max=QUESTION_MAX)],
    choices: Annotated[list[str], Opt("2 to 25, one a line or with commas", min=2, max=CHOICES_MAX, long=True)],
    closes: Annotated[When | None, Opt("When voting ends; a week from now when empty", hint="friday 17:00")] = None,
    several: Annotated[bool, Opt("May people choose more than one?")] = False,
    only_here: Annotated[bool, Opt("Keep it out of the lists of people who are not here?")] = False,
) -> list[Effect]:
    if asked_since(turn.db, turn.who.id, turn.now - WITHIN) >= AT_ONCE:
        raise Refuse("That is a lot of polls in a minute. Wait a little before the next one.")
    check_room(turn)
    question, choices, place = " ".join(question.split()), distinct(choices), turn.here()
    end_by = closes or usual_end(turn)
    check_end(turn, end_by)
    poll = Poll(
        community_id=turn.community.id,
        author_id=turn.who.id,
        place_id=place.id,
        question=question,
        several=several,
        listed=not only_here,
        closes=end_by.at,
        created=turn.now,
    )
    if not turn.confirmed:
        return [Confirm(preview(turn, poll, choices, end_by), say("Ask it"))]
    turn.db.add(poll)
    turn.db.flush()
    for number, text in enumerate(choices, 1):
        turn.db.add(PollOption(poll_id=poll.id, number=number, community_id=poll.community_id, text=text))
    told = say("Your question is out. It closes {at}.", at=Moment(poll.closes))
    end = Later(poll.closes, shut.link(poll.id), key=f"poll:{poll.id}")
    return [Post(place, show_card.link(poll.id)), end, Reply(card(told), "replace")]


@polls.action("Make a poll of a message", message="Make a poll")
def from_message(turn: Turn) -> list[Effect]:
    """A message becomes a question that can still be changed."""
    words = " ".join(turn.quoted.text.split()) if turn.quoted else ""
    question = words if len(words) <= QUESTION_MAX else words[: QUESTION_MAX - 1] + "…"
    return [Ask(create.link(), {"question": question} if question else {})]


def check_room(turn: Turn) -> None:
    """More open polls than anybody can answer are refused."""
    is_open = (col(Poll.community_id) == turn.community.id, col(Poll.closed).is_(None))
    if how_many(turn.db, Poll, *is_open, col(Poll.author_id) == turn.who.id) >= OPEN_MINE:
        raise Refuse("You have {n} open polls, which is as many as I keep. Close one of them first.", n=OPEN_MINE)
    if how_many(turn.db, Poll, *is_open) >= OPEN_OURS:
        raise Refuse(
            "There are {n} open polls here, which is as many as I keep. Some have to close first.", n=OPEN_OURS
        )


def distinct(choices: list[str]) -> list[str]:
    """The choices, each once and short enough for a button."""
    tidy = [" ".join(choice.split()) for choice in choices]
    times = Counter(choice.casefold() for choice in tidy)
    twice = dict.fromkeys(choice for choice in tidy if times[choice.casefold()] > 1)
    if twice:
        once = {choice.casefold(): said(choice) for choice in reversed(twice)}
        more = "These are there more than once: {choices}. Please keep each of them once."
        raise Refuse(more, field="choices", choices=listed(reversed(once.values())))
    for choice in tidy:
        if len(choice) > CHOICE_MAX:
            long = "“{choice}…” is too long for a button: it has {n} characters, and {most} fit."
            raise Refuse(long, field="choices", choice=choice[:30], n=len(choice), most=CHOICE_MAX)
    return tidy


def usual_end(turn: Turn) -> When:
    """A week from today: the same time however long the preview is looked at."""
    day = turn.now.astimezone(turn.who.zone).date() + timedelta(days=USUAL_DAYS)
    return When(datetime.combine(day, USUAL_TIME), turn.who.zone)


def check_end(turn: Turn, end: When) -> None:
    if end.rule:
        raise Refuse("A poll closes once. Write a single time, such as “friday 17:00”.", field="closes")
    if end.at <= turn.now:
        raise Refuse("That time has passed. Try “friday 17:00”.", field="closes")


def preview(turn: Turn, poll: Poll, choices: list[str], end: When) -> Card:
    """What will be posted, where, until when and why then, and who will see it."""
    place = turn.called(turn.db.get_one(Place, poll.place_id))
    about = lines(
        say("Closes {at}.", at=Zoned(end.at, end.zone.key)),
        say("People may choose several.") if poll.several else say("Everybody has one vote."),
        joined((say("It will appear in {place}.", place=place), found_with(turn, poll)), " "),
    )
    assumed = (Note(say(note.template, **note.values)) for note in end.notes)
    bullets = lines(*(say("• {choice}", choice=choice) for choice in choices))
    return Card(said(poll.question), (Prose(bullets), Prose(about), *assumed))


def found_with(turn: Turn, poll: Poll) -> Text:
    """Who comes to see it elsewhere."""
    group = group_at(turn.db, poll.place_id)
    if group is not None and group.private:
        return say("Only the people of this group see it.")
    return say("Members also find it with {polls}.", polls=Command("poll list")) if poll.listed else Text()
