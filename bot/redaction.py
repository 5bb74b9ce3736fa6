"""Secrets in text, by their shape and by their value: nothing that opens a door leaves the process in a line."""

import json
import re
from collections.abc import Callable, Iterable
from urllib.parse import quote

HIDDEN = "***"
SECRET_MIN = 6  # characters: hiding every occurrence of something shorter would hide words

WHOLE = (
    r"xox[a-z]-[\w-]+",  # Slack: bot, user, refresh, configuration and session tokens
    r"xapp-[\w-]+",  # Slack: app-level tokens
    r"[\w-]{23,28}\.[\w-]{6,7}\.[\w-]{27,}",  # Discord: the account in base64, a time, a signature
    r"aW50ZXJhY3Rpb246[\w-]+",  # Discord: an interaction's token, "interaction:" in base64
)
AFTER = (  # what stands before the secret stays, since it says what was there
    r"(?i:authorization)[\\\"']*\s*[:=,]\s*[\\\"']*(?:(?i:bearer|basic|bot|token)\s+)?",
    r"\b(?i:bearer)\s+(?=[\w.~+/=-]{8})",
    r"\b(?i:\w*token|\w*secret|password|passwd|signature|ticket|api_?key)=",
)
PATHS = (r"/webhooks/\d+/", r"/interactions/\d+/(?!callback)", r"hooks\.slack\.com/[a-z]+/\w+/\w+/")
ADDRESS = r"(?P<user>://[^\s/:@\"'\\]*):[^\s/\"'\\]*(?=@)"  # the password of an address, whatever it opens
VALUE = r"[^\s\"'\\&]+"


def hider(secrets: Iterable[str] = ()) -> Callable[[str], str]:
    """What takes the secrets out of a text: those that are known, and everything that is shaped like one."""
    known = {form for secret in secrets if len(secret) >= SECRET_MIN for form in forms(secret)}
    whole = "|".join([*map(re.escape, sorted(known, key=len, reverse=True)), *WHOLE])
    pattern = re.compile(f"{whole}|{ADDRESS}|(?P<path>{'|'.join(PATHS)})[\\w~.-]+|(?P<before>{'|'.join(AFTER)}){VALUE}")

    def replacement(found: re.Match[str]) -> str:
        if user := found["user"]:
            return f"{user}:{HIDDEN}"
        return f"{found['path'] or found['before'] or ''}{HIDDEN}"

    return lambda text: pattern.sub(replacement, text)


def forms(secret: str) -> set[str]:
    """How the same secret looks in an address, in JSON and in what Python prints."""
    return {secret, quote(secret, safe=""), json.dumps(secret)[1:-1], repr(secret)[1:-1]}
