"""A date as a calendar file that any calendar reads: one identity, a growing sequence, instants in UTC."""

import re
import unicodedata
from datetime import datetime

from bot.cards import File
from storage.meetings import PLANNED, Meeting, Occurrence

NAME_MAX = 40


def invitation(occurrence: Occurrence, meeting: Meeting, venue: str, now: datetime) -> File:
    """Every date is an event of its own and never a rule, so that a calendar and the bot cannot disagree."""
    from icalendar import Calendar, Event  # a fifth of a second, which only those who ask for a file should wait

    event = Event()
    event.add("uid", f"{occurrence.id}@commonplace")
    event.add("sequence", occurrence.revision)
    event.add("dtstamp", now)
    event.add("dtstart", occurrence.starts)
    event.add("dtend", occurrence.ends)
    event.add("summary", meeting.title)
    event.add("status", "CONFIRMED" if occurrence.state == PLANNED else "CANCELLED")
    if venue:
        event.add("location", venue)
    if meeting.about:
        event.add("description", meeting.about)
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", "-//Commonplace//EN")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    return File(file_name(meeting.title), calendar.to_ical(), "text/calendar")


def file_name(title: str) -> str:
    """A name that every system can keep."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return f"{re.sub('[^a-z0-9]+', '-', plain).strip('-')[:NAME_MAX] or 'meeting'}.ics"
