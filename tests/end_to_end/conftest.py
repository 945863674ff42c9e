from __future__ import annotations

import os
import socket
import uuid
from typing import TYPE_CHECKING

import pytest

from tests.demo.meltano import EXECUTABLE, Meltano, is_installed
from tests.end_to_end import postgres
from tests.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONTACTS = 120


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(contacts=CONTACTS, requests_per_second=None) as running:
        yield running


@pytest.fixture
def schema() -> Iterator[postgres.Postgres]:
    """A schema of PostgreSQL for one test, where a server and its loader are there."""
    unavailable_unless(
        answers(postgres.HOST, postgres.PORT) and is_installed("loaders", "target-postgres"),
        "REQUIRE_POSTGRES",
        "no PostgreSQL server answers, or target-postgres is not installed",
    )
    warehouse = postgres.Postgres(f"loaded_{uuid.uuid4().hex}")
    yield warehouse
    warehouse.drop()


@pytest.fixture
def meltano(tmp_path: Path, sandbox: Sandbox) -> Meltano:
    """Meltano, installed by `make install`, with state of its own, reading the sandbox."""
    unavailable_unless(
        EXECUTABLE.exists(), "REQUIRE_MELTANO", "Meltano is not installed; run 'make install'"
    )
    settings = {
        "TAP_ACTIVECAMPAIGN_API_URL": sandbox.url,
        "TAP_ACTIVECAMPAIGN_API_TOKEN": sandbox.token,
        "TAP_ACTIVECAMPAIGN_REQUESTS_PER_SECOND": "100",
    }
    return Meltano(tmp_path / "meltano", settings)


def unavailable_unless(available: bool, requirement: str, reason: str) -> None:
    """Skip a test whose surroundings are missing, or fail it where they were promised.

    Args:
        available: Whether the test can run.
        requirement: Environment variable that promises them.
        reason: What is missing.
    """
    if available:
        return
    if os.environ.get(requirement):
        pytest.fail(f"{reason}, although {requirement} is set")
    pytest.skip(reason)


def answers(host: str, port: int) -> bool:
    """Return whether a server accepts connections."""
    try:
        socket.create_connection((host, port), timeout=2).close()
    except OSError:
        return False
    return True
