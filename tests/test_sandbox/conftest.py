from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests

from tests.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.test_sandbox.client import Client


@pytest.fixture
def connect() -> Iterator[Callable[[Sandbox], Client]]:
    """Return a function that opens a client of a sandbox."""
    from tests.test_sandbox.client import Client  # noqa: PLC0415

    clients: list[Client] = []

    def open_client(sandbox: Sandbox) -> Client:
        clients.append(Client(sandbox, requests.Session()))
        return clients[-1]

    yield open_client
    for client in clients:
        client.session.close()


@pytest.fixture
def serve(connect: Callable[[Sandbox], Client]) -> Iterator[Callable[..., Client]]:
    """Return a function that starts a sandbox of 200 contacts and opens a client of it."""
    running: list[Sandbox] = []

    def start(**options: Any) -> Client:
        sandbox = Sandbox(**{"contacts": 200, "requests_per_second": None, **options})
        running.append(sandbox.start())
        return connect(sandbox)

    yield start
    for sandbox in running:
        sandbox.stop()
