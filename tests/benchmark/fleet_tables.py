"""What a fleet costs, and what many accounts would need, as tables of Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.benchmark.fleet_plan import fleet_plan, most_accounts
from tests.benchmark.tables import table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.benchmark.fleet_plan import FleetFigures


def fleet_table(figures: Sequence[FleetFigures]) -> str:
    """Return the tables of a fleet: what a run cost, and what many of the last kind would need."""
    measured = table(
        (
            "What there was to load",
            "Requests",
            "Duration",
            "Processor time",
            "of it PostgreSQL",
            "Memory of a place",
            "Connections",
        ),
        (
            (
                one.scenario,
                f"{one.requests / one.accounts:,.0f}",
                f"{one.seconds:.0f} s",
                f"{one.cpu_seconds_per_account:.1f} s",
                f"{one.postgres_seconds / one.accounts:.1f} s",
                f"{one.bytes_per_place / 1e6:,.0f} MB",
                f"{one.connections_per_place:.1f}",
            )
            for one in figures
        ),
    )
    daily = figures[-1]
    beside = (
        f"Beside it: page and daemon {daily.platform_bytes / 1e6:,.0f} MB and "
        f"{daily.platform_share:.1%} of a core, a worker that runs nothing "
        f"{daily.idle_bytes / 1e6:,.0f} MB, {daily.idle_connections} connections. Each run reads "
        f"the definitions of all accounts: {1_000 * daily.definitions_seconds:.1f} s more where "
        f"there are 1,000."
    )
    spans = (("six hours", 6 * 3600), ("one hour", 3600))
    plans = [
        (
            f"{accounts:,} within {span}",
            f"{plan.cpu_seconds / 60:,.1f} min",
            f"{plan.machines}",
            f"{plan.bytes / 1e9:.1f} GB",
            f"{plan.connections:,.0f}",
        )
        for span, seconds in spans
        for accounts in (1, 10, 100, 1_000)
        for plan in [fleet_plan(figures, accounts, seconds)]
    ]
    planned = table(("Accounts", "Processor time", "Machines", "Memory", "Connections"), plans)
    ends = table(
        ("Most accounts", "1 machine", "2 machines", "3 machines"),
        (
            (
                f"within {span}",
                *(f"{most_accounts(daily, machines, seconds):,}" for machines in (1, 2, 3)),
            )
            for span, seconds in spans
        ),
    )
    return f"{measured}\n\n{beside}\n\n{planned}\n\n{ends}"
