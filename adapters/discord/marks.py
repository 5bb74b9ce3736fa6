"""Marks: what a message has to remember goes into the integer ids of its components, so that nothing is kept here.

Discord lets a bot number its components, keeps the numbers, and shows them in history and in interactions.
Three things travel so: the outbox key of a message, to find it again when nobody knows whether it arrived; the guild
that a direct message speaks for, since an interaction there names none; and the field that a menu answers.
"""

from collections.abc import Iterable, Iterator
from zlib import crc32

from adapters.discord.limits import Json

KEY = 0b11 << 29  # the highest bits say what a number is; the largest id is 2^31 - 1
SPACE = 0b10 << 29
REST = (1 << 29) - 1
MENUS = 5  # bits for the place of a menu in its message


def key_mark(key: str) -> int:
    """The number on the first part of a message that was sent for this outbox key."""
    return KEY | (crc32(key.encode()) & REST)


def space_mark(space: str) -> int:
    """The number on a message that speaks for this guild."""
    return SPACE | (crc32(space.encode()) & REST)


def menu_mark(field: str, place: int) -> int:
    """The number on the menu at this place, from 1, that answers a field."""
    return ((crc32(field.encode()) & (REST >> MENUS)) << MENUS) | place


def answers_field(number: int, field: str) -> bool:
    """Whether the menu with this number answers this field."""
    return number >> MENUS == menu_mark(field, 0) >> MENUS


def numbers(components: Iterable[Json]) -> Iterator[int]:
    """The numbers of components and of those inside them."""
    for component in components:
        yield component.get("id") or 0
        yield from numbers(component.get("components") or ())
