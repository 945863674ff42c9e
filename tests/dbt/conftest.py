from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.demo.meltano import EXECUTABLE, ROOT, Meltano, is_installed, plugin_python
from tests.demo.warehouses import DuckDB
from tests.end_to_end.conftest import unavailable_unless
from tests.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROJECT = ROOT / "examples" / "dbt"
ENVIRONMENT = ROOT / ".venv-dbt" / "bin"

# Answers queries and carries out the rest; the release that reads or wrote the file does it.
_DUCKDB = """
import duckdb, json, sys
connection = duckdb.connect(sys.argv[1])
answers = [connection.execute(one).fetchall() for one in json.load(sys.stdin)]
print(json.dumps(answers, default=str))
"""


def duckdb(python: Path, place: Path, *statements: str) -> list[list[list[Any]]]:
    """Carry out statements on a DuckDB file and return the rows of each."""
    done = subprocess.run(
        [python, "-c", _DUCKDB, place],
        input=json.dumps(statements),
        check=True,
        capture_output=True,
        text=True,
    )
    answers: list[list[list[Any]]] = json.loads(done.stdout)
    return answers


@dataclass(frozen=True)
class Built:
    """What `dbt build` did: its exit code, what it said, and the status of models and tests."""

    exit_code: int
    said: str
    status: dict[str, str]

    def with_status(self, *wanted: str) -> set[str]:
        return {name for name, status in self.status.items() if status in wanted}


@dataclass(frozen=True)
class Dbt:
    """The package of examples/dbt, run on a warehouse, with everything it writes elsewhere."""

    warehouse: Path
    folder: Path

    @property
    def place(self) -> Path:
        return self.folder / "activecampaign.duckdb"

    def build(self) -> Built:
        target = self.folder / "target"
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("DBT_", "PYTHON"))}
        done = subprocess.run(
            [ENVIRONMENT / "dbt", "--no-version-check", "build", "--project-dir", PROJECT],
            cwd=PROJECT,
            env={
                **inherited,
                "DBT_PROFILES_DIR": str(PROJECT),
                "DBT_TARGET_PATH": str(target),
                "DBT_LOG_PATH": str(self.folder / "logs"),
                "DBT_DUCKDB_PATH": str(self.place),
                "WAREHOUSE_DUCKDB_PATH": str(self.warehouse),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        said = done.stdout + done.stderr
        results = target / "run_results.json"
        assert results.exists(), said
        found = json.loads(results.read_text(encoding="utf-8"))["results"]
        return Built(
            done.returncode, said, {_short(one["unique_id"]): one["status"] for one in found}
        )

    def rows(self, query: str) -> list[list[Any]]:
        return duckdb(ENVIRONMENT / "python", self.place, query)[0]

    def warehouse_rows(self, query: str) -> list[list[Any]]:
        return duckdb(plugin_python("loaders", "target-duckdb"), self.warehouse, query)[0]

    def alter_warehouse(self, *statements: str) -> None:
        duckdb(plugin_python("loaders", "target-duckdb"), self.warehouse, *statements)


def _short(unique_id: str) -> str:
    """Return `model.activecampaign.stg_tags` or `test.activecampaign.unique_x.a1` as its name."""
    return unique_id.split(".")[2]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(contacts=60, requests_per_second=None) as running:
        yield running


@pytest.fixture
def dbt(sandbox: Sandbox, tmp_path: Path) -> Dbt:
    """Load the streams of the package's sources as the demo loads them."""
    unavailable_unless(
        EXECUTABLE.exists(), "REQUIRE_MELTANO", "Meltano is not installed; run 'make install'"
    )
    if not is_installed("loaders", "target-duckdb"):
        pytest.skip("target-duckdb has no release that keeps every row on this Python")
    unavailable_unless(
        (ENVIRONMENT / "dbt").exists(),
        "REQUIRE_MELTANO",
        "dbt is not installed; run 'make .venv-dbt/.installed'",
    )
    warehouse = DuckDB(tmp_path / "warehouse.duckdb")
    settings = {
        "TAP_ACTIVECAMPAIGN_API_URL": sandbox.url,
        "TAP_ACTIVECAMPAIGN_API_TOKEN": sandbox.token,
        "TAP_ACTIVECAMPAIGN_REQUESTS_PER_SECOND": "100",
        "TAP_ACTIVECAMPAIGN__SELECT": json.dumps([f"{stream}.*" for stream in sources()]),
        **warehouse.settings(),
    }
    run = Meltano(tmp_path / "meltano", settings).run("run", "tap-activecampaign", warehouse.loader)
    assert run.exit_code == 0, run.log
    return Dbt(warehouse.place, tmp_path / "dbt")


def sources() -> list[str]:
    """Return the streams that the package reads."""
    text = (PROJECT / "models" / "staging" / "sources.yml").read_text(encoding="utf-8")
    (source,) = yaml.safe_load(text)["sources"]
    return [table["name"] for table in source["tables"]]
