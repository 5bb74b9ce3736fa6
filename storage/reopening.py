"""A database that was put back: what may have been sent meanwhile is looked up or asked about, never just repeated."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col, func, select

from storage.ledger import Audit, Draft, Inbox, Pulse, beat
from storage.outbox import HELD, PENDING, REPEATS, RESTORED, SENDING, SENT, Outbox
from storage.people import Account, Space, accounts_of

HISTORY = timedelta(days=7)  # what was due longer ago is not looked for: nobody waits for it any more
KEEP_HISTORY = ("discord", "slack")  # platforms that can be asked what was sent
IN_A_CHAT = ("post", "tell")
WHEN = (Outbox.created, Outbox.tried, Outbox.sent, Audit.at, Inbox.at, Account.seen, Draft.created, Pulse.at)


@dataclass(frozen=True, slots=True)
class Reopened:
    """How many messages are looked up before they are sent, wait for a coordinator's word, and actions run again.

    ``asked`` are the communities whose coordinators have something to decide.
    """

    unsure: int = 0
    held: int = 0
    runs: int = 0
    asked: frozenset[str] = frozenset()


def last_change(db: Session) -> datetime | None:
    """When somebody or something last did anything in this database."""
    found = (db.exec(select(func.max(when))).one() for when in WHEN)
    return max((at for at in found if at), default=None)


def reopen(db: Session, taken: datetime, now: datetime) -> Reopened:
    """What was due until now, in a database that is as it was when it was ``taken``.

    Messages may be in the chat since then, so they are looked up before they are sent; where that cannot tell, they
    wait for a coordinator.  Edits and seats are simply done again, and actions run: what they plan is looked up too.
    """
    unsure = held = runs = 0
    asked = set()
    open_rows = select(Outbox).where(col(Outbox.state).in_((PENDING, SENDING)), Outbox.due <= now)
    for row in db.exec(open_rows.order_by(col(Outbox.seq))).all():
        row.state, row.retry, row.stuck = PENDING, None, None
        db.add(row)
        if row.ref or row.op not in (*IN_A_CHAT, "run"):
            continue
        row.tried = min(row.tried or taken, taken) if row.unsure else taken
        row.unsure, row.shown, row.reason = True, 0, RESTORED  # what stands there may look otherwise than it would now
        if row.op == "run":
            runs += 1
        elif row.due > now - HISTORY and findable(db, row):
            unsure += 1
        elif not row.expires or row.expires > now:  # what has expired is not sent anyway
            hold(db, row)
            held += 1
            asked.add(row.community_id)
    show_again(db, now)
    beat(db, "dispatcher", now)  # what the absence means was just decided
    return Reopened(unsure, held, runs, frozenset(asked))


def show_again(db: Session, now: datetime) -> None:
    """Cards that stand in a channel may show what is not known any more; the recent ones are made anew."""
    recent = (col(Outbox.op) == "post", col(Outbox.ref) != "", col(Outbox.sent) > now - HISTORY)
    again = {"wanted": Outbox.wanted + 1, "state": PENDING, "due": now, "retry": None, "stuck": None}
    db.flush()
    db.execute(update(Outbox).where(*recent, col(Outbox.state) == SENT).values(**again))
    db.expire_all()


@contextmanager
def repeating(db: Session, row: Outbox) -> Iterator[list[Outbox]]:
    """Within it, an action runs that may have run before the database was put back: so may what it plans.

    What of that cannot be looked up is held, and in the list afterwards.
    """
    held: list[Outbox] = []
    if not row.unsure or row.tried is None:
        yield held
        return
    db.info[REPEATS], row.unsure, row.reason = row.tried, False, ""
    before = db.exec(select(func.max(Outbox.seq))).one() or 0
    try:
        yield held
    finally:
        del db.info[REPEATS]
    planned = select(Outbox).where(Outbox.community_id == row.community_id, Outbox.seq > before, col(Outbox.unsure))
    for made in db.exec(planned.where(col(Outbox.op).in_(IN_A_CHAT), Outbox.state == PENDING)).all():
        if not findable(db, made):
            hold(db, made)
            held.append(made)


def findable(db: Session, row: Outbox) -> bool:
    """Whether there is but one place in which it can be, and that can be looked into."""
    spaces = {row.space_id} if row.op == "post" else {account.space_id for account in accounts_of(db, row.member_id)}
    found = [space for space_id in spaces if (space := db.get(Space, space_id))]
    return len(spaces) <= 1 and all(space.platform in KEEP_HISTORY for space in found)


def hold(db: Session, row: Outbox) -> None:
    row.state, row.reason = HELD, RESTORED
    db.add(row)
