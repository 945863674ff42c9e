"""Catalogs as users hand them in: checked before the SDK makes use of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_activecampaign.api import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_activecampaign.stream_types.base import ActiveCampaignStream


def checked_catalog(
    catalog: dict[str, Any], streams: Iterable[type[ActiveCampaignStream]]
) -> dict[str, Any]:
    """Return a catalog whose entries are built as discovery builds them.

    Args:
        catalog: The parsed file.
        streams: The streams of the tap.

    Raises:
        SettingsError: If an entry is something else; names the stream and what is wrong.
    """
    entries = catalog.get("streams")
    if not isinstance(entries, list):
        raise SettingsError("The catalog's streams are not a list. Discover the catalog anew")
    columns = {
        str(vars(stream)["name"]): {column.name for column in stream.columns} for stream in streams
    }
    for entry in entries:
        name = entry.get("tap_stream_id") if isinstance(entry, dict) else None
        fault = _fault(entry, columns)
        if fault is not None:
            raise SettingsError(
                f"The catalog's entry of stream {name!r} {fault}. Discover the catalog anew"
            )
    return catalog


def with_forced_methods(catalog: dict[str, Any]) -> dict[str, Any]:
    """Return a catalog in which a replication method chosen in the metadata takes effect.

    Meltano and other runners write the user's choice into the metadata as ``replication-method``,
    which the SDK overlooks beside the method that discovery wrote.
    """
    return {
        **catalog,
        "streams": [_with_forced_method(entry) for entry in catalog.get("streams", [])],
    }


def _with_forced_method(entry: dict[str, Any]) -> dict[str, Any]:
    for metadata in entry.get("metadata", []):
        if not metadata.get("breadcrumb"):
            chosen = metadata.get("metadata", {})
            method = chosen.get("replication-method") or chosen.get("forced-replication-method")
            if method:
                return {**entry, "replication_method": method}
    return entry


def _fault(entry: Any, columns: dict[str, set[str]]) -> str | None:
    if not isinstance(entry, dict) or not isinstance(entry.get("tap_stream_id"), str):
        return "has no tap_stream_id"
    if not isinstance(entry.get("schema", {}), dict):
        return "has a schema that is no object"
    metadata = entry.get("metadata", [])
    if not isinstance(metadata, list) or not all(map(_is_metadata, metadata)):
        return "has metadata without a breadcrumb"
    key = entry.get("replication_key")
    known = columns.get(entry["tap_stream_id"])
    if known is not None and key is not None and key not in known:
        return f"names the replication key {key!r}, which is no property of the stream"
    return None


def _is_metadata(entry: Any) -> bool:
    return (
        isinstance(entry, dict)
        and isinstance(entry.get("breadcrumb"), list)
        and isinstance(entry.get("metadata"), dict)
    )
