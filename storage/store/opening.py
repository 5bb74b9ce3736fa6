"""Which store an address names."""

from pathlib import Path

from sqlalchemy.engine import make_url

from storage.store.contract import Store

HOLDS = 16  # what is sent at once, each with a connection that holds it


def open_store(url: str, *, holds: int = HOLDS) -> Store:
    """The store at this address.  Only the library of the database that it names is loaded."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        from storage.store.sqlite import SqliteStore

        return SqliteStore(Path(address.database or ""))
    from storage.store.postgresql import PostgresStore

    return PostgresStore(address, holds)
