"""examples/many-accounts at work, with accounts, PostgreSQL and workers of a test's own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import psycopg
import requests
import yaml
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from tests.demo.meltano import EXECUTABLE, ROOT
from tests.sandbox import Sandbox
from tests.servers import free_port, postgres_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from tests.servers import Server

DAGSTER = ROOT / ".venv-dagster" / "bin"
_EXAMPLE = ROOT / "examples" / "many-accounts"
_FILES = ("Makefile", "meltano.yml", "dagster.yaml", "definitions.py")
_LONGEST_WAIT_SECONDS = 240
_ENDED = frozenset({"SUCCESS", "FAILURE", "CANCELED"})

_RUNS = "{runsOrError(limit: 100) {... on Runs {results {runId jobName status}}}}"
_CHECKS = """
query($key: AssetKeyInput!) {assetCheckExecutions(assetKey: $key, checkName: "read_to_its_end",
 limit: 1) {status evaluation {description}}}
"""
_LAUNCH = """
mutation($job: String!) {launchRun(executionParams: {selector: {
 repositoryName: "__repository__", repositoryLocationName: "definitions.py", jobName: $job}}) {
 __typename ... on LaunchRunSuccess {run {runId}} ... on PythonError {message}}}
"""


@dataclass(frozen=True)
class Fleet:
    """The example in a folder of its own.

    Attributes:
        folder: Where it is.
        server: Its PostgreSQL.
        sandboxes: The accounts, by name.
        environment: Of its processes.
        page: Address of Dagster's page.
        sessions: The process that leads each session, by what it does.
    """

    folder: Path
    server: Server
    sandboxes: Mapping[str, Sandbox]
    environment: Mapping[str, str]
    page: str
    sessions: Mapping[str, int]

    def asked(self, query: str, **variables: Any) -> Any:
        """Return what Dagster's page answers to a query."""
        with requests.Session() as session:
            # Each of the page's connections to PostgreSQL notices once that it has been cut.
            again = Retry(
                total=5, connect=0, backoff_factor=0.2, status_forcelist=[500], allowed_methods=None
            )
            session.mount("http://", HTTPAdapter(max_retries=again))
            body = {"query": query, "variables": variables}
            answer = session.post(f"{self.page}/graphql", json=body, timeout=30)
        answer.raise_for_status()
        return answer.json()["data"]

    def launch(self, accounts: Sequence[str]) -> None:
        """Start a run of each account."""
        for account in accounts:
            launched = self.asked(_LAUNCH, job=account)["launchRun"]
            assert launched["__typename"] == "LaunchRunSuccess", launched

    def runs(self) -> dict[str, list[str]]:
        """Return what became of the runs of each account, the latest first."""
        found: dict[str, list[str]] = {name: [] for name in self.sandboxes}
        for run in self.asked(_RUNS)["runsOrError"]["results"]:
            found[run["jobName"]].append(run["status"])
        return found

    def check_of(self, account: str, stream: str) -> tuple[str, str | None]:
        """Return whether a stream was read to its end, as the page shows it, and why not."""
        (found,) = self.asked(_CHECKS, key={"path": [account, stream]})["assetCheckExecutions"]
        return found["status"], found["evaluation"]["description"]

    def wait_for_runs(self) -> dict[str, list[str]]:
        """Wait until no run is left, and return all of them."""
        wait_until(lambda: self._all_ended(self.runs()), "the runs end")
        return self.runs()

    def kill_worker_of(self, account: str) -> None:
        """Kill the worker process that runs an account, as if memory had run out."""
        os.kill(self._worker_of(account), signal.SIGKILL)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query in the warehouse."""
        url = urlsplit(self.server.url)._replace(path="/warehouse").geturl()
        with psycopg.connect(url) as connection:
            return connection.execute(query.encode()).fetchall()

    def _worker_of(self, account: str) -> int:
        """Return the process that has started Meltano for an account."""
        listed = subprocess.run(
            ["ps", "-eww", "-o", "ppid=,args="], capture_output=True, text=True, check=True
        ).stdout
        for line in listed.splitlines():
            parent, _, command = line.strip().partition(" ")
            if str(EXECUTABLE) in command and f"--state-id-suffix={account}" in command:
                return int(parent)
        raise AssertionError(f"nothing runs {account}")

    def _all_ended(self, runs: Mapping[str, Sequence[str]]) -> bool:
        return all(status in _ENDED for statuses in runs.values() for status in statuses)


def wait_until(happened: Callable[[], bool], what: str) -> None:
    """Wait for something.

    Raises:
        AssertionError: If it does not happen.
    """
    deadline = time.monotonic() + _LONGEST_WAIT_SECONDS
    while time.monotonic() < deadline:
        # PostgreSQL, and so the page, may be away meanwhile.
        with suppress(requests.RequestException, KeyError, TypeError):
            if happened():
                return
        time.sleep(0.25)
    raise AssertionError(f"waited in vain until {what}")


@contextmanager
def fleet_of(
    folder: Path,
    accounts: Mapping[str, Mapping[str, Any]],
    *,
    contacts: int,
    places: Sequence[int],
    settings: Mapping[str, Any] | None = None,
) -> Iterator[Fleet]:
    """Run the example.

    Args:
        folder: For its files.
        accounts: As accounts.yml has them; `api_url` and `token` are filled in.
        contacts: Of each account.
        places: Of each worker.
        settings: Of the tap and the target.
    """
    with ExitStack() as stack:
        server = stack.enter_context(postgres_server())
        sandboxes = {
            name: stack.enter_context(Sandbox(contacts=contacts, seed=number))
            for number, name in enumerate(accounts)
        }
        _write(folder, accounts, sandboxes, settings or {})
        port = free_port()
        environment = _environment(server)
        _make("databases", folder=folder, environment=environment).wait()
        commands = {"web": ("web", f"PORT={port}"), "daemon": ("daemon",)}
        for number, count in enumerate(places, 1):
            commands[f"worker {number}"] = ("worker", f"PLACES={count}")
        sessions = {}
        for name, command in commands.items():
            process = _make(*command, folder=folder, environment=environment)
            stack.callback(_end, process)
            sessions[name] = process.pid
        page = f"http://127.0.0.1:{port}"
        fleet = Fleet(folder, server, sandboxes, environment, page, sessions)
        wait_until(lambda: set(accounts) <= set(fleet.runs()), "the page answers")
        yield fleet


def _write(
    folder: Path,
    accounts: Mapping[str, Mapping[str, Any]],
    sandboxes: Mapping[str, Sandbox],
    settings: Mapping[str, Any],
) -> None:
    for name in _FILES:
        shutil.copy(_EXAMPLE / name, folder)
    dagster = yaml.safe_load((folder / "dagster.yaml").read_text(encoding="utf-8"))
    dagster["run_monitoring"]["poll_interval_seconds"] = 2
    (folder / "dagster.yaml").write_text(yaml.safe_dump(dagster), encoding="utf-8")
    meltano = yaml.safe_load((folder / "meltano.yml").read_text(encoding="utf-8"))
    for plugin in (*meltano["plugins"]["extractors"], *meltano["plugins"]["loaders"]):
        if plugin["name"].endswith("-activecampaign"):
            plugin["config"] = dict(settings)
    (folder / "meltano.yml").write_text(yaml.safe_dump(meltano), encoding="utf-8")
    written = {
        name: {
            "api_url": sandboxes[name].url,
            "token": "SANDBOX_TOKEN",
            # Runs are started by the test.
            "schedule": "0 0 1 1 *",
            **account,
        }
        for name, account in accounts.items()
    }
    (folder / "accounts.yml").write_text(yaml.safe_dump({"accounts": written}), encoding="utf-8")
    # The plugins are those that `make install` has installed for the whole repository.
    (folder / ".meltano").symlink_to(ROOT / ".meltano")


def _environment(server: Server) -> dict[str, str]:
    foreign = ("TAP_", "TARGET_", "MELTANO_", "SINGER_", "DAGSTER_", "PG", "MAKE", "PYTHON")
    inherited = {k: v for k, v in os.environ.items() if not k.startswith((*foreign, "MFLAGS"))}
    url = urlsplit(server.url)
    return {
        **inherited,
        "PGHOST": str(url.hostname),
        "PGPORT": str(url.port),
        "PGUSER": str(url.username),
        "MELTANO": str(EXECUTABLE),
        "SANDBOX_TOKEN": "sandbox-token",
        "FIRST_RETRY_SECONDS": "2",
    }


def _make(*command: str, folder: Path, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    with (folder / f"{command[0]}.log").open("ab") as log:
        return subprocess.Popen(
            ["make", *command, f"ROOT={ROOT}"],
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process, and whatever it has started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
