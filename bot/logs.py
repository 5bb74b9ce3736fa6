"""Logs: one line a record on the standard error output, for people or for machines, and never a token in it."""

import logging
import re
import sys
from collections.abc import Iterable
from typing import Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

# Slack's tokens, and Discord's: the account in base64, a time, a signature
TOKENS = r"xox[a-z]-[\w-]+|xapp-[\w-]+|[\w-]{23,28}\.[\w-]{6,7}\.[\w-]{27,}"
HIDDEN = "***"
SECRET_MIN = 6  # characters: hiding every occurrence of something shorter would hide words
QUIET = ("slack_bolt", "discord.http", "aiohttp.access", "apscheduler", "alembic")  # of these, only warnings


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
    ]
    last: Processor = structlog.processors.JSONRenderer(ensure_ascii=False)
    if human:
        last = structlog.dev.ConsoleRenderer(
            colors=stream.isatty(), pad_event_to=0, exception_formatter=structlog.dev.plain_traceback
        )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=first,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last, hiding(secrets)],
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


def hiding(secrets: Iterable[str]) -> Processor:
    """The last step, over the finished line, so that nothing can come around it: tracebacks, other people's records."""
    known = sorted((re.escape(s) for s in secrets if len(s) >= SECRET_MIN), key=len, reverse=True)
    pattern = re.compile("|".join([*known, TOKENS]))

    def hide(_logger: WrappedLogger, _method: str, line: EventDict) -> str:
        return pattern.sub(HIDDEN, str(line))

    return hide
