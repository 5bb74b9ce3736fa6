"""Deliveries: what will be sent, what could not be and how to mend it, and what waits for a decision."""

from collections.abc import Iterable
from datetime import timedelta

from sqlmodel import col, select

from bot.actions import Link, Rank, Refuse, Role
from bot.calls import Turn
from bot.cards import Block, Button, Card, Fields, Note, Prose, Row
from bot.effects import Effect, Post, Refresh, Reply, Tell
from bot.features.admin.feature import admin, target, what
from bot.features.admin.halting import resume
from bot.pages import page
from bot.text import Command, Moment, Text, count, said, say
from storage import outbox
from storage.outbox import DEAD, HELD, PENDING, SKIPPED, WAITING, Outbox, coming
from storage.people import coordinators
from storage.places import channel_in

AHEAD = timedelta(days=7)
BEHIND = timedelta(minutes=10)  # late enough to be told
LISTED = timedelta(days=30)

DECIDE = admin.kind(
    "decide", "Messages that wait for your decision", "you look after this community", "now", rank=Rank.ANSWER
)


@admin.action("What could not be delivered, and why", command="admin deliveries", needs=Role.COORDINATOR, reads=True)
def deliveries(turn: Turn, number: int = 1) -> list[Effect]:
    """What, for whom, why and since when; never the text of a direct message."""
    rows = stuck(turn)
    late = outbox.overdue(turn.db, turn.community.id, turn.now - BEHIND)
    if not rows and not late:
        return [Reply(Card(blocks=(Prose(say("Everything was delivered.")),), tone="good"))]
    shown = page(rows, number)
    behind = Prose(count("{n} message is late and on its way.", "{n} messages are late and on their way.", late))
    halted = Row(say("Sending is stopped."), Button(say("Send again"), resume.link()))
    blocks = (
        *((halted,) if turn.community.halted else (behind,) if late else ()),
        *(Row(line(turn, row), Button(say("Look"), look.link(row.id))) for row in shown.items),
        Note(shown.caption),
    )
    held = [row for row in rows if row.state == HELD]
    return [Reply(Card(say("Not delivered"), blocks, (*(choices() if held else ()), *shown.turns(deliveries.link))))]


def stuck(turn: Turn) -> list[Outbox]:
    """What did not get through, the latest first."""
    here = (Outbox.community_id == turn.community.id, col(Outbox.state).in_((DEAD, WAITING, HELD)))
    recent = select(Outbox).where(*here, col(Outbox.due) > turn.now - LISTED)
    return list(turn.db.exec(recent.order_by(col(Outbox.due).desc(), col(Outbox.seq).desc())))


def line(turn: Turn, row: Outbox) -> Text:
    return say(
        "{what} {target}: {why}, since {since}",
        what=what(turn, row), target=target(turn, row), why=why(row), since=Moment(row.due),
    )  # fmt: skip


@admin.action(needs=Role.COORDINATOR, reads=True)
def look(turn: Turn, row_id: str) -> list[Effect]:
    """One of them, how to mend it, and what can be done about it."""
    row = found(turn, row_id)
    pairs = (
        (say("What"), what(turn, row)),
        (say("Where to"), target(turn, row)),
        (say("Why"), why(row)),
        (say("Since"), say("{at}", at=Moment(row.due))),
    )
    help_ = mend(row)
    again = () if row.state == WAITING else (Button(say("Try again"), retry.link(row.id), "primary"),)
    blocks: tuple[Block, ...] = (Fields(pairs), *((Note(help_),) if help_ else ()))
    return [Reply(Card(say("Not delivered"), blocks, (*again, Button(say("Drop it"), drop.link(row.id)))))]


@admin.action(title="Try again", needs=Role.COORDINATOR)
def retry(turn: Turn, row_id: str) -> list[Effect]:
    """Send it now.  What found no channel is planned anew, since there may be one by now."""
    row = found(turn, row_id)
    if row.state == WAITING:
        raise Refuse("This waits for their next visit; I cannot write to them before.")
    return [
        *again(turn, row),
        Refresh(decision.link()),
        Reply(Card(blocks=(Prose(say("I am trying again.")),)), "replace"),
    ]


@admin.action(title="Drop it", needs=Role.COORDINATOR)
def drop(turn: Turn, row_id: str) -> list[Effect]:
    dropped(turn, [found(turn, row_id)])
    return [Refresh(decision.link()), Reply(Card(blocks=(Prose(say("Dropped. It will not be sent.")),)), "replace")]


def found(turn: Turn, row_id: str) -> Outbox:
    row = turn.get(Outbox, row_id)
    if row is None or row.state not in (DEAD, WAITING, HELD):
        raise Refuse("That is settled already.", offer=(Button(say("What is left"), deliveries.link()),))
    return row


def again(turn: Turn, row: Outbox) -> list[Effect]:
    """Put it where it will be sent now; whoever asks for it has seen that it is not there yet."""
    if row.expires and row.expires < turn.now and not row.ref:
        raise Refuse("Its time is over, so it would only confuse. Drop it.")
    if row.op == "post" and not row.channel:
        row.state, row.reason = SKIPPED, "again"
        turn.db.add(row)
        return [Post(row.error, Link.parse(row.link), key=row.key.rpartition("@")[0])]
    served = channel_in(turn.db, row.place_id, row.space_id) if row.op == "post" and not row.ref else None
    if served is not None and served.ref:
        row.channel, row.lane, served.missing = served.ref, f"{row.space_id}:{served.ref}", False
        turn.db.add(served)
    row.unsure = row.unsure and row.reason != "unsure"
    row.state, row.due, row.refused, row.retry, row.stuck = PENDING, turn.now, 0, None, None
    turn.db.add(row)
    return []


def dropped(turn: Turn, rows: Iterable[Outbox]) -> None:
    for row in rows:
        row.state, row.reason = SKIPPED, "dropped"
        turn.db.add(row)
    turn.db.flush()


# What waits for a decision.


@admin.action(on="held")
def held(turn: Turn) -> list[Effect]:
    """Coordinators are asked once a day; a second reason on the same day changes that message."""
    able = coordinators(turn.db, turn.community.id, Role.COORDINATOR)
    return [Tell(one.id, decision.link(), DECIDE, key=f"held:{turn.now:%Y%m%d}") for one in able]


@admin.view()
def decision(turn: Turn) -> Card:
    """What is held, and why; when all is decided, that it is."""
    rows = [row for row in stuck(turn) if row.state == HELD]
    if not rows:
        return Card(blocks=(Prose(say("Decided. Nothing waits for you any more.")),), tone="good")
    first = rows[-1]
    text = count("{n} message waits: {why}.", "{n} messages wait: {why}.", len(rows), why=why(first))
    oldest = Note(say("The oldest was due {at}. What is too late to be of use is left out.", at=Moment(first.due)))
    list_ = Button(say("Show them"), deliveries.link())
    return Card(say("Shall I send them?"), (Prose(text), oldest), (*choices(), list_))


def choices() -> tuple[Button, ...]:
    return (
        Button(say("Send the held ones"), release.link(), "primary"),
        Button(say("Drop the held ones"), clear.link()),
    )


@admin.action(title="Send the held ones", needs=Role.COORDINATOR)
def release(turn: Turn) -> list[Effect]:
    rows = [row for row in stuck(turn) if row.state == HELD]
    late = [row for row in rows if row.expires and row.expires < turn.now]
    dropped(turn, late)
    effects = [effect for row in rows if row not in late for effect in again(turn, row)]
    text = count("{n} message is on its way.", "{n} messages are on their way.", len(rows) - len(late))
    return [*effects, Refresh(decision.link()), Reply(Card(blocks=(Prose(text),), tone="good"), "replace")]


@admin.action(title="Drop the held ones", needs=Role.COORDINATOR)
def clear(turn: Turn) -> list[Effect]:
    rows = [row for row in stuck(turn) if row.state == HELD]
    dropped(turn, rows)
    text = count("{n} message dropped.", "{n} messages dropped.", len(rows))
    return [Refresh(decision.link()), Reply(Card(blocks=(Prose(text),)), "replace")]


@admin.desk("needs")
def needs(turn: Turn) -> list[Row]:
    """Coordinators see on their own page that something did not get through."""
    rows = [row for row in stuck(turn) if row.state != WAITING] if turn.who.role >= Role.COORDINATOR else []
    if not rows:
        return []
    text = count("{n} message could not be delivered.", "{n} messages could not be delivered.", len(rows))
    return [Row(text, Button(say("Look"), deliveries.link()))]


@admin.action("What will be sent in the next seven days", command="admin coming", needs=Role.COORDINATOR, reads=True)
def preview(turn: Turn, number: int = 1) -> list[Effect]:
    rows = [r for r in coming(turn.db, turn.community.id, turn.now + AHEAD) if r.op in ("post", "tell")]
    if not rows:
        return [Reply(Card(blocks=(Prose(say("Nothing is planned for the next seven days.")),)))]
    shown = page(rows, number)
    blocks = tuple(
        Row(say("{when}: {what} {target}", when=Moment(r.due), what=what(turn, r), target=target(turn, r)))
        for r in shown.items
    )
    return [Reply(Card(say("The next seven days"), (*blocks, Note(shown.caption)), shown.turns(preview.link)))]


# Reasons in words.


def why(row: Outbox) -> Text:
    """Why it is where it is."""
    match row.reason:
        case "nowhere":
            return say("no channel serves {purpose} yet", purpose=row.error)
        case "gone":
            return say("the channel is gone, or I may not write there")
        case "rejected":
            return say("the chat does not take it")
        case "mistake":
            return say("something went wrong on my side, reference `{ref}`", ref=row.error)
        case "removed":
            return say("I am no longer in that chat")
        case "closed":
            return say("their chats take no direct messages; it waits for their next visit")
        case "paused":
            return say("they are having a break; it waits for their return")
        case "unsure":
            return say("I cannot find out whether it arrived")
        case "away":
            return say("I was away for more than a week when it was due")
        case "restored":
            return say("it was due before a backup was restored, and may have been sent")
        case _:
            return said(row.error)


def mend(row: Outbox) -> Text:
    """What a coordinator can do, so that it works."""
    match row.reason:
        case "nowhere":
            return say("Name a channel with {place}, then try again.", place=Command("community place"))
        case "gone":
            return say(
                "Let me write in the channel again, or name another one with {place}. Then try again.",
                place=Command("community place"),
            )
        case "removed":
            return say("Invite me into that chat again, then try again.")
        case "rejected" | "mistake":
            return say("Who hosts me finds more in the log.")
        case "unsure" | "restored":
            return say("Have a look at the chat. If it is there, drop this; if it is not, try again.")
        case _:
            return Text()
