"""Who acts and where: all that a call needs to know of them, in one read."""

from collections.abc import Mapping
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select
from sqlmodel import Session, col

from storage.asking import run
from storage.ledger import Inbox
from storage.locks import alone, alone_in, shared
from storage.outbox import WAITING, Outbox
from storage.people import Account, Community, Member, Space


class CommunityFacts(NamedTuple):
    """A community as it was when it was read.  Who changes it loads its row."""

    id: str
    name: str
    purpose: str
    zone: str
    locale: str
    consent: str
    settings: Mapping[str, Any]
    halted: datetime | None  # since when nothing is sent


class SpaceFacts(NamedTuple):
    """One chat of a community."""

    id: str
    platform: str
    ref: str
    name: str


class MemberFacts(NamedTuple):
    """What a turn needs to know of a member."""

    id: str
    name: str
    status: str
    role: int
    zone: str
    locale: str


class AccountFacts(NamedTuple):
    """How a chat knows a member, and when it saw them last."""

    id: str
    name: str
    locale: str
    zone: str
    present: bool
    seen: datetime


class Presence(NamedTuple):
    """Somebody in a chat.  ``answer`` is what this very delivery was answered before, if it was."""

    community: CommunityFacts
    space: SpaceFacts
    member: MemberFacts
    account: AccountFacts
    answer: str | None
    waits: bool  # a direct message could not reach them


COMMUNITY = [getattr(Community, name) for name in CommunityFacts._fields]
SPACE = [getattr(Space, name) for name in SpaceFacts._fields]
MEMBER = [getattr(Member, name) for name in MemberFacts._fields]
ACCOUNT = [getattr(Account, name) for name in AccountFacts._fields]

ANSWER = select(col(Inbox.answer)).where(col(Inbox.key) == bindparam("key")).scalar_subquery()
WAITS = select(col(Outbox.id)).where(col(Outbox.member_id) == col(Member.id), col(Outbox.state) == WAITING).exists()
PRESENCE = (
    select(*COMMUNITY, *SPACE, *MEMBER, *ACCOUNT, ANSWER, WAITS)
    .select_from(Space)
    .join(Community, col(Community.id) == col(Space.community_id))
    .join(Account, (col(Account.space_id) == col(Space.id)) & (col(Account.ref) == bindparam("user")))
    .join(Member, col(Member.id) == col(Account.member_id))
    .where(col(Space.platform) == bindparam("platform"), col(Space.ref) == bindparam("space"))
)
ONE_COMMUNITY = select(*COMMUNITY).where(col(Community.id) == bindparam("id"))


def presence(db: Session, platform: str, space: str, user: str, key: str = "") -> Presence | None:
    """Who acts; None when the chat or the person was never seen."""
    row = run(db, PRESENCE, {"platform": platform, "space": space, "user": user, "key": key}).first()
    if row is None:
        return None
    values = iter(row)
    return Presence(
        CommunityFacts(*islice(values, len(COMMUNITY))),
        SpaceFacts(*islice(values, len(SPACE))),
        MemberFacts(*islice(values, len(MEMBER))),
        AccountFacts(*islice(values, len(ACCOUNT))),
        *values,
    )


def presence_alone(db: Session, platform: str, space: str, user: str, key: str = "") -> Presence | None:
    """The same for whoever will change their community: nobody else changes it until the transaction ends."""
    if not shared(db):
        return presence(db, platform, space, user, key)
    locked = alone_in(db, platform, space)
    known = presence(db, platform, space, user, key)
    while known is not None and known.community.id != locked:  # two communities became one while we waited
        locked = known.community.id
        alone(db, locked)
        known = presence(db, platform, space, user, key)
    return known


def community_facts(db: Session, community_id: str) -> CommunityFacts:
    return CommunityFacts._make(run(db, ONE_COMMUNITY, {"id": community_id}).one())


def space_facts(space: Space) -> SpaceFacts:
    return SpaceFacts(space.id, space.platform, space.ref, space.name)
