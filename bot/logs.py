"""Logs: one line a record on the standard error output, for people or for machines, and never a token in it.

Records carry ids and outcomes, never what people wrote; but what an exception says is not ours to choose, so control
characters are escaped wherever they come from.
"""

import logging
import re
import sys
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from contextvars import copy_context
from typing import Literal, TextIO, TypeVar

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from bot.redaction import hider

In = TypeVar("In")
Out = TypeVar("Out")

# Of these, only warnings: below that they write bodies, headers, statements, or a line for everything that goes well.
QUIET = (
    "aiohttp.access", "alembic", "apscheduler", "discord.http", "discord.webhook", "slack_bolt", "slack_sdk",
    "sqlalchemy",
)  # fmt: skip
# Of these, nothing for developers: what they would write holds what people wrote.
DISCREET = ("asyncio", "discord")

# What ends a line or steers a terminal for somebody: control characters, separators, marks of direction, tags.
STEERING = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
DETAIL = re.compile(r"(?m)^(DETAIL|CONTEXT):.*$")  # in which PostgreSQL repeats the values of a row


def about(**ids: object) -> AbstractContextManager[None]:
    """Every record within the block carries these, also of tasks begun in it and of libraries."""
    return structlog.contextvars.bound_contextvars(**{name: value for name, value in ids.items() if value != ""})


def carrying(work: Callable[[In], Out]) -> Callable[[In], Out]:
    """The same work, whose records carry on another thread what they would carry here."""
    context = copy_context()
    return lambda given: context.run(work, given)


def configure(
    level: str,
    style: Literal["auto", "human", "json"] = "auto",
    secrets: Iterable[str] = (),
    stream: TextIO | None = None,
) -> None:
    """Send every record of the process to one place, in one form.  Called once."""
    stream = stream or sys.stderr
    human = style == "human" or (style == "auto" and stream.isatty())
    first: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        without_details,
    ]
    shown: list[Processor] = [structlog.processors.JSONRenderer(ensure_ascii=False), escaped]
    if human:
        console = structlog.dev.ConsoleRenderer(
            colors=stream.isatty(), pad_event_to=0, exception_formatter=structlog.dev.plain_traceback
        )
        shown = [on_one_line, console]
    handler = Lines(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=first,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *shown, hiding(secrets)],
        )
    )
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *first, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    for name in DISCREET:
        logging.getLogger(name).setLevel(max(logging.INFO, root.level))


class Lines(logging.StreamHandler[TextIO]):
    """Writes lines.  A record that cannot be written is told of in one, without what stood in it."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  # logging's own name
        if record.name == __name__:  # not even that: the stream itself is gone
            return
        error = sys.exc_info()[0] or Exception
        text = f"a record of {record.name}, line {record.lineno}, could not be written: {error.__name__}"
        self.handle(logging.LogRecord(__name__, logging.ERROR, __file__, 0, text, (), None))


def escape(found: re.Match[str]) -> str:
    """As in Python and JSON; JSON knows no longer ones, so those are left out."""
    number = ord(found[0])
    return f"\\u{number:04x}" if number <= 0xFFFF else ""  # noqa: PLR2004  # the last that JSON writes in one


def escaped(_logger: WrappedLogger, _method: str, line: EventDict) -> str:
    """A line of JSON, which already has no line feeds, without what other programs take for one."""
    return STEERING.sub(escape, str(line))


def on_one_line(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """For people: tracebacks keep their lines, each indented, so that nothing in them passes for a record."""
    told = {
        str(name): STEERING.sub(escape, value) if isinstance(value, str) else value for name, value in event.items()
    }
    if isinstance(trace := event.get("exception"), str):
        told["exception"] = "\n".join(f"  {STEERING.sub(escape, line)}" for line in trace.split("\n"))
    return told


def without_details(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Errors of PostgreSQL without the values of the row that they are about."""
    for name in ("event", "exception"):
        if isinstance(text := event.get(name), str) and "\n" in text:
            event[name] = DETAIL.sub(r"\1: left out", text)
    return event


def hiding(secrets: Iterable[str]) -> Processor:
    """The last step, over the finished line, so that nothing can come around it: tracebacks, other people's records."""
    hide = hider(secrets)

    def hidden(_logger: WrappedLogger, _method: str, line: EventDict) -> str:
        return hide(str(line))

    return hidden
