"""What people do with a bot, checked as Discord's own client would: only what is on the screen can be used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from tests.discord.check_commands import MESSAGE, USER
from tests.discord.form_filling import fill_form
from tests.discord.interactions import AUTOCOMPLETE, COMMAND, COMPONENT, SUBMIT, Interaction, Modal
from tests.discord.messages import Message, button_label
from tests.discord.options import Choice, Filler, registered
from tests.discord.places import Channel, Role
from tests.discord.shapes import Json, Kind

if TYPE_CHECKING:
    from tests.discord.people import Person


async def finished(interaction: Interaction, *, wait: bool) -> Interaction:
    return await interaction.arrives() if wait else interaction


def place(person: Person, where: str | Channel) -> Channel:
    """The channel somebody means, which they have to see."""
    channel = where
    if isinstance(channel, str):
        channel = person.user.open_dm() if channel == "dm" else person.guild.channel(channel)
    assert person.sees(channel), f"{person} does not see {channel}"
    return channel


def says(person: Person, text: str, where: str | Channel) -> Message:
    message = Message(person.server, place(person, where), person.user, {"content": text})
    message.announce("MESSAGE_CREATE")
    return message


def command(person: Person, path: str, where: str | Channel, given: Mapping[str, object]) -> Interaction:
    channel = place(person, where)
    return Interaction(person, channel, COMMAND, Filler(person).command(path, channel, given, None)).send()


async def types(
    person: Person, path: str, where: str | Channel, option: str, text: str, given: Mapping[str, object]
) -> list[Choice]:
    channel = place(person, where)
    data = Filler(person).command(path, channel, given, (option, text))
    answer = await Interaction(person, channel, AUTOCOMPLETE, data).send().arrives()
    return answer.choices


def message_command(person: Person, name: str, message: Message) -> Interaction:
    on_screen(person, message)
    made = registered(person, name, MESSAGE, message.channel)
    resolved: Json = {"messages": {message.id: message.json(whole=True)}}
    data = {"id": made["id"], "name": name, "type": MESSAGE, "target_id": message.id, "resolved": resolved}
    return Interaction(person, message.channel, COMMAND, data).send()


def user_command(person: Person, name: str, target: Person, where: str | Channel) -> Interaction:
    channel = place(person, where)
    made = registered(person, name, USER, channel)
    filler = Filler(person)
    target_id = filler.entity(target)
    data = {"id": made["id"], "name": name, "type": USER, "target_id": target_id, "resolved": filler.resolved}
    return Interaction(person, channel, COMMAND, data).send()


def on_screen(person: Person, message: Message) -> None:
    assert not message.deleted, f"{message} was deleted"
    assert person.sees(message.channel), f"{person} does not see {message.channel}"
    assert not message.ephemeral or message.seen_by is person.user, f"{message} is not for {person}"


def click(person: Person, message: Message | None, label: str | None, custom_id: str | None) -> Interaction:
    assert message is not None, "there is no message to click on"
    on_screen(person, message)
    buttons = [one for one in message.controls if one["type"] == Kind.BUTTON]
    if custom_id is not None:
        found = [button for button in buttons if button.get("custom_id") == custom_id]
    else:
        found = [button for button in buttons if button_label(button) == label]
    assert found, f"no button {custom_id or label!r} on {message}; there are {message.buttons}"
    assert len(found) == 1, f"{len(found)} buttons are called {label!r}: choose one by custom_id"
    assert found[0].get("custom_id"), f"{label!r} is a link to {found[0].get('url')}"
    assert not found[0].get("disabled"), f"{label!r} is disabled"
    return press(person, message, found[0])


def press(person: Person, message: Message, control: Json, **more: object) -> Interaction:
    data = {"custom_id": control["custom_id"], "component_type": control["type"], "id": control["id"], **more}
    return Interaction(person, message.channel, COMPONENT, data, message=message).send()


def selects(
    person: Person, message: Message | None, menu: str, chosen: Iterable[str | Person | Role | Channel]
) -> Interaction:
    assert message is not None, "there is no message to choose on"
    on_screen(person, message)
    found = [one for one in message.menus if menu in {one["custom_id"], one.get("placeholder")}]
    known = [one.get("placeholder") or one["custom_id"] for one in message.menus]
    assert len(found) == 1, f"no single menu {menu!r} on {message}; there are {known}"
    assert not found[0].get("disabled"), f"{menu!r} is disabled"
    filler = Filler(person)
    values = menu_values(found[0], chosen, filler)
    resolved = {"resolved": filler.resolved} if filler.resolved else {}
    return press(person, message, found[0], values=values, **resolved)


def menu_values(menu: Json, chosen: Iterable[object], filler: Filler) -> list[str]:
    """What a menu sends for these choices, which it has to offer."""
    values: list[str] = []
    for choice in chosen:
        if menu["type"] != Kind.SELECT:
            values.append(filler.entity(choice))
            continue
        offered = {option["label"]: option["value"] for option in menu["options"]}
        offered |= {value: value for value in offered.values()}
        assert choice in offered, f"the menu offers {[option['label'] for option in menu['options']]}, not {choice!r}"
        values.append(offered[str(choice)])
    least = 1 if menu.get("min_values") is None else menu["min_values"]
    most = 1 if menu.get("max_values") is None else menu["max_values"]
    assert least <= len(values) <= most, f"the menu takes {least} to {most} choices, not {len(values)}"
    return values


def submits(person: Person, modal: Modal | None, given: Mapping[str, object]) -> Interaction:
    assert modal is not None, "there is no form to fill in"
    opened = modal.opened_by
    assert opened.person is person, f"the form is open at {opened.person}, not at {person}"
    filler = Filler(person)
    components = fill_form(modal, given, filler)
    data: Json = {"custom_id": modal.custom_id, "components": components}
    data |= {"resolved": filler.resolved} if filler.resolved else {}
    return Interaction(person, opened.channel, SUBMIT, data, message=opened.clicked, cause=opened).send()
