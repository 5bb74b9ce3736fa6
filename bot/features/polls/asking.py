"""Asking a question: what is wrong with it, what it will look like, and putting it out."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Annotated

from bot.actions import Opt, Refuse
from bot.calls import Turn
from bot.cards import Card, Prose, card
from bot.effects import Ask, Confirm, Effect, Later, Post, Reply
from bot.features.polls.feature import CHOICES_MAX, polls
from bot.features.polls.voting import show_card, shut
from bot.text import ChannelRef, Command, Moment, Text, Zoned, joined, lines, listed, said, say
from bot.times import resolve
from storage.audience import group_at
from storage.places import Place, channel_in, channels_of
from storage.polls import Poll, PollOption, asked_since

QUESTION_MAX = 300
CHOICE_MAX = 80  # a button's label, on Discord
USUAL_DAYS, USUAL_HOUR = 7, 17  # a week to answer, until the end of a working day
AT_ONCE, WITHIN = 10, timedelta(minutes=1)  # polls of one person: more is a flood


@polls.action("Ask the community a question", command="poll create", anywhere="Ask the community")
def create(
    turn: Turn,
    *,
    question: Annotated[str, Opt("What do you want to know?", min=2, max=QUESTION_MAX)],
    choices: Annotated[list[str], Opt("2 to 25, one a line or with commas", min=2, max=CHOICES_MAX, long=True)],
    closes: Annotated[datetime | None, Opt("When voting ends; a week from now when empty", hint="friday 17:00")] = None,
    several: Annotated[bool, Opt("May people choose more than one?")] = False,
    only_here: Annotated[bool, Opt("Keep it out of the lists of people who are not here?")] = False,
) -> list[Effect]:
    if asked_since(turn.db, turn.who.id, turn.now - WITHIN) >= AT_ONCE:
        raise Refuse("That is a lot of polls in a minute. Wait a little before the next one.")
    question, choices, place = " ".join(question.split()), distinct(choices), turn.here()
    closes = closes or usual_end(turn)
    if closes <= turn.now:
        raise Refuse("That time has passed. Try “friday 17:00”.", field="closes")
    if not turn.confirmed:
        return [Confirm(preview(turn, question, choices, closes, place, several, only_here), say("Ask it"))]
    poll = Poll(
        community_id=turn.community.id,
        author_id=turn.who.id,
        place_id=place.id,
        question=question,
        several=several,
        listed=not only_here,
        closes=closes,
        created=turn.now,
    )
    turn.db.add(poll)
    turn.db.flush()
    for number, text in enumerate(choices, 1):
        turn.db.add(PollOption(poll_id=poll.id, number=number, community_id=poll.community_id, text=text))
    told = say("Your question is out. It closes {at}.", at=Moment(closes))
    end_by = Later(closes, shut.link(poll.id), key=f"poll:{poll.id}")
    return [Post(place, show_card.link(poll.id)), end_by, Reply(card(told), "replace")]


@polls.action("Make a poll of a message", message="Make a poll")
def from_message(turn: Turn) -> list[Effect]:
    """A message becomes a question that can still be changed."""
    words = " ".join(turn.quoted.text.split()) if turn.quoted else ""
    question = words if len(words) <= QUESTION_MAX else words[: QUESTION_MAX - 1] + "…"
    return [Ask(create.link(), {"question": question} if question else {})]


def distinct(choices: list[str]) -> list[str]:
    """The choices, each once and short enough for a button."""
    tidy = [" ".join(choice.split()) for choice in choices]
    times = Counter(choice.casefold() for choice in tidy)
    twice = dict.fromkeys(choice for choice in tidy if times[choice.casefold()] > 1)
    if twice:
        once = {choice.casefold(): said(choice) for choice in reversed(twice)}
        raise Refuse("These stand there twice: {choices}.", field="choices", choices=listed(reversed(once.values())))
    for choice in tidy:
        if len(choice) > CHOICE_MAX:
            long = "“{choice}…” has {n} characters; a choice takes {most}."
            raise Refuse(long, field="choices", choice=choice[:30], n=len(choice), most=CHOICE_MAX)
    return tidy


def usual_end(turn: Turn) -> datetime:
    """A week from today: the same time however long the preview is looked at."""
    zone = turn.who.zone
    day = turn.now.astimezone(zone).date() + timedelta(days=USUAL_DAYS)
    return resolve(datetime(day.year, day.month, day.day, USUAL_HOUR), zone)  # noqa: DTZ001  # of the zone beside it


def preview(
    turn: Turn, question: str, choices: list[str], closes: datetime, place: Place, several: bool, only_here: bool
) -> Card:
    """What will be posted, where, until when, and who will see it."""
    where = say("It will appear in {place}.", place=called(turn, place))
    group = group_at(turn.db, place.id)
    if group is not None and group.private:
        lists = say("Only the people of this group see it.")
    else:
        lists = Text() if only_here else say("Members also find it with {polls}.", polls=Command("poll list"))
    about = lines(
        say("Closes {at}.", at=Zoned(closes, str(turn.who.zone))),
        say("People may choose several.") if several else say("Everybody has one vote."),
        joined((where, lists), " "),
    )
    return Card(said(question), (Prose(lines(*(say("• {choice}", choice=c) for c in choices))), Prose(about)))


def called(turn: Turn, place: Place) -> Text:
    """A place by the name of its channel here, and whether it is elsewhere as well."""
    channel = channel_in(turn.db, place.id, turn.space.id) if turn.space else None
    name = say("{c}", c=ChannelRef(channel.ref, place.name)) if channel and channel.ref else said(place.name)
    return say("{place}, in every chat", place=name) if len(channels_of(turn.db, place.id)) > 1 else name
