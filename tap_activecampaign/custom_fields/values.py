"""Values of custom fields turned into what their field holds.

Contacts have every value as text, several choices as ``||a||b||``. Deals and accounts have lists
for several choices, and amounts of money in cents, with their currency beside them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from typing_extensions import assert_never

from tap_activecampaign.records import values
from tap_activecampaign.records.timestamps import day_text, utc_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

    from tap_activecampaign.custom_fields.definitions import FieldMeaning

    Coerce = Callable[[Any], Any]

_BORDER = "||"
_DAY_WITH_SLASHES = re.compile(r"(\d{4})/(\d{2})/(\d{2})", re.ASCII)


def coercion_of(meaning: FieldMeaning, zone: ZoneInfo) -> Coerce:
    """Return what reads the values of one meaning.

    It takes a value of any JSON type other than null, and returns None for "no value".

    Args:
        meaning: What the values are.
        zone: Zone of moments that carry no offset.

    Returns:
        A function that raises one of `records.values.MISFITS` for a value that does not fit.
    """
    match meaning:
        case "text":
            return values.text
        case "number":
            return values.number
        case "date":
            return day
        case "timestamp":
            return lambda value: utc_text(values.text(value), zone)
        case "choices":
            return choices
        case "money":
            return values.integer
    assert_never(meaning)


def day(value: Any) -> str | None:
    """Read a day, which ActiveCampaign also takes with slashes, year first."""
    text = values.text(value)
    with_slashes = _DAY_WITH_SLASHES.fullmatch(text.strip())
    return day_text("-".join(with_slashes.groups()) if with_slashes else text)


def choices(value: Any) -> list[str] | None:
    """Read the choices made: ``||a||b||``, a list, or one choice by itself."""
    if isinstance(value, str):
        inner = value.strip()
        parts: list[Any] = inner.strip("|").split(_BORDER) if _BORDER in inner else [value]
    elif isinstance(value, list):
        parts = value
    else:
        parts = [value]
    made = [values.text(part) for part in parts if part is not None and part != ""]
    return made or None
