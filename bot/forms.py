"""Forms: what was typed is kept, asked in pages, shown again when wrong, and confirmed before it is done."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from json import dumps
from zlib import crc32

from bot.actions import Action, Link, Param, Refuse
from bot.answers import missing
from bot.calls import Call, Form, Person, Problem, Raw, Spot, Turn
from bot.cards import Button, Card, Note, Prose
from bot.effects import Attach, Reply
from bot.text import Text, lines, say, span
from storage.ledger import Draft

FORMS = ("forms.again", "forms.page", "forms.confirm", "forms.drop")


@dataclass(frozen=True, slots=True)
class Resumed:
    """A call that continues a draft: what to run or ask, and from when its relative times count."""

    call: Call
    draft: Draft
    step: str  # again, page, confirm, drop
    page: int = 1
    typed_at: datetime | None = None


def resume(turn: Turn, call: Call) -> Resumed:
    """Continue a draft.  It belongs to one person; anybody else's button does nothing."""
    draft = turn.get(Draft, call.link.args[0]) if call.link.args else None
    if draft is None or draft.member_id != turn.who.id:
        raise Refuse("That form is no longer open. Please start again.")
    step = call.link.name.removeprefix("forms.")
    if step == "confirm" and call.link.args[1:] != (shown(draft),):
        raise Refuse("You changed that since. Use the newer message, or start again.")
    page = int(call.link.args[1]) if len(call.link.args) > 1 and call.link.args[1].isdecimal() else 1
    answers = {**draft.answers, **call.answers}
    if call.submitted:  # "in an hour" counts from now on, while a later "Go ahead" keeps meaning what was shown
        draft.answers, draft.created = answers, turn.now
        turn.db.add(draft)
    back = replace(call, link=Link.parse(draft.link), answers=answers, spot=Spot(**draft.where))
    return Resumed(back, draft, step, page, draft.created)


def next_step(
    turn: Turn, call: Call, action: Action, draft: Draft | None, page: int | None, *, confirmed: bool
) -> Form | Reply | None:
    """The form or the button that comes before the action can run; None when it can."""
    if not action.asked or confirmed:
        return None
    size = call.form_size
    pages = paged(action.asked, size)
    if draft is not None and not call.submitted:  # "again" or "page" was pressed
        return form(action, call.link, dict(call.answers), size, page=page or 1, draft=draft)
    if call.submitted and len(pages) > 1 and draft is None:
        return carry_on(keep(turn, call), 2, len(pages))
    if call.submitted and draft is not None and (page or 1) < len(pages):
        return carry_on(draft, (page or 1) + 1, len(pages))
    if not call.submitted and missing(action.asked, call.answers):
        known = keep(turn, call) if call.answers and len(pages) > 1 else None
        return form(action, call.link, dict(call.answers), size, draft=known)
    return None


def shown(draft: Draft) -> str:
    """What a preview showed, in short: "Go ahead" means this and nothing that was typed later."""
    return f"{crc32(dumps([draft.answers, draft.created.timestamp()], sort_keys=True).encode()):x}"


def keep(turn: Turn, call: Call, draft_id: str = "") -> Draft:
    """Save what was typed so far, in the draft that it continues if there is one."""
    draft = (turn.get(Draft, draft_id) if draft_id else None) or Draft(
        community_id=turn.community.id,
        member_id=turn.who.id,
        link=str(call.link),
        where={"channel": call.spot.channel, "private": call.spot.private},
        created=turn.now,
    )
    draft.answers = dict(call.answers)
    draft.created = turn.now if call.submitted else draft.created
    turn.db.add(draft)
    turn.db.flush()
    return draft


def paged(asked: tuple[Param, ...], size: int) -> list[tuple[Param, ...]]:
    """The fields of a form in as few pages as a platform allows, required ones where they stand."""
    return [asked[i : i + size] for i in range(0, len(asked), size)]


def form(
    action: Action, link: Link, filled: Mapping[str, Raw], size: int, *, page: int = 1, draft: Draft | None = None
) -> Form:
    """A page of an action's form.  With a draft, what comes back is added to what is already known."""
    pages = paged(action.asked, size)
    page = min(max(page, 1), len(pages))
    to = Link("forms.page", (draft.id, str(page))) if draft else link
    return Form(to, action.title, pages[page - 1], dict(filled), (), page, len(pages))


def page_of(action: Action, names: Iterable[str], size: int) -> int:
    """The first page with one of these fields."""
    wanted = set(names)
    return next((n for n, page in enumerate(paged(action.asked, size), 1) if {p.name for p in page} & wanted), 1)


def carry_on(draft: Draft, page: int, pages: int) -> Reply:
    """After a page: a platform may not answer a form with a form, so a button leads on."""
    text = say("Kept so far. Part {page} of {pages} is next.", page=page, pages=pages)
    go = Button(say("Continue"), Link("forms.page", (draft.id, str(page))), "primary")
    return Reply(Card(blocks=(Prose(text),), controls=(go, drop(draft))))


def sorry(
    problems: tuple[Problem, ...], draft: Draft | None, action: Action | None, offer: tuple[Button, ...], size: int
) -> Reply:
    """What is wrong, and a way back to the form with everything that was typed."""
    labels = {p.name: p.label for p in action.asked} if action else {}
    text = lines(
        *(
            say("**{field}**: {problem}", field=say(labels[p.field]), problem=p.text) if p.field in labels else p.text
            for p in problems
        )
    )
    if draft is None or action is None or not action.asked:
        return Reply(Card(blocks=(Prose(text),), controls=offer, tone="watch"))
    page = page_of(action, (p.field for p in problems), size)
    again = Button(say("Open the form again"), Link("forms.again", (draft.id, str(page))), "primary")
    note = Note(say("What you typed is kept."))
    return Reply(Card(blocks=(Prose(text), note), controls=(*offer, again), tone="watch"))


def preview(card: Card, label: Text, draft: Draft, action: Action) -> Reply:
    """What would happen, with buttons to do it, to change it, and to leave it."""
    go = Button(label or say("Go ahead"), Link("forms.confirm", (draft.id, shown(draft))), "primary")
    change = Button(say("Change"), Link("forms.again", (draft.id,)))
    return Reply(replace(card, controls=(go, *((change,) if action.asked else ()), drop(draft))))


def drop(draft: Draft) -> Button:
    return Button(say("Cancel"), Link("forms.drop", (draft.id,)))


def dropped(turn: Turn, draft: Draft) -> Reply:
    turn.db.delete(draft)
    return Reply(Card(blocks=(Prose(say("All right, nothing was done.")),)), "replace")


def filled_from(action: Action, given: Mapping[str, object], who: Person) -> dict[str, Raw]:
    """Values to fill a form with, in the form in which people would type them."""
    names = {p.name for p in action.asked}
    return {name: typed(value, who) for name, value in given.items() if name in names and value is not None}


def typed(value: object, who: Person) -> Raw:
    match value:
        case bool() | int() | float() | str():
            return value
        case list():
            return [str(item) for item in value]
        case datetime():
            return value.astimezone(who.zone).strftime("%Y-%m-%d %H:%M")
        case timedelta():
            return span(value, "en")
        case _:
            return str(value)


def in_place_of_preview(shown: list[Reply | Form | Attach]) -> list[Reply | Form | Attach]:
    """The first private answer takes the preview's place, whose buttons have done their work."""
    for n, one in enumerate(shown):
        if isinstance(one, Reply) and one.to == "private":
            return [*shown[:n], replace(one, to="replace"), *shown[n + 1 :]]
    return shown
