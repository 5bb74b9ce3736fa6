"""What people type as a time, a date, a length or a time zone, read strictly in their zone and shown back to them."""

from bot.times.clocks import describe, gap_or_overlap, resolve
from bot.times.reading import When, read_date, read_when
from bot.times.rules import describe_rule, last_day, occurrences
from bot.times.sentences import Note, Unreadable
from bot.times.spans import read_span
from bot.times.zones import find_zone, suggest_zones

__all__ = [
    "Note",
    "Unreadable",
    "When",
    "describe",
    "describe_rule",
    "find_zone",
    "gap_or_overlap",
    "last_day",
    "occurrences",
    "read_date",
    "read_span",
    "read_when",
    "resolve",
    "suggest_zones",
]
