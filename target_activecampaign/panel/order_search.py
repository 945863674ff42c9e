"""Questions that pages ask the index of orders."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, timezone
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from target_activecampaign.panel.index_tables import (
    fired,
    keys,
    names,
    orders,
    outcomes,
    product_key,
)
from target_activecampaign.panel.masking import NOTHING
from target_activecampaign.panel.order_index import OFFER, PRODUCT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from target_activecampaign.panel.order_index import OrderIndex

_MOST_CHOICES: Final = 1000
_MILLISECONDS: Final = 1000
WAITING: Final = "waiting"
_LAST_LETTER: Final = "\uffff"


@dataclass(frozen=True)
class IndexedOrder:
    """One order of a postback, as lists show it.

    Attributes:
        postback_id: The postback.
        position: Which of its orders; 0 unless it holds several.
        received_at: When it came, in UTC.
        status_date: When its event happened, if it says so.
        unusable: Why no rule can be applied to it, or None.
        outcome: What became of it, in the account where the most was done; None if unknown.
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
    outcome: str | None

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
        outcome: What became of it; ``waiting`` if nothing is known.
        rule: The title of a rule that it has fired.
    """

    event: str = ""
    product: str = ""
    buyer: str = ""
    code: str = ""
    outcome: str = ""
    rule: str = ""


@dataclass(frozen=True)
class AccountOutcome:
    """What became of one order in one account.

    Attributes:
        position: Which order of the postback.
        account: Address of the account's API.
        outcome: What became of it.
        reason: Why it was not applied, or not in full, in the target's words.
        rules: Titles of the rules that it fired.
        noted_at: When the target noted it.
    """

    position: int
    account: str
    outcome: str
    reason: str | None
    rules: tuple[str, ...]
    noted_at: datetime


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
        # By the table that is read first, whose index gives the order; nothing has to be sorted.
        place = fired if filters.rule else orders
        query = (
            sa.select(orders)
            .where(*self._conditions(filters))
            .order_by(place.c.postback_id.desc(), place.c.position)
            .limit(limit)
        )
        if before is not None:
            query = query.where(place.c.postback_id < before)
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
        return self._names(PRODUCT)

    def offers(self) -> list[tuple[str, str]]:
        """Return code (or id, or name) and name of the offers that orders name, by name."""
        return self._names(OFFER)

    def events_by_day(self, since: date) -> dict[tuple[date, str], int]:
        """Return how many orders came per day and event."""
        query = (
            sa.select(orders.c.day, orders.c.event, sa.func.count())
            .where(orders.c.day >= since.toordinal(), orders.c.unusable.is_(None))
            .group_by(orders.c.day, orders.c.event)
        )
        return {(date.fromordinal(day), event): count for day, event, count in self._all(query)}

    def outcomes_since(self, since: date) -> dict[str, int]:
        """Return how many orders came to which outcome; ``waiting`` for those without one."""
        became = sa.func.coalesce(orders.c.outcome, WAITING)
        query = (
            sa.select(became, sa.func.count())
            .where(orders.c.day >= since.toordinal())
            .group_by(became)
        )
        return dict(map(tuple, self._all(query)))

    def rules_since(self, since: date) -> list[tuple[str, int]]:
        """Return how many orders fired which rule, the most first."""
        count = sa.func.count()
        # By the column itself, SQLite would read all orders in the order of their rules.
        rule = fired.c.rule.concat("")
        query = (
            sa.select(rule, count)
            .where(fired.c.day >= since.toordinal())
            .group_by(rule)
            .order_by(count.desc())
        )
        return [(title, fires) for title, fires in self._all(query)]

    def rules(self) -> list[str]:
        """Return the rules that orders have fired."""
        query = sa.select(fired.c.rule).distinct().order_by(fired.c.rule)
        return [rule for (rule,) in self._all(query)]

    def outcomes_of(self, postback_id: int) -> list[AccountOutcome]:
        """Return what became of a postback's orders in each account."""
        query = (
            sa.select(keys.c.position, keys.c.account, outcomes)
            .join(outcomes, outcomes.c.event_key == keys.c.event_key)
            .where(keys.c.postback_id == postback_id)
            .order_by(keys.c.position, keys.c.account)
        )
        return [
            AccountOutcome(
                row.position,
                row.account,
                row.outcome,
                row.reason,
                tuple(json.loads(row.rules)),
                datetime.fromtimestamp(row.noted_at, timezone.utc),
            )
            for row in self._all(query)
        ]

    def latest(self) -> datetime | None:
        """Return when the last postback came."""
        rows = self._all(sa.select(sa.func.max(orders.c.received_at)))
        return None if rows[0][0] is None else _time(rows[0][0])

    def _conditions(self, filters: Filters) -> list[sa.ColumnElement[bool]]:
        conditions: list[sa.ColumnElement[bool]] = []
        if filters.event:
            conditions.append(orders.c.event == filters.event)
        if filters.product:
            conditions.append(product_key == filters.product)
        if filters.outcome == WAITING:
            conditions.append(orders.c.outcome.is_(None))
        elif filters.outcome:
            conditions.append(orders.c.outcome == filters.outcome)
        if filters.rule:
            conditions += [
                fired.c.rule == filters.rule,
                fired.c.postback_id == orders.c.postback_id,
                fired.c.position == orders.c.position,
            ]
        if filters.buyer:
            conditions.append(orders.c.email_key == filters.buyer)
        if filters.code:
            # A range, which an index answers; LIKE is without regard to case, and is not.
            conditions.append(orders.c.code.between(filters.code, f"{filters.code}{_LAST_LETTER}"))
        return conditions

    def _names(self, kind: str) -> list[tuple[str, str]]:
        query = sa.select(names.c.key, names.c.name).where(names.c.kind == kind)
        found = [(key, name) for key, name in self._all(query.limit(_MOST_CHOICES))]
        return sorted(found, key=lambda pair: pair[1].casefold())

    def _all(self, query: sa.Executable) -> Sequence[Any]:
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
        outcome=row.outcome,
    )


def _time(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / _MILLISECONDS, timezone.utc)
