"""What state remembers of the values of custom fields that were sent."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from tap_activecampaign.incremental.bookmarks import earlier_than_repeated_hour
from tap_activecampaign.records.timestamps import parse_utc

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

_KEY = "custom_field_values"


class SentValues:
    """Up to when changed values were sent, and under which names and types.

    Args:
        stream_state: State of the stream, which is written to.
        shape: What its records carry now: each property and its type.
        until: When the latest value changed that this run sends, or when the run began.
        zone: Zone of moments that carry no offset.

    Attributes:
        since: Values that changed at or after this moment are to be sent; None for all of them.
        expects_more: Whether rows may have to be sent of which nothing changed but a value.
    """

    def __init__(
        self, stream_state: dict[str, Any], shape: Sequence[str], until: datetime, zone: ZoneInfo
    ) -> None:
        self._state = stream_state
        self._content = {"until": until.isoformat(), "shape": _fingerprint(shape)}
        self.since: str | None = None
        stored = stream_state.get(_KEY)
        if isinstance(stored, dict) and stored.get("shape") == self._content["shape"]:
            self.since = _moment(stored.get("until"), zone)
            self.expects_more = True
            return
        # A run without a bookmark reads every row. Should it be cut off, the next one goes on from
        # here. A run whose records carry other properties sends all rows that have values.
        self.expects_more = "replication_key_value" in stream_state
        if not self.expects_more:
            self.store()

    def store(self) -> None:
        """Write into the state that all values were sent."""
        self._state[_KEY] = self._content


def _moment(text: Any, zone: ZoneInfo) -> str | None:
    try:
        return earlier_than_repeated_hour(parse_utc(text), zone).isoformat()
    except ValueError:
        # All values are sent again, which loses nothing.
        return None


def _fingerprint(shape: Sequence[str]) -> str:
    """Return a short text that changes when records carry other properties."""
    return hashlib.sha256("\n".join(sorted(shape)).encode()).hexdigest()[:16]
