"""Values as a schema promises them, so that no loader stumbles over what somebody sent."""

from __future__ import annotations

import logging
from typing import Any, Final

from target_activecampaign.ticto.values import count, text

logger = logging.getLogger(__name__)

_MOST_INTEGER: Final = 2**63 - 1


class Fitting:
    """Fits the rows of a stream, and says once for each property what did not fit.

    Args:
        stream: Its name, for the log.
        schema: JSON Schema of a row.
    """

    def __init__(self, stream: str, schema: dict[str, Any]) -> None:
        self._stream = stream
        self._schema = schema
        self._reported: set[str] = set()

    def fitted(self, row: dict[str, Any]) -> dict[str, Any]:
        """Return a row whose known properties have their type; others stay as they came."""
        return self._object(row, self._schema, "")

    def _object(self, value: dict[str, Any], schema: dict[str, Any], path: str) -> dict[str, Any]:
        properties = schema.get("properties", {})
        return {
            key: self._value(member, properties[key], f"{path}{key}")
            if key in properties
            else without_nul(member)
            for key, member in value.items()
        }

    def _value(self, value: Any, schema: dict[str, Any], path: str) -> Any:
        if value is None or "type" not in schema:
            return without_nul(value)
        kinds = schema["type"]
        fits: Any = None
        if "object" in kinds:
            if isinstance(value, dict):
                return self._object(value, schema, f"{path}.")
        elif "integer" in kinds:
            number = count(value)
            fits = number if number is not None and abs(number) <= _MOST_INTEGER else None
        elif "boolean" in kinds:
            fits = _flag(value)
        elif "string" in kinds:
            fits = without_nul(value) if isinstance(value, str) else text(value)
        # An empty text stands for nothing where a number or an object is expected.
        if fits is None and value not in ("", []) and path not in self._reported:
            self._reported.add(path)
            logger.warning(
                "Values of '%s' in '%s' are not what is known of Ticto's API; they are left out.",
                path,
                self._stream,
            )
        return fits


def _flag(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    number = count(value)
    return bool(number) if number in {0, 1} else None


def without_nul(value: Any) -> Any:
    """Return a value without NUL characters, which PostgreSQL takes in no text."""
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, dict):
        return {without_nul(key): without_nul(member) for key, member in value.items()}
    if isinstance(value, list):
        return [without_nul(member) for member in value]
    return value
