"""Attempts: the only part that talks to a platform, and what each of its answers means for the row."""

import asyncio
import logging
import random
import secrets
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlmodel import Session

from bot import logs, metrics
from bot.limits import Limits
from bot.outbox.claims import Claims, Job, end_of
from bot.outbox.policy import Over
from bot.ports import CannotLook, Closed, Gone, Home, Lost, Rejected, Unsure, Wait
from bot.standing import stand_again
from storage import sending
from storage.locks import alone
from storage.outbox import DEAD, HELD, PENDING, RESTORED, SENDING, SENT, SKIPPED, Outbox
from storage.people import Account
from storage.places import Channel, Place, put_channel
from storage.sending import Arrived

log = logging.getLogger(__name__)

BACKOFF = timedelta(seconds=2)  # doubled each time, with jitter
BACKOFF_MOST = timedelta(minutes=5)
SETTLE = timedelta(seconds=30)  # what an attempt may have left behind is in the platform's history by then
REJECTED_MOST = 5  # attempts at what a platform rejects or what we get wrong, in case it was a passing fault
CLOCKS_DIFFER = timedelta(seconds=60)  # ours and the platform's, at most
SEND_LIMIT = 20  # seconds that one attempt may take
FENCE = 25.0  # seconds since the row was taken, after which nothing is sent: somebody else may be at it

Note = Callable[[Session, Outbox], None]  # writes down in the row what became of an attempt
Done = Home | tuple[str, str]  # the home of a place; the channel and the reference of a message


class Ending(NamedTuple):
    """How an attempt ended."""

    note: Note
    alone: bool = False  # more than the row changes with it, so that nobody else may change the community meanwhile


class Attempts:
    """Makes attempts, and says what to write down."""

    def __init__(self, claims: Claims, now: Callable[[], datetime], limits: Limits) -> None:
        self.claims, self.now, self.limits = claims, now, limits

    async def attempt(self, job: Job, taken: float) -> Ending | Arrived:
        """Do it, when it is its turn.  ``taken`` is the instant of the monotonic clock at which the row was ours."""
        await self.limits.take(job.port, 2.0 if job.late else 1.0)  # what is late is sent at half the pace
        row, platform = job.row, job.port.platform
        ids = {"community": row.community_id, "outbox": row.id, "kind": row.kind or row.op, "attempt": job.attempt}
        with logs.about(platform=platform, **ids):
            outcome, ending = await self._outcome(job, taken)
            log.info("delivery", extra={"outcome": outcome})
        metrics.deliveries.labels(outcome, platform).inc()
        return ending

    async def _outcome(self, job: Job, taken: float) -> tuple[str, Ending | Arrived]:
        """What a platform's answer means, in a word and in what to write down."""
        try:
            async with asyncio.timeout(SEND_LIMIT):
                done = await self._perform(job, taken)
        except Wait as wait:
            self.limits.told(job.port, job.space, wait)
            return "waits", self._again(job, str(wait), wait=timedelta(seconds=wait.seconds))
        except (Unsure, TimeoutError, OSError) as fault:
            return "unsure", self._again(job, f"no answer: {fault}", unsure=True)
        except CannotLook as fault:
            return "held", self._over(job, Over(HELD, "unsure", str(fault)))
        except Over as over:
            return over.state, self._over(job, over)
        except Closed as fault:
            return "closed", self._closed(job, str(fault))
        except Gone as fault:
            return "gone", self._gone(job, fault)
        except Rejected as fault:
            return "rejected", self._rejected(job, str(fault))
        except Exception as error:  # noqa: BLE001  # our mistake, in an adapter
            return "mistake", self.stumbled(job.row.id, error)
        if not job.row.ref:
            metrics.delivery_lateness.observe(max(0.0, (self.now() - job.row.due).total_seconds()))
        return "sent", self._arrived(job, done)

    async def _perform(self, job: Job, taken: float) -> Done:
        row, port = job.row, job.port
        user = job.account.ref if job.account else ""
        if job.card is None:
            home = job.home or await port.open(job.space, job.place)
            if row.op == "join":
                await port.seat(job.space, home, user)
            elif row.op == "leave":
                await port.unseat(job.space, home, user)
            return home
        if row.ref:
            await port.edit(job.space, row.channel, row.ref, job.card, job.reader)
            return row.channel, row.ref
        channel = row.channel if row.op == "post" else await port.direct(job.space, user)
        if row.unsure and (found := await self._look(job, channel)) is not None:
            return channel, found
        if row.expires and row.expires <= self.now():
            raise Over(SKIPPED, "late")
        if time.monotonic() - taken > FENCE:
            raise Wait(0)  # this process stood still for a while; what it knew may be over
        return channel, await port.send(job.space, channel, job.card, job.reader, row.id)

    async def _look(self, job: Job, channel: str) -> str | None:
        """What an earlier attempt left in the chat.  Where nobody may look, a person gets it again, a channel not.

        After a restore neither does: then it is not one message in doubt, but all of some hours.
        """
        row = job.row
        try:
            found = await job.port.find(job.space, channel, row.id, (row.tried or row.created) - CLOCKS_DIFFER)
        except CannotLook:
            if row.op == "post" or row.reason == RESTORED:
                metrics.ambiguous.labels("held").inc()
                raise
            found = None
        metrics.ambiguous.labels("found" if found else "repeated").inc()
        log.info("outbox row %s was unsure: %s", row.id, "it had arrived" if found else "it is sent again")
        return found

    # What became of it.

    def mark(self, db: Session, done: Sequence[tuple[Job, Ending | Arrived]]) -> None:
        """Write down how attempts ended, of messages of one community that were taken together."""
        others = {job.row.id: (job, ending) for job, ending in done if isinstance(ending, Ending)}
        if any(ending.alone for _, ending in others.values()):
            alone(db, done[0][0].row.community_id)
        sending.arrive(db, [ending for _, ending in done if isinstance(ending, Arrived)], self.now())
        for row in sending.ended(db, {job.row.id: job.attempt for job, _ in others.values()}):
            others[row.id][1].note(db, row)

    def undone(self, db: Session, row_id: str, ending: Ending) -> None:
        """Write down why a row could not be taken."""
        row = sending.locked(db, row_id)
        if row is not None:
            ending.note(db, row)

    def _arrived(self, job: Job, done: Done) -> Ending | Arrived:
        row = job.row
        if not isinstance(done, Home):
            return Arrived(row.id, job.attempt, *done, job.shows)
        arrived = Arrived(row.id, job.attempt, row.channel, row.ref, job.shows)
        if job.home is not None:
            return arrived

        def note(db: Session, row: Outbox) -> None:
            put_channel(db, db.get_one(Place, row.place_id), row.space_id, done.channel, done.role)
            sending.arrive(db, [arrived], self.now())

        return Ending(note, alone=True)

    def _again(self, job: Job, error: str, *, wait: timedelta | None = None, unsure: bool = False) -> Ending:
        """Try again later: after what the platform asks for, or after a growing pause."""
        pause = growing(job.attempt) if wait is None else wait
        log.info("outbox row %s waits %.0f s: %s", job.row.id, pause.total_seconds(), error)

        def reopen(db: Session, row: Outbox) -> None:
            row.unsure = row.unsure or (unsure and not row.ref)
            self._put_off(row, max(pause, SETTLE) if row.unsure and wait is None else pause)
            row.error, row.reason = error, row.reason if row.reason == RESTORED else "trying"
            if wait is None:
                row.stuck = row.stuck or self.now()
            else:
                row.attempts -= 1
            db.add(row)

        return Ending(reopen)

    def _put_off(self, row: Outbox, pause: timedelta) -> None:
        """Try again after a pause, but not past the row's own life."""
        again = self.now() + pause
        row.state = PENDING
        row.retry = min(again, end_of(row) or again)

    def _over(self, job: Job, over: Over) -> Ending:
        log.warning("outbox row %s ended: %s %s", job.row.id, over.reason, over.error)
        return self.ending(over)

    def ending(self, over: Over) -> Ending:
        return Ending(lambda db, row: self.claims.end(db, row, over), alone=True)

    def _closed(self, job: Job, error: str) -> Ending:
        """Direct messages are refused: remembered, and the next chat of the member is tried at once."""
        account_id = job.account.id if job.account and job.row.op == "tell" and not job.row.ref else ""
        if not account_id:
            return self._rejected(job, error)

        def note(db: Session, row: Outbox) -> None:
            account = db.get_one(Account, account_id)
            account.closed = True
            db.add(account)
            row.state, row.error, row.retry, row.unsure = PENDING, error, None, False
            db.add(row)

        return Ending(note)

    def _gone(self, job: Job, fault: Gone) -> Ending:
        """The channel or message is gone: what stood there stays gone, and coordinators see what could not be sent.

        A card that has to stand is posted again, and a home that was lost is opened again.
        """
        log.warning("outbox row %s ended: %s", job.row.id, fault)
        lost = job.home if isinstance(fault, Lost) else None

        def note(db: Session, row: Outbox) -> None:
            if stand_again(db, self.claims.runtime.app, row, self.now()):
                return
            channel = db.get(Channel, (row.place_id, row.space_id)) if row.place_id else None
            if channel is not None and not row.ref and channel.ref == (lost.channel if lost else row.channel):
                channel.missing = True
                db.add(channel)
            if lost is None:
                self.claims.end(db, row, Over(DEAD, "gone", str(fault)))
            elif row.op == "leave" and row.wanted == job.shows:
                self.claims.end(db, row, Over(SENT))  # nobody sits in what is gone
            else:
                row.state, row.retry = PENDING, None
                db.add(row)

        return Ending(note, alone=True)

    def _rejected(self, job: Job, error: str) -> Ending:
        if job.row.refused + 1 >= REJECTED_MOST:
            return self._over(job, Over(DEAD, "rejected", error))
        again = self._again(job, error)

        def note(db: Session, row: Outbox) -> None:
            again.note(db, row)
            row.refused += 1
            db.add(row)

        return Ending(note)

    def stumbled(self, row_id: str, error: Exception) -> Ending:
        """Our own mistake: tried again a few times, then it ends where coordinators see it, with the log's number."""
        reference = secrets.token_hex(3)
        log.error("outbox row %s failed, reference %s", row_id, reference, exc_info=error)

        def note(db: Session, row: Outbox) -> None:
            if row.state == SENDING:
                row.unsure = row.unsure or not row.ref
            else:
                row.attempts += 1  # the claim was undone, and its count with it
            self._put_off(row, max(growing(row.attempts), SETTLE) if row.unsure else growing(row.attempts))
            row.reason, row.error, row.stuck = "mistake", reference, row.stuck or self.now()
            row.refused += 1
            db.add(row)
            if row.refused >= REJECTED_MOST:
                self.claims.end(db, row, Over(DEAD, "mistake", reference))

        return Ending(note, alone=True)


def growing(attempts: int) -> timedelta:
    """A pause that doubles with each attempt, with jitter, so that what failed together does not return together."""
    longest = min(BACKOFF * (1 << min(attempts, 10)), BACKOFF_MOST)
    return longest * random.uniform(0.5, 1)
