"""Questions before joining: asked in private, answered in private, and deleted after 90 days."""

from datetime import timedelta
from typing import Annotated

from bot.actions import Opt, Refuse, Role
from bot.calls import Turn
from bot.cards import Button, Card, Note, Prose, card
from bot.effects import Effect, Later, Refresh, Reply, Tell
from bot.features.onboarding.feature import ANSWERED, SUPPORT, onboarding
from bot.text import Mention, listed, said, say
from storage import outbox
from storage.people import Member, Worry, coordinators

KEPT = timedelta(days=90)


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
    thanks = say(
        "Thank you. {people} will read it and come back to you.", people=listed(said(m.name) for m in able[:3])
    )
    return [*told, Later(turn.now + KEPT, drop_worry.link(row.id), key=f"worry:{row.id}"), Reply(card(thanks))]


@onboarding.view()
def asked(turn: Turn, worry_id: str) -> Card | None:
    """A newcomer's question, for the coordinators alone."""
    row = turn.get(Worry, worry_id)
    if row is None:
        stands = outbox.standing(turn.db, turn.community.id, str(asked.link(worry_id)))
        return card(say("This question was deleted, as promised, after 90 days.")) if stands else None
    if turn.who.role < Role.COORDINATOR:
        return None
    who = turn.db.get_one(Member, row.member_id)
    note = Note(say("From {who}. Nobody else sees this.", who=Mention(who.id, who.name)))
    if row.answer:
        told = say("{who} answered: {answer}", who=answerer(turn, row), answer=row.answer)
        return Card(say("A question before joining"), (Prose(said(row.text)), Prose(told), note))
    reply = Button(say("Answer"), answer.link(row.id), "primary")
    return Card(say("A question before joining"), (Prose(said(row.text)), note), (reply,))


@onboarding.action("Answer a newcomer's question", title="Your answer", needs=Role.COORDINATOR)
def answer(
    turn: Turn,
    worry_id: str,
    *,
    text: Annotated[str, Opt("They get it in private, with your name", max=1000, long=True)],
) -> list[Effect]:
    """One answer, by whoever is first; the other coordinators see it."""
    row = turn.get(Worry, worry_id)
    if row is None:
        raise Refuse("That question was deleted.")
    if row.answer:
        raise Refuse("{who} has answered already.", who=answerer(turn, row))
    row.answer, row.answerer_id = text, turn.who.id
    turn.db.add(row)
    sent = say("Sent. Thank you for taking the time.")
    return [Tell(row.member_id, answered.link(row.id), ANSWERED), Refresh(asked.link(row.id)), Reply(card(sent))]


@onboarding.view()
def answered(turn: Turn, worry_id: str) -> Card | None:
    row = turn.get(Worry, worry_id)
    if row is None or row.member_id != turn.who.id:
        return None
    join = turn.app.commands.get("join")
    look = (Button(say("What joining means"), join.link()),) if join else ()
    told = say("{who} answers: {answer}", who=answerer(turn, row), answer=row.answer)
    return Card(say("You asked"), (Note(said(row.text)), Prose(told)), look)


def answerer(turn: Turn, row: Worry) -> Mention:
    member = turn.db.get_one(Member, row.answerer_id)
    return Mention(member.id, member.name)


@onboarding.action(needs=Role.SYSTEM)
def drop_worry(turn: Turn, worry_id: str) -> list[Effect]:
    row = turn.get(Worry, worry_id)
    if row is None:
        return []
    turn.db.delete(row)
    return [Refresh(asked.link(worry_id)), Refresh(answered.link(worry_id))]
