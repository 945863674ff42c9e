from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING

import pytest

from tap_activecampaign.fetching import NumberedScan, Page
from tests.fetching.collections import MovingCollection, key

if TYPE_CHECKING:
    from collections.abc import Callable


def by_number(
    collection: MovingCollection, size: int, *, has_total: bool = True, ignores: bool = False
) -> Callable[[int], Future[Page]]:
    def fetch(number: int) -> Future[Page]:
        collection.requests += 1
        collection.before_each(collection)
        start = 0 if ignores else (number - 1) * size
        rows = [{"id": row_id} for row_id in collection.ids[start:][:size]]
        future: Future[Page] = Future()
        future.set_result(Page(rows, len(collection.ids) if has_total else None, size))
        return future

    return fetch


@pytest.mark.parametrize("has_total", [True, False])
@pytest.mark.parametrize("size", [0, 1, 9, 10, 11, 100, 101])
def test_each_row_comes_once_when_nothing_moves(size: int, has_total: bool) -> None:
    collection = MovingCollection(size)
    scan = NumberedScan(by_number(collection, 10, has_total=has_total), key, window=4)
    assert [key(row) for rows in scan for row in rows] == collection.ids
    assert collection.requests <= -(-size // 10) + 2


def test_the_collection_is_read_again_when_rows_were_deleted_behind_the_scan() -> None:
    collection = MovingCollection(100)

    def delete_first_rows_once(rows: MovingCollection) -> None:
        if rows.requests == 3:
            for _ in range(5):
                rows.delete(0)

    collection.before_each = delete_first_rows_once
    scan = NumberedScan(by_number(collection, 10), key, window=1)
    passed_on = [key(row) for rows in scan for row in rows]
    assert len(passed_on) == len(set(passed_on))
    assert collection.always_there <= set(passed_on)


@pytest.mark.parametrize("has_total", [True, False])
@pytest.mark.parametrize("size", [10, 25])
def test_the_scan_ends_when_the_server_ignores_the_number(size: int, has_total: bool) -> None:
    collection = MovingCollection(size)
    fetch = by_number(collection, 30 if size > 10 else 10, has_total=has_total, ignores=True)
    scan = NumberedScan(fetch, key, window=4)
    assert [key(row) for rows in scan for row in rows] == collection.ids
    assert collection.requests <= 8
