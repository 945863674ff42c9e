from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from singer_sdk import metrics

from tests.tap.runs import sync

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from tests.sandbox import Sandbox


def test_each_response_and_their_number_are_logged_as_the_sdks_metrics(
    serve: Callable[..., Sandbox], caplog: pytest.LogCaptureFixture
) -> None:
    sandbox = serve(contacts=100)
    with caplog.at_level("INFO", logger=metrics.METRICS_LOGGER_NAME):
        sync(sandbox, ("contact_tags", "contact_tracking_logs", "tags"), page_size=50)
    points = [
        record.args[0]
        for record in caplog.records
        if isinstance(record.args, tuple) and record.args
    ]
    asked = Counter(one.path for one in sandbox.requests)
    durations: Counter[tuple[str, str]] = Counter()
    counts: dict[tuple[str, str], int] = {}
    for point in points:
        if not isinstance(point, metrics.Point):
            continue
        of = (point.tags.get(metrics.Tag.STREAM, ""), point.tags.get(metrics.Tag.ENDPOINT, ""))
        if point.metric is metrics.Metric.HTTP_REQUEST_DURATION:
            assert point.tags[metrics.Tag.HTTP_STATUS_CODE] == 200
            assert 0 <= point.value < 60
            durations[of] += 1
        elif point.metric is metrics.Metric.HTTP_REQUEST_COUNT:
            counts[of] = point.value
    assert durations == {
        ("contact_tags", "contactTags"): asked["contactTags"],
        ("contact_tracking_logs", "trackingLogs"): asked["trackingLogs"],
        ("tags", "tags"): asked["tags"],
    }
    assert counts == durations
