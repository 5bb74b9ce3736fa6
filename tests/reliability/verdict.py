"""The verdict: what was promised to people against what the platforms showed them."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from storage.outbox import SKIPPED, Outbox
from tests.record import Entry
from tests.reliability.drill import NAMED
from tests.reliability.promises import Promise
from tests.reliability.trial import Trial
from tests.slack.sockets import TOO_LATE

PARKED = timedelta(minutes=15)  # a message that cannot be sent holds back its own lane no longer
REASONS = {SKIPPED: ("silent", "late")}  # why something that was cancelled or has expired may stay away


@dataclass(slots=True)
class Verdict:
    """What went wrong, with examples, and how uncertain attempts were settled."""

    shown: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    early: list[str] = field(default_factory=list)
    disordered: list[str] = field(default_factory=list)
    spoken: list[str] = field(default_factory=list)  # cancelled or expired, and shown all the same
    stale: list[str] = field(default_factory=list)  # changed, and not seen to be
    votes: list[str] = field(default_factory=list)  # acknowledged and not stored
    refused: list[str] = field(default_factory=list)  # what no correct bot would have asked of the platform
    ended: list[str] = field(default_factory=list)
    settled: Counter[str] = field(default_factory=Counter)

    @property
    def kinds(self) -> dict[str, list[str]]:
        """Everything that can go wrong, and what of it did."""
        return {
            "lost": self.lost,
            "doubled": self.doubled,
            "early": self.early,
            "out of order": self.disordered,
            "shown after it was cancelled or expired": self.spoken,
            "changed and not shown": self.stale,
            "votes acknowledged and not stored": self.votes,
            "requests that the platform would refuse": self.refused,
            "lives that ended by themselves": self.ended,
        }

    @property
    def faults(self) -> dict[str, list[str]]:
        return {name: found for name, found in self.kinds.items() if found}

    @property
    def good(self) -> bool:
        return not self.faults

    def __str__(self) -> str:
        return "\n".join(f"{name}: {len(found)}, such as {found[:3]}" for name, found in self.faults.items()) or "good"


def judge(trial: Trial, db: Session) -> Verdict:
    """Look at everything once the trial is over; the database only says why something was not shown."""
    verdict = Verdict()
    attempts: dict[str, list[Entry]] = {}
    for entry in trial.chat.evidence:
        if named := NAMED.search(entry.text):
            attempts.setdefault(named[1], []).append(entry)
    rows = rows_of(db)
    for promise in trial.promises.items.values():
        one(verdict, promise, attempts.get(promise.item.id, []), rows.get(promise.item.id), trial)
    for item in attempts.keys() - trial.promises.items.keys():
        shown = [e for e in attempts[item] if e.visible]
        if len(shown) > 1:
            verdict.doubled.append(item)
    order(verdict, trial, attempts)
    standing = trial.standing()
    for promise in trial.promises.items.values():
        if standing.get(promise.item.id, promise.version) < promise.version and not promise.cancelled:
            now = f"{promise.item.id} shows {standing[promise.item.id]}, not {promise.version}"
            verdict.stale.append(f"{now}: {said(rows.get(promise.item.id))}")
    for (name, told), ballot in zip(trial.votes.items(), trial.promises.ballots.values(), strict=True):
        if not any(f"*{choice}*" in told.partition("Your vote")[2] for choice in ballot.possible):
            verdict.votes.append(f"{name} voted for {ballot.possible} and is told {told[-80:]!r}")
    # who stands still answers late, and Slack delivers again
    verdict.refused += [p for p in trial.chat.problems if not (trial.figures.frozen and p.startswith(TOO_LATE))]
    verdict.ended += trial.figures.ended
    return verdict


def one(verdict: Verdict, promise: Promise, attempts: list[Entry], row: Outbox | None, trial: Trial) -> None:
    """What became of one message."""
    item = promise.item
    shown = [entry for entry in attempts if entry.visible]
    verdict.shown += bool(shown)
    if len(shown) > 1:
        verdict.doubled.append(f"{item.id} {[(str(e.at.time()), e.life, e.key) for e in shown]}")
    silent = promise.cancelled is not None or item.expires is not None
    if not shown and not (silent and excused(row)):
        verdict.lost.append(f"{item.id}: {said(row)}; {len(attempts)} attempts")
    if shown and shown[0].at < item.due - timedelta(seconds=trial.tolerance):
        verdict.early.append(f"{item.id} by {item.due - shown[0].at}")
    alone = trial.figures.replicas == 1  # else nobody knows which life it was
    if any(entry.life > promise.cancelled_in for entry in shown if promise.cancelled and alone):
        verdict.spoken.append(f"{item.id} was cancelled")
    if promise.cancelled and promise.cancelled < item.due - timedelta(seconds=trial.tolerance) and shown:
        verdict.spoken.append(f"{item.id} was cancelled before it was due")
    if item.expires and any(began(entry, attempts) > item.expires for entry in shown):
        verdict.spoken.append(f"{item.id} was expired")
    settle(verdict, attempts)


def began(entry: Entry, attempts: list[Entry]) -> datetime:
    """When the life began to try that showed it: who claimed in time may send it."""
    return next(e.at for e in attempts if e.life == entry.life)


def settle(verdict: Verdict, attempts: list[Entry]) -> None:
    """How an attempt of unknown outcome was settled."""
    posts = [entry for entry in attempts if entry.way == "post"]
    for n, entry in enumerate(posts):
        cut_off = n + 1 < len(posts) and posts[n + 1].life != entry.life
        if not entry.ambiguous and not cut_off:
            continue
        after = posts[n + 1] if n + 1 < len(posts) else None
        if after is None:
            verdict.settled["found by looking" if entry.outcome in ("shown", "known") else "given up"] += 1
        elif after.outcome == "known":
            verdict.settled["known by its key"] += 1
        else:
            verdict.settled["had not arrived, sent again"] += 1


def order(verdict: Verdict, trial: Trial, attempts: dict[str, list[Entry]]) -> None:
    """Within a lane, what was due first is seen first, unless it may have been parked."""
    lanes: dict[str, list[tuple[datetime, Promise]]] = {}
    for promise in trial.promises.items.values():
        first = next((entry for entry in attempts.get(promise.item.id, []) if entry.visible), None)
        if first is not None:
            lanes.setdefault(promise.lane, []).append((first.at, promise))
    for seen in lanes.values():
        seen.sort(key=lambda pair: pair[0])
        latest: Promise | None = None
        for at, promise in seen:
            if latest is not None and overtaken(promise, latest, at, attempts):
                verdict.disordered.append(f"{told(promise, attempts)} came after {told(latest, attempts)}")
            if latest is None or promise.item.due > latest.item.due:
                latest = promise


def overtaken(late: Promise, other: Promise, at: datetime, attempts: dict[str, list[Entry]]) -> bool:
    """Whether one was shown after another that was due later, although it was there in time, and not for so long that
    it was put aside.  Who dies before the platform is asked has tried as well, and the record does not know.
    """
    if late.item.due >= other.item.due or late.planned is None or late.planned > late.item.due:
        return False
    return seen_at(other, attempts) < late.item.due + PARKED and attempts[late.item.id][0].at > at - PARKED


def seen_at(promise: Promise, attempts: dict[str, list[Entry]]) -> datetime:
    return next(entry.at for entry in attempts[promise.item.id] if entry.visible)


def told(promise: Promise, attempts: dict[str, list[Entry]]) -> str:
    """A promise with what was done about it."""
    item, tries = promise.item, attempts.get(promise.item.id, [])
    when = " ".join(f"{one.at:%H:%M:%S} {one.outcome}{one.answer and '/'}{one.answer} in {one.life}" for one in tries)
    return f"{item.id} (planned {promise.planned:%H:%M:%S}, due {item.due:%H:%M:%S}, {when})"


def rows_of(db: Session) -> dict[str, Outbox]:
    """What the bot says about each item."""
    found = db.exec(select(Outbox).where(col(Outbox.link).startswith("drill.note:")))
    return {row.link.partition(":")[2]: row for row in found}


def excused(row: Outbox | None) -> bool:
    """Whether there is a good reason why something was not shown, for whoever may read it."""
    return row is not None and row.reason in REASONS.get(row.state, ())


def said(row: Outbox | None) -> str:
    if row is None:
        return "never written down"
    told = ("state", "reason", "error", "unsure", "ref", "wanted", "shown", "attempts", "refused", "expires", "retry")
    return ", ".join(f"{name} {value}" for name in told if (value := getattr(row, name)) not in ("", None))
