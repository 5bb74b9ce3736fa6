"""The table: as text for a terminal, as Markdown for the README, and on which machine it was made."""

import os
import platform
import sqlite3
import statistics
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.bench.figures import Figure

BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"
HEAD = ("goal", "what", "ours", "floor", "ratio", "to reach", "met")
MET = {True: "yes", False: "**no**", None: ""}


def machine(folder: Path) -> str:
    """One line about what this was measured on."""
    processor = next((line.partition(": ")[2] for line in read("/proc/cpuinfo") if line.startswith("model name")), "")
    return (
        f"{os.cpu_count()} × {processor or platform.processor()}, Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}, fsync {fsync(folder) * 1000:.1f} ms, "
        f"load {os.getloadavg()[0]:.1f} at the start."
    )


def read(path: str) -> list[str]:
    found = Path(path)
    return found.read_text("utf-8").splitlines() if found.exists() else []


def fsync(folder: Path, times: int = 50) -> float:
    """What this disk takes to be sure, in seconds."""
    took = []
    with (folder / "fsync").open("wb", buffering=0) as file:
        for _ in range(times):
            file.write(b"x" * 4096)
            began = time.perf_counter()
            os.fsync(file.fileno())
            took.append(time.perf_counter() - began)
    return statistics.median(took)


def amount(value: float, unit: str) -> str:
    digits = 0 if value >= 100 else 1 if value >= 10 else 2  # three figures tell enough
    return f"{value:,.{digits}f}{'' if unit in ('', 'x') else ' ' + unit}{' ×' if unit == 'x' else ''}"


def cells(figure: Figure) -> tuple[str, ...]:
    floor = "" if figure.floor is None else f"{amount(figure.floor, figure.unit)} ({figure.floor_is})"
    ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
    ours = amount(figure.ours, figure.unit) + (f"; {figure.note}" if figure.note else "")
    return figure.goal, figure.what, ours, floor, ratio, figure.bound, MET[figure.met]


def summary(figures: Sequence[Figure]) -> str:
    judged = [figure.met for figure in figures if figure.met is not None]
    return f"{sum(judged)} of {len(judged)} goals met."


def plain(figures: Sequence[Figure], about: str) -> str:
    rows = [HEAD, *(tuple(cell.replace("**", "") for cell in cells(figure)) for figure in figures)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)
    return "\n".join([*lines, "", about, summary(figures)])


def markdown(figures: Iterable[Figure], about: str) -> str:
    figures = list(figures)
    rows = ["| " + " | ".join(cells(figure)) + " |" for figure in figures]
    return "\n".join(
        ["| " + " | ".join(HEAD) + " |", "|" + "---|" * len(HEAD), *rows, "", f"{about} {summary(figures)}"]
    )


def write_between_marks(path: Path, table: str) -> None:
    """Replace what stands between the marks of a page."""
    before, _, rest = path.read_text("utf-8").partition(BEGIN)
    _, mark, after = rest.partition(END)
    if not mark:
        raise ValueError(f"{path} has no {BEGIN} … {END}")
    path.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}", "utf-8")
