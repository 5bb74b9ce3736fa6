"""The doctor: one line a check, with the fix; what is asked of the platforms changes nothing there."""

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path

from bot.cli.checks import Check, check_settings, check_versions
from bot.cli.console import DEFAULT_FILE, found_file, progress
from bot.cli.database_checks import check_database, nearest, served_in
from bot.cli.discord_checks import check_discord
from bot.cli.housekeeping_checks import check_backup, check_disk, check_page, check_sqlite, check_zones
from bot.cli.slack_checks import check_slack, check_socket
from bot.config import BadSettings, Settings, load, with_dotenv

SPRING = "Europe/Berlin"  # a zone whose clocks change


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
    now = datetime.now(UTC)
    found += check_zones(settings.community.zone if settings else SPRING, now)
    if settings is None:
        return [*found, Check("everything else", "skipped", "It depends on the configuration")]
    with progress("Looking into the database"):
        found += check_database(settings.database)
        if not settings.database.shared:
            folder = settings.database.path.absolute().parent
            found += [check_sqlite(), check_disk(nearest(folder)), check_backup(settings.backups, now)]
    found.append(check_page(settings.health))
    if offline:
        return [*found, Check("tokens", "skipped", "They are not tried, as you wished")]
    with progress("Asking Discord and Slack"):
        found += asyncio.run(check_live(settings))
    return found


async def check_live(settings: Settings) -> list[Check]:
    found: list[Check] = []
    served = served_in(settings.database)
    if settings.discord.token:
        found += await check_discord(settings.discord.api, settings.discord.token.get_secret_value(), served)
    for number, token in enumerate(settings.slack.bot_tokens, 1):
        name = "slack token" if number == 1 else f"slack token {number}"
        found += await check_slack(settings.slack.api, token.get_secret_value(), name, served)
    if settings.slack.app_token and settings.slack.mode == "socket":
        found.append(await check_socket(settings.slack.api, settings.slack.app_token.get_secret_value()))
    return found
