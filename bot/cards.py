"""Cards: what a message looks like, whatever the platform."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from bot.text import Mention, Text

if TYPE_CHECKING:
    from bot.actions import Link

Style = Literal["plain", "primary", "danger"]
Tone = Literal["plain", "good", "watch", "bad"]


@dataclass(frozen=True, slots=True)
class File:
    """Something made by a function: an export, a calendar, a chart."""

    name: str
    data: bytes
    mime: str = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Button:
    """One press follows a link, or opens an address."""

    label: Text
    then: "Link | None" = None
    style: Style = "plain"
    url: str = ""


@dataclass(frozen=True, slots=True)
class Option:
    """One line of a menu."""

    value: str
    label: Text
    about: Text = Text()
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Menu:
    """A choice from up to 25 options.  What is chosen answers ``field``, which the link's action asks for."""

    label: Text
    then: "Link"
    field: str
    options: tuple[Option, ...]
    least: int = 1
    most: int = 1


@dataclass(frozen=True, slots=True)
class Prose:
    """A paragraph."""

    text: Text


@dataclass(frozen=True, slots=True)
class Fields:
    """Names and values, side by side where there is room."""

    pairs: tuple[tuple[Text, Text], ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A text with a button beside it."""

    text: Text
    accessory: Button | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """An image.  ``alt`` says in words what it shows."""

    file: File
    alt: Text


@dataclass(frozen=True, slots=True)
class Rule:
    """A line between blocks."""


@dataclass(frozen=True, slots=True)
class Note:
    """Small print."""

    text: Text


Block: TypeAlias = Prose | Fields | Row | Picture | Rule | Note
Control: TypeAlias = Button | Menu


@dataclass(frozen=True, slots=True)
class Card:
    """A message: a title, blocks below each other, and controls at the end."""

    title: Text = Text()
    blocks: tuple[Block, ...] = ()
    controls: tuple[Control, ...] = ()
    tone: Tone = "plain"

    def __post_init__(self) -> None:
        twice = [str(link) for link, n in Counter(self.links()).items() if n > 1]
        if twice:
            message = f"two controls of a card have the same link, which no platform can tell apart: {twice}"
            raise ValueError(message)

    def links(self) -> Iterator["Link"]:
        """Every link that can be followed from this card."""
        rows = [b.accessory for b in self.blocks if isinstance(b, Row) and b.accessory]
        yield from (c.then for c in (*rows, *self.controls) if c.then)


def card(text: Text, *controls: Control, title: Text = Text(), tone: Tone = "plain") -> Card:
    """A card of one paragraph."""
    return Card(title, (Prose(text),), controls, tone)


def texts(shown: Card) -> Iterator[Text]:
    """Every text of a card."""
    yield shown.title
    for block in shown.blocks:
        match block:
            case Prose(text=text) | Note(text=text):
                yield text
            case Row(text=text, accessory=accessory):
                yield text
                if accessory:
                    yield accessory.label
            case Fields(pairs=pairs):
                yield from (text for pair in pairs for text in pair)
            case Picture(alt=alt):
                yield alt
            case Rule():
                pass
    for control in shown.controls:
        yield control.label
        if isinstance(control, Menu):
            yield from (text for option in control.options for text in (option.label, option.about))


def mentioned(shown: Card | None) -> set[str]:
    """Ids of the members that a card names."""
    found: set[str] = set()

    def look(text: Text) -> None:
        for part in text.parts:
            look(part)
        for _, value in text.values:
            if isinstance(value, Mention):
                found.add(value.member_id)
            elif isinstance(value, Text):
                look(value)

    for text in texts(shown) if shown else ():
        look(text)
    return found
