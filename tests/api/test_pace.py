"""The pace, told the time: all but one test wait for nothing."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_activecampaign.api import ApiSettings, pace_for
from tap_activecampaign.api.pace import LocalStarts, Pace, Schedule

PER_SECOND = 5
SECONDS = st.floats(min_value=0, max_value=3, allow_nan=False)


def _starts(schedule: Schedule, delays: list[float], *, began: float = 0.0) -> list[float]:
    """Return when requests start, each asked for and woken up as late as `delays` say."""
    now, starts = began, []
    for delay in delays:
        now += delay
        while wait := schedule.seconds_until_start(now):
            now += wait
        starts.append(now)
    return starts


@given(st.lists(SECONDS | st.floats(min_value=0, max_value=0.05), min_size=6, max_size=60))
def test_any_six_starts_span_a_second_whatever_the_jitter(delays: list[float]) -> None:
    starts = _starts(Schedule(PER_SECOND, catch_up=1.0), delays)
    assert all(
        six[-1] - six[0] >= 1.0 for six in zip(*(starts[n:] for n in range(6)), strict=False)
    )


@given(
    st.integers(min_value=1, max_value=50),
    st.lists(st.floats(min_value=0, max_value=0.3), min_size=51, max_size=120),
    st.sampled_from([0.01, 0.5, 1.0]),
)
def test_a_second_never_holds_more_starts_than_permitted(
    rate: int, delays: list[float], catch_up: float
) -> None:
    starts = _starts(Schedule(rate, catch_up=catch_up), delays)
    for first, later in zip(starts, starts[rate:], strict=False):
        assert later - first >= 1.0


@pytest.mark.parametrize("rate", [1, 5, 50])
def test_starts_are_evenly_spaced_at_nearly_the_permitted_rate_when_nobody_is_late(
    rate: int,
) -> None:
    starts = _starts(Schedule(rate), [0.0] * (10 * rate + 1))
    gaps = [later - first for first, later in pairwise(starts)]
    assert max(gaps) == pytest.approx(min(gaps))
    assert 1.0 / rate < gaps[0] < 1.02 / rate


@pytest.mark.parametrize(
    ("late_seconds", "catch_up"), [(0.0015, 0.01), (0.05, 0.5), (0.1, 0.5), (0.15, 1.0)]
)
def test_as_much_lateness_as_it_is_told_to_is_made_up_for(
    late_seconds: float, catch_up: float
) -> None:
    late = [late_seconds if n % 2 else 0.0 for n in range(101)]
    starts = _starts(Schedule(PER_SECOND, catch_up=catch_up), late)
    in_time = _starts(Schedule(PER_SECOND), [0.0] * 101)
    assert starts[-1] == pytest.approx(in_time[-1], abs=late_seconds + 1e-6)


def test_a_pause_is_not_made_up_for() -> None:
    starts = _starts(Schedule(PER_SECOND, catch_up=1.0), [0.0, 60.0, *[0.0] * 10])
    gaps = [later - first for first, later in pairwise(starts[1:])]
    assert min(gaps) > 0.15
    assert sum(gaps) > (len(gaps) - 1) * 0.2


@given(
    st.lists(st.floats(min_value=0, max_value=0.5), min_size=1, max_size=20),
    st.lists(st.floats(min_value=0, max_value=0.5), min_size=1, max_size=20),
    st.floats(min_value=0, max_value=300),
)
def test_nothing_starts_too_early_after_a_429(
    before: list[float], after: list[float], wait_seconds: float
) -> None:
    schedule = Schedule(PER_SECOND)
    now = _starts(schedule, before)[-1]
    schedule.limit_reached(now, wait_seconds)
    assert min(_starts(schedule, after, began=now)) >= now + wait_seconds


def test_a_429_before_the_first_start_holds_back_too() -> None:
    schedule = Schedule(PER_SECOND)
    schedule.limit_reached(10.0, 2.0)
    assert schedule.seconds_until_start(10.5) == pytest.approx(1.5)


def test_a_shorter_wait_does_not_cut_a_longer_one_short() -> None:
    schedule = Schedule(PER_SECOND)
    schedule.limit_reached(0.0, 5.0)
    schedule.limit_reached(0.1, 1.0)
    assert schedule.seconds_until_start(2.0) == pytest.approx(3.0)


def test_a_429_that_is_the_only_one_in_a_while_does_not_slow_down() -> None:
    schedule = Schedule(PER_SECOND)
    permitted = 1 / PER_SECOND
    for overrun in range(3):
        schedule.limit_reached(overrun * 100.0, 1.0)
        assert schedule.interval_seconds < permitted * 1.05
        for _ in range(50):
            schedule.answered()


def test_rate_falls_once_for_all_requests_of_one_overrun() -> None:
    schedule = Schedule(PER_SECOND)
    permitted = schedule.interval_seconds
    for moment in (0.0, 0.1, 0.2, 0.9):
        schedule.limit_reached(moment, 1.0)
    assert schedule.interval_seconds == pytest.approx(permitted, rel=0.02)
    for moment in (2.0, 2.1, 2.9):
        schedule.limit_reached(moment, 1.0)
    assert schedule.interval_seconds == pytest.approx(permitted / 0.8, rel=0.03)
    schedule.limit_reached(4.0, 1.0)
    assert schedule.interval_seconds == pytest.approx(permitted / 0.8**2, rel=0.04)


def test_spacing_keeps_a_little_wider_after_each_overrun_and_has_a_bound() -> None:
    schedule = Schedule(PER_SECOND)
    intervals = []
    for overrun in range(10):
        intervals.append(schedule.interval_seconds)
        schedule.limit_reached(overrun * 100.0, 1.0)
        for _ in range(400):
            schedule.answered()
    assert intervals == sorted(intervals)
    assert intervals[0] < intervals[1]
    assert intervals[-1] < 1.05 / PER_SECOND


def test_rate_never_falls_below_a_tenth() -> None:
    schedule = Schedule(PER_SECOND)
    permitted = schedule.interval_seconds
    for moment in range(100):
        schedule.limit_reached(moment * 10.0, 1.0)
    assert schedule.interval_seconds == pytest.approx(permitted * 10, rel=0.05)


def test_rate_recovers_with_good_answers_and_stops_at_the_permitted_rate() -> None:
    schedule = Schedule(PER_SECOND)
    permitted = 1.05 / PER_SECOND
    for moment in (0.0, 2.0):
        schedule.limit_reached(moment, 1.0)
    intervals = []
    for _ in range(400):
        schedule.answered()
        intervals.append(schedule.interval_seconds)
    assert intervals == sorted(intervals, reverse=True)
    assert intervals[0] > permitted
    assert intervals[-1] < permitted


def test_pace_counts_by_the_clock_it_is_given() -> None:
    now = 100.0
    pace = Pace(LocalStarts(PER_SECOND, clock=lambda: now))
    pace.wait()
    now += 0.25
    pace.wait()
    pace.answered()


def test_first_come_is_first_served() -> None:
    pace = Pace(LocalStarts(1000))
    served: list[int] = []

    def wait(number: int) -> None:
        pace.wait()
        served.append(number)

    pace.limit_reached(0.3)
    with ThreadPoolExecutor(6) as threads:
        for number in range(6):
            threads.submit(wait, number)
            time.sleep(0.01)
    assert served == list(range(6))


def test_a_retry_goes_before_those_that_wait() -> None:
    pace = Pace(LocalStarts(1000))
    served: list[str] = []

    def wait(name: str, *, is_retry: bool) -> None:
        pace.wait(is_retry=is_retry)
        served.append(name)

    pace.limit_reached(0.3)
    with ThreadPoolExecutor(3) as threads:
        for name in ("first", "second"):
            threads.submit(wait, name, is_retry=False)
            time.sleep(0.02)
        threads.submit(wait, "retry", is_retry=True)
    assert served == ["retry", "first", "second"]


def test_one_account_has_one_pace_whatever_the_token() -> None:
    def settings(account: str, token: str) -> ApiSettings:
        return ApiSettings(f"https://{account}.example.com/api/3/", token, "tests")

    assert pace_for(settings("one", "a")) is pace_for(settings("one", "b"))
    assert pace_for(settings("one", "a")) is not pace_for(settings("two", "a"))
