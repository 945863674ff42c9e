"""The README's lines for a shell pipe, run as they stand: whatever breaks, the state is kept."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.demo.meltano import is_installed, plugin_python
from tests.end_to_end.conftest import unavailable_unless

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

pytestmark = pytest.mark.slow

README = Path(__file__).resolve().parents[2] / "README.md"
TAP = Path(sys.executable).with_name("tap-activecampaign")
OLD = json.dumps({"bookmarks": {"tags": {"replication_key_value": "2020-01-01T00:00:00+00:00"}}})
NEW = {
    "bookmarks": {"tags": {"replication_key_value": "2026-01-01T00:00:00+00:00"}},
    "x": "x" * 9000,
}

# What stands in for the loader, and whether a whole state comes out of it.
LOADERS = {
    "loads everything": ('cat > /dev/null; echo "$FIRST"; echo "$NEW"', True),
    "fails after it has told a state": ('echo "$NEW"; cat > /dev/null; exit 1', True),
    "dies by a signal after a state": ('echo "$NEW"; kill -9 $$', True),
    "cannot reach the database": ("cat > /dev/null; echo no connection >&2; exit 1", False),
    "ends without reading": ("exit 1", False),
    "is cut off in the middle of a line": ('echo "$FIRST"; printf %.4000s "$NEW"; exit 1', False),
    "is not there": (None, False),
}


def recipe() -> str:
    """Return the lines that run the pipe and keep its state."""
    found = re.search(
        r"^tap-activecampaign [^\n]*--state state\.json \|.*?^(?=```)",
        README.read_text(encoding="utf-8"),
        re.MULTILINE | re.DOTALL,
    )
    assert found
    return found[0]


def run(folder: Path, script: str, programs: dict[str, str | None]) -> None:
    binaries = folder / "bin"
    binaries.mkdir()
    for name, text in programs.items():
        if text is not None:
            (binaries / name).write_text(f"#!/bin/sh\n{text}\n")
            (binaries / name).chmod(0o755)
    environment = {
        "PATH": f"{binaries}:{os.environ['PATH']}",
        "FIRST": json.dumps({"bookmarks": {}}),
        "NEW": json.dumps(NEW),
    }
    subprocess.run(  # noqa: S602  # a plain shell is what is tested
        script, shell=True, cwd=folder, env=environment, capture_output=True, check=False
    )


@pytest.mark.parametrize("loader", LOADERS)
def test_state_is_replaced_by_a_whole_one_only(tmp_path: Path, loader: str) -> None:
    text, is_whole = LOADERS[loader]
    state = tmp_path / "state.json"
    state.write_text(OLD)
    # Enough for several times what a pipe holds.
    tap = "i=0; while [ $i -lt 3000 ]; do printf '%0100d\\n' $i || exit 1; i=$((i+1)); done"
    run(tmp_path, recipe(), {"tap-activecampaign": tap, "target-postgres": text})
    assert json.loads(state.read_text()) == (NEW if is_whole else json.loads(OLD))


@pytest.mark.parametrize("blocks", [0, 1, 4, 8, 16])
def test_state_is_kept_when_the_disk_is_full(tmp_path: Path, blocks: int) -> None:
    state = tmp_path / "state.json"
    state.write_text(OLD)
    # A limit on the size of files is as good as a full disk; a block has 512 bytes, or 1024.
    run(
        tmp_path,
        f"ulimit -f {blocks}\n{recipe()}",
        {"tap-activecampaign": "echo x", "target-postgres": 'cat > /dev/null; echo "$NEW"'},
    )
    assert json.loads(state.read_text()) in (json.loads(OLD), NEW)
    assert blocks > 8 or state.read_text() == OLD


@pytest.mark.meltano
def test_state_is_kept_when_postgres_is_down(tmp_path: Path, sandbox: Sandbox) -> None:
    unavailable_unless(
        is_installed("loaders", "target-postgres"),
        "REQUIRE_MELTANO",
        "target-postgres is not installed; run 'make install'",
    )
    state = tmp_path / "state.json"
    before = json.dumps({"bookmarks": {"tags": "2020-01-01T00:00:00+00:00"}})
    state.write_text(before)
    config = {"api_url": sandbox.url, "api_token": sandbox.token, "requests_per_second": 100}
    (tmp_path / "config.json").write_text(json.dumps(config))
    loader = {"sqlalchemy_url": "postgresql+psycopg://postgres@127.0.0.1:1/postgres"}
    (tmp_path / "postgres.json").write_text(json.dumps(loader))
    target = plugin_python("loaders", "target-postgres").with_name("target-postgres")
    run(
        tmp_path,
        recipe(),
        {"tap-activecampaign": f'exec {TAP} "$@"', "target-postgres": f'exec {target} "$@"'},
    )
    assert state.read_text() == before
    # The tap has read something, and the loader has ended by itself.
    assert (tmp_path / "states.jsonl").read_text() == ""
    assert sandbox.requests
