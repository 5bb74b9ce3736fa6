"""The library as a table, for those who look after it."""

from bot.actions import Role
from bot.calls import Turn
from bot.effects import Attach, Effect
from bot.features.resources.library import resources
from bot.people import named
from bot.tables import sheet
from bot.text import Reader, count, say, write
from storage import resources as shelf

ROWS_MOST = 2000

HEADS = (
    say("Title"),
    say("Kind"),
    say("Address"),
    say("Why it helps"),
    say("Tags"),
    say("Shared by"),
    say("Shared on"),
)


@resources.action("The library as a table for a spreadsheet", command="resource table", needs=Role.COORDINATOR)
def table(turn: Turn) -> list[Effect]:
    """All that they may see themselves, the newest first."""
    found = shelf.everything(turn.db, turn.community.id, turn.who.id, ROWS_MOST)
    reader = Reader(turn.who.locale, turn.who.zone)
    rows = (
        (
            row.title,
            write(say(row.kind), reader),
            row.url,
            row.why,
            ", ".join(shelf.tags_of(turn.db, row.id)),
            named(turn, row.member_id).name,
            row.created.astimezone(turn.who.zone).date().isoformat(),
        )
        for row in found
    )
    about = count("The library as a table: {n} entry.", "The library as a table: {n} entries.", len(found))
    return [Attach(sheet("library.csv", (write(head, reader) for head in HEADS), rows), about)]
