"""Rows of the API turned into records: names in snake_case, values coerced to their meaning."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import msgspec

from tap_activecampaign.records.columns import Column, snake_case
from tap_activecampaign.records.timestamps import day_text, utc_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from zoneinfo import ZoneInfo

    Coerce = Callable[[Any], Any]

_WHOLE_NUMBER = re.compile(r"[+-]?\d+(?:\.0+)?")
_FLAGS: dict[Any, bool] = {
    "0": False,
    "1": True,
    0: False,
    1: True,
    "false": False,
    "true": True,
}
# `links` names other URLs of the API for each row: of no use in a table.
_DROPPED = "links"


class RecordReader:
    """Turn rows of one stream into records.

    Args:
        columns: The stream's columns.
        zone: Zone of stamps that carry no offset.
        on_misfit: Told the name of a property whose value does not fit, and the value's JSON type;
            once per property.
        on_unknown: Told the name of a property that the stream does not declare; once per name.
        ignored: Names of properties that are left out on purpose.
    """

    def __init__(
        self,
        columns: tuple[Column, ...],
        zone: ZoneInfo,
        *,
        on_misfit: Callable[[str, str], None],
        on_unknown: Callable[[str], None],
        ignored: tuple[str, ...] = (),
    ) -> None:
        self._coerce = {column.name: self._coercion(column, zone) for column in columns}
        self._empty = dict.fromkeys(self._coerce)
        self._on_misfit = on_misfit
        self._on_unknown = on_unknown
        self._known: dict[str, tuple[str, Coerce] | None] = dict.fromkeys((_DROPPED, *ignored))
        self._misfits: set[str] = set()

    def read(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return the record of a row, with every declared property present."""
        record: dict[str, Any] = self._empty.copy()
        known = self._known
        for key, value in row.items():
            try:
                target = known[key]
            except KeyError:
                target = self._resolve(key)
            if target is None or value is None:
                continue
            name, coerce = target
            try:
                coerced = coerce(value)
            except (ValueError, TypeError, OverflowError):
                self._report_misfit(name, value)
                continue
            if coerced is not None:
                record[name] = coerced
        return record

    def wire_name(self, name: str) -> str | None:
        """Return how the API spelled a property in the rows read so far."""
        return next((key for key, known in self._known.items() if known and known[0] == name), None)

    def _resolve(self, key: str) -> tuple[str, Coerce] | None:
        name = snake_case(key)
        coerce = self._coerce.get(name)
        self._known[key] = None if coerce is None else (name, coerce)
        if coerce is None:
            self._on_unknown(name)
        return self._known[key]

    def _report_misfit(self, name: str, value: Any) -> None:
        if name not in self._misfits:
            self._misfits.add(name)
            self._on_misfit(name, _json_type(value))

    def _coercion(self, column: Column, zone: ZoneInfo) -> Coerce:
        if column.columns:
            nested = RecordReader(
                column.columns,
                zone,
                on_misfit=lambda name, kind: self._on_misfit(f"{column.name}.{name}", kind),
                on_unknown=lambda name: self._on_unknown(f"{column.name}.{name}"),
            )

            def read_nested(value: Any) -> Any:
                return nested.read(_object(value))

            return _list_of(read_nested) if column.meaning == "array" else read_nested
        if column.meaning == "array":
            return _list_of(_coercion_of(column.items or "text", zone))
        return _coercion_of(column.meaning, zone)


def _coercion_of(meaning: str, zone: ZoneInfo) -> Coerce:
    if meaning == "timestamp":

        def timestamp(value: Any) -> str | None:
            return utc_text(_text(value), zone)

        return timestamp
    return {
        "integer": _integer,
        "number": _number,
        "flag": _flag,
        "text": _text,
        "json": _json_text,
        "date": lambda value: day_text(_text(value)),
        "object": _object,
    }[meaning]


def _list_of(coerce: Coerce) -> Coerce:
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


def _integer(value: Any) -> int | None:
    if isinstance(value, str):
        digits = value.strip()
        if not digits:
            return None
        if not _WHOLE_NUMBER.fullmatch(digits):
            raise ValueError("not a whole number")
        return int(digits.partition(".")[0])
    if isinstance(value, float):
        if not value.is_integer():
            raise ValueError("not a whole number")
        return int(value)
    if isinstance(value, dict) and "id" in value:
        # Side-loaded references arrive as objects where lists carry ids.
        return _integer(value["id"])
    if not isinstance(value, int):
        raise TypeError("not a number")
    return int(value)


def _number(value: Any) -> float | int | None:
    if isinstance(value, str):
        digits = value.strip()
        if not digits:
            return None
        value = float(digits)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError("not a number")
    if not math.isfinite(value):
        raise ValueError("not a number")
    return value


def _flag(value: Any) -> bool | None:
    if isinstance(value, str):
        value = value.strip().lower()
        if not value:
            return None
    if isinstance(value, (list, dict)) or value not in _FLAGS:
        raise ValueError("neither yes nor no")
    return _FLAGS[value]


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, (list, dict)):
        raise TypeError("not text")
    return msgspec.json.encode(value).decode()


def _json_text(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _object(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    if value in ([], ""):
        # PHP writes an empty object as a list.
        return {}
    raise TypeError("not an object")


def _json_type(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, list):
        return "array"
    return "object" if isinstance(value, dict) else "string"
