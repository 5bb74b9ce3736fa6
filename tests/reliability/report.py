"""The report of a campaign, on one page."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from tests.reliability.campaign import Judged
from tests.reliability.elsewhere import Tried
from tests.reliability.verdict import Verdict

NOTHING: Mapping[Tried, bool] = MappingProxyType({})
WIDTH = 42  # of what stands before the figures


def line(title: str, text: str) -> str:
    return f"{title:<{WIDTH}}{text}"


def counted(counter: Counter[str]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {n:,}" for name, n in counter.most_common()) or "none"


def total(counters: Iterable[Counter[str]]) -> Counter[str]:
    found: Counter[str] = Counter()
    for counter in counters:
        found += counter
    return found


def report(judged: Sequence[Judged], seed: str, seconds: float, tried: Mapping[Tried, bool] = NOTHING) -> str:
    """One page: what the bots went through, and what people would have noticed of it.

    ``tried`` is what other tests looked at meanwhile, and whether they passed.
    """
    trials, verdicts = [one.trial for one in judged], [one.verdict for one in judged]
    asked = sum(trial.weather.asked for trial in trials)
    faults = total(trial.weather.faults for trial in trials)
    kills = total(trial.figures.kills for trial in trials)
    settled = total(v.settled for v in verdicts)
    page = [
        line("worlds", ", ".join(trial.name for trial in trials)),
        line("messages", f"{sum(v.shown for v in verdicts):,} seen of {promised(judged):,} promised"),
        line("kills", f"{kills.total():,} in {sum(t.figures.lives for t in trials):,} lives"),
        line("  by point", counted(kills)),
        line("faulty requests", f"{faults.total():,} of {asked:,} ({faults.total() / max(asked, 1):.0%})"),
        line("  by kind", counted(faults)),
        line("replicas", f"{max((t.figures.replicas for t in trials), default=1)}"),
        line("  frozen", f"{sum(t.figures.frozen for t in trials):,} times"),
        line("clock jumps", f"{sum(t.figures.jumps for t in trials):,}"),
        line("broken connections", f"{sum(t.figures.mischief for t in trials):,}"),
        line("uncertain attempts", f"{settled.total():,}"),
        line("  and how they were settled", counted(settled)),
        *(line(other.name, f"{other.count}: {'good' if passed else 'BROKEN'}") for other, passed in tried.items()),
        "",
        *(line(name, f"{n:,}") for name, n in outcome(verdicts).items()),
        "",
        f"seed {seed}, {seconds:.0f} s: {'GOOD' if all([*tried.values(), *(v.good for v in verdicts)]) else 'BROKEN'}",
    ]
    broken = [f"{one.trial.name}:\n{one.verdict}" for one in judged if not one.verdict.good]
    return "\n".join([*page, *broken])


def promised(judged: Sequence[Judged]) -> int:
    return sum(len(one.trial.promises.items) for one in judged)


def outcome(verdicts: Sequence[Verdict]) -> Counter[str]:
    """How much went wrong, by how; the names with a nought as well."""
    found: Counter[str] = Counter()
    for verdict in verdicts:
        for name, examples in verdict.kinds.items():
            found[name] += len(examples)
    return found
