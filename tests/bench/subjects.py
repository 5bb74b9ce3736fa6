"""What can be measured, by name.  Each runs in a process of its own, so that none leaves anything to the next."""

from collections.abc import AsyncIterator, Callable
from importlib import import_module

from tests.bench.figures import Figure
from tests.bench.measuring import Effort
from tests.bench.town import Builder

Subject = Callable[[Builder, Effort], AsyncIterator[Figure]]

SUBJECTS = {
    "votes": "votes.closed",
    "growth": "growth.grown",
    "open": "arrivals.visited",
    "disk": "durability.slowed",
    "clicks": "clicks.clicked",
    "command": "commands.used",
    "due": "reminders.due",
    "waiting": "reminders.waiting",
    "postgresql": "postgres.served",
    "start": "starting.started",
    "servers": "guilds.kept",
    "late": "lateness.beside",
}


def subject(name: str) -> Subject:
    module, _, function = SUBJECTS[name].partition(".")
    found: Subject = getattr(import_module(f"tests.bench.{module}"), function)
    return found
