"""Processes of this machine: a name that no later one has, by which whoever starts here knows that one has ended."""

import os
from pathlib import Path

BOOT = Path("/proc/sys/kernel/random/boot_id")
NUMBERS = Path("/proc/self/ns/pid")  # a container numbers its processes anew
STATE, STARTED = 0, 19  # https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html, counted from the state on
ENDED = "Z"  # and not yet noticed by whoever started it


def this_process() -> str:
    return name_of(os.getpid())


def name_of(number: int) -> str:
    """Where it runs, its number, and the instant of its start, which tells it from one that gets the number later."""
    return f"{here()}/{number}/{start_of(number)}"


def has_ended(name: str) -> bool:
    """Whether that process ran here and does no more.  Where nobody can tell, it goes on."""
    where, number, started = name.rsplit("/", 2)
    return bool(where and started) and where == here() and start_of(int(number)) != started


def here() -> str:
    """This machine since it was started, or this container of it; empty where nobody can tell."""
    try:
        return f"{BOOT.read_text('ascii').strip()}:{NUMBERS.stat().st_ino}"
    except OSError:
        return ""


def start_of(number: int) -> str:
    """When a process was started, in ticks since the machine was; empty when it runs no more, or nobody can tell."""
    try:
        told = Path(f"/proc/{number}/stat").read_text("utf-8", errors="replace")
    except OSError:
        return ""
    about = told.rpartition(")")[2].split()  # its name, in brackets before, may hold anything
    return "" if about[STATE] == ENDED else about[STARTED]
