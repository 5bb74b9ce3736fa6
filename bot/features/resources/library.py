"""What the parts of the library share: the feature, how a resource looks, and how it is named and found."""

import re
import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Literal

from bot.actions import Feature, Refuse, Role
from bot.calls import Turn
from bot.cards import Block, Button, Card, Note, Option, Prose
from bot.people import named
from bot.text import Command, Href, Text, lines, listed, said, say
from storage import resources as shelf
from storage.places import Place, channels_of, place_for
from storage.resources import Resource

resources = Feature("resources", say("Share what helped you, and find what helped others"))

Kind = Literal["link", "note", "tool", "template", "guide", "story"]

TITLE_MAX = 100
WHY_MAX = 500
TAG_MAX = 20
TAGS_MAX = 5
NOTES_SHOWN = 3
NO_WORD = re.compile(r"[^\w-]+|_")


def shown(turn: Turn, row: Resource, *buttons: Button) -> Card:
    """Everything about a resource that its readers may know."""
    blocks: list[Block] = [Prose(body(turn, row))]
    if others := notes(turn, row):
        blocks.append(Prose(others))
    blocks.append(Note(small_print(turn, row)))
    return Card(name_of(row), tuple(blocks), buttons)


def body(turn: Turn, row: Resource) -> Text:
    return lines(
        say("{link}", link=Href("", row.url)) if row.url else Text(),
        said(row.why) if row.why else Text(),
        say("“{words}”, {author}", words=row.quote, author=named(turn, row.author_id)) if quoted_by(row) else Text(),
        say("“{words}”", words=row.quote) if row.quote and not row.author_id else Text(),
        say("From {message}", message=Href(say("this message"), row.message_url)) if from_message(row) else Text(),
    )


def quoted_by(row: Resource) -> bool:
    return bool(row.quote and row.author_id)


def from_message(row: Resource) -> bool:
    return bool(row.message_url and row.message_url != row.url)


def notes(turn: Turn, row: Resource) -> Text:
    """Why it helps others."""
    found = shelf.notes_of(turn.db, row.id)
    more = say("{n} more", n=len(found) - NOTES_SHOWN) if len(found) > NOTES_SHOWN else Text()
    told = (say("{who}: {why}", who=named(turn, n.member_id), why=n.why) for n in found[-NOTES_SHOWN:])
    return lines(*told, more)


def small_print(turn: Turn, row: Resource) -> Text:
    tags = shelf.tags_of(turn.db, row.id)
    today = turn.now.astimezone(turn.zone).date()
    over = say("out of date since {day}", day=row.expires) if row.expires and row.expires < today else Text()
    until = say("good until {day}", day=row.expires) if row.expires and row.expires >= today else Text()
    return listed(
        (
            by(turn, row),
            say("ask {who} about it", who=named(turn, row.contact_id)) if row.contact_id else Text(),
            say("tags: {tags}", tags=", ".join(tags)) if tags else Text(),
            over,
            until,
            say("may be shown outside") if row.outside else Text(),
        )
    )


def by(turn: Turn, row: Resource) -> Text:
    kind = say(row.kind)
    return say("{kind}, shared by {who}", kind=kind, who=named(turn, row.member_id)) if row.member_id else kind


def name_of(row: Resource) -> Text:
    """Its title; what was said by somebody who did not want to be quoted, or has left with their words, has none."""
    if row.title:
        return said(row.title)
    day = row.created.date()
    return say("A message of {day}", day=day) if row.message_url else say("A note of {day}", day=day)


def desk_place(turn: Turn) -> Place | None:
    """The channel where all that is shared appears, if the community has one."""
    place = place_for(turn.db, turn.community.id, "resources")
    return place if place and channels_of(turn.db, place.id) else None


def visible(turn: Turn, resource_id: str) -> Resource:
    """The resource, for somebody who may see it; anything else does not exist for them."""
    row = turn.get(Resource, resource_id)
    if row is None or not shelf.may_see(turn.db, row, turn.who.id):
        raise Refuse("That is no longer in the library. {find} shows what is.", find=Command("resource find"))
    return row


def own(turn: Turn, resource_id: str) -> Resource:
    """The resource, for whoever shared it and for coordinators."""
    row = visible(turn, resource_id)
    if not may_change(turn, row):
        if row.member_id is None:
            raise Refuse("Only a coordinator can change that.", denied=True)
        raise Refuse("Only {who} or a coordinator can change that.", who=named(turn, row.member_id), denied=True)
    return row


def may_change(turn: Turn, row: Resource) -> bool:
    return row.member_id == turn.who.id or turn.who.role >= Role.COORDINATOR


def first_words(text: str) -> str:
    """A title for a note that has none."""
    line = text.strip().splitlines()[0]
    return line if len(line) <= TITLE_MAX else line[: TITLE_MAX - 1].rsplit(" ", 1)[0] + "…"


# What people type: a resource by its title, and tags.


def find_resource(turn: Turn, typed: str) -> Resource:
    """A resource by its id or title."""
    by_id = turn.get(Resource, typed)
    if by_id is not None and shelf.may_see(turn.db, by_id, turn.who.id):
        return by_id
    mine = shelf.titled(turn.db, turn.community.id, turn.who.id)
    known = {row.title.casefold(): row for row in reversed(mine)}
    if (exact := known.get(typed.casefold())) is not None:
        return exact
    near = get_close_matches(typed.casefold(), known, 3, 0.4)
    if near:
        raise Refuse(
            "Nothing is called “{typed}”. Did you mean {near}?",
            field="resource", typed=typed[:TITLE_MAX], near=listed(said(known[n].title) for n in near),
        )  # fmt: skip
    raise Refuse(
        "Nothing is called “{typed}”. Try {find}.",
        field="resource",
        typed=typed[:TITLE_MAX],
        find=Command("resource find"),
    )


def suggest_resources(turn: Turn, typed: str) -> list[Option]:
    found = shelf.titled(turn.db, turn.community.id, turn.who.id, typed.strip())
    return [Option(row.id, said(row.title)) for row in found]


def read_tags(typed: Iterable[str]) -> list[str]:
    """Tags in the one way in which they are written: lower case, words joined by a hyphen."""
    found: dict[str, None] = {}
    for raw in typed:
        tag = slug(raw)
        if not tag or len(tag) > TAG_MAX:
            raise Refuse(
                "“{tag}” cannot be a tag. Use 1 to {most} letters or digits, such as retention.",
                field="tags", tag=raw[:40], most=TAG_MAX,
            )  # fmt: skip
        found[tag] = None
    if len(found) > TAGS_MAX:
        raise Refuse("At most {most} tags, please; this has {n}.", field="tags", most=TAGS_MAX, n=len(found))
    return list(found)


def slug(raw: str) -> str:
    return NO_WORD.sub("-", unicodedata.normalize("NFKC", raw).casefold()).strip("-")


def suggest_tags(turn: Turn, typed: str) -> list[Option]:
    """Known tags for the last one that is being typed; those before it stay."""
    before, comma, last = typed.rpartition(",")
    start = slug(last)
    head = f"{before.strip()}, " if comma else ""
    known = shelf.known_tags(turn.db, turn.community.id, turn.who.id, start)
    return [Option(f"{head}{tag}", said(f"{head}{tag}")) for tag in known]
