"""The library: what members share, why it helps, and how it is found again."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import ColumnElement, Index, exists, or_
from sqlmodel import Field, Session, SQLModel, col, func, select

from storage import finding
from storage.audience import open_to
from storage.columns import Numbering, UTCTime, new_id

SHARED, REMOVED, ERASED = "shared", "removed", "erased"
ASKED, ALLOWED, LINK_ONLY, REFUSED = "asked", "allowed", "link", "refused"
FOUND_MOST = 200  # nobody turns more than forty pages
RANKED_MOST = 1000  # before kind, tag and groups are looked at
WORDS_MOST = 16

# Scripts that are written without spaces, which the index takes for one long word.
UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")


class Resource(SQLModel, table=True):
    """Something that helped a member, and why.  One with a ``group_id`` is for the members of that group alone."""

    __table_args__ = (Index("ix_resource_address", "community_id", "url_key"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    number: int = Field(unique=True)  # of its entry in the search index
    community_id: str = Field(foreign_key="community.id", index=True)
    # who shared it; None once they left and took their words along, and others' reasons stayed
    member_id: str | None = Field(default=None, foreign_key="member.id", index=True)
    kind: str
    title: str = ""
    url: str = ""
    url_key: str = ""  # the same for every way to write the address
    why: str = ""
    quote: str = ""  # words of the author, kept only with their consent
    message_url: str = ""  # of the message that it was saved from
    author_id: str | None = Field(default=None, foreign_key="member.id")
    contact_id: str | None = Field(default=None, foreign_key="member.id")
    expires: date | None = None
    group_id: str | None = Field(default=None, foreign_key="group.id", index=True)
    outside: bool = False  # may be shown outside the community
    state: str = SHARED
    removed_by: str | None = Field(default=None, foreign_key="member.id")  # beside coordinators, who may put it back
    created: datetime = Field(sa_type=UTCTime)


class ResourceTag(SQLModel, table=True):
    """A word under which a resource is found."""

    resource_id: str = Field(foreign_key="resource.id", primary_key=True)
    tag: str = Field(primary_key=True, index=True)
    community_id: str = Field(foreign_key="community.id", index=True)


class ResourceNote(SQLModel, table=True):
    """Why a resource helps somebody who did not share it first."""

    resource_id: str = Field(foreign_key="resource.id", primary_key=True)
    member_id: str = Field(foreign_key="member.id", primary_key=True)
    community_id: str = Field(foreign_key="community.id", index=True)
    why: str
    at: datetime = Field(sa_type=UTCTime)


class QuoteRequest(SQLModel, table=True):
    """The author of a saved message is asked whether its words may be kept.

    The words wait here, shown to nobody but their author, and are gone with the answer.
    """

    id: str = Field(default_factory=new_id, primary_key=True)
    community_id: str = Field(foreign_key="community.id", index=True)
    resource_id: str = Field(foreign_key="resource.id", index=True)
    member_id: str = Field(foreign_key="member.id", index=True)  # the author
    words: str = ""
    state: str = ASKED
    asked: datetime = Field(sa_type=UTCTime)


class SearchMiss(SQLModel, table=True):
    """Words that were searched and not found: what the library lacks.  Nobody's name is kept."""

    id: str = Field(default_factory=new_id, primary_key=True)
    community_id: str = Field(foreign_key="community.id", index=True)
    words: str
    at: datetime = Field(sa_type=UTCTime)


NUMBERS = Numbering(Resource, "number")


def put(db: Session, resource: Resource, tags: Iterable[str] | None = None) -> None:
    """Save a resource, with these tags in place of those it has, and what it is found by."""
    if not resource.number:
        resource.number = NUMBERS.next(db)
    db.add(resource)
    db.flush()
    if tags is not None:
        retag(db, resource, tags)
    index(db, resource)


def put_note(db: Session, resource: Resource, note: ResourceNote) -> None:
    """Save a member's reason; it takes the place of their earlier one."""
    db.merge(note)
    db.flush()
    index(db, resource)


def retag(db: Session, resource: Resource, tags: Iterable[str]) -> None:
    wanted = set(tags)
    for row in db.exec(select(ResourceTag).where(ResourceTag.resource_id == resource.id)):
        if row.tag not in wanted:
            db.delete(row)
        wanted.discard(row.tag)
    db.add_all(ResourceTag(resource_id=resource.id, tag=tag, community_id=resource.community_id) for tag in wanted)
    db.flush()


def tags_of(db: Session, resource_id: str) -> list[str]:
    return list(
        db.exec(select(ResourceTag.tag).where(ResourceTag.resource_id == resource_id).order_by(ResourceTag.tag))
    )


def known_tags(db: Session, community_id: str, member_id: str, start: str = "", most: int = 25) -> list[str]:
    """Tags that begin like this, the most used first."""
    chosen = (
        select(ResourceTag.tag)
        .join(Resource, col(Resource.id) == col(ResourceTag.resource_id))
        .where(allowed(community_id, member_id))
        .where(col(ResourceTag.tag).startswith(start, autoescape=True))
        .group_by(ResourceTag.tag)
        .order_by(func.count().desc(), ResourceTag.tag)
    )
    return list(db.exec(chosen.limit(most)))


def notes_of(db: Session, resource_id: str) -> list[ResourceNote]:
    chosen = select(ResourceNote).where(ResourceNote.resource_id == resource_id)
    return list(db.exec(chosen.order_by(col(ResourceNote.at), col(ResourceNote.member_id))))


def notes_by(db: Session, community_id: str, member_id: str) -> list[ResourceNote]:
    chosen = select(ResourceNote).where(ResourceNote.community_id == community_id, ResourceNote.member_id == member_id)
    return list(db.exec(chosen.order_by(col(ResourceNote.at))))


def requests_about(db: Session, resource_id: str) -> list[QuoteRequest]:
    return list(db.exec(select(QuoteRequest).where(QuoteRequest.resource_id == resource_id)))


def every_request_to(db: Session, community_id: str, member_id: str) -> list[QuoteRequest]:
    """Questions to an author, with or without an answer."""
    mine = (QuoteRequest.community_id == community_id, QuoteRequest.member_id == member_id)
    return list(db.exec(select(QuoteRequest).where(*mine).order_by(col(QuoteRequest.asked))))


def requests_to(db: Session, community_id: str, member_id: str) -> list[QuoteRequest]:
    """Questions that an author has not answered yet."""
    return [request for request in every_request_to(db, community_id, member_id) if request.state == ASKED]


def allowed(community_id: str, member_id: str) -> ColumnElement[bool]:
    """What this member may know of."""
    here = (col(Resource.community_id) == community_id) & (col(Resource.state) == SHARED)
    return here & open_to(col(Resource.group_id), member_id)


def may_see(db: Session, resource: Resource, member_id: str) -> bool:
    here = allowed(resource.community_id, member_id)
    return db.exec(select(Resource.id).where(here, Resource.id == resource.id)).first() is not None


def everything(db: Session, community_id: str, member_id: str, most: int) -> list[Resource]:
    """All that this member may know of, the newest first."""
    chosen = select(Resource).where(allowed(community_id, member_id))
    return list(db.exec(chosen.order_by(col(Resource.number).desc()).limit(most)))


def titled(db: Session, community_id: str, member_id: str, part: str = "") -> list[Resource]:
    """What has this within its title, the newest first."""
    chosen = select(Resource).where(allowed(community_id, member_id), Resource.title != "")
    chosen = chosen.where(col(Resource.title).icontains(part, autoescape=True))
    return list(db.exec(chosen.order_by(col(Resource.number).desc()).limit(FOUND_MOST)))


def same_address(db: Session, community_id: str, member_id: str, key: str) -> Resource | None:
    """What is shared already under this address."""
    if not key:
        return None
    chosen = select(Resource).where(allowed(community_id, member_id), Resource.url_key == key)
    return db.exec(chosen.order_by(col(Resource.group_id).is_not(None), col(Resource.number))).first()


def saved_from(db: Session, community_id: str, member_id: str, message_url: str) -> Resource | None:
    """What was saved from this message."""
    chosen = select(Resource).where(allowed(community_id, member_id), Resource.message_url == message_url)
    return db.exec(chosen.order_by(col(Resource.number))).first()


def shared_by(db: Session, community_id: str, member_id: str) -> list[Resource]:
    chosen = select(Resource).where(Resource.community_id == community_id, Resource.member_id == member_id)
    return list(db.exec(chosen.order_by(col(Resource.created))))


def about(db: Session, community_id: str, member_id: str) -> list[Resource]:
    """What names a member who need not have shared it: as the author of its words, or as somebody to ask."""
    named = or_(col(Resource.author_id) == member_id, col(Resource.contact_id) == member_id)
    chosen = select(Resource).where(Resource.community_id == community_id, named)
    return list(db.exec(chosen.order_by(col(Resource.created))))


def shared_by_others(db: Session, community_id: str, member_id: str, today: date, most: int) -> list[Resource]:
    """The newest that a member has not shared themselves."""
    theirs = col(Resource.member_id).is_distinct_from(member_id)
    chosen = select(Resource).where(allowed(community_id, member_id), fresh(today), theirs)
    return list(db.exec(chosen.order_by(col(Resource.number).desc()).limit(most)))


def taken_out(db: Session, community_id: str, key: str) -> bool:
    """Whether an author wanted their message out of the library."""
    here = (Resource.community_id == community_id, Resource.url_key == key, Resource.state == REFUSED)
    return db.exec(select(Resource.id).where(*here)).first() is not None


def fresh(today: date) -> ColumnElement[bool]:
    return or_(col(Resource.expires).is_(None), col(Resource.expires) >= today)


def search(
    db: Session, community_id: str, member_id: str, today: date, *, words: str = "", tag: str = "", kind: str = ""
) -> list[Resource]:
    """What fits, best first; without words the newest first.  Every word has to be there, the last one may be begun."""
    chosen = select(Resource).where(allowed(community_id, member_id), fresh(today))
    if kind:
        chosen = chosen.where(Resource.kind == kind)
    if tag:
        tagged = exists().where(col(ResourceTag.resource_id) == col(Resource.id), col(ResourceTag.tag) == tag)
        chosen = chosen.where(tagged)
    tokens = split(words)
    if tokens and not UNSPACED.search(words):
        ranks = finding.ranked(db, community_id, tokens)
        hits = [r for r in db.exec(chosen.where(col(Resource.number).in_(ranks))) if r.number in ranks]
        if hits:
            return sorted(hits, key=lambda r: ranks[r.number])[:FOUND_MOST]
    for token in tokens:
        chosen = chosen.where(contains(token))
    return list(db.exec(chosen.order_by(col(Resource.number).desc()).limit(FOUND_MOST)))


def split(words: str) -> list[str]:
    """Words of a search, without anything that a search language could take for its own."""
    found = re.findall(r"\w+", unicodedata.normalize("NFC", words).casefold())
    return [token for token in found if token.strip("_")][:WORDS_MOST]


def contains(token: str) -> ColumnElement[bool]:
    """Whether a word stands anywhere, also within others: for scripts without spaces, and where nothing else fits."""
    mine = col(Resource.id)
    tagged = exists().where(
        col(ResourceTag.resource_id) == mine, col(ResourceTag.tag).icontains(token, autoescape=True)
    )
    noted = exists().where(
        col(ResourceNote.resource_id) == mine, col(ResourceNote.why).icontains(token, autoescape=True)
    )
    columns = (Resource.title, Resource.why, Resource.quote, Resource.url_key)
    return or_(*(col(c).icontains(token, autoescape=True) for c in columns), tagged, noted)


def misses(db: Session, community_id: str, since: datetime, most: int) -> list[tuple[str, int]]:
    """What was searched in vain, the most often first."""
    counted = (
        select(SearchMiss.words, func.count())
        .where(SearchMiss.community_id == community_id, col(SearchMiss.at) >= since)
        .group_by(SearchMiss.words)
        .order_by(func.count().desc(), SearchMiss.words)
    )
    return list(db.exec(counted.limit(most)))


def index(db: Session, resource: Resource) -> None:
    """Put what a resource is found by in place of what it was found by."""
    entry = None
    if resource.state == SHARED:
        reasons = (note.why for note in notes_of(db, resource.id))
        words = " ".join((resource.why, resource.quote, resource.url_key, *reasons))
        entry = finding.Entry(resource.community_id, resource.title, " ".join(tags_of(db, resource.id)), words)
    finding.index(db, resource.number, entry)


def index_again(db: Session, community_id: str) -> None:
    """Everything of a community, whose name is part of each entry."""
    for resource in db.exec(select(Resource).where(Resource.community_id == community_id)):
        index(db, resource)
