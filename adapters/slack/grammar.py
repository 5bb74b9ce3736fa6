"""What people type after the command, read with the signatures of the actions.  Pure; it never raises.

``poll create "Lunch?" Pizza, Sushi closes: friday 12:00``: one or two words name the action; ``name: value`` or
``name=value`` answers a parameter wherever it stands; what remains answers the others in their order.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from difflib import get_close_matches
from zoneinfo import ZoneInfo

from adapters.slack.references import plain, reference, references
from adapters.slack.tokens import Token, join, split_items, tokens
from bot.actions import Action, Param
from bot.calls import Raw
from bot.times import Unreadable, read_date, read_span, read_when

NEAR = 3
SIMILAR = 0.6
COMMAND_WORDS = 2
OPTION_WORDS = 6  # of the name of an option
TIME_WORDS = 12  # "every other thursday at 10:00 until 3 April 2027" has nine
ONE_WORD = ("flag", "integer", "number")
NAMES = ("member", "channel")
FLAGS = ("yes", "y", "true", "on", "1", "no", "n", "false", "off", "0")
SENTENCE_END = ("?", "!")
NAME = re.compile(r"([^\W\d][\w-]*)[:=]")

Looks = Callable[[Param, str], bool]  # whether words can be a value of a parameter


@dataclass(frozen=True, slots=True)
class Typed:
    """What was understood.  Every word is in the command, in an answer, or in ``extra``."""

    action: Action | None = None
    answers: Mapping[str, Raw] = field(default_factory=dict)
    people: frozenset[str] = frozenset()  # accounts that answers name
    extra: str = ""  # what fits nowhere
    near: tuple[Action, ...] = ()  # the nearest commands when there is none of that name


def read_command(text: str, commands: Mapping[str, Action], now: datetime, bare: str = "help") -> Typed:
    """The action and its answers; nothing typed at all means ``bare``."""
    words = tokens(text)
    if not words:
        return Typed(commands.get(bare))
    heads = [plain(w.text).lower().lstrip("/") for w in words[:COMMAND_WORDS] if not w.quoted]
    for size in range(len(heads), 0, -1):
        action = commands.get(" ".join(heads[:size]))
        if action is None:
            continue
        rest = words[size:]
        siblings = any(name.startswith(f"{action.command} ") for name in commands)
        if siblings and [w.text.lower() for w in rest] == ["show"]:  # the bare command as Discord has it
            rest = []
        return fill(action, rest, looks_at(now))
    return Typed(extra=plain(text.strip()), near=nearest(heads or [plain(words[0].text).lower()], commands))


def nearest(heads: Sequence[str], commands: Mapping[str, Action]) -> tuple[Action, ...]:
    """The commands most like what was typed: of the same area, of a similar name, or about that word."""
    typed = " ".join(heads)
    areas = get_close_matches(heads[0], dict.fromkeys(name.split()[0] for name in commands), 1, SIMILAR)
    same = [name for name in commands if name.split()[0] in areas]
    about = [name for name, action in commands.items() if heads[0] in action.about.template.lower().split()]
    similar = [*get_close_matches(typed, same, NEAR, 0.0), *get_close_matches(typed, commands, NEAR, SIMILAR), *about]
    return tuple(commands[name] for name in list(dict.fromkeys(similar))[:NEAR])


def fill(action: Action, words: list[Token], looks: Looks) -> Typed:
    """Answers to what the action asks."""
    given, words = take_named(action.asked, words)
    waiting = [p for p in action.asked if p.name not in given]
    last: Param | None = None
    for position, param in enumerate(waiting):
        if not words:
            break
        more = any(p.required for p in waiting[position + 1 :])
        size = length(param, words, looks, more=more)
        if size:
            last = param
            given[param.name], words = words[:size], words[size:]
    if words and last is not None and last.kind == "text" and not last.many:  # a quotation and what follows it
        given[last.name], words = [*given[last.name], *words], []
    answers = {p.name: value(p, given[p.name]) for p in action.asked if given.get(p.name)}
    named = [w.text for p in action.asked if p.kind == "member" for w in given.get(p.name, ())]
    people = frozenset(person for text in named for person in references(text, "@"))
    return Typed(action, answers, people, plain(join(words)))


def take_named(params: Iterable[Param], words: list[Token]) -> tuple[dict[str, list[Token]], list[Token]]:
    """Values of ``name: value``, and the words that are left.  A name counts once; given again it is text."""
    names = {n: p for p in params for n in (p.name.lower(), p.name.lower().replace("_", "-"))}
    found: dict[str, list[Token]] = {}
    left: list[Token] = []
    at = 0
    while at < len(words):
        param, stuck = opened(words[at], names, found)
        if param is None:
            left.append(words[at])
            at += 1
            continue
        found[param.name] = []
        end = at + 1
        while end < len(words) and opened(words[end], names, found)[0] is None:
            end += 1
        inside = [*stuck, *words[at + 1 : end]]
        size = named_length(param, inside)
        found[param.name] = inside[:size]
        left += inside[size:]
        at = end
    return found, left


def opened(word: Token, names: Mapping[str, Param], found: Mapping[str, object]) -> tuple[Param | None, list[Token]]:
    """The parameter that a word such as ``closes:`` or ``closes=friday`` opens, and what of its value sticks to it."""
    name = None if word.quoted else NAME.match(word.text)
    param = names.get(name[1].lower()) if name else None
    if name is None or param is None or param.name in found:
        return None, []
    return param, tokens(word.text[name.end() :], after=word.after)


def named_length(param: Param, words: list[Token]) -> int:
    """How much of what follows a name belongs to it: all of it, unless quotes or the kind of value end it before."""
    if param.many or not words:
        return len(words)
    if words[0].quoted or param.kind in ONE_WORD or references(words[0].text):
        return 1
    if param.kind == "choice":
        return option_length(param, words) or len(words)
    if param.kind == "text":
        return len(words)
    return next((n for n, w in enumerate(words) if w.quoted), len(words))  # no time or name has a quotation in it


def length(param: Param, words: list[Token], looks: Looks, *, more: bool) -> int:
    """How many words answer the next parameter.

    None when they do not look like its kind and it can be left out; all when nothing is needed after it (``more``).
    """
    rest = 1 if more else len(words)
    otherwise = rest if param.required else 0
    if param.many:
        return list_length(param, words) if more or param.kind in NAMES else len(words)
    if words[0].quoted:
        return 1
    match param.kind:
        case "flag" | "integer" | "number":
            return 1 if param.required or looks(param, plain(words[0].text)) else 0
        case "choice":
            return option_length(param, words) or otherwise
        case "member" | "channel":
            return 1 if references(words[0].text) else rest if param.required or names_somebody(words[0]) else 0
        case "date" | "time" | "when" | "span":
            return time_length(param, words, looks) or otherwise
        case "text" | "record":
            return sentence_length(words) if more else len(words)


def names_somebody(word: Token) -> bool:
    return bool(references(word.text)) or word.text[:1] in ("@", "#")


def option_length(param: Param, words: list[Token]) -> int:
    """How many words name one of the options."""
    names = {o.value.lower().replace("_", " ") for o in param.options}
    for size in range(min(len(words), OPTION_WORDS), 0, -1):
        if plain(join(words[:size])).lower().replace("_", " ") in names:
            return size
    return 0


def time_length(param: Param, words: list[Token], looks: Looks) -> int:
    """The longest beginning that reads as a time."""
    longest = min(len(words), TIME_WORDS)
    return next((n for n in range(longest, 0, -1) if looks(param, plain(join(words[:n])))), 0)


def sentence_length(words: list[Token]) -> int:
    """A text before something else that is needed: to the end of its question or of its line, or else one word."""
    for n, word in enumerate(words[:-1], 1):
        if word.quoted or "," in word.after:
            break
        if word.text.endswith(SENTENCE_END) or "\n" in word.after:
            return n
    return 1


def list_length(param: Param, words: list[Token]) -> int:
    """A list before something else: words or quotations with commas between; people as long as they are named."""
    if param.kind in NAMES:
        named = next((n for n, w in enumerate(words) if not names_somebody(w)), len(words))
        return named or (1 if param.required else 0)
    return next((n for n, w in enumerate(words, 1) if "," not in w.after), len(words))


def value(param: Param, taken: Sequence[Token]) -> Raw:
    """Words as the core reads them: people and channels as references, everything else as it was typed."""
    show = reference if param.kind in NAMES else plain
    if param.many:
        return [show(item) for item in split_items(taken, each=param.kind in NAMES)]
    return show(taken[0].text if len(taken) == 1 else join(taken))


def looks_at(now: datetime) -> Looks:
    """Whether words look like a value; times are read as if everybody lived in Greenwich, the core reads them again."""
    zone = ZoneInfo("UTC")

    def looks(param: Param, typed: str) -> bool:
        try:
            match param.kind:
                case "flag":
                    return typed.lower() in FLAGS
                case "integer" | "number":
                    return bool(re.fullmatch(r"[+-]?\d+(?:[.,]\d+)?", typed))
                case "date":
                    read_date(typed, now.astimezone(UTC), zone)
                case "span":
                    read_span(typed)
                case _:
                    read_when(typed, now.astimezone(UTC), zone, repeats=param.kind == "when")
        except Unreadable:
            return False
        return True

    return looks


def usage(root: str, action: Action) -> str:
    """How a command is typed."""
    parts = [root, action.command]
    for param in action.asked:
        named = f"{param.name}: …"
        shown = f"{param.name}, …" if param.many else f'"{param.name}"' if param.kind == "text" else named
        parts.append(shown if param.required else f"[{named}]")
    return " ".join(parts)
