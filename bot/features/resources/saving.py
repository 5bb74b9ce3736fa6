"""Saving a message: its link at once, its words only when its author says yes."""

from datetime import timedelta

from bot.actions import Refuse, Role
from bot.addresses import Address, first_address, read_address
from bot.calls import Quoted, Turn
from bot.cards import Button, Card, Note, Prose, Row
from bot.effects import Effect, Forget, Later, Post, Refresh, Reply, Tell
from bot.features.resources.library import desk_place, first_words, resources, shown
from bot.features.resources.sharing import card, edit_one, note
from bot.people import named
from bot.text import Command, Href, Text, say
from storage import resources as shelf
from storage.audience import group_at
from storage.people import Member, account_of
from storage.resources import ALLOWED, ASKED, LINK_ONLY, REFUSED, QuoteRequest, Resource

CONSENT = resources.kind("consent", "Requests to quote you", "somebody saved a message of yours", unasked=True)
PATIENCE = timedelta(days=14)  # silence is no consent: after that only the link stays
WORDS_MAX = 1000


@resources.action("Save a message to the library", message="Save to library")
def save(turn: Turn) -> list[Effect]:
    """Save somebody's message.  Your own and the bot's need nobody's consent."""
    quoted = turn.quoted
    if quoted is None:
        raise Refuse("Use this on a message: open its menu and choose “Save to library”.")
    if turn.spot.private:
        raise Refuse("This conversation is private. Share the link itself with {add}.", add=Command("resource add"))
    source = read_address(quoted.url)
    address = first_address(quoted.text) or source
    if source is None or address is None:
        raise Refuse("I cannot link to this message. Share it with {add}.", add=Command("resource add"))
    if shelf.taken_out(turn.db, turn.community.id, source.key):
        raise Refuse("The author of this message would rather not have it in the library.")
    twin = shelf.saved_from(turn.db, turn.community.id, turn.who.id, source.url) or shelf.same_address(
        turn.db, turn.community.id, turn.who.id, address.key
    )
    if twin is not None:
        more = Button(say("Say why it helps you"), note.link(twin.id))
        known = shown(turn, twin, more)
        return [
            Reply(Card(known.title, (Prose(say("This is in the library already.")), *known.blocks), known.controls))
        ]
    return keep(turn, quoted, address, source)


def keep(turn: Turn, quoted: Quoted, address: Address, source: Address) -> list[Effect]:
    author = author_of(turn, quoted)
    words = quoted.text.strip()[:WORDS_MAX]
    free = quoted.by_bot or (author is not None and author.id == turn.who.id)
    group = group_at(turn.db, turn.here().id)
    elsewhere = address.key != source.key
    asked = author if author and not free and worth(words) and author.status in ("member", "paused") else None
    row = Resource(
        number=0,
        community_id=turn.community.id,
        member_id=turn.who.id,
        kind="link" if elsewhere else "note",
        title=title(words if free else "", address if elsewhere else None),
        url=address.url,
        url_key=address.key,
        quote=words if free and worth(words) else "",
        message_url=source.url,
        author_id=author.id if author and (free or asked) else None,
        group_id=group.id if group else None,
        created=turn.now,
    )
    shelf.put(turn.db, row)
    place = None if group else desk_place(turn)
    effects: list[Effect] = [Post(place, card.link(row.id))] if place else []
    if asked is not None:
        effects += ask_author(turn, row, asked, words)
        text = say("Saved, with its link. I ask {who} whether the words may be kept, too.", who=named(turn, asked.id))
    elif free:
        text = say("Saved.")
    else:
        text = say("Saved, with its link only.")
    why = Button(say("Say why it helps"), edit_one.link(row.id), "primary")
    return [*effects, Reply(Card(blocks=(Prose(text),), controls=(why,)))]


def author_of(turn: Turn, quoted: Quoted) -> Member | None:
    account = account_of(turn.db, turn.space.id, quoted.author) if turn.space and not quoted.by_bot else None
    return turn.get(Member, account.member_id) if account else None


def worth(words: str) -> bool:
    """Whether there are any words beside the link."""
    address = first_address(words)
    return bool(words) and not (address is not None and len(words.split()) == 1)


def title(words: str, address: Address | None) -> str:
    """Of the page that it leads to, or its first words if they may be kept."""
    if address is not None:
        return address.title
    return first_words(words) if words else ""


def ask_author(turn: Turn, row: Resource, author: Member, words: str) -> list[Effect]:
    request = QuoteRequest(
        community_id=turn.community.id, resource_id=row.id, member_id=author.id, words=words, asked=turn.now
    )
    turn.db.add(request)
    turn.db.flush()
    return [
        Tell(author.id, question.link(request.id), CONSENT, expires=turn.now + PATIENCE),
        Later(turn.now + PATIENCE, lapse.link(request.id), key=waits(request)),
    ]


def waits(request: QuoteRequest) -> str:
    """What ends the wait is planned under this key."""
    return f"consent:{request.id}"


@resources.view()
def question(turn: Turn, request_id: str) -> Card | None:
    """May your words be kept?  Shown to their author alone."""
    request = turn.get(QuoteRequest, request_id)
    row = turn.get(Resource, request.resource_id) if request else None
    if request is None or row is None or request.member_id != turn.who.id:
        return None
    if request.state != ASKED:
        return Card(blocks=(Prose(answered(request)),))
    text = say(
        "{who} saved {message} of yours to the library. May your words be kept there, with your name?",
        who=named(turn, row.member_id),
        message=Href(say("a message"), row.message_url),
    )
    until = Note(say("Until you answer only the link is kept. After 14 days I take silence as a no."))
    buttons = (
        Button(say("Allow"), answer.link(request.id, ALLOWED), "primary"),
        Button(say("Keep only the link"), answer.link(request.id, LINK_ONLY)),
        Button(say("No"), answer.link(request.id, REFUSED)),
    )
    return Card(say("May I quote you?"), (Prose(text), Prose(say("“{words}”", words=request.words)), until), buttons)


def answered(request: QuoteRequest) -> Text:
    match request.state:
        case "allowed":
            return say("Thank you. Your words are in the library, with your name.")
        case "refused":
            return say("All right. Your words are not kept, and the library no longer points to your message.")
        case _:
            return say("All right. Only the link is kept, none of your words.")


@resources.action(needs=Role.GUEST)
def answer(turn: Turn, request_id: str, state: str) -> list[Effect]:
    """The author decides, once and for all; a coordinator can take the whole resource out."""
    request = turn.get(QuoteRequest, request_id)
    if request is None or request.member_id != turn.who.id or state not in (ALLOWED, LINK_ONLY, REFUSED):
        raise Refuse("That question is not for you.", denied=True)
    if request.state != ASKED:
        return [Reply(Card(blocks=(Prose(answered(request)),)), "replace")]
    row = turn.get(Resource, request.resource_id)
    if row is not None:
        settle(row, request, state)
        shelf.put(turn.db, row)
    request.state, request.words = state, ""
    turn.db.add(request)
    turn.db.flush()
    return [
        Forget(waits(request)),
        Refresh(card.link(request.resource_id)),
        Refresh(question.link(request.id)),
        Reply(Card(blocks=(Prose(answered(request)),)), "replace"),
    ]


def settle(row: Resource, request: QuoteRequest, state: str) -> None:
    """What the answer means for the resource."""
    if state == ALLOWED:
        row.quote = request.words
        row.title = row.title or first_words(request.words)
    elif state == REFUSED:
        if row.url == row.message_url:  # nothing but their message: it leaves the library
            row.state = REFUSED
        row.message_url = ""
        row.author_id = None


@resources.action(needs=Role.SYSTEM)
def lapse(turn: Turn, request_id: str) -> list[Effect]:
    """Fourteen days of silence: the words that waited are gone."""
    request = turn.get(QuoteRequest, request_id)
    if request is None or request.state != ASKED:
        return []
    request.state, request.words = LINK_ONLY, ""
    turn.db.add(request)
    turn.db.flush()
    return [Refresh(question.link(request.id))]


@resources.desk("needs")
def questions(turn: Turn) -> list[Row]:
    """Requests that wait for the author, also where a direct message could not arrive."""
    return [
        Row(
            say("May your words be kept in the library? “{words}”", words=first_words(request.words)),
            Button(say("Answer"), consider.link(request.id)),
        )
        for request in shelf.requests_to(turn.db, turn.community.id, turn.who.id)
    ]


@resources.action(needs=Role.GUEST, reads=True)
def consider(turn: Turn, request_id: str) -> list[Effect]:
    """The question again, from the person's own page."""
    shown_again = question.run(turn, request_id)
    if shown_again is None:
        raise Refuse("That question is not for you.")
    return [Reply(shown_again)]
