"""What an account's custom fields are: their kinds, and the tags by which people know them.

Source: https://developers.activecampaign.com/reference/retrieve-fields and
https://developers.activecampaign.com/reference/list-all-custom-fields
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from tap_activecampaign.records.columns import snake_case

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FieldMeaning = Literal["text", "number", "date", "timestamp", "choices", "money"]

# Kinds that are not here hold text: text, textarea, hidden, dropdown and radio, those that
# ActiveCampaign leaves empty or writes as NULL, and whatever it may add.
_MEANINGS: dict[str, FieldMeaning] = {
    "number": "number",
    "date": "date",
    "datetime": "timestamp",
    "checkbox": "choices",
    "listbox": "choices",
    "multiselect": "choices",
    "currency": "money",
}


@dataclass(frozen=True)
class FieldDefinition:
    """One custom field.

    Attributes:
        id: Identifier among the fields of contacts, of deals, or of accounts.
        tag: Personalization tag without percent signs; empty if the field has none.
        title: What people call the field.
        kind: ActiveCampaign's word for its kind.
    """

    id: int
    tag: str
    title: str
    kind: str

    @property
    def meaning(self) -> FieldMeaning:
        """What the field's values are."""
        return _MEANINGS.get(self.kind.lower(), "text")


def definitions_in(records: Iterable[Mapping[str, Any]]) -> list[FieldDefinition]:
    """Return the fields that some records of a stream of fields tell of, by ascending id.

    Args:
        records: Of contact_custom_fields, deal_custom_fields or account_custom_fields.
    """
    found: dict[int, FieldDefinition] = {}
    for record in records:
        field_id = record.get("id")
        if isinstance(field_id, int):
            found[field_id] = FieldDefinition(
                id=field_id,
                tag=_first(record, "perstag", "personalization").strip().strip("%").strip(),
                title=_first(record, "title", "field_label").strip(),
                kind=_first(record, "field_type", "type").strip(),
            )
    return [found[field_id] for field_id in sorted(found)]


def _first(record: Mapping[str, Any], *names: str) -> str:
    return next((str(record[name]) for name in names if record.get(name)), "")


@dataclass(frozen=True)
class FieldValue:
    """The value of one field as ActiveCampaign wrote it.

    Attributes:
        field_id: The field.
        value: Text, a list of texts, a number or None.
        currency: Currency of an amount of money.
    """

    field_id: int
    value: Any
    currency: Any = None

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> FieldValue | None:
        """Read a row of values of contacts, deals or accounts; None if it names no field."""
        named = {snake_case(name): value for name, value in row.items()}
        field_id = named.get("field", named.get("custom_field_id"))
        try:
            number = int(field_id)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            return None
        value = named["value"] if "value" in named else named.get("field_value")
        return cls(number, value, named.get("field_currency"))
