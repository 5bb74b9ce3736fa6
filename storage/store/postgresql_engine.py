"""Connections to PostgreSQL: how long anything may take on them, and what the server's errors mean."""

from collections.abc import Mapping
from types import MappingProxyType

from sqlalchemy import URL, Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError
from sqlmodel import create_engine

# of each session; a replica that hangs must not hold what the others wait for
SESSION = {
    "synchronous_commit": "on",  # what was acknowledged survives a power cut
    "statement_timeout": "5s",
    "lock_timeout": "3s",
    "idle_in_transaction_session_timeout": "60s",  # longer than any request that is made while a lock is held
    "timezone": "UTC",
}
# of sessions that only look: all that is read in one transaction is of one moment
LOOKING = {"default_transaction_read_only": "on", "default_transaction_isolation": "repeatable\\ read"}
# of each connection; a server that vanished without a word is noticed by these alone
CONNECTION = {"connect_timeout": 5, "keepalives_idle": 10, "keepalives_interval": 5, "tcp_user_timeout": 15_000}

# https://www.postgresql.org/docs/current/errcodes-appendix.html
SERIALIZATION, DEADLOCK, UNIQUE = "40001", "40P01", "23505"
GONE = ("08", "57P")  # connection exceptions; ended by an administrator, a crash or a start
UNUSABLE = (
    *GONE,
    "40",  # clashed with others every time
    "53",  # out of disk, memory or connections
    "55P03",  # waited too long for a lock
    "57014",  # took longer than a statement may
    "58",  # the server's disk
    "25006",  # read-only
    "25P03",  # was idle for too long
    "XX001",
    "XX002",  # corrupt
)


def make_engine(address: URL, size: int, more: Mapping[str, str] = MappingProxyType({})) -> Engine:
    options = " ".join(f"-c {name}={value}" for name, value in {**SESSION, **more}.items())
    given = address.query.get("options", "")
    engine = create_engine(
        address.set(drivername="postgresql+psycopg").difference_update_query(["options"]),
        pool_size=size,
        max_overflow=0,
        pool_use_lifo=True,  # what is not needed is left alone
        connect_args={**CONNECTION, "options": f"{options} {given}".strip(), "application_name": "commonplace"},
        use_native_hstore=False,
        hide_parameters=True,  # what people wrote stays out of errors, and so out of the log
    )
    event.listen(engine, "handle_error", hide_details)
    return engine


def hide_details(context: ExceptionContext) -> None:
    """The server tells in its second line what stood in the row."""
    for error in (context.original_exception, context.sqlalchemy_exception):
        if error is not None and error.args:
            error.args = (first_line(error.args[0]), *error.args[1:])


def said_by(address: URL) -> str:
    """An address as people may read it."""
    where = address.host or address.query.get("host") or "this machine"
    return f"the database {address.database or address.username or 'of PostgreSQL'} on {where}"


def code_of(error: BaseException) -> str:
    """The server's code of an error; empty when the server had no say in it."""
    return getattr(error.orig, "sqlstate", None) or "" if isinstance(error, DBAPIError) else ""


def lost(error: BaseException) -> bool:
    """Whether the connection is gone, or could not be made, and with it everything that was not committed."""
    if not isinstance(error, DBAPIError):
        return False
    said = code_of(error)
    return (
        error.connection_invalidated
        or said.startswith(GONE)
        or (not said and type(error.orig).__name__ == "OperationalError")
    )


def clashing(error: BaseException) -> bool:
    """Whether others did at the same moment what does not go together with it; the next try sees what they did."""
    return code_of(error) in (SERIALIZATION, DEADLOCK, UNIQUE)


def passing(error: BaseException) -> bool:
    return lost(error) or clashing(error)


def unusable(error: BaseException) -> bool:
    return lost(error) or code_of(error).startswith(UNUSABLE)


def first_line(told: object) -> str:
    return str(told).partition("\n")[0]
