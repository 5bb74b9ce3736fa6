"""Onboarding: a newcomer is greeted once, joins by their own act, and may pause, leave and come back."""

from bot.features.onboarding import crowds, joining, leaving, questions, welcoming
from bot.features.onboarding.feature import onboarding

__all__ = ["crowds", "joining", "leaving", "onboarding", "questions", "welcoming"]
