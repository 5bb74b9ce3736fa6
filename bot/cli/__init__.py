"""The command line.  Each command imports what it needs when it runs, so that help and mistakes come at once."""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.console import DEFAULT_FILE, WRONG_SETTINGS, ConfigFile, Stop, found_file, progress, say, settings_from

NO_ID = (
    "Which application? Give --application-id, from the developer portal (General Information), or set DISCORD_TOKEN."
)
NOTHING_SET = (
    "Neither Discord nor Slack is set up. Give DISCORD_TOKEN, or SLACK_BOT_TOKEN and SLACK_APP_TOKEN; "
    "`commonplace init` helps with both. To try the bot without any account: commonplace demo"
)
PASTE = "Paste it at https://api.slack.com/apps?new_app=1, From a manifest, in the tab JSON."
REFERENCE = "The same as JSON, with every option, its type and its bounds."

app = typer.Typer(
    help="A bot that runs a community of practice inside Discord and Slack.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,  # they would show tokens
)
slack_app = typer.Typer(help="What Slack needs from you.", no_args_is_help=True)
discord_app = typer.Typer(help="What Discord needs from you.", no_args_is_help=True)
database_app = typer.Typer(help="The database: bring it up to date, copy it, put a copy back.", no_args_is_help=True)
config_app = typer.Typer(help="The settings: an example, and whether yours are right.", no_args_is_help=True)


def show_version(wanted: bool) -> None:
    if wanted:
        from bot.cli.release import own_version

        typer.echo(f"commonplace {own_version()}")
        raise typer.Exit


@app.callback()
def commonplace(
    version: Annotated[  # is eager
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Say the version and leave.")
    ] = False,
) -> None:
    """A bot that runs a community of practice inside Discord and Slack."""


@app.command()
def init(
    config: ConfigFile = None,
    name: Annotated[str | None, typer.Option(help="What the community is called.")] = None,
    purpose: Annotated[str | None, typer.Option(help="What it is for.")] = None,
    zone: Annotated[str | None, typer.Option(help="Its time zone, such as Europe/Berlin.")] = None,
    locale: Annotated[str | None, typer.Option(help="Its language, such as en.")] = None,
    discord: Annotated[bool | None, typer.Option("--discord/--no-discord", help="Whether it is on Discord.")] = None,
    slack: Annotated[bool | None, typer.Option("--slack/--no-slack", help="Whether it is on Slack.")] = None,
    keep: Annotated[
        bool | None, typer.Option("--keep-tokens/--forget-tokens", help="Whether typed tokens go into .env.")
    ] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Do not try the tokens.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Write settings anew that are there already.")] = False,
) -> None:
    """Set the bot up: asks for what is not said, tries the tokens, writes config.toml.

    Tokens are no options, since others on a machine see those: they are asked for, or taken from DISCORD_TOKEN,
    SLACK_BOT_TOKEN and SLACK_APP_TOKEN.
    """
    from bot.cli.wizard import Answers, start

    answers = Answers(name, purpose, zone, locale, discord, slack, keep, offline)
    start(config or DEFAULT_FILE, answers, force=force)


@app.command()
def run(
    config: ConfigFile = None,
    database: Annotated[str | None, typer.Option(help="Such as sqlite:///commonplace.db.")] = None,
    log_level: Annotated[str | None, typer.Option(help="debug, info, warning or error.")] = None,
    log_format: Annotated[str | None, typer.Option(help="auto, human or json.")] = None,
) -> None:
    """Start the bot.

    Ends with 0 after a signal, with 78 when settings or tokens are wrong, with 75 when another process has the
    database, with 1 when something else went wrong.  A .env beside the settings is read.
    """
    given = {("database", "url"): database, ("log", "level"): log_level, ("log", "format"): log_format}
    settings = settings_from(config, given)
    if not settings.discord.token and not settings.slack.bot_tokens:
        raise Stop(NOTHING_SET, WRONG_SETTINGS)
    with progress("Starting"):
        from bot.cli.serve import run as run_until_told

    raise typer.Exit(run_until_told(settings))


@app.command()
def demo(
    config: ConfigFile = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="0 takes any that is free.")] = None,
    headless: Annotated[bool, typer.Option("--headless", help="Play a tour and print it.")] = False,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open the page.")] = False,
) -> None:
    """Try the bot in a page on this machine: no account, no token."""
    import asyncio

    if port is None:
        port = demo_port(config)
    from bot.demo import demo as play

    raise typer.Exit(asyncio.run(play(port, headless=headless, open_browser=not no_browser)))


def demo_port(config: Path | None) -> int:
    """The port that was set; mistakes elsewhere in the settings are no reason not to look around."""
    from bot.config import Settings

    try:
        return settings_from(config).playground.port
    except Stop as stop:
        say(f"{stop}\nThe demo needs none of that.")
        return Settings().playground.port


@app.command()
def doctor(
    config: ConfigFile = None,
    offline: Annotated[bool, typer.Option("--offline", help="Ask no platform.")] = False,
    json: Annotated[bool, typer.Option("--json", help="The same for programs.")] = False,
) -> None:
    """Look whether all is well: one line a check, with the fix.  Ends with 1 when something is wrong."""
    with progress("Looking around"):
        from bot.cli.checks import as_json
        from bot.cli.doctor import examine
    found = examine(config, offline=offline)
    typer.echo(as_json(found) if json else "\n".join(map(str, found)))
    raise typer.Exit(int(any(check.state == "wrong" for check in found)))


@app.command()
def healthcheck(
    config: ConfigFile = None,
    ready: Annotated[bool, typer.Option("--ready", help="Whether people can be served now, too.")] = False,
) -> None:
    """Ask the bot that runs here whether it works; for container engines.  Ends with 1 when it does not."""
    from bot.cli.healthcheck import ask

    settings = settings_from(config).health
    if not settings.enabled:
        raise Stop("The health page is switched off: [health] enabled.", WRONG_SETTINGS)
    answer = ask(settings.host, settings.port, "/readyz" if ready else "/livez")
    typer.echo(answer.text)
    raise typer.Exit(0 if answer.well else 1)


@app.command()
def commands(
    json: Annotated[bool, typer.Option("--json", help=REFERENCE)] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="The page docs/commands.md.")] = False,
    rights: Annotated[bool, typer.Option("--rights", help="The page docs/rights.md: who may do what.")] = False,
) -> None:
    """Every command that people have in the chat."""
    from bot.cli.reference import as_json, as_list, as_markdown

    if rights:
        from bot.cli.rights import as_markdown as who_may

        typer.echo(who_may(), nl=False)
        return
    if json:
        typer.echo(as_json())
        return
    typer.echo(as_markdown() if markdown else as_list(), nl=not markdown)


@slack_app.command()
def manifest(
    config: ConfigFile = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write it into this file.")] = None,
    url: Annotated[str, typer.Option(help="For mode http: the address that Slack calls.")] = "",
) -> None:
    """The app manifest, made from the commands that the bot has."""
    import json

    settings = settings_from(config)
    from adapters.slack.manifest import manifest as make
    from bot.actions import App
    from bot.features import find_features

    mode = settings.slack.mode
    if mode == "http" and not url.startswith("https://"):
        raise Stop("Mode http needs --url, the address that Slack calls, such as https://bot.example.org/slack/events")
    text = json.dumps(make(App(find_features()), settings.slack.command, mode=mode, url=url), indent=2)
    if output is None:
        typer.echo(text)
        say(PASTE)
        return
    output.write_text(f"{text}\n", "utf-8")
    say(f"Wrote {output}. {PASTE}")


@discord_app.command()
def invite(
    config: ConfigFile = None,
    application_id: Annotated[str, typer.Option(help="Instead of asking Discord for it.")] = "",
) -> None:
    """The link that adds the bot to a server, and what it asks for."""
    import asyncio

    from adapters.discord.invite import PERMISSIONS, invite_link
    from bot.cli import live

    if not application_id:
        discord = settings_from(config).discord
        if discord.token is None:
            raise Stop(NO_ID)
        try:
            with progress("Asking Discord"):
                application_id = asyncio.run(
                    live.ask_discord(discord.api, discord.token.get_secret_value())
                ).application_id
        except live.Refused as no:
            raise Stop(f"{no}.") from no
    if not application_id.isdecimal():
        raise Stop(f"An application id is a long number, and this is {application_id}.")
    typer.echo(invite_link(application_id))
    say("\nIt asks for these rights:")
    for reason in PERMISSIONS.values():
        say(f"- {reason}")


@database_app.command()
def upgrade(config: ConfigFile = None) -> None:
    """Bring the database up to date, after a copy of what was.  The bot does it by itself when it starts."""
    from bot.cli.database import bring_up_to_date, open_store

    store = open_store(settings_from(config).database)
    try:
        done = bring_up_to_date(store)
    finally:
        store.close()
    say(f"{store.where} is up to date now." if done else f"{store.where} was up to date already.")


@database_app.command()
def backup(
    file: Annotated[
        Path | None,
        typer.Argument(
            help="Where the copy goes; nothing is overwritten.  Without: beside the daily ones.", show_default=False
        ),
    ] = None,
    config: ConfigFile = None,
) -> None:
    """Copy the database, also while the bot runs, and check the copy."""
    from bot.cli.database import back_up

    settings = settings_from(config)
    with progress("Copying the database"):
        made = back_up(settings, file)
    say(f"Copied the database to {made}, and checked the copy.")


@database_app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="The backup; it stays as it is.")],
    into: Annotated[Path | None, typer.Option(help="Another file than the bot's database, to try it.")] = None,
    config: ConfigFile = None,
) -> None:
    """Put a backup in the place of the database.  What went out since is not sent again; what was there is kept."""
    settings = settings_from(config)
    if settings.database.shared and into is None:
        raise Stop("Put a backup of PostgreSQL back with its own pg_restore, and then run: commonplace db reopen")
    with progress("Starting"):
        from bot.cli.database.restoring import restore as put_back
        from bot.clock import SystemClock

    put_back(file, into or settings.database.path, settings.journal, SystemClock().now())


@database_app.command()
def reopen(config: ConfigFile = None) -> None:
    """After you put a backup back by other means: see to it that nothing that went out since is sent again."""
    from bot.cli.database import bring_up_to_date, open_store
    from bot.cli.database.restoring import report, settle
    from bot.clock import SystemClock
    from storage.erasures import Journal

    settings = settings_from(config)
    store = open_store(settings.database)
    try:
        bring_up_to_date(store)
        settled = settle(store.engine, Journal(settings.journal), SystemClock().now())
    finally:
        store.close()
    report(settled)


@database_app.command("move")
def move_database(
    source: Annotated[str, typer.Argument(metavar="FROM", help="Such as sqlite:///commonplace.db.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="An empty one, such as postgresql://user@host/name.")],
) -> None:
    """Move everything to another database, and compare.  The bot has to be stopped; the source stays as it is."""
    with progress("Starting"):
        from bot.cli.database.moving import as_table, carry_over

    moved = carry_over(source, target)
    typer.echo(as_table(moved))
    say(
        f"Moved {sum(table.rows for table in moved):,} rows. Now set DATABASE_URL to the new address, and start the "
        "bot. Never start it on the old one again: both would send everything."
    )


@config_app.command("example")
def print_example() -> None:
    """All settings with what they mean and their defaults."""
    from bot.cli.example import example

    typer.echo(example(), nl=False)


@config_app.command()
def check(config: ConfigFile = None) -> None:
    """Whether the settings are right; all mistakes at once.  Ends with 78 when there are any."""
    settings_from(config)
    file = found_file(config)
    say(f"{file} is valid." if file else "There is no config.toml here, and the environment is valid.")


app.add_typer(slack_app, name="slack")
app.add_typer(discord_app, name="discord")
app.add_typer(database_app, name="db")
app.add_typer(config_app, name="config")
