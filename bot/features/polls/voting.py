"""A poll as it is seen, the votes in it, and its end."""

from collections import Counter
from datetime import datetime
from typing import Annotated

from bot.actions import Action, Opt, Refuse, Role
from bot.calls import Turn
from bot.cards import Button, Card, Control, Menu, Note, Option, Prose, card
from bot.effects import Confirm, Effect, Forget, Refresh, Reply, Tell
from bot.features.polls.feature import CHOICES_MAX, RESULTS, ended, may_close, poll_of, polls
from bot.text import Command, Mention, Moment, Text, count, joined, lines, listed, said, say
from storage.people import Member
from storage.polls import Poll, PollOption, answered, ballot, cast, open_polls, options_of, tally, voters

BUTTONS_MAX = 10  # two rows of buttons on Discord; more choices are easier to find in a menu
BAR = 10  # characters
TOGETHER = 5  # choices in one paragraph: a paragraph on Slack takes 3,000 characters


# The card.


@polls.view()
def show_card(turn: Turn, poll_id: str) -> Card | None:
    """What stands in the channel, before and after the end."""
    poll = turn.get(Poll, poll_id)
    if poll is None:
        return None
    author = turn.get(Member, poll.author_id)
    asked = say("Asked by {author}.", author=Mention(author.id, author.name)) if author else Text()
    honest = say("Votes are open: the bot knows who voted, the card shows only counts.")
    buttons = () if ended(turn, poll) else ways_to_vote(turn, poll, set(), vote, choose)
    own = Button(say("My vote"), mine.link(poll.id))
    return Card(said(poll.question), (*results(turn, poll), Note(joined((asked, honest), " "))), (*buttons, own))


def results(turn: Turn, poll: Poll) -> list[Prose]:
    """Each choice with its votes, in a bar and in numbers, and how it stands."""
    options, votes, people = options_of(turn.db, poll.id), tally(turn.db, poll.id), voters(turn.db, poll.id)
    shown = [choice(option, votes[option.number], people) for option in options]
    paragraphs = [Prose(lines(*shown[i : i + TOGETHER])) for i in range(0, len(shown), TOGETHER)]
    return [*paragraphs, Prose(status(turn, poll, options, votes, people))]


def choice(option: PollOption, votes: int, people: int) -> Text:
    share = votes / people if people else 0
    full = round(share * BAR)
    return lines(
        say("**{choice}**", choice=option.text),
        count(
            "{bar} {n} vote ({percent} %)",
            "{bar} {n} votes ({percent} %)",
            votes,
            bar="█" * full + "░" * (BAR - full),
            percent=round(share * 100),
        ),
    )


def status(turn: Turn, poll: Poll, options: list[PollOption], votes: Counter[int], people: int) -> Text:
    voted = count("{n} person has voted.", "{n} people have voted.", people)
    if ended(turn, poll):
        closed = say("Closed {at}.", at=Moment(poll.closed or poll.closes))
        return joined((closed, voted, outcome(options, votes)), " ")
    kind = say("You may choose several.") if poll.several else Text()
    return joined((voted, kind, say("Open until {at}.", at=Moment(poll.closes))), " ")


def outcome(options: list[PollOption], votes: Counter[int]) -> Text:
    """Who is ahead; a tie is called a tie."""
    most = max(votes.values(), default=0)
    first = [option.text for option in options if votes[option.number] == most]
    if not most:
        return say("Nobody voted.")
    if len(first) == 1:
        return say("Most votes: **{choice}**.", choice=first[0])
    tie = listed(say("**{choice}**", choice=text) for text in first)
    return count("A tie, with {n} vote each: {tie}.", "A tie, with {n} votes each: {tie}.", most, tie=tie)


def ways_to_vote(turn: Turn, poll: Poll, chosen: set[int], press: Action, pick: Action) -> tuple[Control, ...]:
    """Buttons to press while they are few and exclude each other, else a menu to pick from."""
    options = options_of(turn.db, poll.id)
    if not poll.several and len(options) <= BUTTONS_MAX:
        left = [o for o in options if o.number not in chosen]
        return tuple(Button(said(o.text), press.link(poll.id, o.number)) for o in left)
    lines_ = tuple(Option(str(o.number), said(o.text), chosen=o.number in chosen) for o in options)
    label = say("Choose one or more") if poll.several else say("Choose one")
    return (Menu(label, pick.link(poll.id), "chosen", lines_, most=len(options) if poll.several else 1),)


# Voting.


Chosen = Annotated[list[int] | None, Opt("Your choice", max=CHOICES_MAX)]


@polls.action()
def vote(turn: Turn, poll_id: str, number: int) -> list[Effect]:
    """In the channel, where only a receipt is for one person."""
    poll = poll_of(turn, poll_id)
    return [*submit(turn, poll, {number}), Reply(receipt(turn, poll))]


@polls.action(title="Your choice")
def choose(turn: Turn, poll_id: str, *, chosen: Chosen = None) -> list[Effect]:
    poll = poll_of(turn, poll_id)
    return [*submit(turn, poll, set(chosen or ())), Reply(receipt(turn, poll))]


@polls.action()
def revote(turn: Turn, poll_id: str, number: int) -> list[Effect]:
    """On one's own card, which then shows the change."""
    poll = poll_of(turn, poll_id)
    return [*submit(turn, poll, {number}), Reply(own_card(turn, poll), "replace")]


@polls.action(title="Your choice")
def rechoose(turn: Turn, poll_id: str, *, chosen: Chosen = None) -> list[Effect]:
    poll = poll_of(turn, poll_id)
    return [*submit(turn, poll, set(chosen or ())), Reply(own_card(turn, poll), "replace")]


def submit(turn: Turn, poll: Poll, numbers: set[int]) -> list[Effect]:
    """Make this the person's ballot, whatever it was before: pressing twice changes nothing."""
    must_be_open(turn, poll)
    if not numbers <= {option.number for option in options_of(turn.db, poll.id)}:
        raise Refuse("That choice is not in this poll.")
    if len(numbers) > 1 and not poll.several:
        raise Refuse("Everybody has one vote here. Choose one.")
    return refreshed(poll, cast(turn.db, poll, turn.who.id, numbers, turn.now))


def refreshed(poll: Poll, changed: bool) -> list[Effect]:
    return [Refresh(show_card.link(poll.id))] if changed else []


@polls.action()
def withdraw(turn: Turn, poll_id: str) -> list[Effect]:
    poll = poll_of(turn, poll_id)
    must_be_open(turn, poll)
    changed = cast(turn.db, poll, turn.who.id, (), turn.now)
    return [*refreshed(poll, changed), Reply(own_card(turn, poll), "replace")]


@polls.action(reads=True)
def mine(turn: Turn, poll_id: str) -> list[Effect]:
    return [Reply(own_card(turn, poll_of(turn, poll_id)))]


def must_be_open(turn: Turn, poll: Poll) -> None:
    if ended(turn, poll):
        result = outcome(options_of(turn.db, poll.id), tally(turn.db, poll.id))
        at = Moment(poll.closed or poll.closes)
        raise Refuse("This poll closed {at}. {result}", at=at, result=result)


def own_vote(turn: Turn, poll: Poll) -> Text:
    """What this person chose, and until when they may change it."""
    chosen = ballot(turn.db, poll.id, turn.who.id)
    names = listed(say("**{c}**", c=o.text) for o in options_of(turn.db, poll.id) if o.number in chosen)
    if ended(turn, poll):
        return say("You voted for {choice}.", choice=names) if chosen else say("You did not vote.")
    if not chosen:
        return say("You have not voted. You can until {at}.", at=Moment(poll.closes))
    return say("Your vote: {choice}. You can change it until {at}.", choice=names, at=Moment(poll.closes))


def receipt(turn: Turn, poll: Poll) -> Card:
    """The short answer to a vote in the channel."""
    return card(own_vote(turn, poll), Button(say("Withdraw"), withdraw.link(poll.id)))


def own_card(turn: Turn, poll: Poll) -> Card:
    """A poll as one person sees it, with everything that they can do about it."""
    controls: list[Control] = []
    if not ended(turn, poll):
        chosen = ballot(turn.db, poll.id, turn.who.id)
        controls += ways_to_vote(turn, poll, chosen, revote, rechoose)
        if chosen:
            controls.append(Button(say("Withdraw"), withdraw.link(poll.id)))
        if may_close(turn, poll):
            controls.append(Button(say("Close it now"), end.link(poll.id)))
    blocks = (*results(turn, poll), Prose(own_vote(turn, poll)))
    return Card(said(poll.question), blocks, tuple(controls))


@polls.action(on="merged")
def merged(turn: Turn) -> list[Effect]:
    """Two ballots of one person are one now, and whoever asked may have another name."""
    known = open_polls(turn.db, turn.community.id, turn.now)
    voted = answered(turn.db, turn.who.id, [poll.id for poll in known])
    theirs = (poll for poll in known if poll.id in voted or poll.author_id == turn.who.id)
    return [Refresh(show_card.link(poll.id)) for poll in theirs]


# Closing.


@polls.action(needs=Role.SYSTEM)
def shut(turn: Turn, poll_id: str) -> list[Effect]:
    """Its time has come: it ends then, even when the bot was away and comes later."""
    poll = turn.get(Poll, poll_id)
    if poll is None or poll.closed is not None:
        return []
    return [*close_at(turn, poll, poll.closes), *told_author(poll)]


@polls.action()
def end(turn: Turn, poll_id: str) -> list[Effect]:
    return ends(turn, poll_of(turn, poll_id))


def ends(turn: Turn, poll: Poll) -> list[Effect]:
    """Close early, after a look at what that means."""
    must_be_open(turn, poll)
    if not may_close(turn, poll):
        author = turn.get(Member, poll.author_id)
        raise Refuse("Whoever asked can close it: {name}.", name=author.name if author else "", denied=True)
    if not turn.confirmed:
        people = voters(turn.db, poll.id)
        text = count("{n} person has voted.", "{n} people have voted.", people)
        final = say("Close it now? It cannot be opened again.")
        return [Confirm(card(joined((text, final), " "), title=said(poll.question)), say("Close it"))]
    effects = close_at(turn, poll, turn.now)
    if turn.who.id != poll.author_id:
        effects += told_author(poll)
    result = outcome(options_of(turn.db, poll.id), tally(turn.db, poll.id))
    return [*effects, Reply(card(say("Closed. {result}", result=result)), "replace")]


def close_at(turn: Turn, poll: Poll, at: datetime) -> list[Effect]:
    poll.closed = at
    turn.db.add(poll)
    return [Forget(f"poll:{poll.id}"), Refresh(show_card.link(poll.id))]


def told_author(poll: Poll) -> list[Effect]:
    """Whoever asked hears how it ended, once, and nobody else does."""
    return [Tell(poll.author_id, ending.link(poll.id), RESULTS, key=f"result:{poll.id}")]


@polls.view()
def ending(turn: Turn, poll_id: str) -> Card | None:
    """What came of a question, for whoever asked it."""
    poll = turn.get(Poll, poll_id)
    if poll is None or poll.closed is None:
        return None
    people = voters(turn.db, poll.id)
    if not people:
        text = say(
            "Your poll has closed, and nobody voted this time. {create} asks again.", create=Command("poll create")
        )
        return card(text, title=said(poll.question))
    voted = count("{n} person has voted.", "{n} people have voted.", people)
    result = outcome(options_of(turn.db, poll.id), tally(turn.db, poll.id))
    text = joined((say("Your poll has closed."), voted, result), " ")
    return card(text, Button(say("Show it"), mine.link(poll.id)), title=said(poll.question))
