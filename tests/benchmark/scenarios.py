"""The scenarios: which account, which programs, which figures."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.benchmark.figures import (
    BAD_REQUEST,
    REQUESTS_PER_SECOND,
    CostFigures,
    CpuFigures,
    GrowthFigures,
    MemoryFigures,
    PaceFigures,
    TargetFigures,
    accepted,
    imports_sent,
    over_allowance,
    requests_by_path,
    share_of_pace,
)
from tests.benchmark.orders import SEGMENTATION, TAGS_PER_ORDER, state_after, write_orders
from tests.benchmark.programs import (
    Account,
    BenchmarkError,
    Run,
    columns_of,
    run_bare,
    run_tap,
    run_target,
    sandbox,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

LATENCIES_SECONDS = (0.05, 0.4, 1.0)
ONE_AT_A_TIME = "contacts, one request at a time"
# The setting's maximum: with it the server, and not the pace, is what the tap waits for.
_NO_PACE = 100
_NO_LIMIT = ("--requests-per-second", "none")
_CPU_RUNS = 3
# Streams that are read with the contacts, and their collections; by default at least.
_WITH_CONTACTS = {
    "contacts": "contacts",
    "contact_tags": "contactTags",
    "contact_lists": "contactLists",
    "contact_custom_field_values": "fieldValues",
}
_OWN_PATHS = {"sideload": "off"}
_CHANGED_ROWS = 20
_CHANGED_CONTACTS = 200
_CHANGED = ("contacts", "deals", "contactTags", "fieldValues", "accounts")


class _Load(NamedTuple):
    """What a pace is measured on. `collection` is None for all default streams."""

    scenario: str
    stream: str
    collection: str | None
    contacts: int
    settings: Mapping[str, Any]


def _loads(*, quick: bool) -> list[_Load]:
    many, few = (2_000, 250) if quick else (40_000, 2_000)
    return [
        _Load("contacts", "contacts", "contacts", many, {}),
        _Load(
            "contact_tags, by its own path",
            "contact_tags",
            "contactTags",
            many * 2 // 3,
            _OWN_PATHS,
        ),
        _Load("all default streams", "", None, few, {}),
        _Load(ONE_AT_A_TIME, "contacts", "contacts", many // 8, {"max_concurrent_requests": 1}),
    ]


def measure_pace(*, quick: bool) -> Iterator[PaceFigures]:
    """Read through a server that enforces the limit, at each latency."""
    for load in _loads(quick=quick):
        # They wait for most of their time, so they hardly slow each other down.
        with ThreadPoolExecutor(len(LATENCIES_SECONDS)) as side_by_side:
            yield from side_by_side.map(lambda seconds: _pace(load, seconds), LATENCIES_SECONDS)  # noqa: B023 - done before the next


def _pace(load: _Load, latency_seconds: float) -> PaceFigures:
    options = [
        *("--contacts", str(load.contacts), "--id-gaps", "uneven"),
        *("--requests-per-second", str(REQUESTS_PER_SECOND)),
        *("--latency-seconds", str(latency_seconds)),
    ]
    with _scratch() as folder, sandbox(folder, *options) as account:
        streams = [load.stream] if load.stream else []
        run = run_tap(account, folder, streams=streams, **load.settings)
        average_load, _, _ = os.getloadavg()
        if load.collection:
            _expect_all_rows(account, run, load.stream, load.collection)
        log = account.get("log")
    good = accepted(log)
    return PaceFigures(
        scenario=load.scenario,
        latency_seconds=latency_seconds,
        rows=run.rows.total(),
        requests=len(good),
        refused=len(log) - len(good),
        seconds=run.seconds,
        share=share_of_pace([entry["started_at"] for entry in good], REQUESTS_PER_SECOND),
        load=average_load,
    )


def measure_cpu(*, quick: bool) -> Iterator[CpuFigures]:
    """Read from a server without limit or latency, and count processor time.

    A tap of the bare SDK that emits the same records takes turns with ours, so that both find the
    machine in the same state.
    """
    contacts = 10_000 if quick else 100_000
    for scenario, streams, account_size, settings in (
        ("contacts", ("contacts",), contacts, {}),
        ("contact_tags, by its own path", ("contact_tags",), contacts * 2 // 3, _OWN_PATHS),
        ("four streams, with the contacts", tuple(_WITH_CONTACTS), contacts // 2, {}),
    ):
        options = ["--contacts", str(account_size), *_NO_LIMIT]
        ours, bare = [], []
        with _scratch() as folder, sandbox(folder, *options) as account:
            for _ in range(1 if quick else _CPU_RUNS):
                ours.append(
                    run_tap(
                        account, folder, streams=streams, requests_per_second=_NO_PACE, **settings
                    )
                )
                for stream in streams:
                    _expect_all_rows(account, ours[-1], stream, _WITH_CONTACTS[stream])
                bare.append(run_bare(folder, ours[-1]))
            columns = sum(columns_of(folder, stream) * ours[0].rows[stream] for stream in streams)
        yield CpuFigures(
            scenario=scenario,
            columns=round(columns / ours[0].rows.total()),
            rows=ours[0].rows.total(),
            output_bytes=ours[0].output_bytes,
            cpu_seconds=min(run.cpu_seconds for run in ours),
            runs=len(ours),
            bare_cpu_seconds=min(run.cpu_seconds for run in bare),
        )


def measure_memory(*, quick: bool) -> Iterator[MemoryFigures]:
    """Read a large account from a server without limit or latency, and take the peak of memory."""
    contacts = 20_000 if quick else 1_000_000
    options = ["--contacts", str(contacts), "--id-gaps", "uneven", *_NO_LIMIT]
    with _scratch() as folder, sandbox(folder, *options) as account:
        for scenario, streams, settings in (
            ("contacts", ("contacts",), {}),
            ("contact_tags, by its own path", ("contact_tags",), _OWN_PATHS),
            ("four streams, with the contacts", tuple(_WITH_CONTACTS), {}),
        ):
            account.post("clear")
            run = run_tap(
                account, folder, streams=streams, requests_per_second=_NO_PACE, **settings
            )
            for stream in streams:
                _expect_all_rows(account, run, stream, _WITH_CONTACTS[stream])
            yield MemoryFigures(
                scenario=scenario,
                rows=run.rows.total(),
                requests=account.get("stats")["requests"],
                peak_bytes=run.peak_bytes,
                seconds=run.seconds,
            )


def measure_cost(*, quick: bool) -> Iterator[CostFigures]:
    """Run all default streams three times in a row, and count requests."""
    contacts = 500 if quick else 5_000
    for orders in ("documented", "all"):
        options = ["--contacts", str(contacts), "--honoured-orders", orders, *_NO_LIMIT]
        with _scratch() as folder, sandbox(folder, *options) as account:
            state = None
            for name in ("first run", "after changes", "nothing new"):
                if name == "after changes":
                    _change_rows(account)
                account.post("clear")
                run = run_tap(account, folder, state=state, requests_per_second=_NO_PACE)
                state = run.state
                by_path = requests_by_path(account.get("log"))
                yield CostFigures(
                    run=name,
                    orders=orders,
                    rows=run.rows.total(),
                    requests=sum(by_path.values()),
                    by_path=by_path,
                    over_allowance=over_allowance(by_path, account.get("stats")["rows"]),
                )


def measure_growth(*, quick: bool) -> Iterator[GrowthFigures]:
    """Read contacts and what hangs on them, on a server that ignores every order."""
    for contacts in (500, 1_000) if quick else (1_000, 5_000, 20_000, 50_000):
        options = ["--contacts", str(contacts), "--honoured-orders", "none", *_NO_LIMIT]
        requests = []
        rows = 0
        for settings in ({}, _OWN_PATHS):
            with _scratch() as folder, sandbox(folder, *options) as account:
                _remove_rows_of_deleted_tags(account)
                state = None
                for is_daily in (False, True):
                    if is_daily:
                        _change_contacts(account)
                    account.post("clear")
                    run = run_tap(
                        account,
                        folder,
                        streams=tuple(_WITH_CONTACTS),
                        state=state,
                        requests_per_second=_NO_PACE,
                        **settings,
                    )
                    state = run.state
                    rows = max(rows, run.rows.total())
                    requests.append(len(account.get("log")))
        first, daily, first_by_own_paths, daily_by_own_paths = requests
        yield GrowthFigures(
            contacts=contacts,
            rows=rows,
            changed=_CHANGED_CONTACTS,
            first=first,
            first_by_own_paths=first_by_own_paths,
            daily=daily,
            daily_by_own_paths=daily_by_own_paths,
        )


def _change_contacts(account: Account) -> None:
    """Change a value of some contacts."""
    by_contact = {row["contact"]: row["id"] for row in account.get("rows/fieldValues")}
    for row_id in list(by_contact.values())[:_CHANGED_CONTACTS]:
        account.post("touch", collection="fieldValues", id=row_id)


def _remove_rows_of_deleted_tags(account: Account) -> None:
    """Remove what never comes with contacts: it would be read by its own path once."""
    tags = {row["id"] for row in account.get("rows/tags")}
    for row in account.get("rows/contactTags"):
        if row["tag"] not in tags:
            account.post("delete", collection="contactTags", id=row["id"])


def measure_target(*, quick: bool) -> Iterator[TargetFigures]:
    """Put the buyers of orders on a list, with two tags."""
    limit = ("--requests-per-second", str(REQUESTS_PER_SECOND))
    bulk, direct, many = (500, 20, 2_000) if quick else (5_000, 150, 50_000)
    yield _target("bulk", bulk, REQUESTS_PER_SECOND, limit)
    yield _target("direct", direct, REQUESTS_PER_SECOND, limit)
    yield _target("bulk", many, None, _NO_LIMIT)


def _target(
    delivery: str, orders: int, requests_per_second: int | None, limit: Sequence[str]
) -> TargetFigures:
    pace = requests_per_second or _NO_PACE
    with _scratch() as folder, sandbox(folder, "--contacts", "1000", *limit) as account:
        source = folder / "orders.jsonl"
        write_orders(source, orders)
        before = account.get("stats")["rows"]
        run = run_target(
            account,
            folder,
            source,
            delivery=delivery,
            requests_per_second=pace,
            segmentations=[SEGMENTATION],
        )
        log, after = account.get("log"), account.get("stats")["rows"]
    _expect_all_applied(run, orders, before, after)
    imports = imports_sent(log)
    queued = accepted(imports)
    good = accepted(log)
    return TargetFigures(
        scenario=delivery,
        limit=requests_per_second,
        orders=orders,
        requests=len(good),
        imports=len(imports),
        polls=requests_by_path(good).get("import/info", 0),
        refused=len(log) - len(good),
        refused_imports=sum(entry["status"] >= BAD_REQUEST for entry in queued),
        seconds=run.seconds,
        cpu_seconds=run.cpu_seconds,
        peak_bytes=run.peak_bytes,
    )


def _expect_all_applied(
    run: Run, orders: int, before: Mapping[str, int], after: Mapping[str, int]
) -> None:
    for collection, each in (("contacts", 1), ("contactLists", 1), ("contactTags", TAGS_PER_ORDER)):
        added = after[collection] - before[collection]
        if added != orders * each:
            raise BenchmarkError(f"{added} of {orders * each} rows were added to {collection}.")
    if not run.last_line or json.loads(run.last_line) != state_after(orders):
        raise BenchmarkError("The target has not said that it is done.")


def _change_rows(account: Account) -> None:
    for collection in _CHANGED:
        rows = account.get(f"rows/{collection}")
        for row in rows[:: max(len(rows) // _CHANGED_ROWS, 1)][:_CHANGED_ROWS]:
            account.post("touch", collection=collection, id=row["id"])


def _expect_all_rows(account: Account, run: Run, stream: str, collection: str) -> None:
    expected = account.get("stats")["rows"][collection]
    if run.rows[stream] != expected:
        raise BenchmarkError(f"{stream}: {run.rows[stream]} of {expected} rows arrived.")


@contextmanager
def _scratch() -> Iterator[Path]:
    with TemporaryDirectory(prefix="benchmark-") as folder:
        yield Path(folder)
