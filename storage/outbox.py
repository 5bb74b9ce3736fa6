"""The outbox: what is to be sent, run or mirrored, when, how it went, and where it stands now."""

from collections.abc import Collection
from datetime import datetime, timedelta
from hashlib import sha256
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    Index,
    Integer,
    UniqueConstraint,
    and_,
    bindparam,
    case,
    literal_column,
    or_,
    text,
    update,
)
from sqlalchemy import select as columns
from sqlalchemy.orm import aliased
from sqlmodel import Field, Session, SQLModel, col, func, select

from storage.asking import run
from storage.columns import ALPHABET, Numbering, UTCTime, new_id
from storage.people import Community, Space

# waiting: for the member's next visit; kept: for their digest; held: until a coordinator decides; dead: given up
PENDING, SENDING, SENT, WAITING, KEPT, HELD, SKIPPED, DEAD = (
    "pending", "sending", "sent", "waiting", "kept", "held", "skipped", "dead",
)  # fmt: skip

RESTORED = "restored"  # the reason of what may have been sent before an older database was put back
REPEATS = "repeats"  # in a session: since when what is planned in it may have been sent already
MEANT_LENGTH = 16  # 32^16: no two meanings share one, and it fits a button and Discord's nonce of 25
PLANNED = 5  # the priority of what is not urgent; 1 comes first, and up to 3 is urgent
HOLDS_BACK = timedelta(minutes=15)  # that a row which fails may hold back what comes after it in its lane

# written out, so that the databases see that their partial indices fit
_PENDING: ColumnElement[str] = literal_column("'pending'")
_SENDING: ColumnElement[str] = literal_column("'sending'")
_EMPTY = {"server_default": text("''")}  # older versions that still run leave these columns out
_OPEN, _URGENT = "state IN ('pending', 'sending')", "state = 'pending' AND priority <= 3"


def partial(name: str, where: str, *columns: str) -> Index:
    """An index of the few rows that are open, however many are done."""
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


class Outbox(SQLModel, table=True):
    """One row is one message in one channel, one direct message, one action to run, or one seat to mirror.

    ``wanted`` counts how often the card changed and ``shown`` which change stands in the chat: a row whose
    ``wanted`` is ahead is edited, however many changes came in between.
    """

    __table_args__ = (
        UniqueConstraint("community_id", "key"),
        partial("ix_outbox_due", "state = 'pending'", "due", "seq"),
        partial("ix_outbox_urgent", _URGENT, "due", "seq"),
        partial("ix_outbox_open", _OPEN, "lane", "due", "seq"),
        Index("ix_outbox_link", "community_id", "link"),
        Index("ix_outbox_state", "community_id", "state"),
    )

    id: str = Field(default_factory=new_id, primary_key=True)
    seq: int = Field(index=True)  # order of writing, within a lane
    community_id: str = Field(foreign_key="community.id", index=True)
    op: str  # post, tell, run, open, join, leave
    key: str  # what it means: the same key again is the same row
    lane: str  # order is kept within a lane
    link: str = ""
    about: str = Field(default="", sa_column_kwargs=_EMPTY)  # what is late about one thing is said once
    kind: str = ""
    priority: int = PLANNED
    place_id: str = ""
    space_id: str = ""
    channel: str = ""
    member_id: str = Field(default="", index=True)
    due: datetime = Field(sa_type=UTCTime)
    retry: datetime | None = Field(default=None, sa_type=UTCTime)
    expires: datetime | None = Field(default=None, sa_type=UTCTime)
    state: str = PENDING
    attempts: int = 0
    refused: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})  # attempts that no patience mends
    unsure: bool = False  # an attempt may have arrived: look before repeating
    tried: datetime | None = Field(default=None, sa_type=UTCTime)  # since when it may be in the chat
    stuck: datetime | None = Field(default=None, sa_type=UTCTime)  # since when it fails
    sent: datetime | None = Field(default=None, sa_type=UTCTime)
    ref: str = ""  # the platform's message
    wanted: int = 1
    shown: int = 0
    folded: str = Field(default="", sa_column_kwargs=_EMPTY)  # the key of the message that said it as well
    reason: str = Field(default="", sa_column_kwargs=_EMPTY)  # one word for why it is where it is
    error: str = ""  # the same as the platform or the log said it
    created: datetime = Field(sa_type=UTCTime)


class Due(NamedTuple):
    """What the dispatcher has to know of a row before it takes it."""

    id: str
    lane: str
    op: str
    kind: str
    priority: int
    due: datetime
    seq: int
    community_id: str
    channel: str
    platform: str = ""  # of the space, where the row is meant for one
    space: str = ""  # its reference


# Asked on every call, so built once.
BY_KEY = (
    select(Outbox)
    .where(Outbox.community_id == bindparam("community"), Outbox.key == bindparam("key"))
    .with_for_update()  # an attempt at it may just end
    .execution_options(populate_existing=True)
)
ORDER = Numbering(Outbox, "seq")
WAITS = (
    select(Outbox)
    .where(Outbox.member_id == bindparam("member"), Outbox.state == WAITING)
    .order_by(col(Outbox.due), col(Outbox.seq))
)
_first = aliased(Outbox)
_earlier = or_(
    col(_first.due) < col(Outbox.due), and_(col(_first.due) == col(Outbox.due), col(_first.seq) < col(Outbox.seq))
)
AHEAD = (  # what comes first in the lane, unless it has failed for too long, or is on its way
    select(_first.id)
    .where(
        col(_first.state).in_((_PENDING, _SENDING)),  # as the index of open rows has it, else SQLite reads all rows
        col(_first.lane) == col(Outbox.lane),
        col(_first.id) != col(Outbox.id),
        or_(
            col(_first.state) == _SENDING,
            and_(
                col(_first.state) == _PENDING,
                _earlier,
                or_(col(_first.stuck).is_(None), col(_first.stuck) > bindparam("parked", type_=UTCTime)),
            ),
        ),
    )
    .exists()
)
_halted = select(Community.id).where(col(Community.halted).is_not(None))
READY = (
    columns(
        *(getattr(Outbox, name) for name in Due._fields[:-2]),
        func.coalesce(Space.platform, ""),
        func.coalesce(Space.ref, ""),
    )
    .join(Space, col(Space.id) == col(Outbox.space_id), isouter=True)
    .where(
        col(Outbox.state) == _PENDING,
        col(Outbox.due) <= bindparam("now", type_=UTCTime),
        or_(col(Outbox.retry).is_(None), col(Outbox.retry) <= bindparam("now", type_=UTCTime)),
        ~AHEAD,
        or_(col(Outbox.op) == "run", col(Outbox.community_id).not_in(_halted)),
        col(Outbox.community_id).not_in(bindparam("besides", expanding=True)),
    )
    .order_by(col(Outbox.due), col(Outbox.seq))
    .limit(bindparam("most", type_=Integer))
)
URGENT = READY.where(col(Outbox.priority) <= literal_column("3"))
STANDS = (col(Outbox.state) == SENT) & (col(Outbox.ref) != "")  # not what somebody read in passing on a visit
REFRESH = (
    update(Outbox)
    .where(col(Outbox.community_id) == bindparam("community"), col(Outbox.link) == bindparam("of"))
    .where((col(Outbox.op) == "post") | (col(Outbox.op) == "tell"), col(Outbox.state) != DEAD)
    .values(
        wanted=col(Outbox.wanted) + 1,
        state=case((STANDS, PENDING), else_=col(Outbox.state)),
        due=case((STANDS, bindparam("now", type_=UTCTime)), else_=col(Outbox.due)),
        retry=case((STANDS, None), else_=col(Outbox.retry)),
        stuck=case((STANDS, None), else_=col(Outbox.stuck)),
    )
)


def put(db: Session, row: Outbox) -> Outbox:
    """Add a row.  A row with the same key is replaced while it waits, and shown again when it was sent."""
    old = db.exec(BY_KEY, params={"community": row.community_id, "key": row.key}).first()
    if old is None:
        row.id, row.seq = id_for(row.community_id, row.key), ORDER.next(db)
        doubt(db, row, row)
        db.add(row)
        db.flush()
        return row
    old.wanted += 1
    old.op, old.link, old.kind, old.expires = row.op, row.link, row.kind, row.expires
    old.about, old.priority = row.about, row.priority
    if old.state != SENDING:  # what is on its way ends first, and is then behind what is wanted
        old.due, old.retry, old.state, old.attempts, old.stuck = row.due, None, PENDING, 0, None
        old.refused, old.folded, old.reason, old.error = 0, "", "", ""
        doubt(db, old, row)
    db.add(old)
    db.flush()
    return old


def id_for(community_id: str, key: str) -> str:
    """By what a message is found again in a chat: the same one planned anew, after a restore, has the same id."""
    number = int.from_bytes(sha256(f"{community_id}\n{key}".encode()).digest())
    return "".join(ALPHABET[number >> 5 * place & 31] for place in range(MEANT_LENGTH))


def doubt(db: Session, row: Outbox, planned: Outbox) -> None:
    """What is planned by something that happened before may have been sent at that time; see storage.reopening."""
    since: datetime | None = db.info.get(REPEATS)
    if since is None or row.ref or row.state != PENDING:
        return
    if planned.due <= planned.created + (planned.created - since):
        row.unsure, row.tried, row.shown, row.reason = True, since, 0, RESTORED


def refresh(db: Session, community_id: str, link: str, now: datetime) -> None:
    """What this link shows has changed: every message that stands and shows it is due for an edit."""
    run(db, REFRESH, {"community": community_id, "of": link, "now": now})


def forget(db: Session, community_id: str, key: str) -> None:
    """Drop what has not happened yet."""
    here = (col(Outbox.community_id) == community_id, col(Outbox.key) == key, col(Outbox.state) == PENDING)
    db.execute(update(Outbox).where(*here, col(Outbox.ref) == "").values(state=SKIPPED, reason="forgotten"))


def due(db: Session, now: datetime, most: int = 500, besides: Collection[str] = ()) -> list[Due]:
    """The first open row of each lane, if it is due, by time; of more than ``most``, the urgent ones come first.

    Of the communities named in ``besides`` nothing, and of halted ones only what runs without a word.
    """
    given = {"now": now, "parked": now - HOLDS_BACK, "besides": list(besides) or [""], "most": most}
    found = [Due(*row) for row in db.execute(READY, given)]
    if len(found) < most:
        return found
    urgent = [Due(*row) for row in db.execute(URGENT, given)]  # more is due than this: they may be behind it
    return list({row.id: row for row in urgent + found}.values())


def coming(db: Session, community_id: str, until: datetime) -> list[Outbox]:
    """What will be sent until then, in order."""
    chosen = select(Outbox).where(Outbox.community_id == community_id, Outbox.state == PENDING, Outbox.due <= until)
    return list(db.exec(chosen.order_by(col(Outbox.due), col(Outbox.seq))))


def told_of(db: Session, community_id: str, link: str, about: str) -> bool:
    """Whether something was ever planned under a link that begins like this and has this in it."""
    here = (Outbox.community_id == community_id, col(Outbox.link).startswith(link, autoescape=True))
    return (
        db.exec(select(Outbox.id).where(*here, col(Outbox.link).contains(about, autoescape=True))).first() is not None
    )


def posted_in(db: Session, space_id: str) -> list[Outbox]:
    """What was posted to places of a space and is not on its way now."""
    chosen = select(Outbox).where(Outbox.space_id == space_id, Outbox.op == "post", Outbox.ref != "")
    return list(db.exec(chosen.where(col(Outbox.state).in_((SENT, DEAD))).order_by(col(Outbox.seq))))


def post_again(db: Session, row: Outbox, now: datetime) -> Outbox:
    """What stood there was deleted: a new message takes its place.

    It gets a row of its own, since a platform that was told the old one's id takes it for the deleted message.
    """
    kept = row.model_dump(include={"community_id", "op", "key", "lane", "link", "about", "kind", "priority", "expires"})
    kept |= row.model_dump(include={"place_id", "space_id", "channel", "member_id"})
    db.delete(row)
    db.flush()
    again = Outbox(seq=ORDER.next(db), due=now, created=now, **kept)
    db.add(again)
    db.flush()
    return again


def seats_at(db: Session, place_id: str, space_id: str) -> list[Outbox]:
    """The last word about every seat in one home."""
    here = (Outbox.place_id == place_id, Outbox.space_id == space_id, col(Outbox.op).in_(("join", "leave")))
    return list(db.exec(select(Outbox).where(*here)))


def try_again(db: Session, row: Outbox, now: datetime) -> None:
    """What ended without success is due once more."""
    row.state, row.due, row.retry, row.stuck = PENDING, now, None, None
    row.attempts, row.refused, row.reason, row.error = 0, 0, "", ""
    db.add(row)


def standing(db: Session, community_id: str, link: str) -> list[Outbox]:
    """Where a link is shown now."""
    chosen = select(Outbox).where(Outbox.community_id == community_id, Outbox.link == link, Outbox.ref != "")
    return list(db.exec(chosen.order_by(col(Outbox.seq))))


def links_standing(db: Session, community_id: str, most: int) -> list[str]:
    """What is shown anywhere, the newest first."""
    chosen = select(Outbox.link).where(Outbox.community_id == community_id, Outbox.ref != "").group_by(col(Outbox.link))
    return list(db.exec(chosen.order_by(func.max(Outbox.seq).desc()).limit(most)))


def waiting_for(db: Session, member_id: str) -> list[Outbox]:
    """Direct messages that could not be delivered and wait for the member's next visit."""
    return list(db.exec(WAITS, params={"member": member_id}))


def kept_for(db: Session, member_id: str) -> list[Outbox]:
    """What waits for a member's digest, oldest first."""
    chosen = select(Outbox).where(Outbox.member_id == member_id, Outbox.state == KEPT)
    return list(db.exec(chosen.order_by(col(Outbox.due), col(Outbox.seq))))


def folded_into(db: Session, community_id: str, key: str) -> list[Outbox]:
    """What a message said along with itself."""
    chosen = select(Outbox).where(Outbox.community_id == community_id, Outbox.folded == key)
    return list(db.exec(chosen.order_by(col(Outbox.due), col(Outbox.seq))))


def overdue(db: Session, community_id: str, before: datetime) -> int:
    """How many messages should have been sent before then."""
    here = (Outbox.community_id == community_id, Outbox.state == PENDING, col(Outbox.op).in_(("post", "tell")))
    return db.exec(select(func.count()).where(*here, col(Outbox.due) < before)).one()


def hold_overdue(db: Session, before: datetime, reason: str) -> list[str]:
    """Leave to the coordinators what should have been said before then; the communities concerned."""
    unsent = (col(Outbox.state) == PENDING, col(Outbox.ref) == "", col(Outbox.due) < before)
    here = (*unsent, col(Outbox.op).in_(("post", "tell")))
    concerned = list(db.exec(select(Outbox.community_id).where(*here).distinct()))
    db.execute(update(Outbox).where(*here).values(state=HELD, reason=reason))
    return concerned
