"""Every sentence that people can read: read from the sources where it is said, and asked of the features that run."""

import ast
import inspect
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from babel.messages.catalog import Catalog

from bot.actions import Action, Param, Role
from bot.features import find_features
from bot.text import NAMES

ROOT = Path(__file__).parents[2]
SOURCES = ("adapters", "bot")
NOT_FOR_MEMBERS = ("bot/__main__.py", "bot/cli/")  # the command line speaks English
HEADER = "# Every sentence of Commonplace, collected by `python3 dev.py words`."
WORDLESS = re.compile(r"(\{\w+\}|[\s*:.,()/•–-])*")  # values and what stands between them: the same in every language
TRANSLATORS = re.compile(r"#\s*Translators:\s*(.+)")

SENTENCES = {"say": 1, "Text": 1, "Refuse": 1, "Unreadable": 1, "Note": 1, "count": 2}  # so many texts come first

# A limit in a comment is for translators, and for the test that holds them to it.  Slack's are the smaller ones.
BUTTON = "A button: at most 75 characters."
LINE = "A line of a menu: at most 75 characters."
MENU = "What a menu asks: at most 150 characters."
PARTS = {("Button", 0): BUTTON, ("Confirm", 1): BUTTON, ("Option", 1): LINE, ("Option", 2): LINE, ("Menu", 0): MENU}
TITLE = "The title of a form: at most 24 characters."
ABOUT = "About {command}: at most 100 characters."
DONE = "What somebody did, in the list of changes."
MESSAGE = "In the menu of a message: at most 24 characters."
SHORTCUT = "A shortcut: at most 24 characters."
FIELD = "A field of a form: at most 45 characters."
FIELD_ABOUT = "Under a field of a form: at most 100 characters."
HINT = "An example in an empty field: at most 100 characters."
CHOICE = "A choice: at most 75 characters."
NAME = "A name to type after a slash: lower case, no blanks, at most 32 characters. In {command}."
ROLE = "A role, as in “That needs a {role}.”"


class Reading(ast.NodeVisitor):
    """Reads one source.  ``scopes`` are the values that names were given, the innermost function last."""

    def __init__(self, path: str, source: str, found: Catalog) -> None:
        self.path, self.lines, self.found = path, source.splitlines(), found
        self.scopes: list[dict[str, list[ast.expr]]] = []
        self.part = ""  # of a message, as far as it is known
        self.visit(ast.parse(source))

    def generic_visit(self, node: ast.AST) -> None:
        match node:
            case ast.Module() | ast.FunctionDef() | ast.AsyncFunctionDef():
                self.scopes.append(given(node))
                super().generic_visit(node)
                self.scopes.pop()
            case ast.Call(func=ast.Name(id=name)):
                self.call(node, name)
            case ast.Call(func=ast.Attribute(attr="kind"), args=[_, about, because, *_]):
                self.add([about], "A kind of messages, in settings.", node)
                self.add([because], "After “You get this because”.", node)
            case _:
                super().generic_visit(node)

    def call(self, node: ast.Call, name: str) -> None:
        """A call of something by its name, which may be a sentence, or hold one in a part that we know."""
        outer = self.part
        if name in SENTENCES:
            self.add(node.args[: SENTENCES[name]], outer, node)
            self.part = outer = ""
        for place, arg in enumerate(node.args):
            self.part = PARTS.get((name, place), outer)
            self.visit(arg)
        self.part = outer
        for keyword in node.keywords:
            self.visit(keyword.value)

    def add(self, texts: list[ast.expr], part: str, node: ast.Call) -> None:
        """One text, or as many pairs of singular and plural as there are."""
        near = "\n".join(self.lines[max(node.lineno - 2, 0) : node.lineno])
        comments = [c for c in (*TRANSLATORS.findall(near), part) if c]
        for found in zip(*(self.texts(each) for each in texts), strict=False):
            if not WORDLESS.fullmatch("".join(found)):
                put(self.found, found[0] if len(found) == 1 else (found[0], found[1]), self.path, comments)

    def texts(self, node: ast.expr, seen: frozenset[str] = frozenset()) -> Iterator[str]:
        """What an expression may be, as far as it stands there."""
        match node:
            case ast.Constant(value=str(text)):
                yield text
            case ast.IfExp(body=first, orelse=second):
                yield from (t for each in (first, second) for t in self.texts(each, seen))
            case (
                ast.BoolOp(values=several) | ast.Tuple(elts=several) | ast.List(elts=several) | ast.Dict(values=several)
            ):
                yield from (t for each in several for t in self.texts(each, seen))
            case ast.Subscript(value=ast.Name() | ast.Dict() as table):
                yield from self.texts(table, seen)
            case ast.Name(id=name) if name not in seen:
                scope: dict[str, list[ast.expr]] = next((s for s in reversed(self.scopes) if name in s), {})
                yield from (t for each in scope.get(name, ()) for t in self.texts(each, seen | {name}))


def given(scope: ast.AST) -> dict[str, list[ast.expr]]:
    """The values that a module or a function gives to its names, and not what the functions in it do."""
    found: dict[str, list[ast.expr]] = {}
    todo = list(ast.iter_child_nodes(scope))
    while todo:
        node = todo.pop(0)
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                continue
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                found.setdefault(name, []).append(value)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                found.setdefault(name, []).append(value)
        todo += ast.iter_child_nodes(node)
    return found


def put(
    found: Catalog, text: str | tuple[str, str], path: str, comments: Iterable[str], context: str | None = None
) -> None:
    """One sentence, or add where else it is said.  Lines are left out: they would change with every commit."""
    found.add(text, locations=[(path, 0)], auto_comments=comments, context=context)


def declared(found: Catalog, action: Action) -> None:
    """What an action tells about itself: its command, the form that asks for what is missing, its names to type."""
    source = inspect.getsourcefile(action.run)
    path = Path(source).relative_to(ROOT).as_posix() if source else "bot/features"
    called = f"/{action.command}" if action.command else action.message or action.anywhere
    told = (
        (action.about.template, ABOUT.format(command=called) if called else DONE),
        (action.title.template if action.asked else "", TITLE),
        (action.message, MESSAGE),
        (action.anywhere, SHORTCUT),
        *(told for param in action.asked for told in field(param)),
    )
    for text, comment in told:
        if not WORDLESS.fullmatch(text):
            put(found, text, path, [comment])
    if action.command:
        for name in (*action.command.split(), *(p.name for p in action.asked)):
            put(found, name, path, [NAME.format(command=f"/{action.command}")], NAMES)


def field(param: Param) -> Iterator[tuple[str, str]]:
    yield param.label, FIELD
    yield param.opt.about, FIELD_ABOUT
    yield param.opt.hint, HINT
    yield from ((option.label.template, CHOICE) for option in param.options)


def extract() -> Catalog:
    """All sentences, with where they are said and how long they may be."""
    found = Catalog(header_comment=HEADER, fuzzy=False)
    for path in sorted(path for folder in SOURCES for path in (ROOT / folder).rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if not name.startswith(NOT_FOR_MEMBERS):
            Reading(name, path.read_text("utf-8"), found)
    for role in (Role.FACILITATOR, Role.COORDINATOR, Role.ADMINISTRATOR):
        put(found, role.name.lower(), "bot/actions.py", [ROLE])
    for feature in find_features():
        for action in feature.actions.values():
            declared(found, action)
    return found
