"""A newcomer's first week on Slack, with the real features, the real Bolt and the real database."""

from collections.abc import AsyncIterator

import pytest

from bot.features import find_features
from tests.databases import Database
from tests.slack.answers import Answer
from tests.slack.messages import Message
from tests.slack.people import Person
from tests.slack.practice import Practice
from tests.slack.server import SlackServer


@pytest.fixture
async def circle(slack_server: SlackServer, database: Database) -> AsyncIterator[Practice]:
    slack_server.default.add_channel("resources")
    made = Practice(slack_server, database, find_features())
    await made.start()
    yield made
    await made.stop()


async def joins(person: Person) -> None:
    shown = await (await person.command("/cop join")).message("Join")
    await (await person.click(shown, "Join")).message("You are in")


async def plans(person: Person, command: str, go: str) -> Answer:
    """A command that shows first what it would do."""
    preview = await (await person.command(command)).message()
    return await person.click(preview, go)


async def test_welcomed_in_a_group_heard_read_and_reminded(circle: Practice) -> None:
    team = circle.team
    general = team.channel("general")
    ana = team.person("Ana", admin=True)
    await joins(ana)
    await plans(ana, '/cop group create Design purpose: "We draw"', "Create it")
    card = await general.arrives(lambda m: "Design" in m.text)

    zoe = await team.joins("Zoe")
    welcome = await zoe.dm_arrives(lambda m: "Welcome, Zoe." in m.text)
    assert welcome.buttons[0] == "What joining means"
    await joins(zoe)

    picker = await (await zoe.command("/cop groups")).message("Your groups")
    await zoe.selects(picker, "Your groups", ["Design"])
    await circle.room("design", zoe)
    await general.arrives(lambda m: m is card and "2 people" in m.text)

    await plans(ana, '/cop poll create "Lunch?" Pizza, Sushi closes: friday 17:00', "Ask it")
    poll = await general.arrives(lambda m: "Lunch?" in m.text)
    await zoe.click(poll, "Pizza")
    await general.arrives(lambda m: m is poll and "1 vote" in m.text)

    await (await zoe.command('/cop resource add https://example.org/guide "A good start"')).message("Shared")
    await team.channel("resources").arrives(lambda m: "<https://example.org/guide>" in m.text)
    found = await (await ana.command("/cop resource find start")).message()
    assert "example.org" in found.text

    await plans(ana, '/cop meeting create "Book club" 2026-03-03 12:00', "Post it")
    meeting = await general.arrives(lambda m: "Book club" in m.text)
    coming = await (await zoe.click(meeting, "Yes")).message("remind you")
    await (await zoe.click(coming, "An hour before")).message("an hour before")
    home = await zoe.opens_home()
    assert "Book club" in home.text
    circle.passes(hours=25, minutes=1)
    await zoe.dm_arrives(lambda m: "Book club" in m.text)

    assert circle.server.problems == []
    assert not [m for m in everything(circle) if m.pings]


def everything(circle: Practice) -> list[Message]:
    return [m for channel in circle.team.channels.values() for m in channel.everything]
