"""Processes of this machine: a name that no later one has, by which whoever starts here knows that one has ended."""

import os
import platform
from pathlib import Path

STATE, STARTED = 0, 19  # https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html, counted from the state on
ENDED = "Z"  # and not yet noticed by whoever started it


def this_process() -> str:
    """Machine, number, and instant of its start, which tells it from one that has the same number later."""
    return f"{platform.node()}/{os.getpid()}/{start_of(os.getpid())}"


def has_ended(name: str) -> bool:
    """Whether that process was one of this machine and is no more.  Where nobody can tell, it goes on."""
    machine, number, started = name.rsplit("/", 2)
    return machine == platform.node() and bool(started) and start_of(int(number)) != started


def start_of(number: int) -> str:
    """When a process was started, in ticks since the machine was; empty when it runs no more, or nobody can tell."""
    try:
        told = Path(f"/proc/{number}/stat").read_text("utf-8", errors="replace")
    except OSError:
        return ""
    about = told.rpartition(")")[2].split()  # its name, in brackets before, may hold anything
    return "" if about[STATE] == ENDED else about[STARTED]
