"""The simulated Discord, proved with the real discord.py: commands, buttons, menus, forms and their answers."""

from typing import Any

import discord
import pytest
from discord import ui

from tests.discord.interactions import Interaction
from tests.discord.messages import Message
from tests.discord.options import Choice
from tests.discord.people import Person
from tests.discord.server import DiscordServer
from tests.discord.shapes import Json
from tests.discord.trial_bot import TrialBot

COMMANDS: list[Json] = [
    {
        "name": "poll",
        "description": "Polls",
        "options": [
            {
                "type": 1,
                "name": "create",
                "description": "Ask",
                "options": [
                    {"type": 3, "name": "question", "description": "What?", "required": True, "max_length": 20},
                    {"type": 4, "name": "hours", "description": "How long?", "min_value": 1},
                    {"type": 6, "name": "to", "description": "Whom?"},
                    {"type": 3, "name": "mode", "description": "How?", "choices": [{"name": "Open", "value": "o"}]},
                ],
            },
            {
                "type": 1,
                "name": "close",
                "description": "End",
                "options": [{"type": 3, "name": "poll", "description": "Which?", "autocomplete": True}],
            },
        ],
    },
    {"name": "steward", "description": "For few", "default_member_permissions": "32", "contexts": [0]},
    {"name": "Save to library", "type": 3},
    {"name": "Introduce", "type": 2},
]


@pytest.fixture
async def ana(discord_server: DiscordServer, trial_bot: TrialBot) -> Person:
    await trial_bot.calls("PUT", f"/applications/{discord_server.application_id}/commands", COMMANDS)
    return discord_server.guilds[0].person("Ana")


class Question(ui.Modal, title="A question"):
    words: ui.Label["Question"] = ui.Label(text="Your words", component=ui.TextInput(custom_id="words", max_length=10))
    kind: ui.Label["Question"] = ui.Label(
        text="Kind",
        component=ui.Select(
            custom_id="kind",
            options=[discord.SelectOption(label="Big", value="b"), discord.SelectOption(label="Small", value="s")],
        ),
    )


def card(text: str, *labels: str) -> ui.LayoutView:
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.TextDisplay(text))
    row: ui.ActionRow[ui.LayoutView] = ui.ActionRow()
    for label in labels:
        row.add_item(ui.Button(label=label, custom_id=f"press:{label}"))
    if labels:
        view.add_item(row)
    view.stop()
    return view


def data_of(interaction: discord.Interaction) -> Json:
    assert interaction.data is not None
    return dict(interaction.data)


async def posted(server: DiscordServer, bot: TrialBot, view: ui.LayoutView) -> Message:
    general = server.guilds[0].channel("general")
    await bot.get_partial_messageable(int(general.id)).send(view=view)
    return await general.arrives()


async def test_a_slash_command_is_resolved_by_what_was_registered(trial_bot: TrialBot, ana: Person) -> None:
    ben = ana.guild.person("Ben")
    seen: list[Json] = []

    async def answer(interaction: discord.Interaction) -> None:
        seen.append(data_of(interaction))
        await interaction.response.send_message(view=card("Lunch?", "Pizza", "Sushi"))

    trial_bot.answer = answer
    said = await ana.command("poll create", in_="announcements", question="Lunch?", hours=3, to=ben, mode="Open")

    options = {option["name"]: option["value"] for option in seen[0]["options"][0]["options"]}
    assert options == {"question": "Lunch?", "hours": 3, "to": ben.id, "mode": "o"}
    assert ben.id in seen[0]["resolved"]["members"]
    assert said.message is not None
    assert (said.kind, said.text, said.message.buttons) == ("message", "Lunch?", ["Pizza", "Sushi"])
    assert ana.guild.channel("announcements").messages == [said.message]


@pytest.mark.parametrize(
    "path,given",
    [
        ("poll open", {}),
        ("poll", {}),
        ("vote", {}),
        ("poll create", {}),
        ("poll create", {"question": "Lunch?", "colour": "red"}),
        ("poll create", {"question": 3}),
        ("poll create", {"question": "A question that is too long"}),
        ("poll create", {"question": "Lunch?", "hours": 0}),
        ("poll create", {"question": "Lunch?", "mode": "Secret"}),
        ("poll create", {"question": "Lunch?", "to": "Ben"}),
        ("steward", {}),
    ],
)
async def test_what_a_person_cannot_type_fails_the_test(ana: Person, path: str, given: dict[str, Any]) -> None:
    with pytest.raises(AssertionError):
        await ana.command(path, **given)


async def test_commands_keep_to_their_place_and_their_people(
    discord_server: DiscordServer, trial_bot: TrialBot, ana: Person
) -> None:
    olga = discord_server.guilds[0].person("Olga", admin=True)

    async def answer(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("Yes", ephemeral=True)

    trial_bot.answer = answer
    said = await olga.command("steward")
    with pytest.raises(AssertionError):
        await olga.command("steward", in_="dm")

    assert said.ephemeral
    assert [message.text for message in olga.private] == ["Yes"]
    assert ana.private == []


async def test_an_option_completes_itself(trial_bot: TrialBot, ana: Person) -> None:
    async def answer(interaction: discord.Interaction) -> None:
        typed = data_of(interaction)["options"][0]["options"][0]["value"]
        choices = [discord.app_commands.Choice(name=f"{typed}ch", value="1")]
        await interaction.response.autocomplete(choices)

    trial_bot.answer = answer
    choices = await ana.types("poll close", option="poll", text="lun")

    assert choices == [Choice("lunch", "1")]


async def test_a_context_menu_brings_the_message_with_its_words(trial_bot: TrialBot, ana: Person) -> None:
    async def answer(interaction: discord.Interaction) -> None:
        data = data_of(interaction)
        message = data["resolved"]["messages"][data["target_id"]]
        await interaction.response.send_message(message["content"], ephemeral=True)

    trial_bot.answer = answer
    said = await ana.message_command("Save to library", ana.says("Worth reading"))

    assert said.text == "Worth reading"


async def test_a_context_menu_brings_the_person(trial_bot: TrialBot, ana: Person) -> None:
    ben = ana.guild.person("Ben")

    async def answer(interaction: discord.Interaction) -> None:
        await interaction.response.send_message(data_of(interaction)["target_id"], ephemeral=True)

    trial_bot.answer = answer
    said = await ana.user_command("Introduce", ben)

    assert said.text == ben.id


async def test_a_button_updates_the_message_it_stands_on(
    discord_server: DiscordServer, trial_bot: TrialBot, ana: Person
) -> None:
    async def answer(interaction: discord.Interaction) -> None:
        await interaction.response.edit_message(view=card(f"{data_of(interaction)['custom_id']} it is"))

    trial_bot.answer = answer
    message = await posted(discord_server, trial_bot, card("Lunch?", "Pizza", "Sushi"))
    said = await ana.click(message, "Pizza")

    assert (said.kind, said.message) == ("update", message)
    assert (message.text, message.buttons, message.edits) == ("press:Pizza it is", [], 1)


async def test_only_what_is_on_the_screen_can_be_pressed(
    discord_server: DiscordServer, trial_bot: TrialBot, ana: Person
) -> None:
    general = ana.guild.channel("general")
    row = [
        {"type": 2, "style": 5, "label": "Link", "url": "https://example.org"},
        {"type": 2, "style": 1, "label": "Off", "custom_id": "off", "disabled": True},
    ]
    body = {"content": "Look", "components": [{"type": 1, "components": row}]}
    await trial_bot.calls("POST", f"/channels/{general.id}/messages", body)
    message = await general.arrives()

    for label in ("Link", "Off", "Nothing"):
        with pytest.raises(AssertionError):
            await ana.click(message, label)


async def test_a_menu_sends_what_was_chosen(discord_server: DiscordServer, trial_bot: TrialBot, ana: Person) -> None:
    async def answer(interaction: discord.Interaction) -> None:
        await interaction.response.send_message(str(data_of(interaction)["values"]), ephemeral=True)

    view = card("Choose")
    row: ui.ActionRow[ui.LayoutView] = ui.ActionRow()
    options = [discord.SelectOption(label=label, value=label.lower()) for label in ("Red", "Blue", "Green")]
    row.add_item(ui.Select(custom_id="colours", placeholder="Colours", max_values=2, options=options))
    view.add_item(row)
    people: ui.ActionRow[ui.LayoutView] = ui.ActionRow()
    people.add_item(ui.UserSelect(custom_id="people", placeholder="People"))
    view.add_item(people)
    trial_bot.answer = answer
    message = await posted(discord_server, trial_bot, view)
    said = await ana.selects(message, "Colours", ["Red", "blue"])
    who = await ana.selects(message, "people", [ana])

    assert (said.text, who.text) == ("['red', 'blue']", f"['{ana.id}']")
    for wrong in (["Pink"], [], ["Red", "Blue", "Green"]):
        with pytest.raises(AssertionError):
            await ana.selects(message, "Colours", list(wrong))
    assert len(message.menus) == 2


async def test_a_form_is_opened_filled_in_and_answered(
    discord_server: DiscordServer, trial_bot: TrialBot, ana: Person
) -> None:
    async def answer(interaction: discord.Interaction) -> None:
        if interaction.type is not discord.InteractionType.modal_submit:
            form = Question(timeout=60)
            await interaction.response.send_modal(form)
            form.stop()
            return
        fields = [label["component"] for label in data_of(interaction)["components"]]
        await interaction.response.edit_message(view=card(f"{fields[0]['value']} {fields[1]['values']}"))

    trial_bot.answer = answer
    message = await posted(discord_server, trial_bot, card("Ask", "Ask"))
    opened = await ana.click(message, "Ask")
    assert opened.modal is not None
    for wrong in ({"Kind": "Big"}, {"words": "Far too long for it", "Kind": "Big"}, {"words": "Hi", "Kind": "Huge"}):
        with pytest.raises(AssertionError):
            await ana.submits(opened.modal, dict(wrong))
    said = await ana.submits(opened.modal, {"Your words": "Hello"}, kind="Small")

    assert (opened.kind, opened.modal.title, opened.modal.labels) == ("modal", "A question", ["Your words", "Kind"])
    assert (said.kind, message.text) == ("update", "Hello ['s']")


@pytest.mark.parametrize("by_follow_up", [True, False])
async def test_a_deferred_answer_is_completed_later(trial_bot: TrialBot, ana: Person, by_follow_up: bool) -> None:
    async def answer(interaction: discord.Interaction) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        if by_follow_up:
            await interaction.followup.send("Done")
        else:
            await interaction.edit_original_response(content="Done")
        await interaction.followup.send("And more", ephemeral=True)

    trial_bot.answer = answer
    said = await (await ana.command("poll create", question="Lunch?")).final()
    more = await ana.server.requested("POST /webhooks/*/*", times=2 if by_follow_up else 1)

    assert more.status == 200
    assert (said.kind, said.ephemeral, said.text) == ("defer", True, "Done\nAnd more")
    assert [message.text for message in ana.private] == ["Done", "And more"]


async def test_a_deferred_update_is_completed_by_an_edit(
    discord_server: DiscordServer, trial_bot: TrialBot, ana: Person
) -> None:
    async def answer(interaction: discord.Interaction) -> None:
        await interaction.response.defer()
        await interaction.edit_original_response(view=card("Changed"))

    trial_bot.answer = answer
    message = await posted(discord_server, trial_bot, card("Old", "Change"))
    said = await (await ana.click(message, "Change")).final()

    assert (said.kind, message.text) == ("defer_update", "Changed")


async def test_an_interaction_is_answered_once(trial_bot: TrialBot, ana: Person) -> None:
    async def answer(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("One")
        interaction.response._response_type = None
        await interaction.response.send_message("Two")

    trial_bot.answer = answer
    said = await ana.command("poll create", question="Lunch?")
    await trial_bot.hears("refused 40060")

    assert said.text == "One"


async def test_an_answer_after_three_seconds_is_lost(trial_bot: TrialBot, ana: Person) -> None:
    async def answer(interaction: discord.Interaction) -> None:
        ana.server.clock.pass_time(seconds=4)
        await interaction.response.send_message("Late")

    trial_bot.answer = answer
    said = await ana.command("poll create", question="Lunch?")
    await trial_bot.hears("refused 10062")

    assert (said.kind, said.text) == ("failed", "")


async def test_a_token_lives_for_fifteen_minutes(trial_bot: TrialBot, ana: Person) -> None:
    async def answer(interaction: discord.Interaction) -> None:
        await interaction.response.defer(thinking=True)
        ana.server.clock.pass_time(minutes=16)
        await interaction.followup.send("Late")

    trial_bot.answer = answer
    said = await ana.command("poll create", question="Lunch?")
    await trial_bot.hears("refused 10015")

    assert (said.waiting, said.text) == (True, "")


async def test_nobody_presses_a_button_that_only_another_person_sees(trial_bot: TrialBot, ana: Person) -> None:
    async def answer(interaction: discord.Interaction) -> None:
        await interaction.response.send_message(view=card("For you", "Go"), ephemeral=True)

    trial_bot.answer = answer
    said = await ana.command("poll create", question="Lunch?")
    again = await ana.click(said.message, "Go") if said.message else None

    assert isinstance(again, Interaction)
    with pytest.raises(AssertionError):
        await ana.guild.person("Ben").click(said.message, "Go") if said.message else None


async def test_interactions_work_in_direct_messages(trial_bot: TrialBot, ana: Person) -> None:
    async def answer(interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"{interaction.user.display_name} {interaction.guild_id}")

    trial_bot.answer = answer
    said = await ana.command("poll create", in_="dm", question="Lunch?")

    assert said.text == "Ana None"
    assert await ana.dm_arrives(lambda message: "Ana" in message.text) is said.message


async def test_unchanged_commands_keep_their_ids_and_vanished_ones_are_gone(
    discord_server: DiscordServer, trial_bot: TrialBot, ana: Person
) -> None:
    before = {command["name"]: command["id"] for command in discord_server.commands[None]}

    path = f"/applications/{discord_server.application_id}/commands"
    await trial_bot.calls("PUT", path, COMMANDS[:1])

    assert [(one["name"], one["id"]) for one in discord_server.commands[None]] == [("poll", before["poll"])]
    assert discord_server.commands_created[None] == len(COMMANDS)
