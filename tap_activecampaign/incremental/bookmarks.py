"""Bookmarks: where an incremental stream goes on."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tap_activecampaign.api import ActiveCampaignError
from tap_activecampaign.records.timestamps import earlier, is_repeated_hour, parse_utc

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
    return earlier(bookmark, _REPEATED_SPAN) if is_repeated_hour(bookmark, zone) else bookmark


def reaching_back(
    bookmark: datetime | None, known_until: datetime | None, start_date: datetime | None
) -> datetime | None:
    """Return from when on changes may be missing, where runs have taken a shortcut.

    Args:
        bookmark: The instant that the bookmark names; None for everything.
        known_until: Up to which change date the last full read had all rows; None if unknown.
        start_date: Oldest change that is wanted; None for all of them.
    """
    if bookmark is None or known_until is None:
        return bookmark
    since = min(bookmark, known_until)
    return since if start_date is None else max(since, start_date)


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


def taken_back(
    bookmarks: Mapping[str, dict[str, Any]],
    replication_keys: Mapping[str, str | None],
    now: datetime,
) -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
    """Take bookmarks that lie in the future back to now: until then, nothing would be new.

    No run of this tap writes such a bookmark. They come from other taps, from hand, or from a
    machine whose clock was wrong.

    Args:
        bookmarks: The state of each stream, see `adopted_bookmarks`.
        replication_keys: Replication key of each stream.
        now: The present moment in UTC.

    Returns:
        The state of each stream, and the moments that were too late, by stream.
    """
    too_late = {
        stream: bookmark["replication_key_value"]
        for stream, bookmark in bookmarks.items()
        if _is_of(bookmark, replication_keys.get(stream))
        and parse_utc(bookmark["replication_key_value"]) > now
    }
    return {
        stream: {**bookmark, "replication_key_value": now.isoformat()}
        if stream in too_late
        else bookmark
        for stream, bookmark in bookmarks.items()
    }, too_late


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
    partitions = bookmark.get("partitions", [])
    if not isinstance(partitions, list) or not all(map(_is_part, [bookmark, *partitions])):
        raise StateError(
            f"The state of stream '{stream}' is not built as a run builds it. Remove this stream "
            f"from the state to read it anew"
        )
    if _is_of(bookmark, replication_key):
        try:
            parse_utc(bookmark["replication_key_value"])
        except ValueError:
            raise StateError(
                f"The bookmark of stream '{stream}' is not a moment in time. Remove this stream "
                f"from the state to read it anew"
            ) from None
    return bookmark


def _is_part(state: Any) -> bool:
    """Return whether a state of a stream, or of a part of it, is built as the SDK builds it."""
    return isinstance(state, dict) and isinstance(state.get("progress_markers", {}), dict)


def _is_of(bookmark: Mapping[str, Any], replication_key: str | None) -> bool:
    """Return whether a bookmark holds a value of this replication key; others are not used."""
    return (
        replication_key is not None
        and bookmark.get("replication_key") == replication_key
        and bookmark.get("replication_key_value") is not None
    )
