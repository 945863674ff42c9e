"""Several accounts at once through examples/many-accounts: processor time, memory, connections."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import psycopg
import yaml

from tests.benchmark.fleet_plan import FleetFigures
from tests.benchmark.programs import BenchmarkError
from tests.demo.meltano import EXECUTABLE
from tests.many_accounts.fleet import DAGSTER, fleet_of
from tests.servers import program

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.many_accounts.fleet import Fleet

_PROC = Path("/proc")
_STREAMS = ["contacts", "contact_lists", "contact_tags", "deals", "lists", "tags"]
_ACCOUNTS = ("anna", "bruno")
_IDLE_SECONDS = 20.0
_SECONDS_BETWEEN_LOOKS = 0.5
_MANY_ACCOUNTS = 1_000
# What the process of a run does before it begins.
_DEFINITIONS = """
import dagster, time, yaml
before = time.process_time()
import definitions
definitions.defs.get_repository_def()
print(time.process_time() - before)
"""
_CONNECTIONS = """
SELECT count(*) FROM pg_stat_activity
WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
"""


@dataclass
class _Peak:
    """The most that was seen."""

    bytes: int = 0
    connections: int = 0
    ended: threading.Event = field(default_factory=threading.Event)


def measure_fleet(*, quick: bool) -> Iterator[FleetFigures]:
    """Load two accounts through Dagster and Meltano: first whole, then two daily runs."""
    if not _PROC.exists():
        raise BenchmarkError("Processor time of sessions is read from /proc, which Linux has.")
    if not (EXECUTABLE.exists() and (DAGSTER / "celery").exists() and program("initdb")):
        raise BenchmarkError(
            "It needs PostgreSQL, 'make install' and 'make .venv-dagster/.installed'."
        )
    contacts, changed = (200, 20) if quick else (5_000, 200)
    accounts = {name: {"streams": _STREAMS} for name in _ACCOUNTS}
    with (
        TemporaryDirectory(prefix="benchmark-") as folder,
        fleet_of(Path(folder), accounts, contacts=contacts, places=[len(accounts)]) as fleet,
    ):
        definitions_seconds = _definitions_seconds(fleet)
        yield _measured(fleet, f"first load, {contacts:,} contacts", definitions_seconds)
        yield _measured(fleet, "nothing new", definitions_seconds)
        for sandbox in fleet.sandboxes.values():
            for row in sandbox.account.rows("contacts")[:changed]:
                sandbox.account.touch("contacts", str(row["id"]), firstName="Changed")
        yield _measured(fleet, f"{changed} contacts changed", definitions_seconds)


def _definitions_seconds(fleet: Fleet) -> float:
    """Return the processor time that a run takes for each account that Dagster knows."""
    account = {"api_url": "http://127.0.0.1", "token": "TOKEN", "schedule": "0 3 * * *"}
    many = {f"account_{n}": {**account, "streams": _STREAMS} for n in range(_MANY_ACCOUNTS)}
    path = fleet.folder / "many.yml"
    path.write_text(yaml.safe_dump({"accounts": many}), encoding="utf-8")
    done = subprocess.run(
        [DAGSTER / "python", "-c", _DEFINITIONS],
        cwd=fleet.folder,
        env={**fleet.environment, "ACCOUNTS_FILE": str(path)},
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout.split()[-1]) / _MANY_ACCOUNTS


def _measured(fleet: Fleet, scenario: str, definitions_seconds: float) -> FleetFigures:
    worker, platform = (
        [fleet.sessions["worker 1"]],
        [fleet.sessions["web"], fleet.sessions["daemon"]],
    )
    platform_before = _cpu_seconds(platform)
    time.sleep(_IDLE_SECONDS)
    platform_seconds = _cpu_seconds(platform) - platform_before
    idle_bytes, idle_connections = _bytes(worker), _connections(fleet)
    for sandbox in fleet.sandboxes.values():
        sandbox.clear_log()
    worker_before, postgres_before = _cpu_seconds(worker), _postgres_seconds(fleet)
    began = time.monotonic()
    with _watched(fleet, worker) as peak:
        fleet.launch(list(fleet.sandboxes))
        runs = fleet.wait_for_runs()
        seconds = time.monotonic() - began
    if any(statuses[0] != "SUCCESS" for statuses in runs.values()):
        raise BenchmarkError(f"Not all runs were successful: {runs}.")
    # A worker is charged with a run's time when the process of the run has ended.
    time.sleep(_SECONDS_BETWEEN_LOOKS)
    return FleetFigures(
        scenario=scenario,
        accounts=len(fleet.sandboxes),
        requests=sum(len(sandbox.requests) for sandbox in fleet.sandboxes.values()),
        seconds=seconds,
        worker_seconds=_cpu_seconds(worker) - worker_before,
        postgres_seconds=_postgres_seconds(fleet) - postgres_before,
        idle_bytes=idle_bytes,
        peak_bytes=peak.bytes,
        idle_connections=idle_connections,
        peak_connections=peak.connections,
        platform_bytes=_bytes(platform),
        platform_share=platform_seconds / _IDLE_SECONDS,
        definitions_seconds=definitions_seconds,
    )


@contextmanager
def _watched(fleet: Fleet, sessions: list[int]) -> Iterator[_Peak]:
    peak = _Peak()

    def look() -> None:
        while not peak.ended.wait(_SECONDS_BETWEEN_LOOKS):
            peak.bytes = max(peak.bytes, _bytes(sessions))
            peak.connections = max(peak.connections, _connections(fleet))

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield peak
    finally:
        peak.ended.set()
        watcher.join()


def _connections(fleet: Fleet) -> int:
    url = urlsplit(fleet.server.url)._replace(path="/postgres").geturl()
    with psycopg.connect(url) as connection:
        ((count,),) = connection.execute(_CONNECTIONS.encode()).fetchall()
    return int(count)


def _postgres_seconds(fleet: Fleet) -> float:
    """Return the processor time of PostgreSQL: its own, and that of backends now and before."""
    server = fleet.server.pid
    return sum(_seconds_of(pid) for pid in _pids() if pid == server or _stat(pid)[1] == server)


def _cpu_seconds(sessions: list[int]) -> float:
    return sum(_seconds_of(pid) for pid in _pids() if _stat(pid)[3] in sessions)


def _bytes(sessions: list[int]) -> int:
    """Return the memory of sessions; pages that processes share are divided among them."""
    total = 0
    for pid in _pids():
        if _stat(pid)[3] in sessions:
            # The process may have ended meanwhile.
            with suppress(OSError):
                text = (_PROC / str(pid) / "smaps_rollup").read_text(encoding="ascii")
                (line,) = [line for line in text.splitlines() if line.startswith("Pss:")]
                total += int(line.split()[1]) * 1024
    return total


def _pids() -> list[int]:
    return [int(path.name) for path in _PROC.iterdir() if path.name.isdigit()]


def _stat(pid: int) -> list[int]:
    """Return state (as 0), parent, group and session of a process, and the numbers after them."""
    try:
        text = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return [0] * 20
    return [0, *(int(word) for word in text.rpartition(")")[2].split()[1:20])]


def _seconds_of(pid: int) -> float:
    """Return the processor time of a process and of its children that have ended."""
    return sum(_stat(pid)[11:15]) / os.sysconf("SC_CLK_TCK")
