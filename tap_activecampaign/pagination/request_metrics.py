"""The HTTP metrics of the SDK, which Meltano shows and `RESTStream` would log by itself."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from singer_sdk import metrics

if TYPE_CHECKING:
    from collections.abc import Iterator

    import requests


class Endpoint(NamedTuple):
    """What a request is for.

    Attributes:
        stream: Name of the stream.
        path: Its path below ``/api/3/``, without the ids of parents.
    """

    stream: str
    path: str


class RequestMetrics:
    """Logs how long each response took, and counts them for each stream. Thread-safe."""

    def __init__(self) -> None:
        self._current = threading.local()
        self._counts: dict[Endpoint, int] = {}
        self._lock = threading.Lock()
        self._logger = metrics.get_metrics_logger()

    @contextmanager
    def of(self, endpoint: Endpoint) -> Iterator[None]:
        """Count the responses that this thread receives for a stream."""
        self._current.endpoint = endpoint
        try:
            yield
        finally:
            self._current.endpoint = None

    def note(self, response: requests.Response) -> None:
        """Take a response into account."""
        endpoint: Endpoint | None = getattr(self._current, "endpoint", None)
        if endpoint is None:
            return
        with self._lock:
            self._counts[endpoint] = self._counts.get(endpoint, 0) + 1
        point = metrics.Point(
            "timer",
            metrics.Metric.HTTP_REQUEST_DURATION,
            response.elapsed.total_seconds(),
            {
                metrics.Tag.STREAM: endpoint.stream,
                metrics.Tag.ENDPOINT: endpoint.path,
                metrics.Tag.HTTP_STATUS_CODE: response.status_code,
                metrics.Tag.STATUS: (
                    metrics.Status.SUCCEEDED if response.ok else metrics.Status.FAILED
                ),
            },
        )
        metrics.log(self._logger, point)

    def log_count(self, endpoint: Endpoint) -> None:
        """Log how many responses a stream has received since this was last called."""
        with self._lock:
            count = self._counts.pop(endpoint, 0)
        if not count:
            return
        with metrics.http_request_counter(endpoint.stream, endpoint.path) as counter:
            counter.increment(count)
