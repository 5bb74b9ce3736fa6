"""What people do on Discord, from command to answer: the real discord.py, the real engine, a Discord of our own."""

from collections.abc import Iterator

import pytest

from tests.discord.adapter_bot import AdapterBot
from tests.discord.guilds import Guild
from tests.discord.people import Person
from tests.discord.server import DiscordServer
from tests.discord.toys import held


@pytest.fixture
def guild(adapter_bot: AdapterBot, discord_server: DiscordServer) -> Guild:
    return discord_server.guilds[0]


@pytest.fixture
def ana(guild: Guild) -> Person:
    return guild.person("Ana")


@pytest.fixture
def slow() -> Iterator[None]:
    held.clear()
    yield
    held.set()


async def test_a_command_with_its_answers_posts_a_card(guild: Guild, ana: Person) -> None:
    ben = guild.person("Ben")

    answer = await ana.command(
        "toy make", name="bear", colour="blue", size=3, soft=True, owner=ben, parts="nose, ear", ready="friday 17:00"
    )

    assert answer.kind == "message"
    assert answer.ephemeral
    assert answer.text == "Made bear."
    posted = await guild.channel("general").arrives()
    assert posted.text == "### bear\n**0** votes\n-# blue 3 soft Ben nose+ear"
    assert posted.buttons == ["Vote", "Rename"]


async def test_what_is_missing_is_asked_for_in_a_form_and_the_rest_on_a_second_page(guild: Guild, ana: Person) -> None:
    answer = await ana.command("toy make", colour="blue")

    assert answer.kind == "modal"
    assert answer.modal is not None
    assert answer.modal.title == "Toy make (1/2)"
    assert answer.modal.labels == ["Name", "Colour", "Size", "Soft", "Owner"]

    more = await ana.submits(answer.modal, Name="bear", Size="4", Soft="Yes", Owner=ana)
    assert more.text == "Kept so far. Part 2 of 2 is next."

    assert more.message is not None
    second = await ana.click(more.message, "Continue")
    assert second.modal is not None
    assert second.modal.title == "Toy make (2/2)"
    done = await ana.submits(second.modal, Parts="nose\near")
    assert done.text == "Made bear."
    posted = await guild.channel("general").arrives()
    assert "blue 4 soft Ana nose+ear" in posted.text


async def test_a_refused_form_opens_again_with_everything_that_was_typed(ana: Person) -> None:
    refused = await ana.command("toy make", name="bomb", size=5)

    assert "No bombs, please." in refused.text
    assert refused.message is not None
    again = await ana.click(refused.message, "Open the form again")
    assert again.modal is not None
    assert again.modal.values["Name"] == "bomb"
    assert again.modal.values["Size"] == "5"


async def test_a_button_changes_the_card_where_it_stands(guild: Guild, ana: Person) -> None:
    await ana.command("toy make", name="bear")
    posted = await guild.channel("general").arrives()

    pressed = await ana.click(posted, "Vote")

    assert pressed.kind == "defer_update"
    await guild.channel("general").arrives(lambda m: "**1** vote" in m.text)
    assert len(guild.channel("general").messages) == 1


async def test_a_button_of_before_a_restart_still_works(adapter_bot: AdapterBot, guild: Guild, ana: Person) -> None:
    await ana.command("toy make", name="bear")
    posted = await guild.channel("general").arrives()
    form = await ana.click(posted, "Rename")

    await adapter_bot.restarts()

    await ana.click(posted, "Vote")
    await guild.channel("general").arrives(lambda m: "**1** vote" in m.text)
    assert form.modal is not None
    answer = await ana.submits(form.modal, Name="lion")
    assert answer.text == "It is lion now."


async def test_a_menu_answers_the_field_that_it_is_for(guild: Guild, ana: Person) -> None:
    await ana.command("toy make", name="bear")
    posted = await guild.channel("general").arrives()

    answer = await ana.selects(posted, "Paint it", ["Red", "Blue"])

    assert answer.text == "Painted 1 times with red+blue."
    assert answer.ephemeral


async def test_typing_brings_suggestions(ana: Person) -> None:
    choices = await ana.types("toy make", option="name", text="bea")

    assert [(c.name, c.value) for c in choices] == [("the bear", "bear"), ("the beaver", "beaver")]


async def test_a_time_that_is_typed_is_read_back(ana: Person) -> None:
    [choice] = await ana.types("toy make", option="ready", text="2031-05-01 10:00")

    assert choice.value == "2031-05-01 10:00"
    assert "Thursday 1 May 2031" in choice.name


async def test_a_message_command_knows_the_message_and_its_author(guild: Guild, ana: Person) -> None:
    said = guild.person("Ben").says("Read https://example.org")

    answer = await ana.message_command("Keep this", said)

    url = f"https://discord.com/channels/{guild.id}/{said.channel.id}/{said.id}"
    assert answer.text == f"Ben said “Read https://example.org” at {url}."
    assert answer.ephemeral


@pytest.mark.parametrize(
    "way, kind, text, ephemeral",
    [
        ("private", "message", "For you.", True),
        ("public", "message", "For all.", False),
        ("replace", "update", "Another card.", True),
        ("form", "modal", "Toy rename\nName\nIts new name", False),
        ("nothing", "defer_update", "How?", True),
        ("file", "message", "Your toys", True),
    ],
)
async def test_a_button_is_answered_as_the_handler_says(
    ana: Person, way: str, kind: str, text: str, *, ephemeral: bool
) -> None:
    asked = await ana.command("toy ways")
    assert asked.message is not None

    answer = await ana.click(asked.message, way)

    assert (answer.kind, answer.text, answer.ephemeral) == (kind, text, ephemeral)


async def test_several_answers_come_in_order_and_the_card_is_replaced_first(guild: Guild, ana: Person) -> None:
    asked = await ana.command("toy ways")
    assert asked.message is not None

    answer = await ana.click(asked.message, "many")
    public = await guild.channel("general").arrives()

    assert answer.kind == "update"
    assert public.text == "Two."
    assert answer.text == "New.\nOne.\nTwo."


async def test_a_command_without_an_answer_says_that_it_is_done(ana: Person) -> None:
    answer = await ana.command("toy slow", way="nothing")

    assert answer.text == "Done."
    assert answer.ephemeral


async def test_a_bug_is_answered_with_a_reference(ana: Person, caplog: pytest.LogCaptureFixture) -> None:
    answer = await ana.command("toy make", name="bug")

    assert "Something went wrong on my side" in answer.text
    assert "-# Something is wrong" in answer.text
    reference = answer.text.rsplit("`", 2)[1]
    assert reference in caplog.text


async def test_a_confirmation_is_asked_for(guild: Guild, ana: Person) -> None:
    asked = await ana.command("toy drop")
    assert asked.text == "Drop it?"
    assert asked.message is not None

    done = await ana.click(asked.message, "Go ahead")

    assert done.text == "Dropped."


@pytest.mark.parametrize(
    "way, text, public",
    [("private", "For you.", False), ("public", "For all.", True), ("nothing", "Done.", False)],
)
async def test_a_slow_command_is_deferred_and_then_answered(
    adapter_bot: AdapterBot, ana: Person, slow: None, way: str, text: str, *, public: bool
) -> None:
    await adapter_bot.restarts(defer_after=0.01)

    answer = await ana.command("toy slow", way=way)
    assert answer.kind == "defer"
    held.set()
    await answer.final()

    if public:
        await ana.guild.channel("general").arrives(lambda m: m.text == text)
        assert not [m for m in ana.private if not m.deleted]
    else:
        assert answer.text == text
        assert answer.ephemeral


async def test_a_slow_form_comes_behind_a_button(adapter_bot: AdapterBot, ana: Person, slow: None) -> None:
    await adapter_bot.restarts(defer_after=0.01)

    answer = await ana.command("toy slow", way="form")
    held.set()
    await answer.final()

    assert answer.text == "One more step: Toy rename."
    assert answer.message is not None
    await adapter_bot.restarts()
    form = await ana.click(answer.message, "Open the form")
    assert form.modal is not None
    assert form.modal.values == {"Name": "teddy"}


async def test_a_slow_button_shows_nothing_until_it_is_answered(
    adapter_bot: AdapterBot, ana: Person, slow: None
) -> None:
    await adapter_bot.restarts(defer_after=0.01)
    asked = await (await ana.command("toy ways")).final()
    assert asked.message is not None

    answer = await ana.click(asked.message, "replace")
    assert answer.kind == "defer_update"
    held.set()
    await answer.final()

    assert asked.message.text == "Another card."
