"""What systemd is told: that the bot is ready, how it is, that it is alive, that it stops.  Elsewhere, nobody is."""

import logging
import os
import socket

log = logging.getLogger(__name__)


def notify(*told: str) -> None:
    """Tell the service manager, if there is one: https://www.freedesktop.org/software/systemd/man/sd_notify.html"""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    place = f"\0{address[1:]}" if address.startswith("@") else address  # of the abstract kind, which has no file
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
            line.setblocking(False)  # a manager that does not listen holds up nobody's reminder
            line.sendto("\n".join(told).encode(), place)
    except OSError as error:
        log.warning("the service manager could not be told: %s", error)


def watchdog() -> float | None:
    """Seconds within which the service manager wants to hear from this process; None when it does not."""
    wanted, process = os.environ.get("WATCHDOG_USEC", ""), os.environ.get("WATCHDOG_PID", "")
    if not wanted.isdecimal() or (process and process != str(os.getpid())):
        return None
    return int(wanted) / 1_000_000 or None
