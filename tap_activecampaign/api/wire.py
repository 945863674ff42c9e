"""How the API writes ids, totals and filters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Hashable
    from datetime import datetime


def wire_id(value: Any) -> Hashable:
    """Return an id as a number where it is one, whichever way the API wrote it."""
    return int(value) if isinstance(value, str) and value.isdecimal() else cast("Hashable", value)


def total_of(body: Any) -> int | None:
    """Return how many rows a body says there are: ``meta.total`` is text, a number or absent."""
    meta = body.get("meta") if isinstance(body, dict) else None
    total = meta.get("total") if isinstance(meta, dict) else None
    if isinstance(total, str) and total.isdecimal():
        return int(total)
    return total if isinstance(total, int) and not isinstance(total, bool) else None


def updated_after(since: datetime | None) -> dict[str, str]:
    """Return the filter of contacts and deals on the moment they last changed."""
    if since is None:
        return {}
    return {"filters[updated_after]": since.strftime("%Y-%m-%dT%H:%M:%S+00:00")}
