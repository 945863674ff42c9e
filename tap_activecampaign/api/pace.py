"""The pace: how many requests a second an account may get.

ActiveCampaign allows five requests a second per account, whatever the key
(https://developers.activecampaign.com/reference/rate-limits). Requests are spaced evenly rather
than sent in bursts, because a burst that arrives a little late or early is answered 429.

`Schedule` is the arithmetic, `Starts` hands out starts by it, and `Pace` lets the threads of this
process wait their turn. The starts are this process's own (`LocalStarts`), or those that several
processes share (`shared_pace.SharedStarts`).
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

# Share of the permitted rate that is used: six requests must never arrive within one second,
# though the network delays each of them differently. A 429 shows that the delays differ more.
_USED_SHARE = 0.985
_LEAST_USED_SHARE = 0.965
_LESS_AFTER_OVERRUN = 0.01
# How late a request may start without delaying those after it, in intervals. The next ones make up
# for it by starting closer together, though never so that too many start within a second.
_CATCH_UP = 0.01
_CLOSEST = 0.75
# How many starts are remembered for that at most.
_MOST_REMEMBERED = 20
# After a 429 that is not the only one in a while the rate falls to this share, and each good answer
# gives back a part of the rest.
_SLOW_DOWN = 0.8
_RECOVERY = 0.02
_SLOWEST_SHARE = 0.1
_ANSWERS_IN_A_WHILE = 50


@dataclass
class ScheduleState:
    """What a schedule remembers. Times are in seconds of the schedule's clock.

    Attributes:
        used_share: Share of the permitted rate that is used while all goes well.
        slow_share: Share of that which is left after several 429; 1.0 while all goes well.
        next_start: When the next request may start; None before the first.
        starts: The last starts, as many as `Schedule` looks back.
        overrun_until: Until when a 429 belongs to the same overrun; None before the first 429.
        answers_since_overrun: Answers within the limit since the last 429.
    """

    used_share: float = _USED_SHARE
    slow_share: float = 1.0
    next_start: float | None = None
    starts: list[float] = field(default_factory=list)
    overrun_until: float | None = None
    answers_since_overrun: int = _ANSWERS_IN_A_WHILE


class Schedule:
    """Decide when the next request may start. Pure: it is told the time.

    Args:
        requests_per_second: The permitted rate.
        state: Where an earlier schedule of the account ended.
        catch_up: How late a start may be without delaying those after it, in intervals.
    """

    def __init__(
        self,
        requests_per_second: float,
        state: ScheduleState | None = None,
        *,
        catch_up: float = _CATCH_UP,
    ) -> None:
        self._catch_up = catch_up
        self._requests_per_second = requests_per_second
        self.state = state or ScheduleState()
        # So many starts and one more always span so many intervals. It divides the permitted
        # starts of a second, so that what holds for each part holds for the second.
        permitted = math.ceil(requests_per_second)
        self._looks_back = next(
            number for number in range(_MOST_REMEMBERED, 0, -1) if permitted % number == 0
        )

    @property
    def interval_seconds(self) -> float:
        """Seconds between two requests at the present rate."""
        return 1 / (self._requests_per_second * self.state.used_share * self.state.slow_share)

    def seconds_left(self, now: float, *, ahead: int = 0) -> float:
        """Return how long nothing may start yet; 0.0 when the next request may start.

        Args:
            now: Time in seconds of a clock that never goes back.
            ahead: How many others start before.
        """
        state, interval = self.state, self.interval_seconds
        due = now if state.next_start is None else state.next_start + ahead * interval
        recent = state.starts[-self._looks_back :]
        if recent:
            due = max(due, recent[-1] + (ahead + 1) * _CLOSEST * interval)
        if len(recent) == self._looks_back and ahead < len(recent):
            due = max(due, recent[ahead] + self._looks_back * interval)
        return max(0.0, due - now)

    def seconds_until_start(self, now: float) -> float:
        """Return how long to wait, or 0.0 after taking the start at `now`."""
        if seconds := self.seconds_left(now):
            return seconds
        interval = self.interval_seconds
        planned = now if self.state.next_start is None else self.state.next_start
        self.state.next_start = max(planned, now - interval * self._catch_up) + interval
        self.state.starts = [*self.state.starts, now][-self._looks_back :]
        return 0.0

    def limit_reached(self, now: float, wait_seconds: float) -> None:
        """Note a 429: nothing starts for `wait_seconds`.

        The rate falls too, unless this is the first 429 in a while: one may come from a request
        that was late on its way, several mean that others use the account as well. Requests that
        were in flight together report the same overrun and count once.
        """
        state = self.state
        if state.overrun_until is None or now >= state.overrun_until:
            if state.answers_since_overrun < _ANSWERS_IN_A_WHILE:
                state.slow_share = max(state.slow_share * _SLOW_DOWN, _SLOWEST_SHARE)
            state.used_share = max(state.used_share - _LESS_AFTER_OVERRUN, _LEAST_USED_SHARE)
            state.answers_since_overrun = 0
            state.overrun_until = now + max(wait_seconds, 1.0)
        state.next_start = max(state.next_start or now, now + wait_seconds)

    def answered(self) -> None:
        """Note a request within the limit: the rate rises a little, up to what is permitted."""
        state = self.state
        state.answers_since_overrun += 1
        rise = _RECOVERY * (1.0 - state.slow_share) + _RECOVERY / 10
        state.slow_share = min(1.0, state.slow_share + rise)


class Starts(Protocol):
    """Where the starts of requests come from. Used by one thread at a time."""

    def seconds_until_start(self, *, is_retry: bool) -> float:
        """Return how long to wait before asking again, or 0.0 after taking a start.

        Args:
            is_retry: Whether the request was sent before, and goes before all that were not.
        """

    def limit_reached(self, wait_seconds: float) -> None:
        """Note a 429: nothing starts for `wait_seconds`."""

    def answered(self) -> None:
        """Note an answer within the limit."""


class LocalStarts:
    """Starts that this process alone takes.

    Args:
        requests_per_second: The permitted rate.
        clock: A clock that never goes back, in seconds.
        state: How the schedule begins.
    """

    def __init__(
        self,
        requests_per_second: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        state: ScheduleState | None = None,
    ) -> None:
        self._schedule = Schedule(requests_per_second, state)
        self._clock = clock

    def seconds_until_start(self, *, is_retry: bool) -> float:
        """Return how long to wait, or 0.0 after taking a start."""
        del is_retry  # `Pace` has put it before the others of this process.
        return self._schedule.seconds_until_start(self._clock())

    def limit_reached(self, wait_seconds: float) -> None:
        """Note a 429: nothing starts for `wait_seconds`."""
        self._schedule.limit_reached(self._clock(), wait_seconds)

    def answered(self) -> None:
        """Note an answer within the limit."""
        self._schedule.answered()


class Pace:
    """Hold back requests so that an account gets no more than it permits. Thread-safe.

    Args:
        starts: Hands out the starts.
    """

    def __init__(self, starts: Starts) -> None:
        self._starts = starts
        self._changed = threading.Condition()
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
                    elif seconds := self._starts.seconds_until_start(is_retry=is_retry):
                        self._changed.wait(seconds)
                    else:
                        return
            finally:
                self._queue.remove(ticket)
                self._changed.notify_all()

    def limit_reached(self, wait_seconds: float) -> None:
        """Hold everything back for `wait_seconds`, because the server answered 429."""
        with self._changed:
            self._starts.limit_reached(wait_seconds)

    def answered(self) -> None:
        """Note an answer within the limit."""
        with self._changed:
            self._starts.answered()
