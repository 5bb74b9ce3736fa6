"""Onboarding: a newcomer is greeted once, joins by their own act, and may pause, leave and come back."""

from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from bot.actions import Feature, Opt, Refuse, Role
from bot.calls import Turn
from bot.cards import Button, Card, Note, Prose, card
from bot.effects import Confirm, Effect, Later, Reply, Tell
from bot.text import Command, Mention, Moment, Text, count, lines, listed, said, say
from bot.times import resolve
from storage.people import Account, Member, Worry, coordinators, members

onboarding = Feature("onboarding", say("Joining, pausing, leaving"))

WELCOME = onboarding.kind("welcome", "Welcome messages", "you came into this chat")
SUPPORT = onboarding.kind("support", "Questions of newcomers", "you look after newcomers")

WORRY_KEPT = timedelta(days=90)
WELCOME_LATE = timedelta(hours=72)  # a later greeting would greet nobody new
PAUSE_MOST = timedelta(days=366)
NAMELESS = "A former member"

Keeping = Literal["keep my name", "without my name", "delete mine"]


@onboarding.action(on="arrived")
def arrived(turn: Turn) -> list[Effect]:
    """One message with one ask.  Who was here before is welcomed back."""
    key = f"welcome:{turn.now:%Y%m%d%H%M}"
    return [Tell(turn.who.id, welcome.link(), WELCOME, expires=turn.now + WELCOME_LATE, key=key)]


@onboarding.action(on="entered")
def entered(turn: Turn) -> list[Effect]:
    """Coming to the front desk is asking to be greeted; members know the way already."""
    return [] if turn.who.status == "member" else arrived.run(turn)


@onboarding.action(on="departed")
def departed(turn: Turn) -> list[Effect]:
    """Gone from this chat.  Membership is theirs to end, and another chat may still reach them."""
    account = turn.get(Account, turn.who.account)
    if account is not None:
        account.present = False
        turn.db.add(account)
    return []


@onboarding.view()
def welcome(turn: Turn) -> Card:
    """The greeting, for whoever reads it: a newcomer, a member, somebody who is back."""
    member = turn.db.get_one(Member, turn.who.id)
    name, community = member.name, turn.community.name or say("this community")
    if member.status in ("member", "paused"):
        text = say("Welcome back to {community}, {name}. Your place was kept.", name=name, community=community)
        return card(text, *next_steps(turn), title=say("Good to see you again"))
    again = member.joined is not None
    first = say("Welcome back, {name}.", name=name) if again else say("Welcome, {name}.", name=name)
    about = lines(
        first, purpose(turn), say("Being in this chat is not yet membership. Have a look at what joining means.")
    )
    look = Button(say("What joining means"), join.link(), "primary")
    return Card(say("Welcome to {community}", community=community), (Prose(about), Note(humans(turn))), (look,))


@onboarding.action("See your welcome again", command="welcome", needs=Role.GUEST, reads=True)
def replay(turn: Turn) -> list[Effect]:
    return [Reply(welcome.run(turn) or Card())]


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
    return [
        Reply(
            Card(
                say("Join {community}?", community=turn.community.name or say("this community")),
                (Prose(lines(purpose(turn), people_count(turn))), Prose(kept), Note(humans(turn))),
                (
                    Button(say("Join"), enter.link(turn.community.consent), "primary"),
                    Button(say("Questions first"), worry.link()),
                    Button(say("Not now"), not_now.link()),
                ),
            )
        )
    ]


@onboarding.action(needs=Role.GUEST)
def enter(turn: Turn, consent: str) -> list[Effect]:
    """Become a member, having agreed to this version of what is kept."""
    member = turn.db.get_one(Member, turn.who.id)
    if consent != turn.community.consent:
        raise Refuse(
            "What joining means has changed since. Please look again.", offer=[Button(say("Look"), join.link())]
        )
    if member.status != "member":
        member.status, member.consent, member.joined = "member", consent, turn.now
        turn.db.add(member)
    text = say("You are in, {name}. A good first step: find a group that fits you.", name=member.name)
    return [Reply(card(text, *next_steps(turn), tone="good"), "replace")]


@onboarding.action(needs=Role.GUEST, reads=True)
def not_now(turn: Turn) -> list[Effect]:
    """A no that is respected: nobody asks again."""
    return [
        Reply(
            card(say("That is fine. Use {join} whenever you like; nobody will ask again.", join=Command("join"))),
            "replace",
        )
    ]


@onboarding.action("Ask the people who run this, in private", title="Before you join", needs=Role.GUEST)
def worry(
    turn: Turn,
    *,
    question: Annotated[str, Opt("Only the coordinators read this; it is deleted after 90 days", max=1000, long=True)],
) -> list[Effect]:
    """A private question before joining."""
    able = coordinators(turn.db, turn.community.id, Role.COORDINATOR)
    if not able:
        raise Refuse("Nobody looks after newcomers here yet. Ask in the welcome channel; whoever is around will help.")
    row = Worry(community_id=turn.community.id, member_id=turn.who.id, text=question, at=turn.now)
    turn.db.add(row)
    turn.db.flush()
    told = [Tell(helper.id, asked.link(row.id), SUPPORT) for helper in able]
    names = listed(said(m.name) for m in able[:3])
    thanks = say("Thank you. {people} will read it and come back to you.", people=names)
    return [*told, Later(turn.now + WORRY_KEPT, drop_worry.link(row.id), key=f"worry:{row.id}"), Reply(card(thanks))]


@onboarding.view()
def asked(turn: Turn, worry_id: str) -> Card | None:
    """A newcomer's question, for the coordinators alone."""
    row = turn.get(Worry, worry_id)
    if row is None or turn.who.role < Role.COORDINATOR:
        return None
    who = turn.db.get_one(Member, row.member_id)
    return Card(
        say("A question before joining"),
        (Prose(said(row.text)), Note(say("From {who}.", who=Mention(who.id, who.name)))),
    )


@onboarding.action(needs=Role.SYSTEM)
def drop_worry(turn: Turn, worry_id: str) -> list[Effect]:
    row = turn.get(Worry, worry_id)
    if row is not None:
        turn.db.delete(row)
    return []


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


@onboarding.action("Come back from a pause", needs=Role.GUEST)
def resume(turn: Turn) -> list[Effect]:
    member = turn.db.get_one(Member, turn.who.id)
    return_from_pause(turn, member)
    return [
        Reply(card(say("Welcome back, {name}. Everything is as you left it.", name=member.name), *next_steps(turn)))
    ]


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


@onboarding.action("Leave the community", title="Leave", command="leave")
def leave(
    turn: Turn,
    *,
    contributions: Annotated[
        Keeping, Opt("What happens to what you shared?", label="What you shared")
    ] = "keep my name",
) -> list[Effect]:
    """End membership.  Never blocked; what was shared stays, stays without a name, or goes."""
    member = turn.db.get_one(Member, turn.who.id)
    if member.status not in ("member", "paused"):
        raise Refuse("You are not a member at the moment, so there is nothing to leave.")
    if not turn.confirmed:
        return [Confirm(leaving_card(turn, contributions), say("Leave"))]
    effects = [e for listener in turn.app.listeners("left") for e in listener.run(turn)]
    if contributions == "delete mine":
        effects += [e for listener in turn.app.listeners("erased") for e in listener.run(turn)]
    if contributions != "keep my name":
        member.name = NAMELESS
    member.status, member.role = "left", Role.MEMBER
    turn.db.add(member)
    return [
        *effects,
        Reply(
            card(
                say(
                    "You have left. Thank you for the time you gave. {join} brings you back any day.",
                    join=Command("join"),
                )
            )
        ),
    ]


def leaving_card(turn: Turn, contributions: Keeping) -> Card:
    what: dict[Keeping, Text] = {
        "keep my name": say("What you shared stays, with your name."),
        "without my name": say("What you shared stays, without your name."),
        "delete mine": say("What you shared is deleted."),
    }
    duties = say("You hold a role here. If you can, hand it over first; you can leave either way.")
    runs = turn.who.role > Role.MEMBER and turn.who.status == "member"
    text = lines(what[contributions], say("Your groups and reminders end."), duties if runs else Text())
    return card(text, title=say("Leave {community}?", community=turn.community.name or say("this community")))


def purpose(turn: Turn) -> Text:
    return (
        said(turn.community.purpose)
        if turn.community.purpose
        else say("People who share a practice and learn together.")
    )


def people_count(turn: Turn) -> Text:
    n = len(members(turn.db, turn.community.id))
    return count("{n} member so far.", "{n} members so far.", n) if n else say("You would be the first member.")


def humans(turn: Turn) -> Text:
    """A bot says that it is one, and which people to ask."""
    able = coordinators(turn.db, turn.community.id, Role.COORDINATOR)
    if not able:
        return say("I am a bot. Whoever manages this chat can help you.")
    return say("I am a bot. People who can help: {people}.", people=listed(said(m.name) for m in able[:3]))


def next_steps(turn: Turn) -> tuple[Button, ...]:
    """What a member can do next, as far as those features are there."""
    offers = (("groups", say("Find your groups")), ("me", say("What is next for me")))
    found = ((turn.app.commands.get(name), label) for name, label in offers)
    return tuple(Button(label, action.link()) for action, label in found if action)
