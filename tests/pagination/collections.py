"""A collection in memory that changes while it is scanned."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from tap_activecampaign.pagination import Page

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

Row = dict[str, Any]


class MovingCollection:
    """Rows in a stable order that are deleted and inserted between requests.

    Args:
        size: Number of rows at first.
        cap: Most rows a page has, whatever is asked for.
        total: What the server tells as total for a number of rows.
    """

    def __init__(
        self,
        size: int,
        *,
        cap: int = 100,
        total: Callable[[int], int | None] = lambda count: count,
    ) -> None:
        self.ids = [10 * n for n in range(1, size + 1)]
        self.always_there = set(self.ids)
        self.requests = 0
        self._cap = cap
        self._total = total
        self.before_each: Callable[[MovingCollection], None] = lambda _: None

    def delete(self, place: int) -> None:
        if self.ids:
            self.always_there.discard(self.ids.pop(place % len(self.ids)))

    def insert(self, place: int) -> None:
        place %= len(self.ids) + 1
        before = self.ids[place - 1] if place else 0
        after = self.ids[place] if place < len(self.ids) else before + 20
        new = (before + after) // 2
        if before < new < after:
            self.ids.insert(place, new)

    def _page(self, ids: list[int], asked: int, total: int) -> Future[Page]:
        future: Future[Page] = Future()
        rows = [{"id": row_id} for row_id in ids[: min(asked, self._cap)]]
        future.set_result(Page(rows, self._total(total), asked))
        return future

    def by_offset(self, offset: int, limit: int) -> Future[Page]:
        self.requests += 1
        self.before_each(self)
        return self._page(self.ids[offset:], limit, len(self.ids))

    def by_id(self, after: int, offset: int, *, asked: int = 100) -> Future[Page]:
        self.requests += 1
        self.before_each(self)
        later = [row_id for row_id in self.ids if row_id > after]
        return self._page(later[offset:], asked, len(self.ids))


def moves(
    chance: random.Random, deletions: float, insertions: float, *, most: int = 200
) -> Callable[[MovingCollection], None]:
    """Return what deletes and inserts rows at random before each request, up to a number."""
    left = most

    def move(rows: MovingCollection) -> None:
        nonlocal left
        while left and chance.random() < deletions:
            left -= 1
            rows.delete(chance.randrange(1_000_000))
        while left and chance.random() < insertions:
            left -= 1
            rows.insert(chance.randrange(1_000_000))

    return move


def key(row: Row) -> int:
    return int(row["id"])
