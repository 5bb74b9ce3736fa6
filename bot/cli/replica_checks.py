"""What the doctor sees of the replicas: which processes work on a database now, and what each of them holds."""

from collections.abc import Iterator

from sqlalchemy import Connection
from sqlmodel import Session

from bot.cli.checks import Check
from bot.leases import LEASE
from storage import leases


def check_replicas(connection: Connection) -> Iterator[Check]:
    with Session(connection) as db:
        now = leases.clock(db)
        living = leases.replicas(db, now - LEASE)
        held = [lease for lease in leases.leases(db) if lease.until > now]
        if not living:
            yield Check("replicas", "note", "None is running now.")
        for replica in living:
            mine = ", ".join(lease.name for lease in held if lease.holder == replica.id)
            text = f"{replica.name}, version {replica.version}: {mine or 'holds nothing, sends what is due'}"
            yield Check("replica", "ok", text)
