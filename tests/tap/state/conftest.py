from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox import Sandbox
from tests.tap.state.lab import Lab

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def lab_with() -> Iterator[Callable[..., Lab]]:
    """Return a function that opens an account of 150 contacts, unless told otherwise."""
    running: list[Sandbox] = []

    def start(**options: Any) -> Lab:
        chosen = {"contacts": 150, "requests_per_second": None, **options}
        running.append(Sandbox(**chosen).start())
        return Lab(running[-1])

    yield start
    for sandbox in running:
        sandbox.stop()
