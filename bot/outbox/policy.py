"""The policy of messages: whom a message may reach now, what is kept for the digest, and what is said once.

Quiet hours are applied when a message is planned (bot.quiet); all else is decided here, at the moment of sending,
since a member may have left, switched a kind off or been written to in between.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlmodel import Session

from bot.actions import Kind
from storage import outbox
from storage.outbox import KEPT, SKIPPED, WAITING, Outbox
from storage.people import Member, muted

WEEK = timedelta(days=7)
UNASKED_A_WEEK = 3  # messages that nobody asked for; the rest comes with the digest
ON_TIME = timedelta(minutes=2)  # what is later than this may be merged with what else is late


class Over(Exception):
    """A row's way ends without sending anything: in this state, for this reason."""

    def __init__(self, state: str, reason: str = "", error: str = "", folded: str = "") -> None:
        super().__init__(reason)
        self.state, self.reason, self.error, self.folded = state, reason, error, folded


def may_reach(db: Session, row: Outbox, member: Member, kinds: Mapping[str, Kind], now: datetime) -> None:
    """Raise Over unless this message may be sent to this member now."""
    kind = kinds.get(row.kind)
    if member.status == "paused":  # what could not wait for the night is there when they are back
        raise Over(WAITING if kind and kind.quiet == "now" else SKIPPED, "paused")
    if row.kind in muted(db, member.id):
        raise Over(SKIPPED, "off")
    if row.about and not row.unsure:
        waiting = outbox.waiting_about(db, row, now)
        if waiting[0].id != row.id and now - min(one.due for one in waiting) > ON_TIME:
            raise Over(SKIPPED, "merged", folded=waiting[0].key)  # after an outage: one message a person and thing
    if kind and kind.unasked and not row.unsure and over_budget(db, member.id, kinds, now):
        raise Over(KEPT, "budget")


def over_budget(db: Session, member_id: str, kinds: Mapping[str, Kind], now: datetime) -> bool:
    """Whether a member got as much unasked as a week may bring."""
    unasked = [kind.name for kind in kinds.values() if kind.unasked]
    return outbox.told_since(db, member_id, unasked, now - WEEK) >= UNASKED_A_WEEK
