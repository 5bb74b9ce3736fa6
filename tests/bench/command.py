"""The command line: runs the subjects one after another, prints the table, and writes it into the README."""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.bench.figures import Figure
from tests.bench.measuring import FULL, QUICK, TINY, Effort
from tests.bench.subjects import SUBJECTS, subject
from tests.bench.table import machine, markdown, plain, write_between_marks
from tests.bench.town import Builder

ROOT = Path(__file__).parent.parent.parent
README = ROOT / "README.md"
EFFORTS = {"full": FULL, "quick": QUICK, "tiny": TINY}
PATIENCE = 300  # seconds that one subject may take


def main(arguments: Sequence[str]) -> int:
    """Measure and say what came of it; 1 when something could not be measured."""
    parser = argparse.ArgumentParser("dev.py bench", description="What the bot costs, beside the floors it stands on.")
    parser.add_argument("names", nargs="*", help=f"what to measure: {', '.join(SUBJECTS)}; all of it when left out")
    parser.add_argument("--quick", action="store_true", help="fewer rounds and smaller sizes")
    parser.add_argument("--write", action="store_true", help="put the table into README.md")
    parser.add_argument("--child", choices=EFFORTS, help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    if unknown := [name for name in asked.names if name not in SUBJECTS]:
        parser.error(f"there is no {', '.join(unknown)}; there are {', '.join(SUBJECTS)}")
    if asked.child:
        asyncio.run(measure(asked.names, EFFORTS[asked.child]))
        return 0
    return run(asked.names or list(SUBJECTS), "quick" if asked.quick else "full", write=asked.write)


def tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


async def measure(names: Sequence[str], effort: Effort) -> None:
    """In the child: one line of JSON for each figure."""
    with tempfile.TemporaryDirectory(prefix="bench-", dir=Path.cwd()) as folder:
        builder = Builder(Path(folder))
        for name in names:
            async for figure in subject(name)(builder, effort):
                sys.stdout.write(figure.to_json() + "\n")
                sys.stdout.flush()


def run(names: Sequence[str], effort: str, *, write: bool) -> int:
    """In the parent: a child for each subject, and the table of all that they found."""
    figures: list[Figure] = []
    failed: list[str] = []
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="bench-", dir=ROOT) as folder:
        about = machine(Path(folder))
        for name in names:
            tell(f"measuring {name} …")
            found = child(name, effort, Path(folder))
            figures += found
            failed += [] if found else [name]
    took = time.monotonic() - began
    about = f"{about} Measured in {took:.0f} s" + (", with --quick." if effort == "quick" else ".")
    sys.stdout.write(plain(figures, about) + "\n")
    if write:
        write_between_marks(README, markdown(figures, about))
    for name in failed:
        tell(f"{name} could not be measured; the lines above say why")
    return 1 if failed else 0


def child(name: str, effort: str, folder: Path) -> list[Figure]:
    """Measure one subject in a process of its own; nothing when that fails."""
    command = [sys.executable, "-m", "tests.bench", name, "--child", effort]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        tell(f"{name} took longer than {PATIENCE} s")
        return []
    return [] if done.returncode else [Figure.from_json(line) for line in done.stdout.splitlines()]
