"""Which requests are sent again, how often, and after how long."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_activecampaign.api import RateLimitedError, RetriableError, ServerFaultError
from tap_activecampaign.api.errors import BrokenAnswerError, PassingDenialError, UnreachableError
from tap_activecampaign.api.retries import retry_after_seconds, seconds_before_retry, waits

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("1", 1.0),
        ("0", 0.0),
        ("2.5", 2.5),
        ("-3", 0.0),
        ("299", 299.0),
        ("86400", 300.0),
        ("inf", 300.0),
        ("nan", None),
        ("soon", None),
        ("Sun, 01 Mar 2026 12:00:07 GMT", 7.0),
        ("Sun, 01 Mar 2026 09:00:07 -0300", 7.0),
        ("Sun, 01 Mar 2026 11:59:00 GMT", 0.0),
        ("Mon, 02 Mar 2026 12:00:00 GMT", 300.0),
        ("Sun, 41 Mar 2026 12:00:07 GMT", None),
    ],
)
def test_retry_after_is_read(header: str | None, seconds: float | None) -> None:
    assert retry_after_seconds(header, now=NOW) == seconds


@given(st.text(max_size=40))
def test_retry_after_is_never_more_than_five_minutes_nor_an_error(header: str) -> None:
    seconds = retry_after_seconds(header, now=NOW)
    assert seconds is None or 0 <= seconds <= 300


@given(st.integers(min_value=-10_000, max_value=10_000))
def test_retry_after_as_a_date_is_the_time_until_then(seconds: int) -> None:
    header = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)
    assert retry_after_seconds(header, now=NOW) == min(max(seconds, 0), 300)


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (RateLimitedError("busy"), 1.0),
        (RateLimitedError("busy", retry_after_seconds=3.0), 3.0),
        (RateLimitedError("busy", retry_after_seconds=0.0), 0.0),
        (ServerFaultError("failed", retry_after_seconds=7.0), 7.0),
    ],
)
def test_wait_is_what_the_server_asked_for(error: RetriableError, seconds: float) -> None:
    assert [seconds_before_retry(error, retry) for retry in (0, 5)] == [seconds, seconds]


@pytest.mark.parametrize("kind", [ServerFaultError, BrokenAnswerError, UnreachableError])
def test_wait_grows_to_a_minute_with_jitter(kind: type[RetriableError]) -> None:
    error = kind("failed")
    longest = [seconds_before_retry(error, retry, random_share=lambda: 1.0) for retry in range(9)]
    shortest = [seconds_before_retry(error, retry, random_share=lambda: 0.0) for retry in range(9)]
    assert longest == [0.5, 1, 2, 4, 8, 16, 32, 60, 60]
    assert shortest == [one / 2 for one in longest]
    spread = {seconds_before_retry(error, 3) for _ in range(20)}
    assert len(spread) > 1
    assert all(2 <= one <= 4 for one in spread)


def _tries(error: RetriableError, *, max_retries: int = 8, repeatable: bool = True) -> int:
    """Return how often a request is sent that always fails in the same way."""
    generator = waits(max_retries, repeatable=repeatable)
    next(generator)
    tries = 1
    try:
        while True:
            generator.send(error)
            tries += 1
    except StopIteration:
        return tries


@pytest.mark.parametrize(
    ("error", "repeatable", "tries"),
    [
        (ServerFaultError("failed"), True, 9),
        (BrokenAnswerError("cut"), True, 9),
        (UnreachableError("lost"), True, 9),
        (RateLimitedError("busy", may_have_happened=False), True, 9),
        (PassingDenialError("denied", may_have_happened=False), True, 5),
        # What may have happened is not done twice.
        (ServerFaultError("failed"), False, 1),
        (BrokenAnswerError("cut"), False, 1),
        (UnreachableError("lost"), False, 1),
        # What has certainly not happened may be.
        (UnreachableError("refused", may_have_happened=False), False, 9),
        (RateLimitedError("busy", may_have_happened=False), False, 9),
        (PassingDenialError("denied", may_have_happened=False), False, 5),
    ],
)
def test_request_is_sent_so_often(error: RetriableError, *, repeatable: bool, tries: int) -> None:
    assert _tries(error, repeatable=repeatable) == tries


@pytest.mark.parametrize("max_retries", [0, 1, 3])
def test_request_is_repeated_at_most_as_often_as_set(max_retries: int) -> None:
    assert _tries(ServerFaultError("failed"), max_retries=max_retries) == max_retries + 1
    assert _tries(PassingDenialError("denied"), max_retries=max_retries) == max_retries + 1
