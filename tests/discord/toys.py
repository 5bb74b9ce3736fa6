"""A small feature that uses every word of the core, to try the Discord adapter with."""

from datetime import datetime, timedelta
from threading import Event
from typing import Annotated, Literal

from bot.actions import Feature, Opt, Refuse, Role
from bot.calls import Turn
from bot.cards import Button, Card, Fields, File, Menu, Note, Option, Picture, Prose, Row, Rule, card
from bot.effects import Ask, Attach, Confirm, Effect, Join, Leave, Open, Post, Refresh, Reply, Tell
from bot.text import Href, Mention, Moment, Text, count, lines, said, say
from storage.people import Member, members
from tests.turns import keep

toys = Feature("toys", say("Toys"))
NEWS = toys.kind("news", "News about toys", "you came here", "now")
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010804000000b51c0c020000000b4944415478da6364f80f00010501012718e3660000"
    "000049454e44ae426082"
)

held = Event()  # a handler that waits, until a test lets it go on
held.set()


@toys.action(on="arrived")
def greet(turn: Turn) -> list[Effect]:
    return [Tell(turn.who.id, hello.link(), NEWS, key=f"hello:{turn.now:%H%M%S%f}")]


@toys.action(on="departed")
def miss(turn: Turn) -> list[Effect]:
    keep(turn, gone=turn.who.name)
    return []


@toys.view()
def hello(turn: Turn) -> Card:
    return card(say("Hello {name}.", name=turn.who.name), Button(say("Where am I?"), where.link()))


@toys.action("Say where I am", command="toy where", needs=Role.GUEST, reads=True)
def where(turn: Turn) -> list[Effect]:
    rights = "an admin" if turn.who.role >= Role.ADMINISTRATOR else "a person"
    return [
        Reply(card(say("{name}, {rights} in {place}.", name=turn.who.name, rights=rights, place=turn.community.name)))
    ]


def suggest(turn: Turn, typed: str) -> list[Option]:
    return [Option(name, say("the {name}", name=name)) for name in ("bear", "beaver", "cat") if name.startswith(typed)]


@toys.action("Make a toy", command="toy make", needs=Role.GUEST)
def make(
    turn: Turn,
    *,
    name: Annotated[str, Opt("What is it called?", max=60, min=2, suggest=suggest)],
    colour: Annotated[Literal["red", "blue"], Opt("Which colour?")] = "red",
    size: Annotated[int, Opt("How big?", min=1, max=9)] = 1,
    soft: Annotated[bool, Opt("Is it soft?")] = False,
    owner: Annotated[Member | None, Opt("Whose is it?")] = None,
    parts: Annotated[list[str] | None, Opt("Its parts, one a line")] = None,
    ready: Annotated[datetime | None, Opt("When is it ready?", hint="friday 17:00")] = None,
) -> list[Effect]:
    if name == "bomb":
        raise Refuse("No bombs, please.", field="name")
    if name == "bug":
        raise RuntimeError(name)
    about = f"{colour} {size} {'soft' if soft else 'hard'} {owner.name if owner else 'nobody'} {'+'.join(parts or [])}"
    keep(turn, toy=name, about=about, votes=0, ready=ready.isoformat() if ready else "")
    return [Post(turn.here(), shown.link()), Reply(card(say("Made {name}.", name=name), tone="good"))]


@toys.view()
def shown(turn: Turn) -> Card | None:
    kept = turn.community.settings
    if not kept.get("toy"):
        return None
    blocks = (
        Prose(count("**{n}** vote", "**{n}** votes", kept["votes"])),
        Note(said(kept["about"])),
    )
    controls = (
        Button(say("Vote"), vote.link("shown"), "primary"),
        Button(say("Rename"), rename.link()),
        Menu(say("Paint it"), paint.link(), "colours", colours(turn), 1, 2),
    )
    return Card(said(kept["toy"]), blocks, controls)


def colours(turn: Turn) -> tuple[Option, ...]:
    chosen = turn.community.settings.get("paint", [])
    return tuple(Option(name, said(name.title()), chosen=name in chosen) for name in ("red", "green", "blue"))


@toys.action(needs=Role.GUEST)
def vote(turn: Turn, on: str) -> list[Effect]:
    keep(turn, votes=turn.community.settings.get("votes", 0) + 1)
    return [Refresh(shown.link())]


@toys.action("Paint", needs=Role.GUEST)
def paint(
    turn: Turn, *, colours: Annotated[list[str], Opt("Which?", max=2)], coats: Annotated[int, Opt("How many?")] = 1
) -> list[Effect]:
    keep(turn, paint=colours)
    return [Reply(card(say("Painted {n} times with {what}.", n=coats, what=said("+".join(colours)))))]


@toys.action("Rename the toy", command="toy rename", needs=Role.GUEST)
def rename(turn: Turn, *, name: Annotated[str, Opt("Its new name", max=30)]) -> list[Effect]:
    keep(turn, toy=name)
    return [Refresh(shown.link()), Reply(card(say("It is {name} now.", name=name)))]


@toys.action("Take your time", command="toy slow", needs=Role.GUEST)
def slow(turn: Turn, *, way: Annotated[Literal["private", "public", "form", "nothing"], Opt("How?")]) -> list[Effect]:
    held.wait(10)
    return answers(way)


@toys.action(needs=Role.GUEST)
def slowly(turn: Turn, way: str) -> list[Effect]:
    held.wait(10)
    return answers(way)


def answers(way: str) -> list[Effect]:
    match way:
        case "public":
            return [Reply(card(say("For all.")), "public")]
        case "replace":
            return [Reply(card(say("Another card.")), "replace")]
        case "form":
            return [Ask(rename.link(), {"name": "teddy"})]
        case "nothing":
            return []
        case "many":
            return [Reply(card(say("One."))), Reply(card(say("Two.")), "public"), Reply(card(say("New.")), "replace")]
        case "file":
            return [Attach(File("a toy.csv", b"a,b", "text/csv"), say("Your toys"))]
        case _:
            return [Reply(card(say("For you.")))]


@toys.action("Answer in every way", command="toy ways", needs=Role.GUEST)
def ways(turn: Turn) -> list[Effect]:
    kinds = ("private", "public", "replace", "form", "nothing", "many", "file")
    buttons = [Button(said(kind), slowly.link(kind)) for kind in kinds]
    return [Reply(card(say("How?"), *buttons))]


@toys.action("Everything that a card can be", command="toy gallery", needs=Role.GUEST)
def gallery(turn: Turn, *, title: Annotated[str, Opt("Title", max=200)] = "Gallery") -> list[Effect]:
    keep(turn, gallery=title)
    return [Post(turn.here(), everything.link())]


@toys.view()
def everything(turn: Turn) -> Card:
    title = turn.community.settings["gallery"]
    who = next(iter(members(turn.db, turn.community.id)), None)
    return Card(
        said(title),
        (
            Prose(lines(say("By {who}.", who=Mention(who.id, who.name)) if who else Text(), said(title))),
            Fields(((say("When"), say("{at}", at=Moment(turn.now + timedelta(days=1)))), (say("What"), said(title)))),
            Rule(),
            Row(said(title), Button(say("Vote"), vote.link("row"))),
            Row(
                say("See {it}.", it=Href(title, "https://example.org/a_(b)")), Button(say("Open"), url="https://x.org")
            ),
            Picture(File("a chart.png", PIXEL, "image/png"), said(title)),
            Note(said(title)),
        ),
        (
            Button(said(title), rename.link(), "danger"),
            Menu(said(title), paint.link(), "colours", (Option("a", said(title), said(title)),)),
        ),
        "watch",
    )


@toys.action("Really?", command="toy drop", needs=Role.GUEST)
def drop(turn: Turn) -> list[Effect]:
    if not turn.confirmed:
        return [Confirm(card(say("Drop it?")))]
    keep(turn, toy="")
    return [Reply(card(say("Dropped.")))]


@toys.action("A place of our own", command="club", needs=Role.GUEST)
def club(
    turn: Turn, *, name: Annotated[str, Opt("Its name", max=100)] = "Bears", leave: Annotated[bool, Opt("Out?")] = False
) -> list[Effect]:
    place = turn.place(f"club:{name}")
    place.name = name
    turn.db.add(place)
    if leave:
        return [Leave(turn.who.id, place)]
    return [Open(place), Join(turn.who.id, place)]


@toys.action("Keep a message", message="Keep this", needs=Role.GUEST)
def kept(turn: Turn) -> list[Effect]:
    quoted = turn.quoted
    if quoted is None:
        raise Refuse("Use this on a message.")
    text = say("{who} said “{text}” at {url}.", who=quoted.author_name, text=quoted.text, url=quoted.url)
    return [Reply(card(text))]
