from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests.benchmark.chart import pace_chart
from tests.benchmark.figures import (
    GrowthFigures,
    PaceFigures,
    accepted,
    allowance,
    over_allowance,
    percentile,
    requests_by_path,
    share_of_pace,
)
from tests.benchmark.fleet_plan import FleetFigures, fleet_plan, most_accounts
from tests.benchmark.growth_chart import growth_chart
from tests.benchmark.programs import Run
from tests.benchmark.tables import table

SVG = "{http://www.w3.org/2000/svg}"


def entry(path: str, status: int = 200) -> dict[str, Any]:
    return {"path": path, "status": status}


def pace(scenario: str, latency_seconds: float, share: float) -> PaceFigures:
    return PaceFigures(
        scenario=scenario,
        latency_seconds=latency_seconds,
        rows=990,
        requests=9,
        refused=1,
        seconds=2.0,
        share=share,
    )


@pytest.mark.parametrize(
    ("started_at", "share"),
    [
        ([0.0, 0.2, 0.4, 0.6], 1.0),
        ([0.6, 0.0, 0.4, 0.2], 1.0),
        ([10.0, 11.0, 12.0], 0.2),
    ],
)
def test_share_of_pace_counts_intervals_between_first_and_last(
    started_at: list[float], share: float
) -> None:
    assert share_of_pace(started_at, 5) == pytest.approx(share)


@pytest.mark.parametrize("started_at", [[], [1.0], [1.0, 1.0]])
def test_share_of_pace_is_refused_when_no_time_passed(started_at: list[float]) -> None:
    with pytest.raises(ValueError, match="two requests at different times"):
        share_of_pace(started_at, 5)


def test_refused_requests_do_not_count_as_accepted() -> None:
    log = [entry("tags"), entry("tags", 429), entry("tags", 500)]
    assert [one["status"] for one in accepted(log)] == [200, 500]


def test_requests_by_path_names_the_most_asked_first() -> None:
    log = [entry("tags"), entry("contacts"), entry("contacts/")]
    assert list(requests_by_path(log).items()) == [("contacts", 2), ("tags", 1)]


@pytest.mark.parametrize(("rows", "requests"), [(0, 2), (1, 3), (99, 3), (100, 4), (9900, 102)])
def test_allowance_is_the_overlapping_pages_and_two_more(rows: int, requests: int) -> None:
    assert allowance(rows) == requests


def test_over_allowance_names_the_excess_of_known_paths_only() -> None:
    by_path = {"tags": 5, "lists": 3, "ecom/graphql": 50}
    assert over_allowance(by_path, {"tags": 10, "lists": 10}) == {"tags": 2}


def test_rates_follow_from_what_was_counted() -> None:
    figures = pace("contacts", 0.4, 0.98)
    assert figures.rows_per_second == pytest.approx(495)
    assert figures.refused_share == pytest.approx(0.1)


def test_a_run_counts_records_by_stream_and_keeps_the_last_state() -> None:
    run = Run()
    for line in (
        b'{"type":"SCHEMA","stream":"tags","schema":{}}\n',
        b'{"type":"RECORD","stream":"tags","record":{"tag":"\\"type\\":\\"RECORD\\""}}\n',
        b'{"type":"STATE","value":{"at":1}}\n',
        b'{"type":"RECORD","stream":"lists","record":{}}\n',
        b'{"type":"STATE","value":{"at":2}}\n',
    ):
        run.take(line)
    assert run.rows == {"tags": 1, "lists": 1}
    assert run.state == b'{"type":"STATE","value":{"at":2}}\n'


def test_tables_align_text_left_and_figures_right() -> None:
    assert table(("Name", "Rows"), [("tags", "7"), ("contacts", "1,000")]).splitlines() == [
        "| Name     |  Rows |",
        "| -------- | ----: |",
        "| tags     |     7 |",
        "| contacts | 1,000 |",
    ]


def test_the_chart_has_a_bar_and_its_figure_for_each_measurement() -> None:
    figures = [
        pace("contacts", 0.05, 0.98),
        pace("contacts", 1.0, 0.97),
        pace("a <b> & c", 0.05, 0.5),
        pace("a <b> & c", 1.0, 0.25),
    ]
    root = ET.fromstring(pace_chart(figures))  # noqa: S314 - our own
    shown = [text.text for text in root.iter(f"{SVG}text")]
    values = [text.text for text in root.iter(f"{SVG}text") if text.get("class") == "value"]
    assert values == ["98%", "50%", "97%", "25%"]
    bars = [
        float(rect.attrib["height"])
        for rect in root.iter(f"{SVG}rect")
        if rect.attrib["class"] in {"c0", "c1"} and "rx" not in rect.attrib
    ]
    assert len(bars) == len(figures)
    assert bars[1] == pytest.approx(2 * bars[3], rel=0.01)
    assert "a <b> & c" in shown


def test_the_chart_of_daily_runs_has_a_point_and_its_figure_for_each_measurement() -> None:
    figures = [
        GrowthFigures(1_000, 5_000, 200, 14, 55, 3, 48),
        GrowthFigures(5_000, 25_000, 200, 54, 240, 3, 240),
    ]
    root = ET.fromstring(growth_chart(figures))  # noqa: S314 - our own
    values = [text.text for text in root.iter(f"{SVG}text") if text.get("class") == "value"]
    assert values == ["3", "3", "48", "240"]
    ours: list[tuple[float, float]] = []
    own: list[tuple[float, float]] = []
    for circle in root.iter(f"{SVG}circle"):
        point = (float(circle.attrib["cx"]), float(circle.attrib["cy"]))
        (ours if circle.attrib["class"] == "c0" else own).append(point)
    # Ours is level; the other one rises, and stands lower on the page.
    assert ours[0][1] == ours[1][1]
    assert own[1][1] < own[0][1] < ours[0][1]
    assert [x for x, _ in ours] == [x for x, _ in own]
    lines = [line.attrib["points"].count(",") for line in root.iter(f"{SVG}polyline")]
    assert lines == [len(figures), len(figures)]


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [([3.0], 0.99, 3.0), ([4.0, 1.0, 3.0, 2.0], 0.5, 2.0), (list(range(100)), 0.99, 98)],
)
def test_a_percentile_is_a_value_that_was_measured(
    values: list[float], share: float, expected: float
) -> None:
    assert percentile(values, share) == expected


def fleet(*, connections: int = 14) -> FleetFigures:
    return FleetFigures(
        scenario="daily",
        accounts=2,
        requests=10,
        seconds=10.0,
        worker_seconds=8.0,
        postgres_seconds=4.0,
        idle_bytes=100_000_000,
        peak_bytes=700_000_000,
        idle_connections=6,
        peak_connections=connections,
        platform_bytes=500_000_000,
        platform_share=0.05,
        definitions_seconds=0.001,
    )


@pytest.mark.parametrize(
    ("accounts", "cpu_seconds", "machines", "megabytes", "connections"),
    [
        (1, 6.001, 1, 500 + 100 + 300, 6 + 4),
        (10, 60.1, 1, 500 + 100 + 8 * 300, 6 + 8 * 4),
        (1_000, 7_000.0, 1, 500 + 100 + 8 * 300, 6 + 8 * 4),
        (2_000, 16_000.0, 2, 500 + 2 * 100 + 16 * 300, 6 + 16 * 4),
    ],
)
def test_a_fleet_is_planned_from_what_a_few_accounts_have_cost(
    accounts: int, cpu_seconds: float, machines: int, megabytes: int, connections: int
) -> None:
    plan = fleet_plan([fleet(), fleet(connections=10)], accounts, 3_600)
    assert plan.cpu_seconds == pytest.approx(cpu_seconds)
    assert (plan.machines, plan.bytes, plan.connections) == (
        machines,
        megabytes * 1_000_000,
        connections,
    )


@pytest.mark.parametrize("machines", [1, 2, 3])
def test_machines_end_where_one_account_more_needs_another(machines: int) -> None:
    most = most_accounts(fleet(), machines, 3_600)
    assert fleet_plan([fleet()], most, 3_600).machines == machines
    assert fleet_plan([fleet()], most + 1, 3_600).machines == machines + 1
