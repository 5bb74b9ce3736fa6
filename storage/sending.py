"""What is asked as messages are sent: for all that are taken together, in few statements."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import BindParameter, and_, bindparam, case, or_, update
from sqlmodel import Session, col, func, select

from storage.asking import run
from storage.columns import UTCTime
from storage.locks import alone, shared, take
from storage.outbox import AHEAD, HOLDS_BACK, PENDING, SENDING, SENT, Outbox
from storage.people import Account, Member, Muted, Space

SEND = "send {}"  # what a row's name is while it is on its way

_these = col(Outbox.id).in_(bindparam("rows", expanding=True))
_at = bindparam("at", type_=UTCTime)
_of_members: BindParameter[list[str]] = bindparam("members", expanding=True)

# Asked for every batch, so built once.  In the order of their ids: whoever locks several rows does it in one order.
LOCKED = (
    select(Outbox).where(_these).order_by(col(Outbox.id)).with_for_update().execution_options(populate_existing=True)
)
FREE = select(Outbox.id).where(
    _these, col(Outbox.state) == PENDING, col(Outbox.due) <= bindparam("now", type_=UTCTime), ~AHEAD
)
PEOPLE = (
    select(Member, Account)
    .join(Account, (col(Account.member_id) == col(Member.id)) & col(Account.present), isouter=True)
    .where(col(Member.id).in_(_of_members))
    .order_by(col(Account.seen).desc(), col(Account.id))
)
SPACES = select(Space).where(Space.community_id == bindparam("community"))
MUTED = select(Muted.member_id, Muted.kind).where(col(Muted.member_id).in_(_of_members))
WAITING_ABOUT = (
    select(Outbox)
    .where(col(Outbox.member_id).in_(_of_members), Outbox.about != "", Outbox.op == "tell", Outbox.ref == "")
    .where(Outbox.state == PENDING, col(Outbox.due) <= bindparam("now", type_=UTCTime))
    .order_by(col(Outbox.priority), col(Outbox.due).desc(), col(Outbox.seq).desc())
)
TOLD = (
    select(Outbox.member_id, func.count())
    .where(col(Outbox.member_id).in_(_of_members), Outbox.op == "tell", Outbox.folded == "")
    .where(col(Outbox.kind).in_(bindparam("kinds", expanding=True)))
    .where(col(Outbox.sent) > bindparam("since", type_=UTCTime))
    .group_by(col(Outbox.member_id))
)
BEGUN = (
    update(Outbox)
    .where(col(Outbox.id) == bindparam("row"))
    .values(
        state=bindparam("to"),
        attempts=col(Outbox.attempts) + 1,
        # since when it may be in the chat, and how it was then
        tried=case((col(Outbox.unsure), col(Outbox.tried)), else_=_at),
        shown=case((or_(col(Outbox.unsure), col(Outbox.ref) != ""), col(Outbox.shown)), else_=col(Outbox.wanted)),
        space_id=bindparam("space"),
    )
)
# what an earlier attempt left there is as it was then
_stands = case((col(Outbox.unsure), col(Outbox.shown)), else_=bindparam("shows"))
_behind = and_(col(Outbox.op) != "open", col(Outbox.wanted) > _stands)
ARRIVED = (
    update(Outbox)
    .where(col(Outbox.id) == bindparam("row"), col(Outbox.attempts) == bindparam("attempt"))
    .values(
        # changed while it was on its way: the next turn shows that change
        state=case((_behind, PENDING), else_=bindparam("to")),
        due=case((_behind, _at), else_=col(Outbox.due)),
        sent=func.coalesce(col(Outbox.sent), _at),
        shown=_stands,
        channel=bindparam("where"),
        ref=bindparam("what"),
        error="",
        reason="",
        unsure=False,
        retry=None,
        stuck=None,
        attempts=0,
        refused=0,
    )
)


# Taking.


def own(db: Session, row_ids: Sequence[str]) -> frozenset[str]:
    """Those that nobody else takes or sends; they are ours until the transaction ends.

    The rows themselves stay free: who votes meanwhile need not wait for the platform.
    """
    named = {SEND.format(row_id): row_id for row_id in row_ids}
    return frozenset(named[name] for name in take(db, *named))


def taken(db: Session, community_id: str, row_ids: Sequence[str], now: datetime) -> list[Outbox]:
    """Those of a community's rows, in this order, that are due and that nothing in their lane holds back.

    Nobody else changes them until the transaction ends, nor what their actions or cards are about.
    """
    alone(db, community_id)
    rows = {row.id: row for row in db.exec(LOCKED, params={"rows": row_ids})}
    free = {*db.exec(FREE, params={"rows": row_ids, "now": now, "parked": now - HOLDS_BACK})}
    found = [rows[row_id] for row_id in row_ids if row_id in rows and row_id in free]
    return [row for row in found if row.community_id == community_id]  # else it was merged just now


def spaces(db: Session, community_id: str) -> dict[str, Space]:
    """The chats of a community, by id."""
    return {space.id: space for space in db.exec(SPACES, params={"community": community_id})}


def people(db: Session, member_ids: Collection[str]) -> dict[str, tuple[Member, list[Account]]]:
    """These members by id, each with the accounts by which they can be reached, the one seen last first."""
    found: dict[str, tuple[Member, list[Account]]] = {}
    for member, account in db.exec(PEOPLE, params={"members": list(member_ids)}) if member_ids else ():
        _, accounts = found.setdefault(member.id, (member, []))
        if account is not None:
            accounts.append(account)
    return found


def muted(db: Session, member_ids: Collection[str]) -> set[tuple[str, str]]:
    """Members, each with a kind of message that they switched off."""
    return {(member, kind) for member, kind in db.exec(MUTED, params={"members": list(member_ids)})}


def waiting_about(db: Session, rows: Iterable[Outbox], now: datetime) -> Mapping[tuple[str, str], Sequence[Outbox]]:
    """All that is due for the same people about the same things and was not sent yet, the most telling first."""
    found: defaultdict[tuple[str, str], list[Outbox]] = defaultdict(list)
    members = {row.member_id for row in rows if row.about}
    for row in db.exec(WAITING_ABOUT, params={"members": list(members), "now": now}) if members else ():
        found[row.member_id, row.about].append(row)
    return found


def told_since(db: Session, member_ids: Collection[str], kinds: Collection[str], since: datetime) -> Mapping[str, int]:
    """How many messages of these kinds each member got."""
    if not member_ids:
        return {}
    asked = {"members": list(member_ids), "kinds": list(kinds), "since": since}
    return dict(db.exec(TOLD, params=asked).all())


# On the way.


class Begun(NamedTuple):
    """An attempt about to be made, in a space."""

    row: str
    space: str


class Arrived(NamedTuple):
    """An attempt that was made: where the message is now, and which change of the card it shows."""

    row: str
    attempt: int
    where: str
    what: str
    shows: int


def begin(db: Session, attempts: Sequence[Begun], now: datetime) -> None:
    """Attempts are written down before they are made."""
    if attempts:
        run(db, BEGUN, [{**one._asdict(), "to": SENDING, "at": now} for one in attempts])


def arrive(db: Session, attempts: Sequence[Arrived], now: datetime) -> None:
    """They arrived; without those of which somebody made another attempt meanwhile."""
    if attempts:
        run(db, ARRIVED, [{**one._asdict(), "to": SENT, "at": now} for one in attempts])


def ended(db: Session, attempts: Mapping[str, int]) -> list[Outbox]:
    """The rows of attempts that ended otherwise; without those of which somebody made another attempt meanwhile."""
    found = db.exec(LOCKED, params={"rows": list(attempts)}).all() if attempts else ()
    return [row for row in found if row.attempts == attempts[row.id]]


def interrupted(db: Session) -> Iterable[Outbox]:
    """Rows that were being sent by a process that ended: nobody knows whether they arrived."""
    found = db.exec(select(Outbox).where(Outbox.state == SENDING).with_for_update(skip_locked=True)).all()
    ours = own(db, [row.id for row in found])
    return [row for row in found if row.id in ours]


def locked(db: Session, row_id: str) -> Outbox | None:
    """A row that nobody else changes until the transaction ends, nor what its action or its card is about."""
    row = db.get(Outbox, row_id)
    if row is not None and shared(db):
        alone(db, row.community_id)
        db.refresh(row, with_for_update=True)
    return row
