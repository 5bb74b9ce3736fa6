"""Every feature keeps what platforms and people need: short names, short sentences, and values for all their braces."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.actions import Action, App, Param, View
from bot.features import find_features
from bot.text import Reader, Text, write

BOT = Path(__file__).parent.parent.parent / "bot"
FEATURES = find_features()
APP = App(FEATURES)
ACTIONS = list(APP.actions.values())
OFFERED = [a for a in ACTIONS if a.command or a.message or a.anywhere]
ASKED = [(a, p) for a in ACTIONS for p in a.asked]

ABOUT_MAX = 100  # Discord: description of a command and of an option
LABEL_MAX = 45  # Discord: label of a field in a form
TITLE_MAX = 24  # Slack: title of a form, and name of a shortcut
MESSAGE_MAX = 24  # Slack again; Discord takes 32
OPTIONS_MAX = 25  # Discord: options of a command, choices of an option, commands in a group
GROUPS_MAX = 100  # Discord: commands of a server
MESSAGES_MAX = 5  # Discord: message commands of a server
NAME = re.compile(r"[a-z0-9_-]{1,32}")  # Discord: a command, a group, an option
WORDS_MAX = 60  # ours: what is longer is not read
BRACES = re.compile(r"\{([a-z_]\w*)\}")
NO_VALUES = {"field", "offer", "denied"}  # of a refusal, beside the values of its sentence


def english(text: Text) -> str:
    return write(text, Reader())


def named(action: Action) -> str:
    return action.name


@pytest.mark.parametrize("action", OFFERED, ids=named)
def test_what_is_offered_says_what_it_does(action: Action) -> None:
    assert 0 < len(english(action.about)) <= ABOUT_MAX
    assert english(action.about)[0].isupper()
    assert not english(action.about).endswith(".")


@pytest.mark.parametrize("action", [a for a in ACTIONS if a.asked], ids=named)
def test_a_form_has_a_title_that_fits(action: Action) -> None:
    assert 0 < len(english(action.title)) <= TITLE_MAX
    assert len(english(action.about)) <= ABOUT_MAX


@pytest.mark.parametrize("action, param", ASKED, ids=lambda x: x.name)
def test_what_is_asked_is_explained_and_fits_a_form(action: Action, param: Param) -> None:
    assert 0 < len(param.opt.about) <= ABOUT_MAX
    assert 0 < len(param.label) <= LABEL_MAX
    assert NAME.fullmatch(param.name)
    assert len(param.options) <= OPTIONS_MAX
    assert (param.kind == "choice") == bool(param.options)


@pytest.mark.parametrize("action", [a for a in ACTIONS if a.command], ids=named)
def test_a_command_is_at_most_two_words_that_every_platform_takes(action: Action) -> None:
    words = action.command.split(" ")

    assert 1 <= len(words) <= 2
    assert all(NAME.fullmatch(word) for word in words)
    assert len(action.asked) <= OPTIONS_MAX
    assert sum(p.required for p in action.carried) == 0, "a command brings nothing along"


def test_no_two_features_share_a_command_or_a_title() -> None:
    for names in (
        [a.command for a in ACTIONS if a.command],
        [a.message for a in ACTIONS if a.message],
        [a.anywhere for a in ACTIONS if a.anywhere],
        [f.name for f in FEATURES],
        [name for f in FEATURES for name in (*f.actions, *f.views)],
        [name for f in FEATURES for name in f.kinds],
    ):
        assert [name for name, n in Counter(names).items() if n > 1] == []


def test_a_bare_command_with_others_beside_it_leaves_show_to_it() -> None:
    groups = {a.command.split(" ")[0] for a in ACTIONS if " " in a.command}

    assert [name for name in groups if name in APP.commands and f"{name} show" in APP.commands] == []


def test_the_commands_fit_every_platform() -> None:
    groups = Counter(a.command.split(" ")[0] for a in ACTIONS if a.command)

    assert len(groups) <= GROUPS_MAX
    assert max(groups.values()) <= OPTIONS_MAX
    assert len(APP.messages) <= MESSAGES_MAX
    assert [a.message for a in ACTIONS if len(a.message) > MESSAGE_MAX] == []
    assert [a.anywhere for a in ACTIONS if len(a.anywhere) > TITLE_MAX] == []


@pytest.mark.parametrize("target", [*ACTIONS, *APP.views.values()], ids=lambda t: t.name)
def test_what_a_link_carries_is_read_back_from_short_text(target: Action | View) -> None:
    assert {p.kind for p in target.carried} <= {"text", "integer", "choice", "flag"}
    assert len(target.name) <= 40  # two ids and a number still fit


def test_every_kind_of_message_can_be_named_in_settings_and_in_the_message() -> None:
    for kind in APP.kinds.values():
        assert english(kind.about)[0].isupper()
        assert english(kind.because)[0].islower() or english(kind.because).startswith("{")
        assert not english(kind.because).endswith(".")


@dataclass(frozen=True)
class Sentence:
    """A template in the code, with what its call supplies."""

    path: Path
    line: int
    call: ast.Call
    word: str  # say, count, Refuse
    templates: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.path.relative_to(BOT.parent)}:{self.line}"

    @property
    def braces(self) -> set[str]:
        return {name for template in self.templates for name in BRACES.findall(template)}

    @property
    def supplied(self) -> set[str]:
        names = {k.arg for k in self.call.keywords if k.arg is not None}
        return (names - NO_VALUES if self.word == "Refuse" else names) | ({"n"} if self.word == "count" else set())

    @property
    def open(self) -> bool:
        """Whether values come from elsewhere as well."""
        return any(k.arg is None for k in self.call.keywords)


def constants(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Constant(value=str(words)):
            yield words
        case ast.IfExp(body=body, orelse=orelse):
            yield from constants(body)
            yield from constants(orelse)


def calls() -> Iterator[tuple[Path, ast.Call, str]]:
    for path in sorted({*BOT.rglob("*.py")} - {*(BOT / "cli").rglob("*")}):  # a terminal reads no markup
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id=("say" | "count" | "Refuse") as word), args=[_, *_]):
                    yield path, node, word


def sentences() -> list[Sentence]:
    found = []
    for path, call, word in calls():
        given = call.args[: 2 if word == "count" else 1]
        templates = tuple(t for arg in given for t in constants(arg))
        if templates:
            found.append(Sentence(path, call.lineno, call, word, templates))
    return found


SENTENCES = sentences()


def test_sentences_are_found() -> None:
    assert len(SENTENCES) > 100  # so that the tests below look at something


def test_every_brace_is_a_name_that_its_call_supplies() -> None:
    assert [str(s) for s in SENTENCES if not s.open and s.braces - s.supplied] == []
    assert [str(s) for s in SENTENCES if any(re.search("[{}]", BRACES.sub("", t)) for t in s.templates)] == []


def test_every_value_is_used_in_its_sentence() -> None:
    assert [str(s) for s in SENTENCES if s.supplied - s.braces - {"n"}] == []


def test_no_sentence_is_put_together_from_values() -> None:
    built = (ast.JoinedStr, ast.BinOp)
    wrong = [
        f"{path.name}:{call.lineno}"
        for path, call, word in calls()
        for arg in call.args[: 2 if word == "count" else 1]
        if any(isinstance(node, built) for node in ast.walk(arg)) or ".format(" in ast.unparse(arg)
    ]

    assert wrong == []


def test_no_sentence_is_longer_than_people_read() -> None:
    assert [f"{s}: {len(t.split())}" for s in SENTENCES for t in s.templates if len(t.split()) > WORDS_MAX] == []


def test_marks_in_sentences_are_closed() -> None:
    odd = [str(s) for s in SENTENCES for t in s.templates if t.count("**") % 2 or t.count("`") % 2]

    assert odd == []
