"""Polls by name, the open ones, and those that wait for an answer on a member's own page."""

from collections.abc import Iterable
from typing import Annotated

from bot.actions import Opt
from bot.calls import Turn
from bot.cards import Button, Card, Note, Row, card
from bot.effects import Effect, Reply
from bot.features.polls.asking import create
from bot.features.polls.feature import booth_of, find, in_lists, polls, suggest, suggest_closable
from bot.features.polls.voting import ends, mine, own_card, own_vote
from bot.pages import page
from bot.text import Command, Moment, Text, lines, say
from storage.polls import Poll, answered, open_polls


@polls.action("Show a poll and your vote", command="poll show", reads=True)
def show(turn: Turn, *, poll: Annotated[Poll, Opt("Which poll?", find=find, suggest=suggest)]) -> list[Effect]:
    return [Reply(own_card(turn, booth_of(turn, poll.id)))]


@polls.action("Close a poll that you asked", command="poll close")
def close(
    turn: Turn, *, poll: Annotated[Poll, Opt("Which poll?", find=find, suggest=suggest_closable)]
) -> list[Effect]:
    return ends(turn, booth_of(turn, poll.id))


@polls.action("See the open polls", command="poll list", reads=True)
def listing(turn: Turn, number: int = 0) -> list[Effect]:
    known = in_lists(turn, open_polls(turn.db, turn.community.id, turn.now))
    if not known:
        text = say("No poll is open. Ask something with {create}.", create=Command("poll create"))
        return [Reply(card(text, Button(say("Ask something"), create.link())), "replace" if number else "private")]
    shown = page(known, number)
    rows = [Row(line(turn, p), Button(say("Open"), mine.link(p.id))) for p in shown.items]
    caption = (Note(shown.caption),) if shown.caption else ()
    listed_ = Card(say("Open polls"), (*rows, *caption), shown.turns(listing.link))
    return [Reply(listed_, "replace" if number else "private")]


def line(turn: Turn, poll: Poll) -> Text:
    return lines(say("**{question}**", question=poll.question), own_vote(turn, booth_of(turn, poll.id)))


@polls.desk("needs")
def unanswered(turn: Turn) -> Iterable[Row]:
    """Open polls in which this person has not voted."""
    known = in_lists(turn, open_polls(turn.db, turn.community.id, turn.now))
    voted = answered(turn.db, turn.who.id, [p.id for p in known])
    for poll in known:
        if poll.id not in voted:
            text = say("**{question}** Open until {at}.", question=poll.question, at=Moment(poll.closes))
            yield Row(text, Button(say("Vote"), mine.link(poll.id)))
