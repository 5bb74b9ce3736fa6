"""Lists in pages with no state: the page is in the link."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from bot.actions import Link
from bot.cards import Button
from bot.text import Text, say

T = TypeVar("T")
SIZE = 5  # lines a phone shows without scrolling


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some items of a list, and how to turn to the others."""

    items: Sequence[T]
    number: int  # 1 is the first
    pages: int
    total: int

    @property
    def caption(self) -> Text:
        return say("Page {page} of {pages}", page=self.number, pages=self.pages) if self.pages > 1 else Text()

    def turns(self, link: Callable[[int], Link]) -> tuple[Button, ...]:
        """Buttons to the page before and after, as far as there are any."""
        found = []
        if self.number > 1:
            found.append(Button(say("Previous"), link(self.number - 1)))
        if self.number < self.pages:
            found.append(Button(say("Next"), link(self.number + 1)))
        return tuple(found)


def page(items: Sequence[T], number: int, size: int = SIZE) -> Page[T]:
    """A page of a list.  A number outside the list is its nearest page: the list may have shrunk meanwhile."""
    pages = max(1, -(-len(items) // size))
    number = min(max(number, 1), pages)
    return Page(items[(number - 1) * size : number * size], number, pages, len(items))
