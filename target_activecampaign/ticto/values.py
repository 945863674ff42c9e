"""Ticto's values as Python values. Everything here is pure and accepts whatever JSON holds."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, timezone
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import tzinfo

# What Ticto, or what has passed an order on, writes where a value is absent.
_PLACEHOLDERS = frozenset(("nao informado", "nao informada", "n/a"))
_LONGEST_PLACEHOLDER = 30
_STAMP_FORMATS = (
    "%Y-%m-%d %H:%M:%S",
    "%d/%m/%Y %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%d/%m/%Y %H:%M",
    "%Y-%m-%d",
    "%d/%m/%Y",
)
_DECIMAL = re.compile(r"-?\d{1,12}(?:\.\d{1,6})?", re.ASCII)
_LONGEST_EMAIL = 254
# What ActiveCampaign's import accepts: none of " ( ) , : ; < > @ [ \ ] in the local part, and two
# letters or more after the last dot. One address outside of this fails a whole batch there.
_EMAIL = re.compile(
    r'[^\s"(),:;<>@\[\\\]\x00-\x20\x7f]+'
    r"@(?:[^\s\"(),:;<>@\[\\\].\x00-\x20\x7f]+\.)+[^\W\d_]{2,}"
)


def cleaned(value: Any) -> Any:
    """Return a copy of a JSON value with placeholders as None, however deep they stand.

    Placeholders are ``"Não Informado"`` and ``"N/A"``, without regard to case and accents. Letters
    with accents become one character each, however the record writes them.
    """
    if isinstance(value, str):
        composed = unicodedata.normalize("NFC", value)
        return None if _is_placeholder(composed) else composed
    if isinstance(value, dict):
        return {key: cleaned(member) for key, member in value.items()}
    if isinstance(value, list):
        return [cleaned(member) for member in value]
    return value


def _is_placeholder(value: str) -> bool:
    # Nearly every text is told apart by its first letter.
    if len(value) > _LONGEST_PLACEHOLDER or value.lstrip()[:1] not in {"n", "N"}:
        return False
    letters = unicodedata.normalize("NFKD", value.casefold())
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(plain.split()) in _PLACEHOLDERS


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


def flag(value: Any) -> bool:
    """Return whether a value says yes, as JSON, as a number, or as text of a form."""
    if isinstance(value, str):
        return value.strip().casefold() in {"true", "1", "sim", "yes"}
    return value is True or (count(value) or 0) == 1


def cents_of_reais(value: Any) -> int | None:
    """Return the cents of an amount in reais, or None.

    Args:
        value: A number, or text such as ``47.00``, ``255,12`` or ``R$ 1.255,12``.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    written = str(value).replace("R$", "").strip()
    if "," in written:
        written = written.replace(".", "").replace(",", ".")
    if not _DECIMAL.fullmatch(written):
        return None
    return int((Decimal(written) * 100).to_integral_value(ROUND_HALF_UP))


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


def split_name(value: Any) -> tuple[str | None, str | None]:
    """Split a full name at the first blank into first and last name."""
    written = text(value)
    if written is None:
        return None, None
    first, _, last = " ".join(written.split()).partition(" ")
    return first, last or None
