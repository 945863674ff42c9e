"""Moments as ActiveCampaign writes them, turned into UTC.

Four spellings occur, sometimes in one record: with an offset (``2018-09-12T16:53:50-05:00``), naive
(``2018-11-06 02:26:07``, the wall clock of ActiveCampaign's servers, even in ``*_utc_timestamp``),
RFC 3339 with up to nine decimals, and zero dates for "never".

A moment exists if it lies in the years 1 to 9999 in UTC: loaders take no other. Records, bookmarks
and settings all agree on that, because all of them are read here. Whatever is reckoned with a
moment stays within those years, see `earlier`.
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
    r"\s*(Z|z|[+-]\d{2}:?\d{2})?\s*",
    re.ASCII,
)
# A day may come as its midnight.
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ][0:.]*(?:Z|z|[+-]\d{2}:?\d{2})?)?", re.ASCII)
_ZERO_DATE = "0000-00-00"
_MICROSECOND_DIGITS = 6
# The spellings of nearly all stamps: where their parts end, and how long they are.
_DATE, _HOUR, _SECOND = len("2018-11-06"), len("2018-11-06 02"), len("2018-11-06 02:26:07")
_HOURS_OF_A_DAY = 24
_HOURS = {f"{mark}{hour:02}": hour for mark in "T " for hour in range(_HOURS_OF_A_DAY)}
_UTC_HOURS = tuple(f"T{hour:02}" for hour in range(_HOURS_OF_A_DAY))
_USUAL_LENGTHS = frozenset({_SECOND, _SECOND + len("Z"), _SECOND + len("-05:00")})
_MINUTES = frozenset(f":{minute:02}:{second:02}" for minute in range(60) for second in range(60))
_LAST_SECOND = timedelta(hours=23, minutes=59, seconds=59)
_UTC = ZoneInfo("UTC")
_FIRST = datetime.min.replace(tzinfo=timezone.utc)


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
    wall = _wall_clock(text)
    if wall is None:
        return None
    try:
        return (wall if wall.tzinfo else wall.replace(tzinfo=zone)).astimezone(timezone.utc)
    except OverflowError:
        raise ValueError("not a moment that can be told in UTC") from None


def _wall_clock(text: str) -> datetime | None:
    """Read a moment of any spelling, without a zone where the text names none."""
    if not text.strip() or text.startswith(_ZERO_DATE):
        return None
    found = _STAMP.fullmatch(text)
    if not found:
        raise ValueError("not a moment")
    year, month, day, hour, minute, second, decimals, offset = found.groups()
    microsecond = int((decimals or "0")[:_MICROSECOND_DIGITS].ljust(_MICROSECOND_DIGITS, "0"))
    return datetime(
        int(year),
        int(month),
        int(day),
        int(hour or 0),
        int(minute or 0),
        int(second or 0),
        microsecond,
        _zone(offset) if offset else None,
    )


def utc_text(text: str, zone: ZoneInfo) -> str | None:
    """Read a moment and write it as records carry it. See `instant`.

    Raises:
        TypeError: If the value is no text.
        ValueError: If the text is not a moment.
    """
    if text.__class__ is not str:
        raise TypeError("not a text")
    # Most of the time that reading a row takes goes into stamps, and they share their days.
    hour, minute = _HOURS.get(text[_DATE:_HOUR]), text[_HOUR:_SECOND]
    if hour is not None and minute in _MINUTES and len(text) in _USUAL_LENGTHS:
        day = _utc_day(text[:_DATE], text[_SECOND:], zone)
        if day is not None:
            first_hour, date_, next_date = day
            hour += first_hour
            if hour < _HOURS_OF_A_DAY:
                return f"{date_}{_UTC_HOURS[hour]}{minute}+00:00"
            return f"{next_date}{_UTC_HOURS[hour - _HOURS_OF_A_DAY]}{minute}+00:00"
    moment = instant(text, zone)
    return None if moment is None else moment.isoformat()


@lru_cache(maxsize=8192)
def _utc_day(day: str, offset: str, zone: ZoneInfo) -> tuple[int, str, str] | None:
    """Read a day.

    Returns:
        The hour in UTC at which it begins, and the two days of UTC that it touches. None for a day
        that is none, on which clocks are changed, or whose hours are none of UTC.
    """
    try:
        wall = _wall_clock(f"{day} 00:00:00{offset}")
        if wall is None:
            return None
        begin = wall if wall.tzinfo else wall.replace(tzinfo=zone)
        end = begin + _LAST_SECOND
        first, last = begin.astimezone(timezone.utc), end.astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None
    if last - first != _LAST_SECOND or first.minute or first.second:
        return None
    return first.hour, first.date().isoformat(), last.date().isoformat()


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
    found = _DAY.fullmatch(text)
    if not found:
        raise ValueError("not a day")
    return date.fromisoformat(found[1]).isoformat()


def parse_utc(text: Any) -> datetime:
    """Read a moment of a setting or of state; without an offset it is UTC.

    Raises:
        ValueError: If the value is not a text that names a moment.
    """
    moment = instant(text, _UTC) if isinstance(text, str) else None
    if moment is None:
        raise ValueError("not a moment")
    return moment


def earlier(moment: datetime, by: timedelta) -> datetime:
    """Move a moment back in time, at most to the first one that exists.

    Args:
        moment: A moment in UTC.
        by: How far; not negative.
    """
    return _FIRST if moment - _FIRST < by else moment - by


def is_repeated_hour(moment: datetime, zone: ZoneInfo) -> bool:
    """Return whether a zone's clocks show a moment's time twice, because they go back an hour.

    Args:
        moment: A moment in UTC.
        zone: The zone.
    """
    try:
        wall = moment.astimezone(zone)
        return wall.replace(fold=0).utcoffset() != wall.replace(fold=1).utcoffset()
    except OverflowError:
        # A moment in UTC that the zone's calendar does not have.
        return False


def _zone(offset: str) -> timezone:
    if offset in "Zz":
        return timezone.utc
    sign = -1 if offset[0] == "-" else 1
    hours, minutes = int(offset[1:3]), int(offset[-2:])
    return timezone(sign * timedelta(hours=hours, minutes=minutes))
