"""What is measured, as values that can be kept in a file, and the arithmetic behind them."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec

from tests.benchmark.fleet_plan import FleetFigures  # noqa: TC001 - msgspec reads the type

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

REQUESTS_PER_SECOND = 5
ROWS_PER_PAGE = 100
# Pages read by offset overlap by one row.
NEW_ROWS_PER_OVERLAPPING_PAGE = ROWS_PER_PAGE - 1
REQUESTS_BESIDE_PAGES = 2
BAD_REQUEST = 400
TOO_MANY_REQUESTS = 429


class PaceFigures(msgspec.Struct, frozen=True):
    """How fast a run went through a server that enforces the limit.

    Attributes:
        scenario: What was read.
        latency_seconds: How long the server held back each answer.
        rows: Records written.
        requests: Requests that the server accepted.
        refused: Requests answered 429.
        seconds: From the start of the program to its end.
        share: Accepted requests between the first and the last, of those permitted in that time.
        load: The machine's load average over the last minute of the run.
    """

    scenario: str
    latency_seconds: float
    rows: int
    requests: int
    refused: int
    seconds: float
    share: float
    load: float = 0.0

    @property
    def rows_per_second(self) -> float:
        """Records written per second of the program's life."""
        return self.rows / self.seconds

    @property
    def refused_share(self) -> float:
        """Share of all requests that was answered 429."""
        return self.refused / (self.requests + self.refused)


class CpuFigures(msgspec.Struct, frozen=True):
    """What a program costs the processor.

    Attributes:
        scenario: What was read.
        columns: Columns of a record.
        rows: Records written.
        output_bytes: Bytes written to stdout.
        cpu_seconds: User and system time of the whole process, its start included; the least of
            several runs.
        runs: How often it was measured.
        bare_cpu_seconds: What a tap of the bare SDK takes to emit the same records ready made.
    """

    scenario: str
    columns: int
    rows: int
    output_bytes: int
    cpu_seconds: float
    runs: int
    bare_cpu_seconds: float = 0.0

    @property
    def ratio(self) -> float:
        """Records per second of processor time, of those that the bare SDK emits."""
        return self.bare_cpu_seconds / self.cpu_seconds

    @property
    def rows_per_core_second(self) -> float:
        """Records written per second of processor time."""
        return self.rows / self.cpu_seconds


class MemoryFigures(msgspec.Struct, frozen=True):
    """How much memory a program took at most.

    Attributes:
        scenario: What was read.
        rows: Records written.
        requests: Requests sent.
        peak_bytes: Largest resident set.
        seconds: From the start of the program to its end.
    """

    scenario: str
    rows: int
    requests: int
    peak_bytes: int
    seconds: float

    @property
    def peak_megabytes(self) -> float:
        """Largest resident set in MB of a million bytes."""
        return self.peak_bytes / 1e6


class CostFigures(msgspec.Struct, frozen=True):
    """How many requests a run of all default streams needs.

    Attributes:
        run: Which run of a series.
        orders: Which orders the server honoured.
        rows: Records written.
        requests: Requests sent.
        by_path: Requests for each path.
        over_allowance: Paths that took more than the pages of their rows and two requests.
    """

    run: str
    orders: str
    rows: int
    requests: int
    by_path: dict[str, int]
    over_allowance: dict[str, int] = {}


class GrowthFigures(msgspec.Struct, frozen=True):
    """How many requests contacts and what hangs on them take, by the size of the account.

    Attributes:
        contacts: Contacts of the account.
        rows: All rows of the streams, the contacts included.
        changed: Contacts that changed before the daily run.
        first: Requests of the first run, the rows coming with the contacts.
        first_by_own_paths: Those of a first run in which each stream is read by its own path.
        daily: Requests of the daily run, the rows coming with the contacts.
        daily_by_own_paths: Those of a daily run in which each stream is read by its own path.
    """

    contacts: int
    rows: int
    changed: int
    first: int
    first_by_own_paths: int
    daily: int
    daily_by_own_paths: int


class TargetFigures(msgspec.Struct, frozen=True):
    """What a run of the target cost.

    Attributes:
        scenario: How the orders were delivered.
        limit: Requests a second that the server permitted; None for any number.
        orders: Orders fed, each of a buyer of its own, and all of them applied.
        requests: Requests that the server accepted.
        imports: Those of them that queued an import.
        polls: Those of them that asked how an import went.
        refused: Requests answered 429.
        refused_imports: Imports answered 400.
        seconds: From the start of the program to its end.
        cpu_seconds: User and system time.
        peak_bytes: Largest resident set.
    """

    scenario: str
    limit: int | None
    orders: int
    requests: int
    imports: int
    polls: int
    refused: int
    refused_imports: int
    seconds: float
    cpu_seconds: float
    peak_bytes: int

    @property
    def orders_per_second(self) -> float:
        """Orders applied per second of the program's life."""
        return self.orders / self.seconds


class SharedFigures(msgspec.Struct, frozen=True):
    """How taps that share an account's pace went on for a while.

    Attributes:
        store: What they share it in.
        scenario: What had happened.
        taps: How many sent requests.
        requests: Requests that the server accepted.
        refused: Requests answered 429.
        share: Accepted requests between the first and the last, of those permitted in that time.
        slowest: Pages that the slowest tap got.
        fastest: Pages that the fastest tap got.
    """

    store: str
    scenario: str
    taps: int
    requests: int
    refused: int
    share: float
    slowest: int
    fastest: int

    @property
    def refused_share(self) -> float:
        """Share of all requests that was answered 429."""
        return self.refused / (self.requests + self.refused)


class InboxFigures(msgspec.Struct, frozen=True):
    """How fast a receiver kept postbacks.

    Attributes:
        store: Kind of the database.
        connections: Senders, each with a connection of its own.
        postbacks: Bodies posted, all different.
        refused: Those that were not answered 200.
        seconds: From the first request to the last answer.
        median_seconds: The answer that half of the senders' requests did not wait longer for.
        p99_seconds: The answer that 99 of 100 requests did not wait longer for.
        load: The machine's load average over the last minute of the run.
    """

    store: str
    connections: int
    postbacks: int
    refused: int
    seconds: float
    median_seconds: float
    p99_seconds: float
    load: float = 0.0

    @property
    def per_second(self) -> float:
        """Postbacks kept per second."""
        return (self.postbacks - self.refused) / self.seconds


class PanelFigures(msgspec.Struct, frozen=True):
    """How long one page of the panel takes.

    Attributes:
        page: The page.
        orders: Orders in the inbox.
        median_seconds: Half of the answers took no longer.
        slowest_seconds: None took longer.
        index_seconds: How long the panel took to look through all orders before.
    """

    page: str
    orders: int
    median_seconds: float
    slowest_seconds: float
    index_seconds: float


class Figures(msgspec.Struct):
    """All that was measured, each scenario at its latest run.

    Attributes:
        machine: The machine in general terms.
        measured_on: The day, `YYYY-MM-DD`.
        pace: Share of the permitted pace.
        cpu: Processor time.
        memory: Peak memory.
        cost: Requests of successive runs.
        growth: Requests by the size of the account.
        target: The target's runs.
        shared: Taps that share an account's pace.
        inbox: The receiver's runs.
        panel: The panel's pages.
        fleet: Several accounts at once.
    """

    machine: str = ""
    measured_on: str = ""
    pace: list[PaceFigures] = msgspec.field(default_factory=list)
    cpu: list[CpuFigures] = msgspec.field(default_factory=list)
    memory: list[MemoryFigures] = msgspec.field(default_factory=list)
    cost: list[CostFigures] = msgspec.field(default_factory=list)
    growth: list[GrowthFigures] = msgspec.field(default_factory=list)
    target: list[TargetFigures] = msgspec.field(default_factory=list)
    shared: list[SharedFigures] = msgspec.field(default_factory=list)
    inbox: list[InboxFigures] = msgspec.field(default_factory=list)
    panel: list[PanelFigures] = msgspec.field(default_factory=list)
    fleet: list[FleetFigures] = msgspec.field(default_factory=list)


def accepted(log: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the requests of a sandbox's log that were not answered 429."""
    return [entry for entry in log if entry["status"] != TOO_MANY_REQUESTS]


def imports_sent(log: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the requests of a sandbox's log that sent an import, refused ones included."""
    return [
        entry
        for entry in log
        if entry["method"] == "POST" and str(entry["path"]).strip("/") == "import/bulk_import"
    ]


def share_of_pace(started_at: Sequence[float], requests_per_second: float) -> float:
    """Return which share of the permitted requests was sent between the first and the last.

    Args:
        started_at: When each accepted request arrived, in seconds.
        requests_per_second: The limit.

    Raises:
        ValueError: If there are fewer than two requests, or no time between them.
    """
    if len(started_at) < 2 or max(started_at) <= min(started_at):
        raise ValueError("a pace needs two requests at different times")
    seconds = max(started_at) - min(started_at)
    return (len(started_at) - 1) / seconds / requests_per_second


def requests_by_path(log: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Return how many requests of a sandbox's log asked for each path, most asked first."""
    return dict(Counter(str(entry["path"]).strip("/") for entry in log).most_common())


def allowance(rows: int) -> int:
    """Return how many requests a stream of so many rows may take at most."""
    return math.ceil(rows / NEW_ROWS_PER_OVERLAPPING_PAGE) + REQUESTS_BESIDE_PAGES


def over_allowance(by_path: Mapping[str, int], rows_at: Mapping[str, int]) -> dict[str, int]:
    """Return the paths that took more requests than their rows allow, with the excess.

    Args:
        by_path: Requests for each path.
        rows_at: Rows behind each path; others are not judged.
    """
    excess = {
        path: requests - allowance(rows_at[path])
        for path, requests in by_path.items()
        if path in rows_at
    }
    return {path: more for path, more in excess.items() if more > 0}


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that such a share of the values does not exceed.

    Args:
        values: At least one.
        share: Greater than 0, 1 at most.
    """
    return sorted(values)[math.ceil(len(values) * share) - 1]
