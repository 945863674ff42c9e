"""Values of the API turned into what their column means.

Every function takes a value of any JSON type other than null. It returns the value as a record
holds it, None for "empty", or raises one of `MISFITS`.
"""

from __future__ import annotations

import math
import re
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
from typing_extensions import assert_never

from tap_activecampaign.records.timestamps import day_text, utc_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

    from tap_activecampaign.records.columns import Meaning

    Coerce = Callable[[Any], Any]

# Raised for a value that is not what its column means.
MISFITS = (ValueError, TypeError, OverflowError, RecursionError)

_SMALLEST, _LARGEST = -(2**63), 2**63 - 1
# So many digits fit 64 bits whatever they are.
_SAFE_DIGITS = 18
_WHOLE_NUMBER = re.compile(r"[+-]?\d+(?:\.0+)?", re.ASCII)
_FLAGS: dict[Any, bool | None] = {
    "0": False,
    "1": True,
    0: False,
    1: True,
    "false": False,
    "true": True,
    "": None,
}
# Deeper nesting exhausts the stack of programs that read records.
_DEEPEST = 64


def coercion_of(meaning: Meaning, zone: ZoneInfo) -> Coerce:  # noqa: PLR0911
    """Return what reads the values of one meaning.

    Args:
        meaning: What the values are.
        zone: Zone of stamps that carry no offset.
    """
    match meaning:
        case "integer":
            return integer
        case "number":
            return number
        case "flag":
            return flag
        case "text":
            return text
        case "json":
            return json_text
        case "timestamp":
            return partial(utc_text, zone=zone)
        case "date":
            return lambda value: day_text(text(value))
        case "object":
            return plain_object
        case "array":
            return list_of(text)
    assert_never(meaning)


def list_of(coerce: Coerce) -> Coerce:
    """Return what reads lists.

    Args:
        coerce: What reads an item.
    """

    def coerce_list(value: Any) -> list[Any] | None:
        if value == "":
            return None
        if isinstance(value, dict):
            # PHP writes a list with gaps as an object.
            value = list(value.values())
        if not isinstance(value, list):
            raise TypeError("not a list")
        return [None if item is None else coerce(item) for item in value]

    return coerce_list


def integer(value: Any) -> int | None:
    """Read a whole number of 64 bits."""
    if value.__class__ is str:
        if value.isdecimal() and len(value) <= _SAFE_DIGITS:
            return int(value)
        digits = value.strip()
        if not digits:
            return None
        if not _WHOLE_NUMBER.fullmatch(digits):
            raise ValueError("not a whole number")
        return _of_64_bits(int(digits.partition(".")[0]))
    if isinstance(value, dict):
        # Side-loaded references arrive as objects where lists carry ids.
        value = value.get("id")
        if isinstance(value, str):
            return integer(value)
    if isinstance(value, float):
        if not value.is_integer():
            raise ValueError("not a whole number")
    elif not isinstance(value, int):
        raise TypeError("not a number")
    return _of_64_bits(int(value))


def _of_64_bits(value: int) -> int:
    if not _SMALLEST <= value <= _LARGEST:
        raise OverflowError("more than 64 bits")
    return value


def number(value: Any) -> float | int | None:
    """Read a finite number; a whole one beyond 64 bits becomes the nearest with decimals."""
    if isinstance(value, str):
        digits = value.strip()
        if not digits:
            return None
        if "_" in digits:
            raise ValueError("not a number")
        value = float(digits)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError("not a number")
    if not math.isfinite(value):
        raise ValueError("not a number")
    return value if isinstance(value, float) or _SMALLEST <= value <= _LARGEST else float(value)


def flag(value: Any) -> bool | None:
    """Read yes or no."""
    try:
        return _FLAGS[value]
    except KeyError:
        word = value.strip().lower() if isinstance(value, str) else None
    if word not in _FLAGS:
        raise ValueError("neither yes nor no")
    return _FLAGS[word]


def text(value: Any) -> str:
    """Read a text, or the text of a single other value."""
    if isinstance(value, str):
        return value
    if isinstance(value, (list, dict)) or (isinstance(value, float) and not math.isfinite(value)):
        raise TypeError("not text")
    return msgspec.json.encode(value).decode()


def json_text(value: Any) -> str:
    """Read a text as it is, and anything else as its JSON text."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def plain_object(value: Any) -> dict[str, Any]:
    """Read an object."""
    if isinstance(value, dict):
        return value
    if value in ([], ""):
        # PHP writes an empty object as a list.
        return {}
    raise TypeError("not an object")


def is_storable(value: Any, depth: int = _DEEPEST) -> bool:
    """Return whether a loader can take a value and all that is in it.

    Args:
        value: A value of any JSON type.
        depth: How deeply it may be nested.
    """
    if value is None or isinstance(value, (str, bool)):
        return True
    if isinstance(value, int):
        return _SMALLEST <= value <= _LARGEST
    if isinstance(value, float):
        return math.isfinite(value)
    inner = value.values() if isinstance(value, dict) else value
    return depth > 0 and all(is_storable(item, depth - 1) for item in inner)


def storable(value: Any, depth: int = _DEEPEST) -> Any:
    """Return a value with null in place of what in it no loader can take. See `is_storable`."""
    if depth > 0 and isinstance(value, dict):
        return {key: storable(item, depth - 1) for key, item in value.items()}
    if depth > 0 and isinstance(value, list):
        return [storable(item, depth - 1) for item in value]
    return value if is_storable(value, depth) else None


def json_type(value: Any) -> str:
    """Return the JSON type of a value, for reports."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, list):
        return "array"
    return "object" if isinstance(value, dict) else "string"
