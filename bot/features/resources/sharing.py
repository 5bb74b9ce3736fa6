"""Sharing: a resource is added with why it helps, gets reasons from others, is changed and removed."""

from datetime import date
from typing import Annotated

from bot.actions import Opt, Refuse
from bot.addresses import Address, read_address
from bot.calls import Turn
from bot.cards import Button, Card, Note, Prose
from bot.effects import Ask, Confirm, Effect, Post, Refresh, Reply
from bot.features.resources.library import (
    TAGS_MAX,
    TITLE_MAX,
    WHY_MAX,
    Kind,
    desk_place,
    find_resource,
    name_of,
    named,
    own,
    read_tags,
    resources,
    shown,
    suggest_resources,
    suggest_tags,
    visible,
)
from bot.text import Command, Text, say
from storage import outbox
from storage import resources as shelf
from storage.audience import group_at
from storage.people import Member
from storage.places import Place
from storage.resources import REMOVED, SHARED, Resource, ResourceNote

URL_TYPED_MAX = 500

Why = Annotated[str, Opt("Why does it help? For a note of your own: the note itself", max=WHY_MAX, long=True)]
Tags = Annotated[
    list[str] | None, Opt("Up to five tags, such as retention, parents", max=TAGS_MAX, suggest=suggest_tags)
]
Named = Annotated[Resource, Opt("Which one?", find=find_resource, suggest=suggest_resources)]


@resources.action("Share a resource", title="Share a resource", command="resource add", anywhere="Share a resource")
def add(
    turn: Turn,
    *,
    url: Annotated[str, Opt("Its web address; empty for a note of your own", max=URL_TYPED_MAX)] = "",
    why: Why,
    title: Annotated[str, Opt("What is it called? Taken from the address when empty", max=TITLE_MAX)] = "",
    kind: Annotated[Kind | None, Opt("What is it?")] = None,
    tags: Tags = None,
) -> list[Effect]:
    """Anybody shares what helped; the same page twice becomes one resource with two reasons."""
    address = address_in(url)
    words = read_tags(tags or ())
    twin = shelf.same_address(turn.db, turn.community.id, turn.who.id, address.key if address else "")
    if twin is not None:
        return second(turn, twin, why)
    place = stage(turn)
    group = group_at(turn.db, place.id) if place else None
    row = Resource(
        number=0,
        community_id=turn.community.id,
        member_id=turn.who.id,
        kind=kind or ("link" if address else "note"),
        title=title or (address.title if address else first_words(why)),
        url=address.url if address else "",
        url_key=address.key if address else "",
        why=why,
        group_id=group.id if group else None,
        created=turn.now,
    )
    shelf.put(turn.db, row, words)
    among = say("Shared. Only members of this group see it.") if group and group.private else say("Shared. Thank you!")
    more = Button(say("Add details"), edit_one.link(row.id))
    thanks = Card(
        blocks=(Prose(among), Note(say("{find} finds it again.", find=Command("resource find")))), controls=(more,)
    )
    return [*([Post(place, card.link(row.id))] if place else []), Reply(thanks)]


def address_in(url: str) -> Address | None:
    """The address that was typed, if any; what no browser opens is refused."""
    if not url:
        return None
    address = read_address(url)
    if address is None:
        raise Refuse(
            "“{typed}” is not a web address that I can share. Write it like https://example.org/page, or leave it "
            "empty for a note.",
            field="url",
            typed=url[:60],
        )
    return address


def first_words(text: str) -> str:
    """A title for a note that has none."""
    line = text.strip().splitlines()[0]
    return line if len(line) <= TITLE_MAX else line[: TITLE_MAX - 1].rsplit(" ", 1)[0] + "…"


def stage(turn: Turn) -> Place | None:
    """Where it is shown: in a group's own channel, else among the resources, else where we are."""
    here = None if turn.spot.private else turn.here()
    if here is not None and group_at(turn.db, here.id):
        return here
    return desk_place(turn) or here


def second(turn: Turn, twin: Resource, why: str) -> list[Effect]:
    """What is shared already gets one more reason, if the person wants that."""
    if turn.confirmed:
        return put_note(turn, twin, why)
    found = shown(turn, twin)
    ask = Prose(say("This is in the library already. Add your reason to it?"))
    return [Confirm(Card(found.title, (ask, *found.blocks)), say("Add my reason"))]


def put_note(turn: Turn, row: Resource, why: str) -> list[Effect]:
    """One reason a member; saying another one replaces it."""
    if row.member_id == turn.who.id:
        row.why = why
        shelf.put(turn.db, row)
    else:
        note_row = ResourceNote(
            resource_id=row.id, member_id=turn.who.id, community_id=turn.community.id, why=why, at=turn.now
        )
        shelf.put_note(turn.db, row, note_row)
    thanks = say("Added to {title}. Thank you!", title=name_of(row))
    return [Refresh(card.link(row.id)), Reply(Card(blocks=(Prose(thanks),)))]


@resources.view()
def card(turn: Turn, resource_id: str) -> Card | None:
    """A resource, wherever it was shared."""
    row = turn.get(Resource, resource_id)
    if row is None:
        return None
    if row.state != SHARED:
        stands = outbox.standing(turn.db, turn.community.id, str(card.link(resource_id)))
        return Card(blocks=(Prose(say("This is no longer in the library.")),)) if stands else None
    return shown(turn, row, Button(say("Say why it helps you"), note.link(row.id)))


@resources.action("Say why it helps you")
def note(
    turn: Turn,
    resource_id: str,
    *,
    why: Annotated[str, Opt("Why does it help you?", max=WHY_MAX, long=True)],
) -> list[Effect]:
    return put_note(turn, visible(turn, resource_id), why)


@resources.action("Change a resource that you shared", command="resource edit", reads=True)
def edit(turn: Turn, *, resource: Named) -> list[Effect]:
    return edit_one.run(turn, resource.id)


@resources.action(reads=True)
def edit_one(turn: Turn, resource_id: str) -> list[Effect]:
    """The form with all that is known."""
    row = own(turn, resource_id)
    contact = turn.get(Member, row.contact_id) if row.contact_id else None
    known = {
        "why": row.why,
        "title": row.title,
        "kind": row.kind,
        "tags": ", ".join(shelf.tags_of(turn.db, row.id)),
        "contact": contact.name if contact else None,
        "expires": row.expires.isoformat() if row.expires else None,
    }
    return [Ask(change.link(row.id), known)]


@resources.action("Change a resource")
def change(
    turn: Turn,
    resource_id: str,
    *,
    why: Why,
    title: Annotated[str, Opt("What is it called?", max=TITLE_MAX)] = "",
    kind: Annotated[Kind | None, Opt("What is it?")] = None,
    tags: Tags = None,
    expires: Annotated[date | None, Opt("The last day on which it is good, such as 31 December")] = None,
    contact: Annotated[Member | None, Opt("Who can say more about it?")] = None,
) -> list[Effect]:
    row = own(turn, resource_id)
    words = read_tags(tags or ())
    address = read_address(row.url) if row.url else None
    row.why, row.kind, row.expires = why, kind or row.kind, expires
    row.title = title or (address.title if address else first_words(why))
    row.contact_id = contact.id if contact else None
    shelf.put(turn.db, row, words)
    return [Refresh(card.link(row.id)), Reply(shown(turn, row))]


@resources.action("Take a resource out of the library", command="resource remove")
def remove(turn: Turn, *, resource: Named) -> list[Effect]:
    return remove_one.run(turn, resource.id)


@resources.action()
def remove_one(turn: Turn, resource_id: str) -> list[Effect]:
    """Taken out, and put back with one press if that was a mistake."""
    row = own(turn, resource_id)
    row.state = REMOVED
    shelf.put(turn.db, row)
    back = Button(say("Put it back"), restore.link(row.id))
    text = say("{title} is no longer in the library.", title=name_of(row))
    return [Refresh(card.link(row.id)), Reply(Card(blocks=(Prose(text),), controls=(back,)))]


@resources.action(on="erased")
def erased(turn: Turn) -> list[Effect]:
    """What somebody shared goes with them, when they leave and want it so: nothing of it is kept."""
    mine = shelf.shared_by(turn.db, turn.community.id, turn.who.id)
    for row in mine:
        row.state, row.url, row.url_key, row.title, row.why, row.quote = REMOVED, "", "", "", "", ""
        shelf.put(turn.db, row, ())
    return [Refresh(card.link(row.id)) for row in mine]


@resources.action()
def restore(turn: Turn, resource_id: str) -> list[Effect]:
    row = turn.get(Resource, resource_id)
    if row is None or row.state != REMOVED:
        raise Refuse("That cannot be put back any more.")
    row.state = SHARED
    shelf.put(turn.db, row)
    own(turn, resource_id)
    return [Refresh(card.link(row.id)), Reply(Card(blocks=(Prose(back_again(turn, row)),)))]


def back_again(turn: Turn, row: Resource) -> Text:
    return say("{title} by {who} is in the library again.", title=name_of(row), who=named(turn, row.member_id))
