"""Runs the application until it is told to stop, and keeps patience with senders within bounds."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import signal
import socket
import threading
from typing import TYPE_CHECKING, Final

import h11
import uvicorn
from typing_extensions import override
from uvicorn.protocols.http.h11_impl import H11Protocol

from target_activecampaign.inbox.errors import InboxSettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import ASGIApp

_BACKLOG: Final = 2048
_MOST_CONNECTIONS: Final = 4000
# Files and connections of the store, beside those of the senders.
_OTHER_FILES: Final = 200
_KEEP_ALIVE_SECONDS: Final = 65
_MOST_HEADER_SECONDS: Final = 20.0
# Longer than an upload and its commit may take.
_MOST_SHUTDOWN_SECONDS: Final = 40


class BoundedProtocol(H11Protocol):
    """Closes a connection on which no request has begun in time; uvicorn would wait for ever.

    Attributes:
        most_header_seconds: How long the headers of the first request may take.
    """

    most_header_seconds: float = _MOST_HEADER_SECONDS
    _timer: asyncio.TimerHandle | None = None

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect_headers(self.most_header_seconds)

    @override
    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._expect_headers(_KEEP_ALIVE_SECONDS)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def _expect_headers(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self.loop.call_later(seconds, self._give_up)

    def _give_up(self) -> None:
        if self.conn.their_state is h11.IDLE:
            self.transport.close()


class InboxServer(uvicorn.Server):
    """Ends with 0 when it is told to stop, where uvicorn would die of the signal after all."""

    @override
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        loop = asyncio.get_running_loop()
        numbers = (signal.SIGTERM, signal.SIGINT)
        for number in numbers:
            loop.add_signal_handler(number, self.stop)
        try:
            yield
        finally:
            for number in numbers:
                loop.remove_signal_handler(number)

    def stop(self) -> None:
        """Finish what is in flight, then end."""
        self.should_exit = True


def listening_socket(host: str, port: int) -> socket.socket:
    """Return a socket that accepts connections.

    Raises:
        InboxSettingsError: If the address is not this machine's, or is taken.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address)
            listening.listen(_BACKLOG)
        except OSError:
            listening.close()
            raise
    except OSError as error:
        raise InboxSettingsError(
            f"The settings host and port: nobody can listen on {host}, port {port}: "
            f"{error.strerror}."
        ) from None
    return listening


def server_for(app: ASGIApp) -> InboxServer:
    """Return the server of an application."""
    config = uvicorn.Config(
        app,
        http=BoundedProtocol,
        log_config=None,
        access_log=False,  # it would show query strings, which may hold tokens
        server_header=False,
        # Every connection beyond these is answered 503, so that a flood cannot take all memory.
        limit_concurrency=_most_connections(),
        backlog=_BACKLOG,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_MOST_SHUTDOWN_SECONDS,
        proxy_headers=False,
    )
    return InboxServer(config)


def _most_connections() -> int:
    """Return how many connections may be open: as many as the system lets this process have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_CONNECTIONS + _OTHER_FILES
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    else:
        wanted = _MOST_CONNECTIONS + _OTHER_FILES
    return max(wanted - _OTHER_FILES, _OTHER_FILES)
