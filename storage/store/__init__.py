"""The store: functions of a ``Session``, each run in one transaction, on SQLite or on PostgreSQL."""

from storage.store.contract import DatabaseInUse, Held, OnCommit, OutcomeUnknown, Store, Unavailable
from storage.store.opening import open_store

__all__ = ["DatabaseInUse", "Held", "OnCommit", "OutcomeUnknown", "Store", "Unavailable", "open_store"]
