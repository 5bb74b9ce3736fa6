"""Canaries: the secrets that the simulated platforms know.  Where one turns up that is no credential, it leaked.

Every test is held to it: what it logged and printed, the files that it left, what a bot in a process of its own said,
and what either platform was sent in a body or a file.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

DISCORD_TOKEN = "discord-token"
SLACK_BOT_TOKEN = "xoxb-test"
SLACK_APP_TOKEN = "xapp-test"
SLACK_SIGNING_SECRET = "signing-secret"
SLACK_VERIFICATION = "verification-token"  # the legacy one; every payload carries it
INTERACTION = "aW50ZXJhY3Rpb246Y2FuYXJ5"  # how tokens of interactions begin: "interaction:canary" in base64
DATABASE_PASSWORD = "database-password"

CANARIES = (
    DISCORD_TOKEN,
    SLACK_BOT_TOKEN,
    SLACK_APP_TOKEN,
    SLACK_SIGNING_SECRET,
    SLACK_VERIFICATION,
    INTERACTION,
    DATABASE_PASSWORD,
)
OWN = {".env", "config.toml"}  # where a host keeps them, and
CODE = {".py", ".pyc"}  # what tests copy of the project
LARGE = 2**27  # bytes: no test leaves as much on purpose


def leaked(text: str | bytes) -> list[str]:
    """The canaries in a text."""
    data = text if isinstance(text, bytes) else text.encode(errors="replace")
    return [one for one in CANARIES if one.encode() in data]


def leaks(said: Iterable[tuple[str, str]], folder: Path | None) -> Iterator[str]:
    """Where canaries turned up: in what a test said, by the name of the stream, and in the files that it left."""
    for name, text in said:
        yield from (f"{one} in {name}" for one in leaked(text))
    if folder is None:
        return
    for path in folder.rglob("*"):
        if path.is_file() and path.name not in OWN and path.suffix not in CODE and path.stat().st_size < LARGE:
            yield from (f"{one} in the file {path.relative_to(folder)}" for one in leaked(path.read_bytes()))
