from __future__ import annotations

import pytest

from tap_activecampaign.progress import Progress, ProgressMetric, Report


def test_a_report_comes_at_most_every_ten_seconds() -> None:
    now = 0.0
    progress = Progress(clock=lambda: now)
    reports = []
    for second in range(1, 61):
        now = float(second)
        reports.append(progress.at(second * 100, 12_000))
    told = [report for report in reports if report]
    assert len(told) == 6
    assert {report.rows_per_second for report in told} == {100.0}


@pytest.mark.parametrize(
    ("report", "sentence"),
    [
        (Report(500, 1_000, 50.0), "500 of 1,000 rows (50%), 50 rows a second, about 10 s left"),
        (
            Report(1_000, 1_000_000, 100.0),
            "1,000 of 1,000,000 rows (0%), 100 rows a second, about 2 h 46 min left",
        ),
        (Report(1_500, None, 42.4), "1,500 rows, 42 rows a second"),
        (
            Report(1_200, 1_000, 10.0),
            "1,200 of 1,000 rows (100%), 10 rows a second, about 0 s left",
        ),
        (Report(10, 100, 0.0), "10 of 100 rows (10%), 0 rows a second"),
    ],
)
def test_a_report_tells_what_is_known(report: Report, sentence: str) -> None:
    assert str(report) == sentence


def test_metrics_leave_out_what_is_unknown() -> None:
    assert Report(10, None, 5.0).values() == {
        ProgressMetric.ROWS_READ: 10,
        ProgressMetric.ROWS_PER_SECOND: 5.0,
    }
