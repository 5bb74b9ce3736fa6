"""What may be done by one at a time, across all processes.  On SQLite one process has the file, so all of it is."""

from sqlalchemy import text
from sqlmodel import Session

ALONE = text("SELECT pg_advisory_xact_lock(hashtextextended('community ' || CAST(:community AS text), 0))")
ALONE_IN = text(
    "SELECT community_id, pg_advisory_xact_lock(hashtextextended('community ' || community_id, 0)) "
    "FROM space WHERE platform = :platform AND ref = :ref"
)
TAKE = text(
    "SELECT name FROM unnest(CAST(:names AS text[])) AS name WHERE pg_try_advisory_xact_lock(hashtextextended(name, 0))"
)


def alone(db: Session, community_id: str) -> None:
    """Until the transaction ends nobody else changes this community: what is read now is still so when it is written.

    Taken before anything of the community is read.  Different communities are changed side by side.
    """
    if shared(db):
        db.execute(ALONE, {"community": community_id})


def alone_in(db: Session, platform: str, ref: str) -> str:
    """The same for the community of a space; its id, or nothing where the space is not known."""
    found = db.execute(ALONE_IN, {"platform": platform, "ref": ref}).first()
    return found.community_id if found else ""


def take(db: Session, *names: str) -> list[str]:
    """Those that nobody else has; they are ours until the transaction ends.

    They are names and no rows: whoever plans a change to what is being sent need not wait until it was sent.
    """
    if not names or not shared(db):
        return list(names)
    return list(db.execute(TAKE, {"names": list(names)}).scalars())


def shared(db: Session) -> bool:
    """Whether other processes may work on the same database."""
    return db.get_bind().dialect.name == "postgresql"
