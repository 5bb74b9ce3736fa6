"""Payloads of Discord as calls of the core.  Pure: a dict in, a value out."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from adapters.discord import limits
from adapters.discord.commands import SHOW, title
from adapters.discord.limits import Json
from adapters.discord.marks import answers_field
from adapters.discord.modals import FORM_SIZE
from bot.actions import App, Link
from bot.calls import AccountRef, Call, Quoted, Raw, Spot

PLATFORM = "discord"
DIRECT = (1, 3)  # channel types: one person, a group of people
MANAGES = limits.ADMINISTRATOR | limits.MANAGE_GUILD


@dataclass(frozen=True, slots=True)
class Seat:
    """Who somebody is in a guild.  A payload from a direct message names no guild, so the adapter finds one."""

    space: str
    name: str
    admin: bool = False


@dataclass(frozen=True, slots=True)
class Typing:
    """Somebody types into an option."""

    call: Call
    field: str
    typed: str
    number: bool  # the suggestions have to be numbers


def decode(payload: Json, app: App, seat: Seat | None = None) -> Call:
    """A command, a click, a choice or a form."""
    data = payload["data"]
    match payload["type"]:
        case limits.COMMAND_USED if data.get("type") == limits.MESSAGE_COMMAND:
            return call(payload, message_link(data["name"], app), seat, quoted=quoted(payload))
        case limits.COMMAND_USED | limits.TYPING:
            link, options = command_link(data, app)
            return call(payload, link, seat, {o["name"]: given(o) for o in options if not o.get("focused")})
        case limits.PRESSED:
            link = Link.parse(data["custom_id"])
            return call(payload, link, seat, chosen(data, link, app))
        case limits.SUBMITTED:
            link = Link.parse(data["custom_id"])
            return call(payload, link, seat, dict(filled(data["components"])), submitted=True)
    raise ValueError(f"an interaction of type {payload['type']}")


def typing(payload: Json, app: App, seat: Seat | None = None) -> Typing:
    """What somebody is typing, and what they gave with it already."""
    _, options = command_link(payload["data"], app)
    focused = next(o for o in options if o.get("focused"))
    number = focused["type"] in (limits.INTEGER, limits.NUMBER)
    return Typing(decode(payload, app, seat), focused["name"], str(focused.get("value", "")), number)


def call(
    payload: Json,
    link: Link,
    seat: Seat | None,
    answers: Mapping[str, Raw] | None = None,
    *,
    submitted: bool = False,
    quoted: Quoted | None = None,
) -> Call:
    return Call(
        link=link,
        account=account(payload, seat),
        spot=Spot(payload.get("channel_id") or "", private=in_private(payload)),
        answers=answers or {},
        key="" if payload["type"] == limits.TYPING else f"{PLATFORM}:{payload['id']}",
        submitted=submitted,
        form_size=FORM_SIZE,
        quoted=quoted,
        people=people(payload["data"].get("resolved") or {}),
    )


def account(payload: Json, seat: Seat | None = None) -> AccountRef:
    """Who acted, as this payload says it, or as they sit in the guild that was found for them."""
    member = payload.get("member")
    locale = payload.get("locale") or ""
    if member is not None:
        admin = bool(int(member.get("permissions") or 0) & MANAGES)
        user = member["user"]
        return AccountRef(PLATFORM, payload["guild_id"], user["id"], name_of(user, member), locale, admin=admin)
    if seat is None:
        raise ValueError("an interaction without a guild needs a seat in one")
    return AccountRef(PLATFORM, seat.space, payload["user"]["id"], seat.name, locale, admin=seat.admin)


def person_id(payload: Json) -> str:
    user: str = (payload.get("member") or payload)["user"]["id"]
    return user


def in_private(payload: Json) -> bool:
    return not payload.get("guild_id") or (payload.get("channel") or {}).get("type") in DIRECT


def name_of(user: Json, member: Json | None = None) -> str:
    """The name that people see."""
    return str((member or {}).get("nick") or user.get("global_name") or user.get("username") or user["id"])


def command_link(data: Json, app: App) -> tuple[Link, list[Json]]:
    """The action behind a command, and its options.  A command that is gone leads to nothing, which is answered."""
    first, options = data["name"], data.get("options") or []
    second = ""
    if options and options[0]["type"] == limits.SUBCOMMAND:
        second, options = options[0]["name"], options[0].get("options") or []
    action = app.commands.get(f"{first} {second}".strip())
    if action is None and second == SHOW:
        action = app.commands.get(first)
    return (action.link() if action else Link(f"{first} {second}".strip())), options


def message_link(name: str, app: App) -> Link:
    return next((a.link() for a in app.messages.values() if title(a) == name), Link(name))


def given(option: Json) -> Raw:
    value: Raw = option["value"]
    return value


def chosen(data: Json, link: Link, app: App) -> dict[str, Raw]:
    """What was chosen in a menu, under the name of the field that it answers; a button answers nothing."""
    if data.get("component_type") == limits.BUTTON:
        return {}
    action = app.actions.get(link.name)
    asked = action.asked if action else ()
    field = next((p.name for p in asked if answers_field(data.get("id") or 0, p.name)), None)
    if field is None and len(asked) == 1:
        field = asked[0].name
    return {field: list(data.get("values") or ())} if field else {}


def filled(components: Iterable[Json]) -> Iterator[tuple[str, Raw]]:
    """Fields of a form and what stands in them."""
    for top in components:
        for part in (top.get("component"), *(top.get("components") or ())):
            if part and "custom_id" in part:
                yield part["custom_id"], list(part["values"]) if "values" in part else part.get("value") or ""


def people(resolved: Json) -> dict[str, str]:
    """Names of the people that answers mention; bots are not people."""
    members = resolved.get("members") or {}
    users = resolved.get("users") or {}
    return {ref: name_of(user, members.get(ref)) for ref, user in users.items() if not user.get("bot")}


def quoted(payload: Json) -> Quoted:
    """The message that a message command was used on."""
    target = payload["data"]["target_id"]
    message = payload["data"]["resolved"]["messages"][target]
    guild = payload.get("guild_id") or "@me"
    author = message["author"]
    words = [message.get("content") or "", *shown(message.get("components") or ())]
    return Quoted(
        text="\n".join(filter(None, words)),
        url=f"https://discord.com/channels/{guild}/{message['channel_id']}/{target}",
        author=author["id"],
        author_name=name_of(author),
        by_bot=bool(author.get("bot")),
    )


def shown(components: Iterable[Json]) -> Iterator[str]:
    """The words of a message that is made of components."""
    for part in components:
        if part.get("type") == limits.TEXT:
            yield part["content"]
        yield from shown(part.get("components") or ())
