"""How many there are of something, for the bounds of what one person or one community may have."""

from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, SQLModel


def how_many(db: Session, model: type[SQLModel], *which: Any) -> int:
    return int(db.execute(select(func.count()).select_from(model).where(*which)).scalar_one())
