"""How many postbacks a second a receiver keeps, and how long a sender waits for its answer."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from tests.benchmark.figures import InboxFigures, percentile
from tests.benchmark.orders import EXAMPLES, order
from tests.benchmark.programs import ROOT, BenchmarkError

if TYPE_CHECKING:
    from collections.abc import Iterator

CONNECTIONS = 20
_TOKEN = "benchmark-token"
_START_SECONDS = 60
_KEPT = 200


def measure_inbox(*, quick: bool) -> Iterator[InboxFigures]:
    """Post bodies of their own from twenty connections, to each kind of store."""
    postbacks = 500 if quick else 6_000
    with TemporaryDirectory(prefix="benchmark-") as folder:
        yield _measured("SQLite", f"sqlite:///{Path(folder) / 'inbox.db'}", folder, postbacks)
    with _schema() as url:
        if url is None:
            print("PostgreSQL is left out: no server answers; set TEST_POSTGRES_URL to one.")
            return
        with TemporaryDirectory(prefix="benchmark-") as folder:
            yield _measured("PostgreSQL", url, folder, postbacks)


def _measured(store: str, url: str, folder: str, postbacks: int) -> InboxFigures:
    with _receiver(Path(folder), url) as port:
        example = _example()
        bodies = [
            json.dumps({**order(example, number), "token": _TOKEN}).encode()
            for number in range(postbacks)
        ]
        senders = [_Sender(port, bodies[begin::CONNECTIONS]) for begin in range(CONNECTIONS)]
        began = time.monotonic()
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
        seconds = time.monotonic() - began
    answers = [answer for sender in senders for answer in sender.answers]
    waits = [wait for _, wait in answers]
    kept = sum(status == _KEPT for status, _ in answers)
    rows = _rows(url)
    if rows != kept:
        raise BenchmarkError(f"{store}: {rows} of {kept} postbacks that were kept are there.")
    return InboxFigures(
        store=store,
        connections=CONNECTIONS,
        postbacks=postbacks,
        refused=postbacks - kept,
        seconds=seconds,
        median_seconds=percentile(waits, 0.5),
        p99_seconds=percentile(waits, 0.99),
        load=os.getloadavg()[0],
    )


class _Sender(Thread):
    """A connection that posts one body after the other."""

    def __init__(self, port: int, bodies: list[bytes]) -> None:
        super().__init__()
        self._port = port
        self._bodies = bodies
        self.answers: list[tuple[int, float]] = []

    def run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        for body in self._bodies:
            began = time.monotonic()
            try:
                connection.request("POST", "/ticto", body, {"Content-Type": "application/json"})
                answer = connection.getresponse()
                answer.read()
                status = answer.status
            except OSError:
                connection.close()
                status = 0
            self.answers.append((status, time.monotonic() - began))
        connection.close()


@contextmanager
def _receiver(folder: Path, url: str) -> Iterator[int]:
    config, log = folder / "inbox.json", folder / "inbox.log"
    settings = {
        "inbox_url": url,
        "data_dir": str(folder / "data"),
        "port": 0,
        "ticto_tokens": [_TOKEN],
    }
    config.write_text(json.dumps(settings), encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "target_activecampaign.inbox",
        "serve",
        "--config",
        str(config),
    ]
    with log.open("wb") as stderr:
        process = subprocess.Popen(command, cwd=ROOT, stderr=stderr)
    try:
        yield _port(process, log)
    finally:
        process.terminate()
        process.wait()


def _port(process: subprocess.Popen[bytes], log: Path) -> int:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        written = log.read_text(encoding="utf-8")
        if "/ticto." in written:
            port = int(written.partition("http://127.0.0.1:")[2].partition("/")[0])
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz").close()
            except urllib.error.URLError:
                pass
            else:
                return port
        time.sleep(0.05)
    raise BenchmarkError("The receiver did not start.")


def _example() -> dict[str, Any]:
    with EXAMPLES.open(encoding="utf-8") as lines:
        examples = (json.loads(line) for line in lines)
        return next(one for one in examples if one["status"] == "authorized")


def _rows(url: str) -> int:
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT count(*) FROM ticto_inbox_postbacks").scalar()
    engine.dispose()
    return int(rows or 0)


@contextmanager
def _schema() -> Iterator[str | None]:
    """Make a schema of a PostgreSQL database; None where no server answers."""
    server = os.environ.get(
        "TEST_POSTGRES_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/test"
    )
    engine = sa.create_engine(server, connect_args={"connect_timeout": 2})
    name = f"benchmark_{os.urandom(6).hex()}"
    try:
        with engine.begin() as connection:
            connection.execute(sa.schema.CreateSchema(name))
    except sa.exc.OperationalError:
        yield None
        return
    try:
        yield f"{server}?options=-csearch_path%3D{name}"
    finally:
        with engine.begin() as connection:
            connection.execute(sa.schema.DropSchema(name, cascade=True))
        engine.dispose()
