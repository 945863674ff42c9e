"""Rows in the form of JSON:API: ``{"type", "id", "attributes": {...}}``."""

from __future__ import annotations

from typing import Any


def flat_json_api(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row with its attributes beside the id.

    Attributes of another shape stay where they are, for the reader to report.
    """
    attributes = row.get("attributes")
    if isinstance(attributes, dict):
        return {**attributes, "id": row.get("id")}
    # PHP writes an empty object as a list.
    odd = {"attributes": attributes} if attributes else {}
    return {**odd, "id": row.get("id")}
