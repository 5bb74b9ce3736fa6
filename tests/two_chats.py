"""A community on two chats: a Discord server and a Slack workspace on loopback, and what people do in both."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from adapters.slack.manifest import SCOPES
from tests.discord.guilds import Guild
from tests.discord.messages import Message as DiscordMessage
from tests.discord.people import Person as DiscordPerson
from tests.discord.server import DiscordServer
from tests.slack.messages import Message as SlackMessage
from tests.slack.people import Person as SlackPerson
from tests.slack.server import APP_TOKEN, BOT_TOKEN, SlackServer
from tests.slack.teams import Team

CHANNELS = ("general", "announcements", "welcome", "resources")


@dataclass(frozen=True)
class TwoChats:
    """Both servers, with the bot invited to one place in each."""

    discord: DiscordServer
    slack: SlackServer
    guild: Guild

    @property
    def team(self) -> Team:
        return self.slack.default

    @property
    def environ(self) -> dict[str, str]:
        """All that the bot has to be told."""
        return {
            "DISCORD_TOKEN": self.discord.token,
            "DISCORD_API_BASE": self.discord.api,
            "SLACK_BOT_TOKEN": BOT_TOKEN,
            "SLACK_APP_TOKEN": APP_TOKEN,
            "SLACK_API_BASE": self.slack.api,
        }

    async def link(self) -> tuple[DiscordPerson, SlackPerson]:
        """Two people who manage the chats make them one community, and join it."""
        ada, sam = self.guild.person("Ada", admin=True), self.team.person("Sam", admin=True)
        offer = await ada.command("community link")
        code = code_in(offer.text)
        asked = await (await sam.command(f"/cop community link {code}")).message("Make this chat part of")
        await (await sam.click(asked, "Link them")).message("Offered.")
        agreed = await press(ada, offer.message, "They have used it")
        await press(ada, agreed, "Yes, link", "is part of")
        await joins_on_discord(ada)
        await joins_on_slack(sam)
        return ada, sam

    async def becomes_one(self, there: DiscordPerson, here: SlackPerson) -> None:
        """A person says that both accounts are theirs."""
        code = code_in((await there.command("me link")).text)
        asked = await (await here.command(f"/cop me link {code}")).message("Is this account yours, too?")
        await (await here.click(asked, "Yes, both are mine")).message("Done.")

    async def asks(self, person: DiscordPerson, question: str, choices: str) -> tuple[DiscordMessage, SlackMessage]:
        """A poll in the announcements, as it stands in both chats."""
        shown = await person.command("poll create", in_="announcements", question=question, choices=choices)
        await press(person, shown.message, "Ask it", "Your question is out.")
        there = await self.guild.channel("announcements").arrives(lambda m: question in m.text)
        here = await self.team.channel("announcements").arrives(lambda m: question in m.text)
        return there, here


@asynccontextmanager
async def two_chats() -> AsyncIterator[TwoChats]:
    """Both servers, for as long as the block; what no correct bot would have sent fails it."""
    async with DiscordServer() as discord, SlackServer(channels=CHANNELS) as slack:
        slack.scopes.update(SCOPES)
        yield TwoChats(discord, slack, discord.guild("Practice", channels=CHANNELS))
    assert discord.problems == []
    assert slack.problems == []


def code_in(text: str) -> str:
    """The one-time code that a card shows."""
    found = re.search(r"code is `?([\w-]+)", text)
    assert found, text
    return found[1]


async def press(person: DiscordPerson, on: DiscordMessage | None, label: str, then: str = "") -> DiscordMessage:
    """Press a button on a message for one person; the message that answers, once it says this."""
    assert on is not None
    answer = await (await person.click(on, label)).final()
    assert answer.message is not None, answer
    return await answer.message.becomes(lambda m: then in m.text)


async def joins_on_discord(person: DiscordPerson, asked: DiscordMessage | None = None) -> None:
    shown = asked or (await person.command("join")).message
    await press(person, shown, "Join", "You are in")


async def joins_on_slack(person: SlackPerson) -> None:
    shown = await (await person.command("/cop join")).message("Join")
    await (await person.click(shown, "Join")).message("You are in")
