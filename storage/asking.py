"""Statements past the unit of work, which costs several times the statement itself, and has no words for some."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import CursorResult, Executable
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel

Values = Mapping[str, Any] | Sequence[Mapping[str, Any]]


def run(db: Session, statement: Executable, values: Values | None = None) -> CursorResult[*tuple[Any, ...]]:
    """What the session changed before is seen here; what this changes is not seen in rows that the session holds."""
    db.flush()
    return db.connection().execute(statement, values)


def insert_once(db: Session, row: SQLModel, key: str) -> None:
    """Add a row unless there is one with this key, also when somebody else adds it at the same moment."""
    insert = postgresql.insert if db.get_bind().dialect.name == "postgresql" else sqlite.insert
    db.execute(insert(type(row)).values(row.model_dump()).on_conflict_do_nothing(index_elements=[key]))
