"""Fixtures of the reliability tests."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from tests.reliability.tap_process import TapRun, good_day, new_sandbox
from tests.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator


def closed_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """An account of a test's own, without a limit, whose imports are quick."""
    with Sandbox(contacts=30, requests_per_second=None, import_seconds=0.01) as account:
        yield account


@pytest.fixture(scope="module")
def account() -> Iterator[Sandbox]:
    """An account that the tests of a module read and leave as it was."""
    with new_sandbox() as shared:
        yield shared


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> TapRun:
    """What the tap reads on a good day."""
    return good_day(tmp_path_factory.mktemp("undisturbed"))
