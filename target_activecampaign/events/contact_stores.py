"""What rules have done to contacts: entries into automations, and lists that they took them off."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from target_activecampaign.events.database import in_chunks
from target_activecampaign.events.tables import entries, removals

if TYPE_CHECKING:
    from collections.abc import Collection

    from target_activecampaign.events.database import LedgerDatabase


@dataclass(frozen=True)
class NotedEntry:
    """An entry into an automation: begun, and done once its id is known.

    Attributes:
        newest_before: The contact's newest entry before it was begun.
        entry_id: Its id.
    """

    newest_before: int
    entry_id: int | None


class AutomationEntries:
    """Which entry into an automation belongs to which event.

    Args:
        database: The ledger's database.
    """

    def __init__(self, database: LedgerDatabase) -> None:
        self._database = database

    def of(self, event_key: str, automation_id: int) -> NotedEntry | None:
        """Return what is known of an event's entry into an automation."""
        with self._database.transaction() as connection:
            row = connection.execute(
                sa.select(entries).where(
                    entries.c.event_key == event_key, entries.c.automation_id == automation_id
                )
            ).first()
        return None if row is None else NotedEntry(row.newest_before, row.entry_id)

    def known_ids(self, contact_key: str, automation_id: int) -> frozenset[int]:
        """Return the entries of a contact that events account for."""
        with self._database.transaction() as connection:
            return frozenset(
                connection.scalars(
                    sa.select(entries.c.entry_id).where(
                        entries.c.contact_key == contact_key,
                        entries.c.automation_id == automation_id,
                        entries.c.entry_id.is_not(None),
                    )
                )
            )

    def note(
        self,
        event_key: str,
        automation_id: int,
        *,
        contact_key: str,
        newest_before: int,
        entry_id: int | None = None,
    ) -> None:
        """Note that an entry is about to be made, or with `entry_id` that it was made."""
        same = (entries.c.event_key == event_key, entries.c.automation_id == automation_id)
        with self._database.transaction() as connection:
            connection.execute(sa.delete(entries).where(*same))
            connection.execute(
                sa.insert(entries).values(
                    event_key=event_key,
                    automation_id=automation_id,
                    contact_key=contact_key,
                    newest_before=newest_before,
                    entry_id=entry_id,
                    changed_at=int(time.time()),
                )
            )


class ListRemovals:
    """Which contacts rules have taken off which lists, so that a rule may put them back.

    Args:
        database: The ledger's database.
    """

    def __init__(self, database: LedgerDatabase) -> None:
        self._database = database

    def of(self, contact_keys: Collection[str]) -> frozenset[tuple[str, int]]:
        """Return the removals of contacts: contact key and list id."""
        found: set[tuple[str, int]] = set()
        with self._database.transaction() as connection:
            for chunk in in_chunks(contact_keys):
                rows = connection.execute(
                    sa.select(removals.c.contact_key, removals.c.list_id).where(
                        removals.c.contact_key.in_(chunk)
                    )
                )
                found.update((row.contact_key, row.list_id) for row in rows)
        return frozenset(found)

    def remember(self, contact_key: str, list_id: int) -> None:
        """Note that a rule takes a contact off a list."""
        with self._database.transaction() as connection:
            connection.execute(_removal(contact_key, list_id))
            connection.execute(
                sa.insert(removals).values(
                    contact_key=contact_key, list_id=list_id, changed_at=int(time.time())
                )
            )

    def forget(self, contact_key: str, list_id: int) -> None:
        """Note that the contact is on the list again."""
        with self._database.transaction() as connection:
            connection.execute(_removal(contact_key, list_id))


def _removal(contact_key: str, list_id: int) -> sa.Delete:
    return sa.delete(removals).where(
        removals.c.contact_key == contact_key, removals.c.list_id == list_id
    )
