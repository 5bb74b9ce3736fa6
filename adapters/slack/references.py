"""What Slack puts between angle brackets for people, channels and links, and back to what was typed.  Pure."""

import re
from html import unescape

REFERENCE = re.compile(r"<([@#])([A-Z0-9]+)(?:\|[^<>]*)?>")
BRACKETS = re.compile(r"<([^<>]*)>")
PERSON = re.compile(r"[UW][A-Z0-9]{2,}")


def references(text: str, signs: str = "@#") -> list[str]:
    """Ids of the people (@) and channels (#) in a text."""
    return [found[2] for found in REFERENCE.finditer(text) if found[1] in signs]


def reference(text: str) -> str:
    """The id when the text is one person or channel and nothing else; otherwise the words."""
    found = REFERENCE.fullmatch(text.strip())
    return found[2] if found else plain(text)


def plain(text: str) -> str:
    """A text as people see it: names instead of ids, addresses instead of links, characters instead of entities."""
    return unescape_all(BRACKETS.sub(lambda found: bracketed(found[1]), text))


def bracketed(inner: str) -> str:
    """One pair of brackets.  What comes out is escaped still."""
    target, _, label = inner.partition("|")
    match target[:1]:
        case "@" | "#":
            return f"{target[0]}{label.removeprefix(target[0]) or target[1:]}"
        case "!":
            if label:
                return label
            return f"@{target[1:].partition('^')[0]}"
    if target.startswith(("mailto:", "tel:")):
        return label or target.partition(":")[2]
    return target if ":" in target else f"&lt;{inner}&gt;"


def unescape_all(text: str) -> str:
    """Slack escapes three characters; any other entity is what somebody typed."""
    return re.sub(r"&(?:amp|lt|gt);", lambda found: unescape(found[0]), text)
