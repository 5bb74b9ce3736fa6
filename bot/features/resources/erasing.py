"""Erasing: who leaves and wants it so takes along what they shared, what they wrote beside it, and what was quoted."""

from bot.addresses import read_address
from bot.calls import Turn
from bot.effects import Effect, Forget, Refresh
from bot.features.resources.library import first_words, resources
from bot.features.resources.saving import question, waits
from bot.features.resources.sharing import card
from storage import resources as shelf
from storage.resources import ASKED, ERASED, REFUSED, QuoteRequest, Resource


@resources.action(on="erased")
def erased(turn: Turn) -> list[Effect]:
    """Nothing of theirs is kept, and nothing of it is found; what others wrote stays."""
    community, who = turn.community.id, turn.who.id
    notes = shelf.notes_by(turn.db, community, who)
    noted = [row for note in notes if (row := turn.get(Resource, note.resource_id))]
    shared, naming = shelf.shared_by(turn.db, community, who), shelf.about(turn.db, community, who)
    asked = shelf.every_request_to(turn.db, community, who)
    for theirs in (*notes, *asked):
        turn.db.delete(theirs)
    turn.db.flush()
    for row in naming:
        unname(row, who)
    for row in shared:
        strip(turn, row)
        shelf.retag(turn.db, row, ())
    questions = [request for row in shared if row.state == ERASED for request in void(turn, row)]
    touched = {row.id: row for row in (*noted, *naming, *shared)}
    for row in touched.values():
        shelf.put(turn.db, row)
    return [
        *(Refresh(card.link(row_id)) for row_id in touched),
        *(Refresh(question.link(request.id)) for request in questions),
        *(Forget(waits(request)) for request in (*asked, *questions)),
    ]


def unname(row: Resource, member_id: str) -> None:
    """In what others shared, neither their words stay nor their name."""
    if row.author_id == member_id:
        if row.quote and row.title == first_words(row.quote):
            row.title = ""
        row.quote, row.author_id = "", None
    if row.contact_id == member_id:
        row.contact_id = None


def strip(turn: Turn, row: Resource) -> None:
    """What they shared goes; where others wrote why it helps them, only their own part does."""
    row.member_id, row.why = None, ""
    row.title = title_without(row)
    if shelf.notes_of(turn.db, row.id):
        return
    row.url = row.message_url = row.title = row.quote = ""
    row.author_id = row.contact_id = None
    if row.state != REFUSED:  # an author's no is remembered, whoever saved their message
        row.state, row.url_key = ERASED, ""


def title_without(row: Resource) -> str:
    """A title that nobody typed: of the page it leads to, or of an author's words."""
    address = read_address(row.url) if row.url != row.message_url else None
    if address is not None:
        return address.title
    return first_words(row.quote) if row.quote else ""


def void(turn: Turn, row: Resource) -> list[QuoteRequest]:
    """Nobody need answer what was asked about it, and the words that waited are gone."""
    asked = [request for request in shelf.requests_about(turn.db, row.id) if request.state == ASKED]
    for request in asked:
        request.state, request.words = REFUSED, ""
        turn.db.add(request)
    return asked
