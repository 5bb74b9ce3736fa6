"""A row in every table, so that a promise about all tables is tested on all of them, also on those to come."""

from dataclasses import MISSING
from datetime import date, datetime, timedelta
from typing import Any
from zlib import crc32

from pydantic_core import PydanticUndefined
from sqlalchemy import Column, Table, insert, select
from sqlmodel import Session, SQLModel

from storage.columns import new_id
from storage.moving import OF_THE_PROCESSES
from storage.people import Member
from tests.world import START

Row = dict[str, Any]
APART = {"community", "member"}  # the rows that all others belong to
ONE = {"seal"}  # tables of one row, whatever number of communities
MEANT = {
    "zone": "UTC",
    "answer": "yes",
    "key": "something",
    "state": "in",
    "kind": "member",
    "op": "post",
    "rule": "",
}  # no free text


def tables() -> list[Table]:
    """All but what the running processes tell each other."""
    return [t for t in SQLModel.metadata.sorted_tables if t.name not in OF_THE_PROCESSES]


def model_of(table: Table) -> type[SQLModel]:
    [found] = [m.class_ for m in SQLModel._sa_registry.mappers if m.local_table is table]
    return found


def fill(db: Session, member: Member, mark: str) -> dict[str, Row]:
    """A row in each table of this member's community, tied to each other; free text carries the mark."""
    made: dict[str, Row] = {"community": {"id": member.community_id}, "member": {"id": member.id}}
    for table in tables():
        if table.name in APART:
            continue
        there = db.execute(select(table)).mappings().first() if table.name in ONE else None
        made[table.name] = dict(there) if there else {c.name: value(c, made, mark) for c in table.columns}
        if not there:
            db.execute(insert(table).values(made[table.name]))
    return made


def value(column: Column[Any], made: dict[str, Row], mark: str) -> Any:
    """What this column holds: a row that was made, what the model starts with, or something of its type."""
    for key in column.foreign_keys:
        return made[key.column.table.name][key.column.name] if key.column.table.name in made else None
    if column.name == "member_id":
        return made["member"]["id"]
    field = model_of(column.table).model_fields[column.name]
    if field.default_factory is not None:
        return field.get_default(call_default_factory=True)
    if field.default not in (PydanticUndefined, MISSING, ""):
        return field.default
    kind = python_type(column)
    if kind is str and column.primary_key:
        return new_id()
    if kind is str:
        return MEANT.get(column.name, f"{mark} {column.table.name} {column.name}")
    once = crc32(mark.encode()) % 10**6 if column.unique else 1
    return {int: once, bool: False, float: 1.0, dict: {}, list: [], datetime: START + timedelta(days=1),
            date: START.date()}[kind]  # fmt: skip


def python_type(column: Column[Any]) -> type:
    """What a column holds, also under a type of our own."""
    return getattr(column.type, "impl_instance", column.type).python_type


def dump(db: Session, community_id: str = "") -> dict[str, list[Row]]:
    """All rows of a community, or of all of them, by table."""
    found = {}
    for table in tables():
        owner = table.c.get("id" if table.name == "community" else "community_id")
        if community_id and owner is None:
            continue  # what belongs to the process and to no community
        chosen = select(table) if owner is None or not community_id else select(table).where(owner == community_id)
        found[table.name] = sorted((dict(row) for row in db.execute(chosen).mappings()), key=str)
    return found


def naming(rows: dict[str, list[Row]], words: str) -> list[str]:
    """Tables with a row that contains these words, such as an id."""
    return [name for name, found in rows.items() if words in str(found)]
