"""Groups: people sign up for what they want to work on, and channels and roles follow in every chat."""

from bot.features.groups import changing, closing, lists, mending, moments, seats
from bot.features.groups.feature import groups

__all__ = ["changing", "closing", "groups", "lists", "mending", "moments", "seats"]
