"""What contacts hold, what their items earned them, and when the last events of an offer were."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from target_activecampaign.events.database import in_chunks
from target_activecampaign.events.earnings import Earned
from target_activecampaign.events.holdings import Holding
from target_activecampaign.events.identity import ProductKeys
from target_activecampaign.events.past import OfferTrail
from target_activecampaign.events.tables import earned, holdings, trails

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from target_activecampaign.events.database import LedgerDatabase
    from target_activecampaign.events.identity import EventIdentity
    from target_activecampaign.events.past import LedgerChange, Past


class PastStore:
    """Holdings, claims and trails.

    Args:
        database: The ledger's database.
    """

    def __init__(self, database: LedgerDatabase) -> None:
        self._database = database

    def read_into(
        self, past: Past, contact_keys: Collection[str], offer_keys: Collection[str]
    ) -> None:
        """Add what is known of contacts and offers."""
        for row in self._rows(holdings, holdings.c.contact_key, contact_keys):
            past.holdings[row.contact_key][row.item_key] = Holding(
                row.item_key,
                row.contact_key,
                ProductKeys(row.product_id_key, row.product_name_key),
                is_held=row.is_held,
                is_subscription=row.is_subscription,
            )
        for row in self._rows(earned, earned.c.contact_key, contact_keys):
            past.earned[row.contact_key].add(Earned(row.item_key, row.contact_key, row.effect_key))
        for row in self._rows(trails, trails.c.offer_key, offer_keys):
            past.trails[row.offer_key] = OfferTrail(row.cart_moment, row.other_moment)

    def write(
        self,
        connection: sa.Connection,
        changes: Iterable[tuple[EventIdentity, LedgerChange]],
    ) -> None:
        """Write what events have changed, in their order, as a part of a transaction."""
        held: dict[str, dict[str, Any]] = {}
        claims: dict[str, dict[str, Any] | None] = {}
        trail_rows: dict[str, dict[str, Any]] = {}
        now = int(time.time())
        for identity, change in changes:
            if change.holding is not None:
                held[change.holding.item_key] = {**_holding_row(change.holding), "changed_at": now}
            claims.update(dict.fromkeys(map(self._claim_key, change.withdrawn)))
            for claim in change.earned:
                key = self._claim_key(claim)
                claims[key] = {"claim_key": key, **vars(claim), "changed_at": now}
            if change.trail is not None:
                trail_rows[identity.offer_key] = {
                    "offer_key": identity.offer_key,
                    "cart_moment": change.trail.cart,
                    "other_moment": change.trail.other,
                    "changed_at": now,
                }
        _replace(connection, holdings.c.item_key, held)
        _replace(connection, earned.c.claim_key, claims)
        _replace(connection, trails.c.offer_key, trail_rows)

    def _rows(
        self, table: sa.Table, column: sa.Column[Any], keys: Collection[str]
    ) -> Iterator[sa.Row[Any]]:
        if not self._database.has(table):
            return
        with self._database.transaction() as connection:
            for chunk in in_chunks(keys):
                yield from connection.execute(sa.select(table).where(column.in_(chunk)))

    def _claim_key(self, claim: Earned) -> str:
        return self._database.key("claim", claim.item_key, claim.effect_key)


def _holding_row(holding: Holding) -> dict[str, Any]:
    return {
        "item_key": holding.item_key,
        "contact_key": holding.contact_key,
        "product_id_key": holding.product.by_id,
        "product_name_key": holding.product.by_name,
        "is_held": holding.is_held,
        "is_subscription": holding.is_subscription,
    }


def _replace(connection: sa.Connection, key: sa.Column[Any], rows: dict[str, Any]) -> None:
    """Put rows in place of those with the same key; None drops the one that is there."""
    for chunk in in_chunks(rows):
        connection.execute(sa.delete(key.table).where(key.in_(chunk)))
    kept = [row for row in rows.values() if row is not None]
    if kept:
        connection.execute(sa.insert(key.table), kept)
