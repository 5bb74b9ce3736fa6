"""Hears every name that this process looks up and every connection that it opens, while somebody listens."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

NETWORK = frozenset({"socket.getaddrinfo", "socket.gethostbyname", "socket.connect", "socket.sendto"})
listening: list[list[str]] = []


@contextmanager
def heard() -> Iterator[list[str]]:
    """What is heard until the block ends.  The database's own driver is not: it is no Python."""
    words: list[str] = []
    listening.append(words)
    yield words
    listening.remove(words)


def hear(event: str, details: tuple[Any, ...]) -> None:
    if event in NETWORK:
        for words in listening:
            words.append(f"{event} {details[1:]!r}")


sys.addaudithook(hear)  # for ever: there is no taking a hook out
