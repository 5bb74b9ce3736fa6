"""What conversations about groups and polls begin with, and how their ends are looked at."""

from collections.abc import Mapping

from sqlmodel import Session, select

from bot.actions import DeskPart, Link
from bot.calls import Call, Raw, Spot
from bot.cards import Menu
from bot.text import Reader, write
from storage.groups import Group, group_named, roster
from storage.polls import Poll, Vote
from tests.world import Actor, Message, Seen, World

NAME = "Mentor Retention"
HOSTILE = "@everyone <!channel> [x](http://evil) **b**"


def types_in(by: Actor, command: str, answers: Mapping[str, Raw], in_: str = "general") -> Seen:
    """Use a command with answers that are known only by name."""
    return by._run(by._call(by.world.engine.app.commands[command].link(), in_, answers))


def standing(world: World, channel: str = "general") -> list[Message]:
    """What was posted to a channel."""
    return [message for message in world.chat().messages if message.channel == channel]


def menu(of: Seen | Message) -> Menu:
    [found] = [c for c in of.card.controls if isinstance(c, Menu)]
    return found


def becomes_one(here: Actor, there: Actor) -> None:
    """Two accounts are one person, as they say on both sides."""
    code = here.uses("me link").text.split("Your code is ")[1].split(".")[0]
    there.uses("me link", code=code).clicks("Yes, both are mine")


# Groups.


def starts(by: Actor, name: str = NAME, in_: str = "general", **answers: Raw) -> Message:
    """Start a group; its card.  Without a lead: whoever started it leaves it again, and it looks for one."""
    given: dict[str, Raw] = {"name": name, "purpose": f"All about {name}.", **answers}
    types_in(by, "group create", given, in_).clicks("Create it")
    if "lead" not in answers:
        by.uses("group leave", group=name).clicks("Leave anyway")
    return by.world.card(f"All about {name}.", by.account.platform, in_)


def starts_private(by: Actor, name: str = "Safeguarding", **answers: Raw) -> Group:
    given: dict[str, Raw] = {"name": name, "purpose": "Cases.", "private": True, **answers}
    types_in(by, "group create", given).clicks("Create it")
    return stored(by.world, name)


def stored(world: World, name: str = NAME) -> Group:
    community = world.community.id
    found = world.read(lambda db: group_named(db, community, name))
    assert found is not None
    return found


def inside(world: World, name: str = NAME, state: str = "in") -> list[str]:
    group = stored(world, name)
    return [m.name for m in world.read(lambda db: roster(db, group.id, state))]


def mirrored(world: World, *, platform: str = "discord") -> set[str]:
    """Who is in the group's channel."""
    return {user for _, _, user in world.chat(platform).seats}


def ticks(seen: Seen) -> dict[str, bool]:
    return {write(o.label, Reader()): o.chosen for o in menu(seen).options}


def desk(actor: Actor, part: DeskPart) -> list[str]:
    """Lines of a member's own page, in words."""
    world = actor.world

    def look(db: Session) -> list[str]:
        turn, _ = world.engine.runtime._turn(db, Call(Link("me"), actor.account, Spot(private=True)))
        return [write(row.text, Reader()) for row in world.engine.app.desk(part, turn)]

    return world.write(look)


# Polls.


def asks(
    by: Actor, question: str = "Lunch?", choices: Raw = "Pizza, Sushi", in_: str = "general", **more: Raw
) -> Message:
    """Ask and agree to the preview; the card."""
    types_in(by, "poll create", {"question": question, "choices": choices, **more}, in_).clicks("Ask it")
    return by.world.card(question, by.account.platform, in_)


def votes(world: World) -> int:
    return len(world.read(lambda db: db.exec(select(Vote)).all()))


def only_poll(world: World) -> Poll:
    return world.read(lambda db: db.exec(select(Poll)).one())
