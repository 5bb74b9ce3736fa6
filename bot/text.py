"""Texts: English templates with values, translated and escaped only when somebody reads them."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Literal, Protocol, TypeAlias
from zoneinfo import ZoneInfo

from babel.core import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, format_skeleton, format_time, format_timedelta
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from bot.characters import isolated, only_meant

WORDS = Path(__file__).parent / "words"
NAMES = "name"  # the context of names that people type: “link” the command is another word than “link” the thing
MARKUP = re.compile(r"(\*\*|`|\{\w+\})")

TimeStyle = Literal["full", "date", "time", "relative"]


@dataclass(frozen=True, slots=True)
class Mention:
    """A member, shown as the chat shows people.  It never notifies anybody."""

    member_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Href:
    """A link to follow.  The label is somebody's words, or ours; the address is shown as it is or refused."""

    label: "str | Text"
    url: str


@dataclass(frozen=True, slots=True)
class ChannelRef:
    """A channel of a space, by the platform's reference."""

    ref: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Moment:
    """A time that each reader sees in their own zone; ``style`` says how much of it."""

    at: datetime
    style: TimeStyle = "full"


@dataclass(frozen=True, slots=True)
class Zoned:
    """A time in a zone that is named with it: the echo of what somebody typed."""

    at: datetime
    zone: str


@dataclass(frozen=True, slots=True)
class Command:
    """A command, shown as people type it on their platform."""

    name: str


Value: TypeAlias = (
    "str | int | float | bool | date | datetime | timedelta"
    " | Mention | Href | ChannelRef | Moment | Zoned | Command | Text"
)


@dataclass(frozen=True, slots=True)
class Text:
    """A template and its values.  Only the template carries markup (``**bold**``, `` `code` ``); values never do."""

    template: str = ""
    values: tuple[tuple[str, Value], ...] = ()
    plural: str = ""
    n: int = 0
    parts: tuple["Text", ...] = ()
    between: str = ""

    def __bool__(self) -> bool:
        return bool(self.template or self.parts)


def say(template: str, **values: Value) -> Text:
    """A sentence, as a template that translators see and values that they do not."""
    return Text(template, tuple(values.items()))


def count(one: str, many: str, n: int, **values: Value) -> Text:
    """A sentence that depends on a number, which is also the value ``n``."""
    return Text(one, (("n", n), *values.items()), plural=many, n=n)


def clean_text(raw: str) -> str:
    """Without characters that no person means to send: they would break the database or what others read."""
    return only_meant(raw)


def said(words: str) -> Text:
    """Somebody's own words: escaped, never translated."""
    return Text("{words}", (("words", words),))


def joined(texts: Iterable[Text], between: str) -> Text:
    return Text(parts=tuple(t for t in texts if t), between=between)


def lines(*texts: Text) -> Text:
    """Texts below each other; empty ones take no line."""
    return joined(texts, "\n")


def listed(texts: Iterable[Text]) -> Text:
    return joined(texts, ", ")


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom a text is made: language, zone, and how their chat knows the people that it names."""

    locale: str = "en"
    zone: ZoneInfo = ZoneInfo("UTC")
    refs: Mapping[str, str] = field(default_factory=dict)  # member id -> the platform's reference


class Dialect(Protocol):
    """How one platform writes: everything that a text can contain, made safe there."""

    def words(self, raw: str) -> str: ...
    def bold(self, inner: str) -> str: ...
    def code(self, inner: str) -> str: ...
    def mention(self, ref: str, name: str) -> str: ...
    def channel(self, ref: str, name: str) -> str: ...
    def href(self, label: str, url: str) -> str: ...
    def moment(self, at: datetime, style: TimeStyle, reader: Reader) -> str: ...
    def command(self, name: str) -> str: ...


class Plain:
    """No markup at all: buttons, options, logs, tests, and wherever a platform takes plain text."""

    def words(self, raw: str) -> str:
        return raw

    def bold(self, inner: str) -> str:
        return inner

    def code(self, inner: str) -> str:
        return inner

    def mention(self, ref: str, name: str) -> str:  # noqa: ARG002
        return name

    def channel(self, ref: str, name: str) -> str:
        return f"#{name or ref}"

    def href(self, label: str, url: str) -> str:
        return url if label in ("", url) else f"{label} ({url})"

    def moment(self, at: datetime, style: TimeStyle, reader: Reader) -> str:
        return moment(at, style, reader)

    def command(self, name: str) -> str:
        return f"/{name}"


PLAIN = Plain()


def write(text: Text, reader: Reader, dialect: Dialect = PLAIN) -> str:
    """The text as this reader sees it on this platform."""
    if text.parts:
        return text.between.join(write(part, reader, dialect) for part in text.parts)
    if not text.template:
        return ""
    words = catalogue(reader.locale)
    template = words.ngettext(text.template, text.plural, text.n) if text.plural else words.gettext(text.template)
    values = dict(text.values)
    return assemble(template, lambda name: show(values[name], reader, dialect) if name in values else None, dialect)


def assemble(template: str, fill: Callable[[str], str | None], dialect: Dialect) -> str:
    """Put values into a template whose own words are escaped and whose markup becomes the dialect's."""
    done: list[list[str]] = [[]]
    marks: list[str] = []
    for piece in MARKUP.split(template):
        if piece in ("**", "`"):
            if marks and marks[-1] == piece:
                marks.pop()
                inner = "".join(done.pop())
                done[-1].append(dialect.bold(inner) if piece == "**" else dialect.code(inner))
            else:
                marks.append(piece)
                done.append([])
        elif piece.startswith("{") and piece.endswith("}") and (value := fill(piece[1:-1])) is not None:
            done[-1].append(value)
        elif piece:
            done[-1].append(dialect.words(piece))
    while marks:  # a mark that is never closed is just a mark
        rest = "".join(done.pop())
        done[-1].append(dialect.words(marks.pop()) + rest)
    return "".join(done[0])


def show(value: Value, reader: Reader, dialect: Dialect) -> str:
    """One value as this reader sees it."""
    match value:
        case Text():
            return write(value, reader, dialect)
        case Mention(member_id=member_id, name=name):
            return dialect.mention(reader.refs.get(member_id, ""), isolated(name))
        case Href(label=label, url=url):
            return dialect.href(write(label, reader) if isinstance(label, Text) else isolated(label), url)
        case ChannelRef(ref=ref, name=name):
            return dialect.channel(ref, name)
        case Moment(at=at, style=style):
            return dialect.moment(at, style, reader)
        case datetime():
            return dialect.moment(value, "full", reader)
        case Command(name=name):
            return dialect.command(name)
        case Zoned(at=at, zone=zone):
            return dialect.words(f"{moment(at, 'full', Reader(reader.locale, ZoneInfo(zone)))} ({zone})")
        case date():
            return dialect.words(day(value, reader.locale))
        case timedelta():
            return dialect.words(span(value, reader.locale))
        case bool():
            return write(say("yes") if value else say("no"), reader, dialect)
        case int() | float():
            return dialect.words(format_decimal(value, locale=babel_locale(reader.locale)))
        case _:
            return dialect.words(isolated(value))


def moment(at: datetime, style: TimeStyle, reader: Reader) -> str:
    """A time in words, in the reader's zone and language."""
    local, locale = at.astimezone(reader.zone), babel_locale(reader.locale)
    match style:
        case "full":
            return f"{day(local.date(), reader.locale)}, {format_time(local, 'HH:mm', locale=locale)}"
        case "date":
            return day(local.date(), reader.locale)
        case "time":
            return format_time(local, "HH:mm", locale=locale)
        case "relative":
            if locale.language == "en":
                return format_datetime(local, "EEE d MMM, HH:mm", locale=locale)
            return f"{format_skeleton('MMMEd', local, locale=locale)}, {format_time(local, 'HH:mm', locale=locale)}"


def day(when: date, locale: str) -> str:
    """A date in words; in English without the commas and the order of one country."""
    spoken = babel_locale(locale)
    return format_date(when, "EEEE d MMMM y" if spoken.language == "en" else "full", locale=spoken)


def span(length: timedelta, locale: str) -> str:
    """A length of time in words: "1 hour 30 minutes"."""
    whole, found = int(length.total_seconds()), []
    parts: tuple[tuple[int, Literal["day", "hour", "minute"]], ...] = ((86400, "day"), (3600, "hour"), (60, "minute"))
    for size, unit in parts:
        n, whole = divmod(whole, size)
        if n:
            part = timedelta(seconds=n * size)
            # without a threshold, Babel would make 24 hours of a day and a half
            found.append(format_timedelta(part, granularity=unit, threshold=1e9, locale=babel_locale(locale)))
    return " ".join(found) or format_timedelta(timedelta(0), granularity="minute", locale=babel_locale(locale))


@cache
def babel_locale(locale: str) -> Locale:
    """The best Babel locale for a tag such as ``pt-BR`` or ``de_AT``; English when there is none."""
    for tag in (locale.replace("-", "_"), re.split("[-_]", locale)[0]):
        try:
            return Locale.parse(tag)
        except (UnknownLocaleError, ValueError, TypeError):
            continue
    return Locale("en")


@cache
def catalogue(locale: str) -> NullTranslations:
    """The translations of a locale: ``de-AT`` falls back to ``de``, and that to English.  Compiled in memory."""
    tag = locale.replace("-", "_")
    for name in (tag, tag.partition("_")[0]):
        if name in languages()[1:]:
            compiled = BytesIO()
            with (WORDS / name / "LC_MESSAGES" / "messages.po").open("rb") as source:
                write_mo(compiled, read_po(source, locale=name))
            compiled.seek(0)
            return GNUTranslations(compiled)
    return NullTranslations()


def name_in(locale: str, name: str) -> str:
    """A command's or an option's name in a language; in English when the language has none of its own."""
    return catalogue(locale).pgettext(NAMES, name)


@cache
def languages() -> tuple[str, ...]:
    """Languages that the bot speaks: English and those with a catalogue."""
    return ("en", *sorted(p.parent.parent.name for p in WORDS.glob("*/LC_MESSAGES/messages.po")))
