"""The ledger: what has been applied, and what rules have done to contacts.

It is shared by all runs that write to an account, and holds keyed hashes, nothing of a buyer.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from target_activecampaign.events.contact_stores import AutomationEntries, ListRemovals
from target_activecampaign.events.database import LedgerDatabase
from target_activecampaign.events.event_store import EventStore
from target_activecampaign.events.tables import BOUNDED

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

_SECONDS_PER_DAY: Final = 86_400


class Ledger:
    """The memory of what has been applied.

    Attributes:
        events: Which events have been applied or begun.
        entries: Which entry into an automation belongs to which event.
        removals: Which contacts rules have taken off which lists.

    Args:
        url: SQLAlchemy URL.
        lock_dir: Where the lock's file is kept for databases that are neither SQLite nor
            PostgreSQL.
        read_only: Whether nothing may be written; a ledger that does not exist is empty then.

    Raises:
        LedgerError: If it cannot be opened or written.
    """

    def __init__(self, url: str, *, lock_dir: Path, read_only: bool = False) -> None:
        self._database = LedgerDatabase(url, lock_dir=lock_dir, read_only=read_only)
        self.events = EventStore(self._database)
        self.entries = AutomationEntries(self._database)
        self.removals = ListRemovals(self._database)

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def key(self, *parts: str) -> str:
        """Return a keyed hash of parts, from which they cannot be read back."""
        return self._database.key(*parts)

    def locked(self, name: str) -> AbstractContextManager[None]:
        """Keep every other runner of this ledger from delivering to an account.

        Args:
            name: The account.
        """
        return self._database.locked(name)

    def forget_older_than(self, retention_days: int) -> None:
        """Drop what has not changed for so many days."""
        oldest = int(time.time()) - retention_days * _SECONDS_PER_DAY
        with self._database.transaction() as connection:
            for table in BOUNDED:
                connection.execute(sa.delete(table).where(table.c.changed_at < oldest))
