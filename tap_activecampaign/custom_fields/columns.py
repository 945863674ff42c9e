"""The names under which custom fields stand in a record, and their columns.

A field is known by its personalization tag, which stays when people rename the field. Names are
given by ascending id, so a field that is added later never takes the name of an earlier one.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

from tap_activecampaign.records.columns import Column

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tap_activecampaign.custom_fields.definitions import FieldDefinition, FieldMeaning
    from tap_activecampaign.records.columns import Meaning

PREFIX = "cf_"
# PostgreSQL cuts longer names, and those that differ only behind the cut become one.
LONGEST_NAME_BYTES = 63
_CURRENCY = "_currency"
_NO_NAME = re.compile(r"[^a-z0-9_]+", re.ASCII)

_COLUMN_MEANINGS: dict[FieldMeaning, Meaning] = {
    "text": "text",
    "number": "number",
    "date": "date",
    "timestamp": "timestamp",
    "choices": "array",
    "money": "integer",
}


@dataclass(frozen=True)
class NamedField:
    """A custom field, and where its value stands in a record.

    Attributes:
        field: The field.
        name: Property of the value.
        meaning: What the value is in the record. A catalog may be older than the field's kind.
        currency_name: Property of its currency; None unless it is an amount of money.
    """

    field: FieldDefinition
    name: str
    meaning: FieldMeaning
    currency_name: str | None

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of the field."""
        about = f'Custom field "{self.field.title or self.field.tag or self.field.id}"'
        facts = f"{self.field.kind or 'text'}, id {self.field.id}"
        unit = " In cents." if self.meaning == "money" else ""
        value = Column(
            self.name,
            _COLUMN_MEANINGS[self.meaning],
            f"{about} ({facts}).{unit}",
            items="text" if self.meaning == "choices" else None,
        )
        if self.currency_name is None:
            return (value,)
        return (value, Column(self.currency_name, "text", f"Currency of: {about} ({facts})."))


def as_columns(fields: Iterable[FieldDefinition], taken: Iterable[str] = ()) -> list[NamedField]:
    """Name fields as columns: ``cf_<key>``, unique without regard to case, at most 63 bytes.

    Args:
        fields: By ascending id.
        taken: Names of the columns that the stream has anyway.
    """
    used = {name.casefold() for name in taken}
    named = []
    for field in fields:
        key = _NO_NAME.sub("_", _without_accents(field.tag).lower()).strip("_")
        longest = LONGEST_NAME_BYTES - (len(_CURRENCY) if field.meaning == "money" else 0)
        candidates = _candidates(f"{PREFIX}{key or _numbered(field)}", field.id, longest)
        named.append(_first_free(field, candidates, used))
    return named


def as_keys(fields: Iterable[FieldDefinition]) -> list[NamedField]:
    """Name fields as keys of an object: the tag in lower case, else ``field_<id>``.

    Args:
        fields: By ascending id.
    """
    used: set[str] = set()
    return [
        _first_free(field, _candidates(field.tag.lower() or _numbered(field), field.id), used)
        for field in fields
    ]


def as_in_catalog(
    fields: Iterable[FieldDefinition], taken: Iterable[str], properties: Mapping[str, Any]
) -> tuple[list[NamedField], list[FieldDefinition]]:
    """Name fields as a catalog has them.

    Args:
        fields: What the account has now, by ascending id.
        taken: Names of the columns that the stream has anyway.
        properties: Properties of the stream's schema in the catalog.

    Returns:
        The fields that the catalog has, typed as there; and those that it does not know.
    """
    known, unknown = [], []
    for named in as_columns(fields, taken):
        meaning = _meaning_of(properties.get(named.name))
        if meaning is None:
            unknown.append(named.field)
            continue
        currency = f"{named.name}{_CURRENCY}"
        has_currency = meaning == "money" and currency in properties
        known.append(
            NamedField(named.field, named.name, meaning, currency if has_currency else None)
        )
    return known, unknown


def _meaning_of(schema: Any) -> FieldMeaning | None:
    """Return what a property of a catalog holds; None if there is none."""
    if not isinstance(schema, dict):
        return None
    types = schema.get("type", ())
    kinds = {types} if isinstance(types, str) else set(types)
    by_type: dict[str, FieldMeaning] = {"array": "choices", "integer": "money", "number": "number"}
    for kind, meaning in by_type.items():
        if kind in kinds:
            return meaning
    by_format: dict[Any, FieldMeaning] = {"date": "date", "date-time": "timestamp"}
    return by_format.get(schema.get("format"), "text")


def _numbered(field: FieldDefinition) -> str:
    return f"field_{field.id}"


def _without_accents(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


def _candidates(name: str, field_id: int, longest: int | None = None) -> Iterator[str]:
    """Yield the names that a field may get, the best first; all but that one carry its id."""
    if longest is None or len(name) <= longest:
        yield name
    for number in count(1):
        ending = f"_{field_id}" if number == 1 else f"_{field_id}_{number}"
        kept = name if longest is None else name[: longest - len(ending)]
        yield f"{kept}{ending}"


def _first_free(field: FieldDefinition, candidates: Iterator[str], used: set[str]) -> NamedField:
    is_money = field.meaning == "money"
    for name in candidates:
        currency = f"{name}{_CURRENCY}" if is_money else None
        folded = {one.casefold() for one in (name, currency) if one is not None}
        if not folded & used:
            used |= folded
            return NamedField(field, name, field.meaning, currency)
    raise AssertionError("there is always another candidate")
