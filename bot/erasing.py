"""Erasing for good: what people had deleted is noted outside the database, and deleted again after a restore."""

import asyncio
from datetime import datetime

from sqlmodel import Session

from bot.actions import App
from bot.calls import Turn
from bot.people import the_clock
from bot.planning import plan
from storage import erasures
from storage.erasures import Journal
from storage.people import Member
from storage.presence import community_facts
from storage.store import Store


class Erasures:
    """Keeps this replica's journal up to date, and lets the accounts of the erased go once they are in it."""

    def __init__(self, store: Store, journal: Journal) -> None:
        self.store = store
        self.journal = journal

    async def tick(self) -> None:
        if await self.store.read(erasures.unmarked):
            key = await self.store.read(erasures.seal) or await asyncio.to_thread(self.journal.key)
            await self.store.write(lambda db: erasures.put_marks(db, key))
        written = {entry.id for entry in self.journal.entries()}
        missing = await self.store.read(lambda db: erasures.unwritten(db, written))
        if missing:
            await asyncio.to_thread(self.journal.learn, await self.store.read(erasures.seal))
            await asyncio.to_thread(self.journal.add, missing)
            written |= {entry.id for entry in missing}
        finished = await self.store.read(lambda db: erasures.finished(db, written))
        if finished:
            await self.store.write(lambda db: erasures.let_go(db, written))


def erase_again(db: Session, app: App, journal: Journal, now: datetime) -> int:
    """In a database that was put back, what people had deleted goes again, as they once wished; how many they are."""
    again = erasures.catch_up(db, journal)
    for member_id in again:
        community = community_facts(db, db.get_one(Member, member_id).community_id)
        turn = Turn(the_clock(community), community, now, db, app)
        plan(turn, app.actions["joining.erase"].run(turn, member_id))
    erasures.drop_drafts(db, again)
    return len(again)
