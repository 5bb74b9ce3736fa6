"""Pausing and leaving: nothing is sent, nobody is told, and both can be undone by coming back."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from bot.actions import Link, Opt, Refuse, Role
from bot.calls import Turn
from bot.cards import Button, Card, card
from bot.effects import Confirm, Effect, Later, Refresh, Reply
from bot.features.onboarding.feature import NAMELESS, community, next_steps, onboarding
from bot.people import person
from bot.text import Command, Moment, Text, lines, say
from bot.times import resolve
from storage import erasures
from storage.outbox import links_standing
from storage.people import Member

PAUSE_MOST = timedelta(days=366)
CARDS_MOST = 200  # of those that may show a name; older ones have scrolled out of sight

Keeping = Literal["keep my name", "without my name", "delete mine"]


@onboarding.action("Pause: no messages until you are back", title="Take a break", command="pause")
def pause(
    turn: Turn, *, until: Annotated[date, Opt("The day you are back, such as 2026-09-01", hint="2026-09-01")]
) -> list[Effect]:
    """No direct messages until a day; nothing is lost and nobody is told."""
    back = resolve(datetime.combine(until, datetime.min.time()), turn.who.zone)
    if not turn.now < back <= turn.now + PAUSE_MOST:
        raise Refuse("Give a day from tomorrow to a year from now, such as 2026-09-01.", field="until")
    member = turn.db.get_one(Member, turn.who.id)
    member.status, member.paused_until = "paused", back
    turn.db.add(member)
    text = say("Enjoy your time away. You get no messages until {back}.", back=Moment(back, "date"))
    now = Button(say("I am back"), resume.link())
    return [Later(back, wake.link(member.id), key=f"pause:{member.id}"), Reply(card(text, now))]


@onboarding.action("Come back from a pause")
def resume(turn: Turn) -> list[Effect]:
    member = turn.db.get_one(Member, turn.who.id)
    return_from_pause(turn, member)
    text = say("Welcome back, {name}. Everything is as you left it.", name=member.name)
    return [Reply(card(text, *next_steps(turn)))]


@onboarding.action(needs=Role.SYSTEM)
def wake(turn: Turn, member_id: str) -> list[Effect]:
    """The pause is over.  Quietly: the next thing they hear is something that they asked for."""
    member = turn.get(Member, member_id)
    if member is not None and member.paused_until and member.paused_until <= turn.now:
        return_from_pause(turn, member)
    return []


def return_from_pause(turn: Turn, member: Member) -> None:
    if member.status == "paused":
        member.status, member.paused_until = "member", None
        turn.db.add(member)


@onboarding.action("Leave the community", title="Leave", command="leave", needs=Role.GUEST)
def leave(
    turn: Turn,
    *,
    contributions: Annotated[
        Keeping, Opt("What happens to what you shared?", label="What you shared")
    ] = "keep my name",
) -> list[Effect]:
    """End membership.  Never blocked; what was shared stays, stays without a name, or goes."""
    member = turn.db.get_one(Member, turn.who.id)
    if not turn.who.joined:
        raise Refuse("You are not a member at the moment, so there is nothing to leave.")
    if not turn.confirmed:
        return [Confirm(leaving_card(turn, contributions), say("Leave"))]
    effects = part(turn, member, contributions)
    told = say("You have left. Thank you for the time you gave. {join} brings you back any day.", join=Command("join"))
    return [*effects, Reply(card(told))]


def part(turn: Turn, member: Member, contributions: Keeping) -> list[Effect]:
    """The member is none any more; what they shared stays, stays without a name, or goes."""
    effects = turn.app.tells("left", turn)
    if contributions == "delete mine":
        effects += turn.app.tells("erased", turn)
        erasures.wipe(turn.db, member, turn.now)
    if contributions != "keep my name":
        member.name = NAMELESS
        shown = links_standing(turn.db, turn.community.id, CARDS_MOST)
        effects += [Refresh(Link.parse(link)) for link in shown]
    member.status, member.role = "left", Role.MEMBER
    turn.db.add(member)
    return effects


@onboarding.action(needs=Role.SYSTEM)
def erase(turn: Turn, member_id: str) -> list[Effect]:
    """An older database was put back, and what a member had deleted is there again: it goes again."""
    member = turn.get(Member, member_id)
    if member is None:
        return []
    return part(replace(turn, who=person(member, turn.community)), member, "delete mine")


def leaving_card(turn: Turn, contributions: Keeping) -> Card:
    what: dict[Keeping, Text] = {
        "keep my name": say("What you shared stays, with your name."),
        "without my name": say("What you shared stays, without your name."),
        "delete mine": say("What you shared is deleted."),
    }
    duties = say("You hold a role here. If you can, hand it over first; you can leave either way.")
    runs = turn.who.role > Role.MEMBER
    text = lines(what[contributions], say("Your groups and reminders end."), duties if runs else Text())
    return card(text, title=say("Leave {community}?", community=community(turn)))
