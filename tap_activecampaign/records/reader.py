"""Rows of the API turned into records: names in snake_case, values coerced to their meaning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_activecampaign.records import values
from tap_activecampaign.records.columns import Column, snake_case

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from zoneinfo import ZoneInfo

    Coerce = Callable[[Any], Any]

# `links` names other URLs of the API for each row: of no use in a table.
_DROPPED = "links"
# Properties whose names differ from row to row are data, and not worth a line each.
_MOST_UNKNOWN = 100


class RecordReader:
    """Turn rows of one stream into records. Whatever a row holds, nothing is raised.

    A record holds nothing that a loader cannot take: integers fit 64 bits, numbers are finite, and
    moments lie in the years 1 to 9999.

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
        self._on_misfit = on_misfit
        self._on_unknown = on_unknown
        self._coerce = {column.name: self._coercion(column, zone) for column in columns}
        self._empty = dict.fromkeys(self._coerce)
        self._spellings = _spellings(self._coerce)
        # By the API's name; None for what is left out.
        self._known: dict[str, tuple[str, Coerce] | None] = dict.fromkeys((_DROPPED, *ignored))
        self._misfits: set[str] = set()
        self._unknown: set[str] = set()

    def read(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return the record of a row, with every declared property present."""
        record: dict[str, Any] = self._empty.copy()
        known = self._known
        as_text = values.text
        for key, value in row.items():
            try:
                target = known[key]
            except KeyError:
                target = self._resolve(key)
            if target is None or value is None:
                continue
            name, coerce = target
            # Most values are text, and a call for each would take longer than all else.
            if coerce is as_text and value.__class__ is str:
                record[name] = value
                continue
            try:
                coerced = coerce(value)
            except values.MISFITS:
                self._report_misfit(name, value)
                continue
            if coerced is not None:
                record[name] = coerced
        return record

    def value(self, name: str, wire: Any) -> Any:
        """Return what a record holds for one property of a row; None if it does not fit."""
        if wire is None:
            return None
        try:
            return self._coerce[name](wire)
        except values.MISFITS:
            self._report_misfit(name, wire)
            return None

    def _resolve(self, key: str) -> tuple[str, Coerce] | None:
        name = snake_case(key)
        if name not in self._coerce:
            name = self._spellings.get(_squeezed(name), name)
        coerce = self._coerce.get(name)
        if coerce is not None:
            self._known[key] = (name, coerce)
            return name, coerce
        if len(self._unknown) < _MOST_UNKNOWN:
            self._known[key] = None
            if name not in self._unknown:
                self._unknown.add(name)
                self._on_unknown(name)
        return None

    def _report_misfit(self, name: str, value: Any) -> None:
        if name not in self._misfits:
            self._misfits.add(name)
            self._on_misfit(name, values.json_type(value))

    def _coercion(self, column: Column, zone: ZoneInfo) -> Coerce:
        match column.meaning:
            case "object":
                return self._object(column, zone)
            case "array" if column.items == "object":
                return values.list_of(self._object(column, zone))
            case "array":
                return values.list_of(values.coercion_of(column.items or "text", zone))
            case meaning:
                return values.coercion_of(meaning, zone)

    def _object(self, column: Column, zone: ZoneInfo) -> Coerce:
        if not column.columns:
            return self._open_object(column.name)
        nested = RecordReader(
            column.columns,
            zone,
            on_misfit=lambda name, kind: self._on_misfit(f"{column.name}.{name}", kind),
            on_unknown=lambda name: self._on_unknown(f"{column.name}.{name}"),
        )
        return lambda value: nested.read(values.plain_object(value))

    def _open_object(self, name: str) -> Coerce:
        def read(value: Any) -> dict[str, Any]:
            content = values.plain_object(value)
            if values.is_storable(content):
                return content
            self._report_misfit(name, value)
            repaired: dict[str, Any] = values.storable(content)
            return repaired

        return read


def _squeezed(name: str) -> str:
    return name.replace("_", "")


def _spellings(names: Iterable[str]) -> dict[str, str]:
    """Return names by their words written together, where that leaves them apart.

    ActiveCampaign is of two minds about some properties: `enforceLimit` and `enforcelimit`.
    """
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(_squeezed(name), []).append(name)
    return {squeezed: same[0] for squeezed, same in found.items() if len(same) == 1}
