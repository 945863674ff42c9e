"""What BigQuery and Snowflake refuse in names and types, as their references say."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Problem = str
Schema = dict[str, Any]

# What both can store of JSON Schema: one type, or one type and null.
_TYPES: Final = {"array", "boolean", "integer", "null", "number", "object", "string"}
_FORMATS: Final = {None, "date", "date-time"}


@dataclass(frozen=True)
class WarehouseRules:
    """The rules of one warehouse.

    Attributes:
        characters: What a name is made of.
        longest_table: Most characters of a table's name.
        longest_column: Most characters of a column's name.
        most_columns: Most columns of a table, those within objects counted.
        deepest: How many objects may lie within each other.
        reserved: Words that a query must quote.
        refused: Words that cannot name a column.
        refused_starts: What no column's name may begin with.
    """

    characters: re.Pattern[str]
    longest_table: int
    longest_column: int
    most_columns: int
    deepest: int
    reserved: frozenset[str]
    refused: frozenset[str] = frozenset()
    refused_starts: tuple[str, ...] = field(default=())

    def problems(self, table: str, schema: Schema) -> Iterator[Problem]:
        """Yield what the warehouse would refuse of a table."""
        if not self.characters.fullmatch(table) or len(table) > self.longest_table:
            yield f"table {table}: name"
        if sum(1 for _ in columns(schema)) > self.most_columns:
            yield f"table {table}: too many columns"
        yield from self._problems_within(table, schema, depth=1)

    def _problems_within(self, path: str, schema: Schema, depth: int) -> Iterator[Problem]:
        if depth > self.deepest:
            yield f"{path}: too deep"
        properties = schema.get("properties", {})
        if len({name.lower() for name in properties}) < len(properties):
            yield f"{path}: names that differ by case only"
        for name, inner in properties.items():
            inside = f"{path}.{name}"
            if not self.characters.fullmatch(name) or len(name) > self.longest_column:
                yield f"{inside}: name"
            if name.upper() in self.refused or name.upper().startswith(self.refused_starts):
                yield f"{inside}: refused word"
            yield from type_problems(inside, inner)
            yield from self._problems_within(inside, inner, depth + 1)
            yield from self._problems_within(f"{inside}[]", inner.get("items", {}), depth + 1)

    def to_quote(self, schema: Schema) -> set[str]:
        """Return the columns of a table that a query must quote."""
        return {name for name in schema["properties"] if name.upper() in self.reserved}


def type_problems(path: str, schema: Schema) -> Iterator[Problem]:
    """Yield why a column has no one type in a warehouse."""
    types = schema.get("type")
    found = {types} if isinstance(types, str) else set(types or ())
    if len(found - {"null"}) != 1 or not found <= _TYPES:
        yield f"{path}: no single type"
    if {"anyOf", "oneOf", "allOf"} & set(schema):
        yield f"{path}: a choice of types"
    if schema.get("format") not in _FORMATS:
        yield f"{path}: format"
    if "array" in found:
        items = schema.get("items")
        if not items:
            yield f"{path}: items of no type"
        elif "array" in _as_set(items.get("type")):
            yield f"{path}: an array of arrays"
        else:
            yield from type_problems(f"{path}[]", items)


def _as_set(types: str | list[str] | None) -> set[str]:
    return {types} if isinstance(types, str) else set(types or ())


def columns(schema: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of columns, those within objects and arrays included."""
    for name, inner in schema.get("properties", {}).items():
        yield name
        yield from columns(inner)
        yield from columns(inner.get("items", {}))


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Sources: BigQuery's "Specifying a schema", "Quotas and limits" and "Lexical structure".
BIGQUERY: Final = WarehouseRules(
    characters=re.compile(r"[A-Za-z_][A-Za-z0-9_]*"),
    longest_table=1024,
    longest_column=300,
    most_columns=10_000,
    deepest=15,
    reserved=_words("""
        ALL AND ANY ARRAY AS ASC ASSERT_ROWS_MODIFIED AT BETWEEN BY CASE CAST COLLATE CONTAINS
        CREATE CROSS CUBE CURRENT DEFAULT DEFINE DESC DISTINCT ELSE END ENUM ESCAPE EXCEPT EXCLUDE
        EXISTS EXTRACT FALSE FETCH FOLLOWING FOR FROM FULL GROUP GROUPING GROUPS HASH HAVING IF
        IGNORE IN INNER INTERSECT INTERVAL INTO IS JOIN LATERAL LEFT LIKE LIMIT LOOKUP MERGE
        NATURAL NEW NO NOT NULL NULLS OF ON OR ORDER OUTER OVER PARTITION PRECEDING PROTO QUALIFY
        RANGE RECURSIVE RESPECT RIGHT ROLLUP ROWS SELECT SET SOME STRUCT TABLESAMPLE THEN TO TREAT
        TRUE UNBOUNDED UNION UNNEST USING WHEN WHERE WINDOW WITH WITHIN
    """),
    refused_starts=(
        "_CHANGE_SEQUENCE_NUMBER",
        "_CHANGE_TYPE",
        "_COLIDENTIFIER",
        "_FILE_",
        "_PARTITION",
        "_ROW_TIMESTAMP",
        "_TABLE_",
        "__ROOT__",
    ),
)

# Sources: Snowflake's "Identifier requirements" and "Reserved & limited keywords".
SNOWFLAKE: Final = WarehouseRules(
    characters=re.compile(r"[A-Za-z_][A-Za-z0-9_$]*"),
    longest_table=255,
    longest_column=255,
    # It names no limit; a row of more is refused by its size before.
    most_columns=10_000,
    deepest=1_000,
    reserved=_words("""
        ALL ALTER AND ANY AS BETWEEN BY CASE CAST CHECK COLUMN CONNECT CONSTRAINT CREATE CROSS
        CURRENT CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER DELETE DISTINCT DROP ELSE
        EXISTS FALSE FOLLOWING FOR FROM FULL GRANT GROUP HAVING ILIKE IN INCREMENT INNER INSERT
        INTERSECT INTO IS JOIN LATERAL LEFT LIKE LOCALTIME LOCALTIMESTAMP MINUS NATURAL NOT NULL OF
        ON OR ORDER QUALIFY REGEXP REVOKE RIGHT RLIKE ROW ROWS SAMPLE SELECT SET SOME START TABLE
        TABLESAMPLE THEN TO TRIGGER TRUE TRY_CAST UNION UNIQUE UPDATE USING VALUES WHEN WHENEVER
        WHERE WITH
    """),
    refused=_words("""
        CONSTRAINT CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER LOCALTIME LOCALTIMESTAMP
    """),
)
