"""Finding: by words, tag and kind, in pages; what is not there can be asked for, and the gap is remembered."""

from datetime import timedelta
from typing import Annotated

from bot.actions import LINK_MAX, Link, Opt, Refuse, Role
from bot.calls import Turn
from bot.cards import Button, Card, Note, Option, Prose, Row
from bot.effects import Confirm, Effect, Post, Reply
from bot.features.resources.library import (
    TAG_MAX,
    Kind,
    desk_place,
    may_change,
    name_of,
    resources,
    shown,
    slug,
    visible,
)
from bot.features.resources.sharing import Named, add, edit_one, note, remove_one
from bot.pages import page
from bot.people import named
from bot.text import Command, Text, Value, count, lines, listed, said, say
from storage import resources as shelf
from storage.resources import Resource, SearchMiss

TEXT_MAX = 60
PAGES_MOST = 99
WHY_SHOWN = 120  # characters in a list
IDEAS = 2
GAPS_SHOWN = 10
GAPS_SINCE = timedelta(days=90)


def suggest_tag(turn: Turn, typed: str) -> list[Option]:
    known = shelf.known_tags(turn.db, turn.community.id, turn.who.id, slug(typed))
    return [Option(tag, said(tag)) for tag in known]


@resources.action("Find something in the library", command="resource find", reads=True)
def find(
    turn: Turn,
    *,
    text: Annotated[str, Opt("Words to look for; empty shows the newest", max=TEXT_MAX)] = "",
    tag: Annotated[str, Opt("Only with this tag", max=TEXT_MAX, suggest=suggest_tag)] = "",
    kind: Annotated[Kind | None, Opt("Only of this kind")] = None,
) -> list[Effect]:
    tokens = shelf.split(text)
    if text and not tokens:
        raise Refuse("I look for letters and digits, and “{text}” has none.", field="text", text=text)
    tag = slug(tag)[:TAG_MAX]
    while len(" ".join(tokens)) > LINK_MAX - len(str(leaf([], tag, kind or "", PAGES_MOST))):
        tokens.pop()  # the link to every page carries the whole search
    found = results(turn, tokens, tag, kind or "", 1)
    if found is None:
        return missed(turn, tokens, tag, kind or "")
    return [Reply(found)]


@resources.action(reads=True)
def more(turn: Turn, number: int, kind: str, tag: str, text: str) -> list[Effect]:
    """Another page of the same search."""
    found = results(turn, text.split(), tag, kind, number)
    if found is None:
        raise Refuse("What was here is no longer in the library.")
    return [Reply(found, "replace")]


def leaf(tokens: list[str], tag: str, kind: str, number: int) -> Link:
    return more.link(number, kind, tag, " ".join(tokens))


def results(turn: Turn, tokens: list[str], tag: str, kind: str, number: int) -> Card | None:
    """One page of what fits, or nothing."""
    words = " ".join(tokens)
    today = turn.now.astimezone(turn.zone).date()
    found = shelf.search(turn.db, turn.community.id, turn.who.id, today, words=words, tag=tag, kind=kind)
    if not found:
        return None
    shown_page = page(found, number)
    turns = shown_page.turns(lambda n: leaf(tokens, tag, kind, n))
    heading = say("Found for “{words}”", words=words) if words else say("The library, newest first")
    rows = tuple(line(turn, row) for row in shown_page.items)
    total = count("{n} resource", "{n} resources", shown_page.total)
    return Card(heading, (*rows, Note(listed((total, shown_page.caption)))), turns)


def line(turn: Turn, row: Resource) -> Row:
    why = row.why if len(row.why) <= WHY_SHOWN else row.why[: WHY_SHOWN - 1] + "…"
    values: dict[str, Value] = {"title": name_of(row), "kind": say(row.kind)}
    first = say("**{title}**, {kind}", **values)
    if row.member_id:
        first = say("**{title}**, {kind} by {who}", **values, who=named(turn, row.member_id))
    return Row(lines(first, said(why) if why else Text()), Button(say("Show"), look.link(row.id)))


def missed(turn: Turn, tokens: list[str], tag: str, kind: str) -> list[Effect]:
    """Nothing fits: the words are remembered without a name, and there is a way forward."""
    words = " ".join(tokens) or tag
    share = Button(say("Share one"), add.link(), "primary")
    if not words and not kind:
        empty = say(
            "No resources yet. Share the first with {add}: a link and why it helped.", add=Command("resource add")
        )
        return [Reply(Card(blocks=(Prose(empty),), controls=(share,)))]
    if not words:
        return [
            Reply(Card(blocks=(Prose(say("Nothing of this kind yet: {kind}.", kind=say(kind))),), controls=(share,)))
        ]
    turn.db.add(SearchMiss(community_id=turn.community.id, words=words, at=turn.now))
    text = say("Nothing about “{words}” yet. You could ask; what others share will be found next time.", words=words)
    ask = Button(say("Ask for it"), wish.link(words[:TEXT_MAX]))
    return [Reply(Card(blocks=(Prose(lines(text, nearest(turn, words))),), controls=(ask, share)))]


def nearest(turn: Turn, words: str) -> Text:
    """Tags that are there, for somebody whose words are not."""
    known = shelf.known_tags(turn.db, turn.community.id, turn.who.id, words[:3], 3)
    return say("There are tags: {tags}.", tags=", ".join(known)) if known else Text()


@resources.action()
def wish(turn: Turn, words: str) -> list[Effect]:
    """Ask everybody, in the person's own name and only after they have seen it."""
    link = wanted.link(turn.who.id, words)
    if not turn.confirmed:
        seen = wanted.run(turn, turn.who.id, words) or Card()
        return [Confirm(Card(say("Ask this where everybody sees it?"), seen.blocks), say("Ask"))]
    place = desk_place(turn) or turn.here()
    return [Post(place, link), Reply(Card(blocks=(Prose(say("Asked. Whoever knows something can share it there.")),)))]


@resources.view()
def wanted(turn: Turn, member_id: str, words: str) -> Card | None:
    who = named(turn, member_id)
    if not who.member_id:
        return None
    text = say("{who} is looking for something about “{words}”. Do you know anything?", who=who, words=words)
    return Card(blocks=(Prose(text),), controls=(Button(say("Share one"), add.link()),))


@resources.action("Show a resource", command="resource show", reads=True)
def show(turn: Turn, *, resource: Named) -> list[Effect]:
    return look.run(turn, resource.id)


@resources.action(reads=True)
def look(turn: Turn, resource_id: str) -> list[Effect]:
    row = visible(turn, resource_id)
    buttons = [Button(say("Say why it helps you"), note.link(row.id))]
    if may_change(turn, row):
        buttons = [
            Button(say("Change"), edit_one.link(row.id)),
            Button(say("Remove"), remove_one.link(row.id), "danger"),
        ]
    return [Reply(shown(turn, row, *buttons))]


@resources.action(
    "What people looked for and did not find", command="resource gaps", needs=Role.COORDINATOR, reads=True
)
def gaps(turn: Turn) -> list[Effect]:
    found = shelf.misses(turn.db, turn.community.id, turn.now - GAPS_SINCE, GAPS_SHOWN)
    if not found:
        return [Reply(Card(blocks=(Prose(say("Every search of the last 90 days found something.")),)))]
    told = (count("“{words}”: {n} time", "“{words}”: {n} times", n, words=words) for words, n in found)
    ask = Note(say("Nobody's name is kept with these. Who could share something?"))
    return [Reply(Card(say("Looked for and not found"), (Prose(lines(*told)), ask)))]


@resources.desk("ideas")
def ideas(turn: Turn) -> list[Row]:
    """The newest that others shared."""
    if turn.who.role < Role.MEMBER:
        return []
    today = turn.now.astimezone(turn.zone).date()
    found = shelf.shared_by_others(turn.db, turn.community.id, turn.who.id, today, IDEAS)
    return [line(turn, row) for row in found]
