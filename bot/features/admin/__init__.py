"""Admin: what will be sent, what could not be, the switch that stops everything, and who changed what."""

from bot.features.admin import auditing, deliveries, halting
from bot.features.admin.feature import admin

__all__ = ["admin", "auditing", "deliveries", "halting"]
