"""The doctor: one line a check, with the fix; what is asked of the platforms changes nothing there."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

from adapters.discord.invite import invite_link
from adapters.slack.manifest import SCOPES
from bot.cli import live
from bot.cli.checks import Check, check_database, check_settings, check_versions, check_zones
from bot.cli.console import DEFAULT_FILE, found_file, progress
from bot.config import BadSettings, Settings, load, with_dotenv

SKEW = 30  # seconds: reminders come that much too early or too late


def examine(config: Path | None, *, offline: bool) -> list[Check]:
    """Every check, in the order in which somebody sets up the bot."""
    file = found_file(config)
    found = list(check_versions())
    settings: Settings | None = None
    try:
        settings = load(file, with_dotenv(os.environ, (file or DEFAULT_FILE).parent))
    except BadSettings as bad:
        found += [
            Check("configuration", "wrong", mistake, f"Change it in {file or 'the environment'}.")
            for mistake in bad.mistakes
        ]
    else:
        found += check_settings(settings, file)
    found += check_zones(settings)
    if settings is None:
        return [*found, Check("everything else", "skipped", "It depends on the configuration")]
    with progress("Looking into the database"):
        found += check_database(settings.database.path)
    if offline:
        return [*found, Check("tokens", "skipped", "They are not tried, as you wished")]
    with progress("Asking Discord and Slack"):
        found += asyncio.run(check_live(settings))
    return found


async def check_live(settings: Settings) -> list[Check]:
    found: list[Check] = []
    if settings.discord.token:
        found += await check_discord(settings.discord.api, settings.discord.token.get_secret_value())
    for number, token in enumerate(settings.slack.bot_tokens, 1):
        name = "slack token" if number == 1 else f"slack token {number}"
        found += await check_slack(settings.slack.api, token.get_secret_value(), name)
    if settings.slack.app_token and settings.slack.mode == "socket":
        found.append(await check_socket(settings.slack.api, settings.slack.app_token.get_secret_value()))
    return found


async def check_discord(api: str, token: str) -> list[Check]:
    try:
        bot = await live.ask_discord(api, token)
    except live.Refused as no:
        return [refused("discord token", no)]
    found = [Check("discord token", "ok", f"{bot.name}, application {bot.application_id}")]
    if bot.members_intent:
        found.append(Check("discord intents", "ok", "Server Members is on"))
    else:
        text = "Server Members is off, so newcomers cannot be greeted."
        fix = "Developer portal, your application, Bot, Privileged Gateway Intents, Server Members Intent."
        found.append(Check("discord intents", "wrong", text, fix))
    if bot.servers:
        found.append(Check("discord servers", "ok", ", ".join(bot.servers)))
    else:
        link = invite_link(bot.application_id)
        found.append(Check("discord servers", "note", "The bot is in no server yet.", f"Open {link}"))
    return [*found, *check_skew("discord clock", bot.skew)]


async def check_slack(api: str, token: str, name: str) -> list[Check]:
    try:
        bot = await live.ask_slack(api, token)
    except live.Refused as no:
        return [refused(name, no)]
    found = [Check(name, "ok", f"{bot.name} in {bot.team}")]
    if missing := sorted(set(SCOPES) - bot.scopes):
        fix = "Paste `commonplace slack manifest` into the app's manifest again, then reinstall the app."
        found.append(Check("slack scopes", "wrong", f"Missing: {', '.join(missing)}.", fix))
    else:
        found.append(Check("slack scopes", "ok", f"all {len(SCOPES)} of the manifest"))
    return [*found, *check_skew("slack clock", bot.skew)]


async def check_socket(api: str, app_token: str) -> Check:
    try:
        await live.ask_slack_socket(api, app_token)
    except live.Refused as no:
        return refused("slack app token", no)
    return Check("slack app token", "ok", "opens a socket")


def check_skew(what: str, seconds: float) -> Iterator[Check]:
    if abs(seconds) <= SKEW:
        yield Check(what, "ok", "agrees with this machine's")
        return
    text = f"This machine's clock is {abs(seconds):.0f} s {'ahead' if seconds > 0 else 'behind'}."
    yield Check(what, "wrong", text, "Switch on time synchronisation (NTP).")


def refused(what: str, no: live.Refused) -> Check:
    """What the platform said, and after the first full stop what to do."""
    text, _, fix = str(no).partition(". ")
    return Check(what, "wrong", f"{text}.", f"{fix}." if fix else "Look the word up in the platform's documentation.")
