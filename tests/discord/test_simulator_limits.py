"""What the simulated Discord refuses: one example for each rule, through the real discord.py's connection."""

import pytest

from tests.discord.check_commands import check_commands
from tests.discord.check_modals import ModalCheck
from tests.discord.problems import Findings
from tests.discord.server import DiscordServer
from tests.discord.shapes import Json
from tests.discord.trial_bot import TrialBot

V2 = 32768


def button(number: int = 1, **more: object) -> Json:
    return {"type": 2, "style": 2, "label": "Press", "custom_id": f"press:{number}", **more}


def row(*children: Json) -> Json:
    return {"type": 1, "components": list(children)}


def menu(count: int = 2, **more: object) -> Json:
    options = [{"label": f"Option {number}", "value": str(number)} for number in range(count)]
    return {"type": 3, "custom_id": "menu", "options": options, **more}


def text(content: str = "Hello") -> Json:
    return {"type": 10, "content": content}


def v2(*components: Json) -> Json:
    return {"flags": V2, "components": list(components)}


def legacy(*components: Json) -> Json:
    return {"content": "Hello", "components": list(components)}


ACCEPTED: dict[str, Json] = {
    "plain": {"content": "x" * 2000},
    "legacy": legacy(*(row(*(button(5 * y + x) for x in range(5))) for y in range(5))),
    "v2": v2(
        {"type": 17, "accent_color": 0xFFFFFF, "components": [text(), row(button()), {"type": 14}]},
        {"type": 9, "components": [text()], "accessory": button(2)},
        row(menu(25, max_values=25)),
    ),
    "most components": v2(*(text() for _ in range(40))),
    "link": legacy(row({"type": 2, "style": 5, "label": "Go", "url": "https://example.org"})),
    "emoji": legacy(row(button(label=None, emoji={"name": "🎉"}))),
}

REFUSED: dict[str, Json] = {
    "content": {"content": "x" * 2001},
    "nonce": {"content": "Hello", "nonce": "x" * 26},
    "contents": {"contents": "Hello"},
    "allowed_mentions.parse.0": {"content": "Hello", "allowed_mentions": {"parse": ["user"]}},
    "allowed_mentions": {"content": "Hello", "allowed_mentions": {"parse": ["users"], "users": ["1"]}},
    "embeds.0.title": {"embeds": [{"title": "x" * 257}]},
    "embeds": {"embeds": [{"description": "x" * 4000}] * 2},
    "components": legacy(*(row(button(number)) for number in range(6))),
    "components.0.type": legacy(text()),
    "components.0.components": legacy(row(*(button(number) for number in range(6)))),
    "components.0.components.1.custom_id": legacy(row(button(), button())),
    "components.0.components.0.custom_id": legacy(row(button(custom_id="x" * 101))),
    "components.0.components.0.label": legacy(row(button(label="x" * 81))),
    "components.0.components.0": legacy(row(button(label=None))),
    "components.0.components.0.url": legacy(row({"type": 2, "style": 5, "label": "Go", "url": "javascript:x"})),
    "components.0.components.0.options": legacy(row(menu(26))),
    "components.0.components.0.max_values": legacy(row(menu(2, max_values=3))),
    "components.0.components.0.min_values": legacy(row(menu(5, min_values=3, max_values=2))),
    "components.0.components.0.placeholder": legacy(row(menu(placeholder="x" * 151))),
    "components.0.components.0.emoji.name": legacy(row(button(emoji={"name": "tada"}))),
    "components.0.accessory": v2({"type": 9, "components": [text()]}),
    "components.0.components.0.type": v2({"type": 17, "components": [{"type": 17, "components": [text()]}]}),
    "components.0.content": v2(text("")),
    "components.0.items.0.media.url": v2({"type": 12, "items": [{"media": {"url": "attachment://none.png"}}]}),
    "components.0.colour": v2({"type": 17, "components": [text()], "colour": 1}),
}


@pytest.mark.parametrize("body", ACCEPTED.values(), ids=ACCEPTED.keys())
async def test_a_message_within_the_limits_is_sent(
    discord_server: DiscordServer, trial_bot: TrialBot, body: Json
) -> None:
    general = discord_server.guilds[0].channel("general")

    await trial_bot.calls("POST", f"/channels/{general.id}/messages", body)

    assert len(general.messages) == 1


@pytest.mark.parametrize("path,body", REFUSED.items(), ids=REFUSED.keys())
async def test_a_message_beyond_a_limit_is_refused_by_name(
    discord_server: DiscordServer, trial_bot: TrialBot, path: str, body: Json
) -> None:
    general = discord_server.guilds[0].channel("general")

    refused = await trial_bot.refused("POST", f"/channels/{general.id}/messages", body)

    assert refused.code == 50035
    assert f"In {path}:" in str(refused)
    assert f"{path}: " in discord_server.problems[0]
    assert general.messages == []
    discord_server.problems.clear()


TOO_MUCH: dict[str, Json] = {
    "forty components": v2(*({"type": 17, "components": [text()] * 4} for _ in range(9))),
    "4000 characters": v2(text("x" * 2001), text("x" * 2000)),
    "content beside components v2": {"content": "Hello", **v2(text())},
}


@pytest.mark.parametrize("body", TOO_MUCH.values(), ids=TOO_MUCH.keys())
async def test_components_v2_are_counted_together(
    discord_server: DiscordServer, trial_bot: TrialBot, body: Json
) -> None:
    general = discord_server.guilds[0].channel("general")

    refused = await trial_bot.refused("POST", f"/channels/{general.id}/messages", body)

    assert refused.code == 50035
    assert len(discord_server.problems) == 1
    discord_server.problems.clear()


async def test_an_empty_message_is_refused(discord_server: DiscordServer, trial_bot: TrialBot) -> None:
    path = f"/channels/{discord_server.guilds[0].channel('general').id}/messages"

    empty: list[Json] = [{}, {"content": ""}, {"components": []}]
    refused = [await trial_bot.refused("POST", path, body) for body in empty]

    assert {one.code for one in refused} == {50006}


async def test_an_edit_cannot_mix_components_v2_with_text(discord_server: DiscordServer, trial_bot: TrialBot) -> None:
    path = f"/channels/{discord_server.guilds[0].channel('general').id}/messages"
    plain = await trial_bot.calls("POST", path, {"content": "Hello"})
    cards = await trial_bot.calls("POST", path, v2(text()))

    left = await trial_bot.refused("PATCH", f"{path}/{plain['id']}", v2(text()))
    added = await trial_bot.refused("PATCH", f"{path}/{cards['id']}", {"content": "Hello", "flags": 0})
    await trial_bot.calls("PATCH", f"{path}/{plain['id']}", {"content": None, **v2(text())})

    assert (left.code, added.code) == (50035, 50035)
    discord_server.problems.clear()


def label(component: Json, **more: object) -> Json:
    return {"type": 18, "label": "Words", "component": component, **more}


def field(custom_id: str = "words", **more: object) -> Json:
    return {"type": 4, "custom_id": custom_id, "style": 1, **more}


def modal(*components: Json, title: str = "Form") -> Json:
    return {"title": title, "custom_id": "form", "components": list(components)}


MODALS = {
    "data.title": modal(label(field()), title="x" * 46),
    "data.components": modal(*(label(field(str(number))) for number in range(6))),
    "data.components.0.label": modal(label(field(), label="x" * 46)),
    "data.components.0.description": modal(label(field(), description="x" * 101)),
    "data.components.0.component.custom_id": modal(label(field("x" * 101))),
    "data.components.1.component.custom_id": modal(label(field()), label(field())),
    "data.components.0.component.value": modal(label(field(max_length=3, value="Hello"))),
    "data.components.0.component.placeholder": modal(label(field(placeholder="x" * 101))),
    "data.components.0.component.label": modal(label(field(label="Inside"))),
    "data.components.0.component.type": modal(label(text())),
    "data.components.0.type": modal(field()),
    "data.components.0.component.options": modal(label({"type": 21, "custom_id": "one", "options": []})),
}


@pytest.mark.parametrize("path,body", MODALS.items(), ids=MODALS.keys())
def test_a_form_beyond_a_limit_is_found(path: str, body: Json) -> None:
    findings = Findings()

    ModalCheck(findings).modal(body)

    assert [found for found, _, _ in findings.found] == [path]


def test_a_form_within_the_limits_passes() -> None:
    findings = Findings()
    options = [{"label": "One", "value": "1"}, {"label": "Two", "value": "2", "default": True}]
    fields = (label(field()), label(menu()), label({"type": 21, "custom_id": "one", "options": options}))

    ModalCheck(findings).modal(modal(*fields, label({"type": 5, "custom_id": "who"}), text()))

    assert findings.lines() == []


def command(*options: Json, **more: object) -> Json:
    return {"name": "poll", "description": "Polls", "options": list(options), **more}


def option(name: str = "one", **more: object) -> Json:
    return {"type": 3, "name": name, "description": "An option", **more}


CHOICES = [{"name": str(number), "value": str(number)} for number in range(26)]
LONG = [{"name": f"{number:0100}", "value": f"{number:0100}"} for number in range(20)]
COMMANDS = {
    "0.name": [command(name="Poll")],
    "0.description": [command(description="x" * 101)],
    "0.options": [command(*(option(f"o{number}") for number in range(26)))],
    "0.options.0.name": [command(option("two words"))],
    "0.options.1.name": [command(option(), option())],
    "0.options.1.required": [command(option(), option("two", required=True))],
    "0.options.0.choices": [command(option(choices=CHOICES))],
    "0.options.0.choices.0.value": [command(option(choices=[{"name": "One", "value": "x" * 101}]))],
    "0.options.0.autocomplete": [command(option(choices=CHOICES[:1], autocomplete=True))],
    "0.options.0.min_length": [command(option(type=4, min_length=1))],
    "0.options.0.options.0.type": [command(option(type=1, options=[option(type=1)]))],
    "0.name_localizations.xx": [command(name_localizations={"xx": "poll"})],
    "0.name_localizations.de": [command(name_localizations={"de": "Umfrage"})],
    "0.contexts": [command(contexts=[3])],
    "0": [command(*(option(f"o{number}", choices=LONG) for number in range(3)))],
    "1.name": [command(), command()],
    "": [command(name=f"c{number}") for number in range(101)],
}


@pytest.mark.parametrize("path,commands", COMMANDS.items(), ids=COMMANDS.keys())
def test_a_command_beyond_a_limit_is_found(path: str, commands: list[Json]) -> None:
    findings = Findings()

    check_commands(findings, commands)

    assert [found for found, _, _ in findings.found] == [path]


def test_commands_within_the_limits_pass() -> None:
    findings = Findings()
    group = option(type=2, options=[option(type=1, options=[option(required=True), option("zwei-ü")])])
    menus = [{"name": f"Save it {number}", "type": 3} for number in range(15)]

    check_commands(findings, [command(group), command(name="क्या"), *menus])

    assert findings.lines() == []


async def test_commands_are_refused_by_name(discord_server: DiscordServer, trial_bot: TrialBot) -> None:
    path = f"/applications/{discord_server.application_id}/commands"

    refused = await trial_bot.refused("PUT", path, [command(name="Poll")])

    assert (refused.status, refused.code) == (400, 50035)
    assert discord_server.commands == {}
    discord_server.problems.clear()
