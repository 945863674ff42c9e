from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox import Sandbox
from tests.tap.sideload.family import Family

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def family_with() -> Iterator[Callable[..., Family]]:
    """Return a function that opens an account of 120 contacts, unless told otherwise."""
    running: list[Sandbox] = []

    def start(**options: Any) -> Family:
        chosen = {
            "contacts": 120,
            "requests_per_second": None,
            "honoured_orders": {},
            **options,
        }
        running.append(Sandbox(**chosen).start())
        return Family(running[-1])

    yield start
    for sandbox in running:
        sandbox.stop()
