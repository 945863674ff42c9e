"""The programs under measurement: a sandbox, the tap and the target, each a process of its own.

This module imports neither the SDK nor the sandbox: a child process counts the memory of the
process that started it until it runs its own program.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).parents[2]
TOKEN = "sandbox-token"
_START_SECONDS = 60
_LONGEST_RUN_SECONDS = 1800
_RECORD = b'{"type":"RECORD","stream":"'
_STATE = b'{"type":"STATE"'
_SCHEMA = b'{"type":"SCHEMA"'
# So many records of a stream are kept as a sample.
_SAMPLE_RECORDS = 1_000


class BenchmarkError(Exception):
    """A program did not do what is measured."""


@dataclass(frozen=True)
class Account:
    """A sandbox that is running.

    Attributes:
        url: Its address.
    """

    url: str

    def get(self, path: str) -> Any:
        """Read one of the sandbox's controls."""
        with urllib.request.urlopen(f"{self.url}/_sandbox/{path}") as answer:  # noqa: S310
            return json.load(answer)

    def post(self, path: str, **body: Any) -> Any:
        """Use one of the sandbox's controls."""
        request = urllib.request.Request(  # noqa: S310
            f"{self.url}/_sandbox/{path}",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            return json.load(answer)


@contextmanager
def sandbox(folder: Path, *options: str) -> Iterator[Account]:
    """Run a sandbox.

    Args:
        folder: For its files.
        options: Of its command line.

    Raises:
        BenchmarkError: If it does not start.
    """
    port_file = folder / "port"
    port_file.unlink(missing_ok=True)
    command = [sys.executable, "-m", "tests.sandbox", "--port-file", str(port_file), *options]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        deadline = time.monotonic() + _START_SECONDS
        while not port_file.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                raise BenchmarkError("The sandbox did not start.")
            time.sleep(0.05)
        yield Account(port_file.read_text(encoding="utf-8").strip())
    finally:
        process.terminate()
        process.wait()


@dataclass
class Run:
    """What became of a program.

    Attributes:
        rows: Records that it wrote, by stream.
        output_bytes: Bytes that it wrote to stdout.
        state: Value of the last state message; None if there was none.
        last_line: What it wrote last to stdout.
        sample: Its schemas and the first records of each stream, as it wrote them.
        seconds: From its start to its end.
        cpu_seconds: User and system time.
        peak_bytes: Largest resident set.
    """

    rows: Counter[str] = field(default_factory=Counter)
    output_bytes: int = 0
    state: Any = None
    last_line: bytes = b""
    sample: list[bytes] = field(default_factory=list)
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_bytes: int = 0

    def take(self, line: bytes) -> None:
        """Count a line of stdout."""
        self.output_bytes += len(line)
        self.last_line = line
        if line.startswith(_RECORD):
            begin = len(_RECORD)
            stream = line[begin : line.index(b'"', begin)].decode()
            self.rows[stream] += 1
            if self.rows[stream] <= _SAMPLE_RECORDS:
                self.sample.append(line)
        elif line.startswith(_SCHEMA):
            self.sample.append(line)
        elif line.startswith(_STATE):
            self.state = line


def run_program(
    module: str, arguments: Sequence[str], folder: Path, *, stdin: Path | None = None
) -> Run:
    """Run a program to its end.

    Args:
        module: Its Python module.
        arguments: Of its command line.
        folder: For its log.
        stdin: A file that it reads.

    Raises:
        BenchmarkError: If it fails or never ends.
    """
    log = folder / f"{module}.log"
    run = Run()
    with log.open("wb") as stderr, (stdin or Path(os.devnull)).open("rb") as source:
        began = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            stdin=source,
            stdout=subprocess.PIPE,
            stderr=stderr,
            bufsize=1 << 20,
        )
        timer = Timer(_LONGEST_RUN_SECONDS, process.kill)
        timer.start()
        try:
            for line in process.stdout or ():
                run.take(line)
            _, status, usage = os.wait4(process.pid, 0)
        finally:
            timer.cancel()
        run.seconds = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        last_lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-3:]
        raise BenchmarkError(f"{module} ended with {process.returncode}: {' '.join(last_lines)}")
    run.state = json.loads(run.state)["value"] if run.state else None
    run.cpu_seconds = usage.ru_utime + usage.ru_stime
    run.peak_bytes = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return run


def run_tap(
    account: Account,
    folder: Path,
    *,
    streams: Sequence[str] = (),
    state: Any = None,
    **settings: Any,
) -> Run:
    """Run the tap.

    Args:
        account: What it reads.
        folder: For its files.
        streams: Those to read; by default all that are selected by default.
        state: Where an earlier run ended.
        settings: Of the tap.
    """
    config = {"api_url": account.url, "api_token": TOKEN, **settings}
    arguments = ["--config", _written(folder / "config.json", config)]
    if streams:
        arguments += ["--catalog", _written(folder / "catalog.json", catalog_of(folder, streams))]
    if state is not None:
        arguments += ["--state", _written(folder / "state.json", state)]
    return run_program("tap_activecampaign", arguments, folder)


def run_bare(folder: Path, like: Run) -> Run:
    """Run a tap of the bare SDK that emits as many records as an earlier run did, ready made.

    Args:
        folder: For its files.
        like: The earlier run.
    """
    sample = folder / "sample.jsonl"
    sample.write_bytes(b"".join(like.sample))
    arguments = [str(sample), _written(folder / "counts.json", like.rows)]
    run = run_program("tests.benchmark.bare", arguments, folder)
    if run.rows != like.rows:
        raise BenchmarkError("The bare SDK emitted other records.")
    return run


def run_target(account: Account, folder: Path, orders: Path, **settings: Any) -> Run:
    """Run the target.

    Args:
        account: What it writes to.
        folder: For its files.
        orders: A file of Singer messages, its input.
        settings: Of the target.
    """
    config = {
        "api_url": account.url,
        "api_token": TOKEN,
        "data_dir": str(folder / "data"),
        **settings,
    }
    arguments = ["--config", _written(folder / "config.json", config)]
    return run_program("target_activecampaign", arguments, folder, stdin=orders)


def catalog_of(folder: Path, streams: Sequence[str]) -> Any:
    """Return the tap's catalog with only these streams selected.

    Raises:
        BenchmarkError: If the tap has no such stream.
    """
    discovered = folder / "discovered.json"
    with discovered.open("wb") as stdout, (folder / "discovery.log").open("wb") as stderr:
        subprocess.run(
            [sys.executable, "-m", "tap_activecampaign", "--discover"],
            cwd=ROOT,
            stdout=stdout,
            stderr=stderr,
            check=True,
        )
    catalog = json.loads(discovered.read_bytes())
    if unknown := set(streams) - {entry["tap_stream_id"] for entry in catalog["streams"]}:
        raise BenchmarkError(f"The tap has no stream named {', '.join(sorted(unknown))}.")
    for entry in catalog["streams"]:
        for metadata in entry["metadata"]:
            if not metadata["breadcrumb"]:
                metadata["metadata"]["selected"] = entry["tap_stream_id"] in streams
    return catalog


def columns_of(folder: Path, stream: str) -> int:
    """Return how many columns a stream's records have."""
    catalog = catalog_of(folder, [stream])
    entries = [entry for entry in catalog["streams"] if entry["tap_stream_id"] == stream]
    return len(entries[0]["schema"]["properties"])


def _written(path: Path, value: Any) -> str:
    path.write_text(json.dumps(value), encoding="utf-8")
    return str(path)
