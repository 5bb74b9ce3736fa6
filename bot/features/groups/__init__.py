"""Groups: people sign up for what they want to work on, and channels and roles follow in every chat."""

from bot.features.groups import changing, lists, seats
from bot.features.groups.feature import groups

__all__ = ["changing", "groups", "lists", "seats"]
