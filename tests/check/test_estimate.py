from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tap_activecampaign.check.estimate import pages_by_number, pages_by_offset


@given(st.integers(0, 2000), st.integers(1, 100))
def test_pages_that_overlap_by_one_row_reach_the_last_row_and_none_is_needless(
    rows: int, page_size: int
) -> None:
    size = max(page_size, 2)
    pages = pages_by_offset(rows, page_size)
    assert size + (pages - 1) * (size - 1) >= rows
    assert pages == 1 or size + (pages - 2) * (size - 1) < rows


@given(st.integers(0, 2000), st.integers(1, 100))
def test_numbered_pages_hold_all_rows_and_none_is_needless(rows: int, page_size: int) -> None:
    pages = pages_by_number(rows, page_size)
    assert pages * page_size >= rows
    assert pages == 1 or (pages - 1) * page_size < rows
