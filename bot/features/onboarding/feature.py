"""What the parts of onboarding share: the feature, its kinds of messages, and what a member can do next."""

from bot.actions import Feature, Rank
from bot.calls import Turn
from bot.cards import Button
from bot.text import Text, said, say

onboarding = Feature("joining", say("Joining, pausing, leaving"))

WELCOME = onboarding.kind("welcome", "Welcome messages", "you came into this chat", "now", rank=Rank.WELCOME)
ANSWERED = onboarding.kind(
    "answer", "Answers to your questions", "you asked the people who run this", "now", rank=Rank.ANSWER
)
SUPPORT = onboarding.kind("support", "Questions of newcomers", "you look after newcomers")

NAMELESS = "A former member"


def community(turn: Turn) -> Text:
    return said(turn.community.name) if turn.community.name else say("this community")


def purpose(turn: Turn) -> Text:
    fallback = say("People who share a practice and learn together.")
    return said(turn.community.purpose) if turn.community.purpose else fallback


def next_steps(turn: Turn) -> tuple[Button, ...]:
    """What a member can do next, as far as those features are there."""
    offers = (("groups", say("Find your groups")), ("me", say("What is next for me")))
    found = ((turn.app.commands.get(name), label) for name, label in offers)
    return tuple(Button(label, action.link()) for action, label in found if action)
