"""Sharing: a resource is added with why it helps, gets reasons from others, is changed and removed."""

from datetime import date, timedelta
from typing import Annotated

from sqlmodel import col

from bot.actions import Opt, Refuse, Role
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
    first_words,
    name_of,
    own,
    read_tags,
    resources,
    shown,
    suggest_resources,
    suggest_tags,
    visible,
)
from bot.people import named
from bot.text import Command, say
from storage import outbox
from storage import resources as shelf
from storage.audience import group_at
from storage.counting import how_many
from storage.people import Member
from storage.places import Place
from storage.resources import REMOVED, SHARED, Resource, ResourceNote

URL_TYPED_MAX = 500
A_DAY = 50  # resources of one person: more is a flood

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
    check_room(turn)
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


def check_room(turn: Turn) -> None:
    mine = (col(Resource.community_id) == turn.community.id, col(Resource.member_id) == turn.who.id)
    if how_many(turn.db, Resource, *mine, col(Resource.created) > turn.now - timedelta(days=1)) >= A_DAY:
        raise Refuse(
            "You have shared {n} things since yesterday. Please go on tomorrow, so that each is seen.", n=A_DAY
        )


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
        "outside": row.outside,
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
    outside: Annotated[bool, Opt("May it be shown outside the community?", label="May leave the community")] = False,
) -> list[Effect]:
    row = own(turn, resource_id)
    words = read_tags(tags or ())
    address = read_address(row.url) if row.url else None
    row.why, row.kind, row.expires, row.outside = why, kind or row.kind, expires, outside
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
    row.state, row.removed_by = REMOVED, turn.who.id
    shelf.put(turn.db, row)
    back = Button(say("Put it back"), restore.link(row.id))
    text = say("{title} is no longer in the library.", title=name_of(row))
    return [Refresh(card.link(row.id)), Reply(Card(blocks=(Prose(text),), controls=(back,)))]


@resources.action()
def restore(turn: Turn, resource_id: str) -> list[Effect]:
    """Put back by who took it out, or by a coordinator: what a coordinator removed stays removed."""
    row = turn.get(Resource, resource_id)
    if row is None or row.state != REMOVED:
        raise Refuse("That cannot be put back any more.")
    row.state = SHARED
    shelf.put(turn.db, row)
    visible(turn, resource_id)
    if row.removed_by != turn.who.id and turn.who.role < Role.COORDINATOR:
        who = named(turn, row.removed_by)
        raise Refuse("{who} took it out. Only they or a coordinator can put it back.", who=who, denied=True)
    row.removed_by = None
    turn.db.add(row)
    text = say("{title} is in the library again.", title=name_of(row))
    return [Refresh(card.link(row.id)), Reply(Card(blocks=(Prose(text),)))]
