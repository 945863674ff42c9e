"""`tap-activecampaign | target-jsonl` in a plain shell."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.demo.meltano import is_installed, plugin_python
from tests.demo.truth import compare
from tests.demo.warehouses import JsonLines
from tests.end_to_end.conftest import unavailable_unless

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

pytestmark = pytest.mark.slow

TAP = Path(sys.executable).with_name("tap-activecampaign")
TARGET = plugin_python("loaders", "target-jsonl").with_name("target-jsonl")


@pytest.mark.meltano
def test_target_jsonl_receives_the_rows_of_the_account(sandbox: Sandbox, tmp_path: Path) -> None:
    unavailable_unless(
        is_installed("loaders", "target-jsonl") and TAP.exists(),
        "REQUIRE_MELTANO",
        "target-jsonl is not installed; run 'make install'",
    )
    tap_config = tmp_path / "tap.json"
    settings = {"api_url": sandbox.url, "api_token": sandbox.token, "requests_per_second": 100}
    tap_config.write_text(json.dumps(settings))
    target_config = tmp_path / "target.json"
    warehouse = JsonLines(tmp_path / "tables")
    warehouse.settings()
    target_config.write_text(
        json.dumps({"destination_path": str(warehouse.place), "do_timestamp_file": False})
    )

    tap = shlex.join([str(TAP), "--config", str(tap_config)])
    target = shlex.join([str(TARGET), "--config", str(target_config)])
    subprocess.run(  # noqa: S602  # a plain shell pipe is what is tested
        f"{tap} | {target}", shell=True, capture_output=True, text=True, check=True
    )

    comparisons = compare(sandbox, warehouse)
    assert [one for one in comparisons if not one.equal] == []
    assert {one.table for one in comparisons if one.loaded} >= {"contacts", "deals", "tags"}
