"""Characters: which of them a person means to send, how words keep their direction, and where a text may be cut."""

import re
import unicodedata
from collections.abc import Iterator
from itertools import takewhile, zip_longest

LONGEST = 64_000  # characters: more than any platform lets a person send
MARKS = 3  # on one character: enough for every language, too few to write over other lines
MANY_MARKS = 30  # Unicode's own bound (UAX 15, stream-safe); putting more of them in order takes the square of the time

JOINERS = "\u200c\u200d"
ISOLATE, END_ISOLATE = "\u2068", "\u2069"
LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
UNMEANT = {"Cc", "Cf", "Cs", "Co", "Cn"}  # controls, invisible marks, halves of pairs, private and unassigned ones
NOTHING = "\u034f\u17b4\u17b5"  # marks without looks
BLANK = str.maketrans(dict.fromkeys("\u2800\u115f\u1160\u3164\uffa0", " "))  # letters and signs without looks
FLAG = re.compile(  # of England, Scotland and Wales: the only use that tag characters have
    "(\U0001f3f4\U000e0067\U000e0062(?:\U000e0065\U000e006e\U000e0067|\U000e0073\U000e0063\U000e0074"
    "|\U000e0077\U000e006c\U000e0073)\U000e007f)"
)
PICTURES = re.compile(  # what emoji are made of, also those that are newer than this Python
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u25a0-\u27bf\u2934\u2935\u2b00-\u2bff\u3030\u303d"
    "\u3297\u3299\U0001f000-\U0001faff]"
)
JOINING = re.compile("[\u0600-\u18af]")  # scripts from Arabic to Mongolian, whose letters may be told not to join
CHOICES = (  # what may stand before a selector of a character's looks, and the selectors
    (re.compile(f"{PICTURES.pattern}|[0-9#*]"), re.compile("[\ufe0e\ufe0f]")),
    (re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"), re.compile("[\U000e0100-\U000e01ef]")),
    (re.compile("[\u1800-\u18af]"), re.compile("[\u180b-\u180d\u180f]")),
)
SELECTOR = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef\u180b-\u180d\u180f]")
TONE = re.compile("[\U0001f3fb-\U0001f3ff]")
LETTER_OF_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]")  # two of them are one flag


def only_meant(raw: str) -> str:
    """Text without what nobody means to send; the same again when it is cleaned again."""
    text = LINE_ENDS.sub("\n", raw[:LONGEST])
    if text.isascii():
        return CONTROL.sub("", text).strip()
    parts = FLAG.split(text.translate(BLANK))
    return cut("".join(p if FLAG.fullmatch(p) else normal(p) for p in parts).strip(), LONGEST).strip()


def normal(text: str) -> str:
    """In Unicode's composed form, with marks and joiners only where they have a meaning."""
    seen = [c for c in text if c in JOINERS or (visible(c) and c not in NOTHING)]
    composed = unicodedata.normalize("NFC", "".join(sensible(seen, MANY_MARKS)))
    return "".join(sensible(list(composed), MARKS))


def visible(c: str) -> bool:
    return c in "\n\t" or unicodedata.category(c) not in UNMEANT or PICTURES.match(c) is not None


def sensible(text: list[str], most: int) -> Iterator[str]:
    """At most so many marks on a character, selectors after what has several looks, joiners between what joins."""
    base, marks = "", 0
    for c, after in zip_longest(text, text[1:], fillvalue=""):
        if c in JOINERS:
            if joins(base, after):
                yield c
            continue
        if unicodedata.category(c) in ("Mn", "Me"):
            marks += 1
            if marks > most or (SELECTOR.match(c) and (marks > 1 or not chooses(base, c))):
                marks -= 1
                continue
        else:
            base, marks = c, 0
        yield c


def joins(before: str, after: str) -> bool:
    if PICTURES.match(before):
        return PICTURES.match(after) is not None
    letter = after != "" and unicodedata.category(after).startswith("L")
    return letter and all(map(JOINING.match, (before, after)))


def chooses(base: str, selector: str) -> bool:
    return any(able.match(base) and looks.match(selector) for able, looks in CHOICES)


def isolated(words: str) -> str:
    """Somebody's words on one line, so that what is written from right to left in them turns nothing around them."""
    if words.isascii() or "\n" in words or "://" in words:  # an address would take the marks for its own
        return words
    turns = any(unicodedata.bidirectional(c) in ("R", "AL") for c in words)
    return f"{ISOLATE}{words}{END_ISOLATE}" if turns else words


def cut(text: str, most: int) -> str:
    """The beginning of a text; what people see as one character is not taken apart."""
    if len(text) <= most:
        return text
    end = most
    while end > 0 and clings(text, end):
        end -= 1
    return text[: end or most]


def clings(text: str, at: int) -> bool:
    """Whether the character at this place belongs to the one before it."""
    c = text[at]
    if c in JOINERS or text[at - 1] in JOINERS or TONE.match(c) or "\U000e0020" <= c <= "\U000e007f":
        return True
    if LETTER_OF_FLAG.match(c):
        return len(list(takewhile(LETTER_OF_FLAG.match, reversed(text[:at])))) % 2 == 1
    return unicodedata.category(c).startswith("M")
