"""Whatever the features register or answer, Discord takes it; and the names of discord.py that we lean on are there."""

import inspect
from collections.abc import Iterator

import discord
import pytest
from discord.gateway import DiscordWebSocket, KeepAliveHandler
from discord.http import Route
from discord.webhook.async_ import AsyncWebhookAdapter

from adapters.discord.answers import door
from adapters.discord.commands import names_on_discord, registered
from adapters.discord.decode import decode
from adapters.discord.dialect import DiscordMarkdown
from adapters.discord.modals import FORM_SIZE, modal
from adapters.discord.render import attachment, message
from bot.actions import Action, App
from bot.calls import Form, Problem, Raw
from bot.cards import Card
from bot.effects import Attach, Reply
from bot.features import find_features
from bot.forms import paged
from bot.text import Reader, languages, said
from tests.databases import Database
from tests.discord.check_commands import check_commands
from tests.discord.check_modals import ModalCheck
from tests.discord.checks import check_message
from tests.discord.problems import Findings
from tests.world import Actor, Seen, World

APP = App(find_features())
ASKING = [action for action in APP.actions.values() if action.asked]
PLAYERS = ("a guest", "a member", "a coordinator", "an admin")
DIALECT = DiscordMarkdown(names_on_discord(APP))


def check_card(shown: Card, reader: Reader) -> None:
    drawn = message(shown, reader, space="1", key="k", dialect=DIALECT)
    find = Findings()
    files = {f.name: f.data for f in drawn.files}
    check_message(find, {k: v for k, v in drawn.body.items() if k != "attachments"}, files)
    assert find.lines() == []


def check_form(form: Form, reader: Reader) -> None:
    find = Findings()
    ModalCheck(find).modal(modal(form, reader))
    assert find.lines() == []
    check_card(door(form), reader)


def check_seen(seen: Seen) -> None:
    for shown in seen.outcome.shown:
        match shown:
            case Reply(card=card):
                check_card(card, seen.outcome.reader)
            case Form():
                check_form(shown, seen.outcome.reader)
            case Attach():
                drawn = attachment(shown, seen.outcome.reader)
                find = Findings()
                check_message(find, drawn.body, {f.name: f.data for f in drawn.files})
                assert find.lines() == []


def test_all_commands_are_taken() -> None:
    find = Findings()

    check_commands(find, registered(APP))

    assert find.lines() == []


def test_every_command_leads_back_to_its_action() -> None:
    for path, action in APP.commands.items():
        first, _, second = names_on_discord(APP).get(path, path).partition(" ")
        data = {"name": first, "type": 1, "options": [{"type": 1, "name": second}] if second else []}
        user = {"id": "1", "username": "ana"}
        payload = {"id": "2", "type": 2, "channel_id": "3", "guild_id": "4", "member": {"user": user}, "data": data}

        assert decode(payload, APP).link.name == action.name


@pytest.mark.parametrize("action", ASKING, ids=[a.name for a in ASKING])
@pytest.mark.parametrize("typed", ["", "x", "a very long answer " * 300])
def test_every_form_is_taken_whatever_stands_in_it(action: Action, typed: str) -> None:
    filled: dict[str, Raw] = {p.name: [typed] if p.many else typed for p in action.asked} if typed else {}
    link = action.link(*("x" for p in action.carried if p.required))
    pages = paged(action.asked, FORM_SIZE)
    wrong = tuple(Problem(p.name, said(typed)) for p in action.asked) if typed else ()
    for language in languages():
        for number, fields in enumerate(pages, 1):
            check_form(Form(link, action.title, fields, filled, wrong, number, len(pages)), Reader(language))


def play(world: World, who: str) -> Actor:
    match who:
        case "a member":
            return world.member("ana")
        case "a coordinator":
            return world.coordinator("ana")
        case "an admin":
            return world.person("ana", admin=True)
        case _:
            return world.person("ana")


@pytest.fixture
def discord_world(database: Database) -> Iterator[World]:
    world = World(database)
    world.form_size = FORM_SIZE
    yield world
    world.close()


@pytest.mark.parametrize("who", PLAYERS)
def test_every_answer_to_a_command_is_taken(discord_world: World, who: str) -> None:
    actor = play(discord_world, who)

    for command in discord_world.engine.app.commands:
        check_seen(actor.uses(command))

    for sent in discord_world.chat().messages:
        check_card(sent.card, sent.reader)


def test_the_names_of_discord_py_that_we_lean_on_are_there() -> None:
    client = discord.Client(intents=discord.Intents(guilds=True))

    assert "INTERACTION_CREATE" in client._connection.parsers
    assert "ws._connection = client._connection" in inspect.getsource(DiscordWebSocket.from_client)
    assert callable(KeepAliveHandler.stop)
    assert Route("GET", "/x").url == Route.BASE + "/x"
    assert str(DiscordWebSocket.DEFAULT_GATEWAY).startswith("wss://")
    assert {"payload", "multipart", "files"} <= set(inspect.signature(AsyncWebhookAdapter.request).parameters)
    assert {"files", "form"} <= set(inspect.signature(client.http.request).parameters)
    assert Route("POST", "/x", webhook_id=1, webhook_token="t").webhook_token == "t"
