"""Help: what you can do here, by your role and by topic, with examples."""

from difflib import get_close_matches
from typing import Annotated

from bot.actions import Action, Feature, Opt, Refuse, Role
from bot.calls import Turn
from bot.cards import Block, Button, Card, Note, Option, Prose
from bot.effects import Effect, Reply
from bot.people import humans
from bot.text import Command, Text, joined, lines, listed, said, say

help = Feature("help", say("What you can do here"))

FIRST = ("me", "groups", "poll create", "resource find", "meeting list")  # what most people want first
NEAR = 3


def topics(turn: Turn) -> dict[str, list[Action]]:
    """Commands that this person may use, by the feature that has them."""
    return {
        feature.name: usable
        for feature in turn.app.features
        if (usable := [a for a in feature.actions.values() if a.command and a.needs <= max(turn.who.role, Role.MEMBER)])
    }


def suggest(turn: Turn, typed: str) -> list[Option]:
    """Topics first, then single commands."""
    needle = typed.strip().lower()
    names = [*topics(turn), *(a.command for found in topics(turn).values() for a in found)]
    return [Option(name, said(name)) for name in dict.fromkeys(names) if needle in name]


@help.action("What you can do here, with examples", command="help", needs=Role.GUEST, reads=True)
def show(
    turn: Turn, *, topic: Annotated[str, Opt("A topic or a command, such as polls", max=60, suggest=suggest)] = ""
) -> list[Effect]:
    wanted = topic.strip().lower().lstrip("/")
    known = topics(turn)
    if not wanted:
        return [Reply(overview(turn, known))]
    if wanted in known:
        blocks: tuple[Block, ...] = tuple(Prose(line(a)) for a in known[wanted])
        return [Reply(Card(next(f.about for f in turn.app.features if f.name == wanted) or said(wanted), blocks))]
    commands = {a.command: a for found in known.values() for a in found}
    if wanted in commands:
        return [Reply(explained(commands[wanted]))]
    begins = {name: a for name, a in commands.items() if name.split()[0] == wanted}
    if begins:
        return [Reply(Card(said(wanted), tuple(Prose(line(a)) for a in begins.values())))]
    near = get_close_matches(wanted, [*known, *commands], NEAR, 0.3) or list(known)[:NEAR]
    raise Refuse("I have no help on “{topic}”. Nearest: {near}.", field="topic",
                 topic=topic[:40], near=listed(said(n) for n in near))  # fmt: skip


def overview(turn: Turn, known: dict[str, list[Action]]) -> Card:
    """The few commands that most people want, then the topics."""
    commands = {a.command: a for found in known.values() for a in found}
    guest = not turn.who.joined and "join" in commands
    first = ("join", "welcome") if guest else FIRST
    best = lines(*(line(commands[name]) for name in first if name in commands))
    more = say("More: {help} with one of {topics}.", help=Command("help"), topics=listed(said(n) for n in known))
    join = (Button(say("Join"), commands["join"].link(), "primary"),) if guest else ()
    return Card(say("What you can do here"), (Prose(best), Prose(more), Note(humans(turn))), join)


def line(action: Action) -> Text:
    return say("{command}: {about}", command=Command(action.command), about=action.about)


def explained(action: Action) -> Card:
    """One command with what it asks."""
    asked = (
        say("{label} ({needed}): {about}", label=say(p.label), about=say(p.opt.about),
            needed=say("needed") if p.required else say("can be left out"))
        for p in action.asked
    )  # fmt: skip
    return Card(say("{command}", command=Command(action.command)), (Prose(action.about), Prose(joined(asked, "\n"))))
