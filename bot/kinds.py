"""Kinds of direct messages: the reason on each of them, and the switch that stops one kind for good."""

from bot.actions import Feature, Kind, Refuse, Role
from bot.calls import Turn
from bot.cards import Button, Card, Note, Prose
from bot.effects import Effect, Reply
from bot.text import say
from storage.people import Muted

kinds = Feature("kinds")


@kinds.action(needs=Role.GUEST)
def stop(turn: Turn, name: str) -> list[Effect]:
    """Never send this kind to me again."""
    kind = find(turn, name)
    turn.db.merge(Muted(member_id=turn.who.id, kind=kind.name, community_id=turn.community.id))
    text = say("Stopped: {kind}. You will get no more of these.", kind=kind.about)
    back = Button(say("Start these again"), start.link(kind.name))
    return [Reply(Card(blocks=(Prose(text),), controls=(back,)))]


@kinds.action(needs=Role.GUEST)
def start(turn: Turn, name: str) -> list[Effect]:
    """Send me this kind again."""
    kind = find(turn, name)
    row = turn.db.get(Muted, (turn.who.id, kind.name))
    if row is not None:
        turn.db.delete(row)
    return [Reply(Card(blocks=(Prose(say("Started again: {kind}.", kind=kind.about)),)))]


def find(turn: Turn, name: str) -> Kind:
    kind = turn.app.kinds.get(name)
    if kind is None:
        raise Refuse("I send no such messages any more.")
    return kind


def with_reason(card: Card, kind: Kind) -> Card:
    """A direct message says why it came and how to stop its kind."""
    note = Note(say("You get this because {because}.", because=kind.because))
    off = Button(say("Stop these"), stop.link(kind.name))
    return Card(card.title, (*card.blocks, note), (*card.controls, off), card.tone)
