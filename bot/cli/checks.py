"""What a check of the doctor is, and those of versions and settings."""

import json
import os
import sys
from collections.abc import Iterable, Iterator
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
