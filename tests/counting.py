"""A feature that counts in the community's settings: what is read and then written, and so what clashes."""

from bot.actions import Feature, Role
from bot.calls import Outcome, Turn
from bot.cards import card
from bot.effects import Effect, Reply
from bot.text import say
from tests.turns import keep
from tests.world import english

counting = Feature("counting")


@counting.action("Count", needs=Role.GUEST)
def more(turn: Turn) -> list[Effect]:
    n = turn.community.settings.get("n", 0) + 1
    keep(turn, n=n)
    return [Reply(card(say("Counted: {n}", n=n)))]


def said(outcome: Outcome) -> str:
    [shown] = outcome.shown
    assert isinstance(shown, Reply)
    return english(shown.card)
