"""How far the inbox has been read, and which ids below that are still to come. Pure.

A PostgreSQL sequence hands out ids before their transactions commit, so a lower id may become
visible after a higher one. Each id that was missing between two others is looked for again in the
next runs, until no transaction can hold it any more; an id that was rolled back never comes.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

# Far longer than a transaction of the inbox can take: its statements end after ten seconds.
_LATE: Final = timedelta(minutes=10)
# Clocks of receivers and of this machine may differ.
_RECENT: Final = timedelta(hours=2)
_MOST_MISSING: Final = 2_000


class MissingIds:
    """Ids that may still become visible.

    Args:
        state: As `to_state` returned it in an earlier run; anything else counts as nothing.
        now: The present time.
    """

    def __init__(self, state: Any, now: datetime) -> None:
        self._now = now
        self._until: dict[int, datetime] = {}
        for gap in state if isinstance(state, list) else ():
            for number, until in _ids_in(gap):
                if until > now:
                    self._until[number] = until

    @property
    def ids(self) -> list[int]:
        """The ids, in order."""
        return sorted(self._until)

    def found(self, number: int) -> None:
        """Note that an id has come."""
        self._until.pop(number, None)

    def add_gap(self, before: int, after: int, received_at: datetime) -> None:
        """Note the ids between two neighbours.

        Args:
            before: An id, or 0.
            after: The next id that is visible.
            received_at: When that one was received. Beside an old one nothing is under way.
        """
        if after - before <= 1 or received_at < self._now - _RECENT:
            return
        room = _MOST_MISSING - len(self._until)
        for number in range(max(before + 1, after - room), after):
            self._until[number] = self._now + _LATE

    def to_state(self) -> list[dict[str, Any]]:
        """Return ranges of ids, each with the time until which they are looked for."""
        gaps: list[dict[str, Any]] = []
        for number in self.ids:
            until = self._until[number].isoformat(timespec="seconds")
            if gaps and gaps[-1]["to"] == number - 1 and gaps[-1]["until"] == until:
                gaps[-1]["to"] = number
            else:
                gaps.append({"from": number, "to": number, "until": until})
        return gaps


def _ids_in(gap: Any) -> Iterator[tuple[int, datetime]]:
    try:
        first, last = int(gap["from"]), int(gap["to"])
        until = datetime.fromisoformat(gap["until"])
    except (KeyError, TypeError, ValueError):
        return
    if until.tzinfo is None:
        until = until.replace(tzinfo=timezone.utc)
    for number in range(first, min(last, first + _MOST_MISSING) + 1):
        yield number, until
