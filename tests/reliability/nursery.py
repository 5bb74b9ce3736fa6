"""A process that has imported everything and forks a child for each life of the bot, in some milliseconds."""

import asyncio
import gc
import json
import logging
import os
import selectors
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Self

from tests.databases import Database
from tests.reliability.orders import Order

ROOT = Path(__file__).parents[2]
STARTS_WITHIN = 240.0  # seconds, on a machine that does other things too
LINE_MAX = 65536


class Life:
    """One child, from its birth to its end."""

    def __init__(self, order: Order, pid: int) -> None:
        self.order = order
        self.pid = pid
        self.ready = asyncio.Event()
        self.over = asyncio.Event()
        self.signal = 0  # that ended it
        self.status = 0  # otherwise
        self.died_at = ""  # the crash point that it came to

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        if not self.over.is_set():
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)


@contextmanager
def parent(databases: Iterable[Database]) -> Iterator[socket.socket]:
    """The process that forks, and the line to it.  It warms up on these databases, and serves nursery after nursery."""
    mine, theirs = socket.socketpair()
    command = [sys.executable, "-m", "tests.reliability.nursery", str(theirs.fileno())]
    command += [database.url for database in databases]
    with subprocess.Popen(command, cwd=ROOT, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL):
        theirs.close()
        mine.settimeout(STARTS_WITHIN)
        with closing(mine):
            if not mine.recv(1):
                raise RuntimeError("the nursery did not start")
            yield mine


class Nursery:
    """Our side of the line."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._lives: dict[int, Life] = {}
        self._born: asyncio.Queue[Life] = asyncio.Queue()
        self._turn = asyncio.Lock()
        self._reports: socket.socket
        self._writer: asyncio.StreamWriter
        self._reading: asyncio.Task[None]

    async def __aenter__(self) -> Self:
        self._folder = mkdtemp(prefix="nursery-")  # a socket's path has to be short
        self.reports = Path(self._folder) / "reports"
        self._reports = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._reports.bind(str(self.reports))
        self._reports.setblocking(False)
        asyncio.get_running_loop().add_reader(self._reports, self._reported)
        reader, self._writer = await asyncio.open_unix_connection(sock=self._line.dup())
        self._reading = asyncio.create_task(self._hear(reader), name="nursery")
        return self

    async def __aexit__(self, *_: object) -> None:
        lives = [*self._lives.values()]
        for life in lives:
            life.kill()
        await asyncio.gather(*(life.over.wait() for life in lives))  # so that nobody else hears of them
        self._reading.cancel()
        self._writer.close()
        await self._writer.wait_closed()
        asyncio.get_running_loop().remove_reader(self._reports)
        self._reports.close()
        shutil.rmtree(self._folder)

    async def bear(self, order: Order) -> Life:
        """A new life; it may be over before anybody looks."""
        async with self._turn:
            self._writer.write(json.dumps(order.as_json()).encode() + b"\n")
            return await self._born.get()

    async def _hear(self, reader: asyncio.StreamReader) -> None:
        orders: dict[int, int] = {}
        while line := await reader.readline():
            told: dict[str, Any] = json.loads(line)
            if "born" in told:
                order = Order.from_json(told["order"])
                orders[told["born"]] = order.life
                self._lives[order.life] = life = Life(order, told["born"])
                self._born.put_nowait(life)
            else:
                life = self._lives[orders.pop(told["over"])]
                life.signal, life.status = told["signal"], told["status"]
                self._reported()  # what it said last
                life.over.set()
                del self._lives[life.order.life]

    def _reported(self) -> None:
        with suppress(BlockingIOError):
            while True:
                told = json.loads(self._reports.recv(LINE_MAX))
                life = self._lives.get(told["life"])
                if life is None:
                    continue
                if told.get("ready"):
                    life.ready.set()
                life.died_at = told.get("point", life.died_at)


# The other side: no threads, no event loop, nothing open but the line to the parent.


def serve(control: socket.socket, live: Callable[[Order], None]) -> None:
    """Fork whenever the parent asks, and tell it who has ended, until it is gone."""
    heard, rings = socket.socketpair()
    for end in (heard, rings):
        end.setblocking(False)
    signal.set_wakeup_fd(rings.fileno(), warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.collect()
    gc.freeze()  # what was imported stays shared with every child
    control.sendall(b".")
    watching = selectors.DefaultSelector()
    watching.register(control, selectors.EVENT_READ)
    watching.register(heard, selectors.EVENT_READ)
    children: set[int] = set()
    waiting = b""
    try:
        while True:
            for key, _ in watching.select():
                if key.fileobj is control:
                    received = b""
                    with suppress(ConnectionResetError):
                        received = control.recv(LINE_MAX)
                    if not received:
                        return
                    *lines, waiting = (waiting + received).split(b"\n")
                    for line in lines:
                        order = json.loads(line)
                        pid = os.fork()
                        if pid == 0:
                            child(order, (control, heard, rings), live)
                        children.add(pid)
                        control.sendall(json.dumps({"born": pid, "order": order}).encode() + b"\n")
                else:
                    with suppress(BlockingIOError):
                        heard.recv(LINE_MAX)
                    bury(control, children)
    finally:
        for pid in children:
            os.kill(pid, signal.SIGKILL)


def bury(control: socket.socket, children: set[int]) -> None:
    while children:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        children.discard(pid)
        ended = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else 0
        control.sendall(json.dumps({"over": pid, "signal": ended, "status": code}).encode() + b"\n")


def child(order: dict[str, Any], inherited: tuple[socket.socket, ...], live: Callable[[Order], None]) -> None:
    """What a child does; it never comes back."""
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    for one in inherited:
        one.close()
    try:
        live(Order.from_json(order))
    except BaseException:
        logging.getLogger(__name__).exception("life %s ended by a mistake", order["life"])
        raise
    finally:
        os._exit(1)


if __name__ == "__main__":
    from tests.reliability.life import live, warm_up

    warm_up(sys.argv[2:])
    serve(socket.socket(fileno=int(sys.argv[1])), live)
