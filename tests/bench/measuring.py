"""Measuring: rounds in which every variant takes its turn, medians of them, and how a cost grows."""

import gc
import math
import resource
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is measured: rounds of every variant, and which part of the full size."""

    rounds: int
    scale: float

    def times(self, full: int, least: int = 1) -> int:
        """So many repetitions, given how many there are at full size."""
        return max(least, round(full * self.scale))


FULL, QUICK, TINY = Effort(5, 1.0), Effort(2, 0.08), Effort(1, 0.01)


@dataclass(frozen=True, slots=True)
class Cost:
    """What one operation took: of the processor in this process, and on the clock.  Microseconds."""

    cpu: float
    wall: float


Variant = Callable[[], Awaitable[Cost]]


async def timed(work: Callable[[], Awaitable[object]], operations: int) -> Cost:
    """The cost of each operation of some work, with the garbage of others swept away before."""
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    await work()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return Cost(cpu / operations * 1e6, wall / operations * 1e6)


async def interleaved(effort: Effort, variants: Mapping[str, Variant]) -> dict[str, list[Cost]]:
    """Each variant once a round, each round beginning with another; a first round that warms up is not counted."""
    names = list(variants)
    costs: dict[str, list[Cost]] = {name: [] for name in names}
    for number in range(effort.rounds + 1):
        shift = number % len(names)
        for name in (*names[shift:], *names[:shift]):
            cost = await variants[name]()
            if number:
                costs[name].append(cost)
    return costs


def cpu(costs: Sequence[Cost]) -> float:
    return statistics.median(cost.cpu for cost in costs)


def wall(costs: Sequence[Cost]) -> float:
    return statistics.median(cost.wall for cost in costs)


def cpu_ratio(ours: Sequence[Cost], floor: Sequence[Cost]) -> float:
    """The median of the ratios within each round: what slows a machine for a while slows both."""
    return statistics.median(one.cpu / other.cpu for one, other in zip(ours, floor, strict=True))


def wall_ratio(ours: Sequence[Cost], floor: Sequence[Cost]) -> float:
    return statistics.median(one.wall / other.wall for one, other in zip(ours, floor, strict=True))


def exponent(sizes: Sequence[float], costs: Sequence[float]) -> float:
    """The power of the size with which a cost grows, fitted on logarithms: 0 is flat, 1 is linear."""
    return statistics.linear_regression([math.log(n) for n in sizes], [math.log(c) for c in costs]).slope


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that so many percent do not exceed."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, math.ceil(len(ranked) * percent / 100) - 1)]


def peak_memory() -> float:
    """The most that this process ever held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def memory() -> float:
    """What this process holds now, in MB."""
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123  # not a file of anybody's
        return int(file.read().split()[1]) * resource.getpagesize() / 2**20
