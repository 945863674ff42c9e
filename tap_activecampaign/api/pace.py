"""The pace: how many requests a second an account may get from this process.

ActiveCampaign allows five requests a second per account, whatever the key
(https://developers.activecampaign.com/reference/rate-limits). Requests are spaced evenly rather
than sent in bursts, because a burst that arrives a little late or early is answered 429.
"""

from __future__ import annotations

import functools
import threading
import time
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# Share of the permitted rate that is used: six requests must never arrive within one second,
# though the network delays each of them differently. A 429 shows that the delays differ more.
_USED_SHARE = 0.985
_LEAST_USED_SHARE = 0.965
_LESS_AFTER_OVERRUN = 0.01
# How late a request may start without delaying those after it, in intervals.
_CATCH_UP = 0.01
# After a 429 that is not the only one in a while the rate falls to this share, and each good answer
# gives back a part of the rest.
_SLOW_DOWN = 0.8
_RECOVERY = 0.02
_SLOWEST_SHARE = 0.1
_ANSWERS_IN_A_WHILE = 50


class Schedule:
    """Decide when the next request may start. Pure: it is told the time.

    Args:
        requests_per_second: The permitted rate.
    """

    def __init__(self, requests_per_second: float) -> None:
        self._requests_per_second = requests_per_second
        self._used_share = _USED_SHARE
        self._share = 1.0
        self._next_start: float | None = None
        self._overrun_until = float("-inf")
        self._answers_since_overrun = _ANSWERS_IN_A_WHILE

    @property
    def interval_seconds(self) -> float:
        """Seconds between two requests at the present rate."""
        return 1 / (self._requests_per_second * self._used_share * self._share)

    def seconds_until_start(self, now: float) -> float:
        """Return how long to wait, or 0.0 after taking the place at `now`.

        Args:
            now: Time in seconds of a clock that never goes back.
        """
        if self._next_start is None:
            self._next_start = now
        if now < self._next_start:
            return self._next_start - now
        interval = self.interval_seconds
        self._next_start = max(self._next_start, now - interval * _CATCH_UP) + interval
        return 0.0

    def limit_reached(self, now: float, wait_seconds: float) -> None:
        """Note a 429: nothing starts for `wait_seconds`.

        The rate falls too, unless this is the first 429 in a while: one may come from a request
        that was late on its way, several mean that others use the account as well. Requests that
        were in flight together report the same overrun and count once.
        """
        if now >= self._overrun_until:
            if self._answers_since_overrun < _ANSWERS_IN_A_WHILE:
                self._share = max(self._share * _SLOW_DOWN, _SLOWEST_SHARE)
            self._used_share = max(self._used_share - _LESS_AFTER_OVERRUN, _LEAST_USED_SHARE)
            self._answers_since_overrun = 0
            self._overrun_until = now + max(wait_seconds, 1.0)
        self._next_start = max(self._next_start or now, now + wait_seconds)

    def answered(self) -> None:
        """Note a request within the limit: the rate rises a little, up to what is permitted."""
        self._answers_since_overrun += 1
        self._share = min(1.0, self._share + _RECOVERY * (1.0 - self._share) + _RECOVERY / 10)


class Pace:
    """Hold back requests so that an account gets no more than it permits. Thread-safe.

    Args:
        requests_per_second: The permitted rate.
        clock: A clock that never goes back, in seconds.
    """

    def __init__(
        self,
        requests_per_second: float,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._schedule = Schedule(requests_per_second)
        self._changed = threading.Condition()
        self._clock = clock
        self._queue: deque[object] = deque()

    def wait(self, *, is_retry: bool = False) -> None:
        """Return when the next request may be sent. First come, first served.

        Args:
            is_retry: Whether the request was sent before. It goes first, because whoever reads
                pages in order waits for it.
        """
        ticket = object()
        with self._changed:
            if is_retry:
                self._queue.appendleft(ticket)
                self._changed.notify_all()
            else:
                self._queue.append(ticket)
            try:
                while True:
                    if self._queue[0] is not ticket:
                        self._changed.wait()
                    elif seconds := self._schedule.seconds_until_start(self._clock()):
                        self._changed.wait(seconds)
                    else:
                        return
            finally:
                self._queue.remove(ticket)
                self._changed.notify_all()

    def limit_reached(self, wait_seconds: float) -> None:
        """Hold everything back for `wait_seconds`, because the server answered 429."""
        with self._changed:
            self._schedule.limit_reached(self._clock(), wait_seconds)

    def answered(self) -> None:
        """Note an answer within the limit."""
        with self._changed:
            self._schedule.answered()


@functools.cache
def shared_pace(base_url: str, requests_per_second: float) -> Pace:
    """Return the one pace of this process for an account."""
    del base_url
    return Pace(requests_per_second)
