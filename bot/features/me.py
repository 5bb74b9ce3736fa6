"""Me: one page with what needs me, what is next and what I could do in two minutes; and my accounts as one person."""

from dataclasses import replace
from typing import Annotated

from bot.actions import DeskPart, Feature, Opt, Refuse, Role
from bot.calls import Turn
from bot.cards import Block, Button, Card, Note, Prose, Row, card
from bot.codes import claim, issue
from bot.effects import Confirm, Effect, Reply
from bot.people import chat_name
from bot.text import Command, Text, say
from storage.merging import merge_members
from storage.people import Member, Space, accounts_of

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
    if not turn.who.joined:
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
    theirs = elsewhere(turn, other)
    if not turn.confirmed:
        text = say("Is this account yours, too? {account}", account=theirs)
        warn = Note(say("From then on both are one person, with one role. Whoever holds that account becomes you."))
        return [Confirm(Card(say("One person in both chats?"), (Prose(text), warn)), say("Yes, both are mine"))]
    mine = turn.db.get_one(Member, turn.who.id)
    keep, gone = (other, mine) if rank(other) >= rank(mine) else (mine, other)
    kept_id, zone, role, name = keep.id, keep.zone or gone.zone, max(keep.role, gone.role), keep.name
    turn.db.delete(found)
    merge_members(turn.db, kept_id, gone.id)
    row = turn.db.get_one(Member, kept_id)
    row.zone, row.role = zone, role
    turn.db.add(row)
    turn.db.flush()
    one = replace(turn, who=replace(turn.who, id=kept_id, name=name, status=row.status))
    told = say("Done. Here and there, you are {name} now.", name=name)
    return [*turn.app.tells("merged", one), Reply(card(told, tone="good"))]


def elsewhere(turn: Turn, other: Member) -> Text:
    """The other account as its chat names it: what people call themselves in a profile proves nothing."""
    for account in accounts_of(turn.db, other.id):
        space = turn.get(Space, account.space_id)
        if space is not None and turn.space is not None and space.id == turn.space.id:
            raise Refuse("That account is in this same chat, where one person has one account.", field="code")
        if space is not None:
            return say("**{name}** in {chat}", name=account.name or account.ref, chat=chat_name(space))
    raise Refuse("That account is in no chat any more. Get a new code there.", field="code")


def rank(member: Member) -> int:
    """Whose row is kept: the one that is a member, or was first."""
    return ("left", "guest", "paused", "member").index(member.status)
