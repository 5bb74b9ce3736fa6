"""Statements that were built once, run past the unit of work, which costs several times the statement itself."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import CursorResult, Executable
from sqlmodel import Session

Values = Mapping[str, Any] | Sequence[Mapping[str, Any]]


def run(db: Session, statement: Executable, values: Values | None = None) -> CursorResult[*tuple[Any, ...]]:
    """What the session changed before is seen here; what this changes is not seen in rows that the session holds."""
    db.flush()
    return db.connection().execute(statement, values)
