"""Polls: anyone asks, everyone votes once and may change their mind, and the result stays where it was asked."""

from bot.features.polls import asking, lists, voting
from bot.features.polls.feature import polls

__all__ = ["asking", "lists", "polls", "voting"]
