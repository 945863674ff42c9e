"""Bookmarks: where an incremental stream goes on."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tap_activecampaign.api import ActiveCampaignError
from tap_activecampaign.records.timestamps import parse_utc

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from zoneinfo import ZoneInfo

# When clocks go back an hour, naive stamps of two hours mean moments of one.
_REPEATED_SPAN = timedelta(hours=2)


class StateError(ActiveCampaignError):
    """The state given to the tap cannot be used."""


def earlier_than_repeated_hour(bookmark: datetime, zone: ZoneInfo) -> datetime:
    """Move a bookmark out of the hour that the clocks repeat in autumn.

    A stamp without an offset that falls into that hour is read as the first of its two moments. A
    row changed in the second would then seem older than a bookmark from the first, and be lost.

    Args:
        bookmark: A moment in UTC.
        zone: Zone of stamps that carry no offset.

    Returns:
        The bookmark, or two hours before it.
    """
    wall = bookmark.astimezone(zone)
    is_repeated = wall.replace(fold=0).utcoffset() != wall.replace(fold=1).utcoffset()
    return bookmark - _REPEATED_SPAN if is_repeated else bookmark


def adopted_bookmarks(
    state: Any, replication_keys: Mapping[str, str | None]
) -> dict[str, dict[str, Any]]:
    """Read the bookmarks of a state, ours or that of the tap that Stitch runs.

    Stitch's tap writes ``{"bookmarks": {"contacts": "2024-05-01T00:00:00.000000Z"}}``; its stamps
    may lie up to six hours too early, which repeats some rows and loses none.

    Args:
        state: The parsed state.
        replication_keys: Replication key of each stream.

    Returns:
        The state of each stream, as the SDK keeps it.

    Raises:
        StateError: If the state is something else.
    """
    bookmarks = state.get("bookmarks") if isinstance(state, dict) else None
    if bookmarks is None and isinstance(state, dict) and not state:
        return {}
    if not isinstance(bookmarks, dict):
        raise StateError(
            "The state is not that of a tap: an object with the key 'bookmarks' is expected. "
            "Pass the last state that a run printed, or none to begin again"
        )
    return {
        stream: _adopted(stream, bookmark, replication_keys.get(stream))
        for stream, bookmark in bookmarks.items()
        if bookmark is not None
    }


def _adopted(stream: str, bookmark: Any, replication_key: str | None) -> dict[str, Any]:
    if isinstance(bookmark, str):
        if replication_key is None:
            return {}
        bookmark = {"replication_key": replication_key, "replication_key_value": bookmark}
    if not isinstance(bookmark, dict):
        raise StateError(
            f"The state of stream '{stream}' is neither a moment nor an object. Pass the last "
            f"state that a run printed, or remove this stream from it to read the stream anew"
        )
    if not isinstance(bookmark.get("partitions", []), list):
        raise StateError(
            f"The state of stream '{stream}' holds partitions that are no list. Remove this stream "
            f"from the state to read it anew"
        )
    value = bookmark.get("replication_key_value")
    if value is not None and replication_key is not None:
        try:
            parse_utc(value)
        except (ValueError, TypeError, AttributeError):
            raise StateError(
                f"The bookmark of stream '{stream}' is not a moment in time. Remove this stream "
                f"from the state to read it anew"
            ) from None
    return bookmark
