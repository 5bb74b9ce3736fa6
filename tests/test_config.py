"""Settings: what wins over what, and every mistake told at once with its fix."""

from pathlib import Path

import pytest

from bot.config import BadSettings, Settings, load, with_dotenv


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def mistakes(file: Path | None, environ: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(BadSettings) as bad:
        load(file, environ or {})
    return bad.value.mistakes


def test_nothing_at_all_is_a_valid_configuration() -> None:
    assert load(None, {}) == Settings()


def test_what_is_said_later_wins(file: Path, tmp_path: Path) -> None:
    (tmp_path / "level").write_text("debug\n")
    file.write_text('[log]\nlevel = "error"\n')

    levels = [
        load(None, {}).log.level,
        load(file, {}).log.level,
        load(file, {"LOG_LEVEL_FILE": str(tmp_path / "level")}).log.level,
        load(file, {"LOG_LEVEL": "INFO"}).log.level,
        load(file, {"LOG_LEVEL": "INFO", "COMMONPLACE_LOG__LEVEL": "warn"}).log.level,
        load(file, {"COMMONPLACE_LOG__LEVEL": "warn"}, {("log", "level"): "error"}).log.level,
    ]

    assert levels == ["info", "error", "debug", "info", "warning", "error"]


def test_one_variable_leaves_the_rest_of_its_section_alone(file: Path) -> None:
    file.write_text('[slack]\ncommand = "/guild"\nport = 4000\n')

    settings = load(file, {"COMMONPLACE_SLACK__PORT": "4001"})

    assert (settings.slack.command, settings.slack.port) == ("/guild", 4001)


def test_both_names_of_the_discord_token_are_known() -> None:
    old = load(None, {"DISCORD_BOT_TOKEN": "a.b.c"})
    both = load(None, {"DISCORD_BOT_TOKEN": "a.b.c", "DISCORD_TOKEN": "d.e.f"})

    assert (old.secrets, both.secrets) == (["a.b.c"], ["d.e.f"])


def test_secrets_may_lie_in_files(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("a.b.c\n")

    conventional = load(None, {"DISCORD_TOKEN_FILE": str(tmp_path / "token")})
    prefixed = load(None, {"COMMONPLACE_DISCORD__TOKEN_FILE": str(tmp_path / "token")})

    assert conventional.secrets == prefixed.secrets == ["a.b.c"]


def test_a_secret_file_that_cannot_be_read_is_named() -> None:
    assert mistakes(None, {"DISCORD_TOKEN_FILE": "/nowhere/token"}) == [
        "DISCORD_TOKEN_FILE: /nowhere/token cannot be read: No such file or directory"
    ]


def test_the_file_may_refer_to_the_environment(file: Path, tmp_path: Path) -> None:
    (tmp_path / "second").write_text("xoxb-2\n")
    file.write_text(
        '[slack]\nbot_token = "$ONE"\napp_token = "${APP}"\n[[slack.workspaces]]\nbot_token = "$TWO"\n', "utf-8"
    )

    settings = load(file, {"ONE": "xoxb-1", "TWO_FILE": str(tmp_path / "second"), "APP": "xapp-1"})

    assert [token.get_secret_value() for token in settings.slack.bot_tokens] == ["xoxb-1", "xoxb-2"]


def test_a_reference_to_nothing_is_a_mistake_unless_something_else_replaces_it(file: Path) -> None:
    file.write_text('[discord]\ntoken = "$CHAT_TOKEN"\n')

    assert mistakes(file) == ["[discord] token: refers to $CHAT_TOKEN, which is not set"]
    assert load(file, {"DISCORD_TOKEN": "a.b.c"}).secrets == ["a.b.c"]


def test_more_workspaces_may_come_from_the_environment() -> None:
    environ = {"SLACK_APP_TOKEN": "xapp-1", "COMMONPLACE_SLACK__WORKSPACES": '[{"bot_token": "xoxb-1"}]'}

    assert load(None, environ).secrets == ["xapp-1", "xoxb-1"]


def test_all_mistakes_are_told_at_once_with_what_was_meant(file: Path) -> None:
    file.write_text("""
timezone = "UTC"
token = "x"
[community]
zone = "Europe/Berln"
[slack]
mode = "sockets"
bot_tokn = "x"
port = "many"
[[slack.workspaces]]
bot_tokne = "x"
[databse]
url = "sqlite:///x.db"
[log]
level = "loud"
""")

    found = mistakes(file, {"COMMONPLACE_LOG__FROMAT": "json"})

    assert [line for line in found if "Did you mean one of" not in line] == [
        "[slack] mode: must be 'socket' or 'http', not 'sockets'",
        "[slack] port: must be a whole number, not 'many'",
        "[slack] workspaces 0 bot_token is missing",
        "[slack] workspaces 0 bot_tokne is not a setting. Did you mean bot_token?",
        "[slack] bot_tokn is not a setting. Did you mean bot_token?",
        "[log] level: must be 'debug', 'info', 'warning' or 'error', not 'loud'",
        "COMMONPLACE_LOG__FROMAT is not a setting. Did you mean format?",
        "[timezone] is not a setting. There are " + ", ".join(Settings.model_fields),
        "[token] is not a setting. It belongs into the section [discord]",
        "[databse] is not a setting. Did you mean [database]?",
    ]
    assert any(line.startswith("[community] zone: ") and "Europe/Berlin" in line for line in found)


def test_the_heading_counts_and_names_the_file(file: Path) -> None:
    file.write_text('log = "x"\n')

    with pytest.raises(BadSettings) as bad:
        load(file, {})

    assert str(bad.value) == f"{file} has a mistake:\n  [log]: write it as a section, [log]"


def test_a_file_that_is_not_toml_is_told_with_line_and_column(file: Path) -> None:
    file.write_text('[log]\nlevel = "info\n')

    [mistake] = mistakes(file)

    assert "line 2, column" in mistake


def test_a_file_that_is_missing_is_told(file: Path) -> None:
    assert mistakes(file) == ["it cannot be read: No such file or directory"]


@pytest.mark.parametrize(
    "url,path",
    [
        ("sqlite:///commonplace.db", "commonplace.db"),
        ("sqlite:////data/commonplace.db", "/data/commonplace.db"),
        ("sqlite+aiosqlite:///a/b.db", "a/b.db"),
    ],
)
def test_the_database_is_a_file(url: str, path: str) -> None:
    assert load(None, {"DATABASE_URL": url}).database.path == Path(path)


@pytest.mark.parametrize(
    "url,fix",
    [
        ("", "is empty"),
        ("community.db", "sqlite:///community.db"),
        ("postgresql://localhost", "must name a host and a database"),
        ("postgresql:///commonplace", "must name a host and a database"),
        ("postgresql://ana:hush@localhost:many/x", "must name a host and a database"),
        ("postgresql://ana:hush#@localhost/x", "in a password as %40"),
        ("mysql://localhost/x", "mysql is not a database that I know"),
        ("sqlite://", "must name a file"),
        ("sqlite:///:memory:", "must name a file"),
    ],
)
def test_another_database_is_refused_with_the_fix(url: str, fix: str) -> None:
    [mistake] = mistakes(None, {"DATABASE_URL": url})

    assert mistake.startswith("DATABASE_URL: ")
    assert fix in mistake
    assert "hush" not in mistake


@pytest.mark.parametrize(
    "url, read",
    [
        ("postgresql://ana@localhost/circle", "postgresql://ana@localhost/circle"),
        ("postgres://ana:x@db.example.org:6432/circle", "postgresql://ana:x@db.example.org:6432/circle"),
        ("postgresql+asyncpg://db/circle?sslmode=require", "postgresql://db/circle?sslmode=require"),
        ("postgresql://ana@/circle?host=/run/postgresql", "postgresql://ana@/circle?host=/run/postgresql"),
    ],
)
def test_the_database_may_be_on_a_server(url: str, read: str) -> None:
    database = load(None, {"DATABASE_URL": url}).database

    assert (database.url, database.shared) == (read, True)


@pytest.mark.parametrize("url", ["postgresql://ana:h%75sh@db/circle", "postgresql://ana@db/circle?password=hush"])
def test_the_password_of_the_database_is_a_secret(url: str) -> None:
    settings = load(None, {"DATABASE_URL": url})

    assert settings.secrets == ["hush"]
    assert "h%75sh" not in repr(settings)
    assert "hush" not in repr(settings)


@pytest.mark.parametrize(
    "environ,fix",
    [
        ({"SLACK_BOT_TOKEN": "xoxb-1"}, "[slack] app_token: Socket Mode needs one"),
        (
            {"SLACK_BOT_TOKEN": "xoxb-1", "COMMONPLACE_SLACK__MODE": "http"},
            "[slack] signing_secret: mode http needs it",
        ),
        ({"SLACK_APP_TOKEN": "xapp-1"}, "[slack] bot_token: is missing"),
        ({"SLACK_BOT_TOKEN": "xapp-1", "SLACK_APP_TOKEN": "xapp-2"}, "SLACK_BOT_TOKEN: must begin with xoxb-"),
        ({"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xoxb-2"}, "SLACK_APP_TOKEN: must begin with xapp-"),
        ({"SLACK_BOT_TOKEN": "hello", "SLACK_APP_TOKEN": "xapp-1"}, "SLACK_BOT_TOKEN: must begin with xoxb-"),
        ({"DISCORD_TOKEN": "Bot a.b.c"}, "DISCORD_TOKEN: leave out the word Bot"),
        ({"DISCORD_TOKEN": "0123456789abcdef"}, "DISCORD_TOKEN: a bot token has three parts"),
        ({"DISCORD_API_BASE": "discord.test"}, "DISCORD_API_BASE: must be an address"),
    ],
)
def test_platforms_that_are_half_set_up_are_told_with_the_fix(environ: dict[str, str], fix: str) -> None:
    [mistake] = mistakes(None, environ)

    assert mistake.startswith(fix)


def test_a_compatible_server_may_have_tokens_of_its_own_shape() -> None:
    base = "http://127.0.0.1:8080/api"

    settings = load(
        None,
        {
            "DISCORD_TOKEN": "one",
            "DISCORD_API_BASE": base,
            "SLACK_BOT_TOKEN": "two",
            "SLACK_APP_TOKEN": "three",
            "SLACK_API_BASE": base,
        },
    )

    assert settings.secrets == ["one", "three", "two"]


def test_no_message_repeats_a_secret(file: Path) -> None:
    file.write_text('[discord]\ntoken = 12345\n[slack]\nbot_token = "xoxp-hush"\napp_token = ["hush"]\n')
    environ = {"DISCORD_TOKEN": "hush-hush", "SLACK_SIGNING_SECRET": "hush", "DATABASE_URL": ""}

    with pytest.raises(BadSettings) as from_both:
        load(file, environ)
    with pytest.raises(BadSettings) as from_file:
        load(file, {})

    assert "hush" not in str(from_both.value) + str(from_file.value)
    assert "12345" not in str(from_file.value)
    assert "xoxb" not in repr(load(None, {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}))


def test_empty_variables_are_as_good_as_none() -> None:
    assert load(None, {"DISCORD_TOKEN": "", "SLACK_BOT_TOKEN": " ", "LOG_LEVEL": ""}) == Settings()


def test_variables_of_somebody_else_are_left_alone() -> None:
    assert load(None, {"COMMONPLACE_CONFIG": "x", "COMMONPLACE_PORT_8080_TCP": "tcp://10.0.0.1:80"}) == Settings()


def test_a_dotenv_file_fills_in_what_the_environment_lacks(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("# tokens\nDISCORD_TOKEN=a.b.c\nexport LOG_LEVEL='debug'\nEMPTY\n")

    environ = with_dotenv({"LOG_LEVEL": "error"}, tmp_path)

    assert environ == {"DISCORD_TOKEN": "a.b.c", "LOG_LEVEL": "error"}


def test_settings_cannot_be_changed_afterwards() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load(None, {}).log.level = "debug"  # type: ignore[misc]
