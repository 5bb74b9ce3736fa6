"""Digest: what nobody asked for and a week had no room for, in one message on Monday, or when somebody asks."""

from datetime import datetime, time, timedelta

from bot.actions import Feature, Rank, Refuse, Role
from bot.answers import draw
from bot.calls import Turn
from bot.cards import Block, Button, Card, Note, Prose, Row
from bot.effects import Effect, Later, Reply, Tell
from bot.text import Text, count, say
from bot.times import resolve
from storage import outbox
from storage.outbox import SENT, SKIPPED, Outbox
from storage.people import muted

digest = Feature("digest", say("What waited for you, in one message"))

WEEKLY = digest.kind("weekly", "Your weekly digest", "more came up for you than I send one by one", rank=Rank.DIGEST)

MORNING = time(9)
LINES = 10  # more nobody reads; the rest is counted


@digest.action(on="kept")
def kept(turn: Turn) -> list[Effect]:
    """Something waits for this member: on Monday it comes, together with whatever else does by then."""
    today = turn.now.astimezone(turn.who.zone).date()
    monday = today + timedelta(days=7 - today.weekday())
    at = resolve(datetime.combine(monday, MORNING), turn.who.zone)
    return [Later(at, gather.link(turn.who.id), key=f"digest:{turn.who.id}")]


@digest.action(needs=Role.SYSTEM)
def gather(turn: Turn, member_id: str) -> list[Effect]:
    """Put what waits into one message.  Who switched the digest off finds it with the command."""
    if WEEKLY.name in muted(turn.db, member_id):
        return []
    number = f"{turn.now:%Y%m%d}"
    letter_key = f"digest:{number}"
    rows = take(turn, member_id, f"{letter_key}>{member_id}")
    return [Tell(member_id, letter.link(number), WEEKLY, key=letter_key)] if rows else []


def take(turn: Turn, member_id: str, key: str) -> list[Outbox]:
    """What waits for a member is told from now on; what is over or was switched off meanwhile is left out."""
    off = muted(turn.db, member_id)
    rows = outbox.kept_for(turn.db, member_id)
    for row in rows:
        over = row.kind in off or (row.expires is not None and row.expires < turn.now)
        row.state, row.reason, row.folded = (SKIPPED, "late", "") if over else (SENT, "digest", key)
        row.sent = None if over else turn.now
        turn.db.add(row)
    turn.db.flush()
    return [row for row in rows if row.state == SENT]


@digest.view()
def letter(turn: Turn, number: str) -> Card | None:
    """The digest of one week, as its parts are now."""
    return told(turn, f"digest:{number}>{turn.who.id}")


def told(turn: Turn, key: str) -> Card | None:
    rows = outbox.folded_into(turn.db, turn.community.id, key)
    lines = [line for row in rows if (line := summary(turn, row)) is not None]
    if not lines:
        return None
    more = len(lines) - LINES
    rest: tuple[Block, ...] = (Note(count("And {n} more.", "And {n} more.", more)),) if more > 0 else ()
    return Card(say("What waited for you"), (*lines[:LINES], *rest))


def summary(turn: Turn, row: Outbox) -> Row | None:
    """The first words of a message, and a way to see all of it."""
    shown = draw(turn, row.link)
    if shown is None:
        return None
    first = shown.title or next((b.text for b in shown.blocks if isinstance(b, Prose | Row)), Text())
    return Row(first, Button(say("Show"), show.link(row.id)))


@digest.action(reads=True)
def show(turn: Turn, row_id: str) -> list[Effect]:
    """One message of a digest, whole."""
    row = turn.get(Outbox, row_id)
    shown = draw(turn, row.link) if row is not None and row.member_id == turn.who.id else None
    if shown is None:
        raise Refuse("That is over.")
    return [Reply(shown)]


@digest.action("What waited for you, now", command="digest")
def now(turn: Turn) -> list[Effect]:
    """Everything that waits for the next digest; it does not come again on Monday."""
    key = f"digest:{turn.now:%Y%m%d%H%M%S}>{turn.who.id}"
    shown = told(turn, key) if take(turn, turn.who.id, key) else None
    nothing = say("Nothing waits for you. What I do not send one by one comes here, and on Mondays.")
    return [Reply(shown or Card(blocks=(Prose(nothing),)))]
