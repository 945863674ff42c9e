"""What state remembers of the values of custom fields that were sent."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from tap_activecampaign.incremental.bookmarks import earlier_than_repeated_hour
from tap_activecampaign.records.timestamps import parse_utc

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from zoneinfo import ZoneInfo

_KEY = "custom_field_values"


class SentValues:
    """Up to when changed values were sent, and under which names and types.

    Args:
        stream_state: State of the stream, which is written to.
        shape: What its records carry now: by the field's id, the property and its type.
        zone: Zone of moments that carry no offset.
        grows: Whether records carry a field from its first value on. Then nothing has to be sent
            again because of a field that is new; ids only ever rise.

    Attributes:
        since: Of all values, those that changed at or after this moment are to be sent; None for
            all of them.
        expects_more: Whether rows may have to be sent of which nothing changed but a value.
    """

    def __init__(
        self, stream_state: dict[str, Any], shape: Mapping[int, str], zone: ZoneInfo, *, grows: bool
    ) -> None:
        self._state = stream_state
        self._zone = zone
        self._shape: dict[str, Any] = {"shape": _fingerprint(shape)}
        if grows:
            self._shape["last_field"] = max(shape)
        self.since: str | None = None
        # A run without a bookmark reads every row. A run whose records carry other properties sends
        # all rows that have values.
        self.expects_more = "replication_key_value" in stream_state
        stored = stream_state.get(_KEY)
        if isinstance(stored, dict) and stored.get("shape") == _fingerprint(shape, stored):
            self.since = _moment(stored.get("whole_until", stored.get("until")), zone)
            self.expects_more = True

    def store(self, until: datetime, *, is_whole: bool) -> None:
        """Write into the state that changed values were sent.

        Args:
            until: When the latest of them changed, or when the run began.
            is_whole: Whether all values were looked at, or only those of rows that changed.
        """
        sent = until.isoformat()
        whole_until: str | None = sent
        if not is_whole:
            whole_until = self.since
            sent = max(sent, sent_until(self._state, self._zone) or sent)
        self._state[_KEY] = {"until": sent, "whole_until": whole_until, **self._shape}


def sent_until(stream_state: dict[str, Any], zone: ZoneInfo) -> str | None:
    """Return up to when changed values were sent; None if none were.

    Args:
        stream_state: State of the stream.
        zone: Zone of moments that carry no offset.
    """
    stored = stream_state.get(_KEY)
    return _moment(stored.get("until"), zone) if isinstance(stored, dict) else None


def _moment(text: Any, zone: ZoneInfo) -> str | None:
    try:
        return earlier_than_repeated_hour(parse_utc(text), zone).isoformat()
    except ValueError:
        # All values are sent again, which loses nothing.
        return None


def _fingerprint(shape: Mapping[int, str], stored: Mapping[str, Any] | None = None) -> str:
    """Return a short text that changes when records carry other properties.

    Args:
        shape: The properties by the field's id.
        stored: What the state holds, if fields are left out that are newer than it.
    """
    last = None if stored is None else stored.get("last_field")
    known = [
        text for field_id, text in shape.items() if not isinstance(last, int) or field_id <= last
    ]
    return hashlib.sha256("\n".join(sorted(known)).encode()).hexdigest()[:16]
