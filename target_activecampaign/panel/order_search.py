"""Questions that pages ask the index of orders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timezone
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from target_activecampaign.panel.index_tables import orders
from target_activecampaign.panel.masking import NOTHING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from target_activecampaign.panel.order_index import OrderIndex

_MOST_CHOICES: Final = 500
_MILLISECONDS: Final = 1000


@dataclass(frozen=True)
class IndexedOrder:
    """One order of a postback, as lists show it.

    Attributes:
        postback_id: The postback.
        position: Which of its orders; 0 unless it holds several.
        received_at: When it came, in UTC.
        status_date: When its event happened, if it says so.
        unusable: Why no rule can be applied to it, or None.
    """

    postback_id: int
    position: int
    received_at: datetime
    event: str
    status_date: datetime | None
    product_id: str | None
    product_name: str | None
    offer: str | None
    offer_name: str | None
    code: str | None
    email_shown: str | None
    unusable: str | None

    @property
    def product(self) -> str:
        """What people call the product."""
        return self.product_name or self.product_id or NOTHING


@dataclass(frozen=True)
class Filters:
    """What a search asks for; empty means all.

    Attributes:
        event: A status.
        product: Id of a product, or its name where it has no id.
        buyer: What a buyer's address is found by, see `OrderIndex.email_key`.
        code: The beginning of an order's code.
    """

    event: str = ""
    product: str = ""
    buyer: str = ""
    code: str = ""


class OrderSearch:
    """Reads the index.

    Args:
        index: The index.
    """

    def __init__(self, index: OrderIndex) -> None:
        self._index = index

    def page(
        self, filters: Filters, *, before: int | None = None, limit: int = 50
    ) -> list[IndexedOrder]:
        """Return orders, the newest postback first.

        Args:
            filters: Which.
            before: Only postbacks with a lower id; for the next page.
            limit: How many at most.
        """
        query = (
            sa.select(orders)
            .where(*self._conditions(filters))
            .order_by(orders.c.postback_id.desc(), orders.c.position)
            .limit(limit)
        )
        if before is not None:
            query = query.where(orders.c.postback_id < before)
        return [_indexed(row) for row in self._all(query)]

    def of_postback(self, postback_id: int) -> list[IndexedOrder]:
        """Return the orders of one postback."""
        query = sa.select(orders).where(orders.c.postback_id == postback_id)
        return [_indexed(row) for row in self._all(query.order_by(orders.c.position))]

    def of_buyer(self, postback_id: int, *, limit: int = 20) -> list[IndexedOrder]:
        """Return what else came of the buyer of a postback, the newest first."""
        keys = sa.select(orders.c.email_key).where(orders.c.postback_id == postback_id)
        query = (
            sa.select(orders)
            .where(orders.c.email_key.in_(keys), orders.c.postback_id != postback_id)
            .order_by(orders.c.postback_id.desc())
            .limit(limit)
        )
        return [_indexed(row) for row in self._all(query)]

    def products(self) -> list[tuple[str, str]]:
        """Return id (or name) and name of the products that orders name, by name."""
        return self._pairs(orders.c.product_id, orders.c.product_name)

    def offers(self) -> list[tuple[str, str]]:
        """Return code (or id, or name) and name of the offers that orders name, by name."""
        return self._pairs(orders.c.offer, orders.c.offer_name)

    def events_by_day(self, since: date) -> dict[tuple[date, str], int]:
        """Return how many orders came per day and event."""
        query = (
            sa.select(orders.c.day, orders.c.event, sa.func.count())
            .where(orders.c.day >= since.toordinal(), orders.c.unusable.is_(None))
            .group_by(orders.c.day, orders.c.event)
        )
        return {(date.fromordinal(day), event): count for day, event, count in self._all(query)}

    def latest(self) -> datetime | None:
        """Return when the last postback came."""
        rows = self._all(sa.select(sa.func.max(orders.c.received_at)))
        return None if rows[0][0] is None else _time(rows[0][0])

    def _conditions(self, filters: Filters) -> list[sa.ColumnElement[bool]]:
        conditions: list[sa.ColumnElement[bool]] = []
        if filters.event:
            conditions.append(orders.c.event == filters.event)
        if filters.product:
            conditions.append(
                (orders.c.product_id == filters.product)
                | (orders.c.product_id.is_(None) & (orders.c.product_name == filters.product))
            )
        if filters.buyer:
            conditions.append(orders.c.email_key == filters.buyer)
        if filters.code:
            conditions.append(orders.c.code.startswith(filters.code, autoescape=True))
        return conditions

    def _pairs(self, key: sa.Column[Any], name: sa.Column[Any]) -> list[tuple[str, str]]:
        query = (
            sa.select(sa.func.coalesce(key, name), sa.func.max(name))
            .where(sa.func.coalesce(key, name).is_not(None))
            .group_by(sa.func.coalesce(key, name))
            .order_by(sa.func.max(orders.c.postback_id).desc())
            .limit(_MOST_CHOICES)
        )
        found = [(str(one), str(called or one)) for one, called in self._all(query)]
        return sorted(found, key=lambda pair: pair[1].casefold())

    def _all(self, query: sa.Select[Any]) -> Sequence[Any]:
        with self._index.engine.connect() as connection:
            return connection.execute(query).all()


def _indexed(row: Any) -> IndexedOrder:
    return IndexedOrder(
        postback_id=row.postback_id,
        position=row.position,
        received_at=_time(row.received_at),
        event=row.event,
        status_date=None
        if row.status_date is None
        else datetime.fromtimestamp(row.status_date, timezone.utc),
        product_id=row.product_id,
        product_name=row.product_name,
        offer=row.offer,
        offer_name=row.offer_name,
        code=row.code,
        email_shown=row.email_shown,
        unusable=row.unusable,
    )


def _time(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / _MILLISECONDS, timezone.utc)
