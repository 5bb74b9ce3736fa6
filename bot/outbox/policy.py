"""The policy of messages: whom a message may reach now, what is kept for the digest, and what is said once.

Quiet hours are applied when a message is planned (bot.quiet); all else is decided here, at the moment of sending,
since a member may have left, switched a kind off or been written to in between.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from sqlmodel import Session

from bot.actions import Kind
from storage import sending
from storage.outbox import KEPT, SKIPPED, WAITING, Outbox
from storage.people import Account, Member, Space
from storage.presence import CommunityFacts, community_facts

WEEK = timedelta(days=7)
UNASKED_A_WEEK = 3  # messages that nobody asked for; the rest comes with the digest
ON_TIME = timedelta(minutes=2)  # what is later than this may be merged with what else is late


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of those for whom several messages are, read for all of them at once."""

    community: CommunityFacts
    kinds: Mapping[str, Kind]
    spaces: Mapping[str, Space]
    people: Mapping[str, tuple[Member, Sequence[Account]]]  # with the accounts that can be reached, last seen first
    muted: frozenset[tuple[str, str]]  # members with kinds
    waiting_about: Mapping[tuple[str, str], Sequence[Outbox]]  # by member and thing, the most telling first
    told: Mapping[str, int]  # messages of the last week that nobody asked for, by member

    @classmethod
    def read(
        cls, db: Session, community_id: str, rows: Iterable[Outbox], kinds: Mapping[str, Kind], now: datetime
    ) -> Self:
        """For rows of one community."""
        told = [row for row in rows if row.op == "tell"]
        members, addressed = ({row.member_id for row in some if row.member_id} for some in (rows, told))
        unasked = [kind.name for kind in kinds.values() if kind.unasked]
        return cls(
            community_facts(db, community_id),
            kinds,
            sending.spaces(db, community_id),
            sending.people(db, members),
            frozenset(sending.muted(db, addressed)),
            sending.waiting_about(db, told, now),
            sending.told_since(db, {row.member_id for row in told if row.kind in unasked}, unasked, now - WEEK),
        )


class Over(Exception):
    """A row's way ends without sending anything: in this state, for this reason."""

    def __init__(self, state: str, reason: str = "", error: str = "", folded: str = "") -> None:
        super().__init__(reason)
        self.state, self.reason, self.error, self.folded = state, reason, error, folded


def may_reach(row: Outbox, member: Member, known: Known, now: datetime) -> None:
    """Raise Over unless this message may be sent to this member now."""
    kind = known.kinds.get(row.kind)
    if member.status == "paused":  # what could not wait for the night is there when they are back
        raise Over(WAITING if kind and kind.quiet == "now" else SKIPPED, "paused")
    if (member.id, row.kind) in known.muted:
        raise Over(SKIPPED, "off")
    if row.about and not row.unsure:
        waiting = known.waiting_about[member.id, row.about]
        if waiting[0].id != row.id and now - min(one.due for one in waiting) > ON_TIME:
            raise Over(SKIPPED, "merged", folded=waiting[0].key)  # after an outage: one message a person and thing
    if kind and kind.unasked and not row.unsure and known.told.get(member.id, 0) >= UNASKED_A_WEEK:
        raise Over(KEPT, "budget")
