"""Everything on this machine until Ctrl-C: PostgreSQL, three sandboxes, and Dagster."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from urllib.parse import urlsplit

import requests

from tests.sandbox import Sandbox
from tests.servers import postgres_server, program

HERE = Path(__file__).resolve().parent
PAGE = "http://127.0.0.1:3000"
PORTS = {"anna": 8401, "bruno": 8402, "carla": 8403}
SERVICES = ("web", "daemon", "worker")


def main() -> int:
    """Start everything, wait for Ctrl-C, stop everything."""
    # make ends us with SIGTERM where a terminal sends SIGINT.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with ExitStack() as stack:
        try:
            if "PGHOST" not in os.environ:
                if program("initdb") is None:
                    print(
                        "Install PostgreSQL (for example 'apt install postgresql'), or name a "
                        "server by PGHOST, PGPORT, PGUSER and PGPASSWORD.",
                        file=sys.stderr,
                    )
                    return 1
                url = urlsplit(stack.enter_context(postgres_server()).url)
                os.environ |= {"PGHOST": str(url.hostname), "PGPORT": str(url.port)}
                os.environ["PGUSER"] = str(url.username)
            subprocess.run(["make", "databases"], cwd=HERE, check=True)
            for name, port in PORTS.items():
                sandbox = stack.enter_context(Sandbox(port=port, contacts=1_000, seed=port))
                os.environ[f"{name.upper()}_TOKEN"] = sandbox.token
                if name == "carla":
                    # So that there is something to see: her deals cannot be read.
                    sandbox.faults.next("forbidden", "deals", times=None)
            for service in SERVICES:
                stack.callback(stop, start(service))
            wait_for_page()
            print(f"Open {PAGE} - every account is loaded every two minutes. Ctrl-C ends it all.")
            signal.pause()
        except KeyboardInterrupt:
            print("\nStopping ...", flush=True)
    return 0


def start(service: str) -> subprocess.Popen[bytes]:
    """Start one of Dagster's processes as the Makefile does; it writes to output/."""
    (HERE / "output").mkdir(exist_ok=True)
    with (HERE / "output" / f"{service}.log").open("wb") as log:
        return subprocess.Popen(
            ["make", service], cwd=HERE, stdout=log, stderr=log, start_new_session=True
        )


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process and everything that it started."""
    with suppress(ProcessLookupError, subprocess.TimeoutExpired):
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def wait_for_page() -> None:
    """Wait until Dagster's page answers."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        with suppress(requests.ConnectionError):
            requests.get(f"{PAGE}/server_info", timeout=5).raise_for_status()
            return
        time.sleep(0.5)
    raise SystemExit(f"Dagster did not start; see {HERE / 'output'}.")


if __name__ == "__main__":
    sys.exit(main())
