"""How far back the orders API is read: the whole window, and all of it where nothing is proven."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from target_activecampaign.ticto_source.window import Window, changed_at
from tests.sandbox.ticto.book import ZONE, written

NOW = datetime(2026, 3, 31, 12, tzinfo=ZONE)
START = NOW - timedelta(days=30)


def _row(days: float, *, updated: float | None = None) -> dict[str, Any]:
    created = written(NOW - timedelta(days=days))
    changed = created if updated is None else written(NOW - timedelta(days=updated))
    return {
        "created_at": created,
        "updated_at": changed,
        "transaction": {"created_at": created, "updated_at": changed},
    }


def _read(pages: list[list[dict[str, Any]]]) -> tuple[list[dict[str, Any]], int]:
    """Return the rows that a run would take, and how many pages it would read."""
    window, taken = Window(START), []
    for number, rows in enumerate(pages, start=1):
        taken += [row for row in rows if window.holds(row)]
        window.add_page(rows)
        if window.is_passed:
            return taken, number
    return taken, len(pages)


def test_rows_that_stand_newest_first_are_read_as_far_as_the_window() -> None:
    pages = [[_row(10 * page + row) for row in range(10)] for page in range(30)]
    taken, read = _read(pages)
    assert len(taken) == 31
    assert read == 5


def test_a_refund_of_an_old_order_is_taken_where_changes_come_first() -> None:
    rows = sorted(
        [_row(day) for day in range(100)] + [_row(90, updated=1)],
        key=lambda row: changed_at(row) or NOW,
        reverse=True,
    )
    taken, read = _read([rows[begin : begin + 10] for begin in range(0, len(rows), 10)])
    assert _row(90, updated=1) in taken
    assert read < 7


@pytest.mark.parametrize(
    "pages",
    [
        pytest.param([[_row(99), _row(98)], [_row(97), _row(96)], [_row(1)]], id="oldest first"),
        pytest.param([[_row(98), _row(99)], [_row(96), _row(97)], [_row(1)]], id="within pages"),
        pytest.param([[_row(99), _row(99)], [_row(99), _row(99)], [_row(1)]], id="all the same"),
        pytest.param([[{}, {}], [{}, {}], [_row(1)]], id="no dates"),
        pytest.param([[_row(98), _row(99)], [], [_row(1)]], id="an empty page"),
    ],
)
def test_without_proof_everything_is_read(pages: list[list[dict[str, Any]]]) -> None:
    taken, read = _read(pages)
    assert read == len(pages)
    assert _row(1) in taken


def test_a_row_without_any_date_is_always_wanted() -> None:
    assert Window(START).holds({"created_at": "0000-00-00 00:00:00"})


@given(st.lists(st.floats(0, 200), max_size=60), st.integers(1, 9))
def test_no_row_of_the_window_is_missed_where_rows_stand_newest_first(
    ages: list[float], size: int
) -> None:
    rows = [_row(age) for age in sorted(ages)]
    taken, _ = _read([rows[begin : begin + size] for begin in range(0, len(rows), size)])
    wanted = Window(START)
    assert taken == [row for row in rows if wanted.holds(row)]
