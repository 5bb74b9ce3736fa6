"""The runtime: from a call to what the person sees, and to the rows of the outbox, in one transaction."""

import asyncio
from collections.abc import Callable, Iterable
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple, TypeVar

from sqlmodel import Session

from bot import codec, forms, metrics
from bot.actions import Action, App, Event, Link, Refuse, View
from bot.answers import Wrong, draw, read_answers, read_carried
from bot.calls import AccountRef, Call, Form, Outcome, Problem, Spot, Turn
from bot.cards import Card, Option, mentioned
from bot.effects import Ask, Attach, Confirm, Effect, Reply
from bot.kinds import with_reason
from bot.leases import Fenced, Superseded
from bot.mistakes import apology, broken
from bot.people import everybody, identify, person, reader_for, recognise, settle, the_clock, unsettle
from bot.planning import plan
from bot.quota import TYPING, Quota, too_much
from bot.rights import authorize
from bot.suggestions import helped
from bot.text import Reader, clean_text
from bot.watching import Watched, concerning, watched
from storage.ledger import Draft, handled, note
from storage.outbox import DEAD, SENT, Outbox, waiting_for
from storage.people import Account, Community, Member, Space, account_of, muted, where_seen
from storage.presence import CommunityFacts, community_facts, space_facts
from storage.store import OutcomeUnknown, Store

T = TypeVar("T")

SUGGESTIONS = 25  # lines that every platform can show


class Declined(Exception):
    """A refusal on its way out of the transaction, with what is needed to answer it well."""

    def __init__(self, refuse: Refuse | Wrong, call: Call, action: Action | None, draft_id: str) -> None:
        super().__init__(str(refuse))
        self.refuse, self.call, self.action, self.draft_id = refuse, call, action, draft_id


class Gap(NamedTuple):
    """A platform, and one of its spaces or all of them, in which nobody listened for a while."""

    platform: str
    space: str = ""
    shared: bool = False  # other replicas notice the same: one of them fills it


@dataclass(frozen=True, slots=True)
class Defaults:
    """How a community starts when a space is seen for the first time."""

    zone: str = "UTC"
    locale: str = "en"
    name: str = ""
    purpose: str = ""

    def community(self, now: datetime) -> Community:
        return Community(name=self.name, purpose=self.purpose, zone=self.zone, locale=self.locale, created=now)


class Runtime:
    """Runs actions.  ``wake`` is set whenever something may be due; the dispatcher waits for it."""

    def __init__(self, app: App, store: Store, now: Callable[[], datetime], defaults: Defaults | None = None) -> None:
        self.app = app
        self.store = store
        self.now = now
        self.defaults = defaults or Defaults()
        self.wake = asyncio.Event()
        self.gaps: asyncio.Queue[Gap] = asyncio.Queue()
        self.quota: Quota | None = None  # no bounds unless somebody sets them

    def fenced(self, check: Callable[[Session], None] | None) -> "Runtime":
        """This runtime for what is heard under a lease: its methods raise Superseded once that is somebody else's."""
        if check is None:
            return self
        same = copy(self)
        same.store = Fenced(self.store, check)
        return same

    async def run(self, call: Call) -> Outcome:
        """Run one call.  Always answers: a refusal is a card, and so is a bug, with a number that the log has too."""
        if self.quota is not None and (seconds := self.quota.wait(call.account)):
            return too_much(call.account, seconds)
        with watched(call) as seen:
            try:
                outcome = await self._run(call, seen)
            except Superseded:
                seen.outcome = "superseded"
                raise
            except Exception as error:  # noqa: BLE001  # the outermost edge
                seen.outcome = "failed"
                outcome = broken(call.link.name, error)
        self.wake.set()
        return outcome

    async def _run(self, call: Call, seen: Watched) -> Outcome:
        try:
            return await self._once(seen.inside(lambda db: self._handle(db, call, seen)), call)
        except Declined as declined:
            problem = declined
        seen.outcome = "denied" if isinstance(problem.refuse, Refuse) and problem.refuse.denied else "refused"
        return await self.store.write(lambda db: self._decline(db, problem), lane(call.account))

    async def happen(self, event: Event, account: AccountRef, spot: Spot = Spot(), key: str = "") -> None:  # noqa: B008
        """Something happened on a platform: every feature that listens does its part, all in one transaction."""
        call = Call(Link(f"event.{event}"), account, spot, key=key)
        try:
            await self._once(lambda db: self.listen(db, call, event), call)
        except Superseded:
            raise  # nobody's mistake: whoever listens now hears of it as well
        except Exception as error:  # noqa: BLE001  # the outermost edge
            broken(call.link.name, error)
        self.wake.set()

    async def _once(self, work: Callable[[Session], T], call: Call) -> T:
        """Do what a delivery brought.  Where nobody knows whether it was saved, its key does: it is asked for again."""
        try:
            return await self.store.write(work, lane(call.account))
        except OutcomeUnknown:
            if not call.key:
                raise
            return await self.store.write(work, lane(call.account))

    async def settle(self, platform: str, ref: str, name: str, channels: dict[str, str]) -> None:
        """The bot is in a space; channels (names by reference) of known names start to serve as places."""
        await self.store.write(lambda db: self._settle(db, platform, ref, name, channels), f"{platform}:{ref}")
        self.wake.set()

    async def unsettle(self, platform: str, ref: str) -> None:
        """The bot was removed from a space.  Nothing is deleted: it may come back."""
        await self.store.write(lambda db: unsettle(db, platform, ref), f"{platform}:{ref}")

    async def seen_in(self, platform: str, ref: str) -> list[str]:
        """In which spaces of a platform somebody was seen, the last one first."""
        return await self.store.read(lambda db: where_seen(db, platform, ref))

    def missed(self, platform: str, space: str = "", *, shared: bool = False) -> None:
        """Nobody listened to a platform, or to one space of it, for a while: what is there now has to be compared."""
        self.gaps.put_nowait(Gap(platform, space, shared))

    async def suggest(self, call: Call, field: str, typed: str) -> tuple[list[Option], Reader]:
        """Lines that help somebody who is typing into a field; none when nothing fits."""
        if self.quota is not None and self.quota.wait(call.account, TYPING):
            return [], Reader()
        try:
            return await self.store.write(lambda db: self._suggest(db, call, field, typed), lane(call.account))
        except Refuse:
            return [], Reader()
        except Superseded:
            raise
        except Exception as error:  # noqa: BLE001  # the outermost edge
            broken(f"suggestions for {call.link.name}", error)
            return [], Reader()

    async def home(self, account: AccountRef) -> tuple[Card, Reader] | None:
        """A person's own page, for platforms that have a place for it."""
        view = self.app.home
        if view is None:
            return None
        call = Call(view.link(), account, Spot(private=True))
        try:
            return await self.store.write(lambda db: self._home(db, call, view), lane(account))
        except Exception as error:  # noqa: BLE001  # the outermost edge
            return apology(view.name, error), Reader()

    # Inside the transaction.

    def _settle(self, db: Session, platform: str, ref: str, name: str, channels: dict[str, str]) -> None:
        space = settle(db, platform, ref, name, channels, self._fresh())
        community = community_facts(db, space.community_id)
        turn = Turn(the_clock(community), community, self.now(), db, self.app, space_facts(space))
        plan(turn, self.app.tells("settled", turn))

    def _handle(self, db: Session, call: Call, seen: Watched) -> Outcome:
        turn, answered = self._turn(db, call)
        seen.community, seen.outcome = turn.community.id, "done"
        seen.action = call.link.name if call.link.name in self.app.actions else "unknown"
        if answered is not None:
            seen.outcome = "repeated"
            return self._outcome(turn, codec.decode(answered), new=False)
        action: Action | None = None
        draft: Draft | None = None
        try:
            confirmed = page = None
            typed_turn = turn
            if call.link.name in forms.FORMS:
                resumed = forms.resume(turn, call)
                call, draft, page = resumed.call, resumed.draft, resumed.page
                turn = replace(turn, spot=call.spot)
                typed_turn = replace(turn, now=resumed.typed_at or turn.now)
                if resumed.step == "drop":
                    return self._outcome(turn, [forms.dropped(turn, draft)])
                confirmed = resumed.step == "confirm"
            action = self._find(call.link)
            seen.action = action.name
            authorize(turn, action)
            carried = read_carried(typed_turn, action.carried, call.link)
            step = forms.next_step(turn, call, action, draft, page, confirmed=bool(confirmed))
            if step is not None:
                seen.outcome = "asked"
                return self._outcome(turn, [step])
            answers = read_answers(typed_turn, action.asked, call.answers)
            turn = replace(turn, confirmed=bool(confirmed))
            effects = action.run(turn, *carried, **answers)
            seen.outcome = "asked" if any(isinstance(e, Ask | Confirm) for e in effects) else "done"
            return self._finish(turn, call, action, effects, draft, concerning(action, answers))
        except (Refuse, Wrong) as no:
            raise Declined(no, call, action, draft.id if draft else "") from no

    def _finish(
        self, turn: Turn, call: Call, action: Action, effects: list[Effect], draft: Draft | None, detail: str
    ) -> Outcome:
        shown: list[Reply | Form | Attach] = []
        later: list[Effect] = []
        asks = any(isinstance(e, Ask | Confirm) for e in effects)
        if asks and len(effects) > 1:
            message = f"{action.name}: Ask and Confirm stand alone, since nothing has happened yet"
            raise TypeError(message)
        for effect in effects:
            match effect:
                case Ask(link=link, filled=filled):
                    asked = self._find(link)
                    values = forms.filled_from(asked, filled, turn.who)
                    # a draft even without values: following its link asks, where the bare link might already run
                    kept = forms.keep(turn, replace(call, link=link, answers=values))
                    shown.append(forms.form(asked, link, values, call.form_size, draft=kept))
                case Confirm(card=card, label=label):
                    shown.append(forms.preview(card, label, draft or forms.keep(turn, call), action))
                case Reply() | Attach():
                    shown.append(effect)
                case _:
                    later.append(effect)
        plan(turn, later)
        if turn.confirmed:
            shown = forms.in_place_of_preview(shown)
        if not action.reads and not asks:
            self._note(turn, action.name, call.link, detail=detail)
            if draft is not None:
                turn.db.delete(draft)
            if call.key:
                answer = codec.encode([s for s in shown if not isinstance(s, Form)])
                handled(turn.db, call.key, turn.community.id, turn.now, answer)
        return self._outcome(turn, shown)

    def _decline(self, db: Session, declined: Declined) -> Outcome:
        """Answer a refusal: nothing of the call was saved, but what was typed is kept."""
        call, action, no = declined.call, declined.action, declined.refuse
        turn, _ = self._turn(db, call)
        problems = no.problems if isinstance(no, Wrong) else (Problem(no.field, no.text),)
        offer = () if isinstance(no, Wrong) else no.offer
        denied = isinstance(no, Refuse) and no.denied
        draft = None if denied else self._kept(turn, declined)
        if action is not None and denied:
            self._note(turn, action.name, call.link, "denied")
        outcome = self._outcome(turn, [forms.sorry(problems, draft, action, offer, call.form_size)])
        return replace(outcome, problems=problems if call.submitted else ())

    def _kept(self, turn: Turn, declined: Declined) -> Draft | None:
        call, action = declined.call, declined.action
        worth = action is not None and action.asked and call.answers
        return forms.keep(turn, call, declined.draft_id) if worth else None

    def listen(self, db: Session, call: Call, event: Event) -> None:
        """Something happened: once for each key."""
        turn, answered = self._turn(db, call)
        if answered is not None:
            metrics.inbox_duplicates.labels(call.account.platform).inc()
            return
        if call.key:
            handled(db, call.key, turn.community.id, turn.now)
        plan(turn, self.app.tells(event, turn))
        self._note(turn, call.link.name, call.link)

    def run_due(self, db: Session, row: Outbox) -> None:
        """Run a planned action, in the transaction that marks its row as done.  A Refuse means: no longer wanted."""
        community = community_facts(db, row.community_id)
        link = Link.parse(row.link)
        turn = Turn(the_clock(community), community, self.now(), db, self.app)
        action = self._find(link)
        plan(turn, action.run(turn, *read_carried(turn, action.carried, link)))
        self._note(turn, action.name, link)

    def announce(self, db: Session, event: Event, community_id: str, member_id: str = "") -> None:
        """Tell the features what became of a message: whom it concerns, or the clock, is who acts."""
        community = community_facts(db, community_id)
        member = db.get(Member, member_id) if member_id else None
        who = person(member, community) if member else the_clock(community)
        turn = Turn(who, community, self.now(), db, self.app)
        plan(turn, self.app.tells(event, turn))

    def view(
        self,
        db: Session,
        row: Outbox,
        community: CommunityFacts,
        space: Space,
        member: Member | None,
        account: Account | None,
    ) -> tuple[Card | None, Reader]:
        """The card of a row as it is now, and its reader: a member, or everybody in a channel."""
        who = person(member, community, account) if member else everybody(community)
        return self._drawn(Turn(who, community, self.now(), db, self.app, space_facts(space)), row)

    def _drawn(self, turn: Turn, row: Outbox) -> tuple[Card | None, Reader]:
        card = draw(turn, row.link)
        if card is not None and row.kind in self.app.kinds:
            card = with_reason(card, self.app.kinds[row.kind])
        space = turn.space.id if turn.space else ""
        return card, reader_for(turn.db, turn.who, space, mentioned(card))

    def _home(self, db: Session, call: Call, view: View) -> tuple[Card, Reader] | None:
        turn, _ = self._turn(db, call)
        card = view.run(turn)
        space = turn.space.id if turn.space else ""
        return None if card is None else (card, reader_for(db, turn.who, space, mentioned(card)))

    def _suggest(self, db: Session, call: Call, field: str, typed: str) -> tuple[list[Option], Reader]:
        turn, _ = self._turn(db, call)
        link = call.link
        if link.name in forms.FORMS:
            link = forms.resume(turn, replace(call, answers={})).call.link
        action = self._find(link)
        authorize(turn, action)
        param = next((p for p in action.asked if p.name == field), None)
        found = [] if param is None else helped(turn, param, clean_text(typed))
        return found[:SUGGESTIONS], Reader(turn.who.locale, turn.who.zone)

    # The pieces.

    def _fresh(self) -> Community:
        """The community of a chat that was never seen before."""
        return self.defaults.community(self.now())

    def _turn(self, db: Session, call: Call) -> tuple[Turn, str | None]:
        """The turn of a call, and what this delivery was answered if it came before."""
        now = self.now()
        known = recognise(db, call.account, now, self._fresh, call.key)
        for ref, name in call.people.items():
            if account_of(db, known.space.id, ref) is None:  # being named is not being seen
                named = AccountRef(known.space.platform, known.space.ref, ref, name)
                identify(db, db.get_one(Space, known.space.id), named, now)
        who = person(known.member, known.community, known.account, admin=call.account.admin)
        quoted = call.quoted and replace(call.quoted, text=clean_text(call.quoted.text))
        turn = Turn(
            who, known.community, now, db, self.app, known.space, call.spot, quoted, at=call.at, waits=known.waits
        )
        return turn, known.answer if call.key else None

    def _find(self, link: Link) -> Action:
        action = self.app.actions.get(link.name)
        if action is None:
            raise Refuse("That button is from an older version of me. Please start again.")
        return action

    def _outcome(self, turn: Turn, shown: Iterable[Reply | Form | Attach], *, new: bool = True) -> Outcome:
        """What the person sees; a direct message that could not reach them earlier comes along."""
        seen = [*shown]
        if new and turn.waits and not any(isinstance(s, Form) for s in seen):
            seen += self._waiting(turn)
        names = {m for s in seen if isinstance(s, Reply) for m in mentioned(s.card)}
        space = turn.space.id if turn.space else ""
        return Outcome(tuple(seen), reader_for(turn.db, turn.who, space, names))

    def _waiting(self, turn: Turn) -> list[Reply]:
        """The oldest message that could not reach this person and still means something."""
        off = muted(turn.db, turn.who.id)
        for row in waiting_for(turn.db, turn.who.id):
            row.state, row.sent = SENT, turn.now
            turn.db.add(row)
            card = None if row.kind in off or (row.expires and row.expires < turn.now) else self._late(turn, row)
            if card is not None:
                return [Reply(card)]
        return []

    def _late(self, turn: Turn, row: Outbox) -> Card | None:
        community = community_facts(turn.db, turn.community.id)  # as it is after what was just done
        try:
            return self._drawn(Turn(turn.who, community, turn.now, turn.db, self.app, turn.space), row)[0]
        except Exception as error:  # noqa: BLE001  # a mistake in it does not stand in the way of what they came for
            apology(row.link, error)
            row.state, row.error = DEAD, "something went wrong on my side"
            return None

    def _note(self, turn: Turn, action: str, link: Link, outcome: str = "done", detail: str = "") -> None:
        about = {"link": str(link), "outcome": outcome, "detail": detail}
        note(turn.db, turn.community.id, turn.who.id, action, turn.now, **about)


def lane(account: AccountRef) -> str:
    """What is done in one space is done in turn, and committed together under load."""
    return f"{account.platform}:{account.space}"
