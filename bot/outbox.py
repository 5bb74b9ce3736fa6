"""The dispatcher: what is due is made into cards and sent, in order per lane, with retries and a visible end."""

import asyncio
import logging
import random
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from bot.actions import Refuse
from bot.cards import Card
from bot.ports import Closed, Gone, Home, Port, Rejected, Unsure, Wait
from bot.runtime import Runtime
from bot.text import Reader
from storage import outbox
from storage.locks import alone, shared
from storage.outbox import DEAD, PENDING, SENDING, SENT, SKIPPED, WAITING, Outbox
from storage.people import Account, Member, Space, accounts_of, muted
from storage.places import Channel, Place, channel_in, put_channel
from storage.store import Store, Unavailable

log = logging.getLogger(__name__)

BACKOFF = timedelta(seconds=2)  # doubled each time, with jitter
BACKOFF_MOST = timedelta(minutes=5)
REJECTED_MOST = 5  # attempts at what a platform rejects or what we get wrong, in case it was a passing fault
CLOCKS_DIFFER = timedelta(seconds=60)  # ours and the platform's, at most
SEND_LIMIT = 20  # seconds that one request may take
AT_ONCE = 16  # lanes served side by side


class Over(Exception):
    """A row's way ends without sending anything: in this state, for this reason."""

    def __init__(self, state: str, why: str) -> None:
        super().__init__(why)
        self.state, self.why = state, why


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


class Dispatcher:
    """Serves the outbox for all platforms.  ``drain`` does everything that is due now; ``run`` goes on for ever."""

    def __init__(self, runtime: Runtime, store: Store, now: Callable[[], datetime]) -> None:
        self.runtime = runtime
        self.store = store
        self.now = now
        self.ports: dict[str, Port] = {}
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._room = asyncio.Semaphore(AT_ONCE)
        self._stopping = False
        self._unsaved = False  # the database took nothing: how an attempt ended may not be written

    def add(self, port: Port) -> None:
        self.ports[port.platform] = port

    async def recover(self) -> None:
        """Attempts whose end was never written, by this process or the last, are looked up before they are repeated."""

        def reopen(db: Session) -> None:
            for row in outbox.interrupted(db):
                if row.lane not in self._busy:
                    row.state, row.unsure, row.retry = PENDING, not row.ref, None
                    db.add(row)

        await self.store.write(reopen)
        self._unsaved = False

    async def run(self) -> None:
        """Serve until cancelled: at once when something was planned, and whenever the clock's bell sets ``wake``."""
        while True:
            self.runtime.wake.clear()
            try:
                await self.tick()
            except Unavailable as error:
                log.error("the outbox waits, the database takes nothing: %s", error)  # noqa: TRY400  # one line a bell
            except Exception:
                log.exception("the outbox could not be read; it is tried again at the next bell")
            await self.runtime.wake.wait()

    async def tick(self) -> int:
        """Start serving every lane with something due; how many were started."""
        if self._unsaved:
            await self.recover()
        now = self.now()
        rows = await self.store.read(lambda db: outbox.due(db, now))
        started = [row for row in rows if row.lane not in self._busy and self._known(row)]
        for row in started:
            task = asyncio.create_task(self._serve(row.id, row.lane), name=f"outbox {row.op} {row.id}")
            self._busy[row.lane] = task
        return len(started)

    async def drain(self) -> None:
        """Do everything that is due now, and what follows from it, as long as the database takes it."""
        while await self.tick() or self._busy:
            if self._busy:
                await asyncio.wait(self._busy.values(), return_when=asyncio.FIRST_COMPLETED)
            if self._unsaved:
                return

    async def stop(self) -> None:
        """Let what is being sent finish, and begin nothing more; what takes too long is looked up at the next start."""
        self._stopping = True
        if self._busy:
            _, slow = await asyncio.wait(self._busy.values(), timeout=SEND_LIMIT)
            for task in slow:
                task.cancel()
            await asyncio.gather(*slow, return_exceptions=True)

    def _known(self, row: Outbox) -> bool:
        """Without any platform at all only actions can run; what is meant for a chat waits for it."""
        return row.op == "run" or bool(self.ports)

    async def _serve(self, row_id: str, lane: str) -> None:
        try:
            async with self._room:
                if not self._stopping:
                    await self._attempt(row_id)
            self.runtime.wake.set()
        except Unavailable as error:  # not tried again at once, but at the next bell
            self._unsaved = True
            log.error("outbox row %s waits, the database takes nothing: %s", row_id, error)  # noqa: TRY400  # one line
        finally:
            del self._busy[lane]

    async def _attempt(self, row_id: str) -> None:
        try:
            job = await self.store.write(lambda db: self._claim(db, row_id))
            if job is not None:
                await self._send(job)
        except Unavailable:
            raise
        except Refuse as no:  # an action says so when what it was planned for is over
            await self._end(row_id, SKIPPED, f"not wanted any more: {no}")
        except Exception as error:  # noqa: BLE001  # our mistake, in a view, an action or an adapter
            await self._stumbled(row_id, error)

    async def _send(self, job: Job) -> None:
        try:
            async with asyncio.timeout(SEND_LIMIT):
                done = await self._perform(job)
        except Wait as wait:
            await self._again(job, str(wait), wait=timedelta(seconds=wait.seconds))
        except (Unsure, TimeoutError, OSError) as fault:
            await self._again(job, f"no answer: {fault}", unsure=True)
        except Closed as fault:
            await self._closed(job, fault)
        except Gone as fault:
            await self._gone(job, str(fault))
        except Rejected as fault:
            await self._rejected(job, str(fault))
        else:
            await self.store.write(lambda db: self._finish(db, job, done))

    # Claiming: what a row means now.

    def _claim(self, db: Session, row_id: str) -> Job | None:
        """Take a row, look again whether it is still wanted, and make its card."""
        row = held(db, row_id)
        now = self.now()
        if row is None or row.state != PENDING or row.due > now:
            return None
        try:
            return self._take(db, row, now)
        except Over as over:
            end(db, row, over.state, over.why)
            return None

    def _take(self, db: Session, row: Outbox, now: datetime) -> Job | None:
        if row.expires and row.expires < now and not row.ref:  # what stands may still be edited
            raise Over(SKIPPED, "too late")
        if row.op == "run":
            row.state, row.sent, row.attempts = SENT, now, row.attempts + 1
            db.add(row)
            db.flush()  # the action may plan its next time under the same key
            self.runtime.run_due(db, row)
            return None
        space, account = self._target(db, row)
        port = self.ports.get(space.platform)
        if port is None:
            row.retry = now + BACKOFF_MOST  # that platform is not connected now
            db.add(row)
            return None
        return self._job(db, row, port, space, account)

    def _target(self, db: Session, row: Outbox) -> tuple[Space, Account | None]:
        """The space of a row, and the account for what concerns one member."""
        if row.op == "tell":
            return self._addressee(db, row)
        space = db.get(Space, row.space_id)
        if space is None or not space.active:
            raise Over(DEAD, "the bot is no longer in that chat")
        if row.op in ("join", "leave"):
            mine = (a for a in accounts_of(db, row.member_id) if a.space_id == space.id)
            account = next(mine, None)
            if account is None:
                raise Over(SKIPPED, "not in that chat")
            return space, account
        return space, None

    def _addressee(self, db: Session, row: Outbox) -> tuple[Space, Account]:
        """Where to reach a member: the chat of an earlier message, else the one they used last that takes messages."""
        member = db.get(Member, row.member_id)
        if member is None or member.status == "left":
            raise Over(SKIPPED, "left")
        if member.status == "paused" and not row.ref:
            kind = self.runtime.app.kinds.get(row.kind)  # what could not wait for the night is there when they are back
            raise Over(WAITING if kind and kind.quiet == "now" else SKIPPED, "paused")
        if row.kind in muted(db, member.id) and not row.ref:
            raise Over(SKIPPED, "switched off")
        accounts = [a for a in accounts_of(db, member.id) if (a.space_id == row.space_id if row.ref else not a.closed)]
        if row.unsure:  # it may have arrived there, so there it is looked for
            accounts.sort(key=lambda a: a.space_id != row.space_id)
        for account in accounts:
            space = db.get(Space, account.space_id)
            if space is not None and space.active and space.platform in self.ports:
                return space, account
        if row.ref:
            raise Over(SENT, "no longer in that chat")
        raise Over(WAITING, "no chat takes a direct message")

    def _job(self, db: Session, row: Outbox, port: Port, space: Space, account: Account | None) -> Job:
        card, reader, home, name = None, Reader(), None, ""
        if row.op in ("post", "tell"):
            card, reader = self.runtime.view(db, row, space, account)
            if card is None:
                raise Over(SENT if row.ref else SKIPPED, "nothing to say any more")
        else:
            place = db.get(Place, row.place_id)
            channel = channel_in(db, row.place_id, space.id)
            if place is None:
                raise Over(SKIPPED, "the place is gone")
            name = place.name or place.purpose
            home = Home(channel.ref, channel.role) if channel and channel.ref and not channel.missing else None
            if home is None and row.op == "leave":
                raise Over(SENT, "")
        row.state, row.attempts = SENDING, row.attempts + 1
        row.tried = row.tried if row.unsure else self.now()  # since when it may be in the chat
        row.space_id = account.space_id if account else row.space_id
        db.add(row)
        return Job(row, port, space.ref, card, reader, account, home, name, row.wanted)

    # Performing: the only part that talks to a platform.

    async def _perform(self, job: Job) -> Home | tuple[str, str]:
        """Do it; the channel and reference of a message, or the home of a place."""
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
        if row.unsure:
            since = (row.tried or row.created) - CLOCKS_DIFFER
            found = await port.find(job.space, channel, row.id, since)
            if found is not None:
                return channel, found
        return channel, await port.send(job.space, channel, job.card, job.reader, row.id)

    # What became of it.

    def _finish(self, db: Session, job: Job, done: Home | tuple[str, str]) -> None:
        row = db.get_one(Outbox, job.row.id, with_for_update=True)
        if isinstance(done, Home):
            if job.home is None:
                place = db.get_one(Place, row.place_id)
                put_channel(db, place, row.space_id, done.channel, done.role)
        else:
            row.channel, row.ref = done
            row.shown = job.shows
        row.sent, row.error, row.unsure, row.retry = row.sent or self.now(), "", False, None
        # changed while it was on its way: the next turn shows that change
        changed = row.op in ("post", "tell", "join", "leave") and row.wanted > job.shows
        row.state = PENDING if changed else SENT
        row.due = self.now() if changed else row.due
        row.attempts = 0
        db.add(row)

    async def _again(self, job: Job, error: str, *, wait: timedelta | None = None, unsure: bool = False) -> None:
        """Try again later: after what the platform asks for, or after a growing pause."""
        attempts = job.row.attempts
        pause = growing(attempts) if wait is None else wait

        def reopen(db: Session) -> None:
            row = db.get_one(Outbox, job.row.id, with_for_update=True)
            row.state, row.error, row.retry = PENDING, error, self.now() + pause
            row.unsure = row.unsure or (unsure and not row.ref)
            row.attempts = attempts if wait is None else attempts - 1
            db.add(row)

        await self.store.write(reopen)
        log.info("outbox row %s waits %.0f s: %s", job.row.id, pause.total_seconds(), error)

    async def _closed(self, job: Job, fault: Closed) -> None:
        """Direct messages are refused: remembered, and the next chat of the member is tried at once."""
        account_id = job.account.id if job.account and job.row.op == "tell" and not job.row.ref else ""
        if not account_id:
            await self._rejected(job, str(fault))
            return

        def note(db: Session) -> None:
            account = db.get_one(Account, account_id)
            account.closed = True
            db.add(account)
            row = db.get_one(Outbox, job.row.id, with_for_update=True)
            row.state, row.error, row.retry, row.unsure = PENDING, str(fault), None, False
            db.add(row)

        await self.store.write(note)

    async def _gone(self, job: Job, error: str) -> None:
        """The channel or message is gone: what stood there stays gone, and coordinators see what could not be sent."""

        def note(db: Session) -> None:
            row = db.get_one(Outbox, job.row.id, with_for_update=True)
            end(db, row, DEAD, error)
            channel = db.get(Channel, (row.place_id, row.space_id)) if row.place_id else None
            if channel is not None and not row.ref and channel.ref == row.channel:
                channel.missing = True
                db.add(channel)

        await self.store.write(note)
        log.warning("outbox row %s ended: %s", job.row.id, error)

    async def _rejected(self, job: Job, error: str) -> None:
        if job.row.attempts < REJECTED_MOST:
            await self._again(job, error)
            return
        await self._end(job.row.id, DEAD, error)

    async def _stumbled(self, row_id: str, error: Exception) -> None:
        """Our own mistake: tried again a few times, then it ends where coordinators see it, with the log's number."""
        reference = secrets.token_hex(3)
        log.error("outbox row %s failed, reference %s", row_id, reference, exc_info=error)

        def note(db: Session) -> None:
            row = db.get(Outbox, row_id, with_for_update=True)
            if row is None:
                return
            if row.state == SENDING:
                row.unsure = row.unsure or not row.ref
            else:
                row.attempts += 1  # the claim was undone, and its count with it
            row.state, row.error = PENDING, f"something went wrong on my side, reference {reference}"
            row.retry = self.now() + growing(row.attempts)
            db.add(row)
            if row.attempts >= REJECTED_MOST:
                end(db, row, DEAD, row.error)

        await self.store.write(note)

    async def _end(self, row_id: str, state: str, error: str) -> None:
        def note(db: Session) -> None:
            row = db.get(Outbox, row_id, with_for_update=True)
            if row is not None:
                end(db, row, state, error)

        await self.store.write(note)
        log.warning("outbox row %s ended: %s", row_id, error)


def held(db: Session, row_id: str) -> Outbox | None:
    """A row that nobody else changes until the transaction ends, nor what its action or its card is about."""
    row = db.get(Outbox, row_id)
    if row is not None and shared(db):
        alone(db, row.community_id)
        db.refresh(row, with_for_update=True)
    return row


def growing(attempts: int) -> timedelta:
    """A pause that doubles with each attempt, with jitter, so that what failed together does not return together."""
    longest = min(BACKOFF * (1 << min(attempts, 10)), BACKOFF_MOST)
    return longest * random.uniform(0.5, 1)


def end(db: Session, row: Outbox, state: str, error: str) -> None:
    row.state, row.error, row.retry, row.shown = state, error, None, row.wanted
    db.add(row)
