"""The tour: a newcomer joins, finds a group, votes, shares, finds, comes to a meeting and is reminded; told as text."""

from collections.abc import Callable
from datetime import timedelta
from textwrap import indent

from adapters.playground.actor import Actor, Stumble, words
from adapters.playground.app import Playground
from adapters.playground.room import Message, direct
from adapters.playground.seed import MEETING, NEWCOMER, QUESTION, TOPICS, card_with
from bot.calls import Outcome, Raw

DAY = timedelta(days=1)


async def tour(playground: Playground, tell: Callable[[str], None]) -> None:
    """Play it all, and tell it.  Raises Stumble when something is not as it should be."""
    await Tour(playground, tell).play()


class Tour:
    """One newcomer's first hour, and the reminder on the next day."""

    def __init__(self, playground: Playground, tell: Callable[[str], None]) -> None:
        self._playground = playground
        self._room = playground.room
        self._tell = tell
        self._ana = Actor(playground.runtime, self._room, NEWCOMER)

    async def play(self) -> None:
        await self._join()
        await self._groups()
        await self._vote()
        await self._share()
        await self._find()
        await self._meeting()
        await self._reminder()

    async def _join(self) -> None:
        self._headline("A newcomer is welcomed in private, and joins")
        self._posted(self._last_dm("Welcome"))
        seen = await self._uses("join", expects="Kept about you")
        await self._presses("Join", seen, expects="You are in")

    async def _groups(self) -> None:
        self._headline("She finds her groups")
        seen = await self._uses("groups", expects="First Meetings")
        self._said("chooses First Meetings")
        self._heard(await self._ana.chooses("First Meetings", on=seen), "You are in First Meetings")
        await self._playground.settled()
        if not any(channel.kind == "closed" for channel in self._room.channels_of(NEWCOMER)):
            message = "Ana does not see the channel of her group"
            raise Stumble(message)

    async def _vote(self) -> None:
        self._headline("She votes; the card in the channel counts her")
        poll = card_with(self._room, QUESTION)
        before = words(poll)
        await self._presses(TOPICS[0], poll, expects="Your vote")
        self._changed(before, poll)

    async def _share(self) -> None:
        self._headline("She shares what helped her")
        why = "Short stories of mentees that open a conversation"
        await self._uses("resource add", expects="Shared", url="https://example.org/mentee-stories", why=why)
        self._posted(card_with(self._room, why))

    async def _find(self) -> None:
        self._headline("She finds what others shared")
        await self._uses("resource find", expects="The first message to a mentee", text="first message")

    async def _meeting(self) -> None:
        self._headline("She signs up for a meeting")
        meeting = card_with(self._room, MEETING)
        before = words(meeting)
        seen = await self._presses("Yes", meeting, expects="you are coming")
        self._changed(before, meeting)
        await self._presses("Both", seen, expects="I will remind you")

    async def _reminder(self) -> None:
        self._headline("Time passes, and she is reminded")
        known = len(self._room.messages[direct(NEWCOMER)])
        await self._playground.move(DAY + timedelta(hours=2))
        news = [m for m in self._room.messages[direct(NEWCOMER)][known:] if MEETING in words(m)]
        if not news:
            message = f"Ana was not reminded of “{MEETING}”"
            raise Stumble(message)
        for message_ in news:
            self._posted(message_)

    # What happens, in words.

    def _headline(self, text: str) -> None:
        self._tell(f"\n{text}\n")

    def _said(self, what: str) -> None:
        self._tell(f"{self._ana.name} → {what}")

    def _heard(self, seen: Outcome, expects: str) -> Outcome:
        said = words(seen)
        self._tell(indent(said, "    ") if said else "    (done)")
        if seen.problems or expects not in said:
            message = f"the answer should say “{expects}”"
            raise Stumble(message)
        return seen

    async def _uses(self, command: str, expects: str, **answers: Raw) -> Outcome:
        typed = "".join(f" {name}: {value}" for name, value in answers.items())
        self._said(f"/{command}{typed}")
        seen = self._heard(await self._ana.uses(command, **answers), expects)
        await self._playground.settled()
        return seen

    async def _presses(self, label: str, on: Outcome | Message, expects: str) -> Outcome:
        self._said(f"presses “{label}”")
        seen = self._heard(await self._ana.presses(label, on), expects)
        await self._playground.settled()
        return seen

    def _posted(self, message: Message) -> None:
        channel = self._room.channels[message.channel]
        where = f"in private to {self._ana.name}" if channel.kind == "direct" else f"in #{channel.name}"
        at = message.at.astimezone(message.reader.zone)
        self._tell(f"{where}, {at:%a %d %b %H:%M}")
        self._tell(indent(words(message), "    "))

    def _changed(self, before: str, message: Message) -> None:
        if words(message) == before:
            card = "the card in the channel did not change"
            raise Stumble(card)
        self._posted(message)

    def _last_dm(self, expects: str) -> Message:
        found = [m for m in self._room.messages[direct(NEWCOMER)] if expects in words(m)]
        if not found:
            message = f"no message to Ana says “{expects}”"
            raise Stumble(message)
        return found[-1]
