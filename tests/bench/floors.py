"""Floors: the same work with nothing but the database's own module, as a loop that does nothing else."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

from tests.bench.town import CHOICES, Town

TABLES = """
CREATE TABLE poll (id TEXT PRIMARY KEY, question TEXT, closed TEXT);
CREATE TABLE vote (poll TEXT, member TEXT, choice INTEGER, at TEXT, PRIMARY KEY (poll, member)) WITHOUT ROWID;
CREATE TABLE tally (poll TEXT, choice INTEGER, votes INTEGER, PRIMARY KEY (poll, choice)) WITHOUT ROWID;
"""
AT = "2026-03-02 10:00:00.000000"
POLL = "SELECT id, question, closed FROM poll WHERE id = ?"
VOTE = (
    "INSERT INTO vote VALUES (?, ?, ?, ?) ON CONFLICT (poll, member) DO UPDATE SET choice = excluded.choice,"
    " at = excluded.at"
)
TALLY = "SELECT choice, count(*) FROM vote WHERE poll = ? GROUP BY choice"


def opened(path: Path, synchronous: str) -> sqlite3.Connection:
    raw = sqlite3.connect(path, isolation_level=None)
    raw.execute("PRAGMA journal_mode=WAL")
    raw.execute(f"PRAGMA synchronous={synchronous}")
    return raw


def raw_votes(path: Path, town: Town, synchronous: str) -> Callable[[int], None]:
    """A vote on bare sqlite3: read the poll, put the vote, read the tally, a commit each."""
    raw = opened(path, synchronous)
    raw.executescript(TABLES)
    raw.execute("BEGIN")
    raw.executemany("INSERT INTO poll VALUES (?, ?, NULL)", ((f"p{n}", f"Question {n}?") for n in range(town.polls)))
    voted = ((f"p{p}", f"m{n}", n % CHOICES + 1, AT) for p in range(town.polls) for n in range(town.voted))
    raw.executemany("INSERT INTO vote VALUES (?, ?, ?, ?)", voted)
    raw.execute("COMMIT")

    def vote(number: int) -> None:
        poll, member = f"p{number % town.polls}", f"m{number % town.people}"
        raw.execute("BEGIN IMMEDIATE")
        raw.execute(POLL, (poll,)).fetchone()
        raw.execute(VOTE, (poll, member, town.choice(number), f"2026-03-02 10:00:00.{number:06}"))
        raw.execute(TALLY, (poll,)).fetchall()
        raw.execute("COMMIT")

    return vote


def same_rows(path: Path, statements: list[tuple[str, tuple[object, ...]]]) -> Callable[[int], None]:
    """The very statements of one of our votes on our own tables, without anything around them, a commit each."""
    raw = opened(path, "NORMAL")

    def vote(number: int) -> None:
        raw.execute("BEGIN IMMEDIATE")
        for sql, values in statements:
            adds = sql.startswith(("INSERT INTO audit", "INSERT INTO inbox"))  # whose first column is their key
            raw.execute(sql, (f"raw{number}", *values[1:]) if adds else values).fetchall()
        raw.execute("COMMIT")

    return vote
