"""Turns of processes that share an account, told the time: nothing waits."""

from __future__ import annotations

import heapq
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_activecampaign.api.turns import MEMBER_SECONDS, AccountTurns

RATE = 5.0
EVEN_SECONDS = 1 / RATE
# Several processes leave a little of the rate unused.
USED = 0.95


@dataclass
class Queue:
    """Processes that ask, wait as long as they are told, and ask again.

    Attributes:
        late: Seconds by which a process wakes up late, in turn.
        dies_at: When a process stops asking, by its name.
        pauses: Seconds between a start and the next request, by name.
        retries: Names of processes whose requests are all repeated ones.
    """

    late: list[float] = field(default_factory=lambda: [0.0])
    dies_at: dict[str, float] = field(default_factory=dict)
    pauses: dict[str, float] = field(default_factory=dict)
    retries: frozenset[str] = frozenset()
    turns: AccountTurns = field(default_factory=AccountTurns)
    asked: int = 0

    def run(self, names: str, until: float, *, began: float = 1000.0) -> list[tuple[float, str]]:
        """Return who starts when, in seconds since the beginning."""
        due = [(began, name) for name in names]
        started = []
        while due:
            now, name = heapq.heappop(due)
            if now >= began + min(until, self.dies_at.get(name, until)):
                continue
            wait = self.ask(name, now)
            if wait == 0.0:
                started.append((now - began, name))
                wait = self.pauses.get(name, 0.0)
            late = self.late[self.asked % len(self.late)] if wait else 0.0
            heapq.heappush(due, (now + wait + late, name))
        return started

    def ask(self, name: str, now: float) -> float:
        """Ask through what is stored, as each process does."""
        self.asked += 1
        self.turns = AccountTurns.from_text(self.turns.to_text())
        return self.turns.ask(
            name, now, requests_per_second=RATE, is_retry=name in self.retries
        ).wait_seconds


def times_of(started: list[tuple[float, str]]) -> list[float]:
    return [time for time, _ in started]


@pytest.mark.parametrize("names", ["a", "ab", "abcd", "abcdefghijkl"])
def test_starts_are_even_and_nearly_as_many_as_permitted_however_many_processes_ask(
    names: str,
) -> None:
    started = times_of(Queue().run(names, 20))
    gaps = [later - first for first, later in pairwise(started)]
    assert max(gaps) == pytest.approx(min(gaps), rel=0.1)
    assert len(started) >= 20 * RATE * USED


@pytest.mark.parametrize("names", ["ab", "abcd", "abcdefghijkl"])
def test_busy_processes_get_much_the_same(names: str) -> None:
    counts = Counter(name for _, name in Queue().run(names, 24))
    assert max(counts.values()) - min(counts.values()) <= 2


@pytest.mark.slow
@given(
    st.sampled_from(["a", "ab", "abcd", "abcdefgh"]),
    st.lists(st.floats(min_value=0, max_value=0.3), min_size=1, max_size=20),
)
def test_a_second_never_holds_more_starts_than_permitted_however_late_processes_wake_up(
    names: str, late: list[float]
) -> None:
    started = times_of(Queue(late=late).run(names, 6))
    for first, later in zip(started, started[int(RATE) :], strict=False):
        assert later - first >= 1.0


def test_a_process_that_dies_costs_the_others_two_starts_at_most() -> None:
    queue = Queue(dies_at={"b": 10.0})
    started = queue.run("abcd", 20)
    assert max(later - first for first, later in pairwise(times_of(started))) < 3 * EVEN_SECONDS
    after = [time for time, _ in started if time >= 10.0]
    assert len(after) >= 10 * RATE * USED - 2


def test_all_but_one_die_at_once_and_the_last_goes_on_at_the_full_rate() -> None:
    started = Queue(dies_at=dict.fromkeys("abcdefg", 10.0)).run("abcdefgh", 30)
    after = [time for time, _ in started if time >= 12.0]
    assert {name for time, name in started if time >= 10.0} == {"h"}
    assert len(after) >= 18 * RATE * USED - 1


def test_what_a_slow_process_leaves_is_taken_by_the_others() -> None:
    started = Queue(pauses={"a": 2.0}).run("abc", 20)
    counts = Counter(name for _, name in started)
    assert len(started) >= 20 * RATE * USED
    assert counts["a"] >= 20 / (2.0 + 3.5 * EVEN_SECONDS)
    assert abs(counts["b"] - counts["c"]) <= 1


def test_a_repeated_request_goes_before_the_others_of_every_process() -> None:
    queue = Queue()
    queue.run("abcd", 1)
    now = 1001.0
    for name in "abcd":
        queue.ask(name, now)
    queue.retries = frozenset("e")
    wait = queue.ask("e", now)
    assert wait <= 1.1 * EVEN_SECONDS
    assert queue.ask("e", now + wait) == 0.0


def test_repeated_requests_go_in_the_order_in_which_they_come() -> None:
    queue = Queue(retries=frozenset("xy"))
    assert queue.ask("a", 0.0) == 0.0
    assert queue.ask("a", 0.0) < queue.ask("b", 0.0)
    x, y = queue.ask("x", 0.0), queue.ask("y", 0.0)
    assert x == pytest.approx(EVEN_SECONDS, rel=0.02)
    assert y == pytest.approx(2 * x, rel=0.02)


def test_a_request_that_is_repeated_takes_its_process_to_the_front() -> None:
    queue = Queue()
    assert queue.ask("a", 0.0) == 0.0
    waits = [queue.ask(name, 0.0) for name in "abc"]
    queue.retries = frozenset("c")
    assert queue.ask("c", 0.0) == waits[0]


@given(st.floats(min_value=0, max_value=300), st.sampled_from(["a", "abcd"]))
def test_a_429_holds_back_every_process(wait_seconds: float, names: str) -> None:
    queue = Queue()
    queue.run(names, 2)
    queue.turns.limit_reached(1002.0, wait_seconds, requests_per_second=RATE)
    started = times_of(queue.run(names, wait_seconds + 3, began=1002.0))
    assert min(started) >= wait_seconds - 1e-9 * 1002
    assert len(started) >= 3 * RATE * 0.9


def test_answers_make_up_for_a_429_whichever_process_gets_them() -> None:
    turns = AccountTurns()
    for now in (0.0, 2.0):
        turns.limit_reached(now, 1.0, requests_per_second=RATE)
    slow = turns.schedule.slow_share
    turns.ask("a", 3.0, requests_per_second=RATE, is_retry=False, answers=60)
    turns.ask("b", 3.0, requests_per_second=RATE, is_retry=False, answers=60)
    assert slow < turns.schedule.slow_share == 1.0


def test_the_lowest_rate_of_all_counts() -> None:
    turns = AccountTurns()
    for name, rate in (("a", 5.0), ("b", 2.0)):
        turns.ask(name, 0.0, requests_per_second=rate, is_retry=False)
    assert turns.ask("b", 0.6, requests_per_second=2.0, is_retry=False).wait_seconds == 0.0
    assert turns.ask("a", 0.6, requests_per_second=5.0, is_retry=False).wait_seconds > 0.75 * 0.5


def test_processes_are_counted_until_they_have_not_been_heard_of_for_a_while() -> None:
    turns = AccountTurns()

    def count(name: str, now: float) -> int:
        return turns.ask(name, now, requests_per_second=RATE, is_retry=False).processes

    assert [count("a", 0.0), count("b", 0.1), count("a", 0.2)] == [1, 2, 2]
    assert count("a", MEMBER_SECONDS - 1) == 2
    assert count("a", MEMBER_SECONDS * 2) == 1


def test_a_process_that_waits_for_long_is_still_counted() -> None:
    turns = AccountTurns()
    turns.limit_reached(0.0, 300.0, requests_per_second=RATE)
    turns.ask("a", 0.0, requests_per_second=RATE, is_retry=False)
    assert turns.ask("b", 299.0, requests_per_second=RATE, is_retry=False).processes == 2


@given(st.floats(min_value=1, max_value=1e6))
def test_a_clock_that_is_set_back_holds_nobody_back(seconds: float) -> None:
    queue = Queue()
    queue.run("ab", 3, began=2e6)
    started = times_of(queue.run("ab", 3, began=2e6 + 3 - seconds))
    assert started[0] <= 2 * EVEN_SECONDS
    assert len(started) >= 3 * RATE * 0.9


@given(st.text() | st.sampled_from(["{}", "[]", "null", '{"written_at":0}']))
def test_what_something_else_has_stored_is_a_new_account(text: str) -> None:
    assert AccountTurns.from_text(text) == AccountTurns()


@given(st.sampled_from(["a", "abc"]), st.floats(min_value=0, max_value=5))
def test_what_is_stored_is_read_as_it_was(names: str, seconds: float) -> None:
    queue = Queue()
    queue.run(names, seconds)
    assert AccountTurns.from_text(queue.turns.to_text()) == queue.turns
