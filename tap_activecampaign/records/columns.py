"""The vocabulary in which streams declare their columns.

A column says what a value means, not how the API happens to write it;
`tap_activecampaign.records.reader` reads the API's spelling of each meaning.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Literal

Meaning = Literal[
    "integer",
    "number",
    "flag",
    "text",
    "timestamp",
    "date",
    "array",
    "object",
    "json",
]

_JSON_TYPES: dict[Meaning, dict[str, Any]] = {
    "integer": {"type": ["integer", "null"]},
    "number": {"type": ["number", "null"]},
    "flag": {"type": ["boolean", "null"]},
    "text": {"type": ["string", "null"]},
    "json": {"type": ["string", "null"]},
    "timestamp": {"type": ["string", "null"], "format": "date-time"},
    "date": {"type": ["string", "null"], "format": "date"},
    "array": {"type": ["array", "null"]},
    "object": {"type": ["object", "null"]},
}

AS_SENT = "as_sent"
"""Name of the column that holds a whole row."""

_WORD_BORDER = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@lru_cache(maxsize=4096)
def snake_case(name: str) -> str:
    """Return the API's name of a property in snake_case: ``firstName`` becomes ``first_name``."""
    return _WORD_BORDER.sub("_", name).lower()


@dataclass(frozen=True)
class Column:
    """One property of a stream.

    Attributes:
        name: Name in the records, in snake_case.
        meaning: What the value is.
        description: What it tells, for someone who knows the product and not the API.
        stream: Stream whose primary key the value holds, if it is a foreign key.
        items: Meaning of an array's items.
        columns: Properties of an object, or of the objects in an array. Without them an object is
            passed on as it came.
        key: Whether it is part of the primary key, and so never null.
    """

    name: str
    meaning: Meaning
    description: str
    stream: str | None = None
    items: Meaning | None = None
    columns: tuple[Column, ...] = field(default=())
    key: bool = False

    def json_schema(self) -> dict[str, Any]:
        """Return the JSON schema of the property."""
        schema = {**_JSON_TYPES[self.meaning]}
        if self.key:
            schema["type"] = schema["type"][0]
        if self.meaning == "array":
            schema["items"] = {
                **(object_schema(self.columns) if self.columns else {}),
                **_JSON_TYPES[self.items or "text"],
            }
        elif self.columns:
            schema.update(object_schema(self.columns), type=schema["type"])
        elif self.meaning == "object":
            schema["additionalProperties"] = True
        schema["description"] = self.description
        return schema


def object_schema(columns: tuple[Column, ...]) -> dict[str, Any]:
    """Return the JSON schema of a record or nested object with these columns."""
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {column.name: column.json_schema() for column in columns},
    }
    if required := [column.name for column in columns if column.key]:
        schema["required"] = required
    return schema


def primary(column: Column) -> Column:
    """Make a column part of the primary key."""
    return replace(column, key=True)


def id_(description: str, name: str = "id") -> Column:
    """Identify the row: an integer that is never null."""
    return Column(name, "integer", description, key=True)


def uuid(description: str, name: str = "id") -> Column:
    """Identify the row: text that is never null."""
    return Column(name, "text", description, key=True)


def ref(name: str, stream: str, description: str) -> Column:
    """Point to a row of another stream by its integer id."""
    return Column(name, "integer", description, stream=stream)


def uuid_ref(name: str, stream: str, description: str) -> Column:
    """Point to a row of another stream by its textual id."""
    return Column(name, "text", description, stream=stream)


def integer(name: str, description: str) -> Column:
    """Count, number or rank something in whole numbers."""
    return Column(name, "integer", description)


def cents(name: str, description: str) -> Column:
    """Give an amount of money in cents."""
    return Column(name, "integer", f"{description} In cents.")


def number(name: str, description: str) -> Column:
    """Give a quantity that may have decimals."""
    return Column(name, "number", description)


def flag(name: str, description: str) -> Column:
    """Say yes or no."""
    return Column(name, "flag", description)


def text(name: str, description: str) -> Column:
    """Hold text; an empty text stays empty."""
    return Column(name, "text", description)


def json(name: str, description: str) -> Column:
    """Hold a value whose type varies from row to row: text as it is, anything else as JSON text."""
    return Column(name, "json", description)


def timestamp(name: str, description: str) -> Column:
    """Tell a moment, emitted in UTC."""
    return Column(name, "timestamp", description)


def date(name: str, description: str) -> Column:
    """Tell a day."""
    return Column(name, "date", description)


def array(name: str, items: Meaning, description: str, stream: str | None = None) -> Column:
    """List values of one meaning."""
    return Column(name, "array", description, items=items, stream=stream)


def objects(name: str, columns: tuple[Column, ...], description: str) -> Column:
    """List objects with known properties."""
    return Column(name, "array", description, items="object", columns=columns)


def object_(name: str, description: str, columns: tuple[Column, ...] = ()) -> Column:
    """Nest an object; without columns its properties are the account's own."""
    return Column(name, "object", description, columns=columns)


def as_sent() -> Column:
    """The whole row, of a collection whose shape ActiveCampaign does not publish."""
    return Column(
        AS_SENT, "object", "The row as ActiveCampaign sends it; its shape is not published."
    )


def created_and_updated(*, by: bool = True) -> tuple[Column, ...]:
    """Return the bookkeeping columns that newer tables of ActiveCampaign share."""
    stamps = (
        timestamp("created_timestamp", "When the row was created."),
        timestamp("updated_timestamp", "When the row was last changed."),
    )
    if not by:
        return stamps
    return (
        *stamps,
        ref("created_by", "users", "User who created the row; 0 for the system."),
        ref("updated_by", "users", "User who last changed the row; 0 for the system."),
    )
