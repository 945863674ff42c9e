"""Measure the tap and the target against a local server: `python -m tests.benchmark`."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import platform
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from tests.benchmark.chart import pace_chart
from tests.benchmark.figures import Figures
from tests.benchmark.fleet import measure_fleet
from tests.benchmark.fleet_tables import fleet_table
from tests.benchmark.growth_chart import growth_chart
from tests.benchmark.inbox import measure_inbox
from tests.benchmark.page import performance_page
from tests.benchmark.panel import measure_panel
from tests.benchmark.programs import ROOT, BenchmarkError
from tests.benchmark.scenarios import (
    measure_cost,
    measure_cpu,
    measure_growth,
    measure_memory,
    measure_pace,
    measure_target,
)
from tests.benchmark.shared import measure_shared
from tests.benchmark.tables import (
    cost_table,
    cpu_table,
    growth_table,
    inbox_table,
    memory_table,
    pace_table,
    panel_table,
    shared_table,
    target_table,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_KEPT = ROOT / "output" / "benchmark" / "figures.json"
_DOCS = ROOT / "docs"


class _Scenario(NamedTuple):
    measure: Callable[..., Iterable[Any]]
    shown: Callable[[Any], str]


_SCENARIOS = {
    "pace": _Scenario(measure_pace, pace_table),
    "cost": _Scenario(measure_cost, cost_table),
    "growth": _Scenario(measure_growth, growth_table),
    "cpu": _Scenario(measure_cpu, cpu_table),
    "memory": _Scenario(measure_memory, memory_table),
    "target": _Scenario(measure_target, target_table),
    "shared": _Scenario(measure_shared, shared_table),
    "inbox": _Scenario(measure_inbox, inbox_table),
    "panel": _Scenario(measure_panel, panel_table),
    "fleet": _Scenario(measure_fleet, fleet_table),
}


def main() -> int:
    """Measure, print tables, and keep the figures for the documentation."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmark", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small accounts; figures not kept")
    parser.add_argument(
        "--scenario",
        action="append",
        choices=tuple(_SCENARIOS),
        help="measure only this one; may be repeated",
    )
    parser.add_argument(
        "--write-docs",
        action="store_true",
        help="write docs/performance.md and its chart from the latest figures of each scenario",
    )
    options = parser.parse_args()
    if options.quick and options.write_docs:
        parser.error("the figures of small accounts are not for the documentation")
    figures = _kept()
    for name in options.scenario or _SCENARIOS:
        scenario = _SCENARIOS[name]
        print(f"\n{name}\n", flush=True)
        try:
            measured = list(scenario.measure(quick=options.quick))
        except BenchmarkError as error:
            print(f"The benchmark failed: {error}", file=sys.stderr)
            return 1
        print(scenario.shown(measured), flush=True)
        if not options.quick:
            setattr(figures, name, measured)
            _keep(figures)
    if options.write_docs:
        _write_docs(figures)
    return 0


def _kept() -> Figures:
    if not _KEPT.exists():
        return Figures()
    return msgspec.json.decode(_KEPT.read_bytes(), type=Figures)


def _keep(figures: Figures) -> None:
    figures.machine = (
        f"{platform.system()} on {platform.machine()}, {os.cpu_count()} cores, "
        f"{platform.python_implementation()} {'.'.join(platform.python_version_tuple()[:2])}"
    )
    figures.measured_on = dt.datetime.now(dt.timezone.utc).date().isoformat()
    _KEPT.parent.mkdir(parents=True, exist_ok=True)
    _KEPT.write_bytes(msgspec.json.format(msgspec.json.encode(figures)))


def _write_docs(figures: Figures) -> None:
    _DOCS.mkdir(exist_ok=True)
    (_DOCS / "performance.md").write_text(performance_page(figures), encoding="utf-8")
    if figures.pace:
        (_DOCS / "performance.svg").write_text(pace_chart(figures.pace), encoding="utf-8")
    if figures.growth:
        (_DOCS / "daily-run.svg").write_text(growth_chart(figures.growth), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
