"""Two communities become one, and two members become one: every table's rows move along."""

from collections.abc import Iterator

from sqlalchemy import Column, Table, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, SQLModel, col
from sqlmodel import select as choose

from storage.groups import IN, Seat
from storage.locks import alone
from storage.outbox import Outbox
from storage.people import ONE_IDENTITY, Account, Community, Member
from storage.places import Channel, Place
from storage.resources import index_again


class Clash(RuntimeError):
    """A row of one community cannot stand beside one of the other; ``table`` says of which kind."""

    def __init__(self, table: str) -> None:
        super().__init__(f"rows of {table} clash")
        self.table = table


def merge_members(db: Session, keep: str, gone: str) -> None:
    """Everything of one member becomes the other's.  Where both have a row of one meaning, the kept one's stays."""
    db.flush()
    merge_planned(db, keep, gone)
    merge_seats(db, keep, gone)
    for table, column in member_columns():
        for key in db.execute(select(*table.primary_key).where(column == gone)).all():
            here = [c == value for c, value in zip(table.primary_key, key, strict=True)]
            try:
                with db.begin_nested():
                    db.execute(update(table).where(*here).values({column.name: keep}))
            except IntegrityError:
                db.execute(delete(table).where(*here))
    db.expire_all()
    db.execute(delete(Member).where(col(Member.id) == gone))
    db.expire_all()


def merge_planned(db: Session, keep: str, gone: str) -> None:
    """What is planned for a member says so in its key, its lane and its link as well."""
    for row in db.exec(choose(Outbox).where(col(Outbox.key).contains(gone) | col(Outbox.link).contains(gone))).all():
        named = {"key": row.key, "lane": row.lane, "link": row.link}
        here = col(Outbox.id) == row.id
        try:
            with db.begin_nested():
                db.execute(update(Outbox).where(here).values({k: v.replace(gone, keep) for k, v in named.items()}))
        except IntegrityError:
            db.execute(delete(Outbox).where(here))
    db.expire_all()


def merge_seats(db: Session, keep: str, gone: str) -> None:
    """Who is in a group with one account and waits with the other is in it."""
    for seat in db.exec(choose(Seat).where(Seat.member_id == gone, Seat.state == IN)).all():
        twin = db.get(Seat, (seat.group_id, keep))
        if twin is not None and twin.state != IN:
            db.delete(twin)
    db.flush()


def member_columns() -> Iterator[tuple[Table, Column[object]]]:
    """Every column that names a member, by foreign key or by its name."""
    for table in SQLModel.metadata.sorted_tables:
        for column in table.columns:
            refers = any(key.column.table.name == "member" for key in column.foreign_keys)
            if refers or column.name == "member_id":
                yield table, column


def join_communities(db: Session, into: str, gone: str) -> None:
    """Everything of one community becomes the other's.  Raises Clash where a unique name stands in both."""
    db.flush()
    alone(db, gone)
    merge_places(db, into, gone)
    meant = select(col(Outbox.key)).where(col(Outbox.community_id) == into).scalar_subquery()
    db.execute(delete(Outbox).where(col(Outbox.community_id) == gone, col(Outbox.key).in_(meant)))
    for table in SQLModel.metadata.sorted_tables:
        if "community_id" in table.columns:
            try:
                with db.begin_nested():
                    db.execute(update(table).where(table.c.community_id == gone).values(community_id=into))
            except IntegrityError as error:
                raise Clash(table.name) from error
    db.expire_all()
    db.execute(delete(Community).where(col(Community.id) == gone))
    db.expire_all()
    index_again(db, into)
    merge_known(db, into)


def merge_places(db: Session, into: str, gone: str) -> None:
    """A purpose that both have is one place afterwards, with the channels of both."""
    kept = {place.purpose: place for place in db.exec(choose(Place).where(Place.community_id == into))}
    for place in db.exec(choose(Place).where(Place.community_id == gone)):
        twin = kept.get(place.purpose)
        if twin is not None:
            db.execute(update(Channel).where(col(Channel.place_id) == place.id).values(place_id=twin.id))
            for table in SQLModel.metadata.sorted_tables:
                if "place_id" in table.columns and table.name != "channel":
                    db.execute(update(table).where(table.c.place_id == place.id).values(place_id=twin.id))
            db.execute(delete(Place).where(col(Place.id) == place.id))
    db.expire_all()


def merge_known(db: Session, community_id: str) -> None:
    """One platform identity in two chats of a community is one member."""
    first: dict[tuple[str, str], str] = {}
    alike = choose(Account).where(Account.community_id == community_id, col(Account.platform).in_(ONE_IDENTITY))
    accounts = alike.order_by(col(Account.seen), col(Account.id))
    for account in list(db.exec(accounts)):
        member_id = first.setdefault((account.platform, account.ref), account.member_id)
        if account.member_id != member_id:
            merge_members(db, member_id, account.member_id)
