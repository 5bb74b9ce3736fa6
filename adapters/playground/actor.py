"""Actors: people of the room who act by themselves, through the same commands, buttons and forms as on the page."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from adapters.playground import decode
from adapters.playground.room import Message, Room
from bot.actions import Link
from bot.calls import Call, Form, Outcome, Raw, Spot
from bot.cards import Button, Card, Menu, Row, texts
from bot.effects import Attach, Reply
from bot.runtime import Runtime
from bot.text import Reader, write


class Stumble(Exception):
    """Somebody did not find what they expected."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody in one channel.  What they are answered comes back and is put nowhere."""

    runtime: Runtime
    room: Room
    person: str
    channel: str = "general"

    @property
    def name(self) -> str:
        return self.room.people[self.person].name.partition(" ")[0]

    def at(self, channel: str) -> "Actor":
        return replace(self, channel=channel)

    async def uses(self, command: str, **answers: Raw) -> Outcome:
        """Type a command with its answers."""
        action = self.runtime.app.commands.get(command)
        if action is None:
            message = f"there is no command /{command}"
            raise Stumble(message)
        return await self._follow(action.link(), answers)

    async def presses(self, label: str, on: Outcome | Message) -> Outcome:
        """Press the button of this name."""
        for button in (b for card in cards(on) for b in buttons(card)):
            if button.then is not None and write(button.label, reader_of(on)) == label:
                return await self._follow(button.then, {})
        message = f"{self.name} finds no button “{label}” on:\n{words(on)}"
        raise Stumble(message)

    async def chooses(self, *labels: str, on: Outcome | Message) -> Outcome:
        """Choose lines of the menu, by their names; what was chosen before stays chosen."""
        for menu in (c for card in cards(on) for c in card.controls if isinstance(c, Menu)):
            known = {write(option.label, reader_of(on)): option.value for option in menu.options}
            if all(label in known for label in labels):
                before = [option.value for option in menu.options if option.chosen]
                chosen = [*before, *(known[label] for label in labels)]
                return await self._follow(menu.then, {menu.field: list(dict.fromkeys(chosen))})
        message = f"{self.name} cannot choose {labels} on:\n{words(on)}"
        raise Stumble(message)

    async def _follow(self, link: Link, answers: dict[str, Raw]) -> Outcome:
        person = self.room.people[self.person]
        private = self.room.channels[self.channel].kind == "direct"
        call = Call(
            link,
            decode.account(person),
            Spot(self.channel, private),
            answers,
            people=decode.named(self.room, answers),
        )
        return await self.runtime.run(call)


def cards(shown: Outcome | Message) -> list[Card]:
    if isinstance(shown, Message):
        return [shown.card] if shown.card else []
    return [each.card for each in shown.shown if isinstance(each, Reply)]


def reader_of(shown: Outcome | Message) -> Reader:
    return shown.reader


def buttons(card: Card) -> Iterator[Button]:
    yield from (b.accessory for b in card.blocks if isinstance(b, Row) and b.accessory)
    yield from (c for c in card.controls if isinstance(c, Button))


def words(shown: Outcome | Message) -> str:
    """Everything that was shown, as text."""
    reader = reader_of(shown)
    if isinstance(shown, Message):
        return card_words(shown.card, reader) if shown.card else shown.text
    return "\n".join(part_words(part, reader) for part in shown.shown)


def part_words(part: Reply | Form | Attach, reader: Reader) -> str:
    match part:
        case Reply(card=card):
            return card_words(card, reader)
        case Form(title=title, fields=fields):
            return "\n".join([write(title, reader), *(f"{field.label}: …" for field in fields)])
        case Attach(file=file, about=about):
            return f"{write(about, reader)} [{file.name}]"


def card_words(card: Card, reader: Reader) -> str:
    """A card as text: a line a block, its buttons and menus in brackets at the end."""
    menus = [c for c in card.controls if isinstance(c, Menu)]
    controls: list[Button | Menu] = [*buttons(card), *menus]
    inside = {id(c.label) for c in controls} | {id(t) for m in menus for o in m.options for t in (o.label, o.about)}
    body = [write(text, reader) for text in texts(card) if text and id(text) not in inside]
    offered = "  ".join(f"[{control_words(control, reader)}]" for control in controls)
    return "\n".join(filter(None, (*body, offered)))


def control_words(control: Button | Menu, reader: Reader) -> str:
    label = write(control.label, reader)
    if isinstance(control, Button):
        return label
    ticked = ((("✓ " if option.chosen else "") + write(option.label, reader)) for option in control.options)
    return f"{label}: {' | '.join(ticked)}"
