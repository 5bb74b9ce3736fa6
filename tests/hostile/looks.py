"""A card on every chat, read as each of them reads it."""

from dataclasses import dataclass

from adapters.discord.dialect import DiscordMarkdown
from adapters.discord.limits import NOBODY
from adapters.discord.render import message as on_discord_body
from adapters.playground.draw import draw_card
from adapters.slack.mrkdwn import Pen
from adapters.slack.render import home as on_slack_home
from adapters.slack.render import message as on_slack_message
from bot.cards import Card
from bot.text import Reader
from tests.discord.checks import check_message
from tests.discord.problems import Findings
from tests.hostile import oracles
from tests.hostile.oracles import Linked, Reading
from tests.slack.checks import check_blocks, check_view


@dataclass(frozen=True, slots=True)
class Look:
    """What one chat makes of a card."""

    chat: str
    readings: tuple[Reading, ...]
    buttons: tuple[Linked, ...]
    refused: tuple[str, ...]  # what the chat would not take

    @property
    def kinds(self) -> set[str]:
        return {kind for reading in self.readings for kind in reading.kinds}

    @property
    def pings(self) -> list[str]:
        return [ping for reading in self.readings for ping in reading.pings]

    @property
    def disguised(self) -> list[Linked]:
        return [link for reading in self.readings for link in (*reading.links, *self.buttons) if link.disguised]


def looks(card: Card, reader: Reader) -> list[Look]:
    return [look_on_discord(card, reader), look_on_slack(card, reader), look_on_page(card, reader)]


def look_on_discord(card: Card, reader: Reader) -> Look:
    drawn = on_discord_body(card, reader, space="1", key="k", dialect=DiscordMarkdown())
    find = Findings()
    check_message(
        find, {k: v for k, v in drawn.body.items() if k != "attachments"}, {f.name: f.data for f in drawn.files}
    )
    refused = find.lines() + ([] if drawn.body["allowed_mentions"] == NOBODY else ["it may mention somebody"])
    readings = tuple(map(oracles.on_discord, oracles.discord_texts(drawn.body)))
    return Look("discord", readings, tuple(oracles.discord_buttons(drawn.body)), tuple(refused))


def look_on_slack(card: Card, reader: Reader) -> Look:
    pen = Pen(reader)
    shown, page = on_slack_message(card, pen), on_slack_home(card, pen)
    refused = (*check_blocks(shown.blocks, "message"), *check_view(page, "home"))
    readings = tuple(map(oracles.on_slack, (*oracles.slack_texts(shown.blocks), shown.text)))
    return Look("slack", readings, tuple(oracles.slack_buttons(shown.blocks)), tuple(map(str, refused)))


def look_on_page(card: Card, reader: Reader) -> Look:
    drawn = draw_card(card, reader)
    return Look("page", tuple(map(oracles.on_page, oracles.page_texts(drawn))), tuple(oracles.page_buttons(drawn)), ())
