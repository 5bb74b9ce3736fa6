"""Halting: one switch stops everything that the bot sends by itself; what people ask it is still answered."""

from bot.actions import Role
from bot.calls import Turn
from bot.cards import Button, Card, Note, Prose
from bot.effects import Confirm, Effect, Reply
from bot.features.admin.feature import admin
from bot.text import Command, Moment, count, say
from storage import outbox


@admin.action("Stop everything that I send by myself", command="admin halt", needs=Role.COORDINATOR)
def halt(turn: Turn) -> list[Effect]:
    """Nothing is posted, edited or sent to anybody until somebody resumes."""
    if turn.community.halted:
        return [Reply(standing(turn))]
    if not turn.confirmed:
        text = say(
            "I will post nothing and write to nobody, until a coordinator uses {go}.", go=Command("admin resume")
        )
        note = Note(say("I still answer who asks me, and polls still close in time."))
        return [Confirm(Card(say("Stop sending?"), (Prose(text), note)), say("Stop sending"))]
    turn.community_row().halted = turn.now
    return [Reply(standing(turn))]


@admin.action("Send again what I send by myself", command="admin resume", needs=Role.COORDINATOR)
def resume(turn: Turn) -> list[Effect]:
    """What is still good is sent, each thing once; what is too late is left out."""
    if not turn.community.halted:
        return [Reply(Card(blocks=(Prose(say("Nothing is stopped.")),)))]
    turn.community_row().halted = None
    waits = outbox.overdue(turn.db, turn.community.id, turn.now)
    text = count(
        "I send again. {n} message was due meanwhile; what is too late by now is left out.",
        "I send again. {n} messages were due meanwhile; what is too late by now is left out.",
        waits,
    )
    calm = say("I send again. Nothing was due meanwhile.")
    return [Reply(Card(blocks=(Prose(text if waits else calm),), tone="good"))]


def standing(turn: Turn) -> Card:
    since = Moment(turn.community.halted or turn.now)
    text = say("Sending is stopped since {since}. What is due waits.", since=since)
    return Card(blocks=(Prose(text),), controls=(Button(say("Send again"), resume.link()),))
