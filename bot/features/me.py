"""Me: one page with what needs me, what is next and what I could do in two minutes; and my accounts as one person."""

from typing import Annotated

from bot.actions import DeskPart, Feature, Opt, Refuse, Role
from bot.calls import Turn
from bot.cards import Block, Button, Card, Note, Prose, Row, card
from bot.codes import claim, issue
from bot.effects import Confirm, Effect, Reply
from bot.text import Command, Text, say
from storage.merging import merge_members
from storage.people import Member

me = Feature("me", say("Your own page"))

SHOWN = 5  # lines under a heading; the rest is a command away
HEADINGS: tuple[tuple[DeskPart, Text], ...] = (
    ("needs", say("Needs you")),
    ("coming", say("Coming up")),
    ("groups", say("Your groups")),
    ("ideas", say("Two-minute ideas")),
    ("settings", say("Settings")),
)


@me.view(home=True)
def desk(turn: Turn) -> Card:
    """Everything that concerns one person, from all features."""
    if turn.who.role is Role.GUEST:
        join = turn.app.commands.get("join")
        offer = (Button(say("What joining means"), join.link(), "primary"),) if join else ()
        text = say("You are in the chat, and not yet a member of {community}.", community=turn.community.name)
        return card(text, *offer, title=say("Welcome"))
    blocks: list[Block] = []
    for part, heading in HEADINGS:
        rows = turn.app.desk(part, turn)[:SHOWN]
        if rows:
            blocks += [Prose(say("**{heading}**", heading=heading)), *rows]
    needs = turn.app.desk("needs", turn)
    calm = () if needs else (Prose(say("Nothing needs you. Enjoy your day.")),)
    return Card(say("Hello {name}", name=turn.who.name), (*calm, *unique(blocks)), ())


def unique(blocks: list[Block]) -> list[Block]:
    """Each button once: two features may offer the same step."""
    seen: set[str] = set()
    kept: list[Block] = []
    for block in blocks:
        link = str(block.accessory.then) if isinstance(block, Row) and block.accessory else ""
        if not link or link not in seen:
            kept.append(block)
            seen.add(link)
    return kept


@me.action("What needs you, what is next, what you could do", command="me", needs=Role.GUEST, reads=True)
def show(turn: Turn) -> list[Effect]:
    return [Reply(desk.run(turn) or Card())]


@me.action(
    "Be one person in all chats of the community", title="Your other account", command="me link", needs=Role.GUEST
)
def link(
    turn: Turn, *, code: Annotated[str, Opt("The code from your other account; leave it out to get one", max=20)] = ""
) -> list[Effect]:
    """Without a code: get one here.  With a code: become one with the account that got it."""
    if not code:
        made = issue(turn, "member")
        text = say(
            "Your code is `{code}`. In the other chat, use {link} with it within an hour.",
            code=made,
            link=Command("me link"),
        )
        return [Reply(Card(blocks=(Prose(text), Note(say("Show it to nobody: whoever uses it becomes you here.")))))]
    found = claim(turn, code, "member")
    other = turn.get(Member, found.member_id)
    if other is None:
        raise Refuse(
            "That code belongs to another community. Link the two chats first with {link}.",
            field="code",
            link=Command("community link"),
        )
    if other.id == turn.who.id:
        raise Refuse("These two accounts are one person already.", field="code")
    if not turn.confirmed:
        text = say("Become one person with {name}? Votes, groups and reminders of both are then one.", name=other.name)
        return [Confirm(card(text), say("Yes, that is me"))]
    mine = turn.db.get_one(Member, turn.who.id)
    keep, gone = (other, mine) if rank(other) >= rank(mine) else (mine, other)
    zone, role, name, gone_id = keep.zone or gone.zone, max(keep.role, gone.role), keep.name, gone.id
    keep_id = keep.id
    turn.db.delete(found)
    merge_members(turn.db, keep_id, gone_id)
    row = turn.db.get_one(Member, keep_id)
    row.zone, row.role = zone, role
    turn.db.add(row)
    return [Reply(card(say("Done. Here and there, you are {name} now.", name=name), tone="good"))]


def rank(member: Member) -> int:
    """Whose row is kept: the one that is a member, or was first."""
    return ("left", "guest", "paused", "member").index(member.status)
