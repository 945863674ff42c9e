"""How the API writes ids, totals and filters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Hashable
    from datetime import datetime

# Of a 64-bit integer.
_LONGEST_ID_DIGITS = 19


def wire_id(value: Any) -> Hashable:
    """Return an id as a number where it is one, and as something hashable whatever it is."""
    if value.__class__ is str:
        return int(value) if value.isdecimal() and len(value) <= _LONGEST_ID_DIGITS else value
    return repr(value) if isinstance(value, (list, dict)) else cast("Hashable", value)


def integer_id(value: Any) -> int | None:
    """Return an id that is a number, whichever way the API wrote it; None if it is none."""
    found = wire_id(value)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def total_of(body: Any) -> int | None:
    """Return how many rows a body says there are: ``meta.total`` is text, a number or absent."""
    meta = body.get("meta") if isinstance(body, dict) else None
    total = meta.get("total") if isinstance(meta, dict) else None
    if isinstance(total, str) and total.isdecimal() and len(total) <= _LONGEST_ID_DIGITS:
        return int(total)
    is_count = isinstance(total, int) and not isinstance(total, bool) and total >= 0
    return total if is_count else None


def echoed_status(body: Any) -> str | None:
    """Return the status by which a body of contacts says that they were chosen, if it says so.

    ``meta.page_input`` repeats what the server understood; -1 stands for contacts of every status.
    """
    meta = body.get("meta") if isinstance(body, dict) else None
    echo = meta.get("page_input") if isinstance(meta, dict) else None
    status = echo.get("status") if isinstance(echo, dict) else None
    return None if status is None else str(status)


def updated_after(since: datetime | None) -> dict[str, str]:
    """Return the filter of contacts and deals on the moment they last changed."""
    if since is None:
        return {}
    return {"filters[updated_after]": since.isoformat(timespec="seconds")}
