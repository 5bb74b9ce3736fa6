"""Meetings: planned once or as a series, answered, reminded of, moved and cancelled with everybody told."""

from bot.features.meetings import answering, changing, listing, notices, planning, rescheduling
from bot.features.meetings.feature import meetings

__all__ = ["answering", "changing", "listing", "meetings", "notices", "planning", "rescheduling"]
