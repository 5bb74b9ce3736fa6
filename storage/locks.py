"""What may be done by one at a time, across all processes.  On SQLite one process has the file, so all of it is."""

from sqlalchemy import text
from sqlmodel import Session

ALONE = text("SELECT pg_advisory_xact_lock(hashtextextended('community ' || CAST(:community AS text), 0))")
ALONE_IN = text(
    "SELECT community_id, pg_advisory_xact_lock(hashtextextended('community ' || community_id, 0)) "
    "FROM space WHERE platform = :platform AND ref = :ref"
)
TAKE = text("SELECT pg_try_advisory_xact_lock(hashtextextended(CAST(:what AS text), 0))")


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


def take(db: Session, what: str) -> bool:
    """Whether nobody else has it; then it is ours until the transaction ends.

    It is a name and no row: whoever plans a change to what is being sent need not wait until it was sent.
    """
    return not shared(db) or bool(db.execute(TAKE, {"what": what}).scalar_one())


def shared(db: Session) -> bool:
    """Whether other processes may work on the same database."""
    return db.get_bind().dialect.name == "postgresql"
