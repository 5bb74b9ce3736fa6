"""A poll as it is seen, the votes in it, and its end."""

from collections import Counter
from datetime import datetime
from typing import Annotated

from bot.actions import Action, Opt, Refuse, Role
from bot.calls import Turn
from bot.cards import Button, Card, Control, Menu, Note, Option, Prose, card
from bot.effects import Confirm, Effect, Forget, Refresh, Reply, Tell
from bot.features.polls.feature import CHOICES_MAX, RESULTS, booth_of, ended, may_close, polls
from bot.text import Command, Mention, Moment, Text, count, joined, lines, listed, said, say
from storage.polls import Booth, Choice, Poll, answered, booth, cast, open_polls, tally, voters

BUTTONS_MAX = 10  # two rows of buttons on Discord; more choices are easier to find in a menu
BAR = 10  # characters
TOGETHER = 5  # choices in one paragraph: a paragraph on Slack takes 3,000 characters


# The card.


@polls.view()
def show_card(turn: Turn, poll_id: str) -> Card | None:
    """What stands in the channel, before and after the end."""
    poll = booth(turn.db, poll_id)
    if poll is None or poll.community_id != turn.community.id:
        return None
    asked = say("Asked by {author}.", author=Mention(poll.author_id, poll.author))
    honest = say("Votes are open: the bot knows who voted, the card shows only counts.")
    buttons = () if ended(turn, poll) else ways_to_vote(poll, vote, choose)
    own = Button(say("My vote"), mine.link(poll.id))
    return Card(said(poll.question), (*results(turn, poll), Note(joined((asked, honest), " "))), (*buttons, own))


def counted(turn: Turn, poll: Booth) -> tuple[Counter[int], int]:
    """Votes by choice, and how many people gave them."""
    votes = tally(turn.db, poll.id)
    return votes, voters(turn.db, poll.id) if poll.several else votes.total()


def results(turn: Turn, poll: Booth) -> list[Prose]:
    """Each choice with its votes, in a bar and in numbers, and how it stands."""
    votes, people = counted(turn, poll)
    shown = [choice(each, votes[each.number], people) for each in poll.choices]
    paragraphs = [Prose(lines(*shown[i : i + TOGETHER])) for i in range(0, len(shown), TOGETHER)]
    return [*paragraphs, Prose(status(turn, poll, votes, people))]


def choice(option: Choice, votes: int, people: int) -> Text:
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


def status(turn: Turn, poll: Booth, votes: Counter[int], people: int) -> Text:
    voted = count("{n} person has voted.", "{n} people have voted.", people)
    if ended(turn, poll):
        closed = say("Closed {at}.", at=Moment(poll.closed or poll.closes))
        return joined((closed, voted, outcome(poll, votes)), " ")
    kind = say("You may choose several.") if poll.several else Text()
    return joined((voted, kind, say("Open until {at}.", at=Moment(poll.closes))), " ")


def outcome(poll: Booth, votes: Counter[int]) -> Text:
    """Who is ahead; a tie is called a tie."""
    most = max(votes.values(), default=0)
    first = [each.text for each in poll.choices if votes[each.number] == most]
    if not most:
        return say("Nobody voted.")
    if len(first) == 1:
        return say("Most votes: **{choice}**.", choice=first[0])
    tie = listed(say("**{choice}**", choice=text) for text in first)
    return count("A tie, with {n} vote each: {tie}.", "A tie, with {n} votes each: {tie}.", most, tie=tie)


def ways_to_vote(poll: Booth, press: Action, pick: Action) -> tuple[Control, ...]:
    """Buttons to press while they are few and exclude each other, else a menu to pick from."""
    if not poll.several and len(poll.choices) <= BUTTONS_MAX:
        left = [each for each in poll.choices if each.number not in poll.chosen]
        return tuple(Button(said(each.text), press.link(poll.id, each.number)) for each in left)
    offered = tuple(Option(str(c.number), said(c.text), chosen=c.number in poll.chosen) for c in poll.choices)
    label = say("Choose one or more") if poll.several else say("Choose one")
    return (Menu(label, pick.link(poll.id), "chosen", offered, most=len(offered) if poll.several else 1),)


# Voting.


Chosen = Annotated[list[int] | None, Opt("Your choice", max=CHOICES_MAX)]


@polls.action()
def vote(turn: Turn, poll_id: str, number: int) -> list[Effect]:
    """In the channel, where only a receipt is for one person."""
    before = booth_of(turn, poll_id)
    after = submit(turn, before, {number})
    return [*refreshed(before, after), Reply(receipt(turn, after))]


@polls.action(title="Your choice")
def choose(turn: Turn, poll_id: str, *, chosen: Chosen = None) -> list[Effect]:
    before = booth_of(turn, poll_id)
    after = submit(turn, before, set(chosen or ()))
    return [*refreshed(before, after), Reply(receipt(turn, after))]


@polls.action()
def revote(turn: Turn, poll_id: str, number: int) -> list[Effect]:
    """On one's own card, which then shows the change."""
    before = booth_of(turn, poll_id)
    after = submit(turn, before, {number})
    return [*refreshed(before, after), Reply(own_card(turn, after), "replace")]


@polls.action(title="Your choice")
def rechoose(turn: Turn, poll_id: str, *, chosen: Chosen = None) -> list[Effect]:
    before = booth_of(turn, poll_id)
    after = submit(turn, before, set(chosen or ()))
    return [*refreshed(before, after), Reply(own_card(turn, after), "replace")]


@polls.action()
def withdraw(turn: Turn, poll_id: str) -> list[Effect]:
    before = booth_of(turn, poll_id)
    after = submit(turn, before, set())
    return [*refreshed(before, after), Reply(own_card(turn, after), "replace")]


def submit(turn: Turn, poll: Booth, numbers: set[int]) -> Booth:
    """Make this the person's ballot, whatever it was before: pressing twice changes nothing."""
    must_be_open(turn, poll)
    if not numbers <= {each.number for each in poll.choices}:
        raise Refuse("That choice is not in this poll.")
    if len(numbers) > 1 and not poll.several:
        raise Refuse("Everybody has one vote here. Choose one.")
    return cast(turn.db, poll, turn.who.id, numbers, turn.now)


def refreshed(before: Booth, after: Booth) -> list[Effect]:
    return [Refresh(show_card.link(after.id))] if after != before else []


@polls.action(reads=True)
def mine(turn: Turn, poll_id: str) -> list[Effect]:
    return [Reply(own_card(turn, booth_of(turn, poll_id)))]


def must_be_open(turn: Turn, poll: Booth) -> None:
    if ended(turn, poll):
        at = Moment(poll.closed or poll.closes)
        raise Refuse("This poll closed {at}. {result}", at=at, result=outcome(poll, tally(turn.db, poll.id)))


def own_vote(turn: Turn, poll: Booth) -> Text:
    """What this person chose, and until when they may change it."""
    names = listed(say("**{c}**", c=each.text) for each in poll.choices if each.number in poll.chosen)
    if ended(turn, poll):
        return say("You voted for {choice}.", choice=names) if poll.chosen else say("You did not vote.")
    if not poll.chosen:
        return say("You have not voted. You can until {at}.", at=Moment(poll.closes))
    return say("Your vote: {choice}. You can change it until {at}.", choice=names, at=Moment(poll.closes))


def receipt(turn: Turn, poll: Booth) -> Card:
    """The short answer to a vote in the channel."""
    return card(own_vote(turn, poll), Button(say("Withdraw"), withdraw.link(poll.id)))


def own_card(turn: Turn, poll: Booth) -> Card:
    """A poll as one person sees it, with everything that they can do about it."""
    controls: list[Control] = []
    if not ended(turn, poll):
        controls += ways_to_vote(poll, revote, rechoose)
        if poll.chosen:
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
    return ends(turn, booth_of(turn, poll_id))


def ends(turn: Turn, poll: Booth) -> list[Effect]:
    """Close early, after a look at what that means."""
    must_be_open(turn, poll)
    if not may_close(turn, poll):
        raise Refuse("Whoever asked can close it: {name}.", name=poll.author, denied=True)
    votes, people = counted(turn, poll)
    if not turn.confirmed:
        voted = count("{n} person has voted.", "{n} people have voted.", people)
        final = say("Close it now? It cannot be opened again.")
        return [Confirm(card(joined((voted, final), " "), title=said(poll.question)), say("Close it"))]
    row = turn.db.get_one(Poll, poll.id)
    effects = close_at(turn, row, turn.now)
    if turn.who.id != poll.author_id:
        effects += told_author(row)
    return [*effects, Reply(card(say("Closed. {result}", result=outcome(poll, votes))), "replace")]


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
    poll = booth(turn.db, poll_id, turn.who.id)
    if poll is None or poll.community_id != turn.community.id or poll.closed is None:
        return None
    votes, people = counted(turn, poll)
    if not people:
        text = say(
            "Your poll has closed, and nobody voted this time. {create} asks again.", create=Command("poll create")
        )
        return card(text, title=said(poll.question))
    voted = count("{n} person has voted.", "{n} people have voted.", people)
    text = joined((say("Your poll has closed."), voted, outcome(poll, votes)), " ")
    return card(text, Button(say("Show it"), mine.link(poll.id)), title=said(poll.question))
