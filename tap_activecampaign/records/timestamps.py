"""Moments as ActiveCampaign writes them, turned into UTC.

Four spellings occur, sometimes in one record: with an offset (``2018-09-12T16:53:50-05:00``), naive
(``2018-11-06 02:26:07``, the wall clock of ActiveCampaign's servers, even in ``*_utc_timestamp``),
RFC 3339 with up to nine decimals, and zero dates for "never".
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

_STAMP = re.compile(
    r"\s*(\d{4})-(\d{1,2})-(\d{1,2})"
    r"(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?)?"
    r"\s*(Z|z|[+-]\d{2}:?\d{2})?\s*"
)
_ZERO_DATE = "0000-00-00"
_MICROSECOND_DIGITS = 6
# Bookmarks and start dates need room on both sides: look-back and zones are reckoned with.
_FIRST_YEAR, _LAST_YEAR = 1900, 9998


@lru_cache(maxsize=65536)
def instant(text: str, zone: ZoneInfo) -> datetime | None:
    """Read a moment.

    Args:
        text: Any of the API's spellings.
        zone: Zone of stamps that carry no offset.

    Returns:
        The moment in UTC, or None for an empty or zero date. Decimals beyond microseconds are cut.

    Raises:
        ValueError: If the text is not a moment.
    """
    if not text.strip() or text.startswith(_ZERO_DATE):
        return None
    found = _STAMP.fullmatch(text)
    if not found:
        raise ValueError("not a moment")
    year, month, day, hour, minute, second, decimals, offset = found.groups()
    microsecond = int((decimals or "0")[:_MICROSECOND_DIGITS].ljust(_MICROSECOND_DIGITS, "0"))
    wall = datetime(  # noqa: DTZ001 - the zone follows
        int(year),
        int(month),
        int(day),
        int(hour or 0),
        int(minute or 0),
        int(second or 0),
        microsecond,
    )
    try:
        return wall.replace(tzinfo=_zone(offset) if offset else zone).astimezone(timezone.utc)
    except OverflowError:
        raise ValueError("not a moment that can be told in UTC") from None


@lru_cache(maxsize=65536)
def utc_text(text: str, zone: ZoneInfo) -> str | None:
    """Read a moment and write it as records carry it. See `instant`."""
    moment = instant(text, zone)
    return None if moment is None else moment.isoformat()


@lru_cache(maxsize=4096)
def day_text(text: str) -> str | None:
    """Read a day.

    Returns:
        ``YYYY-MM-DD``, or None for an empty or zero date.

    Raises:
        ValueError: If the text is not a day, or has a time other than midnight.
    """
    text = text.strip()
    if not text or text.startswith(_ZERO_DATE):
        return None
    day, _, time = text.replace("T", " ").partition(" ")
    if time.strip("0:"):
        raise ValueError("not a day")
    return date.fromisoformat(day).isoformat()


def parse_utc(text: Any) -> datetime:
    """Read a moment of a setting or of state; without an offset it is UTC.

    Raises:
        ValueError: If the text is not a moment.
    """
    moment = instant(text, ZoneInfo("UTC")) if isinstance(text, str) else None
    if moment is None or not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise ValueError("not a moment")
    return moment


def _zone(offset: str) -> timezone:
    if offset in "Zz":
        return timezone.utc
    sign = -1 if offset[0] == "-" else 1
    hours, minutes = int(offset[1:3]), int(offset[-2:])
    return timezone(sign * timedelta(hours=hours, minutes=minutes))
