"""Which requests are sent again, how often, and after how long. Everything here is pure."""

from __future__ import annotations

import random
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from tap_activecampaign.api.errors import (
    PassingDenialError,
    RateLimitedError,
    RetriableError,
    ServerFaultError,
    UnreachableError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

_FIRST_WAIT_SECONDS = 0.5
_LONGEST_WAIT_SECONDS = 60.0
_LONGEST_RETRY_AFTER_SECONDS = 300.0
# A permission that is missing stays missing: believed after this many tries, within seconds.
_DENIAL_RETRIES = 4
# So many repetitions tell a server that cannot do it from one that failed once.
_FAILURES_OF_TOO_MUCH = 1
# A wait that the server did not ask for, after a 429 without Retry-After.
_DEFAULT_LIMIT_WAIT_SECONDS = 1.0


def retry_after_seconds(header: str | None, *, now: datetime | None = None) -> float | None:
    """Read a ``Retry-After`` header.

    Args:
        header: Whole or decimal seconds, or an HTTP date; None when the answer had none.
        now: The present time, for dates.

    Returns:
        Seconds to wait, between 0 and five minutes; None when there is nothing to read.
    """
    if not header:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            moment = parsedate_to_datetime(header)
        except ValueError:
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=timezone.utc)
        seconds = (moment - (now or datetime.now(timezone.utc))).total_seconds()
    if seconds != seconds:  # noqa: PLR0124 - only NaN differs from itself
        return None
    return min(max(seconds, 0.0), _LONGEST_RETRY_AFTER_SECONDS)


def seconds_before_retry(
    error: RetriableError,
    retry: int,
    *,
    random_share: Callable[[], float] = random.random,
) -> float:
    """Return how long to wait before sending a request again.

    Args:
        error: Why the last try failed.
        retry: 0 for the first repetition.
        random_share: Returns a number from 0 to 1; spreads callers that failed together.

    Returns:
        What the server asked for, else an exponentially growing wait with jitter, in seconds.
    """
    if error.retry_after_seconds is not None:
        return error.retry_after_seconds
    if isinstance(error, RateLimitedError):
        return _DEFAULT_LIMIT_WAIT_SECONDS
    longest: float = min(_FIRST_WAIT_SECONDS * 2**retry, _LONGEST_WAIT_SECONDS)
    return longest * (0.5 + 0.5 * random_share())


def waits(
    max_retries: int, *, repeatable: bool, may_ask_too_much: bool = False
) -> Generator[float, RetriableError, None]:
    """Yield the waits of one request, for the `backoff` library; ends when it must not be repeated.

    Args:
        max_retries: How often a request is repeated at most.
        repeatable: Whether sending the request twice does no more than sending it once.
        may_ask_too_much: Whether a server that fails may do so because of what is asked for.
    """
    failures = 0
    error = yield 0.0
    for retry in range(max_retries):
        # A server that was not reached, or asks to wait, did not try.
        did_try = isinstance(error, (ServerFaultError, UnreachableError))
        failures += did_try and error.may_have_happened
        if may_ask_too_much and failures > _FAILURES_OF_TOO_MUCH:
            return
        if isinstance(error, PassingDenialError) and retry >= _DENIAL_RETRIES:
            return
        if error.may_have_happened and not repeatable:
            return
        error = yield seconds_before_retry(error, retry)
