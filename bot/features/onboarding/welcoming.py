"""Greeting: one message with one ask for who arrives, and a card at the front desk for whom messages do not reach."""

from datetime import timedelta

from bot.actions import Role
from bot.calls import Turn
from bot.cards import Button, Card, Note, Prose, card
from bot.effects import Effect, Post, Reply, Tell
from bot.features.onboarding.feature import WELCOME, community, next_steps, onboarding, purpose
from bot.features.onboarding.joining import join
from bot.people import humans
from bot.text import lines, say
from storage.people import Account, Member
from storage.places import channels_of, place_for

LATE = timedelta(hours=72)  # a later greeting would greet nobody new


def greeting(turn: Turn, member_id: str) -> list[Effect]:
    """One message with one ask.  Who was here before is welcomed back."""
    came = turn.at or turn.now
    if turn.now - came > LATE:
        return []
    key = f"welcome:{came:%Y%m%d%H%M}"
    return [Tell(member_id, welcome.link(), WELCOME, expires=came + LATE, key=key)]


@onboarding.action(on="entered")
def entered(turn: Turn) -> list[Effect]:
    """Coming to the front desk is asking to be greeted; members know the way already."""
    return [] if turn.who.status == "member" else greeting(turn, turn.who.id)


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
    if turn.who.joined:
        text = say(
            "Welcome back to {community}, {name}. Your place was kept.", name=member.name, community=community(turn)
        )
        return card(text, *next_steps(turn), title=say("Good to see you again"))
    again = member.joined is not None
    name = turn.who.name
    first = say("Welcome back, {name}.", name=name) if again else say("Welcome, {name}.", name=name)
    not_yet = say("Being in this chat is not yet membership. Have a look at what joining means.")
    look = Button(say("What joining means"), join.link(), "primary")
    title = say("Welcome to {community}", community=community(turn))
    return Card(title, (Prose(lines(first, purpose(turn), not_yet)), Note(humans(turn))), (look,))


@onboarding.action("See your welcome again", command="welcome", needs=Role.GUEST, reads=True)
def replay(turn: Turn) -> list[Effect]:
    return [Reply(welcome.run(turn) or Card())]


@onboarding.action(on="settled")
def settled(turn: Turn) -> list[Effect]:
    """The front desk stands wherever there is a channel for it, so that nobody depends on a direct message."""
    place = place_for(turn.db, turn.community.id, "welcome")
    return [Post(place, desk.link())] if place and channels_of(turn.db, place.id) else []


@onboarding.action(on="linked")
def linked(turn: Turn) -> list[Effect]:
    return settled.run(turn)


@onboarding.view(stands=True)
def desk(turn: Turn) -> Card:
    """The front desk: for everybody who comes by."""
    text = lines(purpose(turn), say("New here? Have a look at what joining means; it takes a minute."))
    look = Button(say("What joining means"), join.link(), "primary")
    helps = turn.app.commands.get("help")
    ask = (Button(say("What can I do here?"), helps.link()),) if helps else ()
    title = say("Welcome to {community}", community=community(turn))
    return Card(title, (Prose(text), Note(humans(turn))), (look, *ask))
