"""Taps that share an account's pace: even spacing, a killed one, a store that is gone and back."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.benchmark.figures import (
    REQUESTS_PER_SECOND,
    TOO_MANY_REQUESTS,
    SharedFigures,
    share_of_pace,
)
from tests.benchmark.programs import ROOT, TOKEN, BenchmarkError, catalog_of, sandbox
from tests.servers import postgres_server, program, redis_server

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tests.benchmark.programs import Account
    from tests.servers import Server

TAPS = 4
_LATENCY_SECONDS = 0.4
# Each tap reads pages of its own size, by which the server's log tells them apart.
_LARGEST_PAGE = 100
_BACK_SECONDS = 5.0
_START_SECONDS = 60


class _Part(NamedTuple):
    """A stretch of the log: what happened, and which requests came."""

    name: str
    entries: Sequence[Mapping[str, Any]]


def measure_shared(*, quick: bool) -> Iterator[SharedFigures]:
    """Read one account with several taps through a server that enforces the limit."""
    stretch_seconds = 10.0 if quick else 40.0
    for kind, needs, server in (
        ("Redis", "redis-server", redis_server),
        ("PostgreSQL", "initdb", postgres_server),
    ):
        if program(needs) is None:
            raise BenchmarkError(f"{needs} is not installed.")
        with server() as store, TemporaryDirectory(prefix="benchmark-") as folder:
            yield from _shared(kind, store, Path(folder), stretch_seconds)


def _shared(
    kind: str, store: Server, folder: Path, stretch_seconds: float
) -> Iterator[SharedFigures]:
    options = ["--contacts", "100000", "--latency-seconds", str(_LATENCY_SECONDS)]
    options += ["--requests-per-second", str(REQUESTS_PER_SECOND)]
    with sandbox(folder, *options) as account:
        catalog = folder / "catalog.json"
        catalog.write_text(json.dumps(catalog_of(folder, ["contacts"])), encoding="utf-8")
        with _taps(account, folder, catalog, store.url) as taps:
            _wait_for_all(account)
            time.sleep(2)
            began = _cut(account)
            time.sleep(stretch_seconds)
            yield _figures(kind, _Part("four taps", began(account)))

            taps[0].kill()
            taps[0].wait()
            began = _cut(account)
            time.sleep(_BACK_SECONDS)
            yield _figures(kind, _Part("one killed, 0 to 5 seconds after", began(account)))
            began = _cut(account)
            time.sleep(stretch_seconds)
            yield _figures(kind, _Part("one killed, later", began(account)))

            store.stop()
            began = _cut(account)
            time.sleep(stretch_seconds)
            gone = _figures(kind, _Part("store gone", began(account)))
            yield gone
            lost = [_log_of(folder, number).count("is lost") for number in range(1, TAPS)]
            if lost != [1] * (TAPS - 1):
                raise BenchmarkError(f"The taps have warned {lost} times.")

            store.start()
            time.sleep(12)
            began = _cut(account)
            time.sleep(stretch_seconds)
            yield _figures(kind, _Part("store back", began(account)))


@contextmanager
def _taps(
    account: Account, folder: Path, catalog: Path, store_url: str
) -> Iterator[list[subprocess.Popen[bytes]]]:
    taps = []
    try:
        for number in range(TAPS):
            config = folder / f"config-{number}.json"
            settings = {
                "api_url": account.url,
                "api_token": TOKEN,
                "page_size": _LARGEST_PAGE - number,
                "rate_limit_url": store_url,
            }
            config.write_text(json.dumps(settings), encoding="utf-8")
            command = [sys.executable, "-m", "tap_activecampaign", "--config", str(config)]
            with (folder / f"tap-{number}.log").open("wb") as log:
                taps.append(
                    subprocess.Popen(
                        [*command, "--catalog", str(catalog)],
                        cwd=ROOT,
                        stdout=subprocess.DEVNULL,
                        stderr=log,
                    )
                )
        yield taps
    finally:
        for tap in taps:
            tap.kill()
            tap.wait()


def _log_of(folder: Path, number: int) -> str:
    return (folder / f"tap-{number}.log").read_text(encoding="utf-8", errors="replace")


def _wait_for_all(account: Account) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while len(_by_tap(account.get("log"))) < TAPS:
        if time.monotonic() > deadline:
            raise BenchmarkError("Not all taps have begun.")
        time.sleep(0.5)


def _cut(account: Account) -> Any:
    """Return a function that gives the requests from now on."""
    before = len(account.get("log"))
    return lambda later: later.get("log")[before:]


def _by_tap(entries: Sequence[Mapping[str, Any]]) -> Counter[str]:
    return Counter(
        entry["query"]["limit"]
        for entry in entries
        if entry["status"] != TOO_MANY_REQUESTS
        and int(entry["query"].get("limit", 0)) > _LARGEST_PAGE - TAPS
    )


def _figures(kind: str, part: _Part) -> SharedFigures:
    good = [entry for entry in part.entries if entry["status"] != TOO_MANY_REQUESTS]
    counts = _by_tap(part.entries)
    return SharedFigures(
        store=kind,
        scenario=part.name,
        taps=len(counts),
        requests=len(good),
        refused=len(part.entries) - len(good),
        share=share_of_pace([entry["started_at"] for entry in good], REQUESTS_PER_SECOND),
        slowest=min(counts.values(), default=0),
        fastest=max(counts.values(), default=0),
    )
