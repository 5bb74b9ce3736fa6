"""Restoring: a backup takes the place of the database, and nothing that went out since is sent again."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from sqlalchemy import Engine
from sqlmodel import Session

from bot.actions import App
from bot.calls import Turn
from bot.cli.console import BUSY, Stop, progress, say
from bot.erasing import erase_again
from bot.features import find_features
from bot.people import the_clock
from bot.planning import plan
from storage import backups, finding, reopening, schema
from storage.backups import NoBackup
from storage.erasures import Journal
from storage.presence import community_facts
from storage.reopening import Reopened
from storage.store import DatabaseInUse
from storage.store.sqlite import lock, open_engine


@dataclass(frozen=True, slots=True)
class Settled:
    """What was found and done in a database that was put back."""

    taken: datetime | None  # when the last thing in it happened
    reopened: Reopened
    erased: int


def restore(file: Path, target: Path, journal: Path, now: datetime) -> None:
    """Put a backup in the place of the database, and say what that means."""
    held = take_lock(target)
    try:
        with progress(f"Copying and checking {file}"):
            prepared, contents = backups.prepare(file, target)
        try:
            if not contents.revision:
                raise Stop(f"{file} is no database of Commonplace. Nothing was changed.")
            settled = bring_back(prepared, journal, now)
            kept = backups.put_in_place(prepared, target, now)
        finally:
            backups.discard(prepared)
    except NoBackup as problem:
        raise Stop(f"{problem} Nothing was changed.") from problem
    except OSError as error:
        raise Stop(f"{target} could not be replaced: {error}.") from error
    finally:
        held.close()
    say(f"Restored {target} from {file}: {contents.total:,} rows in {len(contents.rows)} tables, all checked.")
    report(settled)
    if kept is not None:
        say(f"The database as it was until now is kept as {kept}. Remove it once all is well.")


def take_lock(target: Path) -> IO[str]:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        return lock(target)
    except DatabaseInUse as busy:
        raise Stop(str(busy), BUSY) from busy
    except OSError as error:
        raise Stop(f"Nothing can be written into {target.parent}: {error.strerror}.") from error


def bring_back(prepared: Path, journal: Path, now: datetime) -> Settled:
    """Bring a copy up to date, and look through it before any bot does."""
    engine = open_engine(prepared)
    try:
        with progress("Looking for what was sent since"):
            schema.upgrade(engine)
            settled = settle(engine, Journal(journal), now)
    except schema.NewerDatabase as newer:
        raise Stop(f"{newer} Nothing was changed.") from newer
    finally:
        engine.dispose()
    if settled.erased:
        backups.compact(prepared)
    backups.examine(prepared)
    return settled


def settle(engine: Engine, journal: Journal, now: datetime) -> Settled:
    """What a database that was put back needs before the first connection, in one transaction."""
    app = App(find_features())
    with engine.connect() as connection, connection.begin(), Session(connection) as db:
        taken = reopening.last_change(db)
        reopened = reopening.reopen(db, taken or now, now)
        erased = erase_again(db, app, journal, now)
        for community_id in reopened.asked:
            community = community_facts(db, community_id)
            turn = Turn(the_clock(community), community, now, db, app)
            plan(turn, app.tells("held", turn))
        if erased:
            db.flush()
            finding.forget_deleted(db)
        db.commit()
    return Settled(taken, reopened, erased)


def report(settled: Settled) -> None:
    """In plain words, with what to do next."""
    if settled.taken is not None:
        say(
            f"The last thing in it happened on {settled.taken:%Y-%m-%d at %H:%M} UTC. What people did after that is "
            "lost: votes, answers, new members. Tell them, so that they can do it again."
        )
    made = settled.reopened
    if made.unsure or made.held:
        say(
            f"Messages that were due since then: {made.unsure} are looked up in the chat, and sent only if they are "
            f"not there; {made.held} wait for a coordinator, since that cannot be looked up."
        )
    if made.runs:
        say(f"Planned steps that are done again, such as closing a poll: {made.runs}. What they send is looked up too.")
    if settled.erased:
        say(f"People whose data was deleted after the backup: {settled.erased}. It was deleted again.")
