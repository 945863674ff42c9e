"""What a loader has written, counted without the loader's help."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from tests.demo.meltano import plugin_python

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SCHEMA = "activecampaign"

# Runs in the loader's environment, which has the duckdb release that wrote the file.
_QUERY_DUCKDB = """
import duckdb, json, sys
connection = duckdb.connect(sys.argv[1], read_only=True)
answers = [connection.execute(query).fetchall() for query in json.load(sys.stdin)]
print(json.dumps(answers, default=str))
"""

Keys = list[tuple[Any, ...]]


class Warehouse(Protocol):
    """Where a loader writes."""

    @property
    def loader(self) -> str:
        """Name of the loader in meltano.yml."""

    @property
    def place(self) -> Path:
        """The file or folder that holds the tables."""

    def settings(self) -> dict[str, str]:
        """Return the environment variables that send the loader there."""

    def keys(self, key_by_table: Mapping[str, tuple[str, ...]]) -> dict[str, Keys]:
        """Return the primary key of each row of each table, [] for a table that is not there."""

    def value(self, table: str, row_id: int, column: str) -> Any:
        """Return one value of the newest version of a row."""


@dataclass(frozen=True)
class DuckDB:
    """A DuckDB file, written by target-duckdb."""

    place: Path
    loader: str = "target-duckdb"

    def settings(self) -> dict[str, str]:
        """Return the environment variables that send the loader there."""
        return {
            "TARGET_DUCKDB_FILEPATH": str(self.place),
            "TARGET_DUCKDB_DEFAULT_TARGET_SCHEMA": SCHEMA,
        }

    def keys(self, key_by_table: Mapping[str, tuple[str, ...]]) -> dict[str, Keys]:
        """Return the primary key of each row of each table, [] for a table that is not there."""
        if not self.place.exists():
            return {table: [] for table in key_by_table}
        tables = f"select table_name from information_schema.tables where table_schema = '{SCHEMA}'"  # noqa: S608
        (names,) = self.answers([tables])
        there = [table for table in key_by_table if (table,) in names]
        queries = [_select(table, key_by_table[table]) for table in there]
        found = dict(zip(there, self.answers(queries), strict=True))
        return {table: found.get(table, []) for table in key_by_table}

    def value(self, table: str, row_id: int, column: str) -> Any:
        """Return one value of the newest version of a row."""
        ((row,),) = self.answers([f"{_select(table, (column,))} where id = {row_id}"])
        return row[0]

    def answers(self, queries: list[str]) -> list[Keys]:
        """Return the rows of each query."""
        python = plugin_python("loaders", self.loader)
        answer = subprocess.run(
            [python, "-c", _QUERY_DUCKDB, self.place],
            input=json.dumps(queries),
            check=True,
            capture_output=True,
            text=True,
        )
        return [[tuple(row) for row in rows] for rows in json.loads(answer.stdout)]


@dataclass(frozen=True)
class JsonLines:
    """A folder with a file per stream, written by target-jsonl; the last line of a key counts."""

    place: Path
    loader: str = "target-jsonl"

    def settings(self) -> dict[str, str]:
        """Return the environment variables that send the loader there."""
        self.place.mkdir(parents=True, exist_ok=True)
        return {"TARGET_JSONL_DESTINATION_PATH": str(self.place)}

    def keys(self, key_by_table: Mapping[str, tuple[str, ...]]) -> dict[str, Keys]:
        """Return the primary key of each row of each table, [] for a table that is not there."""
        return {
            table: list({tuple(one[column] for column in key): None for one in self._lines(table)})
            for table, key in key_by_table.items()
        }

    def value(self, table: str, row_id: int, column: str) -> Any:
        """Return one value of the newest version of a row."""
        return [record for record in self._lines(table) if record["id"] == row_id][-1][column]

    def _lines(self, table: str) -> list[dict[str, Any]]:
        path = self.place / f"{table}.jsonl"
        if not path.exists():
            return []
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _select(table: str, columns: tuple[str, ...]) -> str:
    names = ", ".join(f'"{column}"' for column in columns)
    return f'select {names} from {SCHEMA}."{table}"'  # noqa: S608
