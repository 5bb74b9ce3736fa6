"""Onboarding: a newcomer is greeted once, joins by their own act, and may pause, leave and come back."""

from bot.features.onboarding import joining, leaving, questions, welcoming
from bot.features.onboarding.feature import onboarding

__all__ = ["joining", "leaving", "onboarding", "questions", "welcoming"]
