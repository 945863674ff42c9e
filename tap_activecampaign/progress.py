"""Telling how far a long stream has come."""

from __future__ import annotations

import enum
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_SECONDS_BETWEEN_REPORTS = 10.0


class ProgressMetric(str, enum.Enum):
    """Names of the metrics that a long stream gives while it runs."""

    ROWS_READ = "rows_read"
    ROWS_EXPECTED = "rows_expected"
    ROWS_PER_SECOND = "rows_per_second"
    SECONDS_LEFT = "seconds_left"


@dataclass(frozen=True)
class Report:
    """How far a stream has come.

    Attributes:
        rows: Rows read so far.
        expected: Rows there are, if known.
        rows_per_second: Since the last report.
    """

    rows: int
    expected: int | None
    rows_per_second: float

    @property
    def seconds_left(self) -> float | None:
        """How long it will take, if that can be told."""
        if self.expected is None or self.rows_per_second <= 0:
            return None
        return max(self.expected - self.rows, 0) / self.rows_per_second

    def values(self) -> dict[ProgressMetric, float]:
        """Return what is known as metrics."""
        known = {
            ProgressMetric.ROWS_READ: self.rows,
            ProgressMetric.ROWS_EXPECTED: self.expected,
            ProgressMetric.ROWS_PER_SECOND: round(self.rows_per_second, 1),
            ProgressMetric.SECONDS_LEFT: self.seconds_left and round(self.seconds_left),
        }
        return {metric: value for metric, value in known.items() if value is not None}

    def __str__(self) -> str:
        speed = f"{self.rows_per_second:,.0f} rows a second"
        if not self.expected:
            return f"{self.rows:,} rows, {speed}"
        share = min(self.rows / self.expected, 1.0)
        left = self.seconds_left
        ending = "" if left is None else f", about {_duration(left)} left"
        return f"{self.rows:,} of {self.expected:,} rows ({share:.0%}), {speed}{ending}"


class Progress:
    """Say now and then how far a stream has come.

    Args:
        clock: A clock that never goes back, in seconds.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last = clock()
        self._rows_then = 0

    def at(self, rows: int, expected: int | None) -> Report | None:
        """Return a report if ten seconds have passed since the last one."""
        now = self._clock()
        elapsed = now - self._last
        if elapsed < _SECONDS_BETWEEN_REPORTS:
            return None
        report = Report(rows, expected, (rows - self._rows_then) / elapsed)
        self._last, self._rows_then = now, rows
        return report


def _duration(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {seconds:02} s" if minutes else f"{seconds} s"
