"""A community to begin with: people, a conversation, groups, a poll, a resource and meetings, by the real commands."""

from collections.abc import Callable
from datetime import timedelta

from adapters.playground.actor import Actor, Stumble, cards, words
from adapters.playground.app import Playground
from adapters.playground.room import Channel, Message, Persona, Room
from bot.calls import Form, Outcome

NAME = "Mentoring Circle"
PURPOSE = "People who mentor young adults and learn from each other’s practice"
ZONE = "Europe/Berlin"
BEFORE = timedelta(hours=24, minutes=30)  # how long before the beginning of the demo the conversation began

PEOPLE = (
    Persona("ana", "Ana Ribeiro", "has just arrived", lead=True),
    Persona("ben", "Ben Hollis", "is a member", "Europe/London", lead=True),
    Persona("chiara", "Chiara Conti", "coordinates", "Europe/Rome", admin=True, lead=True),
    Persona("elena", "Elena Ruiz", "leads a group", "Europe/Madrid"),
    Persona("farid", "Farid Haddad", "is a member", "Europe/London"),
    Persona("grace", "Grace Kim", "mostly reads", "America/Denver"),
    Persona("hugo", "Hugo Lind", "leads a group", "Europe/Stockholm"),
)
NEWCOMER = "ana"

CHANNELS = (
    ("general", "What we are learning, day by day"),
    ("announcements", "News for everybody"),
    ("welcome", "Say hello"),
)

MEETING = "Template walk-through"
VENUE = "https://meet.example.org/circle"
QUESTION = "What should Thursday’s Case Table be about?"
TOPICS = ("Mentees who go quiet", "Involving parents", "Saying goodbye")


def make_room() -> Room:
    return Room(PEOPLE, [Channel(name, name, topic) for name, topic in CHANNELS])


class Seed:
    """Plays what has happened before anybody opens the page."""

    def __init__(self, playground: Playground, tell: Callable[[str], None]) -> None:
        self._playground = playground
        self._room = playground.room
        self._tell = tell

    async def play(self) -> None:
        await self._playground.settle()
        self._tell("people")
        await self._people()
        self._tell("groups")
        await self._groups()
        await self._passes(hours=1)
        self._tell("a weekly meeting")
        await self._series()
        await self._passes(hours=5)
        self._tell("a resource")
        await self._resource()
        await self._passes(hours=17, minutes=20)
        self._tell("a meeting")
        await self._meeting()
        await self._passes(minutes=20)
        self._tell("a poll")
        await self._poll()
        await self._passes(minutes=40)
        self._tell("a newcomer")
        await self._newcomer()
        await self._passes(minutes=10)
        self._caught_up()

    def _actor(self, person: str, channel: str = "general") -> Actor:
        return Actor(self._playground.runtime, self._room, person, channel)

    def _says(self, person: str, text: str, channel: str = "general") -> None:
        self._room.say(person, channel, self._playground.clock.now(), text)

    async def _passes(self, **span: float) -> None:
        await self._playground.move(timedelta(**span))

    async def _does(self, person: str, command: str, channel: str = "general", **answers: str) -> Outcome:
        """Use a command, and go ahead where it asks first."""
        actor = self._actor(person, channel)
        seen = await actor.uses(command, **answers)
        ahead = GO_AHEAD.get(command)
        seen = await actor.presses(ahead, seen) if ahead else seen
        asked = any(isinstance(shown, Form) for shown in seen.shown)
        if asked or any(card.tone in ("watch", "bad") for card in cards(seen)):
            message = f"{person} could not use /{command}: {words(seen)}"
            raise Stumble(message)
        await self._playground.settled()
        return seen

    async def _presses(self, people: str, label: str, on: Message) -> None:
        for person in people.split():
            await self._actor(person, on.channel).presses(label, on)
        await self._playground.settled()

    async def _people(self) -> None:
        for person in PEOPLE:
            if person.id != NEWCOMER:
                await self._playground.arrive(person)
                await self._does(person.id, "join")
        for person_id, role in (("chiara", "coordinator"), ("elena", "facilitator"), ("hugo", "facilitator")):
            await self._does("chiara", "community role", member=person_id, role=role)
        for somebody, city in (("ben", "London"), ("chiara", "Rome"), ("grace", "Denver")):
            await self._does(somebody, "settings zone", city=city)

    async def _groups(self) -> None:
        there = "announcements"
        self._says("chiara", "Three groups to begin with. Join where you want to learn something.", there)
        create = "group create"
        await self._does(
            "chiara", create, there, name="First Meetings", purpose="The first weeks with a mentee", lead="elena"
        )
        await self._does(
            "chiara", create, there, name="Schools and Families", purpose="Everybody around a mentee", lead="hugo"
        )
        await self._does(
            "chiara", create, there, name="What Helps", purpose="Finding out what makes a difference", capacity="6"
        )
        for person, group in (("ben", "First Meetings"), ("farid", "First Meetings"), ("grace", "What Helps")):
            await self._does(person, "group join", group=group)

    async def _series(self) -> None:
        await self._does("chiara", "meeting create", "announcements", title="Case Table", when="every thursday 17:00")

    async def _resource(self) -> None:
        self._says("hugo", "Used this with two new mentees last week. Both wrote back within a day!")
        await self._does(
            "hugo",
            "resource add",
            url="https://example.org/first-message",
            why="A first message that invites an answer, in three sentences",
            title="The first message to a mentee",
            tags="first weeks, templates",
        )

    async def _meeting(self) -> None:
        self._says("elena", "Morning! I can show the template we use at our school. Who has half an hour?")
        await self._does("elena", "meeting create", title=MEETING, when="tomorrow 12:30", length="30 min", where=VENUE)
        await self._presses("ben grace hugo", "Yes", self._card(MEETING))

    async def _poll(self) -> None:
        await self._does("chiara", "poll create", question=QUESTION, choices="\n".join(TOPICS), closes="thursday 12:00")
        poll = self._card(QUESTION)
        await self._presses("elena farid hugo", TOPICS[0], poll)
        await self._presses("grace", TOPICS[2], poll)

    async def _newcomer(self) -> None:
        await self._playground.arrive(self._room.people[NEWCOMER])
        await self._playground.settled()
        self._says(NEWCOMER, "Hello! I am Ana. Elena told me about this circle.", "welcome")
        self._says("chiara", "Welcome, Ana! The bot has written to you. Ask me anything.", "welcome")
        self._says("farid", "Welcome Ana! For Thursday: quiet mentees, please. I have one and I am out of ideas.")

    def _card(self, title: str) -> Message:
        return card_with(self._room, title)

    def _caught_up(self) -> None:
        """Everybody has read everything, but for what the newcomer was just told."""
        for person in PEOPLE:
            for channel in self._room.channels_of(person.id):
                if not (person.id == NEWCOMER and channel.kind == "direct"):
                    self._room.read(person.id, channel.id)


GO_AHEAD = {
    "join": "Join",
    "group create": "Create it",
    "meeting create": "Post it",
    "poll create": "Ask it",
}


def card_with(room: Room, title: str, channel: str = "general") -> Message:
    """The newest card of a channel whose words contain this."""
    found = [m for m in room.messages[channel] if m.card and title in words(m)]
    if not found:
        message = f"no card in #{channel} says “{title}”"
        raise Stumble(message)
    return found[-1]
