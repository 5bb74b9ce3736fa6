"""Crowds: when very many come at once, greeting stops until a coordinator has had a look."""

from datetime import datetime, timedelta

from sqlmodel import col, select

from bot.actions import Rank, Refuse, Role
from bot.calls import Turn
from bot.cards import Button, Card, Note, Prose
from bot.effects import Effect, Refresh, Reply, Tell
from bot.features.onboarding.feature import onboarding
from bot.features.onboarding.welcoming import greeting
from bot.text import count, say
from storage.people import Member, coordinators

MOST = 30  # who come within a minute and are greeted; more may be a raid, and so many messages look like spam
MINUTE = timedelta(minutes=1)

CROWD = onboarding.kind(
    "crowd", "Very many newcomers at once", "you look after this community", "now", rank=Rank.ANSWER
)


def stopped(turn: Turn) -> datetime | None:
    """Since when newcomers are not greeted."""
    since = turn.community.settings.get("crowd")
    return datetime.fromisoformat(since) if since else None


def mark(turn: Turn, since: datetime | None) -> None:
    here = turn.community_row()
    here.settings = {**here.settings, "crowd": since.isoformat() if since else ""}


def newcomers(turn: Turn, since: datetime, until: datetime) -> list[Member]:
    """Who came between these and has not joined yet, the newest first."""
    here = (Member.community_id == turn.community.id, Member.status == "guest")
    found = select(Member).where(*here, col(Member.created).between(since, until))
    return list(turn.db.exec(found.order_by(col(Member.created).desc(), col(Member.id))))


@onboarding.action(on="arrived")
def arrived(turn: Turn) -> list[Effect]:
    """Who comes is greeted; whether very many are, is a coordinator's to decide."""
    first = turn.at or turn.now - MINUTE  # those who were noticed only later are told of from the newest on
    if (since := stopped(turn)) is not None:
        mark(turn, min(since, first))
        return [Refresh(crowd.link())]
    if len(newcomers(turn, first, first + MINUTE)) <= MOST:
        return greeting(turn, turn.who.id)
    mark(turn, first)
    able = coordinators(turn.db, turn.community.id, Role.COORDINATOR)
    return [Tell(one.id, crowd.link(), CROWD, key=f"crowd:{turn.now:%Y%m%d%H%M}") for one in able]


@onboarding.view()
def crowd(turn: Turn) -> Card:
    since = stopped(turn)
    if since is None:
        return Card(blocks=(Prose(say("Decided. I greet whoever comes from now on.")),), tone="good")
    text = count(
        "{n} person came within a short time. I stopped greeting newcomers, in case this is a raid.",
        "{n} people came within a short time. I stopped greeting newcomers, in case this is a raid.",
        len(newcomers(turn, since, turn.now)),
    )
    note = Note(say("Whoever is still interested finds the way to join in the welcome channel."))
    buttons = (
        Button(say("Greet them"), greet.link(), "primary"),
        Button(say("Greet nobody of them"), pass_over.link()),
    )
    return Card(say("A crowd of newcomers"), (Prose(text), note), buttons)


@onboarding.action(title="Greet them", needs=Role.COORDINATOR)
def greet(turn: Turn) -> list[Effect]:
    """All who came meanwhile, the newest first, as fast as the platform likes it."""
    since = stopped(turn)
    if since is None:
        raise Refuse("That is decided already.")
    mark(turn, None)
    people = newcomers(turn, since, turn.now)
    greetings = [effect for one in people for effect in greeting(turn, one.id)]
    text = count("{n} person is greeted, bit by bit.", "{n} people are greeted, bit by bit.", len(people))
    return [*greetings, Refresh(crowd.link()), Reply(Card(blocks=(Prose(text),), tone="good"))]


@onboarding.action(title="Greet nobody of them", needs=Role.COORDINATOR)
def pass_over(turn: Turn) -> list[Effect]:
    if stopped(turn) is None:
        raise Refuse("That is decided already.")
    mark(turn, None)
    text = say("Who came meanwhile is not greeted; whoever comes from now on is.")
    return [Refresh(crowd.link()), Reply(Card(blocks=(Prose(text),)))]
