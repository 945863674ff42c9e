"""Connections that lead to nothing are closed, and others are not."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from typing import TYPE_CHECKING

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from target_activecampaign.inbox.errors import InboxSettingsError
from target_activecampaign.inbox.server import BoundedProtocol, listening_socket, server_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request

pytestmark = pytest.mark.slow


async def _greet(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("hello")


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A server that waits half a second for headers."""
    monkeypatch.setattr(BoundedProtocol, "most_header_seconds", 0.5)
    server = server_for(Starlette(routes=[Route("/", _greet)]))
    listening = listening_socket("127.0.0.1", 0)
    number = int(listening.getsockname()[1])
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    yield number
    server.stop()
    thread.join()


def test_a_connection_that_sends_no_whole_header_is_closed(port: int) -> None:
    for sent in (b"", b"POST / HT", b"POST / HTTP/1.1\r\nHost: x\r\n"):
        with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
            connection.sendall(sent)
            assert connection.recv(100) == b""


def test_a_sender_that_keeps_its_connection_may_use_it_again(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for _ in range(2):
        connection.request("GET", "/")
        assert connection.getresponse().read() == b"hello"
        time.sleep(0.7)
    connection.close()


def test_an_address_that_is_taken_gets_one_sentence(port: int) -> None:
    with pytest.raises(InboxSettingsError, match=f"listen on 127.0.0.1, port {port}"):
        listening_socket("127.0.0.1", port)
