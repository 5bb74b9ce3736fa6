"""Going back to an earlier database in a community whose chats remember everything."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import insert, text

from bot.cli.database import restoring
from storage import backups
from storage.erasures import Journal
from tests.rows import Row, dump, tables
from tests.world import Message, World


@dataclass(frozen=True)
class Copy:
    """How a database was: a file of SQLite, or the rows as a server's own tools would have them."""

    file: Path | None
    rows: dict[str, list[Row]]


class Past:
    """Copies of a world's database, and the way back to them."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world = world
        self.folder = folder
        self.journal = Journal(folder / "community.erased")

    def copy(self) -> Copy:
        """A backup of now."""
        world = self.world
        if world.database.dialect == "sqlite":
            return Copy(backups.take(world.database.path, self.folder / "backups", world.clock.now()).path, {})
        return Copy(None, world.read(dump))

    def returns(self, copy: Copy) -> None:
        """The database breaks, the backup takes its place, and the bot starts."""
        world = self.world
        world.store.close()
        if copy.file is not None:
            restoring.restore(copy.file, world.database.path, self.journal.path, world.clock.now())
        else:
            self._put_rows(copy.rows)
            restoring.settle(world.database.engine, self.journal, world.clock.now())
        world.restarts()

    def _put_rows(self, rows: dict[str, list[Row]]) -> None:
        belongings = tables()
        with self.world.database.engine.begin() as connection:
            connection.execute(text("TRUNCATE {}".format(", ".join(f'"{table.name}"' for table in belongings))))
            for table in belongings:
                if rows[table.name]:
                    connection.execute(insert(table), rows[table.name])


def said(world: World) -> list[tuple[str, str, str]]:
    """Every message of every chat: where it stands, and its words."""
    return [(name, message.channel, message.text) for name, chat in world.chats.items() for message in chat.messages]


def doubled(messages: list[Message]) -> list[str]:
    """What stands twice in one channel."""
    seen = [(message.channel, message.text) for message in messages]
    return sorted({text for place, text in seen if seen.count((place, text)) > 1})
