"""Cards that have to stand, such as the front desk: what somebody deleted is posted again."""

from datetime import datetime

from sqlmodel import Session

from bot.actions import App, Link
from storage import outbox
from storage.outbox import Outbox
from storage.places import channel_in


def has_to_stand(db: Session, app: App, row: Outbox) -> bool:
    """Whether a message belongs where it was posted: of a view that stands, in the channel that serves its place."""
    view = app.views.get(Link.parse(row.link).name)
    if view is None or not view.stands or row.op != "post":
        return False
    channel = channel_in(db, row.place_id, row.space_id)
    return channel is not None and channel.ref == row.channel and not channel.missing


def stand_again(db: Session, app: App, row: Outbox, now: datetime) -> bool:
    """Post once more what was deleted, if it has to stand."""
    if not row.ref or not has_to_stand(db, app, row):
        return False
    outbox.post_again(db, row, now)
    return True
