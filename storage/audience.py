"""Who may see what belongs to a group: what is said in a private group stays among its members."""

from typing import Any

from sqlalchemy import ColumnElement, or_
from sqlmodel import Session, col, select

from storage.groups import INSIDE, Group, Seat


def group_at(db: Session, place_id: str) -> Group | None:
    """The group whose home this place is."""
    return db.exec(select(Group).where(Group.place_id == place_id)).first()


def open_to(group_id: Any, member_id: str) -> ColumnElement[bool]:
    """Whether a member may see a row: it belongs to no group, to a group that everybody knows, or to one of theirs."""
    known = select(Group.id).where(col(Group.private).is_(False))
    mine = select(Seat.group_id).where(Seat.member_id == member_id, col(Seat.state).in_(INSIDE))
    return or_(group_id.is_(None), group_id.in_(known), group_id.in_(mine))
