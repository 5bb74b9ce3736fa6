"""What somebody sees when something broke: a sentence, and a number by which the log knows the rest."""

import logging
import secrets

from bot import metrics
from bot.calls import Outcome
from bot.cards import Card, Prose
from bot.effects import Reply
from bot.text import say
from storage.store import Unavailable

log = logging.getLogger(__name__)


def broken(name: str, error: Exception) -> Outcome:
    """The answer to a call that failed."""
    return Outcome((Reply(apology(name, error)),))


def apology(name: str, error: Exception) -> Card:
    """A bug, or a database that takes nothing: the log has the details, the person the number that finds them."""
    reference = secrets.token_hex(3)
    log.error("%s failed, reference %s", name, reference, exc_info=error)
    if isinstance(error, Unavailable):
        metrics.unavailable.inc()
        text = say(
            "I could not save that. Nothing was counted; please try again in a moment. If it stays so, mention "
            "`{ref}`.",
            ref=reference,
        )
    else:
        text = say(
            "Something went wrong on my side, and nothing was changed. If it happens again, mention `{ref}`.",
            ref=reference,
        )
    return Card(blocks=(Prose(text),), tone="bad")
