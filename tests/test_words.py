"""Words: every catalogue says all that the code says, fits where it stands, and a conversation in German is German."""

import ast
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from babel.core import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from adapters.discord.commands import registered
from adapters.discord.dialect import DiscordMarkdown
from bot.actions import App
from bot.features import find_features
from bot.text import WORDS, Reader, count, languages, say, write
from bot.words.__main__ import TEMPLATE, main, path_of, read, translations, written
from bot.words.extract import NOT_FOR_MEMBERS, ROOT, SENTENCES, SOURCES, Reading, extract
from tests.world import World

TRANSLATED = [language for language in languages() if language != "en"]
VALUE = re.compile(r"\{(\w+)\}")
LIMIT = re.compile(r"at most (\d+) characters")
DISCORD_NAME = re.compile(r"[-_\w]{1,32}")

in_each_language = pytest.mark.parametrize("language", TRANSLATED)


def sentences(language: str) -> list[Message]:
    return [message for message in read(path_of(language), language) if message.id]


def english_of(message: Message) -> str:
    """The sentence, or its plural, which has every value."""
    return message.id if isinstance(message.id, str) else str(message.id[1])


def values(text: str) -> set[str]:
    return set(VALUE.findall(text)) - {"n"}  # a language may say "one person" without a number


# Catalogues.


def test_the_template_has_what_the_code_says() -> None:
    assert (WORDS / TEMPLATE).read_text("utf-8") == written(extract()), "run python3 dev.py words"


@in_each_language
def test_a_catalogue_follows_the_template(language: str) -> None:
    catalogue = read(path_of(language), language)
    catalogue.update(extract())

    assert path_of(language).read_text("utf-8") == written(catalogue), "run python3 dev.py words"


@in_each_language
def test_nothing_is_left_in_english_or_unsure(language: str) -> None:
    missing = [m.id for m in sentences(language) if not all(translations(m))]
    unsure = [m.id for m in sentences(language) if m.fuzzy]

    assert sentences(language)
    assert (missing, unsure) == ([], [])


@in_each_language
def test_translations_have_the_values_and_the_markup_of_the_english(language: str) -> None:
    wrong = [
        text
        for message in sentences(language)
        for text in translations(message)
        if values(text) != values(english_of(message))
        or any(text.count(mark) != english_of(message).count(mark) for mark in ("**", "`"))
    ]

    assert wrong == []


@in_each_language
def test_only_sentences_that_count_have_a_number_of_their_own(language: str) -> None:
    wrong = [m.id for m in sentences(language) if not m.pluralizable for t in translations(m) if invents_n(t, m)]

    assert wrong == []


def invents_n(text: str, message: Message) -> bool:
    return ("{n}" in text) != ("{n}" in english_of(message))


@in_each_language
def test_plurals_are_those_of_the_language(language: str) -> None:
    right = Catalog(Locale.parse(language))
    header = f'"Plural-Forms: {right.plural_forms}\\n"'

    assert header in path_of(language).read_text("utf-8")
    assert {len(translations(m)) for m in sentences(language) if m.pluralizable} == {right.num_plurals}


@in_each_language
def test_translations_fit_where_they_stand(language: str) -> None:
    long = [
        text
        for message in sentences(language)
        for most in LIMIT.findall(" ".join(message.auto_comments))
        for text in translations(message)
        if len(VALUE.sub("", text)) > int(most)
    ]

    assert long == []


# Collecting.


def test_sentences_are_found_wherever_they_stand() -> None:
    source = """
LATE = "Too late."
WORDS = {"a": "First.", "b": "Second."}

def answer(turn, x, label=None):
    other = "Unused."
    text = "Come in." if x else "Stay out."
    if x:
        raise Refuse(LATE, field="when")
    # Translators: said to newcomers
    say(text), say(WORDS[x]), say("{name}: {value}"), room.say("Not ours."), say(x.template)
    count("{n} vote", "{n} votes", x)
    return Button(label or say("Go on"), link)
"""
    found = Catalog()
    Reading("a.py", source, found)

    said = {message.id: message.auto_comments for message in found if message.id}
    assert set(said) == {
        "Too late.",
        "Come in.",
        "Stay out.",
        "First.",
        "Second.",
        "Go on",
        ("{n} vote", "{n} votes"),
    }
    assert said["Come in."] == ["said to newcomers"]
    assert said["Go on"] == ["A button: at most 75 characters."]


def test_no_sentence_is_put_together_where_translators_cannot_see_it() -> None:
    paths = [path for folder in SOURCES for path in (ROOT / folder).rglob("*.py")]
    names = {path.relative_to(ROOT).as_posix(): path for path in paths}
    hidden = [
        f"{name}:{call.lineno}"
        for name, path in names.items()
        if not name.startswith(NOT_FOR_MEMBERS)
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in SENTENCES
        for text in call.args[: SENTENCES[call.func.id]]
        if isinstance(text, ast.JoinedStr | ast.BinOp)
    ]

    assert paths
    assert hidden == []


def test_a_changed_sentence_is_kept_for_a_second_look() -> None:
    before, after = Catalog("de"), Catalog()
    before.add("Your question is out. It closes {at}.", "Deine Frage ist gestellt. Sie endet am {at}.")
    after.add("Your question is out. It closes at {at}.")
    before.update(after)

    [message] = [m for m in read_po(BytesIO(written(before).encode())) if m.id]
    assert message.fuzzy
    assert message.string == "Deine Frage ist gestellt. Sie endet am {at}."


def test_a_new_language_begins_with_every_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["pl"], tmp_path)

    begun = path_of("pl", tmp_path).read_text("utf-8")
    assert "nplurals=3" in begun
    assert begun.count('\nmsgid "') == (tmp_path / TEMPLATE).read_text("utf-8").count('\nmsgid "')
    assert re.match(r"pl: (\d+) sentences, \1 to translate, 0 to look at again", capsys.readouterr().out)


# Reading.


@pytest.mark.parametrize("locale", ["de", "de-AT", "de_CH", "de-1996-x"])
def test_a_variety_of_a_language_is_served_by_the_language(locale: str) -> None:
    assert write(say("Welcome, {name}.", name="Ana"), Reader(locale)) == "Willkommen, Ana."


@pytest.mark.parametrize("locale", ["xx", "", "en-GB", "../words/de", "de/", "\0", "deutsch"])
def test_an_unknown_language_is_english(locale: str) -> None:
    assert write(say("Welcome, {name}.", name="Ana"), Reader(locale)) == "Welcome, Ana."


def test_a_sentence_without_a_translation_is_english() -> None:
    assert write(say("Nobody knows this {thing}.", thing="word"), Reader("de")) == "Nobody knows this word."
    assert write(count("{n} gnu", "{n} gnus", 2), Reader("de")) == "2 gnus"


# A conversation.


def test_a_newcomer_is_welcomed_in_german(world: World) -> None:
    ben = world.person("ben", locale="de")
    ben.arrives()

    [dm] = ben.dms
    assert "Willkommen, Ben." in dm.text
    assert "Du bekommst das, weil du in diesen Chat gekommen bist." in dm.text
    assert dm.buttons == ["Was ein Beitritt bedeutet", "Abschalten"]


def test_joining_counts_in_german(world: World) -> None:
    world.member("ana")
    ben, eve = world.person("ben", locale="de-AT"), world.person("eve", locale="de")
    card = ben.uses("join")

    assert "Bisher 1 Mitglied." in card.text
    assert card.buttons == ["Beitreten", "Erst eine Frage", "Jetzt nicht"]
    assert "Du bist dabei, Ben." in card.clicks("Join").text
    assert "Bisher 2 Mitglieder." in eve.uses("join").text


def test_a_german_member_sees_german_dates_and_refusals(world: World) -> None:
    ben = world.member("ben")
    ben.uses("settings language", language="Deutsch")

    assert "Nenne einen Tag von morgen bis in einem Jahr" in ben.uses("pause", until="2026-01-01").text
    assert "**Bis**" not in ben.uses("pause", until="2026-01-01").text
    assert "Bis: Nenne" in ben.uses("pause", until="2026-01-01").text
    assert "Bis Dienstag, 10. März 2026 bekommst du keine Nachrichten." in ben.uses("pause", until="2026-03-10").text


def test_a_form_in_german_has_a_german_title(world: World) -> None:
    ben = world.member("ben")
    ben.uses("settings language", language="german")

    form = ben.uses("settings quiet").form
    assert write(form.title, Reader("de")) == "Ruhezeiten"
    assert [write(say(field.label), Reader("de")) for field in form.fields] == ["Von", "Bis"]


def test_one_community_is_read_in_two_languages(world: World) -> None:
    ana, ben = world.member("ana"), world.member("ben")
    ben.uses("settings language", language="de")

    assert "Nothing needs you." in ana.uses("me").text
    assert "Nichts wartet auf dich." in ben.uses("me").text


# What people type on Discord.


def commands() -> list[dict[str, Any]]:
    return registered(App(find_features()))


def everything(named: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Commands with their subcommands and options."""
    for one in named:
        yield one
        yield from everything(one.get("options", []))


def test_discord_is_told_german_names_and_descriptions() -> None:
    [poll] = [command for command in commands() if command["name"] == "poll"]
    [create] = [command for command in poll["options"] if command["name"] == "create"]

    assert poll["name_localizations"]["de"] == "umfrage"
    assert create["name_localizations"]["de"] == "erstellen"
    assert create["description_localizations"]["de"] == "Der Community eine Frage stellen"


@in_each_language
def test_names_are_names_that_discord_takes(language: str) -> None:
    names = [translations(message)[0] for message in sentences(language) if message.context]

    assert names
    assert [name for name in names if not DISCORD_NAME.fullmatch(name) or name != name.lower()] == []


@in_each_language
def test_no_two_names_side_by_side_are_the_same(language: str) -> None:
    def called(one: dict[str, Any]) -> str:
        return str(one["name_localizations"].get(language, one["name"]))

    beside = [commands(), *(one["options"] for one in everything(commands()) if one.get("options"))]
    twice = [names for names in ([called(one) for one in side] for side in beside) if len({*names}) < len(names)]

    assert twice == []


def test_descriptions_on_discord_are_whole() -> None:
    told = [one["description_localizations"].get("de", "") for one in everything(commands()) if "description" in one]

    assert all(told)
    assert [text for text in told if len(text) > 100 or text.endswith("…")] == []


def test_a_reply_names_a_command_as_the_persons_discord_does() -> None:
    assert DiscordMarkdown({"me": "me show"}, "de").command("me") == "`/ich zeigen`"
    assert DiscordMarkdown({}, "fr").command("group leave") == "`/group leave`"
