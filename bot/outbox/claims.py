"""Claiming: what a row means now, whether it is still wanted, and the card that it becomes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from bot.actions import Link
from bot.cards import Card
from bot.limits import Limits
from bot.outbox.policy import Over, may_reach
from bot.ports import Home, Port
from bot.runtime import Runtime
from bot.text import Reader
from storage import outbox
from storage.outbox import DEAD, PENDING, SENDING, SENT, SKIPPED, WAITING, Outbox
from storage.people import Account, Member, Space, accounts_of
from storage.places import Place, channel_in
from storage.reopening import repeating

LATE = timedelta(minutes=10)  # what should have been sent earlier than this ago is sent with care
NOT_CONNECTED = timedelta(minutes=5)  # until a platform that is not connected is asked for again
FOREIGN = timedelta(days=1)  # what this version does not know may be of a newer one; after that it is of none


@dataclass(frozen=True, slots=True)
class Job:
    """One attempt: what to do, to whom, and what to show."""

    row: Outbox
    port: Port
    space: str  # the platform's reference
    card: Card | None = None
    reader: Reader = Reader()
    account: Account | None = None
    home: Home | None = None
    place: str = ""  # its name
    shows: int = 0  # which change of the card this attempt shows
    late: bool = False


class Claims:
    """Takes rows, each in a transaction of the caller."""

    def __init__(
        self, runtime: Runtime, now: Callable[[], datetime], ports: Mapping[str, Port], limits: Limits
    ) -> None:
        self.runtime, self.now, self.ports, self.limits = runtime, now, ports, limits

    def claim(self, db: Session, row_id: str) -> Job | None:
        """Take a row, look again whether it is still wanted, and make its card."""
        row = outbox.locked(db, row_id)
        now = self.now()
        if row is None or row.state != PENDING or row.due > now or outbox.held_back(db, row, now):
            return None
        try:
            return self._take(db, row, now)
        except Over as over:
            self.end(db, row, over)
            return None

    def end(self, db: Session, row: Outbox, over: Over) -> None:
        """A row's way ends here; who has to know of it is told."""
        row.state, row.reason, row.error, row.folded = over.state, over.reason, over.error, over.folded
        row.retry = row.stuck = None
        row.shown = row.wanted
        db.add(row)
        if over.state in (outbox.HELD, outbox.KEPT):
            self.runtime.announce(db, over.state, row.community_id, row.member_id)  # type: ignore[arg-type]

    def ending(self, row_id: str, over: Over) -> Callable[[Session], None]:
        """The same, in a transaction to come."""

        def note(db: Session) -> None:
            row = outbox.locked(db, row_id)
            if row is not None:
                self.end(db, row, over)

        return note

    def _take(self, db: Session, row: Outbox, now: datetime) -> Job | None:
        if row.expires and row.expires <= now and not row.ref:  # what stands may still be edited
            raise Over(SKIPPED, "late")
        if not self._understood(row):
            if now - row.created > FOREIGN:
                raise Over(SKIPPED, "foreign")
            self._put_off(db, row, now + NOT_CONNECTED)
            return None
        if row.op == "run":
            row.state, row.sent, row.attempts = SENT, now, row.attempts + 1
            db.add(row)
            db.flush()  # the action may plan its next time under the same key
            with repeating(db, row) as held:
                self.runtime.run_due(db, row)
            if held:
                self.runtime.announce(db, "held", row.community_id)
            return None
        space, account = self._target(db, row, now)
        port = self.ports.get(space.platform)
        if port is None:
            self._put_off(db, row, now + NOT_CONNECTED)
            return None
        pause = self.limits.pause(port, space.ref, row.channel)
        if pause:
            self._put_off(db, row, now + timedelta(seconds=pause))
            return None
        if account is not None and row.op == "tell" and not row.ref and account.opened is None:
            again = self.limits.opening(db, space, now)
            if again is not None:
                self._put_off(db, row, again)
                return None
            account.opened = now
            db.add(account)
        return self._job(db, row, port, space, account, now)

    def _understood(self, row: Outbox) -> bool:
        """Whether this version can do what a row asks for; in a rolling upgrade another one may have written it."""
        name = Link.parse(row.link).name
        match row.op:
            case "post" | "tell":
                return name in self.runtime.app.views
            case "run":
                return name in self.runtime.app.actions
            case _:
                return row.op in ("open", "join", "leave")

    def _put_off(self, db: Session, row: Outbox, until: datetime) -> None:
        row.retry = min(until, row.expires) if row.expires and not row.ref else until
        db.add(row)

    def _target(self, db: Session, row: Outbox, now: datetime) -> tuple[Space, Account | None]:
        """The space of a row, and the account for what concerns one member."""
        if row.op == "tell":
            return self._addressee(db, row, now)
        space = db.get(Space, row.space_id)
        if space is None or not space.active:
            raise Over(DEAD, "removed")
        if row.op in ("join", "leave"):
            mine = (a for a in accounts_of(db, row.member_id) if a.space_id == space.id)
            account = next(mine, None)
            if account is None:
                raise Over(SKIPPED, "elsewhere")
            return space, account
        return space, None

    def _addressee(self, db: Session, row: Outbox, now: datetime) -> tuple[Space, Account]:
        """Where to reach a member: the chat of an earlier message, else the one they used last that takes messages."""
        member = db.get(Member, row.member_id)
        if member is None or member.status == "left":
            raise Over(SKIPPED, "left")
        if not row.ref:
            may_reach(db, row, member, self.runtime.app.kinds, now)
        accounts = [a for a in accounts_of(db, member.id) if (a.space_id == row.space_id if row.ref else not a.closed)]
        if row.unsure:  # it may have arrived there, so there it is looked for
            accounts.sort(key=lambda a: a.space_id != row.space_id)
        for account in accounts:
            space = db.get(Space, account.space_id)
            if space is not None and space.active and space.platform in self.ports:
                return space, account
        if row.ref:
            raise Over(SENT, "elsewhere")
        raise Over(WAITING, "closed")

    def _job(
        self, db: Session, row: Outbox, port: Port, space: Space, account: Account | None, now: datetime
    ) -> Job | None:
        card, reader, home, name = None, Reader(), None, ""
        if row.op in ("post", "tell"):
            card, reader = self.runtime.view(db, row, space, account)
            if card is None:
                raise Over(SENT if row.ref else SKIPPED, "silent")
        else:
            place = db.get(Place, row.place_id)
            channel = channel_in(db, row.place_id, space.id)
            if place is None:
                raise Over(SKIPPED, "silent")
            name = place.name or place.purpose
            home = Home(channel.ref, channel.role) if channel and channel.ref and not channel.missing else None
            if home is None and row.op == "leave":
                raise Over(SENT)
        row.state, row.attempts = SENDING, row.attempts + 1
        if not row.unsure:  # since when it may be in the chat, and how it was then
            row.tried, row.shown = now, row.shown if row.ref else row.wanted
        row.space_id = account.space_id if account else row.space_id
        db.add(row)
        late = now - row.due > LATE
        return Job(row, port, space.ref, card, reader, account, home, name, row.wanted, late)
