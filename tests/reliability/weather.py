"""Bad weather: a share of the requests that deliver something fails, before it had its effect or after."""

import random
import re
from collections import Counter
from typing import Any

from tests.discord.faults import Fault as DiscordFault
from tests.discord.faults import matcher
from tests.slack.faults import Fault as SlackFault

# What can go wrong, and how often one of them is this.
KINDS = {
    "429": 25,
    "reset before": 15,
    "503 before": 15,
    "502 before": 3,  # discord.py waits a second and asks again by itself
    "reset after": 15,
    "503 after": 14,
    "no answer after": 3,
    "cut short after": 10,
}
RETRY_AFTER = 0.05  # seconds that discord.py sleeps, by our own clock
LAG = 0.3  # seconds until a connection ends without an answer
DELIVERS = [
    matcher(pattern)
    for pattern in (
        "POST /channels/*/messages",
        "PATCH /channels/*/messages/*",
        "GET /channels/*/messages",
        "POST /users/@me/channels",
    )
]
ANSWERS = re.compile(r".* /(interactions|webhooks)/.*")
SLACK_DELIVERS = {"chat.postMessage", "chat.update", "conversations.history", "conversations.open"}
SLACK_ANSWERS = {"response_url", "chat.postEphemeral", "views.open"}


class Weather:
    """How a world's platform behaves; ``share`` is how much of it is bad."""

    def __init__(self, draw: random.Random, share: float) -> None:
        self._draw = draw
        self.share = share
        self.asked = 0
        self.faults: Counter[str] = Counter()

    def kind(self, *, answers: bool) -> str:
        """What happens to one request; mostly nothing.  Answers to people are spoilt half as often."""
        if not answers:
            self.asked += 1
        if self._draw.random() >= (self.share / 2 if answers else self.share):
            return ""
        [kind] = self._draw.choices(list(KINDS), list(KINDS.values()))
        if not answers:
            self.faults[kind] += 1
        return kind

    def discord(self, what: str) -> DiscordFault | None:
        answers = ANSWERS.fullmatch(what) is not None
        if not answers and not any(pattern.fullmatch(what) for pattern in DELIVERS):
            return None
        how: dict[str, Any] = {
            "429": {"status": 429, "retry_after": RETRY_AFTER},
            "reset before": {"drop": "before"},
            "503 before": {"status": 503},
            "502 before": {"status": 502},
            "reset after": {"drop": "after"},
            "503 after": {"status": 503, "stored": True},
            "no answer after": {"drop": "after", "lag": LAG},
            "cut short after": {"cut_short": True},
        }
        kind = self.kind(answers=answers)
        return DiscordFault(matcher(what), 1, **how[kind]) if kind else None

    def slack(self, method: str, _arguments: dict[str, Any]) -> SlackFault | None:
        answers = method in SLACK_ANSWERS
        if not answers and method not in SLACK_DELIVERS:
            return None
        how: dict[str, Any] = {
            "429": {"status": 429, "error": "ratelimited", "retry_after": 1},
            "reset before": {"drop": "before"},
            "503 before": {"status": 503},
            "502 before": {"error": "internal_error"},
            "reset after": {"drop": "after"},
            "503 after": {"status": 503, "stored": True},
            "no answer after": {"drop": "after", "lag": LAG},
            "cut short after": {"body": '{"ok": true, "cha', "stored": True},
        }
        kind = self.kind(answers=answers)
        return SlackFault(method, 1, **how[kind]) if kind else None
