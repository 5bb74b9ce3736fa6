"""Words and quotations of a typed command, with what stands between them, so that nothing is lost.  Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

QUOTES = {'"': '"”', "“": '”“"', "„": '“”"', "”": "”", "«": "»", "»": "«"}  # opening to closing; phones curl them
BETWEEN = re.compile(r"[\s,]*")
NAME = re.compile(r"[^\W\d][\w-]*[:=]")


@dataclass(frozen=True, slots=True)
class Token:
    """A word, or what stands between quotes."""

    text: str
    raw: str  # with its quotes
    after: str = ""  # blanks and commas up to the next one
    quoted: bool = False


def tokens(text: str, after: str = "") -> list[Token]:
    """Everything that was typed, in order; ``after`` is what follows the whole."""
    found = list(scan(text))
    if found and after:
        last = found[-1]
        found[-1] = Token(last.text, last.raw, last.after + after, last.quoted)
    return found


def scan(text: str) -> Iterator[Token]:
    at = len(text) - len(text.lstrip(" \t\r\n\f\v\xa0"))
    while at < len(text):
        close = closing(text, at)
        end = close + 1 if close else end_of_word(text, at)
        word = text[at:end]
        if not close and (stripped := word.rstrip(",")):
            end, word = at + len(stripped), stripped
        gap = BETWEEN.match(text, end)
        after = gap[0] if gap else ""
        yield Token(word[1:-1] if close else word, word, after, quoted=bool(close))
        at = end + len(after)


def closing(text: str, at: int) -> int:
    """Where the quotation that begins here ends: at a quote before a blank, a comma or the end.  0 if none begins."""
    ends = QUOTES.get(text[at], "")
    for place in range(at + 1, len(text) if ends else 0):
        if text[place] in ends and (place + 1 == len(text) or text[place + 1].isspace() or text[place + 1] == ","):
            return place
    return 0


def end_of_word(text: str, at: int) -> int:
    """A word ends at a blank, or before the quotation in ``name:"some words"``; brackets hold together."""
    place = at
    while place < len(text) and not text[place].isspace():
        if text[place] == "<" and (end := text.find(">", place)) > 0 and "<" not in text[place + 1 : end]:
            place = end
        elif place > at and text[place] in QUOTES and NAME.fullmatch(text[at:place]) and closing(text, place):
            return place
        place += 1
    return place


def join(words: Sequence[Token]) -> str:
    """Words as they were typed, with what stood between them."""
    if not words:
        return ""
    return "".join(w.raw + w.after for w in words[:-1]) + words[-1].raw


def split_items(words: Sequence[Token], *, each: bool = False) -> list[str]:
    """Items of a list: between commas or lines, or quotations beside each other; ``each`` word when they are names."""
    apart = len(words) > 1 and all(w.quoted for w in words) and not any("," in w.after for w in words[:-1])
    separate = each or apart
    groups: list[list[Token]] = [[]]
    for word in words:
        parts = [word] if word.quoted else split_word(word)
        for part in parts:
            groups[-1].append(part)
            if separate or "," in part.after or "\n" in part.after:
                groups.append([])
    return [g[0].text if len(g) == 1 else join(g) for g in groups if g and join(g).strip()]


def split_word(word: Token) -> list[Token]:
    """``Pizza,Sushi`` is two items; a comma within an address is part of it."""
    pieces = [p for p in re.findall(r"(?:<[^<>]*>|[^,])+|,", word.text) if p != ","]
    if len(pieces) < 2:  # noqa: PLR2004
        return [word]
    return [Token(p, p, ",") for p in pieces[:-1]] + [Token(pieces[-1], pieces[-1], word.after)]
