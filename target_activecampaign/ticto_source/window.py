"""How far back the orders API is read. Pure.

The order of its rows is not known. It is taken for newest first only while the rows themselves show
it, over the end of at least one page: then nothing newer can stand behind a page that lies before
the window. As long as they do not show it, everything is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from target_activecampaign.ticto.values import instant, section

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

# Zone of stamps that name none: renewals are due at midnight there (rows of the API beside
# postbacks of the same subscriptions).
ZONE: Final = ZoneInfo("America/Sao_Paulo")

_FEWEST_PAGES: Final = 2


def _created(row: dict[str, Any]) -> Any:
    return row.get("created_at")


def _updated(row: dict[str, Any]) -> Any:
    return row.get("updated_at")


def _transaction_created(row: dict[str, Any]) -> Any:
    return section(row, "transaction").get("created_at")


def _transaction_updated(row: dict[str, Any]) -> Any:
    return section(row, "transaction").get("updated_at")


_STAMPS: Final = (_created, _updated, _transaction_created, _transaction_updated)


def changed_at(row: dict[str, Any]) -> datetime | None:
    """Return the newest moment that a row names, in UTC; None if it names none."""
    stamps = [instant(stamp(row), ZONE) for stamp in _STAMPS]
    stamps.append(instant(row.get("approved_date"), ZONE))
    return max((stamp for stamp in stamps if stamp is not None), default=None)


@dataclass
class _Order:
    """Whether all rows so far stand newest first by one of their stamps."""

    stamp: Callable[[dict[str, Any]], Any]
    holds: bool = True
    steps: int = 0
    last: datetime | None = None

    def add(self, row: dict[str, Any]) -> None:
        moment = instant(self.stamp(row), ZONE)
        if moment is None or (self.last is not None and moment > self.last):
            self.holds = False
        elif self.last is not None and moment < self.last:
            self.steps += 1
        self.last = moment


class Window:
    """Decides which rows are wanted, and when no more can come.

    Args:
        start: Rows that have not changed since are not wanted; None wants all.
    """

    def __init__(self, start: datetime | None) -> None:
        self._start = start
        self._orders = [_Order(stamp) for stamp in _STAMPS]
        self._pages = 0
        self._is_past = False

    def holds(self, row: dict[str, Any]) -> bool:
        """Return whether a row is wanted; one without any date always is."""
        moment = changed_at(row)
        return self._start is None or moment is None or moment >= self._start

    def add_page(self, rows: Sequence[dict[str, Any]]) -> None:
        """Note a page, in the order in which pages come."""
        self._pages += 1
        for row in rows:
            for order in self._orders:
                order.add(row)
        self._is_past = bool(rows) and not any(self.holds(row) for row in rows)

    @property
    def is_passed(self) -> bool:
        """Whether the rows prove that all that follow lie before the window."""
        start = self._start
        if start is None or not self._is_past or self._pages < _FEWEST_PAGES:
            return False
        return any(
            order.holds and order.steps and order.last is not None and order.last < start
            for order in self._orders
        )
