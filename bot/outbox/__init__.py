"""The dispatcher: what is due is made into cards and sent, in order per lane, with retries and a visible end."""

from bot.outbox.claims import Job
from bot.outbox.dispatcher import Dispatcher

__all__ = ["Dispatcher", "Job"]
