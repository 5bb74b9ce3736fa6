"""SQL compiled once for all tests: each opens an engine of its own, and compiling for each took half of their time."""

from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Dialect, Engine

compiled: dict[Any, Any] = {}  # by dialect and statement; what our code asks is bounded


def share_compiled() -> None:
    """From now on engines for one driver share what was compiled, as the connections of one engine do."""
    for kind in (SQLiteDialect_pysqlite, PGDialect_psycopg):
        kind.__eq__ = alike  # type: ignore[method-assign,assignment]
        kind.__hash__ = by_kind  # type: ignore[method-assign,assignment]
    event.listen(Engine, "engine_connect", remember)


def alike(one: Dialect, other: object) -> bool:
    return type(one) is type(other)


def by_kind(one: Dialect) -> int:
    return hash(type(one))


def remember(connection: Connection) -> None:
    connection.execution_options(compiled_cache=compiled)
