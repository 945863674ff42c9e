from __future__ import annotations

import random
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from itertools import accumulate
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_activecampaign.pagination import IdRange, KeysetIgnoredError, KeysetScan, Page
from tap_activecampaign.pagination.keyset import KeysetSource
from tests.pagination.collections import MovingCollection, key, moves

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

PARALLEL = 8
CLAIMS: dict[str, Callable[[int], int | None]] = {
    "right": lambda count: count,
    "none": lambda _: None,
    "zero": lambda _: 0,
    "too low": lambda count: count // 3,
    "too high": lambda count: 2 * count + 7,
    "far too high": lambda _: 5_000_000,
}


def _fail(_: list[int]) -> list[int]:
    raise TimeoutError


LAST_ROWS: dict[str, Callable[[list[int]], list[int]]] = {
    "right": lambda ids: ids[-1:],
    "of an ignored order": lambda ids: ids[:1],
    "none": lambda _: [],
    "far too high": lambda _: [10**9],
    "failing": _fail,
}


@dataclass
class Server:
    """Answers when the scan waits, so that each round of waiting stands for one latency.

    Attributes:
        collection: What it serves.
        page_size: Rows that are asked for.
        fails: Whether to break the answer to what skips so many rows.
        last_row: Which ids the request for the last row is answered with.
        answers: Chooses which of the requests in flight are answered now.
        rounds: How often the scan waited.
        most_in_flight: Most requests in flight at the same time.
    """

    collection: MovingCollection
    page_size: int = 100
    fails: Callable[[int], bool] = lambda _: False
    last_row: Callable[[list[int]], list[int]] = LAST_ROWS["right"]
    answers: Callable[[Sequence[int]], Collection[int]] = lambda offsets: range(len(offsets))
    rounds: int = 0
    most_in_flight: int = 0
    _open: dict[Future[Page], tuple[int, Callable[[], Page]]] = field(default_factory=dict)

    def scan(self, *, parallel: int = PARALLEL, **left: Any) -> KeysetScan:
        return KeysetScan(KeysetSource(self._page, self._last, key), parallel=parallel, **left)

    def read(self, scan: KeysetScan) -> list[int]:
        with patch("tap_activecampaign.pagination.keyset.wait", self.wait):
            return [key(row) for rows in scan for row in rows]

    def _page(self, after: int, offset: int) -> Future[Page]:
        return self._begin(offset, partial(self._page_now, after, offset))

    def _page_now(self, after: int, offset: int) -> Page:
        if self.fails(offset):
            raise TimeoutError
        return self.collection.by_id(after, offset, asked=self.page_size).result()

    def _last(self) -> Future[Page]:
        return self._begin(0, self._last_now)

    def _last_now(self) -> Page:
        self.collection.requests += 1
        return Page([{"id": row_id} for row_id in self.last_row(self.collection.ids)], None, 1)

    def _begin(self, offset: int, answer: Callable[[], Page]) -> Future[Page]:
        future: Future[Page] = Future()
        self._open[future] = offset, answer
        self.most_in_flight = max(self.most_in_flight, len(self._open))
        return future

    def wait(
        self, futures: Sequence[Future[Page]], **_: Any
    ) -> tuple[list[Future[Page]], list[Future[Page]]]:
        assert set(futures) == set(self._open)
        self.rounds += 1
        chosen = self.answers([self._open[future][0] for future in futures])
        for place in chosen:
            answer = self._open.pop(futures[place])[1]
            try:
                futures[place].set_result(answer())
            except TimeoutError as error:
                futures[place].set_exception(error)
        return [futures[place] for place in chosen], []


def collection_of(
    ids: Sequence[int], total: Callable[[int], int | None] = CLAIMS["right"], *, cap: int = 100
) -> MovingCollection:
    collection = MovingCollection(0, total=total, cap=cap)
    collection.ids = list(ids)
    collection.always_there = set(ids)
    return collection


def random_ids(count: int, *, kept: float = 0.9) -> list[int]:
    """Return ids of which some, here and there, are missing."""
    chance = random.Random(count)
    gaps = (1 + sum(chance.random() > kept for _ in range(3)) for _ in range(count))
    return list(accumulate(gaps))


def uneven_ids(count: int) -> list[int]:
    """Return ids with a sparse beginning, a great hole and a dense end."""
    tenth = count // 10
    return [
        *range(40, 40 * (tenth + 1), 40),
        *range(100 * count, 100 * count + count - tenth),
    ]


def any_of(chance: random.Random) -> Callable[[Sequence[int]], Collection[int]]:
    """Return what answers at least one of the requests in flight, in any order."""

    def choose(offsets: Sequence[int]) -> list[int]:
        return chance.sample(range(len(offsets)), chance.randint(1, len(offsets)))

    return choose


@given(
    gaps=st.lists(st.sampled_from([1, 1, 1, 2, 10, 10_000]), max_size=600),
    page_size=st.integers(1, 30),
    parallel=st.integers(1, 8),
    claim=st.sampled_from(sorted(CLAIMS)),
    last_row=st.sampled_from(sorted(LAST_ROWS)),
    failing=st.sampled_from([0, 0.3, 1]),
    seed=st.integers(0, 2**32),
    deletions=st.floats(0, 0.6),
    insertions=st.floats(0, 0.6),
)
def test_each_row_that_stayed_is_passed_on_once_when_rows_move(
    gaps: list[int],
    page_size: int,
    parallel: int,
    claim: str,
    last_row: str,
    failing: float,
    seed: int,
    deletions: float,
    insertions: float,
) -> None:
    chance = random.Random(seed)
    collection = collection_of(list(accumulate(gaps)), CLAIMS[claim])
    collection.before_each = moves(chance, deletions, insertions)
    server = Server(
        collection,
        page_size,
        fails=lambda offset: offset > 0 and chance.random() < failing,
        last_row=LAST_ROWS[last_row],
        answers=any_of(chance),
    )
    passed_on = server.read(server.scan(parallel=parallel))
    assert len(passed_on) == len(set(passed_on))
    assert collection.always_there <= set(passed_on)
    assert server.most_in_flight <= parallel


@pytest.mark.parametrize("ids", [random_ids, uneven_ids])
@pytest.mark.parametrize("parallel", [1, 2, 8])
@pytest.mark.parametrize("size", [0, 1, 99, 100, 101, 250, 999, 1_000, 1_001, 20_000])
def test_requests_are_one_per_100_rows_and_two_when_nothing_moves(
    size: int, parallel: int, ids: Callable[[int], list[int]]
) -> None:
    server = Server(collection_of(ids(size)))
    assert len(server.read(server.scan(parallel=parallel))) == size
    assert server.collection.requests <= -(-size // 100) + 2


@pytest.mark.parametrize(
    ("ids", "waste"),
    [
        (lambda size: list(range(1, size + 1)), 2),
        (random_ids, PARALLEL // 2 + 2),
        (uneven_ids, 2 * PARALLEL),
    ],
)
@pytest.mark.parametrize("size", [0, 99, 101, 250, 999, 2_001, 20_001])
def test_requests_beside_pages_are_few_when_there_is_no_total(
    size: int, ids: Callable[[int], list[int]], waste: int
) -> None:
    server = Server(collection_of(ids(size), CLAIMS["none"]))
    assert len(server.read(server.scan())) == size
    assert server.collection.requests <= -(-size // 100) + waste


# A round is a latency: with all requests in flight all the time there are pages / PARALLEL of them.
@pytest.mark.slow
@pytest.mark.parametrize("ids", [random_ids, uneven_ids])
@pytest.mark.parametrize("failing", ["nothing", "some probes", "all probes"])
@pytest.mark.parametrize("claim", ["right", "none", "zero", "too low", "too high"])
def test_all_requests_allowed_are_in_flight_whatever_the_total_says(
    claim: str, failing: str, ids: Callable[[int], list[int]]
) -> None:
    chance = random.Random(1)
    share = {"nothing": 0, "some probes": 0.4, "all probes": 1}[failing]
    server = Server(
        collection_of(ids(40_000), CLAIMS[claim]),
        fails=lambda offset: offset > 0 and chance.random() < share,
    )
    assert len(server.read(server.scan())) == 40_000
    assert server.rounds <= 400 / PARALLEL + 10
    assert server.collection.requests <= 400 + 3 * PARALLEL
    assert server.most_in_flight == PARALLEL


@pytest.mark.parametrize("last_row", sorted(set(LAST_ROWS) - {"right"}))
def test_no_row_is_lost_when_the_last_row_is_not_told(last_row: str) -> None:
    server = Server(collection_of(random_ids(5_000), CLAIMS["none"]), last_row=LAST_ROWS[last_row])
    assert sorted(server.read(server.scan())) == server.collection.ids


def test_rows_behind_what_was_last_when_asked_are_read_too() -> None:
    server = Server(collection_of(range(1, 5_001), CLAIMS["none"]))
    server.last_row = lambda _: [3_000]
    assert sorted(server.read(server.scan())) == server.collection.ids


@pytest.mark.parametrize("size", [250, 800, 5_000])
def test_the_scan_goes_on_and_ends_when_pages_far_ahead_fail(size: int) -> None:
    server = Server(collection_of(random_ids(size)), fails=lambda offset: offset > 0)
    assert sorted(server.read(server.scan())) == server.collection.ids


def test_an_ordinary_page_that_fails_ends_the_scan() -> None:
    server = Server(collection_of(random_ids(500)), fails=lambda offset: offset == 0)
    with pytest.raises(TimeoutError):
        server.read(server.scan())


def test_the_scan_ends_when_pages_far_ahead_are_never_answered() -> None:
    server = Server(
        collection_of(random_ids(20_000)),
        answers=lambda offsets: [place for place, offset in enumerate(offsets) if offset == 0],
    )
    assert sorted(server.read(server.scan())) == server.collection.ids
    assert server.collection.requests <= 200 + 2


def left_when_cut(scan: KeysetScan, rows: int) -> tuple[list[int], list[IdRange]]:
    """Read about so many rows, and return them with the ranges that a checkpoint holds."""
    passed_on: list[int] = []
    left: list[IdRange] = []
    for new in scan:
        # What a checkpoint holds was passed on before; the rows at hand were not.
        left = [IdRange(known.after, known.until) for known in scan.ranges]
        if len(passed_on) >= rows:
            break
        passed_on += [key(row) for row in new]
    return passed_on, left


@pytest.mark.parametrize("claim", ["right", "none", "zero", "too high"])
@pytest.mark.parametrize("parallel", [1, 3, 8])
@pytest.mark.parametrize("rows", [0, 500, 1_500, 2_900])
def test_what_is_left_is_read_when_a_scan_goes_on_after_a_cut(
    rows: int, parallel: int, claim: str
) -> None:
    server = Server(collection_of(random_ids(3_000), CLAIMS[claim]))
    with patch("tap_activecampaign.pagination.keyset.wait", server.wait):
        first = server.scan()
        passed_on, left = left_when_cut(first, rows)
    second = Server(server.collection)
    before = server.collection.requests
    rows_left = None if first.total is None else max(first.total - first.received, 0)
    passed_on += second.read(second.scan(parallel=parallel, ranges=left, expected_rows=rows_left))
    assert sorted(passed_on) == server.collection.ids
    assert server.collection.requests - before <= (3_000 - rows) / 100 + 2 * PARALLEL
    assert second.most_in_flight <= parallel


def test_a_long_range_that_is_left_is_read_by_all_when_the_others_are_done() -> None:
    ranges = [IdRange(10, 20), IdRange(30, 40), IdRange(50, 20_000), IdRange(30_000)]
    server = Server(collection_of(range(1, 30_001), CLAIMS["none"]))
    assert len(server.read(server.scan(ranges=ranges))) == 2 * 9 + 19_949
    assert server.rounds <= 200 / PARALLEL + 6


@pytest.mark.parametrize("claim", sorted(CLAIMS))
@pytest.mark.parametrize("cap", [20, 50])
def test_no_row_is_lost_when_the_server_caps_its_pages(cap: int, claim: str) -> None:
    server = Server(collection_of(random_ids(730), CLAIMS[claim], cap=cap))
    assert sorted(server.read(server.scan(parallel=4))) == server.collection.ids


@pytest.mark.parametrize("parallel", [1, 8])
def test_the_scan_stops_when_the_server_ignores_the_keyset(parallel: int) -> None:
    collection = MovingCollection(300)
    source = KeysetSource(
        lambda _after, offset: collection.by_offset(offset, 100),
        lambda: collection.by_offset(0, 1),
        key,
    )
    scan = KeysetScan(source, parallel=parallel)
    passed_on: list[int] = []
    with pytest.raises(KeysetIgnoredError):
        passed_on.extend(key(row) for rows in scan for row in rows)
    assert passed_on[:100] == collection.ids[:100]
    met = [row_id for row_id in collection.ids if scan.was_passed_on({"id": row_id})]
    assert met == sorted(passed_on)
