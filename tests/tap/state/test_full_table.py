"""FULL_TABLE chosen in the catalog, so that rows removed in the account leave the destination."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.demo.meltano import is_installed, plugin_python
from tests.end_to_end import postgres
from tests.end_to_end.conftest import answers, unavailable_unless
from tests.sandbox import Sandbox
from tests.tap.runs import open_tap

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

TAP = Path(sys.executable).with_name("tap-activecampaign")
TARGET = plugin_python("loaders", "target-postgres").with_name("target-postgres")

TAGS, LOGS = "contact_tags", "contact_tracking_logs"
SELECTED = (TAGS, LOGS, "contacts")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    # Events are had below each contact only, so that a stream with parents is among them.
    with Sandbox(
        contacts=60, requests_per_second=None, honoured_orders="all", not_found=("trackingLogs",)
    ) as running:
        yield running


@dataclass
class Pipeline:
    """The tap as a runner starts it, with a catalog that asks for some streams whole."""

    sandbox: Sandbox
    folder: Path
    whole: tuple[str, ...] = (TAGS, LOGS)
    selected: tuple[str, ...] = SELECTED
    state: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)

    def command(self) -> list[str]:
        """Write the files that the tap is given and return its command line."""
        catalog: Any = open_tap(self.sandbox, self.selected).catalog_dict
        for entry in catalog["streams"]:
            if entry["tap_stream_id"] in self.whole:
                (root,) = [one for one in entry["metadata"] if not one["breadcrumb"]]
                root["metadata"]["replication-method"] = "FULL_TABLE"
        config = {
            "api_url": self.sandbox.url,
            "api_token": self.sandbox.token,
            "requests_per_second": 100,
            "emit_activate_version_messages": True,
            "max_retries": 0,
            **self.settings,
        }
        command = [str(TAP)]
        files: dict[str, Any] = {"config": config, "catalog": catalog, "state": self.state}
        for name, content in files.items():
            path = self.folder / f"{name}.json"
            path.write_text(json.dumps(content))
            command += [f"--{name}", str(path)]
        return command

    def run(self) -> tuple[int, list[dict[str, Any]]]:
        """Run the tap; return its exit code and messages."""
        self.sandbox.clear_log()
        run = subprocess.run(self.command(), capture_output=True, text=True, check=False)
        messages = [json.loads(line) for line in run.stdout.splitlines()]
        states = [message["value"] for message in messages if message["type"] == "STATE"]
        self.state = states[-1] if states else self.state
        return run.returncode, messages


def of_stream(messages: list[dict[str, Any]], stream: str) -> list[str]:
    """Return the types of a stream's messages in their order."""
    return [message["type"] for message in messages if message.get("stream") == stream]


def test_a_forced_full_table_is_read_whole_in_each_run_and_announces_its_version(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    pipeline = Pipeline(sandbox, tmp_path)
    versions = []
    for _ in range(2):
        code, messages = pipeline.run()
        assert code == 0
        for stream, collection in ((TAGS, "contactTags"), (LOGS, "trackingLogs")):
            kinds = of_stream(messages, stream)
            assert kinds.count("RECORD") == sandbox.account.count(collection)
            assert kinds.count("ACTIVATE_VERSION") == 1
        announced = {m["version"] for m in messages if m["type"] == "ACTIVATE_VERSION"}
        carried = {m.get("version") for m in messages if m.get("stream") in {TAGS, LOGS}} - {None}
        assert announced == carried
        versions.append(max(announced))
        # All parents are asked, whether they changed or not.
        parents = {r.path for r in sandbox.requests if r.path.endswith("/trackingLogs")}
        assert len(parents) == sandbox.account.count("contacts")
        assert not [r for r in sandbox.requests if "orders[cdate]" in r.query]
    assert versions[0] < versions[1]


def test_an_incremental_stream_beside_it_announces_no_version_and_stays_incremental(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    pipeline = Pipeline(sandbox, tmp_path, whole=(TAGS,), selected=(TAGS, "contacts"))
    pipeline.run()
    _, messages = pipeline.run()
    kinds = of_stream(messages, "contacts")
    assert "ACTIVATE_VERSION" not in kinds
    assert kinds.count("RECORD") == 1


def test_the_start_date_does_not_shorten_a_full_table(sandbox: Sandbox, tmp_path: Path) -> None:
    pipeline = Pipeline(sandbox, tmp_path, settings={"start_date": "2030-01-01T00:00:00Z"})
    _, messages = pipeline.run()
    assert of_stream(messages, TAGS).count("RECORD") == sandbox.account.count("contactTags")
    assert of_stream(messages, LOGS).count("RECORD") == sandbox.account.count("trackingLogs")
    assert "RECORD" not in of_stream(messages, "contacts")


def test_a_version_is_announced_after_its_records(sandbox: Sandbox, tmp_path: Path) -> None:
    """A destination drops the older rows at the announcement, so the new ones must be there."""
    _, messages = Pipeline(sandbox, tmp_path).run()
    assert of_stream(messages, TAGS)[-1] == "ACTIVATE_VERSION"


def test_an_unavailable_stream_announces_no_version(sandbox: Sandbox, tmp_path: Path) -> None:
    """It is skipped, not empty: the destination must keep its rows."""
    pipeline = Pipeline(sandbox, tmp_path, selected=(TAGS, "tags"))
    sandbox.behaviour.forbidden = ("contactTags",)
    code, messages = pipeline.run()
    assert code == 0
    assert of_stream(messages, TAGS) == ["SCHEMA"]


def test_a_run_that_fails_announces_no_version(sandbox: Sandbox, tmp_path: Path) -> None:
    pipeline = Pipeline(sandbox, tmp_path, selected=(TAGS,), settings={"page_size": 10})
    sandbox.hook(lambda _request, _account: _fail_late(sandbox))
    code, messages = pipeline.run()
    assert code == 1
    assert "ACTIVATE_VERSION" not in of_stream(messages, TAGS)


def _fail_late(sandbox: Sandbox) -> None:
    if len(sandbox.requests) > 5:
        sandbox.behaviour.not_found = ("contactTags",)


@pytest.fixture
def warehouse() -> Iterator[postgres.Postgres]:
    where = f"{postgres.HOST}:{postgres.PORT}"
    unavailable_unless(
        is_installed("loaders", "target-postgres"),
        "REQUIRE_MELTANO",
        "target-postgres is not installed; run 'make install'",
    )
    unavailable_unless(
        answers(postgres.HOST, postgres.PORT),
        "REQUIRE_POSTGRES",
        f"no PostgreSQL server answers on {where}",
    )
    opened = postgres.Postgres(f"full_table_{uuid.uuid4().hex}")
    yield opened
    opened.drop()


@pytest.mark.postgres
@pytest.mark.parametrize("hard_delete", [False, True], ids=["soft-delete", "hard-delete"])
def test_rows_removed_in_the_account_leave_the_destination(
    sandbox: Sandbox, tmp_path: Path, warehouse: postgres.Postgres, hard_delete: bool
) -> None:
    pipeline = Pipeline(sandbox, tmp_path)
    target_config = tmp_path / "target.json"
    target_config.write_text(
        json.dumps(
            {
                "host": postgres.HOST,
                "port": postgres.PORT,
                "user": postgres.USER,
                "password": postgres.PASSWORD,
                "database": postgres.DATABASE,
                "default_target_schema": warehouse.schema,
                "hard_delete": hard_delete,
            }
        )
    )

    def load() -> None:
        tap, target = shlex.join(pipeline.command()), shlex.join([str(TARGET), "--config"])
        done = subprocess.run(  # noqa: S602  # a plain shell pipe is what is tested
            f"set -o pipefail; {tap} | {target} {shlex.quote(str(target_config))}",
            shell=True,
            executable="/bin/bash",
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        pipeline.state = json.loads(done.stdout.splitlines()[-1])

    def rows(table: str, condition: str = "true") -> set[int]:
        query = f'select id from "{warehouse.schema}"."{table}" where {condition}'  # noqa: S608
        (found,) = warehouse.answers([query])
        return {row[0] for row in found}

    def in_account(collection: str) -> set[int]:
        return {int(row["id"]) for row in sandbox.account.rows(collection)}

    live = "_sdc_deleted_at is null"
    load()
    assert rows(TAGS, live) == in_account("contactTags")
    assert rows(LOGS, live) == in_account("trackingLogs")

    gone = {}
    for stream, collection in ((TAGS, "contactTags"), (LOGS, "trackingLogs")):
        gone[stream] = sorted(in_account(collection))[3:6]
        for row_id in gone[stream]:
            sandbox.account.delete(collection, row_id)
    load()
    for stream, collection in ((TAGS, "contactTags"), (LOGS, "trackingLogs")):
        assert rows(stream, live) == in_account(collection)
        kept = set() if hard_delete else set(gone[stream])
        assert rows(stream, "_sdc_deleted_at is not null") == kept
    assert rows("contacts", live) == in_account("contacts")
