"""Claiming: what a row means now, whether it is still wanted, and the card that it becomes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from bot.actions import Link
from bot.cards import Card
from bot.limits import Limits
from bot.outbox.policy import Known, Over, may_reach
from bot.ports import Home, Port
from bot.runtime import Runtime
from bot.text import Reader
from storage import sending
from storage.outbox import DEAD, HELD, KEPT, SENT, SKIPPED, WAITING, Outbox
from storage.people import Account, Space
from storage.places import Place, channel_in
from storage.reopening import repeating
from storage.sending import Begun

LATE = timedelta(minutes=10)  # what should have been sent earlier than this ago is sent with care
NOT_CONNECTED = timedelta(minutes=5)  # until a platform that is not connected is asked for again
FOREIGN = timedelta(days=1)  # what this version does not know may be of a newer one; after that it is of none


@dataclass(frozen=True, slots=True)
class Job:
    """One attempt: what to do, to whom, and what to show."""

    row: Outbox  # as it was before
    attempt: int  # its number
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
    """Takes rows, several of a community in one transaction of the caller."""

    def __init__(
        self, runtime: Runtime, now: Callable[[], datetime], ports: Mapping[str, Port], limits: Limits
    ) -> None:
        self.runtime, self.now, self.ports, self.limits = runtime, now, ports, limits

    def claim(self, db: Session, community_id: str, row_ids: Sequence[str]) -> list[Job]:
        """Take rows of a community, look again whether they are still wanted, and make their cards."""
        now = self.now()
        rows = sending.taken(db, community_id, row_ids, now)
        known: Known | None = None
        jobs: list[Job] = []
        for row in rows:
            try:
                if not self._wanted(db, row, now):
                    continue
                if row.op == "run":
                    self._run(db, row, now)
                    continue
                known = known or Known.read(db, community_id, rows, self.runtime.app.kinds, now)
                if known.community.halted is None:  # else it was, since this was read as due
                    jobs += self._take(db, row, known, now)
            except Over as over:
                self.end(db, row, over)
        sending.begin(
            db, [Begun(job.row.id, job.account.space_id if job.account else job.row.space_id) for job in jobs], now
        )
        return jobs

    def end(self, db: Session, row: Outbox, over: Over) -> None:
        """A row's way ends here; who has to know of it is told."""
        row.state, row.reason, row.error, row.folded = over.state, over.reason, over.error, over.folded
        row.retry = row.stuck = None
        row.shown = row.wanted
        db.add(row)
        if over.state in (HELD, KEPT):
            self.runtime.announce(db, over.state, row.community_id, row.member_id)  # type: ignore[arg-type]

    def _wanted(self, db: Session, row: Outbox, now: datetime) -> bool:
        """Whether a row can be done now by this version; in a rolling upgrade a newer one may have written it."""
        ends = end_of(row)
        if ends and ends <= now:
            raise Over(SKIPPED, "late")
        if self._understood(row):
            return True
        if now - row.created > FOREIGN:
            raise Over(SKIPPED, "foreign")
        self._put_off(db, row, now + NOT_CONNECTED)
        return False

    def _understood(self, row: Outbox) -> bool:
        name = Link.parse(row.link).name
        match row.op:
            case "post" | "tell":
                return name in self.runtime.app.views
            case "run":
                return name in self.runtime.app.actions
            case _:
                return row.op in ("open", "join", "leave")

    def _run(self, db: Session, row: Outbox, now: datetime) -> None:
        row.state, row.sent, row.attempts = SENT, now, row.attempts + 1
        db.add(row)
        db.flush()  # the action may plan its next time under the same key
        with repeating(db, row) as held:
            self.runtime.run_due(db, row)
        if held:
            self.runtime.announce(db, "held", row.community_id)

    def _take(self, db: Session, row: Outbox, known: Known, now: datetime) -> list[Job]:
        """What to do for a row; nothing, where the platform takes nothing now."""
        space, account = self._target(row, known, now)
        port = self.ports.get(space.platform)
        if port is None:
            self._put_off(db, row, now + NOT_CONNECTED)
            return []
        pause = self.limits.pause(port, space.ref, row.channel)
        if pause:
            self._put_off(db, row, now + timedelta(seconds=pause))
            return []
        if account is not None and row.op == "tell" and not row.ref and account.opened is None:
            again = self.limits.opening(db, space, now)
            if again is not None:
                self._put_off(db, row, again)
                return []
            account.opened = now
            db.add(account)
        return [self._job(db, row, port, space, account, known, now)]

    def _put_off(self, db: Session, row: Outbox, until: datetime) -> None:
        row.retry = min(until, end_of(row) or until)
        db.add(row)

    def _target(self, row: Outbox, known: Known, now: datetime) -> tuple[Space, Account | None]:
        """The space of a row, and the account for what concerns one member."""
        if row.op == "tell":
            return self._addressee(row, known, now)
        space = known.spaces.get(row.space_id)
        if space is None or not space.active:
            raise Over(DEAD, "removed")
        if row.op in ("join", "leave"):
            _, accounts = known.people.get(row.member_id, (None, ()))
            account = next((a for a in accounts if a.space_id == space.id), None)
            if account is None:
                raise Over(SKIPPED, "elsewhere")
            return space, account
        return space, None

    def _addressee(self, row: Outbox, known: Known, now: datetime) -> tuple[Space, Account]:
        """Where to reach a member: the chat of an earlier message, else the one they used last that takes messages."""
        member, reachable = known.people.get(row.member_id, (None, ()))
        if member is None or member.status == "left":
            raise Over(SKIPPED, "left")
        if not row.ref:
            may_reach(row, member, known, now)
        accounts = [a for a in reachable if (a.space_id == row.space_id if row.ref else not a.closed)]
        if row.unsure:  # it may have arrived there, so there it is looked for
            accounts.sort(key=lambda a: a.space_id != row.space_id)
        for account in accounts:
            space = known.spaces.get(account.space_id)
            if space is not None and space.active and space.platform in self.ports:
                return space, account
        if row.ref:
            raise Over(SENT, "elsewhere")
        raise Over(WAITING, "closed")

    def _job(
        self, db: Session, row: Outbox, port: Port, space: Space, account: Account | None, known: Known, now: datetime
    ) -> Job:
        card, reader, home, name = None, Reader(), None, ""
        if row.op in ("post", "tell"):
            member, _ = known.people.get(row.member_id, (None, ()))
            card, reader = self.runtime.view(db, row, known.community, space, member, account)
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
        late = now - row.due > LATE
        return Job(row, row.attempts + 1, port, space.ref, card, reader, account, home, name, row.wanted, late)


def end_of(row: Outbox) -> datetime | None:
    """When nothing is left to do about a row.  What stands is always edited, and what may stand is looked for first."""
    return None if row.ref or row.unsure else row.expires
