"""What the doctor looks at on this machine: versions, settings, the database, the channels."""

import json
import os
import sqlite3
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from bot.cli import live
from bot.cli.console import DEFAULT_FILE
from bot.config import Settings
from bot.redaction import hider

PACKAGES = ("discord.py", "slack-bolt", "slack-sdk", "aiohttp", "sqlmodel", "sqlalchemy", "alembic")
PYTHON = (3, 11)
OTHERS_MAY_READ = 0o077
PLACES = ("announcements", "welcome")
CHANNELS = """
SELECT place.purpose, channel.missing FROM channel JOIN place ON place.id = channel.place_id
WHERE channel.space_id = ? AND place.community_id = ? AND channel.ref <> ''
"""

SERVED = """
SELECT space.platform, space.ref, place.purpose, place.name, channel.ref, channel.role
FROM channel JOIN place ON place.id = channel.place_id JOIN space ON space.id = channel.space_id
WHERE space.active AND channel.ref <> '' AND NOT channel.missing AND place.purpose NOT LIKE 'channel:%'
ORDER BY space.id, place.purpose
"""
SKEW = 30  # seconds: reminders come that much too early or too late

State = Literal["ok", "note", "wrong", "skipped"]


@dataclass(frozen=True, slots=True)
class Check:
    """One line: what was looked at, how it is, and what to do about it."""

    what: str
    state: State
    text: str
    fix: str = ""

    def __str__(self) -> str:
        mark = {"ok": "ok", "note": "note", "wrong": "WRONG", "skipped": "-"}[self.state]
        return f"{mark:<6} {self.what:<18} {self.text}" + (f"  Fix: {self.fix}" if self.fix else "")


@dataclass(frozen=True, slots=True)
class Served:
    """A channel in which the bot posts, and the role that goes with it."""

    platform: str
    space: str
    purpose: str
    name: str
    ref: str
    role: str

    @property
    def is_group(self) -> bool:
        return self.purpose.startswith("group:")


def refused(what: str, no: live.Refused) -> Check:
    """What the platform said, and after the first full stop what to do."""
    text, _, fix = str(no).partition(". ")
    return Check(what, "wrong", f"{text}.", f"{fix}." if fix else "Look the word up in the platform's documentation.")


def check_skew(what: str, seconds: float) -> Iterator[Check]:
    if abs(seconds) <= SKEW:
        yield Check(what, "ok", "agrees with this machine's")
        return
    text = f"This machine's clock is {abs(seconds):.0f} s {'ahead' if seconds > 0 else 'behind'}."
    yield Check(what, "wrong", text, "Switch on time synchronisation (NTP).")


def as_json(checks: list[Check]) -> str:
    return json.dumps([asdict(check) for check in checks], indent=2, ensure_ascii=False)


def check_versions() -> Iterator[Check]:
    running = sys.version.split()[0]
    if sys.version_info < PYTHON:
        yield Check("python", "wrong", f"Python {running} is too old.", "Use Python 3.11 or newer.")
    else:
        yield Check("python", "ok", f"Python {running}")
    found, missing = [], []
    for name in PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    if missing:
        fix = "Install what requirements/run.txt lists."
        yield Check("packages", "wrong", f"Missing: {', '.join(missing)}.", fix)
    else:
        yield Check("packages", "ok", ", ".join(found))


def check_settings(settings: Settings, file: Path | None) -> Iterator[Check]:
    where = f"{file} is valid" if file else "No file; everything comes from the environment"
    yield Check("configuration", "ok", where)
    chats = [n for n, on in (("Discord", settings.discord.token), ("Slack", settings.slack.bot_tokens)) if on]
    if chats:
        yield Check("platforms", "ok", " and ".join(chats))
    else:
        yield Check("platforms", "wrong", "Neither Discord nor Slack is set up.", "Run commonplace init.")
    yield from check_secrecy(file, settings.secrets)
    if {"SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET"} <= set(os.environ):
        text = "SLACK_CLIENT_ID and SLACK_CLIENT_SECRET are set; Slack's library would act on them."
        yield Check("environment", "note", text, "Unset them: the bot needs neither.")


def check_secrecy(file: Path | None, secrets: Iterable[str] = ()) -> Iterator[Check]:
    """Files with tokens in them are their owner's alone."""
    dotenv = (file or DEFAULT_FILE).parent / ".env"
    for path in (dotenv, file):
        if path is None or not path.is_file() or not path.stat().st_mode & OTHERS_MAY_READ:
            continue
        text = path.read_text("utf-8", errors="replace")
        if path == dotenv or hider(secrets)(text) != text:
            told = f"Others on this machine can read the tokens in {path}."
            yield Check("secrecy", "wrong", told, f"chmod 600 {path}")


def check_database(path: Path) -> Iterator[Check]:
    """What a start would find."""
    folder = nearest(path.absolute().parent)
    if not os.access(folder, os.W_OK):
        yield Check(
            "database", "wrong", f"Nothing can be written into {folder}.", f"Give this user the right: {folder}"
        )
        return
    if not path.exists():
        yield Check("database", "ok", f"{path} will be made at the first start")
        return
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
            yield from look_into(db, path)
    except sqlite3.Error as error:
        fix = "Put a backup in its place, or name another file in [database] url."
        yield Check("database", "wrong", f"{path} cannot be read: {error}.", fix)


def nearest(folder: Path) -> Path:
    """The folder, or the first one above it that exists."""
    return next(each for each in (folder, *folder.parents) if each.exists())


def look_into(db: sqlite3.Connection, path: Path) -> Iterator[Check]:
    from storage import schema

    [(damage,)] = db.execute("PRAGMA quick_check(1)").fetchall()
    [(mode,)] = db.execute("PRAGMA journal_mode").fetchall()
    if damage != "ok":
        yield Check("database", "wrong", f"{path} is damaged: {damage}.", "Put the newest backup in its place.")
        return
    if mode != "wal":
        yield Check("database", "note", f"{path} is not in WAL mode.", "The next start of the bot mends that.")
    else:
        yield Check("database", "ok", f"{path} can be read and written, in WAL mode")
    tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    have = ""
    if "alembic_version" in tables:
        [(have,)] = db.execute("SELECT version_num FROM alembic_version").fetchall() or [("",)]
    head = schema.head()
    if have == head:
        yield Check("migrations", "ok", f"at {head}, the newest")
        yield from check_channels(db)
    elif have > head:
        text = f"at {have}, and this version knows {head} at most."
        yield Check("migrations", "wrong", text, "Use the newer version of Commonplace again.")
    else:
        text = f"at {have or 'nothing'}, {head} is the newest."
        yield Check("migrations", "note", text, "The next start does it, or commonplace db upgrade.")


def check_channels(db: sqlite3.Connection) -> Iterator[Check]:
    """Whether every chat has a channel for what the bot has to say to all."""
    spaces = db.execute("SELECT id, community_id, platform, name FROM space WHERE active").fetchall()
    if not spaces:
        yield Check("channels", "skipped", "The bot has not been in any chat yet")
    for space_id, community_id, platform, name in spaces:
        mapped = dict(db.execute(CHANNELS, (space_id, community_id)))
        lacking = [purpose for purpose in PLACES if mapped.get(purpose, True)]
        where = f"{name or 'a chat'} ({platform.capitalize()})"
        if lacking:
            text = f"{where} has no channel for {' and '.join(lacking)}."
            yield Check("channels", "note", text, "In that channel, a coordinator types /community place.")
        else:
            yield Check("channels", "ok", f"{where} has channels for {' and '.join(PLACES)}")


def served_in(path: Path) -> list[Served]:
    """Every channel that serves a purpose; none when there is no database yet, or one that cannot be read."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
            return [Served(*row) for row in db.execute(SERVED)]
    except sqlite3.Error:
        return []  # which check_database says
