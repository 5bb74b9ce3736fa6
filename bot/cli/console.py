"""What every command shares: the settings, how it ends, and signs of life while it works."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from bot.config import Settings

FAILED = 1
BUSY = 75  # EX_TEMPFAIL of sysexits.h: another process has the database; later it may work
WRONG_SETTINGS = 78  # EX_CONFIG of sysexits.h: starting again will not mend it
DEFAULT_FILE = Path("config.toml")
PATIENCE = 1.0  # seconds without a word

ConfigFile = Annotated[
    Path | None,
    typer.Option("--config", "-c", envvar="COMMONPLACE_CONFIG", help="The settings; ./config.toml if it is there."),
]


class Stop(Exception):
    """A command ends here: with this status, and a sentence for who started it."""

    def __init__(self, text: str, status: int = FAILED) -> None:
        super().__init__(text)
        self.status = status


def say(text: str) -> None:
    """Tell who is watching; the standard output is kept for results."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def found_file(config: Path | None) -> Path | None:
    """The file that was named, or the one that lies here."""
    if config is not None:
        return config
    return DEFAULT_FILE if DEFAULT_FILE.exists() else None


def settings_from(config: Path | None, given: Mapping[tuple[str, str], Any] | None = None) -> "Settings":
    """The settings; mistakes end the command."""
    from bot.config import BadSettings, load, with_dotenv

    file = found_file(config)
    try:
        return load(file, with_dotenv(os.environ, (file or DEFAULT_FILE).parent), given)
    except BadSettings as bad:
        raise Stop(str(bad), WRONG_SETTINGS) from bad


@contextmanager
def progress(what: str) -> Iterator[None]:
    """Show that something is under way: a spinner in a terminal, and elsewhere one line if it takes a while."""
    if sys.stderr.isatty() and "CI" not in os.environ:
        from rich.console import Console

        with Console(stderr=True).status(f"{what} …"):
            yield
        return
    line = Timer(PATIENCE, say, [f"{what} …"])
    line.daemon = True
    line.start()
    try:
        yield
    finally:
        line.cancel()
