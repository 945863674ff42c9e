"""What became of postbacks, as counts: a log that says much and names nobody."""

from __future__ import annotations

import logging
import time
from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)

_SECONDS_BETWEEN_LINES: Final = 60.0


class Tally:
    """Counts outcomes and logs them at most once a minute, so that no flood fills the log.

    Args:
        clock: Seconds that only go forward.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._counts: Counter[str] = Counter()
        self._logged_at: float | None = None

    def count(self, outcome: str) -> None:
        """Count an outcome; the first one is logged at once."""
        self._counts[outcome] += 1
        self.log_if_due()

    def log_if_due(self) -> None:
        """Log what has been counted, unless something was logged within the last minute."""
        now = self._clock()
        if self._logged_at is None or now - self._logged_at >= _SECONDS_BETWEEN_LINES:
            self.log()

    def log(self) -> None:
        """Log what has been counted since the last line."""
        if self._counts:
            shown = ", ".join(f"{count} {outcome}" for outcome, count in self._counts.items())
            logger.info("Postbacks: %s.", shown)
            self._counts.clear()
            self._logged_at = self._clock()
