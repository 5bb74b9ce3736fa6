"""One open page: who its visitor is, what they do, and what they are told."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from aiohttp import web

from adapters.playground import decode
from adapters.playground.decode import Malformed, word
from adapters.playground.draw import (
    JSON,
    draw_card,
    draw_commands,
    draw_form,
    draw_message_actions,
    draw_option,
    draw_problems,
)
from adapters.playground.room import Channel, Message, Persona
from bot.calls import Form, Outcome
from bot.text import Reader

if TYPE_CHECKING:
    from adapters.playground.app import Playground

log = logging.getLogger(__name__)

MOVES = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7)}
COMING_SHOWN = 6
TEXT_MAX = 2000  # what Discord takes in one message
NUMBERS_FROM = 100_000_000_000_000_001  # as long as the ids of Discord
OWN = "playground"  # the look that is ours


def beside(outcome: Outcome) -> bool:
    """Whether everything that is wrong with a form can be said beside its fields."""
    return bool(outcome.problems) and all(problem.field for problem in outcome.problems)


class Visitor:
    """Somebody at an open page.  What they are told waits in a queue and is drawn when it is their turn."""

    def __init__(self, playground: "Playground", socket: web.WebSocketResponse) -> None:
        self._playground = playground
        self._room = playground.room
        self._socket = socket
        self._queue: asyncio.Queue[JSON | Message | str] = asyncio.Queue()
        self._waiting: set[str] = set()
        self.person: Persona = next(iter(self._room.people.values()))
        self.look = OWN

    def start(self) -> asyncio.Task[None]:
        return asyncio.create_task(self._write(), name="playground page")

    async def close(self) -> None:
        await self._socket.close()

    # What they are told.

    def tell(self, news: JSON) -> None:
        self._queue.put_nowait(news)

    def show(self, message: Message) -> None:
        """A message is new or has changed."""
        channel = self._room.channels[message.channel]
        if channel.seen_by(self.person.id) and message.only in ("", self.person.id):
            self._queue.put_nowait(message)
        self.later("unread")
        self.later("home")

    def later(self, what: str) -> None:
        """Something has to be told anew; once is enough, however often it changed."""
        if what not in self._waiting:
            self._waiting.add(what)
            self._queue.put_nowait(what)

    async def _write(self) -> None:
        try:
            while True:
                news = await self._queue.get()
                await self._socket.send_json(await self._draw(news))
        except (ConnectionError, asyncio.CancelledError):
            raise
        except Exception:
            log.exception("the playground could not draw something")
            await self._socket.close()

    async def _draw(self, news: JSON | Message | str) -> JSON:
        if isinstance(news, Message):
            return {"is": "message", "message": self._message(news)}
        if isinstance(news, dict):
            return news
        self._waiting.discard(news)
        match news:
            case "state":
                return {"is": "state", **await self._state()}
            case "channels":
                return {"is": "channels", "channels": self._channels()}
            case "clock":
                return {"is": "clock", "clock": await self._clock()}
            case "home":
                return {"is": "home", "home": await self._home()}
            case _:
                return {"is": "unread", **self._unread()}

    async def _state(self) -> JSON:
        """Everything, for somebody who has just come or become somebody else."""
        room, runtime, person = self._room, self._playground.runtime, self.person
        return {
            "community": {"name": runtime.defaults.name, "purpose": runtime.defaults.purpose},
            "me": person.id,
            "people": [
                {"id": p.id, "name": p.name, "about": p.about, "lead": p.lead, "zone": self._zone(p), "number": number}
                for p, number in zip(room.people.values(), self._numbers().values(), strict=True)
            ],
            "channels": self._channels(),
            "messages": {
                c.id: [self._message(m) for m in room.seen(person.id, c.id)] for c in room.channels_of(person.id)
            },
            "commands": draw_commands(runtime.app, Reader()),
            "actions": draw_message_actions(runtime.app),
            "looks": [OWN, *self._playground.draw],
            "look": self.look,
            "clock": await self._clock(),
            "home": await self._home(),
            "unread": self._unread(),
        }

    def _zone(self, person: Persona) -> str:
        return self._room.zones.get(person.id) or person.zone or self._playground.runtime.defaults.zone

    def _channels(self) -> list[JSON]:
        return [
            {"id": c.id, "name": c.name, "topic": c.topic, "kind": c.kind}
            for c in self._room.channels_of(self.person.id)
        ]

    def _unread(self) -> JSON:
        people = {p: self._room.unread(p) for p in self._room.people}
        direct = {p: sum(n for channel, n in new.items() if channel == f"dm-{p}") for p, new in people.items()}
        return {"channels": people[self.person.id], "people": direct}

    async def _clock(self) -> JSON:
        coming = await self._playground.coming()
        return {
            "now": self._playground.clock.now().timestamp(),
            "coming": [{"at": due.at.timestamp(), "what": due.what} for due in coming[:COMING_SHOWN]],
        }

    async def _home(self) -> JSON | None:
        found = await self._playground.runtime.home(decode.account(self.person))
        return draw_card(*found) if found else None

    def _message(self, message: Message) -> JSON:
        return {
            "ref": message.ref,
            "channel": message.channel,
            "at": message.at.timestamp(),
            "by": message.by,
            "text": message.text,
            "only": bool(message.only),
            "used": message.used,
            "usedBy": message.used_by,
            "edits": message.edits,
            "files": [
                {"name": file.name, "url": f"/files/{message.channel}/{message.ref}/{n}"}
                for n, file in enumerate(message.files)
            ],
            **self._card(message),
        }

    def _numbers(self) -> dict[str, str]:
        """People as Discord would know them: by numbers."""
        return {person: str(NUMBERS_FROM + n) for n, person in enumerate(self._room.people)}

    def _card(self, message: Message) -> JSON:
        """The card in our own look, and the payload that another platform would get."""
        if message.card is None:
            return {}
        own = draw_card(message.card, message.reader)
        draw = self._playground.draw.get(self.look)
        if draw is None:
            return {"card": own}
        numbers = self._numbers()
        refs = {member: numbers[ref] for member, ref in message.reader.refs.items() if ref in numbers}
        return {"card": own, "payload": draw(message.card, replace(message.reader, refs=refs))}

    # What they do.

    async def does(self, sent: Mapping[str, Any]) -> None:
        match sent.get("do"):
            case "be":
                self._become(sent)
            case "look":
                look = word(sent, "look")
                self.look = look if look in self._playground.draw else OWN
                self.later("state")
            case "read":
                self._room.read(self.person.id, self._channel(sent).id)
                self.later("unread")
            case "say":
                text = word(sent, "text", TEXT_MAX).strip()
                if text:
                    self._room.say(self.person.id, self._channel(sent).id, self._playground.clock.now(), text)
            case "dismiss":
                self._dismiss(sent)
            case "clock":
                await self._move(word(sent, "move"))
            case "suggest":
                await self._suggest(sent)
            case "command" | "press" | "submit" | "use":
                await self._run(sent)
            case _:
                message = "no such gesture"
                raise Malformed(message)

    def _become(self, sent: Mapping[str, Any]) -> None:
        person = self._room.people.get(word(sent, "person"))
        if person is None:
            message = "no such person"
            raise Malformed(message)
        self.person = person
        look = word(sent, "look")
        self.look = look if look in self._playground.draw else OWN
        self.later("state")

    def _channel(self, sent: Mapping[str, Any]) -> Channel:
        channel = self._room.channels.get(word(sent, "channel"))
        if channel is None or not channel.seen_by(self.person.id):
            message = "no such channel"
            raise Malformed(message)
        return channel

    def _dismiss(self, sent: Mapping[str, Any]) -> None:
        """Put a private answer away."""
        message = self._room.find(self._channel(sent).id, word(sent, "message"))
        if message is not None and message.only == self.person.id:
            self._room.drop(message)

    async def _move(self, how: str) -> None:
        if how in MOVES:
            await self._playground.move(MOVES[how])
            return
        await self._playground.move_to_next()

    async def _suggest(self, sent: Mapping[str, Any]) -> None:
        runtime = self._playground.runtime
        how = "command" if sent.get("command") else "press"
        call = decode.call(
            self._room, runtime.app, self.person, self._channel(sent), {**sent, "do": how, "id": ""}, self.look
        )
        options, reader = await runtime.suggest(call, word(sent, "field"), word(sent, "typed", decode.ANSWER_MAX))
        self.tell({"is": "suggestions", "id": word(sent, "id"), "options": [draw_option(o, reader) for o in options]})

    async def _run(self, sent: Mapping[str, Any]) -> None:
        playground, channel = self._playground, self._channel(sent)
        call = decode.call(self._room, playground.runtime.app, self.person, channel, sent, self.look)
        clicked = self._room.find(channel.id, word(sent, "message")) if sent["do"] == "press" else None
        outcome = await playground.run(self.person, call, used=word(sent, "used", TEXT_MAX), clicked=clicked)
        forms = [shown for shown in outcome.shown if isinstance(shown, Form)]
        self.tell(
            {
                "is": "answer",
                "id": word(sent, "id"),
                "forms": [draw_form(form, outcome.reader) for form in forms],
                "problems": draw_problems(outcome.problems if beside(outcome) else (), outcome.reader),
            }
        )
        self.later("clock")
