from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from tap_activecampaign.api import ApiSession, ApiSettings
from tests.sandbox import Sandbox
from tests.sandbox.wire import Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.sandbox.wire import Reply, Request


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Do not wait between tries, and say how long it would have been."""
    seconds: list[float] = []
    monkeypatch.setattr(time, "sleep", seconds.append)
    return seconds


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(contacts=20, requests_per_second=None) as running:
        yield running


@pytest.fixture
def connect() -> Iterator[Callable[..., ApiSession]]:
    """Return a function that opens a session to an address, by default faster than permitted."""
    sessions: list[ApiSession] = []

    def open_session(url: str, **settings: Any) -> ApiSession:
        values = {
            "api_token": "sandbox-token",
            "user_agent": "tests/1",
            "requests_per_second": 1e6,
            "request_timeout_seconds": 10.0,
            **settings,
        }
        sessions.append(ApiSession(ApiSettings(base_url=f"{url}/api/3/", **values)))
        return sessions[-1]

    yield open_session
    for session in sessions:
        session.close()


class Scripted:
    """A server that gives the answers of a script, the last one for ever."""

    def __init__(self) -> None:
        self.script: list[Reply] = []
        self.requests: list[Request] = []
        self.server = Server(("127.0.0.1", 0), self._answer)
        self.url = "http://{}:{}".format(*self.server.socket.getsockname()[:2])
        self._thread = threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        self._thread.start()

    def _answer(self, request: Request) -> Reply:
        self.requests.append(request)
        return self.script.pop(0) if len(self.script) > 1 else self.script[0]

    def stop(self) -> None:
        self.server.shutdown()
        self._thread.join()
        self.server.server_close()


@pytest.fixture
def scripted() -> Iterator[Callable[..., Scripted]]:
    """Return a function that starts a server with a script."""
    running: list[Scripted] = []

    def start(*script: Reply) -> Scripted:
        running.append(Scripted())
        running[-1].script = list(script)
        return running[-1]

    yield start
    for server in running:
        server.stop()
