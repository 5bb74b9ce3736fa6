"""Starting: the bot up to its first connection, and its memory, beside nothing but the imports."""

import os
import statistics
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

from tests.bench.figures import Figure
from tests.bench.measuring import Effort
from tests.bench.peers import ROOT
from tests.bench.town import Builder

TOKENS = {
    "discord": {"DISCORD_TOKEN": "AAAA.BBBB.CCCC"},
    "slack": {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"},
}
LIBRARIES = {
    "discord": "discord",
    "slack": "slack_bolt.async_app, slack_bolt.adapter.socket_mode.aiohttp",
    "common": "sqlmodel, apscheduler.schedulers.asyncio",
}
RUNS = 7
SECONDS_ONE, SECONDS_BOTH, TIMES_IMPORTS = 1.0, 1.1, 1.3
MEMORY_MOST = 100


@dataclass(frozen=True, slots=True)
class Run:
    """A process from its beginning to its end."""

    wall: float  # seconds until it was ready
    cpu: float
    peak: float  # MB


def timed_run(*command: str, **environment: str) -> Run:
    """Start a process, and see how long it takes to be ready and what it used."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("DISCORD_", "SLACK_"))}
    began = time.perf_counter()
    reads, writes = os.pipe()
    process = os.posix_spawn(
        sys.executable, [sys.executable, *command],
        {**inherited, "PYTHONPATH": str(ROOT), **environment},
        file_actions=[(os.POSIX_SPAWN_DUP2, writes, 1), (os.POSIX_SPAWN_CLOSE, reads)],
    )  # fmt: skip
    os.close(writes)
    with os.fdopen(reads) as said:
        line = said.readline()
        took = time.perf_counter() - began
        said.read()
    _, status, used = os.wait4(process, 0)
    if status or not line:
        raise RuntimeError(f"{command} ended with {status}")
    return Run(took, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


async def started(builder: Builder, effort: Effort) -> AsyncIterator[Figure]:
    """Goal 12."""
    path = builder.new()
    database = {"DATABASE_URL": f"sqlite:///{path}"}
    runs: dict[str, list[Run]] = {}
    kinds = {"discord": ["discord"], "slack": ["slack"], "both": ["discord", "slack"]}
    kinds = dict(list(kinds.items())[: effort.rounds])
    for number in range(effort.times(RUNS) + 1):
        for kind, platforms in kinds.items():
            tokens = {name: value for platform in platforms for name, value in TOKENS[platform].items()}
            ours = timed_run("-m", "tests.bench.readiness", *platforms, **database, **tokens)
            libraries = ", ".join([*(LIBRARIES[platform] for platform in platforms), LIBRARIES["common"]])
            bare = timed_run("-c", f"import {libraries}; print('ready')")
            if number:  # the first time compiles
                runs.setdefault(kind, []).append(ours)
                runs.setdefault(f"{kind} bare", []).append(bare)
    for kind in kinds:
        for figure in said(kind, runs[kind], runs[f"{kind} bare"]):
            yield figure


def said(kind: str, ours: list[Run], bare: list[Run]) -> list[Figure]:
    seconds = statistics.median(run.wall for run in ours)
    cpu, floor = (statistics.median(run.cpu for run in runs) for runs in (ours, bare))
    ratio = statistics.median(one.cpu / other.cpu for one, other in zip(ours, bare, strict=True))
    most = SECONDS_BOTH if kind == "both" else SECONDS_ONE
    peak, peak_bare = (statistics.median(run.peak for run in runs) for runs in (ours, bare))
    name = "both platforms" if kind == "both" else kind.capitalize()
    return [
        Figure("12", f"from nothing to ready to connect, {name}", seconds, "s", most=most),
        Figure("12", f"the same, {name}", cpu * 1000, "ms CPU", floor * 1000, "imports alone", TIMES_IMPORTS,
               ratio_of_rounds=ratio),
        Figure("12", f"memory then, {name}", peak, "MB", most=MEMORY_MOST, note=f"imports alone {peak_bare:.0f}"),
    ]  # fmt: skip
