"""Ticto's values as Python values. Everything here is pure and accepts whatever JSON holds."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import tzinfo

# Ticto writes this where a tracking parameter is absent.
_NOT_INFORMED = "não informado"
_STAMP_FORMATS = (
    "%Y-%m-%d %H:%M:%S",
    "%d/%m/%Y %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%d/%m/%Y %H:%M",
    "%Y-%m-%d",
    "%d/%m/%Y",
)
_LONGEST_EMAIL = 254
# What ActiveCampaign's import accepts: none of " ( ) , : ; < > @ [ \ ] in the local part, and two
# letters or more after the last dot. One address outside of this fails a whole batch there.
_EMAIL = re.compile(
    r'[^\s"(),:;<>@\[\\\]\x00-\x20\x7f]+'
    r"@(?:[^\s\"(),:;<>@\[\\\].\x00-\x20\x7f]+\.)+[^\W\d_]{2,}"
)


def cleaned(value: Any) -> Any:
    """Return a copy of a JSON value with ``"Não Informado"`` as None, however deep it stands.

    Letters with accents become one character each, however the record writes them.
    """
    if isinstance(value, str):
        composed = unicodedata.normalize("NFC", value)
        return None if composed.strip().casefold() == _NOT_INFORMED else composed
    if isinstance(value, dict):
        return {key: cleaned(member) for key, member in value.items()}
    if isinstance(value, list):
        return [cleaned(member) for member in value]
    return value


def text(value: Any) -> str | None:
    """Return a trimmed text, or None where there is none. Numbers are written out."""
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return None


def section(body: dict[str, Any], key: str) -> dict[str, Any]:
    """Return the object under `key`, or an empty one."""
    value = body.get(key)
    return value if isinstance(value, dict) else {}


def count(value: Any) -> int | None:
    """Return a whole number, or None. Cents and counters are read with it."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,18}", value.strip()):
        return int(value)
    return None


def instant(value: Any, zone: tzinfo) -> datetime | None:
    """Read one of Ticto's stamps.

    Args:
        value: ``YYYY-MM-DD HH:MM:SS`` (postbacks) or ``DD/MM/YYYY HH:MM:SS`` (orders API), without
            a zone; ISO 8601 with an offset is read as it says.
        zone: The zone of stamps that name none.

    Returns:
        The moment in UTC, or None if there is no stamp or it cannot be one.
    """
    written = text(value)
    if written is None:
        return None
    moment = _parsed(written)
    if moment is None:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    try:
        return moment.astimezone(timezone.utc)
    except OverflowError:
        return None


def _parsed(written: str) -> datetime | None:
    for stamp_format in _STAMP_FORMATS:
        try:
            return datetime.strptime(written, stamp_format)  # noqa: DTZ007 - Ticto writes no zone
        except ValueError:  # noqa: PERF203 - the first format fits nearly always
            continue
    try:
        return datetime.fromisoformat(written.replace("Z", "+00:00"))
    except ValueError:
        return None


def email(value: Any) -> str | None:
    """Return an address that ActiveCampaign can take, trimmed and in lower case, or None."""
    written = text(value)
    if written is None or len(written) > _LONGEST_EMAIL or not written.isprintable():
        return None
    address = written.lower()
    return address if _EMAIL.fullmatch(address) else None


def names(value: Any) -> tuple[str | None, str | None]:
    """Split a full name at the first blank into first and last name."""
    written = text(value)
    if written is None:
        return None, None
    first, _, last = " ".join(written.split()).partition(" ")
    return first, last or None
