"""The account's limits: requests in a sliding window."""

from __future__ import annotations

import math
import threading
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class SlidingWindow:
    """At most so many acceptances in any stretch of time.

    Args:
        most: acceptances in a window; None for no limit.
        seconds: length of the window.
        clock: where the time comes from.
    """

    def __init__(self, most: int | None, seconds: float, clock: Callable[[], float]) -> None:
        self.most = most
        self._seconds = seconds
        self._clock = clock
        self._accepted: deque[float] = deque()
        self._lock = threading.Lock()

    def accept(self) -> tuple[bool, int, int]:
        """Take one if there is room.

        Returns:
            Whether it was accepted, how many more would be, and the whole seconds to wait
            before there is room (at least 1).
        """
        if self.most is None:
            return True, 1_000_000, 1
        with self._lock:
            now = self._clock()
            while self._accepted and self._accepted[0] <= now - self._seconds:
                self._accepted.popleft()
            room = self.most - len(self._accepted)
            if room <= 0:
                wait = self._accepted[0] + self._seconds - now
                return False, 0, max(1, math.ceil(wait))
            self._accepted.append(now)
            return True, room - 1, 1
