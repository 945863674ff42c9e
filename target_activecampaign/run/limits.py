"""How much waits, and for how long."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from target_activecampaign.delivery.imports import LONGEST_IMPORT_SECONDS, MOST_CONTACTS

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class RunLimits:
    """Bounds of a run.

    Attributes:
        most_queued: Orders of one drain: by default as many as twenty imports carry.
        longest_queued_seconds: How long the first of them waits.
        longest_import_seconds: How long to wait for imports of which none ends.
        most_contacts_per_import: Contacts of one import.
    """

    most_queued: int = 5000
    longest_queued_seconds: float = 60.0
    longest_import_seconds: float = LONGEST_IMPORT_SECONDS
    most_contacts_per_import: int = MOST_CONTACTS


class DrainTimer:
    """Says when a queue is due: when it holds much, or its first entry has waited long.

    Args:
        limits: How much and how long.
        clock: A clock that never goes back, in seconds.
    """

    def __init__(self, limits: RunLimits, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._clock = clock
        self._queued = 0
        self._since = 0.0

    def queued(self) -> None:
        """Note one more entry."""
        if not self._queued:
            self._since = self._clock()
        self._queued += 1

    def drained(self) -> None:
        """Note that the queue is empty."""
        self._queued = 0

    @property
    def is_full(self) -> bool:
        """Whether the queue holds as much as it may."""
        return self._queued >= self._limits.most_queued

    def seconds_left(self) -> float | None:
        """Return after how many seconds the queue is due (0.0: now), or None if it is empty."""
        if not self._queued:
            return None
        if self.is_full:
            return 0.0
        return max(self._since + self._limits.longest_queued_seconds - self._clock(), 0.0)
