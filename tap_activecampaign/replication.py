"""How users want streams replicated: their choices in a catalog, made to take effect."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tap_activecampaign.api import SettingsError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_METHODS = ("FULL_TABLE", "INCREMENTAL")


@dataclass
class _Overlooked:
    """Streams on which a choice can have no effect, as it happens with wildcards."""

    without_timestamp: list[str] = field(default_factory=list)
    of_another_key: list[str] = field(default_factory=list)

    def warnings(self) -> list[str]:
        found = []
        if self.without_timestamp:
            found.append(
                f"The replication method INCREMENTAL was chosen for streams that do not tell when "
                f"a row changed: {', '.join(self.without_timestamp)}. They are read whole."
            )
        if self.of_another_key:
            found.append(
                f"A replication key was chosen for streams that have no timestamp of that name: "
                f"{', '.join(self.of_another_key)}. They are read by their own."
            )
        return found


def with_chosen_replication(
    catalog: dict[str, Any],
    timestamps: Mapping[str, Collection[str]],
    own_keys: Mapping[str, str | None],
) -> tuple[dict[str, Any], list[str]]:
    """Return a catalog in which the replication that a user has chosen takes effect.

    Meltano and other runners write the choice into the metadata of a stream, often with a wildcard
    for all of them. The SDK overlooks it there beside what discovery wrote. What a wildcard says is
    meant for the streams that can do it, and no fault of the others. What an entry itself says is
    meant for its stream.

    Args:
        catalog: A catalog that `checked_catalog` found to be one.
        timestamps: Names of the timestamps that each stream has, in a list.
        own_keys: Replication key of each stream, if it has one of its own.

    Returns:
        The catalog, and sentences that tell which choices have no effect on selected streams.

    Raises:
        SettingsError: If an entry names a replication key that is no timestamp, or a method that
            this tap does not have.
    """
    overlooked = _Overlooked()
    entries = [
        _chosen(
            entry,
            timestamps[entry["tap_stream_id"]],
            own_keys.get(entry["tap_stream_id"]),
            overlooked,
        )
        if entry["tap_stream_id"] in timestamps
        else entry
        for entry in catalog["streams"]
    ]
    return {**catalog, "streams": entries}, overlooked.warnings()


def _chosen(
    entry: dict[str, Any],
    timestamps: Collection[str],
    own_key: str | None,
    overlooked: _Overlooked,
) -> dict[str, Any]:
    name, metadata = entry["tap_stream_id"], _of_stream(entry)
    key = entry.get("replication_key")
    if key is not None and key not in timestamps:
        raise SettingsError(
            f"The catalog's entry of stream {name!r} names the replication key {key!r}, which is "
            f"no timestamp{_in_words(timestamps)}. Run --discover again"
        )
    of_metadata = metadata.get("replication-key")
    if of_metadata in timestamps:
        key = of_metadata
    elif of_metadata is not None and _is_selected(metadata):
        overlooked.of_another_key.append(name)
    method = _method_of(entry, metadata)
    if method == "INCREMENTAL":
        key = key or own_key
    if method == "INCREMENTAL" and key is None:
        method = "FULL_TABLE"
        if _is_selected(metadata):
            overlooked.without_timestamp.append(name)
    chosen = {"replication_key": key, "replication_method": method}
    return {**entry, **{what: value for what, value in chosen.items() if value is not None}}


def _method_of(entry: dict[str, Any], metadata: dict[str, Any]) -> Any:
    method = (
        metadata.get("replication-method")
        or metadata.get("forced-replication-method")
        or entry.get("replication_method")
    )
    if method is not None and method not in _METHODS:
        raise SettingsError(
            f"The replication method {method!r} of stream {entry['tap_stream_id']!r} is none of "
            f"this tap's: choose {' or '.join(_METHODS)}"
        )
    return method


def _of_stream(entry: dict[str, Any]) -> dict[str, Any]:
    """Return what the metadata of an entry says of the stream as a whole."""
    found = (one["metadata"] for one in entry.get("metadata", []) if not one["breadcrumb"])
    return next(found, {})


def _is_selected(metadata: dict[str, Any]) -> bool:
    return bool(metadata.get("selected", metadata.get("selected-by-default", False)))


def _in_words(timestamps: Collection[str]) -> str:
    return f"; this stream has {', '.join(sorted(timestamps)) or 'none'}"
