"""What every table shares: short ids, aware UTC times, and names for constraints."""

import secrets
from datetime import UTC, datetime

from sqlalchemy import DateTime, func, select, text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator
from sqlmodel import Session, SQLModel

ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"  # no l, o, 0, 1: an id may be read aloud
ID_LENGTH = 10  # 32^10: a link of two ids and an action still fits 100 characters

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def new_id() -> str:
    """Ten characters, unguessable enough to be told apart, short enough for a button."""
    return "".join(ALPHABET[byte % 32] for byte in secrets.token_bytes(ID_LENGTH))


class Numbering:
    """Numbers in the order of writing, for one column.

    PostgreSQL has a sequence for it: who asked for the greatest number there would not see what others just add.
    """

    def __init__(self, table: type[SQLModel], column: str) -> None:
        self._greatest = select(func.max(getattr(table, column)))
        self._next = text(f"SELECT nextval('{sequence_of(str(table.__tablename__), column)}')")

    def next(self, db: Session) -> int:
        """A number greater than all that were given before."""
        if db.get_bind().dialect.name == "postgresql":
            return int(db.execute(self._next).scalar_one())
        return (db.execute(self._greatest).scalar_one() or 0) + 1


def sequence_of(table: str, column: str) -> str:
    """As PostgreSQL itself would name it."""
    return f"{table}_{column}_seq"


class UTCTime(TypeDecorator[datetime]):
    """An aware datetime, kept in UTC.  SQLite returns naive ones, so the zone is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            message = f"a naive datetime cannot be stored: {value}"
            raise ValueError(message)
        at = value.astimezone(UTC)
        return at.replace(tzinfo=None) if dialect.name == "sqlite" else at

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)
