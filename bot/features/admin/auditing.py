"""Auditing: who changed what, by ids and names of actions, never by what people wrote."""

from sqlmodel import col, select

from bot.actions import Role
from bot.calls import Turn
from bot.cards import Card, Note, Row
from bot.effects import Effect, Reply
from bot.features.admin.feature import admin, who
from bot.pages import page
from bot.text import Moment, Text, said, say
from storage.ledger import Audit


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
