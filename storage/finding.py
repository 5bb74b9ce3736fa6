"""The index by which words find resources: FTS5 on SQLite, a tsvector on PostgreSQL, with the same answers."""

import re
import unicodedata
from dataclasses import dataclass

from sqlalchemy import text
from sqlmodel import Session

RANKED_MOST = 1000  # before kind, tag and groups are looked at
INDEXED_MOST = 200_000  # characters; a tsvector holds a megabyte

UNINDEX = {
    "sqlite": text("DELETE FROM resource_search WHERE rowid = :number"),
    "postgresql": text("DELETE FROM resource_search WHERE number = :number"),
}
INDEX = {
    "sqlite": text("INSERT INTO resource_search(rowid, title, tags, words) VALUES (:number, :title, :tags, :words)"),
    # the community is a word of each of its entries, so that the index of words alone finds what is in both
    "postgresql": text(
        "INSERT INTO resource_search(number, document) VALUES (:number, array_to_tsvector(ARRAY[CAST(:home AS text)]) "
        "|| setweight(to_tsvector('commonplace', :title), 'A') || setweight(to_tsvector('commonplace', :tags), 'B') "
        "|| to_tsvector('commonplace', :words))"
    ),
}
RANKED = {
    "sqlite": text(
        "SELECT resource.number, bm25(resource_search, 6.0, 4.0, 1.0) AS fit "
        "FROM resource_search JOIN resource ON resource.number = resource_search.rowid "
        "WHERE resource_search MATCH :query AND resource.community_id = :community ORDER BY fit LIMIT :most"
    ),
    "postgresql": text(
        "SELECT resource.number, -ts_rank('{0.16, 0.16, 0.66, 1.0}', document, query) AS fit "
        "FROM to_tsquery('commonplace', :query) AS query, resource_search "
        "JOIN resource ON resource.number = resource_search.number "
        "WHERE document @@ (CAST(:home AS tsquery) && query) AND resource.community_id = :community "
        "ORDER BY fit LIMIT :most"
    ),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """What one resource is found by; what stands in its title counts most."""

    community_id: str
    title: str
    tags: str
    words: str


def index(db: Session, number: int, entry: Entry | None) -> None:
    """Put an entry in place of the one with this number; None takes it out."""
    kind = db.get_bind().dialect.name
    db.execute(UNINDEX[kind], {"number": number})
    if entry is None:
        return
    parts = {"title": entry.title, "tags": entry.tags, "words": entry.words}
    if kind == "postgresql":
        parts = {name: plain(part) for name, part in parts.items()} | {"home": home(entry.community_id)}
    db.execute(INDEX[kind], {"number": number, **parts})


def forget_deleted(db: Session) -> None:
    """FTS5 remembers the words of what was taken out of it until it writes itself anew."""
    if db.get_bind().dialect.name == "sqlite":
        db.execute(text("INSERT INTO resource_search(resource_search) VALUES ('optimize')"))


def ranked(db: Session, community_id: str, tokens: list[str]) -> dict[int, float]:
    """Numbers of the resources with all of these words; the smaller the rank, the better it fits.

    What was typed as a whole word counts as its stem, too; the last one may be begun.
    """
    given = {"community": community_id, "most": RANKED_MOST}
    if db.get_bind().dialect.name == "postgresql":
        *first, last = (f"'{plain(token)}'" for token in tokens)
        query = " & ".join([*first, f"({last} | {last}:*)"])
        rows = db.execute(RANKED["postgresql"], {"query": query, "home": f"'{home(community_id)}'", **given})
    else:
        *first, last = (f'"{token}"' for token in tokens)
        query = " AND ".join([*first, f"({last} OR {last}*)"])
        rows = db.execute(RANKED["sqlite"], {"query": query, **given})
    return {row.number: row.fit for row in rows}


def home(community_id: str) -> str:
    """A word that nobody can search for, since it has a blank."""
    return f"in {community_id}"


def plain(words: str) -> str:
    """Letters and digits as FTS5 sees them: without accents, and nothing that PostgreSQL takes for an address."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", words) if not unicodedata.combining(c))
    return " ".join(re.findall(r"[^\W_]+", unicodedata.normalize("NFC", bare).casefold()))[:INDEXED_MOST]
