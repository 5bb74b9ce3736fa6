"""Commands as Discord registers them, and payloads as the core gets them."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import pytest

from adapters.discord.commands import names_on_discord, registered, same, valid_name
from adapters.discord.decode import Seat, decode, typing
from adapters.discord.invite import invite_link
from adapters.discord.marks import menu_mark
from bot import text
from bot.actions import App, Feature, Opt
from bot.calls import Turn
from bot.effects import Effect
from bot.text import ChannelRef, say
from storage.people import Member
from tests.discord.check_commands import check_commands
from tests.discord.problems import Findings
from tests.discord.shapes import Json

toys = Feature("toys", say("Toys to play with"))
MANY = Literal[
    "a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "a9", "b1", "b2", "b3", "b4", "b5", "b6", "b7", "b8", "b9", "c1",
    "c2", "c3", "c4", "c5", "c6", "c7", "c8", "c9",
]  # fmt: skip


@toys.action("Show your toys", command="toy", reads=True)
def mine(turn: Turn) -> list[Effect]:
    return []


@toys.action("Make a toy", command="toy make")
def make(
    turn: Turn,
    *,
    name: Annotated[str, Opt("What is it called?", min=2, max=20)],
    size: Annotated[int, Opt("How big?", min=1, max=9)] = 1,
    weight: Annotated[float, Opt("How heavy?")] = 1.0,
    soft: Annotated[bool, Opt("Soft?")] = False,
    colour: Annotated[Literal["red", "blue"], Opt("Which colour?")] = "red",
    kind: Annotated[MANY, Opt("Which kind?")] = "a1",
    owner: Annotated[Member | None, Opt("Whose?")] = None,
    channel: Annotated[ChannelRef | None, Opt("Where?")] = None,
    when: Annotated[datetime | None, Opt("When?")] = None,
    parts: Annotated[list[str] | None, Opt("Which parts?", max=9)] = None,
) -> list[Effect]:
    return []


@toys.action("Alone", command="alone")
def alone(turn: Turn) -> list[Effect]:
    return []


@toys.action("Keep", message="Keep this, and a title of more than thirty-two")
def keep(turn: Turn) -> list[Effect]:
    return []


@toys.action()
def paint(
    turn: Turn, toy: str, *, colours: Annotated[list[str], Opt("Which?")], coats: Annotated[int, Opt("How many?")] = 1
) -> list[Effect]:
    return []


APP = App([toys])
ANA: Json = {"id": "11", "username": "ana", "global_name": "Ana"}
BASE: Json = {
    "id": "900",
    "channel_id": "5",
    "guild_id": "7",
    "locale": "de",
    "member": {"user": ANA, "nick": "Ana K.", "permissions": "32"},
}


def test_commands_are_grouped_by_their_first_word_and_fit() -> None:
    find = Findings()
    commands = registered(APP)

    check_commands(find, commands)

    assert find.lines() == []
    toy, only, message = commands
    assert [o["name"] for o in toy["options"]] == ["show", "make"]
    assert toy["description"] == "Toys to play with"
    assert (only["name"], only["options"]) == ("alone", [])
    assert (message["type"], message["name"]) == (3, "Keep this, and a title of more …")
    assert names_on_discord(APP) == {"toy": "toy show"}


def test_options_have_the_types_and_bounds_of_the_signature() -> None:
    options = {o["name"]: o for o in registered(APP)[0]["options"][1]["options"]}

    assert {name: o["type"] for name, o in options.items()} == {
        "name": 3, "size": 4, "weight": 10, "soft": 5, "colour": 3, "kind": 3, "owner": 6, "channel": 7,
        "when": 3, "parts": 3,
    }  # fmt: skip
    assert (options["name"]["min_length"], options["name"]["max_length"]) == (2, 20)
    assert (options["size"]["min_value"], options["size"]["max_value"]) == (1, 9)
    assert [c["value"] for c in options["colour"]["choices"]] == ["red", "blue"]
    assert "choices" not in options["kind"]
    assert [name for name, o in options.items() if o.get("autocomplete")] == ["kind", "when"]
    assert not any(o.get("required") for o in options.values())


def test_what_discord_adds_is_no_difference_and_what_somebody_changed_is_one() -> None:
    ours = registered(APP)
    extra = {"id": "1", "version": "2", "nsfw": False, "default_member_permissions": None}
    theirs = [one | extra | {"name_localizations": None} for one in reversed(ours)]

    assert same(ours, theirs)
    assert not same(ours, theirs[1:])
    assert not same(ours, [theirs[0] | {"description": "other"}, *theirs[1:]])


def test_words_are_localised_where_a_catalogue_has_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    entries = {"Make a toy": "Mach ein Spielzeug", "red": "rot"}
    names = {"make": "bauen", "toy": "Das Spielzeug"}
    lines = ['msgid ""', 'msgstr "Content-Type: text/plain; charset=utf-8\\n"', ""]
    for english, german in entries.items():
        lines += [f'msgid "{english}"', f'msgstr "{german}"', ""]
    for english, german in names.items():
        lines += ['msgctxt "name"', f'msgid "{english}"', f'msgstr "{german}"', ""]
    (folder / "messages.po").write_text("\n".join(lines))
    monkeypatch.setattr(text, "WORDS", tmp_path)
    text.catalogue.cache_clear()
    text.languages.cache_clear()
    try:
        toy = registered(APP)[0]
    finally:
        text.catalogue.cache_clear()
        text.languages.cache_clear()

    make_it = toy["options"][1]
    assert make_it["name_localizations"] == {"de": "bauen"}
    assert make_it["description_localizations"] == {"de": "Mach ein Spielzeug"}
    assert toy["name_localizations"] == {}  # no name that Discord would take
    assert make_it["options"][4]["choices"][0]["name_localizations"] == {"de": "rot"}


@pytest.mark.parametrize("name, valid", [("poll", True), ("größe", True), ("Poll", False), ("a b", False), ("", False)])
def test_names_of_commands_are_lower_case_words(name: str, *, valid: bool) -> None:
    assert valid_name(name) is valid


def test_a_command_becomes_a_call_with_its_answers() -> None:
    options = [{"type": 3, "name": "name", "value": "bear"}, {"type": 6, "name": "owner", "value": "12"}]
    data = {
        "name": "toy",
        "type": 1,
        "options": [{"type": 1, "name": "make", "options": options}],
        "resolved": {
            "users": {"12": {"id": "12", "username": "ben"}, "13": {"id": "13", "username": "bot", "bot": True}},
            "members": {"12": {"nick": "Ben"}},
        },
    }

    call = decode(BASE | {"type": 2, "data": data}, APP)

    assert str(call.link) == "toys.make"
    assert call.answers == {"name": "bear", "owner": "12"}
    assert call.people == {"12": "Ben"}
    assert (call.account.space, call.account.user, call.account.name) == ("7", "11", "Ana K.")
    assert (call.account.locale, call.account.admin) == ("de", True)
    assert (call.spot.channel, call.spot.private, call.key, call.form_size) == ("5", False, "discord:900", 5)


@pytest.mark.parametrize(
    "data, link",
    [
        ({"name": "toy", "options": [{"type": 1, "name": "show"}]}, "toys.mine"),
        ({"name": "alone"}, "toys.alone"),
        ({"name": "gone", "options": [{"type": 1, "name": "away"}]}, "gone away"),
    ],
)
def test_every_command_leads_somewhere(data: Json, link: str) -> None:
    assert str(decode(BASE | {"type": 2, "data": data}, APP).link) == link


def test_a_menu_answers_the_field_on_its_mark() -> None:
    data = {"custom_id": "toys.paint:x", "component_type": 3, "values": ["3"]}

    for field, place in (("colours", 1), ("coats", 2)):
        call = decode(BASE | {"type": 3, "data": data | {"id": menu_mark(field, place)}}, APP)
        assert call.answers == {field: ["3"]}


def test_a_form_brings_texts_and_choices() -> None:
    components = [
        {"type": 10, "id": 1},
        {"type": 18, "id": 2, "component": {"type": 4, "custom_id": "name", "value": "bear"}},
        {"type": 18, "id": 3, "component": {"type": 3, "custom_id": "colour", "values": ["red"]}},
        {"type": 18, "id": 4, "component": {"type": 5, "custom_id": "owner", "values": []}},
    ]

    call = decode(BASE | {"type": 5, "data": {"custom_id": "toys.make", "components": components}}, APP)

    assert call.submitted
    assert call.answers == {"name": "bear", "colour": ["red"], "owner": []}


def test_who_writes_directly_has_the_seat_that_was_found_for_them() -> None:
    payload = {"id": "1", "type": 2, "channel_id": "5", "user": ANA, "locale": "en-US", "data": {"name": "alone"}}

    call = decode(payload, APP, Seat("7", "Ana K.", admin=True))

    assert (call.account.space, call.account.user, call.account.name, call.account.admin) == ("7", "11", "Ana K.", True)
    assert call.spot.private


def test_typing_names_the_field_and_keeps_the_other_answers() -> None:
    options = [
        {"type": 3, "name": "name", "value": "bear"},
        {"type": 3, "name": "when", "value": "tom", "focused": True},
    ]
    data = {"name": "toy", "type": 1, "options": [{"type": 1, "name": "make", "options": options}]}

    asked = typing(BASE | {"type": 4, "data": data}, APP)

    assert (asked.field, asked.typed, asked.call.answers) == ("when", "tom", {"name": "bear"})


def test_the_invite_asks_for_little() -> None:
    link = invite_link("42")

    assert link.startswith(
        "https://discord.com/oauth2/authorize?client_id=42&scope=bot+applications.commands&permissions="
    )
    permissions = int(link.rsplit("=", 1)[1])
    assert not permissions & (
        1 << 3 | 1 << 5 | 1 << 1 | 1 << 2 | 1 << 13 | 1 << 17
    )  # admin, guild, kick, ban, delete, ping
