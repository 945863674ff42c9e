"""Catalogs as users hand them in: checked before the SDK makes use of them."""

from __future__ import annotations

from typing import Any

from tap_activecampaign.api import SettingsError


def checked_catalog(catalog: dict[str, Any]) -> dict[str, Any]:
    """Return a catalog whose entries are built as discovery builds them.

    Args:
        catalog: The parsed file.

    Raises:
        SettingsError: If an entry is something else; names the stream and what is wrong.
    """
    entries = catalog.get("streams")
    if not isinstance(entries, list):
        raise SettingsError("The catalog's streams are not a list. Run --discover again")
    for entry in entries:
        name = entry.get("tap_stream_id") if isinstance(entry, dict) else None
        fault = _fault(entry)
        if fault is not None:
            raise SettingsError(
                f"The catalog's entry of stream {name!r} {fault}. Run --discover again"
            )
    return catalog


def _fault(entry: Any) -> str | None:
    if not isinstance(entry, dict) or not isinstance(entry.get("tap_stream_id"), str):
        return "has no tap_stream_id"
    if not isinstance(entry.get("schema", {}), dict):
        return "has a schema that is no object"
    metadata = entry.get("metadata", [])
    if not isinstance(metadata, list) or not all(map(_is_metadata, metadata)):
        return "has metadata without a breadcrumb"
    keys = entry.get("key_properties") or []
    if not isinstance(keys, (list, tuple)) or not all(isinstance(key, str) for key in keys):
        return "has key properties that are no list of names"
    return None


def _is_metadata(entry: Any) -> bool:
    return (
        isinstance(entry, dict)
        and isinstance(entry.get("breadcrumb"), list)
        and isinstance(entry.get("metadata"), dict)
    )
