"""A platform in a process of its own, with people who press buttons on request."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any

from tests.bench.peers import serve
from tests.bench.town import CHOICES, Town
from tests.discord.interactions import COMPONENT, Interaction
from tests.discord.messages import Message
from tests.discord.server import BOT_TOKEN, DiscordServer
from tests.slack import payloads
from tests.slack.server import APP_TOKEN, SlackServer
from tests.slack.server import BOT_TOKEN as SLACK_TOKEN

PEOPLE = 97
Json = dict[str, Any]
Press = Callable[[int], Awaitable[None]]


def town(platform: str, space: str, channel: str, users: list[str]) -> Town:
    return Town(people=len(users), platform=platform, space=space, users=tuple(users), channel=channel)


def words(poll: int) -> str:
    bars = "\n".join(f"**Choice {n}**\n██░░░░░░░░ 15 votes (20 %)" for n in range(1, CHOICES + 1))
    return f"### Question {poll}?\n{bars}\n75 people have voted. Open until Tuesday."


async def pressed(press: Press, numbers: Any, times: int, at_once: int) -> None:
    left = iter(range(times))

    async def person() -> None:
        for _ in left:
            await press(next(numbers))

    await asyncio.gather(*(person() for _ in range(at_once)))


async def on_request(hello: Json, press: Press) -> None:
    numbers = count()

    async def answer(request: Json) -> Json:
        await pressed(press, numbers, request["times"], request["at_once"])
        return {}

    await serve(hello, answer)


async def discord() -> None:
    async with DiscordServer() as server:
        guild = server.guild("Practice", channels=("general",))
        people = [guild.person(f"Person {n}") for n in range(PEOPLE)]
        channel = guild.channels[0]
        place = town("discord", guild.id, channel.id, [person.id for person in people])
        messages = [Message(server, channel, server.bot, discord_card(n)) for n in range(place.polls)]

        async def press(number: int) -> None:
            data = {"custom_id": str(place.voting(number).link), "component_type": 2, "id": 4}
            message = messages[number % place.polls]
            await Interaction(people[number % PEOPLE], channel, COMPONENT, data, message=message).send().arrives()

        await on_request(
            {"api": server.api, "gateway": server.gateway_url, "token": BOT_TOKEN, "space": guild.id,
             "channel": channel.id, "users": list(place.users)},
            press,
        )  # fmt: skip


def discord_card(poll: int) -> Json:
    buttons = [
        {"type": 2, "style": 2, "label": f"Choice {n}", "custom_id": f"polls.vote:p{poll}:{n}"}
        for n in range(1, CHOICES + 1)
    ]
    parts = [{"type": 10, "content": words(poll)}, {"type": 1, "components": buttons}]
    return {"flags": 1 << 15, "components": [{"type": 17, "components": parts}], "allowed_mentions": {"parse": []}}


async def slack() -> None:
    async with SlackServer() as server:
        team = server.default
        people = [team.person(f"Person {n}") for n in range(PEOPLE)]
        channel = team.place(None)
        place = town("slack", team.id, channel.id, [person.id for person in people])
        cards = [team.post(channel, f"Question {n}?", slack_card(n)) for n in range(place.polls)]

        async def press(number: int) -> None:
            person, card = people[number % PEOPLE], cards[number % place.polls]
            acted = {
                "type": "button",
                "action_id": str(place.voting(number).link),
                "block_id": "votes",
                "action_ts": server.clock.ts(),
                "text": {"type": "plain_text", "text": "Choice"},
                "value": "1",
            }
            url = server.new_response_url(person, channel, card)
            body = payloads.block_actions(person, card, acted, server.new_trigger(person), url)
            seen = len(person.ephemerals)
            await server.delivery.interaction("interactive", body)
            await server.changes.until(lambda: len(person.ephemerals) > seen, lambda: f"{person} was not answered")

        await on_request(
            {"api": server.api, "token": SLACK_TOKEN, "app_token": APP_TOKEN, "space": team.id,
             "channel": channel.id, "users": list(place.users)},
            press,
        )  # fmt: skip


def slack_card(poll: int) -> list[Json]:
    buttons = [
        {
            "type": "button",
            "action_id": f"polls.vote:p{poll}:{n}",
            "text": {"type": "plain_text", "text": f"Choice {n}"},
            "value": str(n),
        }
        for n in range(1, CHOICES + 1)
    ]
    return [
        {"type": "section", "text": {"type": "mrkdwn", "text": words(poll)}},
        {"type": "actions", "block_id": "votes", "elements": buttons},
    ]


if __name__ == "__main__":
    asyncio.run({"discord": discord, "slack": slack}[sys.argv[1]]())
