"""What a stream's state remembers of full reads and of the trust in the server's order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tap_activecampaign.records.timestamps import parse_utc

_KEY = "newest_first"


@dataclass
class OrderTrust:
    """A few small values in the state of one stream.

    Attributes:
        full_read_at: When the stream was last read whole.
        known_until: Up to which update stamp that full read had all rows.
        rows_are_only_added: Whether ids and stamps were in the same order in the last full read.
        has_unstamped_rows: Whether the last full read met rows without an update stamp.
        trust: ``untried``, ``kept``, ``broken`` (until it is tried again) or ``off`` (for good).
        tried_at: When the newest rows were last asked for first.
        rows: How many rows the server counted then, or in the last full read.
        highest_id: The highest id in the last full read; a row above it was added since, whatever
            its stamp says.
    """

    full_read_at: datetime | None = None
    known_until: datetime | None = None
    rows_are_only_added: bool = False
    has_unstamped_rows: bool = False
    trust: str = "untried"
    tried_at: datetime | None = None
    rows: int | None = None
    highest_id: int | None = None

    @classmethod
    def load(cls, stream_state: dict[str, Any]) -> OrderTrust:
        """Read the memory from a stream's state; what cannot be read is forgotten."""
        stored = stream_state.get(_KEY)
        if not isinstance(stored, dict):
            return cls()
        try:
            full_read_at = parse_utc(stored["full_read_at"])
            known_until = parse_utc(stored["known_until"])
            tried_at = parse_utc(stored["tried_at"]) if stored.get("tried_at") else None
        except (KeyError, TypeError, ValueError, AttributeError):
            return cls(trust="off" if stored.get("trust") == "off" else "untried")
        return cls(
            full_read_at=full_read_at,
            known_until=known_until,
            rows_are_only_added=stored.get("rows_are_only_added") is True,
            has_unstamped_rows=stored.get("has_unstamped_rows") is True,
            trust=str(stored.get("trust", "untried")),
            tried_at=tried_at,
            rows=_count(stored.get("rows")),
            highest_id=_count(stored.get("highest_id")),
        )

    def store(self, stream_state: dict[str, Any]) -> None:
        """Write the memory into a stream's state."""
        if self.full_read_at is None or self.known_until is None:
            return
        stream_state[_KEY] = {
            "full_read_at": self.full_read_at.isoformat(),
            "known_until": self.known_until.isoformat(),
            "rows_are_only_added": self.rows_are_only_added,
            "has_unstamped_rows": self.has_unstamped_rows,
            "trust": self.trust,
            "tried_at": None if self.tried_at is None else self.tried_at.isoformat(),
            "rows": self.rows,
            "highest_id": self.highest_id,
        }

    @staticmethod
    def forget(stream_state: dict[str, Any]) -> None:
        """Remove the memory: the stream is read in another way."""
        stream_state.pop(_KEY, None)

    def tried(self, now: datetime, *, held: bool) -> None:
        """Note whether the newest rows came first."""
        self.trust = "kept" if held else "broken"
        self.tried_at = now

    def was_added_since(self, row_id: object) -> bool:
        """Return whether a row was added after the last full read, whatever its stamp says."""
        known = self.highest_id
        return known is not None and isinstance(row_id, int) and row_id > known

    def full_read_is_due(self, now: datetime, every_days: float) -> bool:
        """Return whether the stream must be read whole."""
        return is_due(self.full_read_at, now, every_days)

    def may_read_newest_first(self, now: datetime, every_days: float) -> bool:
        """Return whether it is worth asking for the newest rows first."""
        return (
            every_days > 0
            and self.known_until is not None
            and not self.has_unstamped_rows
            and (
                self.trust in {"untried", "kept"}
                or (self.trust == "broken" and is_due(self.tried_at, now, every_days))
            )
        )


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def is_due(last: datetime | None, now: datetime, every_days: float) -> bool:
    """Return whether something that is done every so many days must be done again."""
    if last is None or every_days <= 0:
        return True
    # A clock that was set back must not put it off.
    return not timedelta(0) <= now - last < timedelta(days=every_days)


class ScanObservation:
    """Watch the rows of a full read, to learn what the next runs may rely on.

    Attributes:
        has_unstamped_rows: Whether a row had no stamp to sort by.
        newest: The latest update stamp.
        highest_id: The highest id.
    """

    def __init__(self) -> None:
        self.has_unstamped_rows = False
        self.newest: str | None = None
        self.highest_id: int | None = None
        self._ids_ascend = True
        self._stamps_ascend = True
        self._last_id: int | None = None
        self._last_stamp = ""

    def watch(self, row_id: Any, stamp: str | None, changed: str | None) -> None:
        """Take a row into account.

        Args:
            row_id: Its id.
            stamp: What the server is asked to sort by.
            changed: Its update stamp.
        """
        if changed is not None and (self.newest is None or changed > self.newest):
            self.newest = changed
        if isinstance(row_id, int):
            self.highest_id = max(self.highest_id or row_id, row_id)
        if stamp is None:
            self.has_unstamped_rows = True
            return
        if not isinstance(row_id, int) or (self._last_id is not None and row_id < self._last_id):
            self._ids_ascend = False
        else:
            self._last_id = row_id
        if stamp < self._last_stamp:
            self._stamps_ascend = False
        else:
            self._last_stamp = stamp

    @property
    def rows_are_only_added(self) -> bool:
        """Whether no lower id had a later stamp; unknown if the rows came in another order."""
        return self._ids_ascend and self._stamps_ascend
