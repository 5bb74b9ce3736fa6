"""Admin: what will be sent, and what could not be; for those who look after the community."""

from datetime import timedelta

from sqlmodel import col, select

from bot.actions import Feature, Link, Role
from bot.calls import Turn
from bot.cards import Card, Note, Prose, Row
from bot.effects import Effect, Reply
from bot.pages import page
from bot.text import Mention, Moment, Text, said, say
from storage.ledger import Audit
from storage.outbox import DEAD, WAITING, Outbox, coming
from storage.people import Member, Space

admin = Feature("admin", say("For those who look after the community"))

AHEAD = timedelta(days=7)


@admin.action("What could not be delivered, and why", command="admin deliveries", needs=Role.COORDINATOR, reads=True)
def deliveries(turn: Turn, number: int = 1) -> list[Effect]:
    """What, for whom, why and since when; never the text of a direct message."""
    stuck = select(Outbox).where(Outbox.community_id == turn.community.id, col(Outbox.state).in_((DEAD, WAITING)))
    rows = list(turn.db.exec(stuck.order_by(col(Outbox.due).desc())))
    if not rows:
        return [Reply(Card(blocks=(Prose(say("Everything was delivered.")),), tone="good"))]
    shown = page(rows, number)
    blocks = tuple(
        Row(say("{what} {target}: {why}, since {since}", what=what(turn, r), target=target(turn, r), why=why(r),
                since=Moment(r.due)))
        for r in shown.items
    )  # fmt: skip
    return [Reply(Card(say("Not delivered"), (*blocks, Note(shown.caption)), shown.turns(deliveries.link)))]


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


@admin.action("Who changed what", command="admin audit", needs=Role.ADMINISTRATOR, reads=True)
def audit(turn: Turn, number: int = 1) -> list[Effect]:
    """The latest changes first; ids and names of actions, never what people wrote."""
    found = select(Audit).where(Audit.community_id == turn.community.id).order_by(col(Audit.at).desc()).limit(200)
    rows = list(turn.db.exec(found))
    shown = page(rows, number, 10)
    lines = tuple(Row(change(turn, r)) for r in shown.items)
    return [Reply(Card(say("Changes"), (*lines, Note(shown.caption)), shown.turns(audit.link)))]


def change(turn: Turn, row: Audit) -> Text:
    """Who did what: the action by its own words, with ids and choices, never with what people wrote."""
    action = turn.app.actions.get(row.action)
    done = action.about if action and action.about else said(row.action)
    detail = say(" `{detail}`", detail=row.detail) if row.detail else Text()
    denied = say(", denied") if row.outcome == "denied" else Text()
    by = who(turn, row.member_id)
    return say(
        "{at}: {who}: {done}{detail}{denied}", at=Moment(row.at), who=by, done=done, detail=detail, denied=denied
    )


def what(turn: Turn, row: Outbox) -> Text:
    """A message's kind, or which feature shows something, without its words."""
    kind = turn.app.kinds.get(row.kind)
    if kind is not None:
        return kind.about
    name = Link.parse(row.link).name.partition(".")[0] if row.link else ""
    feature = next((f for f in turn.app.features if f.name == name), None)
    if feature is None:
        return say("A place in a group") if row.op in ("join", "leave") else say("A channel for a group")
    return say("A card: {feature}", feature=feature.about)


def target(turn: Turn, row: Outbox) -> Text:
    if row.member_id:
        return say("for {who}", who=who(turn, row.member_id))
    space = turn.get(Space, row.space_id)
    return say("to a channel of {chat}", chat=space.name if space else "")


def who(turn: Turn, member_id: str) -> Mention | Text:
    member = turn.get(Member, member_id) if member_id else None
    return Mention(member.id, member.name) if member else say("the clock")


def why(row: Outbox) -> Text:
    return (
        say("their chats take no direct messages; it waits for their next visit")
        if row.state == WAITING
        else said(row.error)
    )
