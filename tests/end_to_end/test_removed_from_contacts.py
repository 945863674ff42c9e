"""The statement of docs/incremental.md finds what was removed from contacts, in real databases.

The arrays in which contacts name their rows are those that the tap has written and a loader loaded.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jinja2 import Environment

from tests.demo.meltano import ROOT, is_installed, plugin_python
from tests.demo.warehouses import SCHEMA, DuckDB
from tests.end_to_end.conftest import unavailable_unless
from tests.tap.runs import catalog_of, config_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.demo.warehouses import Keys, Warehouse
    from tests.end_to_end import postgres
    from tests.sandbox import Sandbox

pytestmark = [pytest.mark.meltano, pytest.mark.slow]

TAP = Path(sys.executable).with_name("tap-activecampaign")
WORDS = {"duckdb": "DuckDB", "postgres": "PostgreSQL"}
STREAMS = ("contacts", "contact_tags", "contact_lists", "contact_custom_field_values")
COLLECTIONS = {"tag": "contactTags", "list": "contactLists", "field value": "fieldValues"}
PAGE = ROOT / "docs" / "incremental.md"


def statement_for(database: str) -> str:
    """Return the statement that the page shows for a database."""
    section = PAGE.read_text(encoding="utf-8").partition("## Rows removed from a contact\n")[2]
    found = re.search(rf"{database}:\n\n```sql\n(.*?)```", section, re.DOTALL)
    assert found, database
    return found[1]


def statement_of_dbt_for(database: str) -> str:
    """Return the same statement, with what examples/dbt says about an id in an array."""
    macros = (ROOT / "examples" / "dbt" / "macros" / "is_named_in.sql").read_text(encoding="utf-8")
    module: Any = Environment(autoescape=False).from_string(macros).module  # noqa: S701 - SQL
    is_named = getattr(module, f"{database}__is_named_in")("row_id", "named")
    shown, condition, _ = statement_for(WORDS[database]).partition("named is not null and ")
    assert condition
    return f"{shown}{condition} not ({is_named})"


class Pipeline:
    """The tap and a loader, run one after the other, with the state handed on."""

    def __init__(self, sandbox: Sandbox, folder: Path, loader: Warehouse, config: Any) -> None:
        self._folder = folder
        self._program = plugin_python("loaders", loader.loader).with_name(loader.loader)
        settings = config_of(sandbox, requests_per_second=100)
        self._write("config", settings)
        self._write("catalog", catalog_of(settings, STREAMS))
        self._write("target", config)
        self._write("state", {})

    def run(self) -> None:
        files = ("config", "catalog", "state")
        arguments: list[str | Path] = [
            part for name in files for part in (f"--{name}", self._folder / f"{name}.json")
        ]
        written = self._done([TAP, *arguments], b"").splitlines()
        self._write("state", json.loads(written[-1])["value"])
        target: list[str | Path] = [self._program, "--config", self._folder / "target.json"]
        self._done(target, b"".join(line + b"\n" for line in written))

    def _write(self, name: str, content: Any) -> None:
        (self._folder / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")

    @staticmethod
    def _done(command: Sequence[str | Path], given: bytes) -> bytes:
        done = subprocess.run(command, input=given, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()[-3000:]
        return done.stdout


def finds_what_was_removed(
    sandbox: Sandbox, pipeline: Pipeline, found: Callable[[], list[Keys]]
) -> None:
    pipeline.run()
    assert all(set(rows) <= rows_of_deleted_tags(sandbox) for rows in found())
    account = sandbox.account
    removed = set()
    for kind, collection in COLLECTIONS.items():
        rows = account.rows(collection)
        for row in (rows[2], rows[5]):
            account.delete(collection, row["id"])
            removed.add((kind, int(row["id"]), int(row["contact"])))
    # What is new to a contact was not removed from it.
    account.insert("contactTags", contact=account.id_at("contacts", 3), tag="1")
    pipeline.run()
    for names in found():
        assert removed <= set(names) <= removed | rows_of_deleted_tags(sandbox)


def rows_of_deleted_tags(sandbox: Sandbox) -> set[tuple[Any, ...]]:
    """Return the rows that the account still has though no contact names them."""
    tags = {row["id"] for row in sandbox.account.rows("tags")}
    return {
        ("tag", int(row["id"]), int(row["contact"]))
        for row in sandbox.account.rows("contactTags")
        if row["tag"] not in tags
    }


def test_duckdb_finds_them(sandbox: Sandbox, tmp_path: Path) -> None:
    unavailable_unless(
        is_installed("loaders", "target-duckdb"), "REQUIRE_DUCKDB", "target-duckdb is not installed"
    )
    warehouse = DuckDB(tmp_path / "warehouse.duckdb")
    config = {
        "filepath": str(warehouse.place),
        "default_target_schema": SCHEMA,
        "add_metadata_columns": True,
    }
    pipeline = Pipeline(sandbox, tmp_path, warehouse, config)
    statements = [statement_for("DuckDB"), statement_of_dbt_for("duckdb")]
    finds_what_was_removed(sandbox, pipeline, lambda: warehouse.answers(statements))


@pytest.mark.postgres
def test_postgresql_finds_them(sandbox: Sandbox, schema: postgres.Postgres, tmp_path: Path) -> None:
    pipeline = Pipeline(sandbox, tmp_path, schema, schema.config())
    statements = [
        statement.replace(f"{SCHEMA}.", f"{schema.schema}.")
        for statement in (statement_for("PostgreSQL"), statement_of_dbt_for("postgres"))
    ]
    finds_what_was_removed(sandbox, pipeline, lambda: schema.answers(statements))
