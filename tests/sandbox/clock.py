"""The account's clock and the ways in which its API writes a moment."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

StampStyle = Literal["offset", "naive", "date", "utc_z", "millis_z", "nanos_z"]

SERVER_ZONE = "America/Chicago"
"""Zone of stamps without an offset: US Central wall clock, `*_utc_timestamp` included."""

_NANOSECONDS = 1_000_000_000


class Clock:
    """Real time, until a test sets or advances it."""

    def __init__(self) -> None:
        self._shift_seconds = 0.0
        self._fixed: float | None = None

    def time(self) -> float:
        """Return the account's present as seconds since the epoch."""
        return (time.time() if self._fixed is None else self._fixed) + self._shift_seconds

    def now(self) -> datetime:
        """Return the account's present in UTC."""
        return datetime.fromtimestamp(self.time(), tz=timezone.utc)

    def set(self, moment: datetime) -> None:
        """Stop the clock at `moment` (which must carry a zone)."""
        self._fixed, self._shift_seconds = moment.timestamp(), 0.0

    def advance(self, seconds: float) -> None:
        """Move the clock forward, whether it runs or stands."""
        self._shift_seconds += seconds


@lru_cache(maxsize=200_000)
def _offset_seconds(zone: str, hour: int) -> int:
    offset = datetime.fromtimestamp(hour * 3600, tz=ZoneInfo(zone)).utcoffset()
    return int((offset or timedelta()).total_seconds())


class Stamps:
    """Writes and reads moments as one account does.

    Args:
        offset_zone: zone in which stamps with an offset are written.
    """

    def __init__(self, offset_zone: str = SERVER_ZONE) -> None:
        self.offset_zone = offset_zone

    def offset(self, epoch: float) -> str:
        """Return `2018-09-12T16:53:50-05:00`."""
        seconds = int(epoch)
        shift = _offset_seconds(self.offset_zone, seconds // 3600)
        local = time.gmtime(seconds + shift)
        sign, minutes = ("-" if shift < 0 else "+"), abs(shift) // 60
        return (
            f"{local.tm_year:04d}-{local.tm_mon:02d}-{local.tm_mday:02d}T{local.tm_hour:02d}:"
            f"{local.tm_min:02d}:{local.tm_sec:02d}{sign}{minutes // 60:02d}:{minutes % 60:02d}"
        )

    @staticmethod
    def naive(epoch: float) -> str:
        """Return `2018-09-12 16:53:50`, the wall clock of the server's zone."""
        seconds = int(epoch)
        local = time.gmtime(seconds + _offset_seconds(SERVER_ZONE, seconds // 3600))
        return (
            f"{local.tm_year:04d}-{local.tm_mon:02d}-{local.tm_mday:02d} {local.tm_hour:02d}:"
            f"{local.tm_min:02d}:{local.tm_sec:02d}"
        )

    def write(self, epoch: float, style: StampStyle) -> str:
        """Return the moment in one of the API's styles."""
        if style == "offset":
            return self.offset(epoch)
        if style == "naive":
            return self.naive(epoch)
        if style == "date":
            return self.naive(epoch)[:10]
        utc = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(int(epoch)))
        if style == "utc_z":
            return f"{utc}Z"
        nanoseconds = round((epoch % 1) * 1_000_000) * 1000 % _NANOSECONDS
        if style == "millis_z":
            return f"{utc}.{nanoseconds // 1_000_000:03d}Z"
        return f"{utc}.{nanoseconds:09d}Z"

    def read(self, text: object) -> float | None:
        """Return the moment that a stamp or a filter value names, in seconds.

        Values without a zone are taken as the server's wall clock. Null, empty and zero dates
        are None.
        """
        if not isinstance(text, str) or not text or text.startswith("0000"):
            return None
        return _read(text)


@lru_cache(maxsize=50_000)
def _read(text: str) -> float | None:
    value = text.strip().replace(" ", "T", 1)
    if value.endswith(("Z", "z")):
        value = value[:-1] + "+00:00"
    head, dot, tail = value.partition(".")
    if dot:
        digits = len(tail) - len(tail.lstrip("0123456789"))
        value = f"{head}.{tail[:digits][:6].ljust(6, '0')}{tail[digits:]}"
    hour_at = len("2019-09-06T")
    if value[hour_at + 1 : hour_at + 2] == ":":  # documented: `2019-09-06T2:10:00-05:00`
        value = value[:hour_at] + "0" + value[hour_at:]
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(SERVER_ZONE))
    return moment.timestamp()
