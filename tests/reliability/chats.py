"""The chat of a trial: one of the simulated platforms, and what people do there while the bot dies."""

import random
from datetime import timedelta
from typing import Protocol, Self

from adapters.slack.manifest import SCOPES
from tests.discord.messages import Message as DiscordMessage
from tests.discord.server import DiscordServer
from tests.record import Record
from tests.reliability.drill import name_of
from tests.reliability.shared_clock import DiscordTime, SharedClock, SlackTime
from tests.reliability.weather import Weather
from tests.slack.messages import Message as SlackMessage
from tests.slack.server import SlackServer
from tests.two_chats import joins_on_discord, joins_on_slack

PLACES = 8  # channels
PEOPLE = 10
NONCE_KEPT = (60, 300)  # seconds, by chance: Discord says "the past few minutes"
HISTORY_LAG = 3.0  # seconds until a message is found by looking
ACK_WITHIN = 60.0  # seconds, on a machine that does other things too: how quick the bot is, the benchmarks tell
REQUESTS_A_SECOND = 150  # three times Discord's own: the clock runs faster, and what waits for it does not
QUESTION, CHOICES = "Lunch?", ("Pizza", "Sushi", "Soup")
DONE = {"drill plan": "Planned", "drill cancel": "Cancelled", "drill change": "Changed"}  # how an answer begins
YOURS = "Your vote"


class Witness(Protocol):
    """Who is told of each request when it has come, and when it was done and not yet answered."""

    def __call__(self, stage: str, what: str) -> None: ...


class Chat(Protocol):
    """What a trial needs of a platform."""

    platform: str
    places: list[str]

    @property
    def evidence(self) -> Record: ...
    @property
    def problems(self) -> list[str]: ...
    @property
    def addresses(self) -> dict[str, str]: ...

    async def __aenter__(self) -> Self: ...
    async def __aexit__(self, *exception: object) -> None: ...
    def watch(self, witness: Witness, weather: Weather | None = None) -> None: ...
    def delivers(self, what: str) -> bool: ...
    def lane_of(self, place: str) -> str: ...
    async def settle(self) -> None: ...
    async def ask(self, who: int, command: str, place: str, **answers: str | int) -> str: ...
    async def vote(self, who: int, choice: str) -> str: ...
    async def own_vote(self, who: int) -> str: ...
    def mischief(self, draw: random.Random) -> None: ...


class DiscordChat:
    """A Discord server with people in it."""

    platform = "discord"

    def __init__(self, clock: SharedClock, draw: random.Random) -> None:
        self.server = DiscordServer(clock=DiscordTime(clock))
        self.server.nonce_kept = lambda: timedelta(seconds=draw.uniform(*NONCE_KEPT))
        self.server.history_lag = HISTORY_LAG
        self.server.traffic.a_second = REQUESTS_A_SECOND
        self.places = [f"place-{n}" for n in range(PLACES)]
        self.guild = self.server.guild("Practice", ["general", "announcements", *self.places])
        self.people = [self.guild.person(name_of(n)) for n in range(PEOPLE)]

    async def __aenter__(self) -> Self:
        await self.server.start()
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.server.stop()

    @property
    def evidence(self) -> Record:
        return self.server.evidence

    @property
    def problems(self) -> list[str]:
        return self.server.problems

    @property
    def addresses(self) -> dict[str, str]:
        return {"discord_api": self.server.api}

    def watch(self, witness: Witness, weather: Weather | None = None) -> None:
        self.server.faults.weather = weather.discord if weather else None
        self.server.witness = witness

    def delivers(self, what: str) -> bool:
        return what.startswith("POST /channels/") and what.endswith("/messages")

    def lane_of(self, place: str) -> str:
        return self.guild.channel(place).id

    async def settle(self) -> None:
        """Everybody joins, and somebody asks a question."""
        await self.server.ready()
        for person in self.people:
            await joins_on_discord(person)
        shown = await self.people[0].command(
            "poll create", in_="general", question=QUESTION, choices=", ".join(CHOICES)
        )
        assert shown.message is not None
        await self.people[0].click(shown.message, "Ask it")
        await self.guild.channel("general").arrives(lambda m: QUESTION in m.text)

    async def ask(self, who: int, command: str, place: str, **answers: str | int) -> str:
        asked = await self.people[who].command(command, in_=place, wait_=False, **answers)
        return (await asked.final()).text

    def _poll(self) -> DiscordMessage:
        return next(m for m in self.guild.channel("general").messages if QUESTION in m.text)

    async def vote(self, who: int, choice: str) -> str:
        return (await (await self.people[who].click(self._poll(), choice, wait_=False)).final()).text

    async def own_vote(self, who: int) -> str:
        return (await (await self.people[who].click(self._poll(), "My vote", wait_=False)).final()).text

    def mischief(self, draw: random.Random) -> None:
        """Trouble with the gateway that a bot has to live with; nobody waits for what it does about it."""
        gateway = self.server.gateway
        lines = list(gateway.lines)
        match draw.choice(["cut", "reconnect", "invalid", "resumable"]):
            case "cut":
                for line in lines:
                    line.cut()
            case "reconnect":
                for line in lines:
                    line.say(7)
            case "invalid":
                gateway.sessions.clear()
                for line in lines:
                    line.say(9, data=False)
            case _:
                for line in lines:
                    line.say(9, data=True)


class SlackChat:
    """A Slack workspace with people in it."""

    platform = "slack"

    def __init__(self, clock: SharedClock, _draw: random.Random) -> None:
        self.places = [f"place-{n}" for n in range(PLACES)]
        self.server = SlackServer(channels=["general", "announcements", *self.places], clock=SlackTime(clock))
        self.server.history_lag = HISTORY_LAG
        self.server.ack_within = ACK_WITHIN
        self.server.pace.kept = True
        self.server.scopes.update(SCOPES)
        self.people = [self.server.default.person(name_of(n)) for n in range(PEOPLE)]

    async def __aenter__(self) -> Self:
        await self.server.start()
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.server.stop()

    @property
    def evidence(self) -> Record:
        return self.server.evidence

    @property
    def problems(self) -> list[str]:
        return self.server.problems

    @property
    def addresses(self) -> dict[str, str]:
        return {"slack_api": self.server.api}

    def watch(self, witness: Witness, weather: Weather | None = None) -> None:
        self.server.faults.weather = weather.slack if weather else None
        self.server.witness = witness

    def delivers(self, what: str) -> bool:
        return what == "chat.postMessage"

    def lane_of(self, place: str) -> str:
        return self.server.default.channel(place).id

    async def settle(self) -> None:
        await self.server.ready()
        for person in self.people:
            await joins_on_slack(person)
        asker = self.people[0]
        typed = f'/cop poll create "{QUESTION}" {", ".join(CHOICES)}'
        preview = await (await asker.command(typed, in_="general")).message(QUESTION)
        await asker.click(preview, "Ask it")
        await self.server.default.channel("general").arrives(lambda m: QUESTION in m.text)

    async def ask(self, who: int, command: str, place: str, **answers: str | int) -> str:
        typed = " ".join([f"/cop {command}", *(f"{name}: {value}" for name, value in answers.items())])
        answer = await self.people[who].command(typed, in_=place)
        return (await answer.message(DONE[command])).text

    def _poll(self) -> SlackMessage:
        return next(m for m in self.server.default.channel("general").messages if QUESTION in m.text)

    async def vote(self, who: int, choice: str) -> str:
        return (await (await self.people[who].click(self._poll(), choice)).message(YOURS)).text

    async def own_vote(self, who: int) -> str:
        return (await (await self.people[who].click(self._poll(), "My vote")).message(YOURS)).text

    def mischief(self, draw: random.Random) -> None:
        if draw.random() < 0.5:  # one or the other
            self.server.drop_socket()
        else:
            self.server.delivery.soon(self.server.disconnect())


CHATS: dict[str, type[DiscordChat] | type[SlackChat]] = {"discord": DiscordChat, "slack": SlackChat}
