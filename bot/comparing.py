"""Comparing: what a chat has now against what is known of it; the difference happens as if the bot had been there.

Only what was fetched just now and to the last page counts, and what it lacks is asked for once more, one by one, before
it is believed.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import TypeVar

from sqlmodel import Session

from bot.actions import Link
from bot.calls import AccountRef, Call, Room, Spot, Turn
from bot.people import acquaint, differs, follow, settle, the_clock
from bot.planning import plan
from bot.ports import Gone, Home, Port, Present, Rejected, Roster
from bot.runtime import Runtime
from bot.standing import has_to_stand, stand_again
from storage import outbox
from storage.outbox import DEAD, SENT, Outbox
from storage.people import Account, Space, account_of, accounts_in, members_behind
from storage.places import Place, channel_in, channels_in, homes
from storage.presence import community_facts, space_facts
from storage.store import Store, Unavailable

T = TypeVar("T")
Work = Callable[[Session], object]

log = logging.getLogger(__name__)

AT_ONCE = 10  # people in one transaction: a vote that comes meanwhile waits for no more than these
FETCH_LIMIT = 900.0  # seconds that all the lists of a space may take
BEFORE = timedelta(days=1)  # how long before the bot somebody came of whom no platform tells when
UNDER_WAY = timedelta(minutes=10)  # a seat that was taken away less long ago may still be in a list


class Comparison:
    """One space, once.  Raises what its port raises; whatever was compared until then stays as it is."""

    def __init__(self, runtime: Runtime, store: Store, port: Port, space: Space, pause: float) -> None:
        self.runtime, self.store, self.port, self.space, self.pause = runtime, store, port, space, pause
        self.name = f"{space.platform} {space.ref}"
        self.began = runtime.now()

    async def run(self) -> None:
        known = await self.store.read(lambda db: accounts_in(db, self.space.id))  # before the lists: they are newer
        asked = await self.store.read(self._homes)
        roster = await self._fetch(list(asked.values()))
        if roster is None:
            await self.runtime.unsettle(self.space.platform, self.space.ref)
            log.warning("%s: the bot was removed while it was away", self.name)
            return
        if roster.channels is not None:
            await self._channels(roster.name, roster.channels)
        if roster.people is not None and await self._people(known, roster.people):
            await self._write(self._stamp)
        for place in await self.store.read(lambda db: homes(db, self.space.community_id)):
            await self._write(partial(self._room, place=place, asked=asked.get(place.id), seats=roster.seats))
        await self._cards()
        self.runtime.wake.set()

    async def _fetch(self, asked: Sequence[Home]) -> Roster | None:
        """Everything that the space has; None when the platform says twice that the bot is not in it."""
        async with asyncio.timeout(FETCH_LIMIT):
            try:
                return await self.port.roster(self.space.ref, asked)
            except Gone:
                log.info("%s seems to be gone, and is asked for once more", self.name)
            try:
                return await self.port.roster(self.space.ref, asked)
            except Gone:
                return None

    async def _write(self, work: Callable[[Session], T]) -> T:
        """One short transaction, and room for others after it."""
        done = await self.store.write(work, f"{self.space.platform}:{self.space.ref}")
        await asyncio.sleep(self.pause)
        return done

    async def _each(self, works: Iterable[Work]) -> None:
        """A few at once.  One that fails fails alone, and the log has it."""
        for few in batches(list(works), AT_ONCE):
            try:
                await self._write(partial(together, works=few))
            except Unavailable:
                raise
            except Exception:  # noqa: BLE001  # whose mistake it was is found one by one
                for work in few:
                    await self._alone(work)

    async def _alone(self, work: Work) -> None:
        try:
            await self._write(work)
        except Unavailable:
            raise
        except Exception:
            log.exception("%s: somebody could not be compared with what is known", self.name)

    def _active(self, db: Session) -> bool:
        """The bot may have been removed, or the space have moved to another community, since the lists were fetched."""
        now = db.get(Space, self.space.id, with_for_update=True)  # and it stays so until the transaction ends
        return now is not None and now.active and now.community_id == self.space.community_id

    def _turn(self, db: Session, room: Room | None = None) -> Turn:
        community = community_facts(db, self.space.community_id)
        space = space_facts(self.space)
        return Turn(the_clock(community), community, self.runtime.now(), db, self.runtime.app, space, room=room)

    # Channels.

    async def _channels(self, name: str, listed: Mapping[str, str]) -> None:
        """Lost is what the list lacks and what is not there either when it is asked for by itself."""
        known = await self.store.read(lambda db: channels_in(db, self.space.id))
        if known and not listed:
            log.warning("%s lists no channel at all, which is not believed", self.name)
            return
        lacking = {channel.ref for channel in known if not channel.missing} - set(listed)
        lost = {ref for ref in sorted(lacking) if not await self.port.reaches(self.space.ref, ref)}
        await self._write(lambda db: self._note_channels(db, name, listed, lost))

    def _note_channels(self, db: Session, name: str, listed: Mapping[str, str], lost: set[str]) -> None:
        if not self._active(db):
            return
        before = self._usable(db)
        for channel in channels_in(db, self.space.id):
            if channel.ref in lost and not channel.missing:
                channel.missing = True
                db.add(channel)
                log.warning("%s: channel %s cannot be reached", self.name, channel.ref)
        fresh = self.runtime.defaults.community(self.runtime.now())
        settle(db, self.space.platform, self.space.ref, name, dict(listed), fresh)
        if self._usable(db) - before:
            turn = self._turn(db)
            plan(turn, self.runtime.app.tells("settled", turn))

    def _usable(self, db: Session) -> set[tuple[str, str]]:
        return {(channel.place_id, channel.ref) for channel in channels_in(db, self.space.id) if not channel.missing}

    # People.

    async def _people(self, known: Mapping[str, Account], people: Sequence[Present]) -> bool:
        """Who came, who is called otherwise, who went; whether the list was believed."""
        here = [account.ref for account in known.values() if account.present]
        if here and not people:
            log.warning("%s lists nobody, which is not believed", self.name)
            return False
        news = [one for one in people if one.screened and is_news(one, known.get(one.who.user))]
        news.sort(key=lambda one: one.since.timestamp() if one.since else 0.0, reverse=True)  # the newest is met first
        await self._each(partial(self._meet, one=one, known=known.get(one.who.user)) for one in news)
        listed = {one.who.user for one in people}
        for few in batches([ref for ref in here if ref not in listed], AT_ONCE):
            gone = [ref for ref in few if await self.port.present(self.space.ref, ref) is None]
            await self._each(partial(self._miss, ref=ref) for ref in gone)
        return True

    def _meet(self, db: Session, one: Present, known: Account | None) -> None:
        """Somebody who is there: it happens now that they came, unless they were there before the bot."""
        account = account_of(db, self.space.id, one.who.user)
        if account is not None and account.present:
            follow(db, account, one.who)
            return
        went = account is not None and (known is None or known.present or account.seen > self.began)
        if went or not self._active(db):  # since they were listed
            return
        came = one.since or self.space.listed  # at the earliest, where the platform does not tell
        new = account is None
        if account is None:  # being listed is not being seen
            account = acquaint(db, self.space, one.who, came or self.space.created - BEFORE)
        if came is not None and (one.since is None or came >= self.space.created):
            # a key without a time names the first coming alone
            key = one.key if new or one.since else ""
            call = Call(Link("event.arrived"), one.who, Spot(private=True), key=key, at=came)
            self.runtime.listen(db, call, "arrived")
        account.present = True
        db.add(account)

    def _miss(self, db: Session, ref: str) -> None:
        """Somebody who is not there any more, and was not seen since they were looked for."""
        account = account_of(db, self.space.id, ref)
        if account is None or not account.present or account.seen > self.began or not self._active(db):
            return
        who = AccountRef(self.space.platform, self.space.ref, ref)
        self.runtime.listen(db, Call(Link("event.departed"), who, Spot(private=True)), "departed")
        account.present = False
        db.add(account)

    def _stamp(self, db: Session) -> None:
        space = db.get_one(Space, self.space.id)
        space.listed = self.began
        db.add(space)

    # Homes and the seats in them.

    def _homes(self, db: Session) -> dict[str, Home]:
        """Homes that are there as far as is known, by place."""
        found = {place.id: channel_in(db, place.id, self.space.id) for place in homes(db, self.space.community_id)}
        return {place: Home(c.ref, c.role) for place, c in found.items() if c is not None and c.ref and not c.missing}

    def _room(self, db: Session, place: Place, asked: Home | None, seats: Mapping[str, frozenset[str] | None]) -> None:
        """Look at one home; who has to do with it makes it as it should be."""
        if not self._active(db):
            return
        channel = channel_in(db, place.id, self.space.id)
        room = Room(place, "missing")
        if channel is not None and asked is not None and channel.ref == asked.channel:
            inside = seats.get(asked.channel, frozenset())
            if channel.missing or inside is None:
                channel.missing = True
                db.add(channel)
                db.flush()
                room = Room(place, "lost")
            elif asked.channel not in seats:
                return  # it is there, and nobody tells who sits in it
            else:
                room = Room(place, "there", self._seated(db, place, inside))
        elif channel is not None and channel.ref and not channel.missing:
            return  # it was made since the lists were fetched
        turn = self._turn(db, room)
        plan(turn, self.runtime.app.tells("room", turn))

    def _seated(self, db: Session, place: Place, refs: frozenset[str]) -> frozenset[str]:
        """Who sits there.  A seat that could not be given or taken is tried again, and who is being let out is out."""
        seated = set(members_behind(db, self.space.id, refs).values())
        for row in outbox.seats_at(db, place.id, self.space.id):
            inside = row.member_id in seated
            if row.state == DEAD and inside is (row.op == "leave"):
                outbox.try_again(db, row, self.runtime.now())
            if row.op == "leave" and (row.state != SENT or row.due > self.began - UNDER_WAY):
                seated.discard(row.member_id)
        return frozenset(seated)

    # Messages that have to stand.

    async def _cards(self) -> None:
        for row in await self.store.read(self._standing):
            try:
                stands = await self.port.stands(self.space.ref, row.channel, row.ref)
            except (Gone, Rejected) as no:
                log.info("outbox row %s cannot be looked at: %s", row.id, no)
                continue
            if not stands:
                await self._write(partial(self._stand_again, row_id=row.id))

    def _standing(self, db: Session) -> list[Outbox]:
        posted = outbox.posted_in(db, self.space.id)
        return [row for row in posted if has_to_stand(db, self.runtime.app, row)]

    def _stand_again(self, db: Session, row_id: str) -> None:
        row = db.get(Outbox, row_id)
        if row is not None and row.state in (SENT, DEAD):  # and not on its way just now
            stand_again(db, self.runtime.app, row, self.runtime.now())


def is_news(one: Present, known: Account | None) -> bool:
    return known is None or not known.present or differs(known, one.who)


def together(db: Session, works: Sequence[Work]) -> None:
    for work in works:
        work(db)


def batches(items: Sequence[T], most: int) -> Iterator[Sequence[T]]:
    return (items[start : start + most] for start in range(0, len(items), most))
