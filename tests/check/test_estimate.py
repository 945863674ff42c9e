from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_activecampaign.check.estimate import pages_by_number, pages_by_offset, requests_by_offset


@given(st.integers(0, 2000), st.integers(1, 100))
def test_pages_that_overlap_by_one_row_reach_the_last_row_and_none_is_needless(
    rows: int, page_size: int
) -> None:
    size = max(page_size, 2)
    pages = pages_by_offset(rows, page_size)
    assert size + (pages - 1) * (size - 1) >= rows
    assert pages == 1 or size + (pages - 2) * (size - 1) < rows


@pytest.mark.parametrize(
    ("rows", "requests"), [(0, 1), (99, 1), (100, 2), (101, 2), (198, 2), (199, 3), (200, 3)]
)
def test_a_full_page_is_followed_by_another_request(rows: int, requests: int) -> None:
    assert requests_by_offset(rows, 100) == requests


@given(st.integers(0, 2000), st.integers(1, 100))
def test_numbered_pages_hold_all_rows_and_none_is_needless(rows: int, page_size: int) -> None:
    pages = pages_by_number(rows, page_size)
    assert pages * page_size >= rows
    assert pages == 1 or (pages - 1) * page_size < rows
