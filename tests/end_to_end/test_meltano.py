"""`meltano run tap-activecampaign <loader>`: the tables hold what the account holds."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING

import pytest

from tests.demo.meltano import is_installed
from tests.demo.truth import compare
from tests.demo.warehouses import DuckDB, JsonLines
from tests.end_to_end import postgres
from tests.end_to_end.conftest import answers, unavailable_unless

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.demo.meltano import Meltano
    from tests.demo.warehouses import Warehouse
    from tests.sandbox import Sandbox

pytestmark = [pytest.mark.meltano, pytest.mark.slow]

# A few of each kind; the pipe of test_shell_pipe.py carries all of them.
STREAMS = ("accounts", "contact_custom_fields", "contact_lists", "contacts", "deals", "tags")


@pytest.fixture
def postgres_schema() -> Iterator[postgres.Postgres]:
    where = f"{postgres.HOST}:{postgres.PORT}"
    unavailable_unless(
        answers(postgres.HOST, postgres.PORT),
        "REQUIRE_POSTGRES",
        f"no PostgreSQL server answers on {where}",
    )
    warehouse = postgres.Postgres(f"end_to_end_{uuid.uuid4().hex}")
    yield warehouse
    warehouse.drop()


def test_duckdb_holds_the_account_after_a_first_and_an_incremental_run(
    sandbox: Sandbox, meltano: Meltano, tmp_path: Path
) -> None:
    if not is_installed("loaders", "target-duckdb"):
        pytest.skip("target-duckdb has no release that keeps every row on this Python")
    first_and_second_run(sandbox, meltano, DuckDB(tmp_path / "warehouse.duckdb"))


@pytest.mark.postgres
def test_postgres_holds_the_account_after_a_first_and_an_incremental_run(
    sandbox: Sandbox, meltano: Meltano, postgres_schema: postgres.Postgres
) -> None:
    first_and_second_run(sandbox, meltano, postgres_schema)


def first_and_second_run(sandbox: Sandbox, meltano: Meltano, warehouse: Warehouse) -> None:
    selection = json.dumps([f"{stream}.*" for stream in STREAMS])
    meltano.settings.update(warehouse.settings(), TAP_ACTIVECAMPAIGN__SELECT=selection)
    pipeline = ("run", "tap-activecampaign", warehouse.loader)

    first = meltano.run(*pipeline)
    assert first.exit_code == 0, first.log
    assert_equal(sandbox, warehouse)

    changed = str(sandbox.account.rows("contacts")[7]["id"])
    sandbox.account.touch("contacts", changed, firstName="Changed")
    sandbox.account.insert("contacts", email="new.contact@example.com")
    second = meltano.run(*pipeline)
    assert second.exit_code == 0, second.log
    assert_equal(sandbox, warehouse)
    assert warehouse.value("contacts", int(changed), "first_name") == "Changed"
    assert second.records_by_stream()["contacts"] < first.records_by_stream()["contacts"] / 2


def assert_equal(sandbox: Sandbox, warehouse: Warehouse) -> None:
    comparisons = compare(sandbox, warehouse, STREAMS)
    assert [one for one in comparisons if not one.equal] == []
    assert all(one.loaded for one in comparisons)


def test_a_wrong_token_fails_the_run_with_its_sentence(meltano: Meltano, tmp_path: Path) -> None:
    settings = {
        "TAP_ACTIVECAMPAIGN_API_TOKEN": "wrong",
        "TARGET_JSONL_DESTINATION_PATH": str(tmp_path),
    }
    run = meltano.run("run", "tap-activecampaign", "target-jsonl", settings=settings)
    assert run.exit_code == 1
    assert "does not accept the API token" in run.log


def test_a_stream_that_fails_keeps_no_other_from_being_loaded(
    sandbox: Sandbox, meltano: Meltano, tmp_path: Path
) -> None:
    warehouse = JsonLines(tmp_path / "tables")
    meltano.settings.update(
        warehouse.settings(),
        TAP_ACTIVECAMPAIGN_MAX_RETRIES="1",
        TAP_ACTIVECAMPAIGN__SELECT=json.dumps(["contacts.*", "deals.*", "users.*"]),
    )
    pipeline = ("run", "tap-activecampaign", warehouse.loader)

    sandbox.faults.next("status_500", "contacts", times=None)
    first = meltano.run(*pipeline)
    assert first.exit_code == 1
    assert "Stream 'contacts' was not read to its end" in first.log
    assert "Traceback" not in first.log
    others = [one for one in compare(sandbox, warehouse, ("deals", "users")) if not one.equal]
    assert others == []

    sandbox.faults.clear()
    second = meltano.run(*pipeline)
    assert second.exit_code == 0, second.log
    records = second.records_by_stream()
    # Its bookmark has not moved, and that of the deals has.
    assert records["contacts"] == sandbox.account.count("contacts")
    assert records["deals"] < sandbox.account.count("deals") / 2
