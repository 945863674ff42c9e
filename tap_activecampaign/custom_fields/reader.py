"""Values of one record's custom fields, as the record carries them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_activecampaign.custom_fields.values import coercion_of
from tap_activecampaign.records import values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from zoneinfo import ZoneInfo

    from tap_activecampaign.custom_fields.columns import NamedField
    from tap_activecampaign.custom_fields.definitions import FieldValue


class FieldReader:
    """Read the values of custom fields. Whatever they are, nothing is raised.

    Args:
        fields: The fields that are wanted.
        zone: Zone of moments that carry no offset.
        on_misfit: Told the name of a property whose value does not fit, and the value's JSON type;
            once per property.
    """

    def __init__(
        self,
        fields: Iterable[NamedField],
        zone: ZoneInfo,
        *,
        on_misfit: Callable[[str, str], None],
    ) -> None:
        self._fields = {
            named.field.id: (named, coercion_of(named.meaning, zone)) for named in fields
        }
        self._on_misfit = on_misfit
        self._misfits: set[str] = set()

    @property
    def names(self) -> list[str]:
        """The properties that a record may get."""
        named = [named for named, _ in self._fields.values()]
        currencies = [field.currency_name for field in named if field.currency_name is not None]
        return [*(field.name for field in named), *currencies]

    @property
    def shape(self) -> dict[int, str]:
        """What the properties are, as text by the field's id: each property and its type."""
        return {
            field_id: f"{named.name} {named.meaning}"
            for field_id, (named, _) in self._fields.items()
        }

    def read(self, field_values: Iterable[FieldValue]) -> dict[str, Any]:
        """Return the properties of the fields that have a value.

        Args:
            field_values: The values of one record; of several for one field the last one counts.
        """
        found: dict[str, Any] = {}
        for written in field_values:
            if written.field_id not in self._fields:
                continue
            named, coerce = self._fields[written.field_id]
            value = self._coerced(named.name, coerce, written.value)
            found[named.name] = value
            if named.currency_name is not None:
                currency = None if value is None else written.currency
                found[named.currency_name] = self._coerced(
                    named.currency_name, values.text, currency
                )
        return {name: value for name, value in found.items() if value is not None}

    def _coerced(self, name: str, coerce: Callable[[Any], Any], value: Any) -> Any:
        if value is None:
            return None
        try:
            return coerce(value)
        except values.MISFITS:
            if name not in self._misfits:
                self._misfits.add(name)
                self._on_misfit(name, values.json_type(value))
            return None
