"""Runs the application until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from typing import TYPE_CHECKING, Final

import uvicorn
from typing_extensions import override

from target_activecampaign.inbox.errors import InboxSettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import ASGIApp

_BACKLOG: Final = 2048
_MOST_CONNECTIONS: Final = 1000
_KEEP_ALIVE_SECONDS: Final = 65
# Longer than an upload and its commit may take.
_MOST_SHUTDOWN_SECONDS: Final = 40


class _Server(uvicorn.Server):
    """Ends with 0 when it is told to stop, where uvicorn would die of the signal after all."""

    @override
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        numbers = (signal.SIGTERM, signal.SIGINT)
        for number in numbers:
            loop.add_signal_handler(number, self._stop)
        try:
            yield
        finally:
            for number in numbers:
                loop.remove_signal_handler(number)

    def _stop(self) -> None:
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


def serve(app: ASGIApp, listening: socket.socket) -> None:
    """Answer requests until SIGTERM or SIGINT; what is in flight is finished then."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,  # it would show query strings, which may hold tokens
        server_header=False,
        # Every connection beyond these is answered 503, so that a flood cannot take all memory.
        limit_concurrency=_MOST_CONNECTIONS,
        backlog=_BACKLOG,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_MOST_SHUTDOWN_SECONDS,
        proxy_headers=False,
    )
    _Server(config).run(sockets=[listening])
