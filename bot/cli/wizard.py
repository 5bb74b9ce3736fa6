"""The wizard: asks what a community needs to start, tries the tokens, and writes the settings, without any token."""

import asyncio
import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.prompt import Confirm, Prompt

from adapters.discord.invite import invite_link
from bot.cli import live
from bot.cli.console import FAILED, WRONG_SETTINGS, Stop, progress, say
from bot.cli.example import example
from bot.config import CONVENTIONAL, BadSettings, Settings, load, with_dotenv

NEW_SLACK_APP = "https://api.slack.com/apps?new_app=1"
NEW_DISCORD_APP = "https://discord.com/developers/applications"
DISCORD_NAMES = ("DISCORD_TOKEN",)
SLACK_NAMES = ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN")
MEMBERS_OFF = "switch on Server Members Intent (Bot, Privileged Gateway Intents), so that newcomers are greeted."
ONLY_OWNER = 0o600
LOCALTIME = Path("/etc/localtime")


@dataclass(slots=True)
class Answers:
    """What was said on the command line; None is not said yet."""

    name: str | None = None
    purpose: str | None = None
    zone: str | None = None
    locale: str | None = None
    discord: bool | None = None
    slack: bool | None = None
    keep: bool | None = None  # the tokens, in .env
    offline: bool = False
    typed: dict[str, str] = field(default_factory=dict)  # tokens, by the variable that will hold them


@dataclass(slots=True)
class Wizard:
    """One run of it.  ``asks`` is whether somebody is there to answer."""

    file: Path
    answers: Answers
    environ: Mapping[str, str]
    asks: bool
    bot: live.DiscordBot | None = None

    def run(self) -> None:
        self.ask_community()
        self.ask_platforms()
        settings = self.checked()
        self.write(settings)
        self.next_steps(settings)

    # Asking.

    def ask(self, given: str | None, question: str, default: str) -> str:
        if given is not None or not self.asks:
            return default if given is None else given
        return Prompt.ask(question, console=Console(stderr=True), default=default)

    def confirm(self, given: bool | None, question: str, *, default: bool) -> bool:
        if given is not None or not self.asks:
            return default if given is None else given
        return Confirm.ask(question, console=Console(stderr=True), default=default)

    def ask_community(self) -> None:
        said = self.answers
        said.name = self.ask(said.name, "What is the community called? (empty: as its chat)", "")
        said.purpose = self.ask(said.purpose, "What is it for, and for whom? (can wait)", "")
        said.zone = self.ask(said.zone, "Its time zone, by city", own_zone())
        said.locale = self.ask(said.locale, "Its language, such as en or de", "en")

    def ask_platforms(self) -> None:
        said = self.answers
        said.discord = self.confirm(said.discord, "Is it on Discord?", default="DISCORD_TOKEN" in self.environ)
        if said.discord:
            self.hint(f"The token: {NEW_DISCORD_APP}, your application, Bot, Reset Token.")
            self.ask_token("DISCORD_TOKEN", "Discord bot token")
        said.slack = self.confirm(said.slack, "Is it on Slack?", default="SLACK_BOT_TOKEN" in self.environ)
        if said.slack:
            self.hint(f"If there is no Slack app yet: {NEW_SLACK_APP}, From a manifest, and paste what")
            self.hint("`commonplace slack manifest` prints. Then install it to the workspace.")
            self.ask_token("SLACK_BOT_TOKEN", "Slack bot token (OAuth & Permissions, xoxb-…)")
            self.ask_token("SLACK_APP_TOKEN", "Slack app token (Basic Information, xapp-…)")
        if not said.discord and not said.slack:
            text = (
                "Neither Discord nor Slack was chosen, so there is nothing to set up. To look around: commonplace demo"
            )
            raise Stop(text, FAILED)

    def hint(self, text: str) -> None:
        if self.asks:
            say(text)

    def ask_token(self, name: str, question: str) -> None:
        """A token comes from the environment, or is typed unseen; it is no option, since others see those."""
        if self.environ.get(name) or self.environ.get(f"{name}_FILE"):
            say(f"{name} is in the environment.")
            return
        if not self.asks:
            raise Stop(f"{name} is not set. Set it, or run this in a terminal to be asked for it.", WRONG_SETTINGS)
        self.answers.typed[name] = Prompt.ask(question, console=Console(stderr=True), password=True).strip()

    # Trying.

    def checked(self) -> Settings:
        """Settings without a mistake, and tokens that work; who is there may correct them."""
        while True:
            try:
                settings = self.settings()
                if not self.answers.offline:
                    with progress("Trying the tokens"):
                        asyncio.run(self.try_tokens(settings))
            except BadSettings as bad:
                named = {mistake.partition(":")[0] for mistake in bad.mistakes}
                self.correct(str(bad), named, WRONG_SETTINGS)
            except WrongToken as wrong:
                self.correct(f"{wrong.name}: {wrong}.", {wrong.name}, FAILED)
            else:
                return settings

    def settings(self) -> Settings:
        said = self.answers
        given = {("community", key): getattr(said, key) for key in ("name", "purpose", "zone", "locale")}
        unused = {name for chosen, name in ((said.discord, "DISCORD_"), (said.slack, "SLACK_")) if not chosen}
        environ = {n: v for n, v in self.environ.items() if not any(n.startswith(prefix) for prefix in unused)}
        return load(None, environ | said.typed, given)

    async def try_tokens(self, settings: Settings) -> None:
        """Ask each platform whose token it is."""
        discord, slack = settings.discord, settings.slack
        if discord.token:
            with blaming("DISCORD_TOKEN"):
                self.bot = await live.ask_discord(discord.api, discord.token.get_secret_value())
            say(f"Discord: the token is {self.bot.name}'s.")
            if not self.bot.members_intent:
                say(f"Discord: {MEMBERS_OFF}")
        for token in slack.bot_tokens:
            with blaming("SLACK_BOT_TOKEN"):
                app = await live.ask_slack(slack.api, token.get_secret_value())
            say(f"Slack: the token is {app.name}'s, in {app.team}.")
        if slack.app_token and slack.mode == "socket":
            with blaming("SLACK_APP_TOKEN"):
                await live.ask_slack_socket(slack.api, slack.app_token.get_secret_value())

    def correct(self, text: str, named: set[str], status: int) -> None:
        """Ask again for what was wrong, or end where nobody can answer."""
        tokens = [name for name in self.answers.typed if name in named]
        if not self.asks or not (tokens or "--zone" in named):
            raise Stop(f"{text}\nNothing was written.", status)
        say(text)
        if "--zone" in named:
            self.answers.zone = self.ask(None, "Its time zone, by city", "UTC")
        for name in tokens:
            self.ask_token(name, name)

    # Writing.

    def write(self, settings: Settings) -> None:
        said = self.answers
        values = {("community", key): getattr(settings.community, key) for key in ("name", "purpose", "zone", "locale")}
        names = (*(DISCORD_NAMES if said.discord else ()), *(SLACK_NAMES if said.slack else ()))
        values |= {CONVENTIONAL[name]: f"${name}" for name in names}
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_text(example(values), "utf-8")
        say(f"Wrote {self.file}.")
        dotenv = self.file.parent / ".env"
        if said.typed and self.confirm(
            said.keep, f"Keep the tokens in {dotenv}, which only you can read?", default=True
        ):
            keep_tokens(dotenv, said.typed)
            say(f"Wrote {dotenv}, for your eyes only. `commonplace run` reads it.")
        elif said.typed:
            say(f"Set these where the bot runs, or each as a file with _FILE after the name: {', '.join(said.typed)}.")

    def next_steps(self, settings: Settings) -> None:
        say("\nNext:")
        if self.bot:
            say(f"- Invite the bot to your server: {invite_link(self.bot.application_id)}")
        elif settings.discord.token:
            say("- Invite the bot to your server with the link of: commonplace discord invite")
        if settings.slack.bot_tokens:
            say(f"- Keep the Slack app as the bot needs it: paste `commonplace slack manifest` at {NEW_SLACK_APP}")
        say("- Look whether all is well: commonplace doctor.  Then: commonplace run")


class WrongToken(Exception):
    """A platform refused what a variable holds."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(text)
        self.name = name


@contextmanager
def blaming(name: str) -> Iterator[None]:
    """What is refused in here is this variable's value."""
    try:
        yield
    except live.Refused as no:
        raise WrongToken(name, str(no)) from no


def keep_tokens(dotenv: Path, tokens: Mapping[str, str]) -> None:
    """Put the tokens into the file; whatever else stands there stays."""
    kept = dotenv.read_text("utf-8").splitlines() if dotenv.exists() else []
    others = [line for line in kept if re.split(r"[\s=]", line.removeprefix("export "), maxsplit=1)[0] not in tokens]
    mine = [f"{name}={quoted(token)}" for name, token in tokens.items()]
    handle = os.open(dotenv, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, ONLY_OWNER)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        os.fchmod(handle, ONLY_OWNER)
        file.write("\n".join([*others, *mine, ""]))


def quoted(token: str) -> str:
    return token if re.fullmatch(r"[\w.:-]+", token) else f"'{token}'"


def own_zone() -> str:
    """The time zone of this machine, as a first guess."""
    _, found, name = str(LOCALTIME.resolve()).partition("/zoneinfo/")
    return name.removeprefix("Etc/") if found else "UTC"


def start(file: Path, answers: Answers, *, force: bool) -> None:
    """Run the wizard, unless there are settings already."""
    if file.exists() and not force:
        raise Stop(f"{file} is there already, and was left alone. Use --force to write it anew.", FAILED)
    environ = with_dotenv(os.environ, file.parent)
    Wizard(file, answers, environ, asks=sys.stdin.isatty() and sys.stderr.isatty()).run()
