"""How much a campaign goes through: the short form within minutes, the long one within a night."""

from dataclasses import dataclass

from tests.databases import Databases
from tests.reliability.campaign import World
from tests.reliability.chats import CHATS


@dataclass(frozen=True, slots=True)
class Form:
    """What each world goes through; ``replicas`` are the kills and messages of each that has several of them."""

    kills: int
    messages: int
    replicas: tuple[int, int] | None = None

    def of(self, kills: int) -> "Form":
        """The same with so many kills in all."""
        worlds = 4 * self.kills + (2 * self.replicas[0] if self.replicas else 0)
        several = (self.replicas[0] * kills // worlds, self.replicas[1] * kills // worlds) if self.replicas else None
        return Form(self.kills * kills // worlds, self.messages * kills // worlds, several)


SHORT = Form(150, 375)  # 600 kills and 1,500 messages in four worlds
LONG = Form(1020, 4650, replicas=(480, 750))  # 5,040 kills and 20,100 messages in six


def worlds_of(form: Form, files: Databases, server: Databases) -> list[World]:
    """A world for each chat on each kind of database; several processes need a server."""
    alone = [World(chat, where, form.kills, form.messages) for where in (files, server) for chat in CHATS]
    several = form.replicas
    together = [World(chat, server, *several, replicas=True) for chat in CHATS] if several else []
    return alone + together
