from __future__ import annotations

import random
from concurrent.futures import Future

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tap_activecampaign.pagination import OffsetScan, Page
from tests.pagination.collections import MovingCollection, key, moves


def scan(collection: MovingCollection, *, page_size: int = 100, window: int = 8) -> list[int]:
    pages = OffsetScan(collection.by_offset, key, page_size=page_size, window=window)
    return [key(row) for rows in pages for row in rows]


@given(
    size=st.integers(0, 400),
    page_size=st.integers(1, 30),
    window=st.integers(1, 8),
    has_total=st.booleans(),
    seed=st.integers(0, 2**32),
    deletions=st.floats(0, 0.6),
    insertions=st.floats(0, 0.6),
)
@example(size=300, page_size=30, window=8, has_total=True, seed=1, deletions=0.6, insertions=0.0)
def test_each_row_that_stayed_is_passed_on_once_when_rows_move(
    size: int,
    page_size: int,
    window: int,
    has_total: bool,
    seed: int,
    deletions: float,
    insertions: float,
) -> None:
    chance = random.Random(seed)
    total = (lambda count: count) if has_total else (lambda _: None)
    collection = MovingCollection(size, total=total)

    collection.before_each = moves(chance, deletions, insertions)
    passed_on = scan(collection, page_size=page_size, window=window)
    assert len(passed_on) == len(set(passed_on))
    assert collection.always_there <= set(passed_on)


@pytest.mark.parametrize("window", [1, 8])
@pytest.mark.parametrize("size", [0, 1, 2, 99, 100, 101, 199, 200, 1_000, 1_981])
def test_requests_are_one_per_99_rows_and_two_when_nothing_moves(size: int, window: int) -> None:
    collection = MovingCollection(size)
    assert len(scan(collection, window=window)) == size
    assert collection.requests <= -(-size // 99) + 2


@pytest.mark.parametrize("size", [0, 1, 99, 100, 101, 199, 250, 397, 500, 1_000, 5_000])
def test_at_most_two_requests_are_wasted_when_the_server_tells_no_total(size: int) -> None:
    collection = MovingCollection(size, total=lambda _: None)
    assert len(scan(collection)) == size
    assert collection.requests <= -(-size // 99) + 2


@pytest.mark.parametrize("claimed", [0, 1, 20, 100, 250, 251, 10_000])
def test_no_row_is_lost_when_the_total_is_wrong(claimed: int) -> None:
    collection = MovingCollection(250, total=lambda _: claimed)
    assert len(scan(collection)) == 250


@pytest.mark.parametrize("has_total", [True, False])
@pytest.mark.parametrize("cap", [20, 25, 50])
def test_no_row_is_lost_when_the_server_caps_its_pages(cap: int, has_total: bool) -> None:
    total = (lambda count: count) if has_total else (lambda _: None)
    collection = MovingCollection(730, cap=cap, total=total)
    assert len(scan(collection)) == 730


def shuffled(ids: list[int], ties: int, dice: random.Random) -> list[int]:
    """Return rows in an order that leaves those of equal rank in any order."""
    rows = list(ids)
    for start in range(0, len(rows), ties):
        rank = rows[start : start + ties]
        dice.shuffle(rank)
        rows[start : start + ties] = rank
    return rows


@pytest.mark.parametrize("ties", [20, 50, 100, 450])
@pytest.mark.parametrize("depends_on", ["request", "offset"])
def test_all_rows_come_once_when_rows_of_equal_rank_change_places(
    ties: int, depends_on: str
) -> None:
    collection = MovingCollection(450)
    ids = list(collection.ids)
    dice = random.Random(3)

    def fetch(offset: int, limit: int) -> Future[Page]:
        order = dice if depends_on == "request" else random.Random(offset)
        collection.ids = shuffled(ids, ties, order)
        return collection.by_offset(offset, limit)

    scanned = OffsetScan(fetch, key, page_size=100, window=4)
    passed_on = [key(row) for rows in scanned for row in rows]
    assert len(passed_on) == len(set(passed_on))
    assert collection.requests < 150
    # Chance decides what eight more passes find; what is missing is told by the caller.
    assert len(passed_on) >= 445
    assert scanned.is_complete == (len(passed_on) == 450)


@pytest.mark.parametrize("has_total", [True, False])
def test_the_scan_ends_when_stepping_back_brings_the_same_stale_page(has_total: bool) -> None:
    collection = MovingCollection(250, total=(lambda n: n) if has_total else (lambda _: None))
    stale = collection.by_offset(0, 100)
    collection.delete(0)

    def fetch(offset: int, limit: int) -> Future[Page]:
        return stale if offset == 0 else collection.by_offset(offset, limit)

    scanned = OffsetScan(fetch, key, page_size=100, window=4)
    passed_on = [key(row) for rows in scanned for row in rows]
    assert len(passed_on) == len(set(passed_on))
    assert collection.requests < 100


def test_pages_ahead_stay_within_the_window_when_the_consumer_is_slow() -> None:
    collection = MovingCollection(20_000)
    scanned = iter(OffsetScan(collection.by_offset, key, page_size=100, window=4))
    next(scanned)
    assert collection.requests <= 1 + 4


@pytest.mark.parametrize("has_total", [True, False])
@pytest.mark.parametrize("size", [5, 20, 100, 120])
def test_the_scan_ends_when_the_server_ignores_limit_and_offset(
    size: int,
    has_total: bool,
) -> None:
    collection = MovingCollection(size, cap=1_000)

    def everything(_offset: int, _limit: int) -> Future[Page]:
        found = collection.by_offset(0, 1_000).result()
        future: Future[Page] = Future()
        future.set_result(Page(found.rows, size if has_total else None, 100))
        return future

    scanned = OffsetScan(everything, key, page_size=100, window=4)
    assert [key(row) for rows in scanned for row in rows] == collection.ids
    assert collection.requests <= 12
