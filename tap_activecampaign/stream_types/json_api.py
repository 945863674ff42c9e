"""Rows in the form of JSON:API: ``{"type", "id", "attributes": {...}}``."""

from __future__ import annotations

from typing import Any


def flatten_json_api(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows with their attributes beside the id."""
    return [{**row.get("attributes", {}), "id": row.get("id")} for row in rows]
