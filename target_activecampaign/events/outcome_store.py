"""What became of each event, so that people can be told. The panel joins it to the bodies."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from target_activecampaign.events.database import in_chunks
from target_activecampaign.events.outcome import Outcome
from target_activecampaign.events.tables import outcomes

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from target_activecampaign.events.database import LedgerDatabase


@dataclass(frozen=True)
class NotedOutcome:
    """What became of an event.

    Attributes:
        event_key: The event.
        outcome: What became of it.
        rules: Titles of the rules that it fired, or would have.
        reason: Why it was not applied, or not in full; None if it was.
        noted_at: When it was noted, in UTC.
    """

    event_key: str
    outcome: Outcome
    rules: tuple[str, ...] = ()
    reason: str | None = None
    noted_at: datetime | None = None


class OutcomeStore:
    """What became of events.

    Args:
        database: The ledger's database.
    """

    def __init__(self, database: LedgerDatabase) -> None:
        self._database = database

    def of(self, event_keys: Collection[str]) -> dict[str, NotedOutcome]:
        """Return what became of events, by their keys."""
        found: dict[str, NotedOutcome] = {}
        if not event_keys or not self._database.has(outcomes):
            return found
        with self._database.transaction() as connection:
            for chunk in in_chunks(event_keys):
                rows = connection.execute(
                    sa.select(outcomes).where(outcomes.c.event_key.in_(chunk))
                )
                found |= {row.event_key: _noted(row) for row in rows}
        return found

    def noted_since(
        self, noted_at: int, *, after_key: str = "", limit: int = 500
    ) -> list[NotedOutcome]:
        """Return what has been noted since, in the order in which it was.

        Args:
            noted_at: Seconds since 1970, UTC.
            after_key: Of those of that very second, only events whose keys come after it.
            limit: How many at most.
        """
        if not self._database.has(outcomes):
            return []
        moment, key = outcomes.c.changed_at, outcomes.c.event_key
        query = (
            sa.select(outcomes)
            .where((moment > noted_at) | ((moment == noted_at) & (key > after_key)))
            .order_by(moment, key)
            .limit(limit)
        )
        with self._database.transaction() as connection:
            return [_noted(row) for row in connection.execute(query)]

    def note(self, noted: Iterable[NotedOutcome], connection: sa.Connection | None = None) -> None:
        """Note what became of events.

        That an event came again says nothing of what became of it when it came first.

        Args:
            noted: What became of events.
            connection: The transaction that this is a part of, if it is.
        """
        latest = {one.event_key: one for one in noted}
        repeated = [key for key, one in latest.items() if one.outcome is Outcome.REPEATED]
        for event_key in self.of(repeated):
            del latest[event_key]
        now = int(time.time())
        rows: list[dict[str, Any]] = [
            {
                "event_key": one.event_key,
                "outcome": one.outcome.value,
                "rules": json.dumps(one.rules, ensure_ascii=False),
                "reason": one.reason,
                "noted_at": now,
                "changed_at": now,
            }
            for one in latest.values()
        ]
        if not rows:
            return
        with self._database.part_of(connection) as opened:
            for chunk in in_chunks([row["event_key"] for row in rows]):
                opened.execute(sa.delete(outcomes).where(outcomes.c.event_key.in_(chunk)))
            opened.execute(sa.insert(outcomes), rows)


def _noted(row: Any) -> NotedOutcome:
    return NotedOutcome(
        row.event_key,
        Outcome(row.outcome),
        tuple(json.loads(row.rules)),
        row.reason,
        datetime.fromtimestamp(row.noted_at, timezone.utc),
    )
