"""Joining: what it means, and the press of a button that does it."""

from bot.actions import Refuse, Role
from bot.calls import Turn
from bot.cards import Button, Card, Note, Prose, card
from bot.effects import Effect, Reply
from bot.features.onboarding.feature import NAMELESS, community, next_steps, onboarding, purpose
from bot.features.onboarding.leaving import resume
from bot.features.onboarding.questions import worry
from bot.people import humans
from bot.text import Command, Text, count, lines, said, say
from storage.people import Account, Member, coordinators, members


@onboarding.action("Join the community", command="join", needs=Role.GUEST)
def join(turn: Turn) -> list[Effect]:
    """What joining means, before the button that does it."""
    if turn.who.status == "member":
        return [Reply(card(say("You are a member already. Thank you for being here."), *next_steps(turn)))]
    if turn.who.status == "paused":
        return resume.run(turn)
    kept = say(
        "Kept about you: the profile that you write, what you sign up for, and counts of activity. No message texts, "
        "and nothing for appraisal. Leave any time with {leave}.",
        leave=Command("leave"),
    )
    controls = (
        Button(say("Join"), enter.link(turn.community.consent), "primary"),
        Button(say("Questions first"), worry.link()),
        Button(say("Not now"), not_now.link()),
    )
    title = say("Join {community}?", community=community(turn))
    what = lines(purpose(turn), effort(turn), people_count(turn))
    return [Reply(Card(title, (Prose(what), Prose(kept), Note(humans(turn))), controls))]


@onboarding.action(needs=Role.GUEST)
def enter(turn: Turn, consent: str) -> list[Effect]:
    """Become a member, having agreed to this version of what is kept."""
    if consent != turn.community.consent:
        look = Button(say("Look"), join.link())
        raise Refuse("What joining means has changed since. Please look again.", offer=[look])
    member = turn.db.get_one(Member, turn.who.id)
    if member.status != "member":
        member.status, member.consent, member.joined = "member", consent, turn.now
        member.name = name_again(turn, member)
        if turn.who.role >= Role.ADMINISTRATOR and not coordinators(turn.db, turn.community.id, Role.COORDINATOR):
            member.role = Role.COORDINATOR  # somebody has to be the person to ask
        turn.db.add(member)
    text = say("You are in, {name}. A good first step: find a group that fits you.", name=member.name)
    return [Reply(card(text, *next_steps(turn), tone="good"), "replace")]


@onboarding.action(needs=Role.GUEST, reads=True)
def not_now(turn: Turn) -> list[Effect]:
    """A no that is respected: nobody asks again."""
    text = say("That is fine. Use {join} whenever you like; nobody will ask again.", join=Command("join"))
    return [Reply(card(text), "replace")]


def name_again(turn: Turn, member: Member) -> str:
    """Who left without a name and is back is called what their chat calls them."""
    account = turn.get(Account, turn.who.account)
    return (account.name if account else "") or member.name if member.name == NAMELESS else member.name


def effort(turn: Turn) -> Text:
    """How much time it takes, in the coordinators' words."""
    told = str(turn.community.settings.get("effort", ""))
    return said(told) if told else Text()


def people_count(turn: Turn) -> Text:
    n = len(members(turn.db, turn.community.id))
    return count("{n} member so far.", "{n} members so far.", n) if n else say("You would be the first member.")
