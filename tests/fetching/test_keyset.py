from __future__ import annotations

import random
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_activecampaign.fetching import IdRange, KeysetIgnoredError, KeysetScan
from tests.fetching.collections import MovingCollection, key, moves


@given(
    size=st.integers(0, 600),
    page_size=st.integers(1, 30),
    parallel=st.integers(1, 8),
    claimed=st.sampled_from([None, "right", 0, 7, 5_000]),
    seed=st.integers(0, 2**32),
    deletions=st.floats(0, 0.6),
    insertions=st.floats(0, 0.6),
)
def test_each_row_that_stayed_is_passed_on_once_when_rows_move(
    size: int,
    page_size: int,
    parallel: int,
    claimed: Any,
    seed: int,
    deletions: float,
    insertions: float,
) -> None:
    chance = random.Random(seed)
    collection = MovingCollection(
        size,
        total=lambda count: count if claimed == "right" else claimed,
    )

    collection.before_each = moves(chance, deletions, insertions)
    fetch = partial(collection.by_id, asked=page_size)
    passed_on = [key(row) for rows in KeysetScan(fetch, key, parallel=parallel) for row in rows]
    assert len(passed_on) == len(set(passed_on))
    assert collection.always_there <= set(passed_on)


@pytest.mark.parametrize("parallel", [1, 2, 8])
@pytest.mark.parametrize("size", [0, 1, 99, 100, 101, 250, 999, 1_000, 1_001, 20_000])
def test_requests_are_one_per_100_rows_and_two_when_nothing_moves(size: int, parallel: int) -> None:
    collection = MovingCollection(size)
    scan = KeysetScan(collection.by_id, key, parallel=parallel)
    assert sum(len(rows) for rows in scan) == size
    assert collection.requests <= -(-size // 100) + 2


def test_what_is_left_is_read_when_a_scan_goes_on_after_a_cut() -> None:
    collection = MovingCollection(3_000)
    first = KeysetScan(collection.by_id, key, parallel=8)
    passed_on: list[int] = []
    left: list[IdRange] = []
    for rows in first:
        # What a checkpoint holds was passed on before; the rows at hand were not.
        left = [IdRange(known.after, known.until) for known in first.ranges]
        if len(passed_on) >= 1_500:
            break
        passed_on += [key(row) for row in rows]
    before = collection.requests
    second = KeysetScan(
        collection.by_id, key, parallel=8, ranges=left, expected_rows=3_000 - len(passed_on)
    )
    passed_on += [key(row) for rows in second for row in rows]
    assert sorted(passed_on) == collection.ids
    assert collection.requests - before <= 15 + 8


@pytest.mark.parametrize("cap", [20, 50])
def test_no_row_is_lost_when_the_server_caps_its_pages(cap: int) -> None:
    collection = MovingCollection(730, cap=cap)
    scan = KeysetScan(collection.by_id, key, parallel=4)
    assert sum(len(rows) for rows in scan) == 730


def test_the_scan_stops_when_the_server_ignores_the_keyset() -> None:
    collection = MovingCollection(300)
    scan = KeysetScan(lambda _after, offset: collection.by_offset(offset, 100), key, parallel=1)
    passed_on: list[int] = []
    with pytest.raises(KeysetIgnoredError):
        passed_on.extend(key(row) for rows in scan for row in rows)
    assert passed_on == collection.ids[:100]
    assert [row_id for row_id in collection.ids if scan.was_passed_on(row_id)] == passed_on
