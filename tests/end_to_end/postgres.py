"""PostgreSQL as a warehouse of the tests."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.demo.meltano import plugin_python

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.demo.warehouses import Keys

HOST = os.environ.get("TEST_POSTGRES_HOST", "127.0.0.1")
PORT = int(os.environ.get("TEST_POSTGRES_PORT", "5432"))
USER = os.environ.get("TEST_POSTGRES_USER", "postgres")
PASSWORD = os.environ.get("TEST_POSTGRES_PASSWORD", "unused")
DATABASE = os.environ.get("TEST_POSTGRES_DATABASE", "test")

_QUERY = """
import json, psycopg, sys
host, port, user, password, database = sys.argv[1:]
with psycopg.connect(
    host=host, port=port, user=user, password=password, dbname=database
) as connection:
    answers = []
    for query in json.load(sys.stdin):
        cursor = connection.execute(query)
        answers.append(cursor.fetchall() if cursor.description else [])
print(json.dumps(answers, default=str))
"""


@dataclass(frozen=True)
class Postgres:
    """A schema of a PostgreSQL database, written by target-postgres."""

    schema: str
    loader: str = "target-postgres"
    place: Path = field(default=Path(DATABASE))

    def settings(self) -> dict[str, str]:
        """Return the environment variables that send the loader there."""
        return {
            "TARGET_POSTGRES_HOST": HOST,
            "TARGET_POSTGRES_PORT": str(PORT),
            "TARGET_POSTGRES_USER": USER,
            "TARGET_POSTGRES_PASSWORD": PASSWORD,
            "TARGET_POSTGRES_DATABASE": DATABASE,
            "TARGET_POSTGRES_DEFAULT_TARGET_SCHEMA": self.schema,
        }

    def config(self) -> dict[str, Any]:
        """Return the settings of the loader, without Meltano."""
        return {
            "host": HOST,
            "port": PORT,
            "user": USER,
            "password": PASSWORD,
            "database": DATABASE,
            "default_target_schema": self.schema,
        }

    def keys(self, key_by_table: Mapping[str, tuple[str, ...]]) -> dict[str, Keys]:
        """Return the primary key of each row of each table, [] for a table that is not there."""
        tables = (
            f"select table_name from information_schema.tables where table_schema = '{self.schema}'"  # noqa: S608
        )
        (names,) = self.answers([tables])
        there = [table for table in key_by_table if (table,) in names]
        queries = [self._select(table, key_by_table[table]) for table in there]
        found = dict(zip(there, self.answers(queries), strict=True))
        return {table: found.get(table, []) for table in key_by_table}

    def value(self, table: str, row_id: int, column: str) -> Any:
        """Return one value of the newest version of a row."""
        ((row,),) = self.answers([f"{self._select(table, (column,))} where id = {row_id}"])
        return row[0]

    def drop(self) -> None:
        """Remove the schema and everything in it."""
        self.answers([f'drop schema if exists "{self.schema}" cascade'])

    def answers(self, queries: list[str]) -> list[Keys]:
        """Return the rows of each query."""
        python = plugin_python("loaders", self.loader)
        answer = subprocess.run(
            [python, "-c", _QUERY, HOST, str(PORT), USER, PASSWORD, DATABASE],
            input=json.dumps(queries),
            check=True,
            capture_output=True,
            text=True,
        )
        return [[tuple(row) for row in rows] for rows in json.loads(answer.stdout)]

    def _select(self, table: str, columns: tuple[str, ...]) -> str:
        names = ", ".join(f'"{column}"' for column in columns)
        return f'select {names} from "{self.schema}"."{table}"'  # noqa: S608
