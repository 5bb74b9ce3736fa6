"""A feature that uses everything an adapter has to translate, and keeps its data in a list."""

import threading
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Annotated, Literal

from bot.actions import Action, Feature, Opt, Refuse, Role
from bot.calls import Turn
from bot.cards import Button, Card, Fields, File, Menu, Note, Option, Picture, Prose, Row, Rule, card
from bot.effects import Ask, Attach, Confirm, Effect, Join, Leave, Open, Post, Refresh, Reply, Tell
from bot.text import ChannelRef, Href, Moment, joined, lines, listed, said, say
from storage.people import Member

PNG = b"\x89PNG\r\n\x1a\n not much of a picture"


class Colour(Enum):
    RED = "red like a brick"
    GREEN = "green"


class Toys:
    """One feature with its own memory: what is stored does not matter here, what is shown does."""

    def __init__(self) -> None:
        self.feature = Feature("toys")
        self.said: list[str] = []
        self.votes: dict[str, str] = {}
        self.title = ""
        self.events: list[str] = []
        self.gate = threading.Event()  # a slow action waits for it
        self.gate.set()
        self.entered = threading.Event()
        register(self)


def record(turn: Turn, typed: str) -> str:
    if typed.lower() not in ("hammer", "saw"):
        raise Refuse("There is no “{typed}”.", field="tool", typed=typed)
    return typed.lower()


def tools(turn: Turn, typed: str) -> list[Option]:
    return [Option(name, said(name.capitalize())) for name in ("hammer", "saw") if typed.lower() in name]


def register(toys: Toys) -> None:
    create = polling(toys)
    talking(toys, create)
    forms(toys)
    choosing(toys)
    grouping(toys)
    listening(toys)


def polling(toys: Toys) -> Action:
    """A poll: a view that changes with the votes."""
    feature = toys.feature

    @feature.view()
    def ballot(turn: Turn) -> Card:
        counts = {c: sum(v == c for v in toys.votes.values()) for c in ("Pizza", "Sushi")}
        body = lines(*(say("{choice}: **{n}**", choice=c, n=n) for c, n in counts.items()))
        return Card(said(toys.title), (Prose(body),), tuple(Button(said(c), vote.link(c)) for c in counts))

    @feature.action("Ask the community a question", command="poll create", needs=Role.GUEST, anywhere="Ask something")
    def create(
        turn: Turn,
        *,
        question: Annotated[str, Opt("What do you want to know?", max=60)],
        choices: Annotated[list[str], Opt("Two to five choices, one a line", min=2, max=5)],
        closes: Annotated[datetime | None, Opt("When voting ends", hint="friday 17:00")] = None,
        several: Annotated[bool, Opt("May people choose several?")] = False,
    ) -> list[Effect]:
        toys.title = question
        toys.said.append(f"{question} | {'/'.join(choices)} | {closes} | {several}")
        return [Post(turn.here(), ballot.link()), Reply(card(say("Your poll stands in the channel.")))]

    @feature.action(needs=Role.GUEST)
    def vote(turn: Turn, choice: str) -> list[Effect]:
        toys.entered.set()
        toys.gate.wait(20)
        toys.votes[turn.who.id] = choice
        return [Refresh(ballot.link()), Reply(card(say("You voted for {choice}.", choice=choice)))]

    return create


def talking(toys: Toys, create: Action) -> None:
    """Every way to answer."""
    feature = toys.feature

    @feature.view(home=True)
    def desk(turn: Turn) -> Card:
        button = Button(say("Hello"), greet.link())
        return Card(say("Your desk"), (Prose(say("Welcome, {name}.", name=turn.who.name)),), (button,))

    @feature.action("What you can do here", command="help", needs=Role.GUEST, reads=True)
    def help_(turn: Turn) -> list[Effect]:
        return [Reply(card(say("This is help.")))]

    @feature.action("Say hello", command="hello", needs=Role.GUEST)
    def greet(turn: Turn) -> list[Effect]:
        toys.said.append(f"{turn.who.name} in {turn.who.zone}, {turn.who.locale}")
        return [Reply(card(say("Hello, {name}!", name=turn.who.name), Button(say("Again"), greet.link())))]

    @feature.action("Say something to everybody", command="shout", needs=Role.GUEST)
    def shout(turn: Turn, *, words: Annotated[str, Opt("What?")]) -> list[Effect]:
        return [Reply(Card(said(words), (Prose(said(words)),)), "public")]

    @feature.action("Wait a long time", command="slow", needs=Role.GUEST)
    def slow(turn: Turn, *, why: Annotated[str, Opt("Why?")]) -> list[Effect]:
        toys.entered.set()
        toys.gate.wait(20)
        toys.said.append(why)
        return [Reply(card(say("At last: {why}", why=why)))]

    @feature.action("Ask back", command="askback", needs=Role.GUEST)
    def ask_back(turn: Turn) -> list[Effect]:
        return [Ask(create.link(), {"question": "Tea or coffee?"})]

    @feature.action("Get a file", command="export", needs=Role.GUEST)
    def export(turn: Turn) -> list[Effect]:
        return [Attach(File("all.csv", b"a,b\n1,2\n", "text/csv"), say("Here is everything."))]

    @feature.action("Show all that a card can show", command="gallery", needs=Role.GUEST, reads=True)
    def gallery(turn: Turn) -> list[Effect]:
        return [Reply(everything(turn), "public")]

    @feature.action("Save a message", message="Save to library", needs=Role.GUEST)
    def save(turn: Turn, *, why: Annotated[str, Opt("Why?")] = "") -> list[Effect]:
        quoted = turn.quoted
        if quoted is None:
            raise Refuse("Use this on a message.")
        toys.said.append(f"{quoted.text} by {quoted.author_name} at {quoted.url} ({quoted.by_bot})")
        return [Reply(card(say("Saved {text}.", text=quoted.text)))]


def forms(toys: Toys) -> None:
    """Every kind of field."""
    feature = toys.feature

    @feature.action("Fill in everything there is", command="fields", needs=Role.GUEST)
    def fields(
        turn: Turn,
        *,
        name: Annotated[str, Opt("A name")],
        story: Annotated[str, Opt("A story", long=True)] = "",
        number: Annotated[int, Opt("A number", min=1, max=9)] = 3,
        share: Annotated[float, Opt("A share")] = 0.5,
        on: Annotated[date | None, Opt("A day")] = None,
        at: Annotated[datetime | None, Opt("A time")] = None,
        lasts: Annotated[timedelta | None, Opt("A length")] = None,
        colour: Annotated[Colour, Opt("A colour")] = Colour.RED,
        sizes: Annotated[list[Literal["small", "large"]], Opt("Sizes")] = ["small"],  # noqa: B006
        keep: Annotated[bool, Opt("Keep it?")] = True,
        who: Annotated[Member | None, Opt("A person")] = None,
        others: Annotated[list[Member], Opt("More people")] = [],  # noqa: B006
        where: Annotated[ChannelRef | None, Opt("A channel")] = None,
        tool: Annotated[str, Opt("A tool", find=record, suggest=tools)] = "",
        tags: Annotated[str, Opt("A tag", max=60, suggest=tools)] = "",
    ) -> list[Effect]:
        people = [who.name if who else "", *(m.name for m in others)]
        toys.said.append(
            f"{name}|{story}|{number}|{share}|{on}|{at}|{lasts}|{colour.name}|{sizes}|{keep}|{people}|"
            f"{where.ref if where else ''}|{tool}|{tags}"
        )
        return [Reply(card(say("Noted.")))]

    @feature.action("Must choose", command="must", needs=Role.GUEST)
    def must(turn: Turn, *, sure: Annotated[bool, Opt("Are you sure?")]) -> list[Effect]:
        return [Reply(card(say("Sure: {sure}", sure=sure)))]

    @feature.action("Do something that cannot be undone", command="risky", needs=Role.GUEST)
    def risky(turn: Turn, *, word: Annotated[str, Opt("A word")]) -> list[Effect]:
        if not turn.confirmed:
            return [Confirm(card(say("This does {word}.", word=word)))]
        toys.said.append(f"risky {word}")
        return [Reply(card(say("Done {word}.", word=word), tone="good"))]


def choosing(toys: Toys) -> None:
    """Menus."""
    feature = toys.feature

    @feature.action("Choose several", command="pick", needs=Role.GUEST)
    def pick(turn: Turn) -> list[Effect]:
        options = (Option("a", say("Anchor"), chosen=True), Option("b", say("Boat")))
        several = Menu(say("Pick some"), picked.link(), "items", options, least=0, most=2)
        one = Menu(say("Pick one"), picked_one.link(), "item", (Option("a", say("Anchor")), Option("b", say("Boat"))))
        return [Reply(Card(say("Pick"), (), (several, one)))]

    @feature.action(needs=Role.GUEST)
    def picked(turn: Turn, *, items: Annotated[list[str], Opt("Which?")] = []) -> list[Effect]:  # noqa: B006
        return [Reply(card(say("Picked {items}.", items="+".join(items) or "nothing")), "replace")]

    @feature.action(needs=Role.GUEST)
    def picked_one(turn: Turn, *, item: Annotated[str, Opt("Which?")]) -> list[Effect]:
        return [Reply(card(say("Picked only {item}.", item=item)), "replace")]


def grouping(toys: Toys) -> None:
    """Groups with rooms."""
    feature = toys.feature

    @feature.action("Make a group", command="group make", needs=Role.GUEST)
    def make(turn: Turn, *, name: Annotated[str, Opt("Its name")]) -> list[Effect]:
        place = turn.place(f"group:{name}")
        place.name = name
        turn.db.add(place)
        turn.db.flush()
        return [Open(place), Join(turn.who.id, place)]

    @feature.action("Leave a group", command="group quit", needs=Role.GUEST)
    def quit_(turn: Turn, *, name: Annotated[str, Opt("Its name")]) -> list[Effect]:
        return [Leave(turn.who.id, turn.place(f"group:{name}")), Reply(card(say("You left.")))]


def listening(toys: Toys) -> None:
    """What happens by itself, and messages that follow from it."""
    feature = toys.feature
    reminders = feature.kind("reminders", "Reminders", "you asked for them", "now")

    @feature.view()
    def reminder(turn: Turn) -> Card:
        return card(say("Remember {title}, {who}.", title=toys.title, who=turn.who.mention))

    @feature.action("Remind everybody", command="remind", needs=Role.GUEST)
    def remind(turn: Turn) -> list[Effect]:
        return [Tell(turn.who.id, reminder.link(), reminders)]

    def happened(name: str) -> None:
        def listen(turn: Turn) -> list[Effect]:
            toys.events.append(f"{name} {turn.who.name}")
            return (
                [Tell(turn.who.id, reminder.link(), reminders, key=f"{name}:{turn.who.id}")]
                if name == "arrived"
                else []
            )

        listen.__name__ = name
        feature.action(on=name)(listen)  # type: ignore[arg-type]

    for name in ("arrived", "entered", "departed"):
        happened(name)


def everything(turn: Turn) -> Card:
    link = turn.app.actions["toys.greet"].link()
    again = turn.app.actions["toys.vote"].link("row")
    docs = Href("Docs", "https://example.org/a")
    return Card(
        say("Everything"),
        (
            Prose(say("**Bold** and `code` for {who} at {at}", who=turn.who.mention, at=Moment(turn.now))),
            Fields(((say("Where"), said("Here")), (say("Link"), say("{href}", href=docs)))),
            Row(joined((say("A row"), listed((said("with"), said("words")))), " "), Button(say("Press"), again)),
            Picture(File("chart.png", PNG, "image/png"), say("A chart of everything")),
            Rule(),
            Note(say("Small print")),
        ),
        (Button(say("Hello"), link, "primary"), Button(say("Read on"), url="https://example.org")),
        "good",
    )
