from __future__ import annotations

import random
from concurrent.futures import Future
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tap_activecampaign.api import NotFoundError
from tap_activecampaign.pagination import Page, PageNumberScan
from tests.pagination.collections import MovingCollection, key

if TYPE_CHECKING:
    from collections.abc import Callable

# As many passes as a scan makes at most.
PASSES = 4


class Server:
    """Serves a collection by page number.

    Args:
        rows: The collection.
        page_size: What is asked for.
        total: What it tells as total for a number of rows.
        cap: Most rows of a page, whatever is asked for.
        misses: Whether a page beyond the last is answered 404; else it is empty.
        ignores: Whether each page is the first.
    """

    def __init__(
        self,
        rows: MovingCollection,
        page_size: int = 10,
        *,
        total: Callable[[int], int | None] = lambda count: count,
        cap: int = 10_000,
        misses: bool = False,
        ignores: bool = False,
    ) -> None:
        self.rows = rows
        self.page_size = page_size
        self.asked: list[int] = []
        self._total = total
        self._cap = cap
        self._misses = misses
        self._ignores = ignores

    def fetch(self, number: int) -> Future[Page]:
        self.asked.append(number)
        self.rows.requests += 1
        self.rows.before_each(self.rows)
        size = min(self.page_size, self._cap)
        start = 0 if self._ignores else (number - 1) * size
        rows = [{"id": row_id} for row_id in self.rows.ids[start:][:size]]
        future: Future[Page] = Future()
        if self._misses and not rows and number > 1:
            future.set_exception(NotFoundError("Invalid page.", status=404))
        else:
            future.set_result(Page(rows, self._total(len(self.rows.ids)), self.page_size))
        return future

    @property
    def passes(self) -> int:
        return self.asked.count(1)


def untold(_: int) -> None:
    return None


def scan(server: Server, window: int = 4) -> tuple[list[int], bool]:
    """Return the keys that a scan passes on, and whether it calls itself complete."""
    pages = PageNumberScan(server.fetch, key, window=window)
    return [key(row) for rows in pages for row in rows], pages.is_complete


@pytest.mark.parametrize("window", [1, 4])
@pytest.mark.parametrize("size", [0, 1, 9, 10, 11, 99, 100, 101])
def test_a_request_per_page_is_enough_when_nothing_moves_and_a_total_is_told(
    size: int, window: int
) -> None:
    server = Server(MovingCollection(size), misses=True)
    assert scan(server, window) == (server.rows.ids, True)
    assert len(server.asked) == max(1, -(-size // 10))


@pytest.mark.parametrize("size", [0, 1, 4, 5, 9, 10, 11, 99, 100, 101])
def test_pages_are_read_twice_at_most_when_nothing_moves_and_no_total_is_told(size: int) -> None:
    server = Server(MovingCollection(size), total=untold)
    assert scan(server) == (server.rows.ids, True)
    assert len(server.asked) <= (3 if size < 10 else 2 * (size // 10 + 1))


@pytest.mark.parametrize("total", [lambda count: count, untold])
@pytest.mark.parametrize("misses", [True, False])
@given(
    size=st.integers(0, 120),
    page_size=st.integers(2, 30),
    cap=st.sampled_from([5, 10, 10_000]),
    window=st.integers(1, 8),
    seed=st.integers(0, 2**32),
    deletions=st.floats(0, 1),
)
@example(size=101, page_size=20, cap=10_000, window=8, seed=1, deletions=0.5)
def test_each_row_that_stayed_is_passed_on_once_when_rows_move(
    total: Callable[[int], int | None],
    misses: bool,
    size: int,
    page_size: int,
    cap: int,
    window: int,
    seed: int,
    deletions: float,
) -> None:
    server = Server(MovingCollection(size), page_size, total=total, cap=cap, misses=misses)
    chance = random.Random(seed)

    def move_in_the_first_passes(rows: MovingCollection) -> None:
        # One row between two answers: no count shows that one went as another came.
        if server.passes > PASSES - 2 or chance.random() < 0.5:
            return
        if chance.random() < deletions:
            rows.delete(chance.randrange(1_000_000))
        else:
            # An id is never used again.
            rows.ids.insert(chance.randint(0, len(rows.ids)), 1_000_000 + rows.requests)

    server.rows.before_each = move_in_the_first_passes
    passed_on, is_complete = scan(server, window)
    assert len(passed_on) == len(set(passed_on))
    assert server.rows.always_there <= set(passed_on)
    assert is_complete


@pytest.mark.parametrize("total", [lambda count: count, untold])
@pytest.mark.parametrize("page", [1, 2, 5, 10])
@pytest.mark.parametrize("deleted", [1, 5, 10, 15])
def test_no_row_is_lost_when_rows_before_a_page_are_deleted(
    deleted: int, page: int, total: Callable[[int], int | None]
) -> None:
    server = Server(MovingCollection(101), total=total, misses=True)

    def delete_first_rows_once(rows: MovingCollection) -> None:
        if len(server.asked) == page + 1:
            for _ in range(deleted):
                rows.delete(0)

    server.rows.before_each = delete_first_rows_once
    passed_on, is_complete = scan(server, window=1)
    assert len(passed_on) == len(set(passed_on))
    assert server.rows.always_there <= set(passed_on)
    assert is_complete
    assert server.passes <= 3


@pytest.mark.parametrize("window", [1, 4])
def test_a_page_that_is_gone_is_an_empty_one_when_it_is_not_the_first(window: int) -> None:
    server = Server(MovingCollection(21), misses=True)

    def delete_before_the_last_page(rows: MovingCollection) -> None:
        if server.asked == [1, 2, 3]:
            rows.delete(0)

    server.rows.before_each = delete_before_the_last_page
    passed_on, is_complete = scan(server, window)
    assert set(passed_on) >= server.rows.always_there
    assert is_complete
    assert server.asked == [1, 2, 3, 1, 2]


def test_the_scan_fails_when_the_first_page_is_not_there() -> None:
    def fetch(_: int) -> Future[Page]:
        future: Future[Page] = Future()
        future.set_exception(NotFoundError("no such path", status=404))
        return future

    with pytest.raises(NotFoundError):
        list(PageNumberScan(fetch, key, window=4))


@pytest.mark.parametrize("total", [lambda count: count, untold])
@pytest.mark.parametrize("cap", [5, 20, 100])
@pytest.mark.parametrize("size", [99, 100, 101, 330])
def test_no_row_is_lost_when_the_server_caps_its_pages(
    size: int, cap: int, total: Callable[[int], int | None]
) -> None:
    server = Server(MovingCollection(size), 1_000, cap=cap, total=total)
    assert scan(server) == (server.rows.ids, True)


@pytest.mark.parametrize("claimed", [0, 1, 5, 35, 40, 1_000])
@pytest.mark.parametrize("size", [7, 31])
def test_all_rows_come_when_the_total_is_wrong(size: int, claimed: int) -> None:
    server = Server(MovingCollection(size), total=lambda _: claimed, misses=True)
    assert scan(server, window=2) == (server.rows.ids, True)
    assert server.passes <= 2


@pytest.mark.parametrize("total", [lambda count: count, untold])
@pytest.mark.parametrize(("size", "page_size"), [(10, 10), (25, 30), (25, 10)])
def test_the_scan_ends_when_the_server_ignores_the_number(
    size: int, page_size: int, total: Callable[[int], int | None]
) -> None:
    server = Server(MovingCollection(size), page_size, total=total, ignores=True)
    passed_on, _ = scan(server)
    assert passed_on == server.rows.ids[:page_size]
    assert len(server.asked) <= 8


@pytest.mark.parametrize("total", [lambda count: count, untold])
def test_the_scan_ends_and_says_so_when_rows_never_rest(
    total: Callable[[int], int | None],
) -> None:
    server = Server(MovingCollection(200), total=total)
    server.rows.before_each = lambda rows: rows.delete(0)
    passed_on, is_complete = scan(server)
    assert len(passed_on) == len(set(passed_on))
    assert not is_complete
    assert server.passes == PASSES
