"""The settings, section by section: what each means, and what it may be."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import parse_qs, unquote, urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator

from bot.times import Unreadable, find_zone

DISCORD_API = "https://discord.com/api/v10"
SLACK_API = "https://slack.com/api/"
DISCORD_TOKEN = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+")
ADDRESSES = "sqlite:///commonplace.db or postgresql://user:password@host/commonplace"
LOCALE = re.compile(r"[a-z]{2,3}([-_][A-Za-z]{2,4})?")
SHARDS_MAX = 160  # a server for each of 400,000 communities
SLACK_COMMAND = re.compile(r"/[a-z0-9_-]{1,31}")  # https://api.slack.com/interactivity/slash-commands


def read_zone(name: str) -> str:
    try:
        return find_zone(name).key
    except Unreadable as problem:
        raise ValueError(str(problem)) from None


def read_locale(name: str) -> str:
    if not LOCALE.fullmatch(name):
        raise ValueError("must be a language such as en, de or pt-BR")
    return name


def read_address(url: str) -> str:
    if not re.match(r"https?://[^/\s]+", url):
        raise ValueError("must be an address that begins with https:// (or http:// on this machine)")
    return url


def read_command(name: str) -> str:
    if not SLACK_COMMAND.fullmatch(name):
        raise ValueError("must be a slash and lower-case letters, such as /cop")
    return name


def read_level(level: object) -> object:
    lower = level.strip().lower() if isinstance(level, str) else level
    return "warning" if lower == "warn" else lower


def read_database(url: str) -> str:
    """An address of SQLite or PostgreSQL, in one way of writing it.  It is not repeated: it may hold a password."""
    if not url.strip():
        raise ValueError("is empty. Give an address such as sqlite:///commonplace.db, or leave it out")
    scheme, found, rest = url.strip().partition("://")
    if not found:
        raise ValueError(f"must be an address, such as sqlite:///{url.lstrip('/') or 'commonplace.db'}")
    kind = scheme.partition("+")[0].lower()
    if kind in ("postgresql", "postgres"):
        return f"postgresql://{read_server(rest)}"
    if kind != "sqlite":
        raise ValueError(f"{kind} is not a database that I know. Use {ADDRESSES}")
    if not rest.startswith("/") or rest in ("/", "/:memory:") or "?" in rest:
        raise ValueError("must name a file: sqlite:///commonplace.db here, sqlite:////data/commonplace.db anywhere")
    return f"sqlite://{rest}"


def read_server(rest: str) -> str:
    """What follows postgresql://, with a host or a socket, and a database."""
    try:
        parts = urlsplit(f"//{rest}")
        usable = bool(parts.path.strip("/")) and parts.port != 0 and bool(parts.hostname or "host=" in parts.query)
    except ValueError:  # a port that is no number, a bracket that is not closed
        usable = False
    if not usable or parts.fragment:
        raise ValueError(
            "must name a host and a database: postgresql://user:password@host:5432/commonplace. Write @ : / ? # and % "
            "in a password as %40 %3A %2F %3F %23 %25"
        )
    return rest


def read_shards(given: object) -> object:
    word = str(given).strip().lower() if isinstance(given, str | int) else ""
    if word != "auto" and not (word.isdecimal() and 1 <= int(word) <= SHARDS_MAX):
        raise ValueError(f"must be auto, or a number from 1 to {SHARDS_MAX}")
    return word


def read_list(given: object) -> object:
    """A list in an environment variable is JSON."""
    if not isinstance(given, str):
        return given
    try:
        return json.loads(given)
    except json.JSONDecodeError:
        raise ValueError('must be a list in JSON, such as [{"bot_token": "xoxb-..."}]') from None


def trimmed(secret: object) -> object:
    """A secret without the blanks of a paste; an empty one is none."""
    return secret.strip() or None if isinstance(secret, str) else secret


Secret = Annotated[SecretStr | None, BeforeValidator(trimmed)]
Address = Annotated[str, AfterValidator(read_address)]
PortNumber = Annotated[int, Field(ge=0, le=65535)]


class Section(BaseModel):
    """Some settings that belong together."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Community(Section):
    """How a new community starts; coordinators change it later in the chat, with /community edit."""

    name: str = Field("", max_length=80, description="What it is called; the chat's own name when empty.")
    purpose: str = Field("", max_length=500, description="What it is for, and for whom.")
    zone: Annotated[str, AfterValidator(read_zone)] = Field("UTC", description="Its time zone, such as Europe/Berlin.")
    locale: Annotated[str, AfterValidator(read_locale)] = Field("en", description="Its language, such as en or de.")


class Discord(Section):
    """Discord: discord.com/developers/applications, your application, Bot."""

    token: Secret = Field(None, description="The bot's token.  Environment: DISCORD_TOKEN.")
    shards: Annotated[str, BeforeValidator(read_shards)] = Field(
        "auto",
        description="Connections to the gateway, which all replicas share; auto takes as many as Discord recommends.",
    )
    api: Address = Field(DISCORD_API, description="For proxies and compatible servers.  Environment: DISCORD_API_BASE.")

    @property
    def shard_count(self) -> int:
        """0: as many as Discord recommends."""
        return 0 if self.shards == "auto" else int(self.shards)

    @model_validator(mode="after")
    def _shape(self) -> "Discord":
        token = self.token.get_secret_value() if self.token else ""
        if token.lower().startswith("bot "):
            raise ValueError("token: leave out the word Bot in front of it")
        if token and self.api == DISCORD_API and not DISCORD_TOKEN.fullmatch(token):
            raise ValueError(
                "token: a bot token has three parts with dots between them. Copy it from the developer portal: "
                "your application, Bot, Reset Token"
            )
        return self


class Workspace(Section):
    """One more Slack workspace that the same app is installed in."""

    bot_token: Annotated[SecretStr, BeforeValidator(trimmed)]
    front_desk: str = "welcome"


class Slack(Section):
    """Slack: api.slack.com/apps, your app."""

    bot_token: Secret = Field(
        None, description="OAuth & Permissions, Bot User OAuth Token (xoxb-).  Environment: SLACK_BOT_TOKEN."
    )
    app_token: Secret = Field(
        None,
        description="Basic Information, App-Level Tokens: connections:write (xapp-).  Environment: SLACK_APP_TOKEN.",
    )
    signing_secret: Secret = Field(
        None, description="Basic Information; for mode http alone.  Environment: SLACK_SIGNING_SECRET."
    )
    mode: Literal["socket", "http"] = Field(
        "socket", description="socket needs no public address; http is called by Slack."
    )
    command: Annotated[str, AfterValidator(read_command)] = Field(
        "/cop", description="What people type; it has to be the one in the app's manifest."
    )
    front_desk: str = Field("welcome", description="The channel, by name or id, whose newcomers are greeted.")
    host: str = Field("127.0.0.1", description="Where mode http listens.")
    port: PortNumber = Field(3000, description="Where mode http listens.")
    sockets: int = Field(
        1, ge=1, le=10, description="Sockets of each replica; Slack allows an app 10 of all replicas together."
    )
    api: Address = Field(SLACK_API, description="For proxies and compatible servers.  Environment: SLACK_API_BASE.")
    workspaces: Annotated[tuple[Workspace, ...], BeforeValidator(read_list)] = Field(
        (), description="More workspaces with the same app, each with a bot_token and perhaps a front_desk of its own."
    )

    @property
    def installed(self) -> list[Workspace]:
        """All workspaces."""
        first = [Workspace(bot_token=self.bot_token, front_desk=self.front_desk)] if self.bot_token else []
        return [*first, *self.workspaces]

    @property
    def bot_tokens(self) -> list[SecretStr]:
        return [workspace.bot_token for workspace in self.installed]

    @model_validator(mode="after")
    def _whole(self) -> "Slack":
        if mistakes := list(slack_mistakes(self)):
            raise ValueError("\n".join(mistakes))
        return self


def slack_mistakes(slack: Slack) -> Iterator[str]:
    """What does not go together, with the fix."""
    official = slack.api == SLACK_API
    for token in slack.bot_tokens:
        yield from wrong_prefix("bot_token", token, "xoxb-", official, "OAuth & Permissions, Bot User OAuth Token")
    if slack.app_token:
        yield from wrong_prefix("app_token", slack.app_token, "xapp-", official, "Basic Information, App-Level Tokens")
    if slack.bot_tokens and slack.mode == "socket" and not slack.app_token:
        yield (
            "app_token: Socket Mode needs one. At api.slack.com: your app, Basic Information, App-Level Tokens, "
            "with the scope connections:write; give it as SLACK_APP_TOKEN"
        )
    if slack.bot_tokens and slack.mode == "http" and not slack.signing_secret:
        yield (
            "signing_secret: mode http needs it, to know Slack's requests from others. At api.slack.com: your app, "
            "Basic Information; give it as SLACK_SIGNING_SECRET"
        )
    if not slack.bot_tokens and (slack.app_token or slack.signing_secret):
        yield (
            "bot_token: is missing. At api.slack.com: your app, OAuth & Permissions, Bot User OAuth Token; give it as "
            "SLACK_BOT_TOKEN"
        )


def wrong_prefix(key: str, token: SecretStr, prefix: str, official: bool, where: str) -> Iterator[str]:
    """A token of another kind is a mistake everywhere; one of no kind may be right where Slack is not slack.com."""
    found = token.get_secret_value()
    if not found.startswith(prefix) and (official or re.match(r"xox[a-z]-|xapp-", found)):
        kind = f", and this is {found[:5]}…" if re.match(r"xox[a-z]-|xapp-", found) else ""
        yield f"{key}: must begin with {prefix}{kind}. At api.slack.com: your app, {where}"


class Database(Section):
    """Where everything is kept."""

    url: Annotated[str, AfterValidator(read_database)] = Field(
        "sqlite:///commonplace.db",
        repr=False,  # there may be a password in it
        description="sqlite:/// and a path from here, four slashes for one from the root; or "
        "postgresql://user:password@host/name.  Environment: DATABASE_URL.",
    )

    @property
    def shared(self) -> bool:
        """Whether it is on a server, which any number of processes may use."""
        return not self.url.startswith("sqlite:")

    @property
    def path(self) -> Path:
        """The file of SQLite."""
        return Path(self.url.removeprefix("sqlite:///"))

    @property
    def password(self) -> str:
        parts = urlsplit(self.url)
        return unquote(parts.password or "") or next(iter(parse_qs(parts.query).get("password", ())), "")


class Health(Section):
    """A page for monitors: /livez, /readyz and /metrics.  It holds numbers, no names and no secrets."""

    enabled: bool = Field(True, description="false where nobody asks.")
    host: str = Field("127.0.0.1", description="On this machine alone; 0.0.0.0 lets others ask, such as Prometheus.")
    port: PortNumber = Field(8421, description="One for each bot on a machine; 0 takes any that is free.")


class Backup(Section):
    """Copies of an SQLite database, made and checked every day while the bot runs."""

    enabled: bool = Field(True, description="false where something else makes backups.")
    folder: str = Field("", description="Where they go; the folder backups beside the database when empty.")
    hour: int = Field(3, ge=0, le=23, description="From which hour of the day on, in UTC.")
    daily: int = Field(7, ge=1, description="How many days have theirs kept.")
    weekly: int = Field(4, ge=0, description="How many weeks.")
    monthly: int = Field(3, ge=0, description="How many months.")


class Playground(Section):
    """The page that `commonplace demo` opens."""

    port: PortNumber = Field(8420, description="On this machine alone; 0 takes any that is free.")


class Log(Section):
    """What is written to the standard error output."""

    level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(read_level)] = Field(
        "info", description="debug, info, warning or error.  Environment: LOG_LEVEL."
    )
    format: Literal["auto", "human", "json"] = Field(
        "auto", description="human, json, or auto: human in a terminal and json elsewhere."
    )


class Limits(Section):
    """How much one person may ask for, and how fast the bot writes to people."""

    calls_per_minute: Annotated[int, Field(ge=0, le=10_000)] = Field(
        20, description="Commands, clicks and forms of one person, twice as many at once; 0 sets no limit."
    )
    openings: Annotated[int, Field(ge=1, le=1000)] = Field(
        10, description="First direct messages in a minute, to people of one chat; platforms suspect more to be spam."
    )


class Settings(Section):
    """Everything that a host can set."""

    community: Community = Community()
    discord: Discord = Discord()
    slack: Slack = Slack()
    database: Database = Database()
    health: Health = Health()
    backup: Backup = Backup()
    playground: Playground = Playground()
    limits: Limits = Limits()
    log: Log = Log()

    @property
    def backups(self) -> Path:
        """The folder of backups."""
        beside = Path() if self.database.shared else self.database.path.parent
        return Path(self.backup.folder) if self.backup.folder else beside / "backups"

    @property
    def journal(self) -> Path:
        """Where erasures are noted: outside the database, and beside it where it is a file."""
        return Path("commonplace.erased") if self.database.shared else self.database.path.with_suffix(".erased")

    @property
    def secrets(self) -> list[str]:
        """Everything that may stand in no log."""
        given = (self.discord.token, self.slack.app_token, self.slack.signing_secret, *self.slack.bot_tokens)
        typed = [secret.get_secret_value() for secret in given if secret]
        return [*typed, *filter(None, (self.database.password,))]
