"""The ledger: what has been applied, and what rules have done to contacts.

It is shared by all runs that write to an account, and holds keyed hashes, nothing of a buyer.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from target_activecampaign.events.contact_stores import AutomationEntries, ListRemovals
from target_activecampaign.events.database import LedgerDatabase
from target_activecampaign.events.event_store import EventState, EventStore
from target_activecampaign.events.identity import identify
from target_activecampaign.events.outcome_store import OutcomeStore
from target_activecampaign.events.past import OfferTrail, Past
from target_activecampaign.events.past_store import PastStore
from target_activecampaign.events.tables import BOUNDED

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from target_activecampaign.events.identity import EventIdentity
    from target_activecampaign.events.outcome_store import NotedOutcome
    from target_activecampaign.events.past import LedgerChange
    from target_activecampaign.ticto import Order

_SECONDS_PER_DAY: Final = 86_400


class Ledger:
    """The memory of what has been applied.

    Attributes:
        events: Which events have been applied or begun.
        entries: Which entry into an automation belongs to which event.
        removals: Which contacts rules have taken off which lists.
        outcomes: What became of each event.

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
        self.outcomes = OutcomeStore(self._database)
        self._past = PastStore(self._database)

    @property
    def exists(self) -> bool:
        """Whether there is a ledger; a read-only one that is not there is empty."""
        return self._database.exists

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

    def read_past(self, identities: Iterable[EventIdentity], past: Past | None = None) -> Past:
        """Return what is known of the items, contacts and offers of some events.

        Args:
            identities: The events.
            past: What was read before; what is in it stays as it is.
        """
        found = past or Past()
        wanted = list(identities)
        items = {one.item_key for one in wanted} - found.events.keys()
        history = self.events.history(items)
        for item_key in items:
            found.events[item_key] = history.get(item_key, [])
        contacts = {one.contact_key for one in wanted} - found.holdings.keys()
        offers = {one.offer_key for one in wanted} - found.trails.keys()
        for contact_key in contacts:
            found.holdings[contact_key] = {}
        for offer_key in offers:
            found.trails[offer_key] = OfferTrail()
        self._past.read_into(found, contacts, offers)
        return found

    def finish(
        self,
        finished: Sequence[tuple[EventIdentity, LedgerChange]],
        noted: Sequence[NotedOutcome] = (),
    ) -> None:
        """Note that events have been applied in full.

        Args:
            finished: The events, and what they have changed.
            noted: What to tell people of them.
        """
        with self._database.transaction() as connection:
            self.events.done([identity.event_key for identity, _ in finished], connection)
            self._past.write(connection, finished)
            self.outcomes.note(noted, connection)

    def note_unapplied(self, noted: Sequence[tuple[EventIdentity, LedgerChange]]) -> None:
        """Note events that fire no rule, but on which depends what a contact holds."""
        with self._database.transaction() as connection:
            self.events.note([identity for identity, _ in noted], EventState.NOTED, connection)
            self._past.write(connection, noted)

    def outcome_of(self, order: Order, *, account_key: str, base_url: str) -> NotedOutcome | None:
        """Return what became of an order, or None if nothing is known of it.

        Args:
            order: The order, as it is read from its body.
            account_key: What the events of the account are filed under.
            base_url: Address of the account.
        """
        identity = identify(order, account_key=account_key, base_url=base_url, key=self.key)
        return self.outcomes.of([identity.event_key]).get(identity.event_key)

    def forget_older_than(self, retention_days: int) -> None:
        """Drop what has not changed for so many days."""
        oldest = int(time.time()) - retention_days * _SECONDS_PER_DAY
        with self._database.transaction() as connection:
            for table in BOUNDED:
                connection.execute(sa.delete(table).where(table.c.changed_at < oldest))
