"""How a piece of Block Kit must look: rules for one value, and shapes made of rules."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Rule = Callable[[list[str], str, Any], None]

ID_MAX = 255  # action_id, block_id, callback_id, external_id


def report(found: list[str], at: str, what: str) -> None:
    """In the words of Slack's response_metadata."""
    found.append(f"[ERROR] {what} [json-pointer:{at}]")


@dataclass(frozen=True)
class Shape:
    """The fields an object needs, those it may have besides, and the blocks it may stand in."""

    needs: Mapping[str, Rule] = field(default_factory=dict)
    may: Mapping[str, Rule] = field(default_factory=dict)
    within: frozenset[str] = frozenset()

    def check(self, found: list[str], at: str, value: Any) -> None:
        if not isinstance(value, dict):
            report(found, at, "must be an object")
            return
        for name in self.needs.keys() - value.keys():
            report(found, at, f"missing required field: {name}")
        for name, given in value.items():
            rule = self.needs.get(name) or self.may.get(name)
            if rule:
                rule(found, f"{at}/{name}", given)
            elif name != "type":
                report(found, f"{at}/{name}", f"invalid additional property: {name}")


def anything(found: list[str], at: str, value: Any) -> None:
    """No rule."""


def boolean(found: list[str], at: str, value: Any) -> None:
    if not isinstance(value, bool):
        report(found, at, "must be a boolean")


def chars(most: int, least: int = 1) -> Rule:
    def rule(found: list[str], at: str, value: Any) -> None:
        if not isinstance(value, str):
            report(found, at, "must be a string")
        elif len(value) < least:
            report(found, at, f"must be more than {least - 1} characters")
        elif len(value) > most:
            report(found, at, f"must be less than {most + 1} characters")

    return rule


def whole(least: int, most: int) -> Rule:
    def rule(found: list[str], at: str, value: Any) -> None:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            report(found, at, f"must be an integer between {least} and {most}")

    return rule


def one_of(*allowed: str) -> Rule:
    def rule(found: list[str], at: str, value: Any) -> None:
        if value not in allowed:
            report(found, at, f"must be one of: {', '.join(allowed)}")

    return rule


def matching(pattern: str, what: str) -> Rule:
    def rule(found: list[str], at: str, value: Any) -> None:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            report(found, at, f"must be {what}")

    return rule


def listed(each: Rule, least: int, most: int) -> Rule:
    def rule(found: list[str], at: str, value: Any) -> None:
        if not isinstance(value, list):
            report(found, at, "must be an array")
            return
        if len(value) < least:
            report(found, at, f"no fewer than {least} items allowed")
        if len(value) > most:
            report(found, at, f"no more than {most} items allowed")
        for number, item in enumerate(value):
            each(found, f"{at}/{number}", item)

    return rule


def text(most: int, *kinds: str) -> Rule:
    """A text object; of any kind when none is named."""
    extras = {"plain_text": "emoji", "mrkdwn": "verbatim"}

    def rule(found: list[str], at: str, value: Any) -> None:
        if not isinstance(value, dict):
            report(found, at, "must be a text object")
            return
        kind = str(value.get("type"))
        if kind not in (kinds or extras):
            report(found, at, f"unsupported type: {kind}, expected {' or '.join(kinds or extras)}")
            return
        Shape(needs={"text": chars(most)}, may={extras[kind]: boolean}).check(found, at, value)

    return rule


def plain(most: int) -> Rule:
    return text(most, "plain_text")
