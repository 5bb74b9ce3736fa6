"""Who and what is in a chat without the bot having been told, and what it knows afterwards."""

from dataclasses import replace
from datetime import timedelta

from sqlmodel import Session, col, select

from bot.calls import AccountRef
from bot.ports import Present
from storage.outbox import Outbox
from storage.people import Account
from storage.places import Channel
from tests.world import START, World


def a_day_old(world: World) -> World:
    """The bot has been here for a day, and knows everybody."""
    is_there(world, "old", since=START - timedelta(days=30))
    world.clock.move(timedelta(days=1))
    world.looks()
    return world


def ref_of(name: str, platform: str = "discord", space: str = "D1") -> AccountRef:
    return AccountRef(platform, space, name.lower(), name.capitalize())


def is_there(world: World, name: str, platform: str = "discord", space: str = "D1", **more: object) -> Present:
    """Somebody is in the chat, and the bot was not told of it."""
    ref = ref_of(name, platform, space)
    since = world.clock.now() if platform == "discord" else None
    key = f"{platform}:{space}:{name}:{since.isoformat() if since else 'joined'}"
    one = replace(Present(ref, since, key), **more)  # type: ignore[arg-type]
    world.chat(platform).people.setdefault(space, {})[name] = one
    return one


def goes(world: World, name: str, platform: str = "discord", space: str = "D1") -> None:
    """Somebody leaves, and the bot was not told of it; their seats go with them."""
    chat = world.chat(platform)
    del chat.people[space][name]
    chat.seats = {seat for seat in chat.seats if seat[2] != name}


def known(world: World, platform: str = "discord") -> dict[str, bool]:
    """Whom the bot knows, and whether they are there."""
    accounts = world.read(lambda db: db.exec(select(Account).where(Account.platform == platform)).all())
    return {account.ref: account.present for account in accounts}


def missing(world: World) -> set[str]:
    """Channels that cannot be reached."""
    return set(world.read(lambda db: db.exec(select(Channel.ref).where(col(Channel.missing))).all()))


def state(world: World) -> list[tuple[str, ...]]:
    """Everything that is stored, but for when it was last compared."""

    def look(db: Session) -> list[tuple[str, ...]]:
        tables = (table for table in Outbox.metadata.sorted_tables if "search" not in table.name)
        found = [(table, db.execute(select(table)).all()) for table in tables]  # type: ignore[call-overload]
        skip = {"listed"}
        return [
            (table.name, *(str(v) for c, v in zip(table.columns, row, strict=True) if c.name not in skip))
            for table, rows in found
            for row in rows
        ]

    return sorted(world.read(look))
