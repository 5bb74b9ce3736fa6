"""Actions and views: typed functions that people and the clock reach by links, and the features that own them."""

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

from bot.cards import Button, Card, Option, Row
from bot.text import Text, Value, say

if TYPE_CHECKING:
    from bot.calls import Turn
    from bot.effects import Effect

LINK_MAX = 100  # Discord's custom_id, the smallest of the places a link has to fit in

# arrived: into the chat; entered: the front-desk channel; departed: out of the chat;
# left: the community, by their own act; erased: left and wants what they made to go with them; merged: two accounts
# became this one person; kept: a message waits for their digest.  Nobody acts in these: settled, a chat's channels are
# known; linked, the community got a chat; room, a home was looked at (`turn.room`); held: messages wait for a
# coordinator's decision.
Event = Literal[
    "", "arrived", "entered", "departed", "left", "erased", "merged", "kept", "settled", "linked", "room", "held"
]  # fmt: skip
Quiet = Literal["wait", "early", "now"]  # in quiet hours: afterwards, before them, or all the same
DeskPart = Literal["needs", "coming", "groups", "ideas", "settings"]


class Role(IntEnum):
    """What a person may do.  A guest is in the chat but has not joined; SYSTEM is the clock and the platforms."""

    GUEST = 0
    MEMBER = 1
    FACILITATOR = 2
    COORDINATOR = 3
    ADMINISTRATOR = 4
    SYSTEM = 9


class Rank(IntEnum):
    """Which message comes first where not all can be sent at once; to be late, the first ones are the worst."""

    ANSWER = 2
    CHANGE = 3
    REMINDER = 4
    NOTICE = 5
    WELCOME = 6
    DIGEST = 7


class Refuse(Exception):
    """An expected no.  The person reads the text; nothing is saved and nothing is logged as an error.

    ``field`` names the answer at fault; ``offer`` are buttons that name a way forward; ``denied`` says that somebody
    else may do it, which is written down.
    """

    def __init__(
        self,
        template: str | Text,
        *,
        field: str = "",
        offer: Iterable[Button] = (),
        denied: bool = False,
        **values: Value,
    ) -> None:
        super().__init__(template if isinstance(template, str) else template.template)
        self.text = template if isinstance(template, Text) else say(template, **values)
        self.field = field
        self.offer = tuple(offer)
        self.denied = denied


@dataclass(frozen=True, slots=True)
class Link:
    """The name of a function and the arguments it already has, as one short readable string."""

    name: str
    args: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(str(self)) > LINK_MAX:
            message = f"a link of more than {LINK_MAX} characters fits no button: {self}"
            raise ValueError(message)

    def __str__(self) -> str:
        return ":".join((self.name, *(escape(a) for a in self.args)))

    @classmethod
    def parse(cls, raw: str) -> "Link":
        """Read a link back; anything at all is a link, though perhaps to nothing."""
        # what no database can look up is not ours: half a character, and the one that ends a text of PostgreSQL
        name, *args = raw[:LINK_MAX].encode(errors="replace").decode().replace("\0", "?").split(":")
        try:
            return cls(name, tuple(a.replace("%3A", ":").replace("%25", "%") for a in args))
        except ValueError:  # nobody wrote this one: escaped as we do it, it would be too long
            return cls("")


def escape(arg: str) -> str:
    return arg.replace("%", "%25").replace(":", "%3A")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of direct message that a member can switch off.

    What nobody asked for counts against the weekly budget, and waits for the digest when that is used up.
    """

    name: str
    about: Text  # "Meeting reminders", in settings
    because: Text  # "you asked to be reminded of this meeting", after "You get this because"
    quiet: Quiet = "wait"
    unasked: bool = False
    rank: Rank = Rank.NOTICE


@dataclass(frozen=True, slots=True)
class Opt:
    """How an asked parameter is explained, bounded and helped.

    ``min`` and ``max`` bound the length of a text, the value of a number, or the count of a list.
    """

    about: str
    label: str = ""  # the parameter's name when empty
    hint: str = ""  # an example, shown where an empty field can show one
    min: int | None = None
    max: int | None = None
    long: bool = False  # several lines
    find: "Callable[[Turn, str], Any] | None" = None  # what a person named -> the record, or Refuse with the nearest
    suggest: "Callable[[Turn, str], list[Option]] | None" = None  # while typing


FieldKind = Literal[
    "text", "integer", "number", "flag", "date", "time", "when", "span", "choice", "member", "channel", "record"
]


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter of an action, as adapters and the parser need it."""

    name: str
    kind: FieldKind
    type: Any  # without Annotated, None and list
    many: bool
    opt: Opt
    required: bool
    default: Any = None
    options: tuple[Option, ...] = ()  # of a choice

    @property
    def label(self) -> str:
        return self.opt.label or self.name.replace("_", " ").capitalize()

    @property
    def suggests(self) -> bool:
        """Whether typing into this field is helped."""
        return self.opt.suggest is not None or self.kind in ("time", "when", "date")


@dataclass(frozen=True, slots=True)
class Action:
    """A function that changes something, or only reads, and returns effects."""

    name: str
    run: "Callable[..., list[Effect]]"
    about: Text
    title: Text  # of its form: at most 24 characters, Slack's limit
    needs: Role
    carried: tuple[Param, ...]
    asked: tuple[Param, ...]
    command: str = ""
    message: str = ""  # title of the message command
    anywhere: str = ""  # title of the shortcut that needs no channel
    on: Event = ""
    reads: bool = False

    def link(self, *args: str | int) -> Link:
        """The address of this action with its first arguments filled in."""
        return link_to(self.name, self.carried, args)


@dataclass(frozen=True, slots=True)
class View:
    """A read-only function from data to a card; what is posted is a link to one."""

    name: str
    run: "Callable[..., Card | None]"
    carried: tuple[Param, ...]
    stands: bool = False  # a card that has to be there: it is posted again when somebody deleted it

    def link(self, *args: str | int) -> Link:
        return link_to(self.name, self.carried, args)


def link_to(name: str, carried: tuple[Param, ...], args: tuple[str | int, ...]) -> Link:
    needed = sum(p.required for p in carried)
    if not needed <= len(args) <= len(carried):
        message = f"{name} carries {needed} to {len(carried)} arguments, got {len(args)}"
        raise TypeError(message)
    return Link(name, tuple(map(str, args)))


@dataclass(slots=True)
class Feature:
    """A named set of actions, views, kinds and desk lines; one module makes one."""

    name: str
    about: Text = Text()
    actions: dict[str, Action] = field(default_factory=dict)
    views: dict[str, View] = field(default_factory=dict)
    kinds: dict[str, Kind] = field(default_factory=dict)
    desks: "list[tuple[DeskPart, Callable[[Turn], Iterable[Row]]]]" = field(default_factory=list)
    home: View | None = None

    def action(
        self,
        about: str = "",
        *,
        title: str = "",
        command: str = "",
        needs: Role = Role.MEMBER,
        message: str = "",
        anywhere: str = "",
        on: Event = "",
        reads: bool = False,
    ) -> "Callable[[Callable[..., list[Effect]]], Action]":
        """Register a function that people or the clock can call.  ``title`` heads its form."""

        def register(run: "Callable[..., list[Effect]]") -> Action:
            carried, asked = params(run)
            made = Action(
                name=f"{self.name}.{run.__name__}",
                run=run,
                about=say(about),
                title=say(title or command.capitalize() or about),
                needs=Role.SYSTEM if on else needs,
                carried=carried,
                asked=asked,
                command=command,
                message=message,
                anywhere=anywhere,
                on=on,
                reads=reads,
            )
            self.actions[made.name] = made
            return made

        return register

    def view(self, *, home: bool = False, stands: bool = False) -> "Callable[[Callable[..., Card | None]], View]":
        """Register a function that shows data; ``home`` is the page that a platform's home tab shows.

        One that ``stands`` is posted again when somebody deleted it.
        """

        def register(run: "Callable[..., Card | None]") -> View:
            carried, asked = params(run)
            if asked:
                message = f"{run.__qualname__}: a view asks nothing"
                raise TypeError(message)
            made = View(f"{self.name}.{run.__name__}", run, carried, stands)
            self.views[made.name] = made
            if home:
                self.home = made
            return made

        return register

    def kind(
        self,
        name: str,
        about: str,
        because: str,
        quiet: Quiet = "wait",
        *,
        unasked: bool = False,
        rank: Rank = Rank.NOTICE,
    ) -> Kind:
        """Declare a kind of direct message: its name in settings, and why somebody gets it."""
        made = Kind(f"{self.name}.{name}", say(about), say(because), quiet, unasked, rank)
        self.kinds[made.name] = made
        return made

    def desk(self, part: DeskPart) -> "Callable[[Callable[[Turn], Iterable[Row]]], Callable[[Turn], Iterable[Row]]]":
        """Register lines of a member's own page, under one of its headings."""

        def register(run: "Callable[[Turn], Iterable[Row]]") -> "Callable[[Turn], Iterable[Row]]":
            self.desks.append((part, run))
            return run

        return register


def params(run: Callable[..., object]) -> tuple[tuple[Param, ...], tuple[Param, ...]]:
    """What a function carries (before the ``*``) and what it asks (after it); the first parameter is the turn."""
    _turn, *rest = inspect.signature(run, eval_str=True).parameters.values()
    carried = tuple(read_param(run, p) for p in rest if p.kind is not p.KEYWORD_ONLY)
    asked = tuple(read_param(run, p) for p in rest if p.kind is p.KEYWORD_ONLY)
    return carried, asked


def read_param(run: Callable[..., object], p: inspect.Parameter) -> Param:
    kind, opt = p.annotation, None
    if get_origin(kind) is Annotated:
        kind, opt = get_args(kind)
    if (p.kind is p.KEYWORD_ONLY) != (opt is not None):
        message = f"{run.__qualname__}: {p.name} needs Opt exactly when it is asked for"
        raise TypeError(message)
    if get_origin(kind) in (Union, UnionType):
        (kind,) = (k for k in get_args(kind) if k is not NoneType)
    many = get_origin(kind) is list
    if many:
        (kind,) = get_args(kind)
    opt = opt or Opt("")
    required = p.default is p.empty
    default = None if required else p.default
    return Param(p.name, kind_of(kind, opt), kind, many, opt, required, default, options_of(kind))


def kind_of(kind: Any, opt: Opt) -> FieldKind:
    from bot.answers import KINDS

    if opt.find is not None:
        return "record"
    if get_origin(kind) is Literal or (inspect.isclass(kind) and issubclass(kind, Enum)):
        return "choice"
    try:
        return KINDS[kind]
    except KeyError:
        message = f"no platform can ask for a {kind!r}; give its Opt a find"
        raise TypeError(message) from None


def options_of(kind: Any) -> tuple[Option, ...]:
    """Lines of a choice: literals are their own words, enums are named by their values."""
    if get_origin(kind) is Literal:
        return tuple(Option(str(value), say(str(value))) for value in get_args(kind))
    if inspect.isclass(kind) and issubclass(kind, Enum):
        return tuple(Option(member.name, say(str(member.value))) for member in kind)
    return ()


class App:
    """All features together, found by name."""

    def __init__(self, features: Iterable[Feature]) -> None:
        self.features = tuple(features)
        self.actions = {name: a for f in self.features for name, a in f.actions.items()}
        self.views = {name: v for f in self.features for name, v in f.views.items()}
        self.kinds = {name: k for f in self.features for name, k in f.kinds.items()}
        self.commands = {a.command: a for a in self.actions.values() if a.command}
        self.messages = {a.name: a for a in self.actions.values() if a.message}
        self.shortcuts = {a.name: a for a in self.actions.values() if a.anywhere}
        self.home = next((f.home for f in self.features if f.home), None)

    def listeners(self, event: Event) -> list[Action]:
        return [a for a in self.actions.values() if a.on == event]

    def tells(self, event: Event, turn: "Turn") -> "list[Effect]":
        """What the features do about something that happened."""
        return [effect for action in self.listeners(event) for effect in action.run(turn)]

    def desk(self, part: DeskPart, turn: "Turn") -> list[Row]:
        """What the features put under one heading of a member's page."""
        return [row for f in self.features for at, run in f.desks if at == part for row in run(turn)]
