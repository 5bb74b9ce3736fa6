"""Communities, the chats they live in, their members, and the accounts by which chats know them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKeyConstraint, Index, UniqueConstraint, bindparam
from sqlmodel import Column, Field, Session, SQLModel, col, func, select

from storage.asking import run
from storage.columns import UTCTime, new_id
from storage.locks import alone, alone_in, shared

ONE_IDENTITY = ("discord",)  # platforms on which a reference means the same person in every space


class Community(SQLModel, table=True):
    """People who share a practice.  Everything else belongs to exactly one community."""

    id: str = Field(default_factory=new_id, primary_key=True)
    name: str
    purpose: str = ""
    zone: str = "UTC"  # IANA name
    locale: str = "en"
    consent: str = "1"  # version of the text that people agree to when they join
    settings: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    halted: datetime | None = Field(default=None, sa_type=UTCTime)  # since when nothing is sent, by a coordinator
    created: datetime = Field(sa_type=UTCTime)


class Space(SQLModel, table=True):
    """One chat of a community: a Discord server, a Slack workspace, the playground."""

    __table_args__ = (UniqueConstraint("platform", "ref"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    community_id: str = Field(foreign_key="community.id", index=True)
    platform: str
    ref: str  # the platform's own id
    name: str = ""
    active: bool = True  # False once the bot was removed from it
    created: datetime = Field(sa_type=UTCTime)
    listed: datetime | None = Field(default=None, sa_type=UTCTime)  # when all its people were last compared


class Member(SQLModel, table=True):
    """A person of the community, whatever chats they use.  A guest is present but has not joined."""

    id: str = Field(default_factory=new_id, primary_key=True)
    community_id: str = Field(foreign_key="community.id", index=True)
    name: str
    status: str = "guest"  # guest, member, paused, left
    role: int = 1  # bot.actions.Role, as granted by the community
    zone: str = ""  # IANA name; empty: the community's
    locale: str = ""  # empty: the account's, then the community's
    quiet_from: str = "20:00"  # local wall clock, HH:MM
    quiet_to: str = "08:00"
    consent: str = ""  # the version agreed to
    joined: datetime | None = Field(default=None, sa_type=UTCTime)
    paused_until: datetime | None = Field(default=None, sa_type=UTCTime)
    created: datetime = Field(sa_type=UTCTime)


class Account(SQLModel, table=True):
    """How one chat knows a member."""

    __table_args__ = (
        UniqueConstraint("space_id", "ref"),
        Index("ix_account_person", "community_id", "platform", "ref"),
        Index("ix_account_opened", "space_id", "opened"),
    )

    id: str = Field(default_factory=new_id, primary_key=True)
    community_id: str = Field(foreign_key="community.id", index=True)
    member_id: str = Field(foreign_key="member.id", index=True)
    space_id: str = Field(foreign_key="space.id", index=True)
    platform: str
    ref: str
    name: str = ""
    locale: str = ""  # as the chat says it
    zone: str = ""
    present: bool = True  # False after they left that chat
    closed: bool = False  # direct messages were refused
    opened: datetime | None = Field(default=None, sa_type=UTCTime)  # when the bot first wrote to them
    seen: datetime = Field(sa_type=UTCTime)


class Muted(SQLModel, table=True):
    """A kind of message that a member switched off."""

    __table_args__ = (ForeignKeyConstraint(["member_id"], ["member.id"]),)

    member_id: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    community_id: str = Field(foreign_key="community.id", index=True)


class Profile(SQLModel, table=True):
    """What a member tells about themselves, a row a field, each with who may see it."""

    member_id: str = Field(foreign_key="member.id", primary_key=True)
    field: str = Field(primary_key=True)
    community_id: str = Field(foreign_key="community.id", index=True)
    value: str
    visible: str = "members"  # members, me


class Worry(SQLModel, table=True):
    """What somebody told the coordinators in private before joining.  Kept for 90 days."""

    id: str = Field(default_factory=new_id, primary_key=True)
    community_id: str = Field(foreign_key="community.id", index=True)
    member_id: str = Field(foreign_key="member.id", index=True)
    text: str
    answer: str = ""
    answerer_id: str | None = Field(default=None, foreign_key="member.id")
    at: datetime = Field(sa_type=UTCTime)


class Code(SQLModel, table=True):
    """A one-time code that joins two chats into one community, or two accounts into one member."""

    code: str = Field(primary_key=True)
    community_id: str = Field(foreign_key="community.id", index=True)
    kind: str  # community, member
    member_id: str = Field(foreign_key="member.id", index=True)
    claimed_space_id: str = ""  # the space that entered the code and waits for the other side
    claimed_by: str = ""  # the name of who entered it
    expires: datetime = Field(sa_type=UTCTime)


# Asked on every call, so built once: building a statement costs as much as running it.
SPACE = select(Space).where(Space.platform == bindparam("platform"), Space.ref == bindparam("ref"))
ACCOUNT = select(Account).where(Account.space_id == bindparam("space"), Account.ref == bindparam("ref"))
ACCOUNTS = (
    select(Account)
    .where(Account.member_id == bindparam("member"), col(Account.present))
    .order_by(col(Account.seen).desc(), col(Account.id))
)
REFS = (
    select(Account.member_id, Account.ref)
    .join(Member, col(Member.id) == col(Account.member_id))
    .where(Account.space_id == bindparam("space"), col(Account.member_id).in_(bindparam("members", expanding=True)))
    .where(col(Account.present), Member.status != "left")
)
MUTED = select(Muted.kind).where(Muted.member_id == bindparam("member"))


def space_of(db: Session, platform: str, ref: str) -> Space | None:
    return db.exec(SPACE, params={"platform": platform, "ref": ref}).first()


def space_alone(db: Session, platform: str, ref: str) -> Space | None:
    """A space, for whoever will change its community: nobody else changes it until the transaction ends."""
    if not shared(db):
        return space_of(db, platform, ref)
    locked = alone_in(db, platform, ref)
    space = space_of(db, platform, ref)
    while space is not None and space.community_id != locked:  # two communities became one while we waited
        locked = space.community_id
        alone(db, locked)
        db.refresh(space)
    return space


def spaces_of(db: Session, community_id: str) -> list[Space]:
    chosen = select(Space).where(Space.community_id == community_id, col(Space.active)).order_by(col(Space.created))
    return list(db.exec(chosen))


def spaces_on(db: Session, platform: str, ref: str = "") -> list[Space]:
    """Every space of a platform where the bot is, or the one of this reference."""
    chosen = select(Space).where(Space.platform == platform, col(Space.active)).order_by(col(Space.created))
    return list(db.exec(chosen.where(Space.ref == ref) if ref else chosen))


def account_of(db: Session, space_id: str, ref: str) -> Account | None:
    return db.exec(ACCOUNT, params={"space": space_id, "ref": ref}).first()


def accounts_in(db: Session, space_id: str) -> dict[str, Account]:
    """Everybody whom one space knows, by reference."""
    return {account.ref: account for account in db.exec(select(Account).where(Account.space_id == space_id))}


def members_behind(db: Session, space_id: str, refs: Iterable[str]) -> dict[str, str]:
    """Whose accounts these are: references to ids of members."""
    chosen = select(Account.ref, Account.member_id).where(Account.space_id == space_id, col(Account.ref).in_(refs))
    return dict(db.exec(chosen).all())


def account_elsewhere(db: Session, community_id: str, platform: str, ref: str) -> Account | None:
    """The same identity in another space of the community: one Discord user in two servers is one member.

    Slack's ids mean somebody only together with their workspace.
    """
    if platform not in ONE_IDENTITY:
        return None
    here = (Account.community_id == community_id, Account.platform == platform, Account.ref == ref)
    return db.exec(select(Account).where(*here)).first()


def accounts_of(db: Session, member_id: str) -> list[Account]:
    """Reachable accounts, the one seen last first."""
    return list(db.exec(ACCOUNTS, params={"member": member_id}))


def where_seen(db: Session, platform: str, ref: str) -> list[str]:
    """The references of the spaces in which a platform's user is, where they were seen last first."""
    mine = select(Space.ref).join(Account, col(Account.space_id) == col(Space.id)).where(Account.ref == ref)
    return list(db.exec(mine.where(Space.platform == platform, Account.present).order_by(col(Account.seen).desc())))


def openings_since(db: Session, space_id: str, since: datetime) -> int:
    """To how many accounts of a space the bot wrote for the first time since then."""
    return db.exec(select(func.count()).where(Account.space_id == space_id, col(Account.opened) > since)).one()


def refs_in(db: Session, space_id: str, member_ids: set[str]) -> dict[str, str]:
    """How one space knows these members: member id to account reference.  Who has left is no longer pointed at."""
    if not member_ids:
        return {}
    return dict(run(db, REFS, {"space": space_id, "members": list(member_ids)}).all())


def members(db: Session, community_id: str, status: str = "member") -> list[Member]:
    chosen = select(Member).where(Member.community_id == community_id, Member.status == status)
    return list(db.exec(chosen.order_by(col(Member.name), col(Member.id))))


def coordinators(db: Session, community_id: str, role: int) -> list[Member]:
    """Members who hold at least this role."""
    chosen = select(Member).where(Member.community_id == community_id, Member.role >= role, Member.status == "member")
    return list(db.exec(chosen.order_by(col(Member.name))))


def muted(db: Session, member_id: str) -> set[str]:
    return set(db.exec(MUTED, params={"member": member_id}))


def profile(db: Session, member_id: str) -> dict[str, Profile]:
    return {row.field: row for row in db.exec(select(Profile).where(Profile.member_id == member_id))}
