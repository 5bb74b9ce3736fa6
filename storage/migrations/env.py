"""How Alembic runs here: on the connection that it is given, against our models."""

from typing import Any, Literal

from alembic import context
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString

from storage.columns import UTCTime
from storage.schema import load_tables

load_tables()


def write_type(kind: str, made: Any, _context: Any) -> str | Literal[False]:
    """Name our own column types in generated revisions as what they are in the database."""
    if kind == "type" and isinstance(made, AutoString):
        return f"sa.String(length={made.length})" if made.length else "sa.String()"
    if kind == "type" and isinstance(made, UTCTime):
        return "sa.DateTime(timezone=True)"
    return False


def included(_made: Any, name: str | None, kind: str, _reflected: bool, _compare: Any) -> bool:
    """Search indexes are made by hand: the models do not know their tables."""
    return not (kind == "table" and name is not None and "_search" in name)


def run() -> None:
    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        compare_type=True,
        render_item=write_type,
        include_object=included,
    )
    context.run_migrations()


run()
