"""What a fleet has cost, and the arithmetic that says what a larger one needs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence


class FleetFigures(msgspec.Struct, frozen=True):
    """What the runs of several accounts at once cost, through Dagster and Meltano into PostgreSQL.

    Attributes:
        scenario: What there was to load.
        accounts: Accounts, each in a place of its own.
        requests: Requests to ActiveCampaign, of all accounts.
        seconds: From the start of the runs to the end of the last.
        worker_seconds: Processor time of workers, Meltano, taps and loaders, of all accounts.
        postgres_seconds: Processor time of PostgreSQL.
        idle_bytes: Memory of a worker that runs nothing; shared pages are divided.
        peak_bytes: The same at its most while the accounts run.
        idle_connections: Connections to PostgreSQL while nothing runs.
        peak_connections: Most connections while the accounts run.
        platform_bytes: Memory of the web page and the daemon.
        platform_share: Processor time that the web page and the daemon take in each second.
        definitions_seconds: Processor time that a run takes for each account that Dagster knows,
            because its process reads the definitions of all of them.
    """

    scenario: str
    accounts: int
    requests: int
    seconds: float
    worker_seconds: float
    postgres_seconds: float
    idle_bytes: int
    peak_bytes: int
    idle_connections: int
    peak_connections: int
    platform_bytes: int
    platform_share: float
    definitions_seconds: float

    @property
    def cpu_seconds_per_account(self) -> float:
        """Processor time of a run, PostgreSQL's included."""
        return (self.worker_seconds + self.postgres_seconds) / self.accounts

    @property
    def bytes_per_place(self) -> float:
        """Memory that a run takes."""
        return (self.peak_bytes - self.idle_bytes) / self.accounts

    @property
    def connections_per_place(self) -> float:
        """Connections to PostgreSQL that a run takes."""
        return (self.peak_connections - self.idle_connections) / self.accounts


class FleetPlan(msgspec.Struct, frozen=True):
    """What a run of each of so many accounts needs, calculated from what a few have cost.

    Attributes:
        accounts: How many.
        cpu_seconds: Processor time.
        machines: Machines of `CORES_PER_MACHINE`.
        bytes: Memory of all machines.
        connections: Connections to PostgreSQL.
    """

    accounts: int
    cpu_seconds: float
    machines: int
    bytes: float
    connections: float


# What a plan counts on: a common machine, and cores that are not busy to the last second.
CORES_PER_MACHINE = 4
USABLE_SHARE = 0.7
PLACES_PER_CORE = 2


def fleet_plan(figures: Sequence[FleetFigures], accounts: int, within_seconds: float) -> FleetPlan:
    """Calculate what one run of each account needs, if all shall be done within a time.

    Args:
        figures: What runs have cost; the last is the one that is repeated, but memory and
            connections are the most that any has taken.
        accounts: How many there are.
        within_seconds: From the start of the first run to the end of the last.
    """
    one = figures[-1]
    cpu_seconds = accounts * (one.cpu_seconds_per_account + accounts * one.definitions_seconds)
    machines = math.ceil(cpu_seconds / (within_seconds * CORES_PER_MACHINE * USABLE_SHARE))
    # A machine has as many places as its cores keep busy, but no more than there are accounts.
    places = min(accounts, machines * CORES_PER_MACHINE * PLACES_PER_CORE)
    return FleetPlan(
        accounts=accounts,
        cpu_seconds=cpu_seconds,
        machines=machines,
        bytes=one.platform_bytes
        + machines * one.idle_bytes
        + places * max(each.bytes_per_place for each in figures),
        connections=one.idle_connections
        + places * max(each.connections_per_place for each in figures),
    )


def most_accounts(figures: FleetFigures, machines: int, within_seconds: float) -> int:
    """Return how many accounts so many machines can do within a time."""
    usable_seconds = machines * CORES_PER_MACHINE * USABLE_SHARE * within_seconds
    each, more = figures.cpu_seconds_per_account, figures.definitions_seconds
    # Of n * (each + n * more) = usable_seconds, the positive solution.
    return int((math.sqrt(each**2 + 4 * more * usable_seconds) - each) / (2 * more))
