from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox import Sandbox
from tests.tap.runs import Output, sync
from tests.tap.wire import wire_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.sandbox.log import LoggedRequest


@dataclass
class WholeRun:
    """One run of all streams and what it read."""

    sandbox: Sandbox
    output: Output
    requests: list[LoggedRequest]

    def wire(self, stream: str) -> list[dict[str, Any]]:
        return wire_rows(self.sandbox, stream)


@pytest.fixture(scope="session")
def whole_run() -> Iterator[WholeRun]:
    """Read all streams, in pages so small that most of them have several."""
    with Sandbox(contacts=60, requests_per_second=None) as sandbox:
        output = sync(sandbox, page_size=10)
        yield WholeRun(sandbox, output, sandbox.requests)


@pytest.fixture
def serve() -> Iterator[Callable[..., Sandbox]]:
    """Return a function that starts a sandbox of 20 contacts."""
    running: list[Sandbox] = []

    def start(**options: Any) -> Sandbox:
        running.append(Sandbox(**{"contacts": 20, "requests_per_second": None, **options}).start())
        return running[-1]

    yield start
    for sandbox in running:
        sandbox.stop()


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Do not wait between tries, and say how long it would have been."""
    seconds: list[float] = []
    monkeypatch.setattr(time, "sleep", seconds.append)
    return seconds
