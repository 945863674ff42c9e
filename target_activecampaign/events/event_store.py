"""Which events have been applied, and which an interrupted run has begun.

::

    new ──claim──> CLAIMED ──attach_import──> CLAIMED, carried by an import
     ^                │                                   │
     └────release─────┴──────────────────done─────────────┴──> DONE

    new ──note──> NOTED (no rule fired: it may still be applied) or OUTDATED

An event is claimed before the first request for it, and done after the last. A claim that is not
done belongs to a run that was interrupted: only one runner at a time delivers to an account (see
`locks`), so nobody else can be at work on it. What it left is completed, never taken for applied.
"""

from __future__ import annotations

import enum
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import sqlalchemy as sa

from target_activecampaign.events.database import in_chunks
from target_activecampaign.events.sequence import Event
from target_activecampaign.events.tables import events

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from target_activecampaign.events.database import LedgerDatabase
    from target_activecampaign.events.identity import EventIdentity

# Stands for the import of an event that was sent, as long as its answer has not come.
_UNKNOWN_IMPORT: Final = ""


class EventState(str, enum.Enum):
    """How far an event has come."""

    # Something may have been done for it.
    CLAIMED = "claimed"
    # Everything has been done, or it repeats what has.
    DONE = "done"
    # No rule fired, but what the contact holds depends on it.
    NOTED = "noted"
    # It said "not paid" of something that the contact had bought.
    OUTDATED = "outdated"


@dataclass(frozen=True)
class Claim:
    """What has been begun for an event.

    Attributes:
        import_id: The import that carries it, if one does.
        is_in_doubt: Whether an import may carry it whose id never came back.
    """

    import_id: str | None = None
    is_in_doubt: bool = False


# Event key -> what an interrupted run has begun for it.
Claims: TypeAlias = Mapping[str, Claim]


@dataclass(frozen=True)
class PastEvent:
    """One event as the ledger knows it.

    Attributes:
        event_key: Its key.
        event: What decides its place among the events of its item.
        state: How far it has come.
        claim: What an interrupted run has begun for it, if it is claimed.
    """

    event_key: str
    event: Event
    state: EventState
    claim: Claim | None = None

    @property
    def is_done(self) -> bool:
        """Whether everything has been done for it."""
        return self.state is EventState.DONE


class EventStore:
    """The events that the ledger knows.

    Args:
        database: The ledger's database.
    """

    def __init__(self, database: LedgerDatabase) -> None:
        self._database = database

    def history(self, item_keys: Collection[str]) -> dict[str, list[PastEvent]]:
        """Return the known events of items, claimed and done, in the order of their dates."""
        found: dict[str, list[PastEvent]] = defaultdict(list)
        with self._database.transaction() as connection:
            for chunk in in_chunks(item_keys):
                rows = connection.execute(
                    sa.select(events).where(events.c.item_key.in_(chunk)).order_by(events.c.moment)
                )
                for row in rows:
                    event = Event(row.status, row.transaction_key, row.moment, row.is_renewal)
                    state = EventState(row.state)
                    claim = _claim(row.batch_id) if state is EventState.CLAIMED else None
                    found[row.item_key].append(PastEvent(row.event_key, event, state, claim))
        return found

    def claim(
        self, identities: Iterable[EventIdentity], *, by_unknown_import: bool = False
    ) -> None:
        """Note that events are about to be applied.

        Args:
            identities: The events. Claims of an interrupted run are taken over.
            by_unknown_import: Whether an import is about to be sent that carries them.
        """
        self._note(identities, EventState.CLAIMED, _UNKNOWN_IMPORT if by_unknown_import else None)

    def attach_import(self, event_keys: Collection[str], import_id: str) -> None:
        """Note which import carries events."""
        self._change(event_keys, {"batch_id": import_id})

    def done(self, event_keys: Collection[str], connection: sa.Connection | None = None) -> None:
        """Note that events have been applied in full."""
        self._change(event_keys, {"state": EventState.DONE.value, "batch_id": None}, connection)

    def note(
        self,
        identities: Iterable[EventIdentity],
        state: EventState,
        connection: sa.Connection | None = None,
    ) -> None:
        """Note events for which nothing is to be done: repeats (`DONE`), `NOTED` and `OUTDATED`."""
        self._note(identities, state, None, connection)

    def release(self, event_keys: Collection[str]) -> None:
        """Forget claims of events that could not be applied; they may be fed in again."""
        with self._database.transaction() as connection:
            for chunk in in_chunks(event_keys):
                connection.execute(sa.delete(events).where(events.c.event_key.in_(chunk)))

    def _note(
        self,
        identities: Iterable[EventIdentity],
        state: EventState,
        import_id: str | None,
        connection: sa.Connection | None = None,
    ) -> None:
        rows: list[dict[str, Any]] = [
            {
                "event_key": identity.event_key,
                "item_key": identity.item_key,
                "transaction_key": identity.event.transaction,
                "status": identity.event.status,
                "moment": identity.event.moment,
                "is_renewal": identity.event.is_renewal,
                "state": state.value,
                "batch_id": import_id,
                "changed_at": int(time.time()),
            }
            for identity in identities
        ]
        with self._database.part_of(connection) as opened:
            for chunk in in_chunks([row["event_key"] for row in rows]):
                opened.execute(sa.delete(events).where(events.c.event_key.in_(chunk)))
            if rows:
                opened.execute(sa.insert(events), rows)

    def _change(
        self,
        event_keys: Collection[str],
        values: dict[str, Any],
        connection: sa.Connection | None = None,
    ) -> None:
        with self._database.part_of(connection) as opened:
            for chunk in in_chunks(event_keys):
                opened.execute(
                    sa.update(events)
                    .where(events.c.event_key.in_(chunk))
                    .values(changed_at=int(time.time()), **values)
                )


def _claim(batch_id: str | None) -> Claim:
    if batch_id == _UNKNOWN_IMPORT:
        return Claim(is_in_doubt=True)
    return Claim(import_id=batch_id)
