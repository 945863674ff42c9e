"""What a run takes does not grow with what it reads or writes."""

from __future__ import annotations

import gc
import io
import json
import os
import subprocess
import sys
import threading
import time
from contextlib import redirect_stdout
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from tap_activecampaign.tap import TapActiveCampaign
from tests.reliability.tap_process import ROOT, catalog, run_tap
from tests.reliability.tap_process import settings as tap_settings
from tests.reliability.target_process import RULES, receive
from tests.sandbox import Sandbox
from tests.target.support import command, messages, order, rule, settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.slow

FEW, MANY = 5_000, 25_000
# What the allocator and the clock add between two runs of the same program, with room to spare;
# 20,000 rows kept in memory are more than twice that.
ROOM_KILOBYTES = 24_000
_FILES_OF_PROCESS = Path("/dev/fd")


def peak_kilobytes(arguments: list[str], output: Path, given: Path | None = None) -> int:
    """Run a program to its end; returns the most memory that it held."""
    reading = os.open(given or os.devnull, os.O_RDONLY)
    writing = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    try:
        process = subprocess.Popen(
            arguments, stdin=reading, stdout=writing, stderr=subprocess.DEVNULL, cwd=ROOT
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    finally:
        os.close(reading)
        os.close(writing)
    assert process.returncode == 0
    # macOS counts bytes.
    return used.ru_maxrss // (1024 if sys.platform == "darwin" else 1)


def tap_command(sandbox: Sandbox, folder: Path, **more: Any) -> list[str]:
    config, chosen = folder / "config.json", folder / "catalog.json"
    config.write_text(json.dumps(tap_settings(sandbox, page_size=100, **more)), encoding="utf-8")
    chosen.write_text(json.dumps(catalog(("contacts",))), encoding="utf-8")
    files = ["--config", str(config), "--catalog", str(chosen)]
    return [sys.executable, "-m", "tap_activecampaign", *files]


def test_memory_of_the_tap_does_not_grow_with_rows(tmp_path: Path) -> None:
    peaks = {}
    for rows in (FEW, MANY):
        output = tmp_path / f"{rows}.singer"
        with Sandbox(contacts=rows, requests_per_second=None) as sandbox:
            peaks[rows] = peak_kilobytes(tap_command(sandbox, tmp_path), output)
            with output.open("rb") as lines:
                emitted = sum(line.startswith(b'{"type":"RECORD"') for line in lines)
            assert emitted == sandbox.account.count("contacts")
    assert peaks[MANY] - peaks[FEW] < ROOM_KILOBYTES, peaks


def write_orders(path: Path, count: int) -> Path:
    """Write orders that no rule asks for, and one that a rule does."""
    text = json.dumps(order(status="refunded"))
    schema, record, state = messages([json.loads(text)]).splitlines(keepends=True)
    with path.open("wb") as file:
        file.write(schema)
        for _ in range(count):
            file.write(record)
        file.write(messages([order()]).splitlines(keepends=True)[1] + state)
    return path


def test_memory_of_the_target_does_not_grow_with_orders(sandbox: Sandbox, tmp_path: Path) -> None:
    # All from one buyer: the same request counts, so that only memory differs.
    config = settings(sandbox, tmp_path, rule(), rule("b", event="refunded", tags="saiu"))
    peaks = {}
    for count in (6_000, 14_000):
        given = write_orders(tmp_path / f"{count}.singer", count)
        output = tmp_path / "state"
        peaks[count] = peak_kilobytes(command(config, tmp_path), output, given)
        assert output.read_bytes().count(b"\n") >= 1
    assert peaks[14_000] - peaks[6_000] < ROOM_KILOBYTES, peaks


def test_state_does_not_grow_with_rows_or_runs(tmp_path: Path) -> None:
    sizes = []
    for contacts in (60, 600):
        with Sandbox(contacts=contacts, requests_per_second=None) as sandbox:
            state: dict[str, Any] | None = None
            for run in range(2):
                if run:
                    row = sandbox.account.rows("tags")[0]
                    sandbox.account.touch("tags", row["id"], description=f"run {run}")
                done = run_tap(tap_settings(sandbox, page_size=100), tmp_path, state=state)
                assert done.status == 0
                state = done.last_state
                sizes.append(len(json.dumps(state)))
    # Moments with and without decimals differ in length.
    assert max(sizes) - min(sizes) < 400, sizes


def held() -> tuple[int, int]:
    """Return how many threads and open files this process has."""
    gc.collect()
    files = sum(1 for _ in _FILES_OF_PROCESS.iterdir()) if _FILES_OF_PROCESS.exists() else 0
    return threading.active_count(), files


def settled(before: tuple[int, int]) -> tuple[int, int]:
    """Return what is held once threads that are about to end have ended."""
    for _ in range(200):
        now = held()
        if now <= before or (now[0] <= before[0] and now[1] <= before[1]):
            return before
        time.sleep(0.02)
    return held()


def run_the_tap(sandbox: Sandbox, folder: Path) -> None:
    given = SimpleNamespace(config=tap_settings(sandbox), parse_env=False)
    chosen = io.StringIO(json.dumps(catalog(("contacts", "tags"))))
    with (folder / "out.singer").open("w", encoding="utf-8") as out, redirect_stdout(out):
        TapActiveCampaign.invoke(config=given, catalog=chosen)


def run_the_target(sandbox: Sandbox, folder: Path) -> None:
    receive(settings(sandbox, folder, *RULES), messages([order()]))


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[str]:
    """An account in a process of its own, whose threads and files are not counted."""
    address = tmp_path / "address"
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "tests.sandbox", "--contacts", "60"),
            *("--requests-per-second", "0", "--port-file", str(address)),
        ],
        cwd=ROOT,
    )
    try:
        while not address.exists() or not address.read_text(encoding="utf-8").strip():
            assert process.poll() is None
            time.sleep(0.02)
        yield address.read_text(encoding="utf-8").strip()
    finally:
        process.terminate()
        process.wait()


class _Elsewhere:
    """What settings need to know of an account in another process."""

    token = "sandbox-token"

    def __init__(self, url: str) -> None:
        self.url = url


@pytest.mark.parametrize("live", [run_the_tap, run_the_target])
def test_threads_and_files_are_given_back(
    live: Callable[[Any, Path], None], elsewhere: str, tmp_path: Path
) -> None:
    account = _Elsewhere(elsewhere)
    live(account, tmp_path)
    before = held()
    for _ in range(3):
        live(account, tmp_path)
    assert settled(before) == before
